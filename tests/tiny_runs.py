"""Data, nets and runs so small that a test can train, or compare, many."""

import math

import keras
import numpy as np
from keras import layers

from labkit.data.dataset import Dataset
from labkit.training import Run

SIDE, CLASSES = 6, 3


def squares(n=36, n_val=18, n_test=18):
    """Grey squares with a bright band, whose height is the class; float32 from 0 to 1."""
    rng = np.random.default_rng(0)
    y = (np.arange(n + n_val + n_test) % CLASSES).astype(np.uint8)
    x = rng.integers(0, 50, (len(y), SIDE, SIDE), np.uint8)
    for image, label in zip(x, y, strict=True):
        image[2 * label : 2 * label + 2] += 150
    parts = [slice(n), slice(n, n + n_val), slice(n + n_val, None)]
    arrays = [array[part] for part in parts for array in (x, y)]
    return Dataset("squares", *arrays, ["top", "middle", "bottom"], "made here").scaled()


def build(units=4, kernel=1):
    """A net without a name of its own, as students write it; impossible if the kernel is larger than the image."""
    stack = [layers.Conv2D(1, kernel), layers.Flatten(), layers.Dense(units, "relu"), layers.Dense(CLASSES)]
    return keras.Sequential([keras.Input((SIDE, SIDE, 1)), *stack])


def cross_entropy(logits, targets):
    """Mean cross-entropy of rows of targets, in float64: the oracle of every loss."""
    logits = np.asarray(logits, np.float64)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -(targets * log_p).sum(axis=1).mean()


def made_up(name, val=0.6, *, test=None, train=None, seconds=60.0, failed="", **chosen):
    """A run that never was. `failed`: "at chance", "nan" or "error"; `chosen`: hyperparameters."""
    losses = {"nan": [math.nan], "at chance": [math.log(10)] * 3, "error": []}.get(failed, [1.5, 1.2, 1.0])
    accuracies = [0.1 if failed else val] * len(losses)
    history = {"loss": losses, "val_accuracy": accuracies, "accuracy": accuracies}
    scores = {
        "val": val,
        "train": val + 0.05 if train is None else train,
        "test": val if test is None else test,
    }
    if failed:
        scores = dict.fromkeys(scores, 0.1) if failed == "at chance" else {}
    settings = {"optimizer": "Adam", "learning_rate": 0.001, "batch_size": 32, "epochs": 3}
    return Run(
        name,
        model="cnn",
        parameters=0 if failed == "error" else 1000,
        loss="" if failed == "error" else "SparseCategoricalCrossentropy(from_logits=True)",
        hyperparameters=settings | chosen,
        history={name: list(values) for name, values in history.items() if values},
        seconds=seconds,
        data={
            "name": "cifar10",
            "source": "data folder",
            "num_classes": 10,
            "train": 400,
            "val": 100,
            "test": 100,
        },
        stopped=failed if failed in ("nan", "error") else "",
        error="a kernel of 11 does not fit into 8 pixels" if failed == "error" else "",
        **{split: {"accuracy": score, "loss": 1.0} for split, score in scores.items()},
    )

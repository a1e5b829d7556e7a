"""Probes: how well a linear classifier can read the classes from each layer."""

import warnings
from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd

from labkit.explain.intervals import mean_interval
from labkit.explain.readouts import collect, pooled
from labkit.metrics import to_labels

PIXELS = "pixels"


def linear_probes(
    model: keras.Model, images: np.ndarray, labels: np.ndarray, test_images: np.ndarray, test_labels: np.ndarray,
    layers: Sequence[str] | None = None, *, grid: int = 2, level: float = 0.95, batch_size: int = 128,
) -> pd.DataFrame:  # fmt: skip
    """The accuracy of a logistic regression on each layer's responses; the first row is that of the pixels.

    Alain & Bengio, Understanding intermediate layers using linear classifier probes, 2016. The net stays as
    it is. A map is reduced to its means over `grid x grid` fields, so that layers can be compared; each
    feature is brought to mean 0 and spread 1.

    Args:
        images, labels: that the probes learn from: some of the training images, one to five thousand.
        test_images, test_labels: that they are judged on: never the same ones.
        layers: names; all hidden convolutions and Dense layers if not given.
        grid: 1 asks only how strongly each filter answers, more also where.
        level: of the bootstrap interval over the test images.

    Returns:
        One row a layer: `features`, `train` (accuracy on the images learnt from), `accuracy`, `low`, `high`.

    Raises:
        ValueError: images and labels do not fit, there is only one class, or no such layer.

    Example:
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample").scaled()
        >>> train, test = (digits.x_train[:50], digits.y_train[:50]), (digits.x_test[:20], digits.y_test[:20])
        >>> linear_probes(models.first_cnn(), *train, *test)["features"].to_dict()
        {'pixels': 4, 'block1_conv1': 128, 'fc1': 64}
    """
    if grid < 1:
        raise ValueError(f"grid must be a whole number of 1 or more, not {grid!r}.")
    y = _checked(images, labels, "")
    y_test = _checked(test_images, test_labels, "test_")
    learnt, judged = (_features(model, x, layers, grid, batch_size) for x in (images, test_images))
    rows = {}
    for name in learnt:
        probe = _fitted(learnt[name], y)
        accuracy, low, high = mean_interval(probe.predict(judged[name]) == y_test, level=level)
        train = float((probe.predict(learnt[name]) == y).mean())
        rows[name] = {
            "features": learnt[name].shape[1], "train": train, "accuracy": accuracy, "low": low, "high": high,
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("layer")


def _features(model, images, layers, grid: int, batch_size: int) -> dict[str, np.ndarray]:
    found = collect(model, images, layers, lambda batch: pooled(batch, grid), batch_size)
    return {PIXELS: pooled(np.asarray(images, np.float32), grid)} | found


def _fitted(features: np.ndarray, labels: np.ndarray):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Weak weights and few steps: with more features than images the last steps only learn the noise.
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200, tol=1e-3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return probe.fit(features, labels)


def _checked(images: np.ndarray, labels: np.ndarray, what: str) -> np.ndarray:
    labels = to_labels(labels, f"{what}labels")
    if len(labels) != len(images) or len(np.unique(labels)) < 2 - bool(what):
        raise ValueError(
            f"{len(images):,} {what}images but {len(labels):,} {what}labels of {len(np.unique(labels))} classes: "
            "give one label an image, and two classes or more."
        )
    return labels

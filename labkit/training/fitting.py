"""Training a classifier: `train()` gives a `Run`, whatever happens on the way."""

import math
import time
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from labkit import config
from labkit.data.dataset import Dataset
from labkit.training import optimizers
from labkit.training.misfits import check_fit, check_hyperparameters
from labkit.training.run import Run


def train(
    model: Any,
    dataset: Dataset,
    *,
    epochs: int,
    learning_rate: Any = None,
    batch_size: int = 32,
    optimizer: Any = "adam",
    recipe: str | None = None,
    callbacks: Sequence[Any] = (),
    name: str | None = None,
    seed: int | None = None,
) -> Run:
    """Train a Keras classifier and return what happened as a `Run`.

    The loss follows from what is there, and `run.loss` says which it was: one-hot labels take
    CategoricalCrossentropy, integer labels SparseCategoricalCrossentropy; `from_logits` is true
    unless the model answers with probabilities (a softmax). A loss that becomes NaN, or Ctrl-C, ends the
    training and not the lab: the run is returned with the epochs it has, and `run.stopped` says why.

    Args:
        model: ends in one output a class, `(None, num_classes)`; compiled here.
        dataset: with a channel axis if the model wants one; uint8 images are fed as they are. Validation
            is used if there is any.
        epochs, batch_size: whole numbers; kept in `run.hyperparameters` with the learning rate and seed.
        learning_rate: a number, or a schedule of `keras.optimizers.schedules`; 0.001 if not given.
        optimizer: one of adam, sgd, momentum (0.9), nesterov (0.9), rmsprop, adamw; or a
            `keras.optimizers.Optimizer` with a rate of its own. A copy of it is used: its state starts anew.
        recipe: None is plain training. No other recipe exists yet.
        callbacks: further Keras callbacks.
        name: of the run in tables and curves; the model's name if not given.
        seed: for shuffling and dropout (the weights were drawn when the model was built). The same seed
            and the same weights give the same history. Python's and NumPy's global generators are
            put back afterwards.

    Raises:
        ValueError: model and data set do not fit together, or a hyperparameter makes no sense.
        MemoryError: a batch does not fit into the memory.
        KeyboardInterrupt: Ctrl-C before the first epoch was finished.

    Example:
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample", validation=0.2).scaled()
        >>> run = train(models.first_cnn(), digits.subset(256), epochs=1, batch_size=64)
        >>> run.loss
        'SparseCategoricalCrossentropy(from_logits=True)'
    """
    seed = config.seed() if seed is None else seed
    check_hyperparameters(epochs, batch_size, seed, recipe)
    loss = _loss(check_fit(model, dataset), dataset)
    optimizer = optimizers.make(optimizer, learning_rate)
    run = Run.begin(
        model,
        dataset,
        name=name or model.name,
        loss=f"{type(loss).__name__}(from_logits={loss.get_config()['from_logits']})",
        hyperparameters={
            **optimizers.describe(optimizer),
            "batch_size": int(batch_size),
            "epochs": int(epochs),
            "seed": int(seed),
        },
    )
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    with _seeded(model, int(seed)):
        _fit(model, dataset, run, callbacks)
    return run


def _loss(outputs: np.ndarray, dataset: Dataset) -> Any:
    import keras

    from_logits = not are_probabilities(outputs)
    if dataset.y_train.ndim == 2:
        return keras.losses.CategoricalCrossentropy(from_logits=from_logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)


def are_probabilities(outputs: np.ndarray) -> bool:
    """Whether a model's outputs `(n, num_classes)` have been through a softmax: rows in 0..1 that sum to 1.

    The numbers are asked and not the layers: a softmax may be an activation, a layer, an operation or
    hidden in a nested model.

    Example:
        >>> are_probabilities(np.array([[0.25, 0.75]])), are_probabilities(np.array([[-0.1, 0.3]]))
        (True, False)
    """
    sums = outputs.sum(axis=1, dtype=np.float64)
    return bool((outputs >= 0).all() and np.allclose(sums, 1, atol=5e-3))  # float16 rounds that much


def _fit(model: Any, dataset: Dataset, run: Run, callbacks: Sequence[Any]) -> None:
    asked = run.hyperparameters
    recorder = _recorder(run, steps=math.ceil(len(dataset.x_train) / asked["batch_size"]))
    start = time.perf_counter()
    try:
        model.fit(
            dataset.x_train,
            dataset.y_train,
            validation_data=(dataset.x_val, dataset.y_val) if len(dataset.x_val) else None,
            epochs=asked["epochs"],
            batch_size=asked["batch_size"],
            verbose=0,
            callbacks=[recorder, *callbacks],
        )
    except KeyboardInterrupt:
        if run.epochs_run == 0:
            raise
        run.stopped = "interrupted"
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        raise MemoryError(
            f"a batch of {asked['batch_size']} does not fit into the memory: take a smaller batch_size."
        ) from None
    finally:
        run.seconds = time.perf_counter() - start
        recorder.close()
    run.stopped = run.stopped or _why_stopped(run)


def _why_stopped(run: Run) -> str:
    if any(values and not math.isfinite(values[-1]) for values in map(run.history.get, ("loss", "val_loss"))):
        return "nan"
    return "early" if run.epochs_run < run.hyperparameters["epochs"] else ""


def _is_out_of_memory(error: Exception) -> bool:
    text = f"{type(error).__name__} {error}".lower()
    return any(
        sign in text for sign in ("resourceexhausted", "resource_exhausted", "out of memory", "outofmemory")
    )


def _recorder(run: Run, steps: int) -> Any:
    """A Keras callback that writes each finished epoch into the run and moves the progress bar."""
    import keras
    from tqdm import tqdm

    class Recorder(keras.callbacks.Callback):
        # Keras then reads the batch's numbers in a thread of its own and the next step need not wait.
        async_safe = True
        bar = None

        def on_train_begin(self, logs=None):
            self.bar = tqdm(
                total=self.params["epochs"] * steps,
                desc=run.name,
                unit="step",
                disable=not config.shows_progress(),
                mininterval=0.5,
            )

        def on_train_batch_end(self, batch, logs=None):
            self.bar.update(1)
            if not math.isfinite((logs or {}).get("loss", 0.0)):
                self.model.stop_training = True

        def on_epoch_end(self, epoch, logs=None):
            for key, value in (logs or {}).items():
                run.history.setdefault(key, []).append(float(value))
            shown = ("loss", "accuracy", "val_loss", "val_accuracy")
            last = {key: f"{run.last(key):.3f}" for key in shown if key in run.history}
            self.bar.set_postfix_str(
                ", ".join(
                    [f"epoch {epoch + 1}/{self.params['epochs']}"] + [f"{k} {v}" for k, v in last.items()]
                )
            )

        def close(self):
            if self.bar is not None:
                self.bar.close()

    return Recorder()


@contextmanager
def _seeded(model: Any, seed: int):
    """Keras and the model's dropout seeded inside the block; Python's and NumPy's generators as before after it."""
    import random

    import keras

    python_state, numpy_state = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    _seed_layers(model, seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)


def _seed_layers(model: Any, seed: int) -> None:
    """Dropout and the like draw from generators of their own, whose states travel as variables: start them anew."""
    states = [v for v in model.non_trainable_variables if v.path.endswith("seed_generator_state")]
    for number, state in enumerate(states):
        state.assign(np.array([(seed + number) % 2**32, 0], dtype="uint32").astype(state.dtype))

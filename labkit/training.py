"""Training a classifier: `train()` gives a `Run`, whatever happens on the way."""

import math
import time
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from labkit import config
from labkit.data.dataset import Dataset
from labkit.diagnosis import Diagnosis, diagnose
from labkit.run import Run

__all__ = ["Diagnosis", "Run", "diagnose", "train"]

OPTIMIZERS = ("adam", "sgd", "momentum", "nesterov", "rmsprop", "adamw")


def train(
    model: Any,
    dataset: Dataset,
    *,
    epochs: int,
    learning_rate: float = 1e-3,
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
    unless the model ends in a softmax. A loss that becomes NaN, or Ctrl-C, ends the training and
    not the lab: the run is returned with the epochs it has, and `run.stopped` says why.

    Args:
        model: ends in one output a class, `(None, num_classes)`; compiled here.
        dataset: with a channel axis if the model wants one; validation is used if there is any.
        epochs, learning_rate, batch_size: the hyperparameters; kept in `run.hyperparameters`.
        optimizer: one of adam, sgd, momentum (0.9), nesterov (0.9), rmsprop, adamw; or a
            `keras.optimizers.Optimizer` of your own (its learning rate is used).
        recipe: None is plain training. No other recipe exists yet.
        callbacks: further Keras callbacks.
        name: of the run in tables and curves; the model's name if not given.
        seed: for shuffling and dropout (the weights were drawn when the model was built). Python's and
            NumPy's global generators are put back afterwards.

    Raises:
        ValueError: model and data set do not fit together, or a hyperparameter makes no sense.

    Example:
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample", validation=0.2).scaled()
        >>> run = train(models.first_cnn(), digits.subset(256), epochs=1, batch_size=64)
        >>> run.loss
        'SparseCategoricalCrossentropy(from_logits=True)'
    """
    _check_hyperparameters(epochs, learning_rate, batch_size, recipe)
    _check_fit(model, dataset)
    seed = config.seed() if seed is None else seed
    loss = _loss(model, dataset)
    optimizer = _optimizer(optimizer, learning_rate)
    run = Run.begin(
        model,
        dataset,
        name=name or model.name,
        loss=f"{type(loss).__name__}(from_logits={loss.get_config()['from_logits']})",
        hyperparameters={
            "optimizer": type(optimizer).__name__,
            "learning_rate": _rate(optimizer),
            "batch_size": batch_size,
            "epochs": epochs,
            "seed": seed,
        },
    )
    recorder = _recorder(run, steps=math.ceil(len(dataset.x_train) / batch_size))
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    with _seeded(seed):
        _fit(model, dataset, run, epochs, batch_size, [recorder, *callbacks])
    return run


def _fit(model: Any, dataset: Dataset, run: Run, epochs: int, batch_size: int, callbacks: list) -> None:
    validation = (dataset.x_val, dataset.y_val) if len(dataset.x_val) else None
    start = time.perf_counter()
    try:
        model.fit(
            dataset.x_train,
            dataset.y_train,
            validation_data=validation,
            epochs=epochs,
            batch_size=batch_size,
            verbose=0,
            callbacks=callbacks,
        )
    except KeyboardInterrupt:
        if run.epochs_run == 0:
            raise
        run.stopped = "interrupted"
    run.seconds = time.perf_counter() - start
    if run.history.get("loss") and not np.isfinite(run.history["loss"][-1]):
        run.stopped = "nan"
    elif not run.stopped and run.epochs_run < epochs:
        run.stopped = "early"


def _recorder(run: Run, steps: int) -> Any:
    """A Keras callback that writes each finished epoch into the run and moves the progress bar."""
    import keras
    from tqdm import tqdm

    class Recorder(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            total = self.params["epochs"] * steps
            self.bar = tqdm(
                total=total, desc=run.name, unit="step", disable=not config.shows_progress(), mininterval=0.5
            )

        def on_train_batch_end(self, batch, logs=None):
            self.bar.update(1)
            if not math.isfinite((logs or {}).get("loss", 0.0)):
                self.model.stop_training = True

        def on_epoch_end(self, epoch, logs=None):
            for key, value in (logs or {}).items():
                run.history.setdefault(key, []).append(float(value))
            shown = {
                k: f"{v[-1]:.3f}" for k, v in run.history.items() if k in ("loss", "accuracy", "val_accuracy")
            }
            self.bar.set_postfix(epoch=f"{epoch + 1}/{self.params['epochs']}", **shown)

        def on_train_end(self, logs=None):
            self.bar.close()

    return Recorder()


@contextmanager
def _seeded(seed: int):
    """Keras seeded inside the block; Python's and NumPy's generators as before after it."""
    import random

    import keras

    python_state, numpy_state = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)


def _loss(model: Any, dataset: Dataset) -> Any:
    import keras

    from_logits = not ends_in_softmax(model)
    if dataset.y_train.ndim == 2:
        return keras.losses.CategoricalCrossentropy(from_logits=from_logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)


def ends_in_softmax(model: Any) -> bool:
    """Whether the model's last layer gives probabilities (softmax) and not logits."""
    import keras

    last = model.layers[-1]
    if isinstance(last, keras.Model):
        return ends_in_softmax(last)
    if isinstance(last, keras.layers.Softmax):
        return True
    return getattr(getattr(last, "activation", None), "__name__", "") == "softmax"


def _optimizer(optimizer: Any, learning_rate: float) -> Any:
    import keras

    if not isinstance(optimizer, str):
        return optimizer
    known = {
        "adam": lambda: keras.optimizers.Adam(learning_rate),
        "adamw": lambda: keras.optimizers.AdamW(learning_rate),
        "sgd": lambda: keras.optimizers.SGD(learning_rate),
        "momentum": lambda: keras.optimizers.SGD(learning_rate, momentum=0.9),
        "nesterov": lambda: keras.optimizers.SGD(learning_rate, momentum=0.9, nesterov=True),
        "rmsprop": lambda: keras.optimizers.RMSprop(learning_rate),
    }
    return known[config.one_of("optimizer", optimizer.lower(), OPTIMIZERS)]()


def _rate(optimizer: Any) -> float | str:
    """The learning rate as a number, or the schedule's name."""
    try:
        return round(float(optimizer.learning_rate), 10)
    except (TypeError, ValueError):
        return type(optimizer.learning_rate).__name__


def _check_hyperparameters(epochs: int, learning_rate: float, batch_size: int, recipe: str | None) -> None:
    for what, value in (("epochs", epochs), ("batch_size", batch_size)):
        if not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{what} must be a whole number of 1 or more, not {value!r}.")
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0, not {learning_rate!r}.")
    if recipe is not None:
        raise ValueError(f"there is no recipe {recipe!r}: leave recipe=None for plain training.")


def _check_fit(model: Any, dataset: Dataset) -> None:
    """Say in one line why this model cannot learn from this data set, if it cannot."""
    if not getattr(model, "built", False) or not getattr(model, "layers", None):
        raise ValueError(
            "the model has no weights yet: start it with keras.Input(shape) so that it knows its images."
        )
    wanted, given = tuple(model.input_shape[1:]), tuple(dataset.image_shape)
    if wanted == (*given, 1):
        raise ValueError(
            f"the model expects images {wanted} but the data set has {given}: "
            f"add the channel axis with dataset.with_channels() or dataset.scaled()."
        )
    if len(wanted) != len(given) or any(w not in (None, g) for w, g in zip(wanted, given, strict=True)):
        raise ValueError(
            f"the model expects images {wanted} but the data set has {given}: build the model for {given}."
        )
    outputs = model.output_shape[-1]
    if len(model.output_shape) != 2 or outputs != dataset.num_classes:
        raise ValueError(
            f"the model's output is {model.output_shape} but the data set has {dataset.num_classes} classes: "
            f"end the model with keras.layers.Dense({dataset.num_classes})."
        )
    if len(dataset.x_train) == 0:
        raise ValueError("the training split is empty: nothing can be learnt from no images.")

"""Misfits: why this model cannot learn from this data set, in one line, before Keras is asked."""

from typing import Any

import numpy as np

from labkit.config import checked_seed
from labkit.data.dataset import Dataset


def check_hyperparameters(epochs: Any, batch_size: Any, seed: Any) -> None:
    """Raise a one-line ValueError unless the numbers of a training make sense."""
    for what, value in (("epochs", epochs), ("batch_size", batch_size)):
        if not _whole(value) or value < 1:
            raise ValueError(f"{what} must be a whole number of 1 or more, not {value!r}.")
    checked_seed(seed)


def check_ledger(ledger: Any) -> None:
    """Raise a one-line error unless a run can be added to the ledger: before the training, not after it."""
    if not hasattr(ledger, "ready"):
        raise ValueError(f"ledger must be opened first: ledger=experiments.Ledger({str(ledger)!r}).")
    ledger.ready()


def check_fit(model: Any, dataset: Any) -> np.ndarray:
    """Raise a one-line ValueError unless the model can be trained on the data set.

    Returns:
        The model's answers to the first training images, `(2, num_classes)` or fewer rows: they
        tell probabilities from logits, however the model was written.

    Example:
        >>> import keras
        >>> from labkit import data
        >>> digits = data.load("mnist", source="sample")
        >>> check_fit(keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Dense(10)]), digits)
        Traceback (most recent call last):
        ValueError: the model expects images (28, 28, 1) but the data set has (28, 28): add the channel axis ...
    """
    _check_kinds(model, dataset)
    _check_arrays(dataset)
    _check_input(model, dataset)
    outputs = _answers(model, dataset)
    _check_outputs(outputs, dataset.num_classes)
    return outputs


def _whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check_kinds(model: Any, dataset: Any) -> None:
    import keras

    if not isinstance(model, keras.Model):
        raise ValueError(
            f"train(model, dataset) needs a Keras model first, not {_a(model)}: build one with keras.Sequential."
        )
    if not isinstance(dataset, Dataset):
        raise ValueError(
            f"train(model, dataset) needs a Dataset second, not {_a(dataset)}: get one from labkit.data.load()."
        )
    if not model.built or not model.weights:
        raise ValueError(
            "the model has no weights yet: start it with keras.Input(shape) so that it knows its images."
        )
    if not model.trainable_weights:
        raise ValueError(
            "every layer of the model is frozen: set layer.trainable = True on those that shall learn."
        )


def _a(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _check_arrays(dataset: Dataset) -> None:
    if len(dataset.x_train) == 0:
        raise ValueError("the training split is empty: nothing can be learnt from no images.")
    for split in ("train", "val"):
        x, y = dataset.splits()[split]
        if len(x) or len(y):
            _check_images(x, f"x_{split}", dataset)
            _check_labels(x, y, split, dataset)


def _check_images(x: np.ndarray, what: str, dataset: Dataset) -> None:
    if x.dtype.kind not in "uif":
        raise ValueError(f"{what} must hold numbers, not {x.dtype}: images are uint8 or float32 arrays.")
    if x.shape[1:] != dataset.image_shape:
        raise ValueError(
            f"{what} has images {x.shape[1:]} but x_train has {dataset.image_shape}: prepare both alike."
        )
    # One pass and no copy: NaN and inf survive a sum. (Image files hold bytes, which are always finite.)
    if isinstance(x, np.ndarray) and x.dtype.kind == "f" and not np.isfinite(x.sum()):
        raise ValueError(f"{what} contains NaN or infinite pixels: look at how the images were prepared.")


def _check_labels(x: np.ndarray, y: np.ndarray, split: str, dataset: Dataset) -> None:
    k, what = dataset.num_classes, f"y_{split}"
    if len(x) != len(y):
        raise ValueError(f"{len(x):,} images but {len(y):,} labels in the {split} split: one label an image.")
    if y.shape[1:] not in ((), (k,)) or y.ndim != dataset.y_train.ndim:
        raise ValueError(
            f"{what} has the shape {y.shape}: labels are integers (n,) or one-hot rows (n, {k}), "
            f"the same in every split."
        )
    if y.ndim == 1 and y.dtype.kind not in "ui":
        raise ValueError(f"{what} must hold integer labels, not {y.dtype}: convert them with y.astype(int).")
    if y.ndim == 1 and not (y.min() >= 0 and y.max() < k):
        raise ValueError(
            f"{what} has labels from {y.min()} to {y.max()} but {k} classes are numbered 0 to {k - 1}: "
            f"renumber the labels or complete class_names."
        )


def _check_input(model: Any, dataset: Dataset) -> None:
    try:
        shape = model.input_shape
    except (AttributeError, ValueError):  # a subclassed model does not say; `_answers` will see
        return
    if isinstance(shape, dict) or (shape and not isinstance(shape[0], int | None)):
        raise ValueError("the model has several inputs: train() feeds one, the images.")
    wanted, given = tuple(shape[1:]), tuple(dataset.image_shape)
    if len(wanted) == len(given) and all(w in (None, g) for w, g in zip(wanted, given, strict=True)):
        return
    cure = f"build the model for {given}."
    if wanted == (*given, 1):
        cure = "add the channel axis with dataset.with_channels() or dataset.scaled()."
    elif len(wanted) == len(given) + 1 == 3:
        cure = f"grey images have no {wanted[-1]} channels; build the model for {(*given, 1)}, then dataset.scaled()."
    raise ValueError(f"the model expects images {wanted} but the data set has {given}: {cure}")


def _answers(model: Any, dataset: Dataset) -> np.ndarray:
    import keras

    try:
        outputs = model(dataset.x_train[:2], training=False)
    except Exception as error:  # each backend has its own kinds
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"the model fails on images {dataset.image_shape} {dataset.x_train.dtype} ({first[:160]}): "
            f"try model(dataset.x_train[:2])."
        ) from None
    if isinstance(outputs, list | tuple) and len(outputs) == 1:
        outputs = outputs[0]
    if isinstance(outputs, list | tuple | dict):
        raise ValueError(
            f"the model has {len(outputs)} outputs: train() needs a single one, a number for each class."
        )
    return keras.ops.convert_to_numpy(outputs)


def _check_outputs(outputs: np.ndarray, num_classes: int) -> None:
    if num_classes < 2:
        raise ValueError("the data set has one class: there is nothing to tell apart.")
    if outputs.shape[1:] != (num_classes,):
        cure = f"end the model with keras.layers.Dense({num_classes})."
        if outputs.ndim > 2:
            cure = f"put keras.layers.Flatten() and keras.layers.Dense({num_classes}) at its end."
        raise ValueError(
            f"the model's output is {(None, *outputs.shape[1:])} but the data set has {num_classes} classes: {cure}"
        )
    if np.isnan(outputs).any():
        raise ValueError(
            "the model answers NaN before it is trained: an earlier training has ruined its weights, build it anew."
        )

"""The loss of a classifier: which one follows from its labels and its outputs."""

from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from labkit.data.dataset import Dataset


def objective(outputs: np.ndarray, dataset: Dataset, label_smoothing: float = 0.0) -> tuple[Any, Dataset]:
    """The loss for a model's outputs `(n, num_classes)`, and the data set with labels in the form it takes.

    Integer labels take SparseCategoricalCrossentropy, one-hot ones CategoricalCrossentropy. Smoothing needs
    one-hot labels, so integers become such: the right class gets 1 - s + s/k, each other one s/k (Szegedy et
    al., Rethinking the inception architecture, 2016).

    Raises:
        ValueError: `label_smoothing` is no share from 0 to below 1.
    """
    import keras

    from_logits = not are_probabilities(outputs)
    if (
        isinstance(label_smoothing, bool)
        or not isinstance(label_smoothing, Real)
        or not 0 <= label_smoothing < 1
    ):
        raise ValueError(
            f"label_smoothing must be from 0 (none) to below 1, such as 0.1, not {label_smoothing!r}."
        )
    if label_smoothing:
        splits = {"train": dataset.y_train, "val": dataset.y_val}
        rows = np.eye(dataset.num_classes, dtype=np.float32)
        dataset = replace(dataset, **{f"y_{s}": y if y.ndim == 2 else rows[y] for s, y in splits.items()})
    if dataset.y_train.ndim == 2:
        return keras.losses.CategoricalCrossentropy(from_logits, label_smoothing), dataset
    return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits), dataset


def described(loss: Any) -> str:
    """The loss as a run records it.

    Example:
        >>> import keras
        >>> described(keras.losses.CategoricalCrossentropy(True, 0.1))
        'CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)'
    """
    settings = loss.get_config()
    smoothing = settings.get("label_smoothing")
    more = f", label_smoothing={smoothing:g}" if smoothing else ""
    return f"{type(loss).__name__}(from_logits={settings['from_logits']}{more})"


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

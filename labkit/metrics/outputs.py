"""Outputs of a network and labels, brought to one form: rows of probabilities, and class numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def to_labels(y: Any, what: str = "y") -> np.ndarray:
    """Integer labels `(n,)` from integers, one-hot rows or a `(n, 1)` column.

    Raises:
        ValueError: the shape is another one, or these are no whole numbers from 0 on.

    Example:
        >>> to_labels([[0, 1, 0], [0, 0, 1]])
        array([1, 2])
    """
    y = np.asarray(y)
    if y.ndim == 2:
        y = y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0]
    if y.ndim != 1:
        raise ValueError(
            f"{what} must be labels (n,) or one-hot rows (n, num_classes), not of shape {y.shape}."
        )
    numbers = y.dtype.kind in "biuf"
    bad = ~(np.isfinite(y) & (y >= 0) & (y == np.floor(y))) if numbers else np.full(len(y), True)
    if bad.any():
        raise ValueError(
            f"{what} must be class numbers 0, 1, 2, ..., not {y[bad][0]!s:.40}: number the classes first."
        )
    return y.astype(np.int64)


def to_probabilities(outputs: np.ndarray) -> np.ndarray:
    """Rows that sum to 1: outputs that already do are kept, others are logits and go through a softmax.

    Example:
        >>> to_probabilities(np.array([[0.0, 0.0]]))
        array([[0.5, 0.5]])
    """
    outputs = np.asarray(outputs, dtype=np.float64)
    if outputs.ndim != 2:
        raise ValueError(f"a classifier's outputs have the shape (n, num_classes), not {outputs.shape}.")
    if (outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=5e-3):  # float16 rounds that much
        return outputs
    shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def check_classes(y_true: np.ndarray, outputs: np.ndarray, class_names: Sequence[str]) -> None:
    """Raise a ValueError unless labels, outputs and class names are of the same classes."""
    if outputs.shape[1] != len(class_names):
        raise ValueError(
            f"the outputs have {outputs.shape[1]} numbers an image but there are {len(class_names)} class names: "
            "a classifier gives one number a class."
        )
    if y_true.max() >= len(class_names):
        raise ValueError(
            f"a label is {y_true.max()} but there are only {len(class_names)} class names: give one name a class."
        )


def check_same_length(y_true: np.ndarray, y_pred: np.ndarray) -> None:
    """Raise a ValueError unless both are of the same images, and of any."""
    if len(y_true) != len(y_pred):
        raise ValueError(
            f"{len(y_true):,} true labels but {len(y_pred):,} predictions: they must be of the same images."
        )
    if len(y_true) == 0:
        raise ValueError("there are no labels and no predictions: at least one image is needed.")

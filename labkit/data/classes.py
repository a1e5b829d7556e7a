"""Classes: what labels of any kind stand for: numbers, texts, categories or one-hot rows become 0 to k-1 with names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.data.reports import amount, brief


@dataclass(frozen=True)
class Classes:
    """The labels that occur, in the order of their numbers, and what each is called.

    Example:
        >>> classes = Classes.of(listed("labels", ["dog", "cat", "dog"]))
        >>> classes.names, classes.numbers("labels", ["cat", "dog"]).tolist()
        (['cat', 'dog'], [0, 1])
    """

    labels: list[Any]
    names: list[str]

    @classmethod
    def of(cls, labels: np.ndarray, class_names: Any = None) -> "Classes":
        """Numbers and texts that are numbers are sorted as such, other texts by the alphabet.

        Args:
            labels: as `listed` gives them; two-dimensional ones have a class a column.
            class_names: in label order, or the labels themselves in another order than the alphabet's.

        Raises:
            ValueError: fewer than two classes, or names that do not fit them.
        """
        found = list(range(labels.shape[1])) if labels.ndim == 2 else _sorted(np.unique(labels).tolist())
        if len(found) < 2:
            raise ValueError(
                f"labels hold one class, {found[0]}: there is nothing to tell apart, give two or more."
            )
        if class_names is None:
            return cls(found, [str(label) for label in found])
        names = _checked_names(class_names)
        if len(names) != len(found):
            raise ValueError(
                f"class_names has {amount(len(names), 'name')}, but labels hold {len(found)} classes ({_few(found)}): "
                "give one name a class."
            )
        if isinstance(found[0], str):
            return cls(names if set(names) == set(found) else found, names)
        if found != list(range(len(names))):
            raise ValueError(
                f"labels are {_few(found)}, but {len(names)} class names are for the labels 0 to {len(names) - 1}: "
                "renumber the labels, or leave class_names out."
            )
        return cls(found, names)

    def numbers(self, what: str, labels: Any) -> np.ndarray:
        """Labels 0 to k-1 `(n,)`, uint8 (int64 for more than 256 classes); `what` names them in an error.

        Raises:
            ValueError: a label that is not among these.
        """
        given = listed(what, labels)
        given = given.argmax(axis=1) if given.ndim == 2 else given
        of = {label: number for number, label in enumerate(self.labels)}
        unknown = [label for label in np.unique(given).tolist() if label not in of]
        if unknown:
            raise ValueError(
                f"{what} has the label {brief(unknown[0])}, which no training image has ({_few(self.labels)}): number both "
                "parts alike."
            )
        dtype = np.uint8 if len(of) <= 256 else np.int64
        return np.array([of[label] for label in given.tolist()], dtype)


def listed(what: str, labels: Any) -> np.ndarray:
    """Labels as an array `(n,)` of whole numbers or of texts, or `(n, k)` of one-hot rows; `what` names them in an error.

    Raises:
        ValueError: no labels, missing ones, fractions, or another shape.

    Example:
        >>> listed("labels", [[3.0], [1.0]]), listed("labels", [b"cat", b"dog"])
        (array([3, 1]), array(['cat', 'dog'], dtype='<U3'))
    """
    given = _array(what, labels)
    if given.dtype.kind == "f" and _is_whole(given).all():
        given = given.astype(np.int64)
    if given.ndim == 2 and given.shape[1] > 1:
        if (
            given.dtype.kind in "biu"
            and ((given == 0) | (given == 1)).all()
            and (given.sum(axis=1) == 1).all()
        ):
            return given
        raise ValueError(
            f"{what} has the shape {given.shape}, but its rows are not one-hot (a single 1, else 0): give one label an "
            "image."
        )
    given = given.reshape(-1)
    if given.dtype.kind == "f":
        raise ValueError(
            f"{what} has numbers such as {given[~_is_whole(given)][0]:g}, but a class is a whole number or a "
            "text: these may be measurements, which labkit does not predict."
        )
    if given.dtype.kind == "S":
        return np.char.decode(given, "utf-8", "replace")
    return given.astype(str) if given.dtype.kind == "b" else given


def _array(what: str, labels: Any) -> np.ndarray:
    import pandas as pd

    try:
        given = np.asarray(labels)
        missing = np.ma.is_masked(labels) or pd.isna(given).any()
        if given.dtype.kind == "O" and not missing:
            given = np.array(given.tolist())
    except (ValueError, TypeError):
        raise ValueError(f"{what} cannot be made one list: give one number or text an image.") from None
    if missing:
        raise ValueError(
            f"{what} has missing values (None, NaN or masked): leave these images and labels out."
        )
    if given.dtype.kind not in "biufSUT" or not (
        given.ndim == 1 or (given.ndim == 2 and given.shape[1] >= 1)
    ):
        seen = f"an array {given.shape} of {given.dtype}" if given.ndim else f"one {type(labels).__name__}"
        raise ValueError(
            f"{what} must be a list (n,) of numbers or texts, or one-hot rows (n, k), not {seen}."
        )
    if not len(given):
        raise ValueError(f"{what} is empty: give one label an image.")
    return given


def _is_whole(numbers: np.ndarray) -> np.ndarray:
    return (numbers == np.rint(numbers)) & (np.abs(numbers) < 2**53)


def _checked_names(class_names: Any) -> list[str]:
    if isinstance(class_names, str | Mapping | set) or not hasattr(class_names, "__len__"):
        raise ValueError(
            f'class_names must be a list in label order such as ["cat", "dog"], not a {type(class_names).__name__}.'
        )
    names = [str(name) for name in class_names]
    if len(set(names)) < len(names):
        raise ValueError(
            f"class_names has {brief(max(names, key=names.count))} twice: each class needs its own."
        )
    return names


def _sorted(labels: list[Any]) -> list[Any]:
    try:
        numbers = [float(label) for label in labels]
    except ValueError:
        return labels
    return sorted(labels, key=float) if np.isfinite(numbers).all() else labels


def _few(labels: list[Any]) -> str:
    shown = [str(label)[:30] for label in (labels if len(labels) <= 10 else [*labels[:3], "...", labels[-1]])]
    return ", ".join(shown)

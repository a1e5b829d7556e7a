"""What a trained network gets right and wrong: accuracy, confusions, worst classes. NumPy and scikit-learn only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from labkit import config
from labkit.data import feeding
from labkit.data.dataset import SPLITS, Dataset


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions of one network on one split, with the questions one asks of them.

    Attributes:
        y_true, y_pred: integer labels `(n,)`.
        probabilities: float64 `(n, num_classes)`, rows sum to 1.
        loss: mean cross-entropy in nats; `ln(num_classes)` is what guessing at random costs.
        split: `"train"`, `"val"` or `"test"`.
        source: of the data, see `Dataset.source`.

    Example:
        >>> result = Evaluation.of(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]), ["cat", "dog"])
        >>> result.accuracy, result.errors()
        (0.5, array([1]))
    """

    y_true: np.ndarray = field(repr=False)
    y_pred: np.ndarray = field(repr=False)
    probabilities: np.ndarray = field(repr=False)
    loss: float
    accuracy: float
    class_names: list[str] = field(repr=False)
    split: str = "test"
    source: str = ""

    @classmethod
    def of(
        cls, y_true: np.ndarray, outputs: np.ndarray, class_names: Sequence[str], **more: str
    ) -> "Evaluation":
        """Judge a network's outputs (logits or probabilities, `(n, num_classes)`) against the labels.

        Raises:
            ValueError: labels, outputs and class names are not of the same images and classes.
        """
        y_true = to_labels(y_true, "y_true")
        probabilities = to_probabilities(outputs)
        _same_length(y_true, probabilities)
        _check_classes(y_true, probabilities, class_names)
        y_pred = probabilities.argmax(axis=1)
        of_truth = probabilities[np.arange(len(y_true)), y_true]
        return cls(
            y_true=y_true,
            y_pred=y_pred,
            probabilities=probabilities,
            loss=float(-np.log(np.clip(of_truth, 1e-7, 1)).mean()) + 0.0,  # not -0.0
            accuracy=float((y_pred == y_true).mean()),
            class_names=list(class_names),
            **more,
        )

    def __repr__(self) -> str:
        scores = f"{self.accuracy:.4f}", f"{self.loss:.4f}", f"{len(self.y_true):,}"
        if config.language() == "fr":
            accuracy, loss, count = (score.translate({ord(","): " ", ord("."): ","}) for score in scores)
            return f"{self.split} : exactitude {accuracy}, perte {loss} sur {count} images"
        return "{}: accuracy {}, loss {} on {} images".format(self.split, *scores)

    def errors(self, *, true: int | None = None, predicted: int | None = None) -> np.ndarray:
        """Indices of the wrong predictions, the most confident first.

        Args:
            true, predicted: keep only errors of this class, or towards this class; its number.

        Raises:
            ValueError: there is no class of that number.
        """
        for number in (true, predicted):
            if number is not None and number not in range(len(self.class_names)):
                raise ValueError(
                    f"there is no class {number!r}: give a number from 0 to {len(self.class_names) - 1}, "
                    "such as class_names.index(name)."
                )
        wrong = self.y_pred != self.y_true
        if true is not None:
            wrong &= self.y_true == true
        if predicted is not None:
            wrong &= self.y_pred == predicted
        indices = np.flatnonzero(wrong)
        confidence = self.probabilities[indices].max(axis=1)
        return indices[np.argsort(-confidence, kind="stable")]

    def confusion(self) -> pd.DataFrame:
        """Counts: rows are the true classes, columns the predicted ones."""
        return confusion(self.y_true, self.y_pred, self.class_names)

    def per_class(self) -> pd.DataFrame:
        """Accuracy of each class, the worst first; see `per_class`."""
        return per_class(self.y_true, self.y_pred, self.class_names)

    def most_confused(self, n: int = 3) -> pd.DataFrame:
        """The `n` most frequent confusions; see `most_confused`."""
        return most_confused(self.y_true, self.y_pred, self.class_names, n)

    def top(self, k: int = 5) -> float:
        """Share of images whose true class is among the `k` most probable ones: top-5 accuracy, as for ImageNet.

        Example:
            >>> Evaluation.of([0, 1], [[0.2, 0.3, 0.5], [0.1, 0.3, 0.6]], ["cat", "dog", "hen"]).top(2)
            0.5
        """
        if k not in range(1, len(self.class_names) + 1):
            raise ValueError(
                f"k must be a whole number from 1 to {len(self.class_names)} classes, not {k!r}."
            )
        best = np.argsort(-self.probabilities, axis=1, kind="stable")[:, :k]
        return float((best == self.y_true[:, np.newaxis]).any(axis=1).mean())

    def grouped(self, groups: Mapping[str, Sequence[str]]) -> "Evaluation":
        """The same predictions judged by groups of classes: the probabilities of a group are added up.

        Args:
            groups: the class names of each group, such as `dataset.superclasses()`; each class in one group.

        Raises:
            ValueError: a class stands in no group, in two, or is unknown.

        Example:
            >>> result = Evaluation.of([0, 1], [[0.2, 0.3, 0.5], [0.1, 0.3, 0.6]], ["cat", "dog", "hen"])
            >>> result.grouped({"mammals": ["cat", "dog"], "birds": ["hen"]}).accuracy
            0.5
        """
        members = [name for names in groups.values() for name in names]
        odd = sorted(set(members) ^ set(self.class_names)) or [m for m in members if members.count(m) > 1]
        if odd:
            raise ValueError(f"each class must stand in exactly one group, but {odd[0]!r} does not.")
        of = {name: i for i, names in enumerate(groups.values()) for name in names}
        belongs = np.array([of[name] for name in self.class_names])
        sums = self.probabilities @ np.eye(len(groups))[belongs]
        return Evaluation.of(belongs[self.y_true], sums, list(groups), split=self.split, source=self.source)


def evaluate(model: Any, dataset: Dataset, split: str = "test", batch_size: int = 256) -> Evaluation:
    """Predict one split of a data set and judge the predictions.

    Args:
        model: anything with Keras's `predict`; its outputs may be logits or probabilities.
        dataset: in the form that the model was trained on (scaled or not).
        split: the test split is for the last word, not for choosing between models.

    Raises:
        ValueError: there is no such split, or it is empty.

    Example:
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample").scaled()
        >>> result = evaluate(models.first_cnn(), digits)
        >>> len(result.y_pred) == len(digits.x_test), result.split
        (True, 'test')
    """
    if not hasattr(dataset, "splits"):
        raise ValueError(
            f"evaluate(model, dataset) needs a Dataset second, not {type(dataset).__name__}: "
            "for arrays of your own take metrics.Evaluation.of(y_test, model.predict(x_test), class_names)."
        )
    config.one_of("split", split, SPLITS)
    x = getattr(dataset, f"x_{split}")
    if len(x) == 0:
        raise ValueError(
            f"the {split} split is empty: load the data set with validation=0.2, or evaluate another split."
        )
    outputs = np.asarray(feeding.predict(model, x, batch_size))
    return Evaluation.of(
        dataset.labels(split), outputs, dataset.class_names, split=split, source=dataset.source
    )


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


def confusion(
    y_true: np.ndarray, y_pred: np.ndarray, class_names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Confusion matrix as a table of counts: rows true, columns predicted.

    Example:
        >>> confusion([0, 0, 1], [0, 1, 1], ["cat", "dog"]).loc["cat", "dog"]
        np.int64(1)
    """
    from sklearn.metrics import confusion_matrix

    y_true, y_pred, names = _prepared(y_true, y_pred, class_names)
    counts = confusion_matrix(y_true, y_pred, labels=np.arange(len(names)))
    return pd.DataFrame(counts, index=pd.Index(names, name="true"), columns=pd.Index(names, name="predicted"))


def per_class(
    y_true: np.ndarray, y_pred: np.ndarray, class_names: Sequence[str] | None = None
) -> pd.DataFrame:
    """One row a class, the hardest first: images, accuracy (recall), precision, most frequent wrong answer.

    A class without images has the accuracy NaN and stands last; one that was never predicted has the precision NaN.

    Example:
        >>> per_class([0, 0, 1, 1], [0, 0, 1, 0], ["cat", "dog"])["mistaken for"].to_dict()
        {'dog': 'cat', 'cat': ''}
    """
    table = confusion(y_true, y_pred, class_names)
    counts = table.to_numpy()
    right = counts.diagonal()
    wrong = counts - np.diag(right)
    with np.errstate(invalid="ignore"):
        rows = pd.DataFrame(
            {
                "images": counts.sum(axis=1),
                "accuracy": right / counts.sum(axis=1),
                "precision": right / counts.sum(axis=0),
                "mistaken for": [table.columns[row.argmax()] if row.any() else "" for row in wrong],
            },
            index=table.index.rename("class"),
        )
    return rows.sort_values("accuracy", kind="stable")


def worst_classes(
    y_true: np.ndarray, y_pred: np.ndarray, class_names: Sequence[str] | None = None, n: int = 2
) -> list[str]:
    """Names of the `n` classes with the lowest accuracy, the worst first.

    Example:
        >>> worst_classes([0, 0, 1, 1], [0, 0, 1, 0], ["cat", "dog"], n=1)
        ['dog']
    """
    return list(per_class(y_true, y_pred, class_names).index[:n])


def most_confused(
    y_true: np.ndarray, y_pred: np.ndarray, class_names: Sequence[str] | None = None, n: int = 3
) -> pd.DataFrame:
    """The `n` most frequent confusions, each direction on its own: true, predicted, count, share of the class.

    Example:
        >>> most_confused([0, 0, 1, 1], [0, 0, 1, 0], ["cat", "dog"]).to_numpy().tolist()
        [['dog', 'cat', 1, 0.5]]
    """
    table = confusion(y_true, y_pred, class_names)
    counts = table.to_numpy() - np.diag(table.to_numpy().diagonal())
    order = np.argsort(-counts, axis=None, kind="stable")[:n]
    true, predicted = np.unravel_index(order, counts.shape)
    rows = pd.DataFrame(
        {
            "true": table.index[true],
            "predicted": table.columns[predicted],
            "count": counts[true, predicted],
            "share": counts[true, predicted] / np.maximum(1, table.to_numpy().sum(axis=1)[true]),
        }
    )
    return rows[rows["count"] > 0]


def _prepared(y_true, y_pred, class_names) -> tuple[np.ndarray, np.ndarray, list[str]]:
    y_true, y_pred = to_labels(y_true, "y_true"), to_labels(y_pred, "y_pred")
    _same_length(y_true, y_pred)
    largest = int(max(y_true.max(initial=0), y_pred.max(initial=0)))
    names = [str(i) for i in range(largest + 1)] if class_names is None else list(class_names)
    if largest >= len(names):
        raise ValueError(
            f"a label is {largest} but there are only {len(names)} class names: give one name a class."
        )
    return y_true, y_pred, names


def _check_classes(y_true: np.ndarray, outputs: np.ndarray, class_names: Sequence[str]) -> None:
    if outputs.shape[1] != len(class_names):
        raise ValueError(
            f"the outputs have {outputs.shape[1]} numbers an image but there are {len(class_names)} class names: "
            "a classifier gives one number a class."
        )
    if y_true.max() >= len(class_names):
        raise ValueError(
            f"a label is {y_true.max()} but there are only {len(class_names)} class names: give one name a class."
        )


def _same_length(y_true: np.ndarray, y_pred: np.ndarray) -> None:
    if len(y_true) != len(y_pred):
        raise ValueError(
            f"{len(y_true):,} true labels but {len(y_pred):,} predictions: they must be of the same images."
        )
    if len(y_true) == 0:
        raise ValueError("there are no labels and no predictions: at least one image is needed.")

"""Evaluation: the predictions of one network on one split, with the questions one asks of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from labkit import config
from labkit.data import feeding
from labkit.data.dataset import SPLITS, Dataset
from labkit.metrics.outputs import check_classes, check_same_length, to_labels, to_probabilities
from labkit.metrics.tables import confusion, most_confused, per_class


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
        check_same_length(y_true, probabilities)
        check_classes(y_true, probabilities, class_names)
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

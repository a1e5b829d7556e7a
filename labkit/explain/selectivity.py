"""Selectivity: does a filter answer to one class, or to all alike?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import keras
import numpy as np
import pandas as pd

from labkit.explain.readouts import collect, mean_response
from labkit.metrics import to_labels


@dataclass(frozen=True, eq=False)
class Selectivity:
    """What `class_selectivity` found.

    Attributes:
        filters: a row a filter: `layer`, `filter`, `selectivity` from 0 to 1 (NaN if it never responds),
            and `class`, the one it answers to most.
        means: layer -> table of mean responses, a row a filter and a column a class.
    """

    filters: pd.DataFrame = field(repr=False)
    means: dict[str, pd.DataFrame] = field(repr=False)

    def table(self) -> pd.DataFrame:
        """One row a layer: `filters`, `silent` (never respond), and `low`, `median`, `high`: the quartiles."""
        grouped = self.filters.groupby("layer", sort=False)["selectivity"]
        quartiles = grouped.quantile([0.25, 0.5, 0.75]).unstack()
        quartiles.columns = ["low", "median", "high"]
        counts = pd.DataFrame({"filters": grouped.size(), "silent": grouped.size() - grouped.count()})
        return counts.join(quartiles).loc[list(self.means)]


def class_selectivity(
    model: keras.Model, images: np.ndarray, labels: np.ndarray, class_names: Sequence[str] | None = None,
    layers: Sequence[str] | None = None, *, batch_size: int = 128,
) -> Selectivity:  # fmt: skip
    """How much more each filter answers to its favourite class than to the others.

    Morcos, Barrett, Rabinowitz & Botvinick, On the importance of single directions for generalization, ICLR
    2018: `(best - rest) / (best + rest)`, where a filter's response is its mean over the map, `best` its mean
    over the class that it answers to most, and `rest` the mean over the other classes. 0: all classes alike;
    1: one class alone. The index is made for responses that are not negative: of others the positive part is
    taken. A filter that is selective need not be useful; the paper found such filters to matter no more.

    Args:
        images: `(n, height, width, channels)`, in the form the model was trained on.
        labels: integers or one-hot rows, one an image.
        class_names: in label order; numbers if not given.
        layers: names; all hidden convolutions and Dense layers if not given.

    Raises:
        ValueError: labels and images do not fit, there is only one class, or no such layer.

    Example:
        >>> from labkit import models
        >>> x = np.random.default_rng(0).random((8, 28, 28, 1), np.float32)
        >>> found = class_selectivity(models.first_cnn(), x, np.arange(8) % 2, ["even", "odd"])
        >>> found.means["fc1"].shape, list(found.table().index)
        ((64, 2), ['block1_conv1', 'fc1'])
    """
    labels = to_labels(labels, "labels")
    classes = np.unique(labels)
    if len(labels) != len(images) or len(classes) < 2:
        raise ValueError(
            f"{len(images):,} images but {len(labels):,} labels of {len(classes)} classes: "
            "give one label an image, and two classes or more."
        )
    names = [str(one) for one in classes] if class_names is None else [class_names[one] for one in classes]
    found = collect(model, images, layers, _positive_mean, batch_size)
    means, rows = {}, []
    for layer, response in found.items():
        of_class = np.stack([response[labels == one].mean(axis=0) for one in classes], axis=1)
        means[layer] = pd.DataFrame(of_class, columns=names).rename_axis("filter")
        rows.append(_rows(layer, of_class, names))
    return Selectivity(pd.concat(rows, ignore_index=True), means)


def selectivity_index(means: np.ndarray) -> np.ndarray:
    """The index of each row of mean responses `(filters, classes)`; NaN for a row of zeros.

    Example:
        >>> selectivity_index(np.array([[2.0, 0.0, 0.0], [1.0, 1.0, 1.0], [3.0, 1.0, 1.0]])).tolist()
        [1.0, 0.0, 0.5]
    """
    best = means.max(axis=1)
    rest = (means.sum(axis=1) - best) / (means.shape[1] - 1)
    with np.errstate(invalid="ignore"):
        return (best - rest) / (best + rest)


def _rows(layer: str, means: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    index = selectivity_index(means)
    favourite = [
        names[best] if ok else "" for best, ok in zip(means.argmax(axis=1), ~np.isnan(index), strict=True)
    ]
    return pd.DataFrame(
        {"layer": layer, "filter": range(len(means)), "selectivity": index, "class": favourite}
    )


def _positive_mean(responses: np.ndarray) -> np.ndarray:
    return mean_response(np.maximum(responses, 0)).astype(np.float64)

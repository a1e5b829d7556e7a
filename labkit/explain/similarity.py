"""Similarity: have two layers, of one net or of two, learnt the same representation?"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import keras
import numpy as np
import pandas as pd

from labkit.explain.inputs import shape_of
from labkit.explain.prepare import graph_of
from labkit.explain.readouts import collect, readouts


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Linear centred kernel alignment of two sets of features of the same images, from 0 to 1.

    Kornblith, Norouzi, Lee & Hinton, Similarity of neural network representations revisited, ICML 2019:
    `|Y'X|^2 / (|X'X| |Y'Y|)` with Frobenius norms and centred columns. It stays the same when either set is
    rotated, mirrored or scaled as a whole, but not under any invertible map. With fewer images than features
    it is too large, for unlike nets too: take several hundred images or more.

    Args:
        x: `(n, p)`.
        y: `(n, q)`: the same images in the same order; p and q may differ.

    Returns:
        NaN where all rows of a set are the same.

    Example:
        >>> x = np.random.default_rng(0).random((20, 3))
        >>> round(linear_cka(x, 5 * x[:, ::-1]), 6)
        1.0
    """
    x, y = (np.asarray(features, dtype=np.float64).reshape(len(features), -1) for features in (x, y))
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(
            f"CKA compares features of the same images, two or more, not {len(x)} with {len(y)}."
        )
    if len(x) <= max(x.shape[1], y.shape[1]):
        return _alignment(_gram(x), _gram(y))
    # The same number by features, where they are fewer than the images.
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    norms = np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(np.linalg.norm(y.T @ x) ** 2 / norms) if norms else float("nan")


def compare_layers(
    first: keras.Model, second: keras.Model, images: np.ndarray, second_images: np.ndarray | None = None,
    layers: Sequence[str] | None = None, second_layers: Sequence[str] | None = None, *, batch_size: int = 128,
) -> pd.DataFrame:  # fmt: skip
    """Linear CKA of every layer of one net with every layer of another one.

    Args:
        images: `(n, height, width, channels)`, for both nets.
        second_images: the same pictures in the form of the second net, where that is another one.
        layers, second_layers: names; all hidden convolutions and Dense layers if not given.

    Returns:
        Rows the layers of the first net, columns those of the second.

    Example:
        >>> from labkit import models
        >>> x = np.random.default_rng(0).random((8, 28, 28, 1), np.float32)
        >>> net = models.first_cnn()
        >>> compare_layers(net, net, x).round(4).loc["fc1", "fc1"]
        np.float64(1.0)
    """
    second_images = images if second_images is None else second_images
    if len(second_images) != len(images) or len(images) < 2:
        raise ValueError(
            f"CKA compares features of the same images, two or more, not {len(images)} with {len(second_images)}."
        )
    rows = _grams(first, images, layers, batch_size)
    columns = _grams(second, second_images, second_layers, batch_size)
    return pd.DataFrame(
        [[_alignment(row, column) for column in columns.values()] for row in rows.values()],
        index=pd.Index(rows, name="layer"),
        columns=pd.Index(columns, name="layer"),
    )


def same_layers(
    models: Mapping[str, keras.Model], images: np.ndarray | Mapping[str, np.ndarray],
    layers: Sequence[str] | None = None, *, batch_size: int = 128,
) -> pd.DataFrame:  # fmt: skip
    """Linear CKA of each layer between every two of several nets of the same architecture.

    Args:
        models: name -> net; two or more, with layers of the same names.
        images: the same pictures for all, or name -> the pictures in the form of that net.
        layers: names; all hidden convolutions and Dense layers that every net has, if not given.

    Returns:
        One row a layer, one column a pair such as `"mnist and cifar10"`.

    Example:
        >>> from labkit import models as nets
        >>> x = np.random.default_rng(0).random((8, 28, 28, 1), np.float32)
        >>> list(same_layers({"a": nets.first_cnn(), "b": nets.first_cnn()}, x).columns)
        ['a and b']
    """
    given = images if isinstance(images, Mapping) else dict.fromkeys(models, images)
    if len(models) < 2 or set(models) - set(given) or len({len(given[name]) for name in models}) > 1:
        raise ValueError("same_layers needs two nets or more, and for each of them the same pictures.")
    if layers is None:
        shapes = {name: shape_of(given[name]) for name in models}
        known = [list(readouts(graph_of(model, shapes[name]))) for name, model in models.items()]
        layers = [name for name in known[0] if all(name in names for names in known)]
        if not layers:
            raise ValueError(
                "the nets have no layer names in common: compare two of them with compare_layers."
            )
    grams = {name: _grams(model, given[name], layers, batch_size) for name, model in models.items()}
    columns = {
        f"{a} and {b}": [_alignment(grams[a][layer], grams[b][layer]) for layer in layers]
        for a, b in combinations(models, 2)
    }
    return pd.DataFrame(columns, index=pd.Index(layers, name="layer"))


def _grams(model: keras.Model, images: np.ndarray, layers: Sequence[str] | None, batch_size: int) -> dict:
    """layer -> centred Gram matrix `(n, n)`: all that CKA needs, however many features there are."""
    names = list(readouts(graph_of(model, shape_of(images)), layers))
    # One layer after the other: the responses of all of them together can be larger than the memory.
    return {name: _gram(_flat(model, images, name, batch_size)) for name in names}


def _flat(model: keras.Model, images: np.ndarray, layer: str, batch_size: int) -> np.ndarray:
    return collect(model, images, [layer], lambda batch: batch.reshape(len(batch), -1), batch_size)[layer]


def _gram(features: np.ndarray) -> np.ndarray:
    centred = features - features.mean(axis=0)
    return (centred @ centred.T).astype(np.float64)


def _alignment(first: np.ndarray, second: np.ndarray) -> float:
    norms = np.linalg.norm(first) * np.linalg.norm(second)
    return float((first * second).sum() / norms) if norms else float("nan")

"""Domain shift: how far are images from those that a net was trained on, seen by the net's own features?"""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd

from labkit.explain.flat_graph import Graph
from labkit.explain.inputs import as_batch, check_counts, shape_of
from labkit.explain.prepare import graph_of
from labkit.explain.probes import PIXELS
from labkit.explain.readouts import collect, mean_response, readouts


def feature_distances(
    model: keras.Model, reference: np.ndarray, images: np.ndarray, layer: str | None = None, *,
    k: int = 10, batch_size: int = 128,
) -> np.ndarray:  # fmt: skip
    """How far each image is from the training images: the distance to the k-th nearest one, between features.

    Sun, Ming, Zhu & Li, Out-of-distribution detection with deep nearest neighbors, ICML 2022: the features of
    an image are a layer's responses, each map reduced to its mean, brought to length 1; the distance is the
    Euclidean one, from 0 to 2, and to `sqrt(2)` where no response is negative. An image to which no filter
    responds keeps the features 0 and is at the distance 1 from any other. The net stays as it is.

    No picture of `images` may be in `reference` too: it would be its own nearest one and seem closer than it
    is. Judge test images by training images.

    Args:
        reference: `(m, height, width, channels)`: training images, a thousand or more, in the form that the
            model was trained on. More of them lie closer: compare distances of one reference and one k only.
        images: `(n, height, width, channels)`, in the same form.
        layer: its name; the last hidden convolution or Dense layer if not given. `"pixels"` takes the pixels
            themselves as features, which knows no network. They are not brought to length 1, since how bright
            a picture is belongs to them; so their distances are of another scale than those of a layer.
        k: which of the nearest reference images counts: with 1, a single odd one among them decides.

    Returns:
        float64 `(n,)`.

    Raises:
        ValueError: the reference has fewer than k images, images have the wrong shape, or no such layer.

    Example:
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample").scaled()
        >>> found = feature_distances(models.first_cnn(), digits.x_train[:50], digits.x_test[:3], k=5)
        >>> found.shape, bool((found < 2 ** 0.5).all())
        ((3,), True)
    """
    graph = graph_of(model, shape_of(reference))
    sets = {"reference": as_batch(reference, graph), "images": as_batch(images, graph)}
    _check_k(k, sets["reference"])
    name = list(readouts(graph))[-1] if layer is None else _names(graph, [layer])[0]
    known, asked = (_features(model, x, [name], batch_size)[name] for x in sets.values())
    return _distances(known, [asked], k)[0]


def domain_shift(
    model: keras.Model, reference: np.ndarray, images: Mapping[str, np.ndarray],
    layers: Sequence[str] | None = None, *, k: int = 10, batch_size: int = 128,
) -> pd.DataFrame:  # fmt: skip
    """How well the distance from the training images tells other images from the data set's own, layer by layer.

    The number is the area under the ROC curve: how often an image of the set is farther away than a known one,
    if one of each is drawn. 0.5: the net's features do not tell them apart; 1: each image of the set is farther
    away than every known one; below 0.5: the set lies nearer than the known images. For n images against many
    known ones chance alone has a standard deviation of `0.29 / sqrt(n)`: 0.05 for 40.
    Images that are not told apart may be classified wrongly all the same: the net may see in them what it knows.

    Args:
        reference: training images, as for `feature_distances`.
        images: name -> images `(n, height, width, channels)`; the first are the known ones, the data set's own
            test images, and none of them may be in `reference`.
        layers: names, `"pixels"` too; all hidden convolutions and Dense layers if not given.
        k: as for `feature_distances`.

    Returns:
        One row a layer, one column each set but the known one.

    Raises:
        ValueError: there are fewer than two sets, or an empty one, and as for `feature_distances`.

    Example:
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample").scaled()
        >>> sets = {"test images": digits.x_test[:30], "negatives": 1 - digits.x_test[:20]}
        >>> domain_shift(models.first_cnn(), digits.x_train[:50], sets, ["pixels"])["negatives"].to_dict()
        {'pixels': 1.0}
    """
    if not isinstance(images, Mapping) or len(images) < 2:
        raise ValueError(
            'images is a dict of two sets or more, the known one first: {"test images": dataset.x_test, "own": own.x}.'
        )
    graph = graph_of(model, shape_of(reference))
    sets = {name: _batch(x, graph, name) for name, x in images.items()}
    known = as_batch(reference, graph)
    _check_k(k, known)
    names = _names(graph, layers)
    learnt = _features(model, known, names, batch_size)
    found = {name: _features(model, x, names, batch_size) for name, x in sets.items()}
    rows = {}
    for layer in names:
        own, *others = _distances(learnt[layer], [features[layer] for features in found.values()], k)
        rows[layer] = [_auroc(own, other) for other in others]
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(sets)[1:]).rename_axis("layer")


def _features(
    model: keras.Model, images: np.ndarray, names: Sequence[str], batch_size: int
) -> dict[str, np.ndarray]:
    """Layer -> `(n, features)`: all layers in one pass, of which only the means are kept."""
    hidden = [name for name in names if name != PIXELS]
    found = collect(model, images, hidden, mean_response, batch_size) if hidden else {}
    pixels = {PIXELS: images.reshape(len(images), -1)} if PIXELS in names else {}
    return pixels | {name: _of_length_1(responses) for name, responses in found.items()}


def _of_length_1(features: np.ndarray) -> np.ndarray:
    features = features.astype(np.float64)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1)


def _distances(reference: np.ndarray, sets: Sequence[np.ndarray], k: int) -> list[np.ndarray]:
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=k).fit(reference)
    found = []
    for features in sets:
        nearest = search.kneighbors(features, return_distance=False)[:, -1]
        # Measured anew: the fast search rounds the distance of two equal pictures to something above 0.
        found.append(np.linalg.norm(features - reference[nearest], axis=1).astype(np.float64))
    return found


def _auroc(known: np.ndarray, other: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(np.repeat([0, 1], [len(known), len(other)]), np.concatenate([known, other])))


def _names(graph: Graph, layers: Sequence[str] | None) -> list[str]:
    """The names of the layers, each checked, with `"pixels"` among them where it was asked for."""
    if layers is None or isinstance(layers, str) or not len(layers):
        return list(readouts(graph, layers))
    return [name if name == PIXELS else next(iter(readouts(graph, [name]))) for name in layers]


def _batch(images: Any, graph: Graph, name: str) -> np.ndarray:
    try:
        return as_batch(images, graph)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _check_k(k: int, reference: np.ndarray) -> None:
    check_counts({"k": k})
    if k > len(reference):
        raise ValueError(
            f"k is {k} but the reference has only {len(reference):,} images: give more of them, or a smaller k."
        )

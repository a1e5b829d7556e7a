"""Feature maps: what a layer makes of an image, and the patches of real images that excite each filter most."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import keras
import numpy as np

from labkit.explain.inputs import as_batch, shape_of
from labkit.explain.prepare import graph_of
from labkit.explain.readouts import collect
from labkit.explain.receptive import Axis, Field, receptive_field


def responses(model: keras.Model, images: np.ndarray, layer: str, *, batch_size: int = 128) -> np.ndarray:
    """A layer's response to images, after the activation that follows it.

    Args:
        images: `(n, height, width, channels)`, in the form the model was trained on.

    Returns:
        `(n, h, w, filters)`, or `(n, units)` of a Dense layer; one image's is what `plots.feature_maps` draws.

    Example:
        >>> from labkit import models
        >>> responses(models.first_cnn(), np.zeros((1, 28, 28, 1)), "block1_conv1")[0].shape
        (26, 26, 32)
    """
    return collect(model, images, [layer], lambda batch: batch, batch_size)[layer]


@dataclass(frozen=True, eq=False)
class Patches:
    """For each filter the patches of images that excite it most, the strongest first.

    Attributes:
        layer: where the filters are.
        filters: their numbers, `(f,)`.
        patches: `(f, n, height, width, channels)`: cut from the images, of the size of the receptive field.
        responses: `(f, n)`, of the filter to each patch; 0 everywhere for a filter that died.
        images: `(f, n)`, the number of the image that each patch is from.
        corners: `(f, n, 2)`, row and column of the patch's upper left corner in that image.
    """

    layer: str
    filters: np.ndarray
    patches: np.ndarray = field(repr=False)
    responses: np.ndarray = field(repr=False)
    images: np.ndarray = field(repr=False)
    corners: np.ndarray = field(repr=False)


def top_patches(
    model: keras.Model,
    images: np.ndarray,
    layer: str,
    filters: Sequence[int] | None = None,
    *,
    n: int = 9,
    batch_size: int = 128,
) -> Patches:
    """The patches that excite each filter most, at most one an image.

    After Zeiler & Fergus, Visualizing and understanding convolutional networks, ECCV 2014. A patch is what
    the filter's strongest place has seen. At the border of an image, where a field reaches into the padding,
    the patch is moved inside; a field larger than the image gives the whole image.

    Args:
        filters: their numbers; all if not given.
        n: patches a filter.

    Raises:
        ValueError: there is no such layer or filter.

    Example:
        >>> from labkit import models
        >>> x = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)
        >>> top_patches(models.first_cnn(), x, "block1_conv1", [0, 1], n=2).patches.shape
        (2, 2, 3, 3, 1)
    """
    x = as_batch(images, graph_of(model, shape_of(images)))
    peaks = collect(model, x, [layer], _peaks, batch_size)[layer]  # (images, 3, filters)
    filters = checked_filters(filters, peaks.shape[2], layer)
    strongest = np.argsort(-peaks[:, 0, filters], axis=0, kind="stable")[:n].T
    of_filter = filters[:, np.newaxis]
    places = peaks[strongest, 1:, of_filter].astype(int)
    corners, size = _corners(places, receptive_field(model, layer, x.shape[1:]), x.shape[1:3])
    patches = _cut(x, strongest, corners, size)
    return Patches(layer, filters, patches, peaks[strongest, 0, of_filter], strongest, corners)


def checked_filters(filters: Sequence[int] | None, count: int, layer: str) -> np.ndarray:
    """Numbers of filters as an array; all of them where none are named. Else a one-line ValueError."""
    chosen = np.arange(count) if filters is None else np.asarray(filters)
    is_list = chosen.ndim == 1 and len(chosen) > 0 and chosen.dtype.kind in "ui"
    if not is_list or chosen.min() < 0 or chosen.max() >= count:
        raise ValueError(
            f"filters of {layer} are numbered 0 to {count - 1}: give a list of such numbers, not {filters!r}."
        )
    return chosen


def _peaks(batch: np.ndarray) -> np.ndarray:
    """Highest response of each filter, with its row and column: `(batch, 3, filters)`."""
    if batch.ndim == 2:
        batch = batch[:, np.newaxis, np.newaxis]
    flat = batch.reshape(len(batch), -1, batch.shape[-1])
    place = flat.argmax(axis=1)
    return np.stack([flat.max(axis=1), *np.divmod(place, batch.shape[2])], axis=1)


def _corners(places: np.ndarray, field: Field | None, sides: Sequence[int]) -> tuple[np.ndarray, list[int]]:
    """Where the fields of these places `(f, n, 2)` begin, moved inside the image, and how large they are."""
    axes = field or [Axis(side, 1, 0, 1) for side in sides]
    sizes = [min(axis.size, side) for axis, side in zip(axes, sides, strict=True)]
    low, stride = ([getattr(axis, name) for axis in axes] for name in ("low", "stride"))
    return np.clip(np.array(low) + places * stride, 0, np.array(sides) - sizes), sizes


def _cut(images: np.ndarray, numbers: np.ndarray, corners: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """The patches of this size, `(f, n, height, width, channels)`."""
    height, width = size
    return np.array(
        [
            [images[i, y : y + height, x : x + width] for i, (y, x) in zip(row, places, strict=True)]
            for row, places in zip(numbers, corners, strict=True)
        ]
    )

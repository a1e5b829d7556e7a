"""Activations: the responses of layers to many images, reduced batch by batch so that they fit into memory."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from labkit.explain.graph import Readout, part_of
from labkit.explain.grids import checked_images


def collect(
    model: keras.Model,
    images: np.ndarray,
    places: Sequence[Readout],
    reduce: Callable[[np.ndarray], np.ndarray],
    batch_size: int = 128,
) -> dict[str, np.ndarray]:
    """What `reduce` makes of each layer's response, a row an image.

    Args:
        images: `(n, height, width, channels)`, in the form the model was trained on.
        places: what to read, see `readouts`.
        reduce: from responses `(batch, h, w, filters)` or `(batch, units)` to `(batch, ...)`.

    Returns:
        name of the layer -> `(n, ...)`.

    Example:
        >>> from labkit import models
        >>> from labkit.explain.graph import readouts
        >>> net = models.first_cnn()
        >>> collect(net, np.zeros((3, 28, 28, 1)), readouts(net), mean_response)["block1_conv1"].shape
        (3, 32)
    """
    images = checked_images(images)
    part = part_of(model, [place.response for place in places])
    rows = {place.layer: [] for place in places}
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size].astype(np.float32)
        outputs = keras.tree.flatten(part(batch, training=False))  # a single one comes without its list
        for name, output in zip(rows, outputs, strict=True):
            rows[name].append(reduce(keras.ops.convert_to_numpy(output).astype(np.float32)))
    return {name: np.concatenate(parts) for name, parts in rows.items()}


def mean_response(responses: np.ndarray) -> np.ndarray:
    """Each filter's mean over the map: `(batch, h, w, filters)` to `(batch, filters)`.

    Example:
        >>> mean_response(np.ones((2, 4, 4, 3))).shape
        (2, 3)
    """
    return responses.mean(axis=tuple(range(1, responses.ndim - 1)))


def pooled(responses: np.ndarray, grid: int) -> np.ndarray:
    """Means over `grid x grid` fields of the map, one after the other: `(batch, grid * grid * filters)`.

    Example:
        >>> pooled(np.arange(4.0).reshape(1, 2, 2, 1), 2).tolist()
        [[0.0, 1.0, 2.0, 3.0]]
    """
    if responses.ndim == 2:
        return responses
    rows, columns = (np.array_split(np.arange(side), min(grid, side)) for side in responses.shape[1:3])
    fields = [
        responses[:, r[0] : r[-1] + 1, c[0] : c[-1] + 1].mean(axis=(1, 2)) for r in rows for c in columns
    ]
    return np.concatenate(fields, axis=1)

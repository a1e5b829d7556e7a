"""Filters: the kernels of the first layer, and those filters that answer nothing."""

from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd

from labkit.explain.prepare import graph_of
from labkit.explain.readouts import collect

_SAME = 1e-6  # responses that differ by less are one number


def first_filters(model: keras.Model) -> np.ndarray:
    """The kernels of the first convolution, `(height, width, channels, filters)`: what `plots.filters` draws.

    Raises:
        ValueError: the model has no convolution.

    Example:
        >>> from labkit import models
        >>> first_filters(models.first_cnn()).shape
        (3, 3, 1, 32)
    """
    for node in graph_of(model).nodes:
        if isinstance(node.operation, keras.layers.Conv2D):
            return keras.ops.convert_to_numpy(node.operation.kernel)
    raise ValueError(f"{model.name} has no convolution: there are no filters to show.")


def dead_filters(
    model: keras.Model, images: np.ndarray, layers: Sequence[str] | None = None, *, batch_size: int = 128
) -> pd.DataFrame:
    """How many filters of each layer give one and the same number for all images and places.

    With ReLU that number is 0, and no gradient reaches the filter any more: it has died (Lu, Shin, Su &
    Karniadakis, Dying ReLU and initialization, 2019). Dead is said of these images: take several hundred.

    Args:
        images: `(n, height, width, channels)`, in the form the model was trained on.
        layers: names; all hidden convolutions and Dense layers if not given. Each is read after the
            activation that follows it.

    Returns:
        One row a layer: `filters`, `dead`, `share`, and `which`, the numbers of the dead ones.

    Example:
        >>> from labkit import models
        >>> dead_filters(models.first_cnn(), np.random.default_rng(0).random((4, 28, 28, 1)))["filters"].to_dict()
        {'block1_conv1': 32, 'fc1': 64}
    """
    ranges = collect(model, images, layers, _range, batch_size)
    rows = {}
    for name, found in ranges.items():
        low, high = found[:, 0].min(axis=0), found[:, 1].max(axis=0)
        which = np.flatnonzero(high - low <= _SAME)
        count = len(low)
        rows[name] = {
            "filters": count, "dead": len(which), "share": len(which) / count, "which": which.tolist(),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("layer")


def _range(responses: np.ndarray) -> np.ndarray:
    """Lowest and highest response of each filter, `(batch, 2, filters)`."""
    axes = tuple(range(1, responses.ndim - 1))
    return np.stack([responses.min(axis=axes), responses.max(axis=axes)], axis=1)

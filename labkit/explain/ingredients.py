"""What every class activation map is made of: a layer's maps, and the gradients of a class's logit by them."""

from typing import Any

import keras
import numpy as np

from labkit.explain.inputs import check_counts
from labkit.explain.query import query
from labkit.explain.target import find_layer


def layer_gradients(
    model: keras.Model,
    images: Any,
    classes: Any = None,
    layer: str | keras.Layer | None = None,
    *,
    batch_size: int = 32,
) -> tuple[np.ndarray, np.ndarray]:
    """A layer's maps A, and G: how the logit of a class changes with each cell of them (sheet S3.6).

    Whoever wants to write a method of their own begins here: Grad-CAM is
    `np.maximum((A * G.mean(axis=(1, 2), keepdims=True)).sum(axis=-1), 0)`.

    Args:
        model, images, classes, layer: as for `explain`: the predicted classes, and the last convolution with at
            least 4x4 cells, if not given.

    Returns:
        A and G, both `(n, rows, columns, channels)` float32.

    Raises:
        ValueError: the model, the images or an argument cannot be used; one line says why.

    Example:
        >>> from labkit import models
        >>> A, G = layer_gradients(models.first_cnn(), np.zeros((2, 28, 28, 1)), classes=3)
        >>> A.shape == G.shape == (2, 26, 26, 32)
        True
    """
    check_counts({"batch_size": batch_size})
    asked = query(model, images, classes, batch_size)
    function = asked.view.layer_gradients(find_layer(asked.view, layer))
    batches = [slice(at, at + batch_size) for at in range(0, len(asked.x), batch_size)]
    parts = [function(asked.x[some], asked.classes[some]) for some in batches]
    maps, gradients = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return maps, gradients

"""Query: a model, prepared images and the classes that are asked about, checked together."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from labkit.explain.inputs import as_batch, as_classes, shape_of
from labkit.explain.methods import in_batches
from labkit.explain.prepare import View, check_logits, prepare


@dataclass(frozen=True, eq=False)
class Query:
    """What every explanation begins with.

    Attributes:
        x: images `(n, height, width, channels)` float32.
        classes: `(n,)`, one an image.
        logits: `(n, num_classes)`.
    """

    view: View
    x: np.ndarray
    classes: np.ndarray
    logits: np.ndarray


def query(model: keras.Model, images: Any, classes: Any = None, batch_size: int = 32) -> Query:
    """Prepare a model and images; the classes are the predicted ones if not given.

    Raises:
        ValueError: the model, the images or the classes cannot be used; one line says why.

    Example:
        >>> from labkit import models
        >>> query(models.first_cnn(), np.zeros((2, 28, 28, 1)), 3).classes.tolist()
        [3, 3]
    """
    view = prepare(model, shape_of(images))
    x = as_batch(images, view.graph)
    logits = in_batches(view.logits, batch_size, x)
    check_logits(view, logits)
    return Query(view, x, as_classes(classes, logits), logits)

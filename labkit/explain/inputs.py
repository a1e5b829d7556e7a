"""What `explain` is given: images as the network wants them, one class an image."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from labkit.explain.flat_graph import Graph


def shape_of(images: Any) -> tuple[int, ...] | None:
    """Height, width, channels of images as they were given; None where that cannot be said."""
    shape = tuple(getattr(images, "shape", ()))
    return shape[-3:] if len(shape) in (3, 4) else None


def as_batch(images: Any, graph: Graph) -> np.ndarray:
    """One image or several as float32 `(n, height, width, channels)`, not scaled.

    Raises:
        ValueError: these are no images, or not of the size that the model takes, or whole numbers 0..255 for
            a model that does not scale them itself.
    """
    images = np.asarray(images)
    if images.dtype.kind not in "biuf":
        raise ValueError(f"images are arrays of numbers, not of {images.dtype}.")
    batch = _four_axes(images, graph)
    if len(batch) == 0:
        raise ValueError("there is no image to explain: give at least one.")
    if batch.dtype.kind in "iu" and not graph.scales_images():
        raise ValueError(
            f"the images are whole numbers ({images.dtype}), but {graph.name} does not scale them itself: give them "
            'as in training, such as dataset.scaled().x_test (or .astype("float32") if it was trained on 0..255).'
        )
    batch = np.ascontiguousarray(batch, dtype=np.float32)
    if not np.isfinite(batch).all():
        raise ValueError("the images hold NaN or infinity.")
    return batch


def as_classes(classes: int | Sequence[int] | None, logits: np.ndarray) -> np.ndarray:
    """One class an image, int32 `(n,)`: the predicted ones where none is given.

    Raises:
        ValueError: a class does not exist, or there are more or fewer classes than images.
    """
    n, num_classes = logits.shape
    if classes is None:
        return logits.argmax(axis=1).astype(np.int32)
    if isinstance(classes, Integral):
        classes = [classes] * n
    given = np.asarray(classes)
    if given.dtype.kind not in "iu" or given.ndim > 1:
        raise ValueError(f"classes are whole numbers, one an image, not {classes!r}.")
    if given.shape != (n,):
        raise ValueError(f"{n} images but {given.size} classes: give one an image, or one number for all.")
    if given.min() < 0 or given.max() >= num_classes:
        wrong = given[(given < 0) | (given >= num_classes)][0]
        raise ValueError(f"class {wrong} does not exist: the network has the classes 0 to {num_classes - 1}.")
    return given.astype(np.int32)


def _four_axes(images: np.ndarray, graph: Graph) -> np.ndarray:
    shape = graph.image_shape
    if images.shape == shape or (shape[2] == 1 and images.shape == shape[:2]):
        images = images[np.newaxis]
    if images.ndim == 3 and shape[2] == 1:
        images = images[..., np.newaxis]
    if images.shape[1:] != shape:
        raise ValueError(
            f"{graph.name} takes images of {' x '.join(map(str, shape))}, one or a batch; these have the shape {images.shape}."
        )
    return images


def check_counts(counts: dict[str, int]) -> None:
    """Raise a one-line ValueError unless all of these, by their names, are whole numbers of at least 1.

    Example:
        >>> check_counts({"steps": 1})
    """
    for name, value in counts.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, but it is {value!r}.")

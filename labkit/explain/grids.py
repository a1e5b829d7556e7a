"""Maps on the grid of the images: what every judgement of a map begins with."""

from typing import Any

import keras
import numpy as np


def upsampled(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Maps of any grid at `size`, bilinear, float32; those that have it already are left as they are.

    Args:
        maps: `(n, h, w)`.
        size: `(height, width)` of the images.

    Example:
        >>> upsampled(np.array([[[0.0, 1.0]]]), (1, 4)).round(2).tolist()
        [[[0.0, 0.25, 0.75, 1.0]]]
    """
    maps = np.asarray(maps, dtype=np.float32)
    if maps.shape[1:] == tuple(size):
        return maps
    resized = keras.ops.image.resize(
        maps[..., np.newaxis], tuple(size), interpolation="bilinear", data_format="channels_last"
    )
    return keras.ops.convert_to_numpy(resized)[..., 0]


def checked_images(images: Any) -> np.ndarray:
    """Images `(n, height, width, channels)` as an array, or a one-line ValueError."""
    images = np.asarray(images)
    if images.ndim != 4 or not len(images) or images.dtype.kind not in "uif":
        raise ValueError(
            f"images must be numbers of the shape (n, height, width, channels), not {images.shape} {images.dtype}: "
            "one image alone is images[:1]."
        )
    return images


def checked_maps(maps: Any, images: np.ndarray, what: str = "maps") -> np.ndarray:
    """Finite maps `(n, h, w)`, one an image, brought to the size of the images; else a one-line ValueError."""
    maps = np.asarray(maps)
    if maps.ndim != 3 or len(maps) != len(images):
        raise ValueError(
            f"{what} must have the shape (n, h, w) with a map for each of {len(images)} images, not {maps.shape}."
        )
    if not np.isfinite(maps).all():
        bad = int(np.flatnonzero(~np.isfinite(maps).all(axis=(1, 2)))[0])
        raise ValueError(
            f"{what} contain NaN or infinite numbers, first in map {bad}: look at how it was made."
        )
    return upsampled(maps, images.shape[1:3])


def checked_masks(masks: Any, images: np.ndarray) -> np.ndarray:
    """Masks `(n, height, width)` as booleans, none of them empty; else a one-line ValueError."""
    masks = np.asarray(masks)
    if masks.shape != images.shape[:3]:
        raise ValueError(f"masks must have the shape {images.shape[:3]} of the images, not {masks.shape}.")
    masks = masks.astype(bool)
    if not masks.any(axis=(1, 2)).all():
        raise ValueError("a mask is empty: leave out the images in which the object is not marked.")
    return masks


def checked_classes(classes: Any, n: int, num_classes: int) -> np.ndarray:
    """One class number an image, `(n,)`; a single number is meant for all. Else a one-line ValueError."""
    classes = np.asarray(classes)
    if classes.ndim == 0:
        classes = np.full(n, classes)
    if classes.shape != (n,) or classes.dtype.kind not in "ui":
        raise ValueError(
            f"classes must be {n} whole numbers, one an image, not {classes.shape} {classes.dtype}."
        )
    if classes.min() < 0 or classes.max() >= num_classes:
        raise ValueError(
            f"classes are numbered 0 to {num_classes - 1} here, but one is "
            f"{classes.min() if classes.min() < 0 else classes.max()}."
        )
    return classes

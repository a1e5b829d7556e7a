"""Maps on the grid of the images: what every judgement of a map begins with."""

from typing import Any

import numpy as np

from labkit.explain.resize import bilinear


def as_maps(maps: Any) -> np.ndarray:
    """Maps as an array, those of an Explanation or the array itself.

    Example:
        >>> as_maps([[[0, 1]]]).shape
        (1, 1, 2)
    """
    return np.asarray(getattr(maps, "maps", maps))


def upsampled(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Maps `(n, h, w)` of any grid at `(height, width)`, bilinear; those that have it already as they are.

    Example:
        >>> upsampled(np.array([[[0.0, 1.0]]]), (1, 4)).tolist()
        [[[0.0, 0.25, 0.75, 1.0]]]
    """
    return maps if maps.shape[1:] == tuple(size) else bilinear(maps, size)


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
    """Finite maps `(n, h, w)`, one an image, float32, at the size of the images; else a one-line ValueError.

    Args:
        maps: an array or an Explanation.

    Example:
        >>> checked_maps(np.ones((1, 2, 2)), np.zeros((1, 8, 8, 3))).shape
        (1, 8, 8)
    """
    maps = as_maps(maps)
    if maps.ndim != 3 or len(maps) != len(images) or maps.dtype.kind not in "biuf":
        raise ValueError(
            f"{what} must have the shape (n, h, w) with a map for each of {len(images)} images, not {maps.shape}."
        )
    if not np.isfinite(maps).all():
        bad = int(np.flatnonzero(~np.isfinite(maps).all(axis=(1, 2)))[0])
        raise ValueError(
            f"{what} contain NaN or infinite numbers, first in map {bad}: look at how it was made."
        )
    return upsampled(maps.astype(np.float32), images.shape[1:3])


def checked_masks(masks: Any, images: np.ndarray) -> np.ndarray:
    """Masks `(n, height, width)` as booleans, none of them empty; else a one-line ValueError."""
    masks = np.asarray(masks)
    if masks.shape != images.shape[:3]:
        raise ValueError(f"masks must have the shape {images.shape[:3]} of the images, not {masks.shape}.")
    masks = masks.astype(bool)
    if not masks.any(axis=(1, 2)).all():
        raise ValueError("a mask is empty: leave out the images in which the object is not marked.")
    return masks

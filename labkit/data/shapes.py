"""Shapes: images of any data set brought to one height, width and number of channels."""

from typing import Any

import numpy as np
from PIL import Image

from labkit.data.image_files import ImageFiles
from labkit.data.reports import brief
from labkit.photo import fitted

LUMA = np.array(
    [0.299, 0.587, 0.114], np.float32
)  # ITU-R BT.601, as Pillow's mode "L" weighs red, green and blue
LARGEST = 4096


def checked_shape(what: str, shape: Any) -> tuple[int, ...]:
    """`shape` as a tuple, if it is that of an image; `what` names it in an error.

    Raises:
        ValueError: it is not `(height, width)` or `(height, width, 1 or 3)`.

    Example:
        >>> checked_shape("shape", [32, 32, 3])
        (32, 32, 3)
    """
    sides = shape if isinstance(shape, tuple | list) else ()
    whole = all(isinstance(side, int | np.integer) and not isinstance(side, bool) for side in sides)
    if len(sides) in (2, 3) and whole and all(1 <= side <= LARGEST for side in sides[:2]):
        shape = tuple(int(side) for side in sides)
        if shape[2:] in ((), (1,), (3,)):
            return shape
    raise ValueError(
        f"{what} is (height, width), (height, width, 1) or (height, width, 3) in pixels, from 1 to {LARGEST}, "
        f"such as (32, 32, 3), not {brief(shape)}."
    )


def in_shape(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Images resized, and made grey or copied to three channels: `Dataset.in_shape` does it to every split.

    Args:
        x: `(n, height, width)` or `(n, height, width, 1 or 3)`; uint8, or floats from 0 to 1.
        shape: as `checked_shape` gives it.

    Returns:
        `(n, *shape)`, uint8 or float32. Where there is nothing to do, `x` itself or a view of it.

    Raises:
        ValueError: images that stay on the disk, or pixels of another kind or range.

    Example:
        >>> in_shape(np.full((5, 28, 28), 7, np.uint8), (32, 32, 3)).shape
        (5, 32, 32, 3)
    """
    if x.shape[1:] == shape:
        return x
    dtype = _checked(x, shape)
    x = x[..., 0] if x.shape[3:] == (1,) else x
    if x.ndim == 3 and x.shape[1:] == shape[:2]:  # the channels alone differ
        x = x.astype(dtype, copy=False)
        return x[..., np.newaxis].repeat(shape[2], axis=-1) if shape[2:] == (3,) else x.reshape(-1, *shape)
    made = np.empty((len(x), *shape), dtype)
    one = _whole_numbers if dtype == np.uint8 else _floats
    for place, image in zip(made, x, strict=True):
        small = one(image, *shape[:2], is_grey=shape[2:] != (3,))
        place[...] = small[..., np.newaxis] if small.ndim < place.ndim else small
    return made


def _checked(x: np.ndarray | ImageFiles, shape: tuple[int, ...]) -> np.dtype:
    """The type of the result."""
    if isinstance(x, ImageFiles):
        raise ValueError(
            f"these images stay on the disk: load them at that size, from_folder(path, {shape[:2]}, "
            f"channels={shape[2] if len(shape) == 3 else 1}), or with in_memory=True."
        )
    if x.shape[3:] not in ((), (1,), (3,)) or x.ndim < 3:
        raise ValueError(
            f"images are (height, width), (height, width, 1) or (height, width, 3) to be brought into a shape, not "
            f"{x.shape[1:]}."
        )
    if x.dtype == np.uint8:
        return x.dtype
    if x.dtype.kind == "f" and (not len(x) or (x.min() >= 0 and x.max() <= 1)):
        return np.dtype(np.float32)
    seen = f" from {x.min():g} to {x.max():g}" if len(x) and x.dtype.kind in "iuf" else ""
    raise ValueError(
        f"pixels are uint8, or floats from 0 to 1, to be brought into a shape, not {x.dtype}{seen}: call in_shape() "
        "first, and prepare the pixels afterwards."
    )


def _whole_numbers(image: np.ndarray, height: int, width: int, is_grey: bool) -> np.ndarray:
    picture = _resized(image, height, width)
    return np.asarray(picture.convert("L") if is_grey else picture)


def _floats(image: np.ndarray, height: int, width: int, is_grey: bool) -> np.ndarray:
    """Channel by channel: Pillow knows no colours of floats."""
    image = image.astype(np.float32, copy=False)
    if image.ndim == 2:
        return np.clip(_resized(image, height, width), 0, 1)
    small = np.stack([_resized(image[..., c], height, width) for c in range(3)], axis=-1)
    return np.clip(small @ LUMA if is_grey else small, 0, 1)


def _resized(image: np.ndarray, height: int, width: int) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(image))
    return picture if image.shape[:2] == (height, width) else fitted(picture, height, width, "stretch")

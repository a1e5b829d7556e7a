"""Photos: a picture from a file, a Pillow image or an array, brought to the size that a network takes."""

import warnings
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from labkit.config import one_of
from labkit.decoding import BadPictureError, decoded, plain

RESIZES = ("crop", "pad", "stretch")
SMOOTH = Image.Resampling.BILINEAR  # Pillow widens it when it shrinks: no aliasing


def read_picture(path: str | PathLike) -> Image.Image:
    """The picture in a file: upright as the camera meant it, RGB, on white where it is transparent.

    Raises:
        FileNotFoundError: there is no such file.
        BadPictureError: it is empty, no picture, damaged or too large.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "note.jpg"
        >>> _ = path.write_text("a text")
        >>> read_picture(path)
        Traceback (most recent call last):
        labkit.decoding.BadPictureError: note.jpg is not a picture that can be read (JPEG, PNG, GIF, BMP, WebP, TIFF)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no picture {path}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, about damaged tags and many pixels
            return decoded(path.read_bytes()).image.convert("RGB")
    except BadPictureError as why:
        raise BadPictureError(f"{path.name} {why}", why.reason) from None


def as_picture(image: object) -> Image.Image:
    """A picture from what a caller has: a file's path, a Pillow image, or an array.

    Args:
        image: an array has the shape `(height, width)` or `(height, width, 1 or 3)`; whole numbers are
            pixels from 0 to 255, floats from 0 to 1 as after `Dataset.scaled()`.

    Raises:
        FileNotFoundError, BadPictureError: see `read_picture`.
        ValueError: it is neither, or an array of another shape or range.

    Example:
        >>> as_picture(np.full((4, 6), 0.5)).getpixel((0, 0))
        (128, 128, 128)
    """
    if isinstance(image, str | PathLike):
        return read_picture(image)
    if isinstance(image, Image.Image):
        return as_rgb(image)
    array = np.asarray(image)
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.dtype.kind not in "uif" or not (array.ndim == 2 or (array.ndim == 3 and array.shape[-1] == 3)):
        raise ValueError(
            f"a picture is a file, or an array (height, width) or (height, width, 3), not {_named(image, array)}."
        )
    floats = array.dtype.kind == "f"
    if not array.size or not (array.min() >= 0 and array.max() <= (1 if floats else 255)):
        raise ValueError(
            "a picture's pixels are whole numbers from 0 to 255, or floats from 0 to 1 as Dataset.scaled() gives."
        )
    return Image.fromarray(np.round(array * 255 if floats else array).astype(np.uint8)).convert("RGB")


def as_rgb(picture: Image.Image) -> Image.Image:
    """The same picture in RGB, 8 bits a channel; what is transparent becomes white.

    Example:
        >>> as_rgb(Image.new("LA", (1, 1), (0, 0))).getpixel((0, 0))
        (255, 255, 255)
    """
    return plain(picture, []).convert("RGB")


def fitted(picture: Image.Image, height: int, width: int, resize: str = "crop") -> Image.Image:
    """A picture of exactly this size.

    Args:
        resize: `"crop"` keeps the proportions and cuts off what sticks out, evenly on both sides; `"pad"` keeps
            them and adds black; `"stretch"` changes them, as `cv2.resize` does in sheet S1.4.

    Example:
        >>> fitted(Image.new("RGB", (640, 480)), 32, 32).size
        (32, 32)
    """
    one_of("resize", resize, RESIZES)
    size = (width, height)
    if resize == "crop":
        return ImageOps.fit(picture, size, SMOOTH)
    if resize == "stretch":
        return picture.resize(size, SMOOTH, reducing_gap=3.0)
    scale = min(width / picture.width, height / picture.height)
    inner = [max(1, round(side * scale)) for side in picture.size]
    canvas = Image.new(picture.mode, size)
    corner = [(side - taken) // 2 for side, taken in zip(size, inner, strict=True)]
    canvas.paste(picture.resize(inner, SMOOTH, reducing_gap=3.0), corner)
    return canvas


def _named(image: object, array: np.ndarray) -> str:
    return f"one of shape {array.shape}" if array.ndim else type(image).__name__

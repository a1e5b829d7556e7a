"""Pictures from outside, such as photos from a phone: opened with care, and brought to the size that a network takes."""

import warnings
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from labkit.config import one_of

# No other kinds: Pillow's readers for exotic ones are rarely used, and some start other programs.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MOST_PIXELS = 64_000_000  # a phone's camera has 12 to 50 million
RESIZES = ("crop", "pad", "stretch")


class NoPictureError(ValueError):
    """What was given is no picture that can be shown to a network.

    Attributes:
        reason: `"empty"`, `"unknown"` (no picture, or of another kind), `"damaged"` or `"too large"`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def read_picture(path: str | PathLike) -> Image.Image:
    """The picture in a file: upright as the camera meant it, RGB, on white where it is transparent.

    The file's own content says what it is, not its name. How large it is is looked at before its pixels are
    unpacked: a PNG of one megabyte can hold 400 million of them.

    Raises:
        FileNotFoundError: there is no such file.
        NoPictureError: it is empty, no picture, damaged or too large.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "note.jpg"
        >>> _ = path.write_text("a text")
        >>> read_picture(path)
        Traceback (most recent call last):
        labkit.photo.NoPictureError: note.jpg is no picture: give a JPEG, PNG, WebP, GIF, BMP or TIFF file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no picture {path}.")
    if not path.stat().st_size:
        raise NoPictureError("empty", f"{path.name} is empty: give a picture.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we have a limit of our own
            with Image.open(path, formats=_formats()) as picture:
                _check_size(picture, path.name)
                return as_rgb(ImageOps.exif_transpose(picture))
    except NoPictureError:
        raise
    except Image.DecompressionBombError:
        raise _too_large(path.name) from None
    except Image.UnidentifiedImageError:
        raise NoPictureError(
            "unknown", f"{path.name} is no picture: give a JPEG, PNG, WebP, GIF, BMP or TIFF file."
        ) from None
    except MemoryError:
        raise
    except Exception:  # each of Pillow's readers has errors of its own for a file that is cut off or spoilt
        raise NoPictureError("damaged", f"{path.name} is damaged: copy it again.") from None


def as_rgb(picture: Image.Image) -> Image.Image:
    """The same picture in RGB, 8 bits a channel; what is transparent becomes white.

    Example:
        >>> as_rgb(Image.new("LA", (1, 1), (0, 0))).getpixel((0, 0))
        (255, 255, 255)
    """
    if picture.mode.startswith("I"):  # 16 bits a pixel, which convert() would cut off at 255
        return Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def as_picture(image: object) -> Image.Image:
    """A picture from what a caller has: a file's path, a Pillow image, or an array.

    Args:
        image: an array has the shape `(height, width)` or `(height, width, 1 or 3)`; whole numbers are
            pixels from 0 to 255, floats from 0 to 1 as after `Dataset.scaled()`.

    Raises:
        FileNotFoundError, NoPictureError: see `read_picture`.
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
    size, how = (width, height), Image.Resampling.BILINEAR  # Pillow widens it when it shrinks: no aliasing
    if resize == "crop":
        return ImageOps.fit(picture, size, how)
    if resize == "pad":
        return ImageOps.pad(picture, size, how, color=0)
    return picture.resize(size, how, reducing_gap=3.0)


def _formats() -> list[str]:
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]  # Pillow may be built without some


def _check_size(picture: Image.Image, name: str) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_large(name, f"{picture.width:,} x {picture.height:,} pixels")


def _too_large(name: str, size: str = "far too many pixels") -> NoPictureError:
    most = f"{MOST_PIXELS // 1_000_000} million"
    return NoPictureError("too large", f"{name} has {size}; at most {most} are looked at: make it smaller.")


def _named(image: object, array: np.ndarray) -> str:
    return f"one of shape {array.shape}" if array.ndim else type(image).__name__

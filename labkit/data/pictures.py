"""Pictures: from the bytes of a file to pixels of one size and a signature by which look-alikes are found."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import Image

from labkit.decoding import MOST_PIXELS, decoded
from labkit.photo import SMOOTH, fitted

SIGNATURE = 16  # rows and columns of the difference hash
DRAFT = 256  # pixels: JPEGs are not decoded smaller, so that look-alikes hardly depend on the size asked for


@dataclass(frozen=True)
class Wanted:
    """What pictures shall become, and what is refused.

    Attributes:
        size: height and width in pixels.
        resize: `"crop"` fills the size and cuts off what stands over, `"pad"` keeps everything and adds black
            bars, `"stretch"` changes the proportions.
        channels: 3 for RGB, 1 for grey.
        max_pixels, max_bytes: of a file; what has more is not decoded, or not read.
    """

    size: tuple[int, int]
    resize: str = "crop"
    channels: int = 3
    max_pixels: int = MOST_PIXELS
    max_bytes: int = 50_000_000

    @property
    def shape(self) -> tuple[int, int, int]:
        return (*self.size, self.channels)


@dataclass(frozen=True)
class Picture:
    """One decoded file.

    Attributes:
        pixels: uint8 `(height, width, channels)` in the wanted size.
        signature: uint64 `(4,)`, 256 bits that look-alikes share, see `signature`.
        width, height: of the photo in the file, as it is shown.
        notes: what had to be done to it.
    """

    pixels: np.ndarray
    signature: np.ndarray
    width: int
    height: int
    format: str
    notes: tuple[str, ...]


def read(data: bytes, wanted: Wanted) -> Picture:
    """Decode the bytes of a picture file: turned upright, on white where transparent, resized without aliasing.

    Raises:
        BadPictureError: there is no usable picture in it, whatever Pillow raised.

    Example:
        >>> read(b"", Wanted((8, 8)))
        Traceback (most recent call last):
        labkit.decoding.BadPictureError: is empty
    """
    photo = decoded(data, wanted.max_pixels, max(2 * max(wanted.size), DRAFT))
    notes = list(photo.notes)
    if wanted.resize != "stretch" and (photo.width < wanted.size[1] or photo.height < wanted.size[0]):
        notes.append("smaller than asked for: enlarged")
    image = photo.image.convert("RGB" if wanted.channels == 3 else "L")
    pixels = np.asarray(fitted(image, *wanted.size, wanted.resize)).reshape(wanted.shape)
    return Picture(pixels, signature(photo.image), photo.width, photo.height, photo.format, tuple(notes))


def signature(image: Image.Image) -> np.ndarray:
    """The difference hash of a Pillow image: in 16 rows of 17 grey dots, is a dot brighter than its left neighbour?

    Our own few lines after an idea of N. Krawetz ("Kind of like that", 2013). Copies that were recompressed,
    resized, brightened or made grey differ in few of the 256 bits; cropped or mirrored ones in many.

    Returns:
        uint64 `(4,)`.
    """
    small = image.convert("L").resize((SIGNATURE + 1, SIGNATURE), SMOOTH, reducing_gap=3.0)
    dots = np.asarray(small, dtype=np.int16)
    return np.packbits(dots[:, 1:] > dots[:, :-1]).view(np.uint64)


@contextmanager
def quietly() -> Iterator[None]:
    """No warnings from Pillow about damaged tags and large files inside the block: the report names these files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

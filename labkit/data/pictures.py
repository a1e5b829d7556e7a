"""Pictures: from the bytes of a file to pixels of one size, or half a sentence that says why not."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

# No format that starts another program (EPS) or is a document of many pictures (PSD, PDF).
FORMATS = ("JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF")
RESIZES = ("crop", "pad", "stretch")
SMALLEST = 4  # pixels: what has a shorter side is a line or a tracking dot, no photo
SIGNATURE = 16  # rows and columns of the difference hash
DRAFT = 256  # pixels: JPEGs are not decoded smaller, so that look-alikes hardly depend on the size asked for

# EXIF tag 0x0112: how the camera was held, as what undoes it. (EXIF 2.32, table 6; the names are Pillow's.)
ORIENTATION = 0x0112
TURNS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
    6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90",
}  # fmt: skip

# How files begin that are found in folders of pictures and are none, or none that can be read here.
BEGINNINGS = (
    (b"\xff\xd8\xff", "is a damaged JPEG"),
    (b"\x89PNG", "is a damaged PNG"),
    (b"GIF8", "is a damaged GIF"),
    (b"RIFF", "is a damaged WebP, or a sound"),
    (b"BM", "is a damaged BMP"),
    (b"version https://git-lfs", "is a pointer of Git LFS: run git lfs pull to have the picture"),
    (b"<svg", "is an SVG drawing: save it as PNG"),
    (b"<?xml", "is an XML file or an SVG drawing, not a photo: save it as PNG"),
    (b"<!doctype", "is a web page: the download of the picture failed"),
    (b"<html", "is a web page: the download of the picture failed"),
    (b"%PDF", "is a PDF: save its pictures as PNG"),
    (b"PK\x03\x04", "is a zip: unpack it, or give its path to from_folder"),
)


class BadPictureError(ValueError):
    """A file without a usable picture; the message is half a sentence about the file: "is cut short"."""


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
    max_pixels: int = 80_000_000
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
        >>> read(b"<html>404</html>", Wanted((8, 8)))
        Traceback (most recent call last):
        labkit.data.pictures.BadPictureError: is a web page: the download of the picture failed
    """
    from PIL import Image

    if not data:
        raise BadPictureError("is empty")
    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as image:
            return _picture(image, wanted)
    except BadPictureError:
        raise
    except Exception as error:  # Pillow and its decoders raise a dozen types for a damaged file
        raise BadPictureError(_why(error, data)) from None


def signature(image: Any) -> np.ndarray:
    """The difference hash of a Pillow image: in 16 rows of 17 grey dots, is a dot brighter than its left neighbour?

    Our own few lines after an idea of N. Krawetz ("Kind of like that", 2013). Copies that were recompressed,
    resized, brightened or made grey differ in few of the 256 bits; cropped or mirrored ones in many.

    Returns:
        uint64 `(4,)`.
    """
    small = image.convert("L").resize((SIGNATURE + 1, SIGNATURE), _filter(), reducing_gap=3.0)
    dots = np.asarray(small, dtype=np.int16)
    return np.packbits(dots[:, 1:] > dots[:, :-1]).view(np.uint64)


@contextmanager
def quietly() -> Iterator[None]:
    """No warnings from Pillow about damaged tags and large files inside the block: the report names these files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def _formats() -> tuple[str, ...]:
    from PIL import Image

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)  # Pillow may be built without some


def _filter() -> Any:
    from PIL import Image

    return Image.Resampling.BILINEAR  # Pillow widens it when it shrinks: no aliasing


def _picture(image: Any, wanted: Wanted) -> Picture:
    _demand_size(*image.size, wanted)
    width, height, form, notes = *image.size, image.format, []
    if form != "MPO" and getattr(image, "is_animated", False):  # MPO: a phone's photo and its preview
        notes.append("several pictures in it: the first taken")
    # JPEGs can be decoded at a half, a quarter or an eighth: several times quicker for a phone's photos.
    image.draft(None, (max(2 * max(wanted.size), DRAFT),) * 2)
    image.load()
    image, turned = _turned(image, notes)
    if turned:
        width, height = height, width
    image = _plain(image, notes)
    if wanted.resize != "stretch" and (width < wanted.size[1] or height < wanted.size[0]):
        notes.append("smaller than asked for: enlarged")
    pixels = np.asarray(_resized(image.convert("RGB" if wanted.channels == 3 else "L"), wanted))
    return Picture(pixels.reshape(wanted.shape), signature(image), width, height, form, tuple(notes))


def _demand_size(width: int, height: int, wanted: Wanted) -> None:
    if width * height > wanted.max_pixels:
        raise BadPictureError(
            f"has {width * height / 1e6:,.0f} million pixels, more than max_pixels ({wanted.max_pixels / 1e6:,.0f} "
            "million): a decompression bomb, or a picture to make smaller"
        )
    if min(width, height) < SMALLEST:
        raise BadPictureError(f"has only {width} x {height} pixels")


def _turned(image: Any, notes: list[str]) -> tuple[Any, bool]:
    """The picture upright, and whether width and height changed places."""
    from PIL import Image

    orientation = 1
    with suppress(Exception):  # damaged tags raise whatever they like, and the picture may be good
        orientation = int(image.getexif().get(ORIENTATION, 1))
    if orientation not in TURNS:
        return image, False
    notes.append("turned upright by its EXIF tag")
    return image.transpose(Image.Transpose[TURNS[orientation]]), orientation >= 5


def _plain(image: Any, notes: list[str]) -> Any:
    """8 bits a channel, RGB or grey, nothing transparent."""
    from PIL import Image

    if image.mode.startswith("I"):
        notes.append("16 bits a pixel")
        return Image.fromarray(_eight_bits(np.asarray(image)))
    if image.mode == "F":
        raise BadPictureError("holds numbers with decimals and no colours: save it as PNG")
    if image.mode in ("P", "PA", "CMYK"):
        notes.append({"CMYK": "printing colours (CMYK)"}.get(image.mode, "palette"))
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"), notes)
    if image.mode in ("1", "L"):
        notes.append("grey")
        return image.convert("L")
    return image.convert("RGB")


def _eight_bits(numbers: np.ndarray) -> np.ndarray:
    if numbers.min() < 0 or numbers.max() > 65535:
        raise BadPictureError("holds numbers of 32 bits and no colours: save it as PNG")
    return (numbers.astype(np.uint16) >> 8).astype(np.uint8)


def _on_white(image: Any, notes: list[str]) -> Any:
    from PIL import Image

    if image.getextrema()[3][0] < 255:
        notes.append("transparent: laid on white")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _resized(image: Any, wanted: Wanted) -> Any:
    from PIL import Image, ImageOps

    size = wanted.size[::-1]  # Pillow says width first
    if wanted.resize == "crop":
        return ImageOps.fit(image, size, _filter())
    if wanted.resize == "stretch":
        return image.resize(size, _filter(), reducing_gap=3.0)
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = [max(1, round(side * scale)) for side in image.size]
    canvas = Image.new(image.mode, size)
    corner = [(side - taken) // 2 for side, taken in zip(size, inner, strict=True)]
    canvas.paste(image.resize(inner, _filter(), reducing_gap=3.0), corner)
    return canvas


def _why(error: Exception, data: bytes) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, MemoryError):
        return "needs more memory than there is"
    if isinstance(error, Image.DecompressionBombError):
        return "has far more pixels than max_pixels: a decompression bomb"
    if isinstance(error, UnidentifiedImageError):
        return _what_instead(data)
    return "is cut short" if "truncated" in str(error).lower() else "is damaged"


def _what_instead(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"heif"):
        return "is a HEIC photo, as iPhones take them: save it as JPEG"
    start = data[:64].lstrip().lower()
    for beginning, reason in BEGINNINGS:
        if start.startswith(beginning.lower()):
            return reason
    return "is not a picture that can be read (JPEG, PNG, GIF, BMP, WebP, TIFF)"

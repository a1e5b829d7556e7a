"""Decoding: from the bytes of a file, such as a photo from a phone, to an upright picture, or half a sentence why not."""

import io
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, UnidentifiedImageError

# No format that starts another program (EPS) or is a document of many pictures (PSD, PDF).
FORMATS = ("JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF")
MOST_PIXELS = 80_000_000  # a phone's camera has 12 to 50 million
SMALLEST = 4  # pixels: what has a shorter side is a line or a tracking dot, no photo

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
    """A file without a usable picture; the message is half a sentence about the file: "is cut short".

    Attributes:
        reason: `"empty"`, `"unknown"` (no picture, or of another kind), `"damaged"` or `"too large"`.
    """

    def __init__(self, message: str, reason: str = "damaged") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Photo:
    """One decoded file.

    Attributes:
        image: RGB or grey, 8 bits a channel, upright, on white where it was transparent. A large JPEG may have
            been decoded at a half, a quarter or an eighth of its size.
        width, height: of the photo in the file, as it is shown.
        format: `"JPEG"`, `"PNG"`...
        notes: what had to be done to it.
        orientation: its EXIF tag, 2 to 8 where it had to be turned, else 1.
    """

    image: Image.Image
    width: int
    height: int
    format: str
    notes: list[str]
    orientation: int = 1

    def as_stored(self) -> Image.Image:
        """The picture as it lies in the file, before it was turned upright."""
        if self.orientation == 1:
            return self.image
        back = {6: 8, 8: 6}.get(self.orientation, self.orientation)  # the others undo themselves
        return self.image.transpose(Image.Transpose[TURNS[back]])


def decoded(data: bytes, max_pixels: int = MOST_PIXELS, side: int | None = None) -> Photo:
    """The picture in the bytes of a file. What it is its content says, not its name.

    How large it is is looked at before its pixels are unpacked: a PNG of one megabyte can hold 400 million.

    Args:
        max_pixels: what has more is not unpacked.
        side: in pixels; larger JPEGs need not be decoded larger than this, which is several times quicker.

    Raises:
        BadPictureError: there is no usable picture in it, whatever Pillow raised.

    Example:
        >>> decoded(b"<html>404</html>")
        Traceback (most recent call last):
        labkit.decoding.BadPictureError: is a web page: the download of the picture failed
    """
    if not data:
        raise BadPictureError("is empty", "empty")
    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as image:
            return _photo(image, max_pixels, side)
    except BadPictureError:
        raise
    except Exception as error:  # Pillow and its decoders raise a dozen types for a damaged file
        raise _why(error, data) from None


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)  # Pillow may be built without some


def _photo(image: Image.Image, max_pixels: int, side: int | None) -> Photo:
    _check_size(*image.size, max_pixels)
    width, height, form, notes = *image.size, image.format, []
    if form != "MPO" and getattr(image, "is_animated", False):  # MPO: a phone's photo and its preview
        notes.append("several pictures in it: the first taken")
    if side:
        image.draft(None, (side, side))
    image.load()
    image, orientation = _turned(image, notes)
    if orientation >= 5:
        width, height = height, width
    return Photo(plain(image, notes), width, height, form, notes, orientation)


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise BadPictureError(
            f"has {width * height / 1e6:,.0f} million pixels, more than max_pixels ({max_pixels / 1e6:,.0f} million): "
            "a decompression bomb, or a picture to make smaller",
            "too large",
        )
    if min(width, height) < SMALLEST:
        raise BadPictureError(f"has only {width} x {height} pixels", "unknown")


def _turned(image: Image.Image, notes: list[str]) -> tuple[Image.Image, int]:
    """The picture upright, and the EXIF tag that said how; from 5 on width and height changed places."""
    orientation = 1
    with suppress(Exception):  # damaged tags raise whatever they like, and the picture may be good
        orientation = int(image.getexif().get(ORIENTATION, 1))
    if orientation not in TURNS:
        return image, 1
    notes.append("turned upright by its EXIF tag")
    return image.transpose(Image.Transpose[TURNS[orientation]]), orientation


def plain(image: Image.Image, notes: list[str]) -> Image.Image:
    """8 bits a channel, RGB or grey, nothing transparent."""
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


def _on_white(image: Image.Image, notes: list[str]) -> Image.Image:
    if image.getextrema()[3][0] < 255:
        notes.append("transparent: laid on white")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _why(error: Exception, data: bytes) -> BadPictureError:
    if isinstance(error, MemoryError):
        return BadPictureError("needs more memory than there is", "too large")
    if isinstance(error, Image.DecompressionBombError):
        return BadPictureError("has far more pixels than max_pixels: a decompression bomb", "too large")
    if isinstance(error, UnidentifiedImageError):
        what = _what_instead(data)
        return BadPictureError(what, "damaged" if "damaged" in what else "unknown")
    return BadPictureError("is cut short" if "truncated" in str(error).lower() else "is damaged")


def _what_instead(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"heif"):
        return "is a HEIC photo, as iPhones take them: save it as JPEG"
    start = data[:64].lstrip().lower()
    for beginning, reason in BEGINNINGS:
        if start.startswith(beginning.lower()):
            return reason
    return "is not a picture that can be read (JPEG, PNG, GIF, BMP, WebP, TIFF)"

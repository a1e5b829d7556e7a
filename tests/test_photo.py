"""Photos from outside: upright, RGB, of one size; and everything that is none is one line."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from labkit.decoding import BadPictureError
from labkit.photo import as_picture, as_rgb, fitted, read_picture


def written(path, picture, **options):
    picture.save(path, **options)
    return path


def huge_png(path, side=20_000):
    """A PNG of side x side black pixels, 1 bit each, without ever having them in memory: some 50 KB."""

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return path


def corner(picture):
    return picture.getpixel((0, 0))


def test_a_phone_held_upright_gives_an_upright_picture(tmp_path):
    lying = Image.new("RGB", (40, 20), "red")
    lying.paste("blue", (20, 0, 40, 20))  # the right half
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to see it upright
    picture = read_picture(written(tmp_path / "a.png", lying, exif=exif))
    assert picture.size == (20, 40)
    assert (corner(picture), picture.getpixel((0, 39))) == ((255, 0, 0), (0, 0, 255))


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGB", (10, 20, 30), (10, 20, 30)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("RGBA", (0, 0, 0, 0), (255, 255, 255)),
        ("LA", (0, 255), (0, 0, 0)),
        ("P", 0, (0, 0, 0)),
        ("I;16", 77 * 256, (77, 77, 77)),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(tmp_path, mode, colour, expected):
    picture = read_picture(written(tmp_path / "a.png", Image.new(mode, (5, 4), colour)))
    assert (picture.mode, picture.size, corner(picture)) == ("RGB", (5, 4), expected)


def test_printing_colours():
    assert as_rgb(Image.new("CMYK", (1, 1), (0, 0, 0, 255))).getpixel((0, 0)) == (0, 0, 0)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_the_content_counts_and_not_the_name(tmp_path, form):
    picture = read_picture(written(tmp_path / "photo.txt", Image.new("RGB", (9, 7), "red"), format=form))
    assert picture.size == (9, 7)
    assert corner(picture)[0] > 240


def jpeg():
    file = io.BytesIO()
    Image.effect_noise((300, 300), 80).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "reason", "message"),
    [
        (b"", "empty", "photo.jpg is empty"),
        (b"a text, renamed", "unknown", "photo.jpg is not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "unknown", "photo.jpg is not a picture"),
        (jpeg()[:4000], "damaged", "photo.jpg is cut short"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "damaged", "photo.jpg is a damaged PNG"),
    ],
)
def test_what_is_no_picture(tmp_path, data, reason, message):
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    with pytest.raises(BadPictureError, match=message) as raised:
        read_picture(path)
    assert raised.value.reason == reason
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("side", [9_000, 20_000])
def test_a_picture_of_too_many_pixels_is_never_unpacked(tmp_path, side, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("unpacked"))
    path = huge_png(tmp_path / "huge.png", side)
    assert path.stat().st_size < 100_000
    with pytest.raises(BadPictureError, match=r"more (pixels )?than max_pixels") as raised:
        read_picture(path)
    assert raised.value.reason == "too large"


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no picture"):
        read_picture(tmp_path / "nothing.jpg")


def test_arrays_and_pictures(tmp_path):
    whole = np.full((4, 6, 3), 51, np.uint8)
    for image in (whole, whole[..., 0], whole[..., :1], np.float32(whole / 255), Image.fromarray(whole)):
        assert corner(as_picture(image)) == (51, 51, 51)
    assert as_picture(str(written(tmp_path / "a.png", Image.fromarray(whole)))).size == (6, 4)


@pytest.mark.parametrize(
    "image",
    [np.zeros((2, 4, 6, 3)), np.zeros((4, 6, 2)), np.full((4, 6), 200.0), np.full((4, 6), -1), np.full((4, 6), np.nan),
     np.zeros((0, 6)), 7, None, [["a"]]],
)  # fmt: skip
def test_arrays_that_are_no_picture(image):
    with pytest.raises(ValueError, match="a picture") as raised:
        as_picture(image)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("resize", "expected"),
    [("crop", "gggg"), ("stretch", "rggb"), ("pad", None)],
)
def test_other_proportions(resize, expected):
    """Four times as wide as high: red, green, green, blue."""
    picture = Image.new("RGB", (400, 100), (0, 255, 0))
    picture.paste((255, 0, 0), (0, 0, 100, 100))
    picture.paste((0, 0, 255), (300, 0, 400, 100))
    small = np.asarray(fitted(picture, 40, 40, resize)).astype(int)
    assert small.shape == (40, 40, 3)
    if resize == "pad":
        assert small[:14].max() == small[-14:].max() == 0
        assert [small[20, x].argmax() for x in (2, 20, 37)] == [0, 1, 2]
    else:
        names = ["rgb"[small[20, x].argmax()] for x in (3, 15, 25, 36)]
        assert "".join(names) == expected


def test_unknown_way_to_resize():
    with pytest.raises(ValueError, match="unknown resize 'cut': choose one of crop, pad, stretch"):
        fitted(Image.new("RGB", (4, 4)), 2, 2, "cut")

"""Two hundred files that one does find in folders of photos: each is read, or named with its reason; none raises."""

import io
import os
import re
import struct
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from labkit.data import from_folder, pictures
from labkit.data.image_files import ImageFiles
from tests.tiny_photos import two_classes

COUNT = 200
GOOD = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")


def picture(rng, mode="RGB"):
    """A scene of large blocks in a mode of Pillow, of an odd size."""
    width, height = rng.integers(9, 90, 2)
    blocks = Image.fromarray(rng.integers(0, 256, (4, 5, 4)).astype(np.uint8), "RGBA")
    image = blocks.resize((int(width), int(height)))
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    if mode == "F":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.float32) / 255)
    return image if mode == "RGBA" else image.convert("RGB").convert(mode)


def encoded(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def good(rng, form=None):
    form = form or GOOD[rng.integers(len(GOOD))]
    modes = {
        "JPEG": ("RGB", "L", "CMYK"),
        "GIF": ("P", "L"),
        "WEBP": ("RGB", "RGBA"),
        "BMP": ("RGB", "L", "1", "P"),
    }
    mode = rng.choice(modes.get(form, ("RGB", "RGBA", "L", "LA", "1", "P", "I;16")))
    return encoded(picture(rng, mode), form)


def cut(rng):
    """A download that stopped half-way."""
    data = good(rng, rng.choice(["JPEG", "PNG"]))
    return data[: int(len(data) * rng.uniform(0.02, 0.8))]


def flipped(rng):
    """A few bytes of a bad disk, anywhere."""
    data = bytearray(good(rng))
    for at in rng.integers(0, len(data), rng.integers(1, 12)):
        data[at] = rng.integers(256)
    return bytes(data)


def headless(rng):
    return bytes(rng.integers(0, 256, 8).astype(np.uint8)) + good(rng)[8:]


def only_a_head(rng):
    return good(rng)[: int(rng.integers(1, 30))]


def noise(rng):
    return bytes(rng.integers(0, 256, int(rng.integers(1, 3000))).astype(np.uint8))


def something_else(rng):
    return [
        b"", b"\0" * 500, b"<!DOCTYPE html><html>404</html>", b"<svg xmlns='x'></svg>", b"%PDF-1.7 ...",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", b"file,label\na.jpg,1\n",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) show",
        b"P6 9 9 255\n", b"P5\n-9 9\n255\n", b"8BPS\0\1" + b"\0" * 40,
    ][rng.integers(12)]  # fmt: skip


def of_a_declared_size(rng):
    """A PNG or BMP or GIF that says it is huge, flat or nothing at all."""
    width, height = ((70_000, 70_000), (2**31 - 1, 2**31 - 1), (0, 0), (1, 1), (1, 5000), (30_000, 20_000))[
        rng.integers(6)
    ]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 9)), (b"IEND", b""))
    png = b"".join(
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks
    )
    bmp = b"BM" + struct.pack("<IIIIiiHHIIiiII", 60, 0, 54, 40, width, -height, 1, 24, 0, 0, 0, 0, 0, 0)
    gif = b"GIF89a" + struct.pack("<HHBBB", min(width, 65535), min(height, 65535), 0, 0, 0) + b";"
    return (b"\x89PNG\r\n\x1a\n" + png, bmp, gif)[rng.integers(3)]


def text_bomb(rng):
    """A good PNG with a comment that unfolds to 20 MB."""
    data, packed = good(rng, "PNG"), zlib.compress(b"a" * 20_000_000)
    body = b"k\0\0" + packed
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    return data[:33] + chunk + data[33:]


def odd_exif(rng):
    exif = Image.Exif()
    exif[0x0112] = int(rng.choice([0, 3, 6, 8, 9, 65535]))
    tags = exif.tobytes() if rng.random() < 0.5 else b"Exif\0\0II*\0" + noise(rng)[:60]
    return encoded(picture(rng), "JPEG", exif=tags)


def moving(rng):
    frames = [picture(rng).resize((20, 20)) for _ in range(4)]
    data = encoded(frames[0], rng.choice(["GIF", "WEBP", "TIFF"]), save_all=True, append_images=frames[1:])
    return data if rng.random() < 0.5 else data[: len(data) * 3 // 4]


def of_numbers(rng):
    if rng.random() < 0.5:
        return encoded(picture(rng, "F"), "TIFF")
    return encoded(Image.fromarray(rng.integers(-(2**30), 2**30, (20, 20)).astype(np.int32)), "TIFF")


MAKERS = (
    good, cut, flipped, headless, only_a_head, noise, something_else, of_a_declared_size, odd_exif, moving, of_numbers,
)  # fmt: skip
NEVER_GOOD = (headless, only_a_head, something_else, of_numbers)
SUFFIXES = ("jpg", "JPEG", "png", "gif", "bmp", "webp", "tif", "txt", "jpg.part", "")
NAMES = ("IMG {i}", "été_{i}", "foto{i}🙂", "-rf {i}", "a'b\"{i}", "%s%d{i}", "Ünïcödé{i}", "{i}")


def odd_files(seed):
    """`[(name, bytes, maker)]`, the same for the same seed."""
    rng = np.random.default_rng(seed)
    files = []
    for i in range(COUNT):
        maker = text_bomb if i == COUNT - 1 else MAKERS[i % len(MAKERS)]
        name = NAMES[rng.integers(len(NAMES))].format(i=i) + "." + SUFFIXES[rng.integers(len(SUFFIXES))]
        files.append((name, maker(rng), maker))
    return files


def written(root, files):
    two_classes(root, 5)
    for i, (name, data, _) in enumerate(files):
        (root / ("red", "blue")[i % 2] / name).write_bytes(data)
    return root


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """The folder, what is in it, and what from_folder makes of it with every warning an error."""
    files = odd_files(seed=5)
    root = written(tmp_path_factory.mktemp("odd") / "p", files)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return root, files, from_folder(root, 16)


def test_every_file_is_reported_once(odd):
    _, files, data = odd
    listed = data.report.files["file"].str.split("/").str[-1]
    assert sorted(listed) == sorted([name for name, *_ in files] + [f"{i:02}.png" for i in range(5)] * 2)
    assert set(data.report.files["status"]) == {"used", "skipped"}
    assert sum(map(len, (x for x, _ in data.splits().values()))) == len(data.report.used)
    assert len(data.report.used) + len(data.report.skipped) == COUNT + 10


def test_reasons_are_half_a_sentence_in_plain_words(odd):
    reasons = odd[2].report.skipped["reason"]
    assert reasons.str.fullmatch(r"(is|has|holds|needs|cannot) [^\n]{4,160}").all()
    foreign = re.compile(r"Error|Traceback|0x|0[bB]|PIL|struct|None|tensor|\[Errno", re.IGNORECASE)
    assert not reasons.str.contains(foreign).any()
    assert reasons.nunique() > 12


def test_good_ones_are_used_and_hopeless_ones_are_not(odd):
    _, files, data = odd
    status = data.report.files.assign(name=data.report.files["file"].str.split("/").str[-1]).set_index("name")
    for name, content, maker in files:
        row = status.loc[name]
        copy = str(row["reason"]).startswith("is the same file")
        if maker in (good, odd_exif):
            assert row["status"] == "used", (name, row["reason"])
        if maker in NEVER_GOOD and not copy:
            assert row["status"] == "skipped", (name, maker.__name__)
        if maker is cut and content[:4] != b"\x89PNG":
            assert row["reason"], name


def test_what_was_used_is_what_pillow_shows(odd):
    root, files, data = odd
    plain = {name for name, _, maker in files if maker is good}
    checked = 0
    for row in data.report.used.itertuples():
        with pictures.quietly(), Image.open(root / row.file) as image:
            if row.file.split("/")[-1] not in plain or image.mode not in ("RGB", "L"):
                continue
            low, high = image.convert("L").getextrema()
            assert (row.width, row.height) == image.size
        pixels = data.splits()[row.split][0][row.index]
        grey = pixels @ (0.299, 0.587, 0.114)
        assert low - 2 <= grey.min() <= grey.max() <= high + 2
        checked += 1
    assert checked >= 5


def test_on_the_disk_and_in_a_zip_they_are_the_same(odd, tmp_path):
    root, _, data = odd
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for place in sorted(root.rglob("*")):
            archive.write(place, place.relative_to(root.parent))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        packed = from_folder(tmp_path / "p.zip", 16, in_memory=False)
        assert isinstance(packed.x_train, ImageFiles)
        assert all((packed.splits()[s][0][:] == x).all() for s, (x, _) in data.splits().items())
    reasons = [d.report.files.set_index(d.report.files["file"].str.split("/").str[-2:].str.join("/"))["reason"]
               for d in (data, packed)]  # fmt: skip
    same = ~reasons[0].str.startswith("is the same file")
    assert (reasons[0][same] == reasons[1][reasons[0][same].index]).all()


@pytest.mark.skipif(os.name != "posix", reason="other systems do not allow such names")
def test_names_that_cannot_be_printed_are_shown_all_the_same(tmp_path):
    root = os.fsencode(two_classes(tmp_path, 3))
    for name in (b"caf\xe9.jpg", b"line\nbreak.jpg", b"bell\x07.jpg", b"\xff\xfe.png"):
        try:
            with open(os.path.join(root, b"red", name), "wb") as file:
                file.write(good(np.random.default_rng(len(name)), "PNG"))
        except OSError:  # a disk that allows Unicode only
            pytest.skip("this disk takes no such names")
    data = from_folder(tmp_path, 8)
    assert data.report.counts.loc["red", "all"] == 7
    assert all(name.isprintable() for name in data.report.files["file"])
    str(data.report.files).encode()  # as print() does


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 12))
def test_two_hundred_others(tmp_path, seed):
    data = from_folder(written(tmp_path / "p", odd_files(seed)), 16)
    assert len(data.report.files) == COUNT + 10
    assert len(data.report.used) + len(data.report.skipped) == COUNT + 10
    assert data.report.skipped["reason"].str.len().min() > 4

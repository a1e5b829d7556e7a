"""Folders of photos: layouts, splits, turning, resizing, copies, zips, and images that stay on the disk."""

import io
import os
import shutil
import struct
import zipfile
import zlib
from functools import partialmethod

import numpy as np
import pytest
from PIL import Image, ImageOps

from labkit import evaluate, metrics, plots, train
from labkit.data import DataNotFoundError, from_folder, load_photos, lookalikes, photo_folder, pictures
from labkit.data import folders as folders_module
from labkit.data.feeding import batches
from labkit.data.image_files import ImageFiles
from labkit.data.photos import PHOTOS
from labkit.data.splitting import share_of
from labkit.photo import RESIZES
from tests.tiny_photos import COLOURS, photo, save, three_splits, two_classes


def reason(dataset, file):
    rows = dataset.report.files.set_index("file").loc[file]
    assert rows["status"] == "skipped"
    return rows["reason"]


def zipped(root, place):
    """A zip of a folder, written by the standard library."""
    return shutil.make_archive(str(place), "zip", root.parent, root.name)


def png_of(width, height):
    """A PNG that declares a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


# Layout


def test_three_splits_are_kept(tmp_path):
    data = from_folder(three_splits(tmp_path / "p"), 8)
    assert [len(x) for x, _ in data.splits().values()] == [12, 6, 8]
    assert data.class_names == ["blue", "red"]
    assert (data.name, data.source, data.x_train.dtype, data.image_shape) == (
        "p",
        "folder",
        np.uint8,
        (8, 8, 3),
    )
    for x, y in data.splits().values():
        assert (y == (x[..., 0].mean(axis=(1, 2)) > x[..., 2].mean(axis=(1, 2)))).all()  # the red ones
    assert sorted(data.y_train.tolist()) != data.y_train.tolist()  # not class by class


@pytest.mark.parametrize("outer", ["", "download/photos"])
@pytest.mark.parametrize("names", [("Training", "valid", "testing"), ("train", "val", "TEST")])
def test_other_names_of_splits_and_folders_around(tmp_path, outer, names):
    root = three_splits(tmp_path / outer / "p")
    for old, new in zip(("train", "validation", "test"), names, strict=True):
        (root / old).rename(root / f"{new}_")
        (root / f"{new}_").rename(root / new)
    assert [len(x) for x, _ in from_folder(tmp_path, 8).splits().values()] == [12, 6, 8]


def test_the_index_in_the_report_finds_the_file_again(tmp_path):
    data = from_folder(three_splits(tmp_path), (18, 24))
    for row in data.report.files.itertuples():
        original = np.asarray(Image.open(tmp_path / row.file))
        assert (data.splits()[row.split][0][row.index] == original).all()


def test_one_folder_a_class_is_split_in_proportion_and_by_seed(tmp_path):
    two_classes(tmp_path, 10)
    for i in range(10, 30):
        save(tmp_path / "red" / f"{i}.png", "red", seed=5000 + i)
    data = from_folder(tmp_path, 8, test=0.2, validation=0.25)
    assert data.report.counts.loc["blue"].tolist() == [6, 2, 2, 10]
    assert data.report.counts.loc["red"].tolist() == [18, 6, 6, 30]
    again, other = from_folder(tmp_path, 8, seed=0), from_folder(tmp_path, 8, seed=1)
    assert (from_folder(tmp_path, 8).x_test == again.x_test).all()
    files = [set(d.report.used.query("split == 'test'")["file"]) for d in (again, other)]
    assert files[0] != files[1]
    images = [x.tobytes() for split in data.splits().values() for x in split[0]]
    assert len(set(images)) == len(images) == 40  # none twice, none in two splits


def test_a_part_of_the_splits_is_completed(tmp_path):
    root = three_splits(tmp_path / "p", (10, 2, 3))
    shutil.rmtree(root / "validation")
    assert [len(x) for x, _ in from_folder(root, 8).splits().values()] == [16, 4, 6]
    assert [len(x) for x, _ in from_folder(root, 8, validation=0).splits().values()] == [20, 0, 6]
    with pytest.raises(ValueError, match=r"the folder has 6 test photos of its own: leave test=0.1 out"):
        from_folder(root, 8, test=0.1)


def test_classes_of_one_photo_of_none_and_only_for_testing(tmp_path):
    root = three_splits(tmp_path / "p")
    save(root / "train" / "single" / "a.png", seed=77)
    save(root / "test" / "late" / "a.png", seed=78)
    save(root / "test" / "late" / "b.png", seed=79)
    (root / "train" / "nothing").mkdir()
    (root / "train" / "broken").mkdir()
    (root / "train" / "broken" / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    data = from_folder(root, 8)
    assert data.class_names == ["blue", "late", "red", "single"]
    assert data.report.warnings == (
        "class broken has no usable photo and is left out",
        "class late has no training photo: it cannot be learnt",
        "class nothing has no usable photo and is left out",
        "class single has one photo, in train: too few to learn",
    )


def test_nested_folders_belong_to_the_class_and_stray_files_to_none(tmp_path):
    two_classes(tmp_path, 3)
    save(tmp_path / "red" / "holiday" / "2020" / "a.png", "red", seed=50)
    save(tmp_path / "stray.png", "red", seed=51)
    data = from_folder(tmp_path, 8)
    assert data.report.counts.loc["red", "all"] == 4
    assert reason(data, "stray.png") == "lies in no class folder"
    (tmp_path / "train").mkdir()
    shutil.move(tmp_path / "red", tmp_path / "train" / "red")
    shutil.move(tmp_path / "blue", tmp_path / "train" / "blue")
    save(tmp_path / "extra" / "red" / "a.png", "red", seed=52)
    assert (
        reason(from_folder(tmp_path, 8), "extra/red/a.png")
        == "lies outside the folders train, validation and test"
    )


def test_hidden_files_are_neither_photos_nor_faults(tmp_path):
    two_classes(tmp_path, 3)
    for name in (".DS_Store", "red/._01.png", "blue/Thumbs.db", ".git/x.png", "__MACOSX/red/01.png"):
        save(tmp_path / "x.png", seed=9).rename(tmp_path / "x")
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "x").rename(tmp_path / name)
    data = from_folder(tmp_path, 8)
    assert data.report.skipped.empty
    assert data.report.counts.loc["all", "all"] == 6
    assert (data.report.files["status"] == "hidden").sum() == 5


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no links and pipes here")
def test_links_and_pipes_are_not_followed(tmp_path):
    root = two_classes(tmp_path / "p", 3)
    secret = save(tmp_path / "secret.png", seed=99)
    (root / "red" / "out.png").symlink_to(secret)
    (root / "red" / "in.png").symlink_to(root / "red" / "00.png")
    (root / "red" / "gone.png").symlink_to(tmp_path / "nowhere")
    (root / "red" / "round").symlink_to(root)
    (root / "linked_class").symlink_to(tmp_path)
    os.mkfifo(root / "red" / "pipe.jpg")  # reading it would wait for ever
    data = from_folder(root, 8)
    assert data.report.counts.loc["all", "all"] == 6
    assert reason(data, "red/out.png") == "is a link that leads out of the folder: put the file itself there"
    assert reason(data, "linked_class").startswith("is a link that leads out")
    assert reason(data, "red/in.png").startswith("is a link to another place in this folder")
    assert reason(data, "red/round").startswith("is a link to another place")
    assert reason(data, "red/gone.png") == "is a link that leads nowhere"
    assert reason(data, "red/pipe.jpg") == "is a pipe, not a file"


# Copies and look-alikes


def test_no_file_is_in_two_splits(tmp_path):
    root = three_splits(tmp_path)
    shutil.copy(root / "test/red/0.png", root / "train/red/copy.png")
    shutil.copy(root / "train/red/1.png", root / "train/blue/other.png")
    data = from_folder(root, 8)
    assert reason(data, "train/red/copy.png") == "is the same file as test/red/0.png"
    copy = data.report.skipped.set_index("file")["reason"]
    assert copy["train/red/1.png"].endswith("in another class: one of the two labels is wrong")
    assert len(copy) == 2
    assert len(data.x_test) == 8


def test_look_alikes_across_splits_are_reported(tmp_path):
    root = three_splits(tmp_path)
    rng = np.random.default_rng(3)
    scene = Image.fromarray(rng.integers(0, 256, (24, 32, 3)).astype(np.uint8)).resize((160, 120))
    scene.save(root / "train/red/scene.jpg", quality=95)
    scene.resize((80, 60)).save(root / "test/red/smaller.jpg", quality=40)
    alike = from_folder(root, 8).report.look_alikes
    assert alike[["first", "second", "across"]].to_numpy().tolist() == [
        ["test/red/smaller.jpg", "train/red/scene.jpg", True]
    ]
    assert 0 < alike["bits that differ"][0] <= 12
    assert from_folder(root, 8).report.warnings == (
        "look-alikes across splits: 1 pair, see report.look_alikes",
    )


def test_pairs_are_those_of_a_count_bit_by_bit():
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2**63, (300, 4)).astype(np.uint64)
    words[290] = words[3] ^ np.uint64(0b1011)
    words[10] = words[299]
    bits = np.unpackbits(words.view(np.uint8).reshape(300, -1), axis=1).astype(int)
    apart = np.abs(bits[:, None] - bits[None]).sum(axis=2)
    expected = [(int(apart[i, j]), i, j) for i in range(300) for j in range(i + 1, 300) if apart[i, j] <= 90]
    assert [(d, i, j) for i, j, d in lookalikes.pairs(words, close=90)] == sorted(expected)
    assert (10, 299, 0) in lookalikes.pairs(words)
    assert (3, 290, 12) in lookalikes.pairs(words)  # 3 bits in each of 4 words


def test_a_thousand_blank_pictures_do_not_make_half_a_million_pairs():
    assert len(lookalikes.pairs(np.zeros((1500, 4), np.uint64))) == lookalikes.MOST_PAIRS


# Splitting


def test_shares_are_exact_in_sum_and_leave_every_class_something():
    classes = ["a"] * 755 + ["b"] * 753  # sheet S1.4: 1,508 photos, 302 for testing
    taken = share_of(classes, 0.2, seed=0)
    assert len(taken) == 302
    assert abs(sum(classes[i] == "a" for i in taken) - 151) <= 1
    few = ["a"] * 50 + ["b"] * 2 + ["c"]
    taken = [few[i] for i in share_of(few, 0.1, seed=0)]
    assert (taken.count("b"), taken.count("c")) == (1, 0)
    assert {few[i] for i in range(53) if i not in share_of(few, 0.9, seed=0)} == {"a", "b", "c"}
    assert share_of(few, 0, seed=0) == []


def test_a_photo_more_in_one_class_leaves_the_others_as_they_were():
    before = [i for i in share_of(["a"] * 20 + ["b"] * 20, 0.2, seed=4) if i < 20]
    assert before == [i for i in share_of(["a"] * 20 + ["b"] * 21, 0.2, seed=4) if i < 20]


# Pictures


def encoded(image, form="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_that_of_pillow(orientation, form):
    image = Image.new("RGB", (64, 32), "red")
    image.paste("blue", (0, 0, 16, 16))
    image.paste("lime", (48, 16, 64, 32))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(image, form, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    picture = pictures.read(data, pictures.Wanted((upright.height, upright.width)))
    assert (picture.width, picture.height) == upright.size == ((64, 32) if orientation < 5 else (32, 64))
    assert np.abs(picture.pixels.astype(int) - np.asarray(upright)).mean() < 4


def test_a_damaged_exif_block_does_not_cost_the_photo():
    data = encoded(photo(COLOURS["red"], 0), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\x07" * 40)
    with pictures.quietly():
        assert pictures.read(data, pictures.Wanted((8, 8))).pixels[..., 0].mean() > 150


@pytest.mark.parametrize(
    ("mode", "value", "expected", "note"),
    [
        ("L", 90, (90, 90, 90), "grey"),
        ("1", 1, (255, 255, 255), "grey"),
        ("LA", (90, 255), (90, 90, 90), ""),
        ("RGBA", (200, 10, 10, 0), (255, 255, 255), "transparent: laid on white"),
        ("RGBA", (200, 10, 10, 255), (200, 10, 10), ""),
        ("I;16", 90 * 256, (90, 90, 90), "16 bits a pixel"),
    ],
)
def test_kinds_of_pixels(mode, value, expected, note):
    picture = pictures.read(encoded(Image.new(mode, (9, 9), value)), pictures.Wanted((6, 6)))
    assert (picture.pixels == expected).all()
    assert "; ".join(picture.notes) == note


def test_palettes_cmyk_and_animations():
    palette = Image.new("RGB", (9, 9), (200, 40, 10)).quantize(4)
    assert (pictures.read(encoded(palette), pictures.Wanted((6, 6))).pixels == (200, 40, 10)).all()
    cmyk = encoded(Image.new("CMYK", (9, 9), (0, 0, 0, 255)), "JPEG")
    assert pictures.read(cmyk, pictures.Wanted((6, 6))).pixels.max() < 30
    red, blue = (Image.new("RGB", (9, 9), colour) for colour in COLOURS.values())
    moving = pictures.read(encoded(red, "GIF", save_all=True, append_images=[blue]), pictures.Wanted((6, 6)))
    assert "several pictures in it: the first taken" in moving.notes
    assert (
        np.abs(moving.pixels[0, 0].astype(int) - COLOURS["blue"]).max() < 3
    )  # the first colour of the table


def test_one_channel_is_the_brightness():
    picture = pictures.read(
        encoded(Image.new("RGB", (9, 9), (255, 0, 0))), pictures.Wanted((6, 4), channels=1)
    )
    assert picture.pixels.shape == (6, 4, 1)
    assert (picture.pixels == 76).all()  # 0.299 of red, ITU-R 601


def strips():
    """Red, green and blue from left to right, 90 x 30."""
    image = Image.new("RGB", (90, 30), "red")
    image.paste("lime", (30, 0, 60, 30))
    image.paste("blue", (60, 0, 90, 30))
    return encoded(image)


def test_crop_keeps_the_middle_pad_everything_stretch_the_frame():
    def resized(how):
        return pictures.read(strips(), pictures.Wanted((30, 30), how)).pixels

    assert (resized("crop") == (0, 255, 0)).all()
    padded = resized("pad")
    assert (padded[:10] == 0).all()
    assert (padded[20:] == 0).all()
    assert [padded[15, x].argmax() for x in (4, 15, 25)] == [0, 1, 2]
    assert [resized("stretch")[2, x].argmax() for x in (4, 15, 25)] == [0, 1, 2]
    assert (resized("stretch").max(axis=2) > 100).all()


@pytest.mark.parametrize("how", RESIZES)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_shrinking_does_not_alias(how, form):
    board = np.indices((256, 256)).sum(axis=0) % 2 * 255
    picture = pictures.read(
        encoded(Image.fromarray(board.astype(np.uint8)), form, **({"quality": 95} if form == "JPEG" else {})),
        pictures.Wanted((20, 20), how),
    )
    assert (
        np.abs(picture.pixels[2:-2, 2:-2].astype(int) - 127).max() < 12
    )  # one pixel of four would be 0 or 255


@pytest.mark.parametrize("how", RESIZES)
@pytest.mark.parametrize("size", [(4, 900), (900, 4), (5, 5)])
def test_odd_proportions_are_resized(how, size):
    picture = pictures.read(encoded(Image.new("RGB", size, "red")), pictures.Wanted((8, 6), how))
    assert picture.pixels.shape == (8, 6, 3)
    assert picture.pixels[..., 0].max() > 200


# Limits


def test_bombs_and_large_files_are_refused(tmp_path):
    root = two_classes(tmp_path, 4)
    (root / "red" / "bomb.png").write_bytes(png_of(60_000, 60_000))
    (root / "red" / "large.png").write_bytes(png_of(10_000, 9_000))
    (root / "red" / "dot.png").write_bytes(encoded(Image.new("RGB", (1, 1))))
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    (root / "red" / "heavy.png").write_bytes(encoded(Image.fromarray(noise)))
    data = from_folder(root, 8, max_bytes=5_000)
    assert reason(data, "red/bomb.png").endswith("a decompression bomb")
    assert reason(data, "red/large.png").startswith(
        "has 90 million pixels, more than max_pixels (80 million)"
    )
    assert reason(data, "red/dot.png") == "has only 1 x 1 pixels"
    assert reason(data, "red/heavy.png") == "is larger than max_bytes (0 MB)"
    assert data.report.counts.loc["all", "all"] == 8


# Zips


def test_a_zip_gives_what_its_folder_gives(tmp_path):
    root = three_splits(tmp_path / "p")
    data, packed = from_folder(root, 8), from_folder(zipped(root, tmp_path / "p"), 8)
    assert (packed.source, packed.name) == ("zip", "p")
    for split in data.splits():
        assert all((a == b).all() for a, b in zip(data.splits()[split], packed.splits()[split], strict=True))


def test_a_hostile_zip_writes_and_reads_nothing_outside(tmp_path):
    place = tmp_path / "in" / "p.zip"
    place.parent.mkdir()
    red = encoded(photo(COLOURS["red"], 77))
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for label, colour in enumerate(COLOURS):
            for i in range(3):
                archive.writestr(f"{colour}/{i}.png", encoded(photo(COLOURS[colour], 100 * label + i)))
        archive.writestr("../slip.png", red)
        archive.writestr("red/../../../slip.png", red)
        archive.writestr("/tmp/slip.png", red)
        archive.writestr("C:\\slip.png", red)
        link = zipfile.ZipInfo("red/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(zipfile.ZipInfo("red/lzma.png"), red, zipfile.ZIP_LZMA)
        archive.writestr("red\\back.png", encoded(photo(COLOURS["red"], 78)))
        archive.writestr("__MACOSX/red/._0.png", b"x")
    before = sorted(tmp_path.rglob("*"))
    data = from_folder(place, 8)
    assert sorted(tmp_path.rglob("*")) == before
    assert data.report.counts.loc["red", "all"] == 4  # a backslash is a folder, too
    assert (data.report.skipped["reason"] == "has a path that leads out of the zip").sum() == 4
    assert reason(data, "red/link.png") == "is a link, not a file"
    assert reason(data, "red/lzma.png") == "is packed by another method than deflate"
    assert (data.report.files["status"] == "hidden").sum() == 1


def test_zip_bombs_are_refused_by_declared_and_by_real_size(tmp_path, monkeypatch):
    place = tmp_path / "p.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for label, colour in enumerate(COLOURS):
            archive.writestr(f"{colour}/0.png", encoded(photo(COLOURS[colour], label)))
            archive.writestr(f"{colour}/bomb.bmp", b"BM" + bytes(3_000_000))
    data = from_folder(place, 8, max_bytes=1_000_000)
    assert reason(data, "red/bomb.bmp") == "is larger than max_bytes (1 MB)"
    monkeypatch.setattr("labkit.data.places.UNSUSPICIOUS", 1_000_000)
    with pytest.raises(ValueError, match=r"unfolds to 0.0 GB, over 200 times its size: a zip bomb"):
        from_folder(place, 8)
    raw = bytearray(place.read_bytes())  # a member that declares less than it holds
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 500)
    place.write_bytes(raw)
    monkeypatch.undo()
    assert reason(from_folder(place, 8), "red/bomb.bmp").startswith("is damaged")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"x" * 200])
def test_a_damaged_zip_is_one_line(tmp_path, content):
    (tmp_path / "p.zip").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"p\.zip is not a zip that can be read .*: make it or fetch it anew\."
    ):
        from_folder(tmp_path / "p.zip", 8)


# Wrong calls


def test_wrong_places_are_one_line(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not there: give the path of a folder"):
        from_folder(tmp_path / "nothing", 8)
    (tmp_path / "a.tar").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"neither a folder nor a .zip: unpack other archives first"):
        from_folder(tmp_path / "a.tar", 8)
    with pytest.raises(ValueError, match="needs the path of a folder"):
        from_folder(None, 8)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty holds no usable photo. Expected one folder"):
        from_folder(tmp_path / "empty", 8)
    save(tmp_path / "one" / "red" / "a.png")
    (tmp_path / "one" / "red" / "b.png").write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"photos of one class, red; 1 file skipped, the first: red/b.png is empty"
    ):
        from_folder(tmp_path / "one", 8)
    for split in ("train", "test"):
        save(tmp_path / "flat" / split / "a.png", seed=ord(split[1]))
    with pytest.raises(ValueError, match="holds photos in test and train without a folder for each class"):
        from_folder(tmp_path / "flat", 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 0}, "image_size is a number of pixels"),
        ({"image_size": (8, 8, 3)}, "image_size is a number of pixels"),
        ({"image_size": True}, "image_size is a number of pixels"),
        ({"resize": "fit"}, "unknown resize 'fit'"),
        ({"channels": 4}, "channels must be 3"),
        ({"validation": 20}, "validation must be a fraction"),
        ({"test": 1.0}, "test must be a fraction"),
        ({"in_memory": "no"}, "in_memory must be 'auto'"),
        ({"max_pixels": 0}, "max_pixels must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_wrong_arguments_are_one_line(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        from_folder(tmp_path, **{"image_size": 8} | options)


# Images that stay on the disk


@pytest.fixture
def both(tmp_path):
    """The same photos in memory and on the disk."""
    root = two_classes(tmp_path / "p", 12)
    return from_folder(root, 8, in_memory=True), from_folder(root, 8, in_memory=False)


def test_image_files_are_the_arrays(both):
    data, stream = both
    assert isinstance(stream.x_train, ImageFiles)
    assert repr(stream) == repr(data)
    for split in data.splits():
        x, y = data.splits()[split]
        assert (np.asarray(stream.splits()[split][0]) == x).all()
        assert (stream.splits()[split][1] == y).all()
    x, lazy = data.x_train, stream.x_train
    assert (lazy.shape, lazy.dtype, lazy.ndim, len(lazy)) == (x.shape, x.dtype, x.ndim, len(x))
    for index in (3, -1, slice(2, 5), slice(None, None, 4), [5, 1], np.array([0, 7]), x[:, 0, 0, 0] > 128):
        assert (lazy[index] == x[index]).all()
    with pytest.raises(IndexError):
        lazy[len(x)]
    assert stream.describe().astype(str).equals(data.describe().astype(str))
    assert (stream.scaled().x_test[:] == data.scaled().x_test).all()
    assert stream.scaled().x_test.dtype == np.float32
    few, same = stream.subset(6, n_test=2), data.subset(6, n_test=2)
    assert isinstance(few.x_train, ImageFiles)
    assert (few.x_train[:] == same.x_train).all()


def test_what_would_not_fit_stays_on_the_disk(tmp_path, monkeypatch):
    root = two_classes(tmp_path, 3)
    assert isinstance(from_folder(root, 8).x_train, np.ndarray)
    monkeypatch.setattr(folders_module, "ROOM", 6 * 8 * 8 * 3 - 1)
    assert isinstance(from_folder(root, 8).x_train, ImageFiles)
    assert isinstance(from_folder(root, 8, in_memory=True).x_train, np.ndarray)


def test_an_epoch_sees_every_image_once_and_each_in_another_order(both):
    x, y = both[1].x_train, both[1].y_train

    def epoch(fed):
        pairs = [fed[i] for i in range(len(fed))]
        fed.on_epoch_end()
        return [
            (image.tobytes(), label)
            for images, labels in pairs
            for image, label in zip(images, labels, strict=True)
        ]

    fed = batches(x, y, 4, seed=3)
    first, second = epoch(fed), epoch(fed)
    expected = [(image.tobytes(), label) for image, label in zip(both[0].x_train, y, strict=True)]
    assert sorted(first) == sorted(second) == sorted(expected)
    assert len({tuple(first), tuple(second), tuple(expected)}) == 3
    assert epoch(batches(x, y, 4, seed=3, epoch=1)) == second


def net(frozen=False):
    import keras

    keras.utils.set_random_seed(0)
    base = keras.layers.Conv2D(4, 3, activation="relu", trainable=not frozen)
    rest = [
        keras.layers.Rescaling(1 / 255),
        base,
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2),
    ]
    return keras.Sequential([keras.Input((8, 8, 3)), *rest], name="net")


@pytest.fixture
def eager(monkeypatch):
    """Tracing a graph would cost more than the training."""
    import keras

    monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))


@pytest.mark.slow
def test_a_net_learns_from_image_files(both, eager):
    data, stream = both
    model = net()
    run = train(model, stream, epochs=6, batch_size=8, learning_rate=0.1)
    assert run.history["loss"][-1] < run.history["loss"][0] / 2
    assert len(run.history["val_loss"]) == 6
    result, same = evaluate(model, stream), evaluate(model, data)
    assert result.accuracy == 1
    assert np.allclose(result.probabilities, same.probabilities)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_history(both, eager):
    runs = [train(net(), both[1], epochs=2, batch_size=4, seed=seed) for seed in (0, 0, 1)]
    assert runs[0].history == runs[1].history != runs[2].history


@pytest.mark.slow
def test_the_features_of_image_files_are_computed_once(both, eager):
    data, stream = both
    options = {"epochs": 2, "batch_size": 4, "cache_features": True}
    run, same = train(net(frozen=True), stream, **options), train(net(frozen=True), data, **options)
    assert run.hyperparameters["cached_features"]
    assert run.history == same.history  # from there on both are arrays


def test_augmentation_and_scaling_work_with_image_files(both, eager):
    import keras

    run = train(
        net(), both[1].scaled().one_hot(), epochs=1, batch_size=4,
        augment=keras.layers.RandomFlip("horizontal"), label_smoothing=0.1,
    )  # fmt: skip
    assert np.isfinite(run.history["loss"]).all()


@pytest.mark.slow
def test_a_killed_training_on_image_files_goes_on_where_it_was(both, eager, tmp_path):
    import keras

    class Kill(keras.callbacks.Callback):
        def __init__(self, at):
            super().__init__()
            self.at = at

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == self.at:
                raise KeyboardInterrupt

    def trained(kill):
        model = net()
        options = {"epochs": 3, "batch_size": 4, "checkpoint": tmp_path / "c"}
        return model, train(model, both[1], callbacks=[Kill(kill)], **options)

    whole, run = trained(kill=99)
    stopped = trained(kill=2)[1]
    assert (stopped.stopped, stopped.epochs_run) == ("interrupted", 2)
    model, resumed = trained(kill=99)
    assert resumed.history == run.history
    assert all((a == b).all() for a, b in zip(model.get_weights(), whole.get_weights(), strict=True))


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_file_that_went_away_is_one_line(both, tmp_path, request, compiled):
    if not compiled:
        request.getfixturevalue("eager")
    stream = both[1]
    rows = stream.report.used.set_index(["split", "index"])["file"]
    (tmp_path / "p" / rows["train", 9]).unlink()
    (tmp_path / "p" / rows["test", 1]).write_bytes(b"\xff\xd8\xff")
    gone = (
        r"^\S+\.png cannot be read \(No such file or directory\), and was good when the folder was read: call"
    )
    with pytest.raises(OSError, match=gone):
        stream.x_train[:]
    with pytest.raises(OSError, match=gone):
        train(net(), stream, epochs=1, batch_size=4)
    with pytest.raises(OSError, match=r"^\S+\.png is a damaged JPEG, and was good"):
        evaluate(net(), stream)


# Photos by name


@pytest.mark.slow
def test_the_drawn_photos_say_that_they_are(monkeypatch):
    folder = photo_folder("clothing_small", source="sample")
    assert folder == photo_folder("clothing_small", source="sample")
    data = from_folder(folder, 16)
    assert data.is_sample
    assert data.source == "offline sample"
    assert data.report.skipped.empty
    assert data.report.look_alikes.empty
    known = PHOTOS["clothing_small"]
    for split, column in (("train", "train"), ("validation", "val"), ("test", "test")):
        assert tuple(data.report.counts[column][:-1]) == known.drawn[split]
    assert set(data.report.used["width"]) == {96, 128}
    monkeypatch.setenv("LABKIT_PROFILE", "smoke")
    french = load_photos("clothing_small", 16, language="fr")
    assert (french.source, french.language, french.class_names[0]) == ("offline sample", "fr", "robe")
    assert (french.y_train == data.y_train).all()


def test_photos_that_cannot_be_downloaded_are_one_line(keras_home):
    with pytest.raises(
        DataNotFoundError, match=r'106 MB; .*put the folder at .*clothing_small.* or use source="sample"'
    ) as raised:
        load_photos("clothing_small", 8)
    assert "\n" not in str(raised.value)
    assert not [path for path in keras_home.rglob("*") if path.is_file()]


def test_photos_are_downloaded_once(keras_home, tmp_path, monkeypatch):
    """GitHub's zip has an outer folder, and a licence beside the splits."""
    outer = tmp_path / "clothing-dataset-small-1196151"
    three_splits(outer)
    (outer / "LICENSE").write_text("CC0")
    packed = zipped(tmp_path / "clothing-dataset-small-1196151", tmp_path / "packed")
    asked = []

    def get_file(name, url, cache_dir, cache_subdir, file_hash):
        asked.append(url)
        shutil.copy(packed, cache_dir / name)

    monkeypatch.setattr("keras.utils.get_file", get_file)
    for _ in range(2):
        found = load_photos("clothing_small", 8)
    assert asked == [PHOTOS["clothing_small"].address]
    assert (found.source, len(found.x_val) > 0) == ("download", True)
    assert [path.name for path in keras_home.rglob("*") if path.is_file()] == ["clothing_small.zip"]


def test_real_photos_are_found_in_the_data_folder_and_never_replaced(tmp_path, monkeypatch):
    with pytest.raises(DataNotFoundError, match="is not in the data folder: put the folder at"):
        load_photos("clothing_small", 8, source="data folder")
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    root = two_classes(tmp_path / "clothing_small", 4)
    assert load_photos("clothing_small", 8).source == "data folder"
    zipped(root, tmp_path / "clothing_small")
    shutil.rmtree(root)
    assert photo_folder("clothing_small").name == "clothing_small.zip"
    assert load_photos("clothing_small", 8, source="data folder").name == "clothing_small"
    with pytest.raises(ValueError, match="there are no photos 'masks': labkit knows clothing_small"):
        load_photos("masks", 8)
    with pytest.raises(ValueError, match="unknown source 'keras'"):
        photo_folder("clothing_small", source="keras")


def test_classes_are_called_as_one_likes(tmp_path):
    data = from_folder(two_classes(tmp_path, 3), 8, class_names={"red": "rouge"}, name="colours")
    assert (data.class_names, data.name) == (["blue", "rouge"], "colours")
    assert list(data.report.counts.index) == ["blue", "rouge", "all"]


@pytest.mark.real
@pytest.mark.slow
def test_the_real_clothes():
    data = load_photos("clothing_small", 32)
    assert data.report.counts.loc["all"].tolist() == [3068, 341, 372, 3781]
    assert tuple(data.class_names) == PHOTOS["clothing_small"].class_names["en"]
    assert data.report.skipped.empty
    alike = data.report.look_alikes  # one photo, cut twice, stands under two labels
    assert alike[["class of first", "class of second", "across"]].to_numpy().tolist() == [
        ["shorts", "skirt", False]
    ]


# Pictures of them


def test_plots_of_photos(both):
    data, _ = both
    for dataset in both:
        assert len(plots.images(dataset, rows=2, columns=3).images) == 6
        counted = plots.class_counts(dataset)
        assert [bar.get_width() for bar in counted.patches] == dataset.report.counts[:-1][
            ["train", "val", "test"]
        ].to_numpy().T.ravel().tolist()
        assert len(plots.examples(dataset, n=3).images) == 6
        sizes = plots.photo_sizes(dataset)
        assert sizes.collections[0].get_offsets().tolist() == [[24, 18]]
        wrong = metrics.Evaluation.of(1 - dataset.y_test, np.eye(2)[dataset.y_test], dataset.class_names)
        shown = plots.errors_per_class(dataset.x_test, wrong, n=1)
        assert [image.get_array().shape for image in shown.images] == [(8, 8, 3)] * 2
        assert len(plots.errors(dataset.x_test, wrong, n=2).images) == 2
    first = [plots.examples(d, n=1).images[0].get_array() for d in both]
    assert (first[0] == first[1]).all()
    assert (first[0] == data.x_train[data.y_train == 0][0]).all()
    with pytest.raises(ValueError, match="one image is needed"):
        plots.augmentations(data.x_train, [])


def test_augmentation_is_shown_beside_the_image_itself():
    import keras

    image = np.zeros((8, 8, 3), np.uint8)
    image[:, :4] = 255
    ax = plots.augmentations(image, [keras.layers.RandomFlip("horizontal", seed=0)], n=9)
    shown = [picture.get_array() for picture in ax.images]
    assert (shown[0] == image / 255).all()
    sides = {bool(picture[0, 0, 0] > 0.5) for picture in shown[1:]}
    assert sides == {True, False}
    assert len(shown) == 10

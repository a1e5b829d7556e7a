"""Held-out photos: half of a real folder's test photos; the other files go to the sandbox as they are."""

import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from labkit import config
from labkit.data import DataNotFoundError, from_folder, load_photos, photo_folder
from labkit.data.photos import PHOTOS
from labkit.grading import held_photos
from labkit.grading.held_out import HeldOut
from labkit.grading.judging import Context, judge_all
from labkit.grading.probes import specs
from labkit.grading.records import Execution
from labkit.quiz import Question
from tests.grading.photo_course import CLASSES, TEST, TRAIN, VALIDATION, ByColour, real_photos
from tests.grading.probing import NONCE, SECRET, probed

NAME = "clothing_small"
SIDES = PHOTOS[NAME].image_size
# In a process of its own, as a notebook in the sandbox would.
LOADS = """
import json, sys
from labkit.data import load_photos
photos = load_photos("clothing_small", int(sys.argv[1]))
counts = photos.report.counts.loc["all"].tolist()
print(json.dumps([photos.source, counts, photos.y_test.tolist(), photos.x_test.sum(axis=(1, 2, 3)).tolist()]))
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """`HeldOut` of a small folder, and that folder."""
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "real"))
    root = real_photos(tmp_path / "real" / NAME)
    return HeldOut(tmp_path / "grading", [NAME], "course", SECRET), root


def public(held):
    return held.sandbox_folder / f"{NAME}.zip"


def in_zip(held):
    """Names and bytes."""
    with zipfile.ZipFile(public(held)) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist()))
        return {name: archive.read(name) for name in archive.namelist()}


def sources(images, originals):
    """The original of each hidden image, and the largest difference to it in grey levels."""
    far = [np.abs(image - originals).max(axis=(1, 2, 3)) for image in images.astype(np.int16)]
    return np.argmin(far, axis=1), np.min(far, axis=1)


@pytest.mark.slow
def test_labels_are_in_the_order_of_the_entry():
    entry = PHOTOS[NAME]
    assert list(entry.folders) == sorted(entry.folders)
    folder = photo_folder(NAME, source="sample")
    by_name, by_folder = load_photos(NAME, 8, source="sample"), from_folder(folder, 8)
    assert by_name.class_names == list(entry.class_names["en"])
    assert by_folder.class_names == list(entry.folders)
    for row in by_folder.report.used.itertuples():
        label = entry.folders.index(row.file.split("/")[1])
        assert getattr(by_name, f"y_{row.split}")[row.index] == label


def test_the_sizes_are_those_of_the_labs():
    assert SIDES == {"smoke": 32, "course": 64, "full": 224}
    assert set(SIDES) == set(config.PROFILES)


def test_drawn_photos_come_from_the_secret(tmp_path, monkeypatch):
    """Whoever has labkit can draw: not knowing the secret, nobody can draw the hidden ones."""
    monkeypatch.setattr(held_photos, "TIMES", 1)
    one, again, other = (
        np.load(HeldOut(tmp_path / str(i), [NAME], "smoke", secret).files()[NAME])
        for i, secret in enumerate((SECRET, SECRET, b"another secret"))
    )
    assert one.shape == (70, 32, 32, 3)
    assert np.array_equal(one, again)
    assert sources(other, one.astype(np.int16))[1].min() > 10


def test_test_photos_are_split_in_two(course):
    held, root = course
    real = from_folder(root, SIDES["course"])
    hidden, labels = np.load(held.files()[NAME]), held.of(NAME).labels
    assert hidden.dtype == np.uint8
    assert hidden.shape == (26, 64, 64, 3)
    assert all(abs(count - n / 2) <= 0.5 for count, n in zip(np.bincount(labels), TEST, strict=True))
    place, far = sources(hidden, real.x_test.astype(np.int16))
    assert far.max() == 1, "the noise"
    assert len(set(place)) == len(hidden)
    assert (real.y_test[place] == labels).all()
    assert (np.diff(labels.astype(int)) < 0).any(), "not class by class"
    test = real.report.used.query("split == 'test'").set_index("index")["file"]
    files = in_zip(held)
    assert {name for name in files if name.startswith("test/")} == set(test) - set(test.loc[place])


def test_everything_else_goes_along_byte_by_byte(course):
    held, root = course
    files = in_zip(held)
    assert all(data == (root / name).read_bytes() for name, data in files.items())
    originals = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    gone = originals - set(files)
    hidden = {name for name in gone if name.startswith("test/")}
    copies = {f"train/longsleeve/copy_{name[-5]}.jpg" for name in hidden if "longsleeve" in name}
    assert len(hidden) == 26
    assert len(copies) == 3
    assert gone == hidden | copies, "a second copy of a hidden photo would give its label away"
    assert not {(root / name).read_bytes() for name in gone} & set(files.values())


def test_no_hidden_photo_is_among_those_of_the_sandbox(course):
    held, _ = course
    arrays = held.of(NAME).arrays
    theirs = np.concatenate([arrays["x_train"][:], arrays["x_test"][:]]).astype(np.int16)
    _, far = sources(np.load(held.files()[NAME]), theirs)
    assert far.min() > 5


def test_a_notebook_loads_the_zip(course):
    held, _ = course
    source, counts, labels, sums = loaded_afresh(held, "course")
    rest = sum(TEST) - 26
    copies = 3  # of test photos that the sandbox has: left out of training
    assert (source, counts) == (
        "data folder",
        [10 * TRAIN, 10 * VALIDATION, rest, 10 * (TRAIN + VALIDATION) + rest],
    )
    assert len(in_zip(held)) == sum(counts[:3]) + copies + 1
    arrays = held.of(NAME).arrays
    assert arrays["y_test"].tolist() == labels, "in the same order: evaluations are compared with it"
    assert arrays["x_test"][:].sum(axis=(1, 2, 3)).tolist() == sums
    assert len(arrays["x_train"]) == len(arrays["y_train"]) == 10 * TRAIN


def loaded_afresh(held, profile):
    done = subprocess.run(
        [sys.executable, "-c", LOADS, str(SIDES[profile])], check=True, capture_output=True, text=True,
        env={"LABKIT_DATA": str(held.sandbox_folder), "LABKIT_PROFILE": profile, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    return json.loads(done.stdout)


def test_each_profile_has_its_size(course, tmp_path):
    full = HeldOut(tmp_path / "grading", [NAME], "full", SECRET)
    assert np.load(full.files()[NAME]).shape == (26, 224, 224, 3)
    assert full.files()[NAME].name == "clothing_small_224.npy"


def test_a_zip_in_the_data_folder_is_split_likewise(course, tmp_path, monkeypatch):
    held, root = course
    with zipfile.ZipFile(tmp_path / f"{NAME}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*.jpg")):
            archive.write(path, path.relative_to(root))
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    again = HeldOut(tmp_path / "again", [NAME], "course", SECRET)
    assert in_zip(again) == in_zip(held)
    assert np.array_equal(np.load(again.files()[NAME]), np.load(held.files()[NAME]))


def test_photos_that_are_not_there_or_of_other_classes(course, tmp_path, monkeypatch):
    _, root = course
    (root / "train" / "gloves").mkdir()
    (root / "train" / "hat" / "train_0.jpg").rename(root / "train" / "gloves" / "0.jpg")
    with pytest.raises(
        ValueError, match=r"dress, gloves, hat.*; expected dress, hat, longsleeve.*anew"
    ) as caught:
        HeldOut(tmp_path / "other", [NAME], "course", SECRET)
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "nothing"))
    with pytest.raises(DataNotFoundError, match="put the folder at"):
        HeldOut(tmp_path / "other", [NAME], "course", SECRET)
    with pytest.raises(ValueError, match="clothing_large"):
        HeldOut(tmp_path / "other", ["clothing_large"], "course", SECRET)


@pytest.mark.parametrize(
    ("network", "status"),
    [
        (ByColour(64), "right"),
        (ByColour(64, [1, 2, 3, 4, 0, *range(5, 10)]), "wrong"),
        (ByColour(64, range(9, -1, -1)), "wrong"),
        (ByColour(32), "wrong"),
        (None, "wrong"),
    ],
    ids=["right", "half of the classes confused", "labels in another order", "of another size", "no network"],
)
def test_a_network_is_tried_on_the_hidden_photos(course, network, status):
    """Probe cell, evidence, judge; every network claims to be perfect."""
    held, _ = course
    asked = Question(
        "mine.score", ("S9.1",), "metric", contract=dict.fromkeys(config.PROFILES, 0.9),
        probe={"model": "head", "data": NAME, "scale": 1}, shows={"en": "", "fr": ""},
    )  # fmt: skip
    wanted = specs([asked], "seed", held.files())
    texts = probed(asked.id, "1.0", wanted, {"head": network})
    context = Context(wanted, held, "course", NONCE)
    mark = judge_all([asked], {asked.id: texts}, Execution(status="done"), context)[asked.id]
    assert mark.status == status, mark


@pytest.mark.real
@pytest.mark.slow
def test_the_real_clothes(tmp_path):
    held = HeldOut(tmp_path, [NAME], "course", SECRET)
    root = photo_folder(NAME, source="data folder")
    files, labels = in_zip(held), held.of(NAME).labels
    assert np.load(held.files()[NAME]).shape == (186, 64, 64, 3)
    for label, name in enumerate(CLASSES):
        whole = len(list((root / "test" / name).iterdir()))
        rest = sum(file.startswith(f"test/{name}/") for file in files)
        assert rest + (labels == label).sum() == whole
        assert abs(rest - whole / 2) <= 0.5
    assert all(data == (root / file).read_bytes() for file, data in files.items())
    source, counts, y_test, _ = loaded_afresh(held, "course")
    assert (source, counts) == ("data folder", [3068, 341, 186, 3595])
    assert held.of(NAME).arrays["y_test"].tolist() == y_test
    real = from_folder(root, 64)
    place, far = sources(np.load(held.files()[NAME]), real.x_test.astype(np.int16))
    assert far.max() == 1
    assert (real.y_test[place] == labels).all()
    test = real.report.used.query("split == 'test'").set_index("index")["file"]
    assert not set(test.loc[place]) & set(files)

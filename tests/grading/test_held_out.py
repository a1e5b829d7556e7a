"""Held-out images: they look like the test images, their labels stay outside, and the sandbox has the rest."""

import numpy as np
import pytest

from labkit.data import archive
from labkit.data.catalog import CATALOG
from labkit.data.photos import PHOTOS
from labkit.data.sample import drawn_again, sample
from labkit.grading.held_out import HeldOut, Known, known
from tests.grading.photo_course import real_photos
from tests.grading.probing import SECRET, held_out
from tests.tiny_data import tiny

COUNTS = {"mnist": 357, "clothing_small": 420}  # others: 1,000
SHAPES = {"mnist": (28, 28), "fashion_mnist": (28, 28)}  # others: 32 by 32, in colour
every_set = pytest.mark.parametrize("name", [*CATALOG, *PHOTOS])


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Held-out images of a tiny mnist in the data folder."""
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "real"))
    real = tiny("mnist", per_class=20)
    archive.write(tmp_path / "real" / "mnist.npz", real)
    return HeldOut(tmp_path / "grading", ["mnist"], "course", SECRET), real, tmp_path


@pytest.fixture(params=["mnist", "clothing_small"])
def either(request, tmp_path, monkeypatch):
    """Held-out images of real arrays, or of real photos: the data set's name, HeldOut, its folder."""
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "real"))
    archive.write(tmp_path / "real" / "mnist.npz", tiny("mnist", per_class=20))
    real_photos(tmp_path / "real" / "clothing_small")
    folder = tmp_path / "grading"
    return request.param, HeldOut(folder, [request.param], "course", SECRET), folder


def hidden_images(name):
    return np.load(held_out().files()[name])


@pytest.mark.slow
@every_set
def test_drawn_images_are_of_the_same_look(name):
    held, images = held_out().of(name), hidden_images(name)
    assert images.dtype == np.uint8
    assert images.shape == (COUNTS.get(name, 1000), *SHAPES.get(name, (32, 32, 3)))
    assert images.shape[1:] == held.arrays["x_test"].shape[1:]
    counts = np.bincount(held.labels)
    assert len(counts) == known(name).num_classes
    assert counts.min() >= len(images) / (1.2 * len(counts)), "no class is rare"
    assert abs(images.mean() - held.arrays["x_test"].mean()) < 12
    assert held_out().sandbox_folder is None


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in (*CATALOG, *PHOTOS) if name != "mnist"])
def test_drawn_images_are_none_of_the_sandbox(name):
    """No image lies within the noise of one that the notebook loads. (MNIST's are its digits, in other places.)"""
    held, images = held_out().of(name), hidden_images(name)
    theirs = np.concatenate([held.arrays["x_train"], held.arrays["x_test"]])
    ours, theirs = (x.reshape(len(x), -1).astype(np.float32) for x in (images, theirs))
    squares = (ours**2).sum(axis=1)[:, None] - 2 * ours @ theirs.T + (theirs**2).sum(axis=1)
    assert np.sqrt(squares.min() / ours.shape[1]) > 5, "grey levels, root mean square; the noise makes 0.8"


@pytest.mark.slow
@every_set
def test_drawn_images_carry_their_labels(name):
    """Images whose edges are as the mean edges of a class in the sample are mostly of that class."""
    held, images = held_out().of(name), hidden_images(name)
    x, y = edges(held.arrays["x_train"]), held.arrays["y_train"]
    classes = known(name).num_classes
    means = np.stack([x[y == label].mean(axis=0) for label in range(classes)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    right = ((edges(images) @ means.T).argmax(axis=1) == held.labels).mean()
    assert right > 0.45, f"chance is {1 / classes}; measured were 0.58 to 0.68"


def edges(images, block=4):
    """How much brightness changes across and down, in blocks, as rows of length 1."""
    grey = images.astype(np.float32).reshape(*images.shape[:3], -1).mean(axis=3)
    across = np.abs(np.diff(grey, axis=2))[:, :-1]
    down = np.abs(np.diff(grey, axis=1))[:, :, :-1]
    side = across.shape[1] // block * block
    blocks = [
        e[:, :side, :side].reshape(len(e), side // block, block, side // block, block).mean(axis=(2, 4))
        for e in (across, down)
    ]
    rows = np.sqrt(np.stack(blocks, axis=1).reshape(len(grey), -1))
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.slow
def test_the_sample_itself_is_what_it_was():
    assert (sample("mnist")["x_test"] == held_out().of("mnist").arrays["x_test"]).all()
    one, again, other = (drawn_again("cifar10", seed, per_class=2)[0] for seed in (1, 1, 2))
    assert (one == again).all()
    assert not (one == other).all()


def test_real_test_images_are_split_in_two(course):
    held, real, folder = course
    public = np.load(folder / "grading" / "course" / "data" / "mnist.npz")
    hidden, labels = np.load(held.files()["mnist"]), held.of("mnist").labels
    known = Known.of(real["x_test"], np.arange(200))
    ours = [known.label(image) for image in public["x_test"]]
    assert len(set(ours)) == 100
    assert (real["y_test"][ours] == public["y_test"]).all()
    assert (public["x_train"] == real["x_train"]).all()
    assert len(hidden) == len(labels) == 100
    # The noise is one grey level at most, so each hidden image has its source, which is in the other half.
    far = np.abs(hidden[:, None].astype(int) - real["x_test"][None]).max(axis=(2, 3))
    source = far.argmin(axis=1)
    assert far.min(axis=1).max() == 1
    assert not set(source) & set(ours)
    assert (real["y_test"][source] == labels).all()
    assert held.of("mnist").arrays["y_test"].tolist() == public["y_test"].tolist()


def test_no_hidden_label_lies_where_the_sandbox_reads(either):
    name, held, folder = either
    assert held.sandbox_folder == folder / "course" / "data"
    hidden = folder / "course" / "hidden"
    assert hidden.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in hidden.iterdir()] == [0o600]
    for bound in (held.inputs, held.sandbox_folder):
        assert hidden not in bound.parents
        assert bound not in hidden.parents
        assert bound.stat().st_mode & 0o777 == 0o755
        assert all(path.stat().st_mode & 0o777 == 0o644 for path in bound.iterdir())
    assert list(held.inputs.iterdir()) == [held.files()[name]]
    assert len(list(held.sandbox_folder.iterdir())) == 1


def test_files_are_written_once_and_depend_on_the_secret(either, tmp_path):
    name, held, folder = either
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    again = HeldOut(folder, [name], "course", SECRET)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(before) == 3
    assert (again.of(name).labels == held.of(name).labels).all()
    same, other = (HeldOut(tmp_path / str(s), [name], "course", s) for s in (SECRET, b"another secret"))
    copies = [tmp_path / str(SECRET) / path.relative_to(folder) for path in before]
    assert [copy.read_bytes() for copy in copies] == [path.read_bytes() for path in before]
    assert not np.array_equal(np.load(other.files()[name]), np.load(same.files()[name]))
    (given,), (otherwise,) = (list(one.sandbox_folder.iterdir()) for one in (same, other))
    assert given.read_bytes() != otherwise.read_bytes(), "another half"


def test_a_data_set_that_no_probe_names_is_refused(course):
    with pytest.raises(ValueError, match="choose one of mnist"):
        course[0].of("cifar10")
    assert set(CATALOG) >= {"cifar10"}

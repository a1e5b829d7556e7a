"""Held-out images: they look like the test images, their labels stay outside, and the sandbox has the rest."""

import numpy as np
import pytest

from labkit.data import archive
from labkit.data.catalog import CATALOG, entry
from labkit.data.sample import drawn_again, sample
from labkit.grading.held_out import HeldOut, Known
from tests.grading.probing import SECRET, held_out
from tests.tiny_data import tiny


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Held-out images of a tiny mnist in the data folder."""
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "real"))
    real = tiny("mnist", per_class=20)
    archive.write(tmp_path / "real" / "mnist.npz", real)
    return HeldOut(tmp_path / "grading", ["mnist"], "course", SECRET), real, tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_drawn_images_are_new_and_of_the_same_look(name):
    held, images = held_out().of(name), np.load(held_out().files()[name])
    assert images.dtype == np.uint8
    assert images.shape == (len(held.labels), *entry(name).image_shape)
    assert len(images) == (357 if name == "mnist" else 1000)
    assert np.bincount(held.labels).min() >= len(images) // 12
    assert not any(
        held.test.label(image) is not None or held.train.label(image) is not None for image in images
    )
    assert abs(images.mean() - held.arrays["x_test"].mean()) < 12
    assert held_out().sandbox_folder is None


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_drawn_images_carry_their_labels(name):
    """The nearest mean image of the sample's classes is right far more often than chance."""
    held, images = held_out().of(name), np.load(held_out().files()[name]).astype(float)
    x, y = held.arrays["x_train"].astype(float), held.arrays["y_train"]
    means = np.stack([x[y == label].mean(axis=0) for label in range(10)]).reshape(10, -1)
    distances = ((images.reshape(len(images), 1, -1) - means) ** 2).sum(axis=2)
    assert (distances.argmin(axis=1) == held.labels).mean() > 0.18


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


def test_no_hidden_label_lies_where_the_sandbox_reads(course):
    held, _, folder = course
    assert held.sandbox_folder == folder / "grading" / "course" / "data"
    hidden = folder / "grading" / "course" / "hidden"
    assert hidden.stat().st_mode & 0o777 == 0o700
    for bound in (held.inputs, held.sandbox_folder):
        assert hidden not in bound.parents
        assert bound not in hidden.parents
        assert bound.stat().st_mode & 0o777 == 0o755
        assert all(path.stat().st_mode & 0o777 == 0o644 for path in bound.iterdir())
    assert [path.name for path in held.inputs.iterdir()] == ["mnist.npy"]


def test_files_are_written_once_and_depend_on_the_secret(course):
    held, _, folder = course
    before = {path: path.stat().st_mtime_ns for path in (folder / "grading").rglob("*") if path.is_file()}
    again = HeldOut(folder / "grading", ["mnist"], "course", SECRET)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (again.of("mnist").labels == held.of("mnist").labels).all()
    other = HeldOut(folder / "other", ["mnist"], "course", b"another secret")
    assert (np.load(other.files()["mnist"]) != np.load(held.files()["mnist"])).any()


def test_a_data_set_that_no_probe_names_is_refused(course):
    with pytest.raises(ValueError, match="choose one of mnist"):
        course[0].of("cifar10")
    assert set(CATALOG) >= {"cifar10"}

"""Offline samples: shapes, labels, sameness, and that there is something in them to learn."""

import hashlib
import os
import subprocess
import sys
from functools import cache
from importlib.resources import files

import numpy as np
import pytest

from labkit.data.catalog import CATALOG, class_names
from labkit.data.drawing import PALETTES, read_figures
from labkit.data.sample import sample

SIZES = {"mnist": (1440, 357), "fashion_mnist": (2000, 500), "cifar10": (2000, 500), "cifar100": (5000, 1000)}
DRAWN = ("fashion_mnist", "cifar10", "cifar100")


@cache
def once(name):
    return sample(name)


def digest(arrays):
    return hashlib.sha256(b"".join(arrays[key].tobytes() for key in sorted(arrays))).hexdigest()


def flat(name, split):
    images = once(name)[f"x_{split}"]
    return images.reshape(len(images), -1) / 255, once(name)[f"y_{split}"]


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOG)
def test_shapes_types_and_names_of_the_real_data(name):
    arrays = once(name)
    assert set(arrays) == {"x_train", "y_train", "x_test", "y_test"}
    for split, count in zip(("train", "test"), SIZES[name], strict=True):
        assert arrays[f"x_{split}"].shape == (count, *CATALOG[name].image_shape)
        assert arrays[f"y_{split}"].shape == (count,)
        assert set(arrays[f"y_{split}"].tolist()) == set(range(CATALOG[name].num_classes))
    assert {array.dtype for array in arrays.values()} == {np.dtype("uint8")}


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_classes_are_of_equal_size_and_shuffled(name):
    for split in ("train", "test"):
        labels = once(name)[f"y_{split}"]
        assert len(set(np.bincount(labels).tolist())) == 1
        assert (np.diff(labels.astype(int)) < 0).mean() > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_same_arrays_whatever_happened_before_and_no_global_state_touched(name):
    expected = digest(once(name))
    np.random.seed(7)
    before = np.random.get_state()[1].copy()
    assert digest(sample(name)) == expected
    assert (np.random.get_state()[1] == before).all()


@pytest.mark.slow
def test_same_arrays_in_another_process():
    code = (
        "import sys; sys.path[:0] = ['tests', '.'];"
        "import test_sample as t; print(t.digest(t.sample('fashion_mnist')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "12345"},
        cwd=os.path.dirname(os.path.dirname(__file__)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == digest(once("fashion_mnist"))


@pytest.mark.parametrize("name", CATALOG)
def test_no_test_picture_was_trained_on(name):
    seen = {image.tobytes() for image in once(name)["x_train"]}
    assert len(seen) == SIZES[name][0]
    assert not any(image.tobytes() in seen for image in once(name)["x_test"])


@pytest.mark.parametrize("name", DRAWN)
def test_every_class_has_figures_of_its_own(name):
    figures = read_figures((files("labkit.data") / "figures" / f"{name}.txt").read_text(encoding="utf-8"))
    assert set(figures) == set(class_names(name))
    drawings = [
        (figure.inks, figure.points.tobytes()) for variants in figures.values() for figure in variants
    ]
    assert len(set(drawings)) == len(drawings)
    assert {palette for variants in figures.values() for f in variants for palette in f.palettes} <= set(
        PALETTES
    )


def test_digits_are_those_of_scikit_learn_in_the_box_of_mnist():
    from sklearn.datasets import load_digits

    arrays = once("mnist")
    images = np.concatenate([arrays["x_train"], arrays["x_test"]])
    labels = np.concatenate([arrays["y_train"], arrays["y_test"]])
    assert (np.bincount(labels) == np.bincount(load_digits().target)).all()
    frame = np.ones((28, 28), bool)
    frame[2:26, 2:26] = False
    assert not images[:, frame].any()
    assert (images.max(axis=(1, 2)) > 200).all()
    assert 0.08 < (images > 127).mean() < 0.25  # MNIST itself: 0.13


def test_a_digit_is_recognised_by_one_who_learnt_on_the_originals():
    from sklearn.datasets import load_digits
    from sklearn.neighbors import KNeighborsClassifier

    originals, labels = load_digits(return_X_y=True)
    judge = KNeighborsClassifier(1).fit(originals, labels)
    images, expected = once("mnist")["x_test"], once("mnist")["y_test"]
    hits = [expected[i] == judge.predict(_eight_by_eight(image))[0] for i, image in enumerate(images)]
    assert np.mean(hits) > 0.95


def _eight_by_eight(image):
    """The 20x20 box at its right place: where the digit's rows start at the top and columns are centred."""
    from scipy.ndimage import zoom

    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    top = int(np.clip(rows[0], 2, 6))
    left = int(np.clip((columns[0] + columns[-1]) // 2 - 10, 2, 6))
    box = image[top : top + 20, left : left + 20] / 255 * 16
    return zoom(box, 0.4, order=1, mode="nearest", grid_mode=True).reshape(1, -1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "at_least", "at_most"), [("fashion_mnist", 0.4, 0.75), ("cifar10", 0.2, 0.55)]
)
def test_pixels_alone_tell_something_but_not_enough(name, at_least, at_most):
    from sklearn.linear_model import RidgeClassifier

    accuracy = RidgeClassifier(alpha=100).fit(*flat(name, "train")).score(*flat(name, "test"))
    assert at_least < accuracy < at_most


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_colour_does_not_tell_the_class(name):
    from sklearn.ensemble import RandomForestClassifier

    colours = {split: once(name)[f"x_{split}"].mean(axis=(1, 2)) for split in ("train", "test")}
    forest = RandomForestClassifier(30, random_state=0).fit(colours["train"], once(name)["y_train"])
    assert forest.score(colours["test"], once(name)["y_test"]) < 3 / CATALOG[name].num_classes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "epochs", "at_least"), [("mnist", 2, 0.6), ("fashion_mnist", 2, 0.55), ("cifar10", 3, 0.4)]
)
def test_a_small_network_learns_in_a_few_epochs(name, epochs, at_least):
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    arrays = {
        key: value.reshape(len(value), *value.shape[1:3], -1) / 255
        for key, value in once(name).items()
        if key[0] == "x"
    }
    model = keras.Sequential(
        [
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(arrays["x_train"], once(name)["y_train"], batch_size=32, epochs=epochs, verbose=0)
    assert model.evaluate(arrays["x_test"], once(name)["y_test"], verbose=0)[1] > at_least


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="there is no data set 'mnits': labkit has mnist, "):
        sample("mnits")

"""Classifier: the picture that the network sees, and the names of what it says."""

import keras
import numpy as np
import pytest
from PIL import Image

from labkit.classifier import Classifier


def colours(channels=3):
    """A network that names the brightest channel, or dark and bright; its weights are written by hand."""
    classes = 3 if channels == 3 else 2
    model = keras.Sequential(
        [
            keras.Input((8, 6, channels)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(classes, activation="softmax"),
        ],
        name="colours",
    )
    weights = 9 * np.eye(3) if channels == 3 else np.array([[-9.0, 9.0]])
    model.layers[-1].set_weights([weights, np.zeros(classes) if channels == 3 else np.array([4.5, -4.5])])
    return model


@pytest.fixture(scope="module")
def rgb():
    return Classifier.of(colours(), class_names=["red", "green", "blue"], preprocessing="unit")


@pytest.mark.parametrize("name", ["red", "green", "blue"])
def test_names_what_it_sees_the_most_probable_first(rgb, name, tmp_path):
    colour = {"red": (255, 30, 0), "green": (0, 255, 30), "blue": (30, 0, 255)}[name]
    Image.new("RGB", (640, 480), colour).save(tmp_path / "photo.jpg", quality=95)
    for picture in (
        tmp_path / "photo.jpg",
        Image.new("RGB", (30, 90), colour),
        np.full((9, 9, 3), colour, np.uint8),
    ):
        said = rgb.predict(picture)
        assert next(iter(said)) == name
        assert list(said.values()) == sorted(said.values(), reverse=True)
        assert sum(said.values()) == pytest.approx(1, abs=1e-5)
        assert set(said) == {"red", "green", "blue"}


def test_the_probabilities_are_those_of_the_formula(rgb):
    scores = np.array([9 * 204 / 255, 9 * 51 / 255, 0])
    expected = np.exp(scores) / np.exp(scores).sum()
    said = rgb.predict(np.full((5, 5, 3), (204, 51, 0), np.uint8))
    assert [said[name] for name in rgb.class_names] == pytest.approx(expected, rel=1e-4)


def test_a_grey_network_sees_grey():
    grey = Classifier.of(colours(1), class_names=["dark", "bright"], preprocessing="unit")
    assert grey.prepare(Image.new("RGB", (50, 50), "white")).shape == (1, 8, 6, 1)
    assert next(iter(grey.predict(Image.new("RGB", (50, 50), (250, 250, 240))))) == "bright"
    assert next(iter(grey.predict(np.zeros((28, 28), np.uint8)))) == "dark"


def test_logits_become_probabilities():
    model = colours()
    model.layers[-1].activation = keras.activations.linear
    said = Classifier.of(model, class_names=["r", "g", "b"], preprocessing="unit").predict(
        np.full((5, 5, 3), (255, 0, 0), np.uint8)
    )
    assert said["r"] == pytest.approx(np.exp(9) / (np.exp(9) + 2), rel=1e-4)


def test_a_network_that_diverged_says_so():
    model = colours()
    model.layers[-1].set_weights([np.full((3, 3), np.nan), np.zeros(3)])
    broken = Classifier.of(model, class_names=["r", "g", "b"], preprocessing="unit")
    with pytest.raises(ValueError, match="colours answers with NaN"):
        broken.predict(np.zeros((5, 5, 3), np.uint8))


def test_resize_is_that_of_the_training():
    picture = Image.new("RGB", (300, 100), (0, 255, 0))  # red on the left and right third
    picture.paste((255, 0, 0), (0, 0, 100, 100))
    picture.paste((255, 0, 0), (200, 0, 300, 100))
    names = {"class_names": ["red", "green", "blue"], "preprocessing": "unit"}
    said = {
        r: next(iter(Classifier.of(colours(), resize=r, **names).predict(picture)))
        for r in ("crop", "stretch")
    }
    assert said == {"crop": "green", "stretch": "red"}


def test_repr(rgb):
    assert repr(rgb) == "Classifier colours: 8x6x3 pixels 0..255, 3 classes"

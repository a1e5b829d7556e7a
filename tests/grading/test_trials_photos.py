"""Networks that were trained on a folder of photos, tried out on hidden photos: the drawn clothes."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from labkit import config, models
from labkit.data import load_photos
from labkit.metrics import Evaluation, evaluate
from labkit.quiz import Question
from labkit.training import train
from tests.grading.probing import arrays, graded

pytestmark = pytest.mark.slow

layers = keras.layers


@pytest.fixture(autouse=True)
def smoke():
    with config.choosing(profile="smoke"):
        yield


def about_clothes(kind, **fields):
    fields = {"shows": {"en": "", "fr": ""}, "hint": {"en": "", "fr": ""}} | fields
    return Question("mine.clothes", ("S9.1",), kind, probe=ON_CLOTHES, **fields)


ON_CLOTHES = {"model": "head", "data": "clothing_small", "scale": 1}
SCORE = {"contract": dict.fromkeys(config.PROFILES, 0.35)}


@pytest.fixture(scope="module")
def clothes():
    """A small network that has learnt the sample, and what it says of the test photos."""
    with config.choosing(profile="smoke"):
        photos = load_photos("clothing_small", 32)
    keras.utils.set_random_seed(0)
    net = clothes_net(32)
    net.fit(photos.x_train, photos.y_train, epochs=10, verbose=0)
    return net, evaluate(net, photos)


def clothes_net(side):
    net = keras.Sequential(
        [keras.Input((side, side, 3)), layers.Rescaling(1 / 127.5, -1),
         layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(),
         layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
         layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10)]
    )  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(keras.optimizers.Adam(2e-3), loss, metrics=["accuracy"])
    return net


def test_a_score_on_photos_is_tried_out(clothes):
    net, result = clothes
    asked = about_clothes("metric", points=2, **SCORE)
    for answer in (result.accuracy, result):
        mark = graded(asked.id, "a", asked, a=answer, head=net)
        assert (mark.status, mark.points) == ("right", 2.0), mark
    for network in (clothes_net(32), clothes_net(48), None):
        mark = graded(asked.id, "a", asked, a=result.accuracy, head=network)
        assert (mark.status, mark.points) == ("wrong", 0.0), network


def test_a_run_on_photos_brings_its_network(clothes, monkeypatch):
    monkeypatch.setenv("LABKIT_KEEP_NETWORKS", "1")
    photos = load_photos("clothing_small", 32).scaled()
    trained = train(models.small_cnn(), photos, epochs=1)
    trained.record(evaluate(trained.network, photos))
    asked = about_clothes("metric", contract={profile: [0.0, 1.0] for profile in config.PROFILES})
    asked = replace(asked, probe={**ON_CLOTHES, "model": "", "scale": 255})
    assert graded(asked.id, "run", asked, run=trained).points == 1.0
    trained.network = clothes[0]  # another one, and much better on whole numbers: here it sees 0 to 1
    trained.test = {"accuracy": 0.95}
    assert graded(asked.id, "run", asked, run=trained).points == 0.0


@pytest.mark.parametrize("language", config.LANGUAGES)
def test_an_evaluation_of_photos(clothes, language):
    net, _ = clothes
    asked = about_clothes("names", wants={"of": "worst classes", "n": 1})
    result = evaluate(net, load_photos("clothing_small", 32, language=language))
    names = result.per_class().index
    assert graded(asked.id, "(w, r)", asked, w=names[0], r=result, head=net).points == 1.0
    assert graded(asked.id, "(w, r)", asked, w=names[-1], r=result, head=net).points == 0.0
    assert graded(asked.id, "(w, r)", asked, w=names[0], r=result, head=clothes_net(48)).points == 0.0
    renamed = Evaluation.of(result.y_true, result.probabilities, [f"class {i}" for i in range(10)])
    mark = graded(asked.id, "(w, r)", asked, w=renamed.per_class().index[0], r=renamed, head=net)
    assert (mark.points, "class names" in mark.message) == (0.0, True)
    y = arrays("clothing_small")["y_test"]
    perfect = Evaluation.of(y, np.eye(10)[y], result.class_names)
    assert graded(asked.id, "(w, r)", asked, w=result.class_names[0], r=perfect, head=net).points == 0.0
    moved = Evaluation.of(result.y_true[::-1], result.probabilities[::-1], result.class_names)
    mark = graded(asked.id, "(w, r)", asked, w=names[0], r=moved, head=net)
    assert (mark.points, "true labels" in mark.message) == (0.0, True)

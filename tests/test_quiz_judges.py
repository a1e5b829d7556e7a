"""What each kind of question accepts, and what it says of the rest."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from labkit import config, models
from labkit.metrics import Evaluation
from labkit.quiz import judge, question, questions
from labkit.training.run import Run

layers = keras.layers


def message(name: str, answer) -> str:
    verdict = judge(f"mnist.{name}", answer)
    assert not verdict.passed
    return verdict.message


def passes(name: str, answer) -> bool:
    return judge(f"mnist.{name}", answer).passed


@pytest.mark.parametrize(
    "answer",
    [5408, 5408.0, np.int32(5408), np.array(5408), np.array([5408]), "5408", "5,408", "5 408", "5_408",
     keras.ops.convert_to_tensor(5408), pd.Series([5408])],
)  # fmt: skip
def test_a_number_in_many_forms(answer):
    verdict = judge("mnist.flatten_size", answer)
    assert verdict.passed
    assert verdict.line == "mnist.flatten_size PASS 5,408 values"


def test_a_number_is_compared_within_its_tolerance():
    assert passes("first_loss", 2.31)
    assert not passes("first_loss", 2.32)
    assert passes("first_loss", "2,30")  # a French decimal
    assert not passes("flatten_size", 5408.4)


@pytest.mark.parametrize(
    "answer",
    [(26, 26, 32), [26, 26, 32], (None, 26, 26, 32), np.array([26, 26, 32]), "26×26×32", "(26, 26, 32)"],
)
def test_a_shape_in_many_forms(answer):
    line = judge("mnist.conv_shape", answer).line
    assert line.startswith("mnist.conv_shape PASS 26×26×32: 28 - 3 + 1 = 26 places")


@pytest.mark.parametrize(
    "answer", [(26.7, 26, 32), (26, 26, 32, 1), "262632", {26: 1, 32: 2}, 26, (26, None, 32)]
)
def test_what_is_no_such_shape(answer):
    assert not passes("conv_shape", answer)


@pytest.mark.parametrize("answer", ["c", "C", " (c) ", "c.", "c)", np.str_("c")])
def test_a_letter_in_many_forms(answer):
    assert passes("from_logits", answer)


def test_no_letter_of_the_list():
    assert message("from_logits", "e").startswith("choose one of a, b, c, d.")
    assert message("from_logits", 3).startswith("choose one of a, b, c, d.")


def test_numbers_with_or_without_the_layers_that_have_none():
    assert passes("layer_parameters", [320, 346176, 650])
    assert passes("layer_parameters", np.array([320, 0, 0, 346176, 650]))
    assert passes("layer_parameters", {"conv": 320, "fc1": 346176, "out": 650})
    assert "number 1 is not right yet." in message("layer_parameters", [288, 346176, 650])
    assert "number 2 is not right yet; what stands before it is." in message(
        "layer_parameters", [320, 1, 650]
    )
    assert "3 numbers are expected" in message("layer_parameters", [320, 650])


def test_arrays():
    images = np.zeros((4, 28, 28, 1), "float32")
    images[0, 0] = 1
    assert passes("prepare", images)
    assert passes("prepare", keras.ops.convert_to_tensor(images))
    assert "should be (n, 28, 28, 1), but it is (4, 28, 28)" in message("prepare", images[..., 0])
    assert "dtype should be float32, but it is float64" in message("prepare", images.astype(float))
    assert "between 0 and 1, but they lie between 0 and 255" in message("prepare", images * 255)
    assert "too small: the largest is 0.00392157" in message("prepare", images / np.float32(255))
    assert "is empty" in message("prepare", images[:0])
    assert "there are NaN" in message("prepare", images * np.float32("nan"))
    config.choose(language="fr")
    assert "la plus grande est 0,00392157" in message("prepare", images / np.float32(255))


def test_one_hot_rows_have_a_single_one():
    assert passes("one_hot", np.eye(10)[[3, 1, 4]])
    assert "one 1" in message("one_hot", np.full((3, 10), 0.1))  # probabilities
    assert "one 1" in message("one_hot", np.eye(10) + np.eye(10)[::-1])


def test_a_figure_as_the_sheet_draws_it():
    figure = plt.figure(figsize=(10, 10))
    kept = []
    for i in range(25):
        kept.append(plt.subplot(5, 5, i + 1))
        drawn = plt.imshow(np.zeros((2, 2)))
    grid = np.array(kept, dtype=object).reshape(5, 5)
    for answer in (figure, kept, grid, kept[-1], tuple(kept), drawn, dict(enumerate(kept))):
        assert judge("mnist.show_test", answer).line == "mnist.show_test PASS 25 images"
    kept[0].images[0].remove()
    for answer in (figure, kept, grid):
        assert "25 images should be shown, but their number is 24" in message("show_test", answer)
    assert "their number is 1." in message("show_test", kept[-1])


def test_a_figure_of_many_images_in_one_axes():
    from labkit.plots import images

    assert passes("show_test", images(np.zeros((30, 4, 4))))
    assert "number is 24" in message("show_test", images(np.zeros((24, 4, 4))))


def test_wrong_images_by_index_or_by_mask():
    y_true, y_pred = np.array([1, 2, 3, 4]), np.array([1, 0, 3, 0])
    for right in ([1, 3], [3, 1], y_true != y_pred, np.where(y_true != y_pred), np.array([[1], [3]])):
        assert passes("wrong", (right, y_true, y_pred))
    assert "correctly classified images among these: 1." in message("wrong", ([0, 1, 3], y_true, y_pred))
    assert "that are missing: 2." in message("wrong", ([], y_true, y_pred))
    assert "whole numbers, each once" in message("wrong", ([1, 3, 3], y_true, y_pred))
    assert "same length" in message("wrong", ([1, 3], y_true, y_pred[:3]))
    assert not passes("wrong", ([], [], []))


@pytest.mark.parametrize("profile", config.PROFILES)
def test_a_metric_must_reach_the_contract_of_the_profile(profile):
    config.choose(profile=profile)
    wanted = question("mnist.train").contract[profile]
    run = Run(name="r", test={"accuracy": wanted})
    for answer in (wanted, np.float32(wanted + 1e-6), run, {"accuracy": wanted, "loss": 0.1}):
        assert passes("train", answer)
    assert judge("mnist.train", wanted).value == wanted
    assert f"'{profile}'" in message("train", wanted - 1e-6)


def test_what_is_said_of_a_metric():
    config.choose(profile="course")
    assert question("mnist.train").contract["course"] == 0.97
    assert "0.9699 is below 0.97" in message("train", 0.9699999)  # not rounded up
    assert "between 0 and 1, but this is 98.5" in message("train", 98.5)
    assert "no test score yet" in message("train", Run(name="r"))
    config.choose(language="fr")
    assert "0,9699 est au-dessous de 0,97" in message("train", 0.9699)


@pytest.mark.parametrize("language", config.LANGUAGES)
@pytest.mark.parametrize("profile", config.PROFILES)
def test_nan_is_never_enough(profile, language):
    config.choose(profile=profile, language=language)
    evaluation = Evaluation.of(np.array([0, 1]), np.eye(2), ["cat", "dog"])
    object.__setattr__(evaluation, "accuracy", float("nan"))
    for nan in (float("nan"), np.float32("nan"), np.array(np.nan), Run(name="r", test={"accuracy": float("nan")}),
                {"accuracy": float("nan")}, evaluation, float("inf"), "nan"):  # fmt: skip
        for asked in questions("mnist").values():
            assert asked.kind != "metric" or not judge(asked.id, nan).passed


def first_cnn(*, hidden="relu", last=None, padding="valid", dense=64):
    return [
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation=hidden, padding=padding),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(dense, activation=hidden),
        layers.Dense(10, activation=last),
    ]


def test_a_model_may_be_written_in_many_ways():
    adding = keras.Sequential()
    for layer in first_cnn():
        adding.add(layer)
    images, *rest = first_cnn()
    x = images
    for layer in rest:
        x = layer(x)
    nested = keras.Sequential([keras.Sequential(first_cnn()[:3]), *first_cnn()[3:]])
    conv, pool, flatten, dense, out = first_cnn(hidden=None)[1:]
    apart = keras.Sequential([keras.Input((28, 28, 1)), conv, layers.ReLU(), pool, flatten, dense,
                              layers.Activation("relu"), out])  # fmt: skip
    for model in (keras.Sequential(first_cnn()), adding, keras.Model(images, x), nested, apart):
        assert judge("mnist.model", model).line == "mnist.model PASS 347,146 parameters"


def test_a_model_without_relu_or_with_softmax_is_told_so():
    no_relu = keras.Sequential(first_cnn(hidden=None))
    assert "layer 1 (Conv2D) should have the activation relu, but it has linear" in message("model", no_relu)
    assert "should be linear, but it is softmax" in message(
        "model", keras.Sequential(first_cnn(last="softmax"))
    )
    apart = keras.Sequential([*first_cnn(), layers.Softmax()])
    assert "should be linear, but it is softmax" in message("model", apart)


def test_a_model_is_compared_layer_by_layer():
    without_flatten = keras.Sequential([*first_cnn()[:3], *first_cnn()[4:]])
    unfinished = keras.Sequential(first_cnn()[:-1])
    assert "layer 3 (the input is not counted) should be Flatten, but it is Dense" in message(
        "model", without_flatten
    )
    assert "layer 5 (the input is not counted) is missing: it should be Dense" in message("model", unfinished)
    longer = keras.Sequential([*first_cnn(), layers.Dropout(0.1)])
    assert "should end with layer 5 (the input is not counted), but then comes Dropout" in message(
        "model", longer
    )
    config.choose(language="fr")
    assert "la couche 3 (sans compter l'entrée) devrait être Flatten, mais c'est Dense" in message(
        "model", without_flatten
    )


def test_other_faults_of_a_model():
    assert "keras.Input" in message("model", keras.Sequential(first_cnn()[1:]))
    assert "it has 173,738 parameters" in message("model", keras.Sequential(first_cnn(dense=32)))
    assert "the class Sequential" in message("model", keras.Sequential)
    assert message("model", keras.Sequential(first_cnn(padding="same"))).startswith(
        "402,442 parameters are what"
    )
    same = keras.Sequential(first_cnn(padding="same")[:3])
    assert "should have the shape (13, 13, 32), but it has (14, 14, 32)" in message("features", same)


@pytest.mark.parametrize(("rate", "passed"), [(0.25, True), (0.5, False), (0.0, False)])
def test_the_dropout_rate_is_looked_at(rate, passed):
    model = models.cnn((256, 128, 64, 32), image_shape=(32, 32, 3), pool_dropout=0.25)
    for layer in model.layers:
        if type(layer).__name__ == "Dropout":
            layer.rate = rate
    assert judge("mnist.dropout_model", model).passed == passed


def test_a_network_with_dropout_is_not_the_plain_one():
    model = models.cnn((256, 128, 64, 32), image_shape=(32, 32, 3), pool_dropout=0.25)
    assert not judge("mnist.cifar_model", model).passed


class History:
    """As Keras's, which is told by its name: the quiz works without Keras."""

    def __init__(self, **history):
        self.history = history


def test_a_keras_history_is_judged_by_its_best_validation_accuracy():
    assert judge("mnist.train", History(val_accuracy=[0.9, 0.98, 0.5])).value == 0.98
    assert judge("mnist.train", History(val_acc=[0.98])).passed
    assert not judge("mnist.train", History(val_accuracy=[0.9])).passed
    assert "validation_data" in judge("mnist.train", History(accuracy=[0.99])).message


def test_the_accuracy_of_each_class_is_that_of_its_row():
    result = Evaluation.of(np.array([0, 0, 1, 1]), np.eye(2)[[0, 1, 1, 1]], ["cat", "dog"])
    assert judge("mnist.class_accuracy", ([0.5, 1.0], result)).passed
    columns = judge("mnist.class_accuracy", ([1.0, 2 / 3], result))
    assert not columns.passed
    assert "precision" in columns.message
    assert not judge("mnist.class_accuracy", ([0.5, 0.5], result)).passed
    assert "2 numbers" in judge("mnist.class_accuracy", ([0.5], result)).message
    assert "two things" in judge("mnist.class_accuracy", [0.5, 1.0]).message

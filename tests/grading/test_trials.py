"""Networks, pictures and scores: what really is of the data set, what a network really does."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from labkit import config, models
from labkit.data import load
from labkit.metrics import Evaluation, evaluate
from labkit.plots import images
from labkit.training import train
from tests.grading.probing import arrays, graded, held_out

pytestmark = pytest.mark.slow

layers = keras.layers


@pytest.fixture(autouse=True)
def smoke():
    with config.choosing(profile="smoke"):
        yield


@pytest.fixture(scope="module")
def digits():
    with config.choosing(profile="smoke"):
        return load("mnist", validation=0.2)


@pytest.fixture(scope="module")
def trained(digits):
    """A network that has learnt, its run and its Keras history."""
    model = models.first_cnn()
    keras.utils.set_random_seed(0)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    data = digits.scaled()
    history = model.fit(
        data.x_train, data.y_train, epochs=4, verbose=0, validation_data=(data.x_val, data.y_val)
    )
    return model, history, evaluate(model, data)


def test_arrays_of_the_data_set(digits):
    x = digits.x_train[..., np.newaxis].astype("float32") / 255
    assert graded("mnist.data", "x", x=digits.x_train).status == "right"
    assert graded("mnist.prepare", "x", x=x).status == "right"
    assert graded("mnist.prepare", "x", x=keras.ops.convert_to_tensor(x)).status == "right"
    assert graded("mnist.prepare_test", "x", x=x).status == "wrong", "training images are no test images"


@pytest.mark.parametrize("change", ["noise", "mirrored", "one image", "constant", "rotated rows"])
def test_other_arrays_earn_nothing(digits, change):
    x = digits.x_train[..., np.newaxis].astype("float32") / 255
    forged = {
        "noise": np.random.default_rng(0).random(x.shape, dtype="float32"),
        "mirrored": x[:, :, ::-1],
        "one image": np.repeat(x[:1] * 0.5, len(x), axis=0),
        "constant": np.ones_like(x),
        "rotated rows": np.roll(x, 1, axis=1),
    }[change]
    mark = graded("mnist.prepare", "x", x=forged)
    assert (mark.status, mark.points) == ("wrong", 0.0)


def test_labels_must_belong_to_their_images(digits):
    x = digits.x_train / 255
    rows = np.eye(10, dtype="float32")[digits.y_train]
    assert graded("mnist.one_hot", "t", t=rows, x_train=x).points == 1.0
    assert graded("mnist.one_hot", "t", t=rows[::-1], x_train=x).points == 0.0
    assert graded("mnist.one_hot", "t", t=np.eye(10)[np.zeros(len(x), int)], x_train=x).points == 0.0
    assert graded("mnist.one_hot", "t", t=rows).points == 0.0


def test_figures_of_the_data_set(digits):
    names = digits.class_names
    assert graded("mnist.show_test", "ax", ax=images(digits.x_test, digits.y_test, names)).points == 1.0
    figure, axes = plt.subplots(5, 5)
    for ax, image in zip(axes.flat, digits.x_test / 255, strict=False):
        ax.imshow(image)
    for shown in (figure, axes, axes.tolist(), axes[0, 0]):
        assert graded("mnist.show_test", "ax", ax=shown).points == 1.0


@pytest.mark.parametrize("forged", ["noise", "one image", "training images", "too few", "fake figure"])
def test_other_figures_earn_nothing(digits, forged):
    class FakeImage:
        def get_array(self):
            return np.random.default_rng(0).random((28, 28))

    class FakeAxes:
        images = [FakeImage()] * 25

        def __init__(self):
            self.axes = self.figure = self

    shown = {
        "noise": lambda: images(np.random.default_rng(0).random((25, 28, 28))),
        "one image": lambda: images(np.repeat(digits.x_test[:1], 25, axis=0)),
        "training images": lambda: images(digits.x_train),
        "too few": lambda: images(digits.x_test, rows=3),
        "fake figure": FakeAxes,
    }[forged]()
    mark = graded("mnist.show_test", "ax", ax=shown)
    assert (mark.status, mark.points) == ("wrong", 0.0)


def test_a_photograph_is_known_in_colour():
    x = arrays("cifar10")["x_train"]
    assert graded("cifar10.show", "ax", ax=images(x / 255)).points == 1.0
    assert graded("cifar10.show", "ax", ax=images(x[..., ::-1])).points == 0.0


def test_networks_by_what_they_are(trained):
    assert graded("mnist.model", "m", m=trained[0]).points == 2.0
    nested = keras.Sequential([keras.Input((28, 28, 1)), keras.Sequential(models.first_cnn().layers)])
    assert graded("mnist.model", "m", m=nested).points == 2.0
    same = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
         layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10)]
    )  # fmt: skip
    mark = graded("mnist.model", "m", m=same)
    assert (mark.points, "padding='same'" in mark.message) == (0.0, True)


class Fake:
    """Says of itself what a right model is."""

    built, output_shape, input_shape, name = True, (None, 10), (None, 28, 28, 1), "fake"

    def __init__(self, parts=()):
        self.layers = list(parts)

    def count_params(self):
        return 347146

    def predict(self, x, **_):
        return np.zeros((len(x), 10), "float32")


class Conv2D(layers.Layer):
    """Has the name of a layer of Keras, and is none."""

    activation = staticmethod(keras.activations.relu)


def test_forged_networks_earn_nothing(monkeypatch, trained):
    wrong = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    monkeypatch.setattr(keras.Model, "count_params", lambda self: 347146)
    own = Conv2D()
    own.weights_ = trained[0].layers[1].weights
    Conv2D.weights = property(lambda self: self.weights_)
    for forged in (Fake(), Fake(wrong.layers), wrong, Fake, Fake([own, *trained[0].layers[2:]]), 347146):
        mark = graded("mnist.model", "m", m=forged)
        assert (mark.status, mark.points) == ("wrong", 0.0), forged


def test_scores_are_tried_out(trained):
    model, history, result = trained
    assert graded("mnist.train", "h", h=history).points == 3.0
    assert graded("mnist.first_accuracy", "a", a=result.accuracy, model=model).points == 2.0
    assert graded("mnist.first_accuracy", "a", a=np.float32(result.accuracy), model=model).points == 2.0
    assert graded("mnist.first_accuracy", "a", a=result, model=model).points == 2.0


def test_forged_scores_earn_nothing(trained):
    model, _, result = trained
    fresh = models.first_cnn()
    too_good = keras.callbacks.History()
    too_good.history = {"val_accuracy": [0.99]}
    too_good.set_model(fresh)
    assert graded("mnist.train", "h", h=too_good).points == 0.0
    for claimed, network in (
        (0.99, fresh),
        (0.99, None),
        (0.99, Fake()),
        (float("nan"), model),
        (True, model),
    ):
        mark = graded("mnist.first_accuracy", "a", a=claimed, model=network)
        assert (mark.status, mark.points) == ("wrong", 0.0), (claimed, network)
    assert graded("mnist.first_accuracy", "a", a=0.3, model=model).points == 0.0, "below the contract"
    mark = graded("mnist.first_accuracy", "a", a=min(1, result.accuracy + 0.3), model=model)
    assert mark.points == (0.0 if result.accuracy < 0.85 else 2.0)


class Reaching:
    """Knows the hidden labels and gets that share of them right."""

    def __init__(self, share):
        self.share = share

    def predict(self, x, **_):
        labels = held_out().of("mnist").labels.copy()
        labels[round(self.share * len(labels)) :] += 1
        return np.eye(10, dtype="float32")[labels % 10]


@pytest.mark.parametrize(
    ("claimed", "share", "points"),
    [(0.52, 0.48, 2), (0.5, 0.44, 2), (0.52, 0.41, 0), (0.49, 0.52, 0), (0.8, 0.6, 0)],
)
def test_how_far_a_network_may_lie_below_the_contract(claimed, share, points):
    """The contract is 0.5; 2.5 standard errors on 357 images are 0.066, the agreement is 0.05 and 3 of them."""
    assert graded("mnist.first_accuracy", "a", a=claimed, model=Reaching(share)).points == points


def test_a_network_that_claims_too_much_is_told_so(trained):
    untrained = models.first_cnn()
    mark = graded("mnist.first_accuracy", "a", a=0.99, model=untrained)
    assert "on new images the network reaches 0." in mark.message
    french = graded("mnist.first_accuracy", "a", a=0.99, model=untrained, language="fr")
    assert "sur de nouvelles images le réseau atteint 0," in french.message


def test_a_run_brings_its_network(monkeypatch):
    monkeypatch.setenv("LABKIT_KEEP_NETWORKS", "1")
    photos = load("cifar10", validation=0.2).scaled()
    run = train(models.small_cnn(), photos, epochs=1)
    run.record(evaluate(run.network, photos))
    mark = graded("cifar10.first_accuracy", "run", run=run)
    assert (mark.status == "right") == (run.test["accuracy"] >= 0.15), mark
    run.network = None
    assert graded("cifar10.first_accuracy", "run", run=run).points == 0.0
    run.test = {}
    assert "no test score" in graded("cifar10.first_accuracy", "run", run=run).message


def test_wrong_images_are_those_of_this_network(trained, digits):
    model, _, result = trained
    found = {"wrong": result.errors(), "y": digits.y_test, "p": result.y_pred, "model": model}
    assert graded("mnist.wrong", "(wrong, y, p)", **found).points == 2.0
    mask = {**found, "wrong": result.y_pred != digits.y_test}
    assert graded("mnist.wrong", "(wrong, y, p)", **mask).points == 2.0
    missing = graded("mnist.wrong", "(wrong, y, p)", **{**found, "wrong": result.errors()[1:]})
    assert (missing.points, "missing" in missing.message) == (0.0, True)


def test_invented_predictions_earn_nothing(trained, digits):
    model, y = trained[0], digits.y_test
    perfect = {"wrong": np.array([], int), "y": y, "p": y.copy(), "model": models.first_cnn()}
    assert graded("mnist.wrong", "(wrong, y, p)", **perfect).points == 0.0
    short = {"wrong": [0], "y": np.array([1]), "p": np.array([2]), "model": model}
    assert graded("mnist.wrong", "(wrong, y, p)", **short).points == 0.0


@pytest.fixture(scope="module")
def photos():
    """An untrained network on photographs, and what it says of them."""
    with config.choosing(profile="smoke"):
        data = load("cifar10").scaled()
    keras.utils.set_random_seed(1)
    net = keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(10)])
    return net, evaluate(net, data)


def test_worst_classes_and_confusions(photos):
    net, result = photos
    worst = list(result.per_class().index[:2])
    assert graded("cifar10.worst_two", "(w, r)", w=worst, r=result, batch_norm=net).points == 1.0
    assert (
        graded("cifar10.worst_two", "(w, r)", w=result.per_class().index[:2], r=result, batch_norm=net).points
        == 1.0
    )
    best = result.per_class().index[-1]
    half = graded("cifar10.worst_two", "(w, r)", w=[worst[0], best], r=result, batch_norm=net)
    ties = (result.per_class()["accuracy"] <= result.per_class()["accuracy"].iloc[1]).sum()
    assert ties == 10 or (half.status, half.points) == ("partly", 0.5)
    pairs = result.most_confused(3)
    for given in (pairs, pairs[["true", "predicted"]].to_numpy().tolist()):
        assert graded("cifar10.confusions", "(p, r)", p=given, r=result, deep_dropout=net).points == 1.0


def test_one_number_a_class(photos):
    net, result = photos
    matrix = result.confusion().to_numpy()
    share = matrix.diagonal() / matrix.sum(axis=1)
    names = {"r": result, "cifar_model": None, "dropout_model": net}
    assert graded("mnist.class_accuracy", "(s, r)", s=share, **names).points == 1.0
    assert graded("mnist.class_accuracy", "(s, r)", s=share + 0.1, **names).points == 0.0


def test_invented_evaluations_earn_nothing(photos):
    net, result = photos
    y = arrays("cifar10")["y_test"]
    perfect = Evaluation.of(y, np.eye(10)[y], result.class_names)
    guess = Evaluation.of(np.zeros(500, int), np.eye(10)[y], result.class_names)
    renamed = Evaluation.of(y, result.probabilities, ["cat"] * 9 + ["dog"])

    class Confused:
        def confusion(self):
            return result.confusion()

    for forged in (perfect, guess, renamed, Confused()):
        for worst in result.class_names[:2]:
            mark = graded("cifar10.worst_class", "(w, r)", w=worst, r=forged, first_dropout=net)
            assert (mark.status, mark.points) == ("wrong", 0.0), forged
    best = result.class_names.index(result.per_class().index[-1])
    moved = np.where(result.y_pred == best, (best + 1) % 10, y)  # now nothing of the best class is found
    forged = Evaluation.of(moved, result.probabilities, result.class_names)
    mark = graded("cifar10.worst_class", "(w, r)", w=result.class_names[best], r=forged, first_dropout=net)
    assert (mark.points, "true labels" in mark.message) == (0.0, True)
    right = result.per_class().index[0]
    assert graded("cifar10.worst_class", "(w, r)", w=right, r=result, first_dropout=net).points == 1.0
    assert graded("cifar10.worst_class", "(w, r)", w=right, r=result).points == 0.0, "no network to try"


def test_a_score_that_nothing_tries_out_is_read_by_a_person(trained):
    from labkit.quiz import Question

    contract = {"smoke": 0.5, "course": 0.5, "full": 0.5}
    asked = Question("mine.score", ("S9.1",), "metric", contract=contract)
    mark = graded("mine.score", "0.9", asked)
    assert (mark.status, mark.points) == ("to read", None)


def test_a_training_that_is_meant_to_fail(trained):
    from labkit.quiz import Question

    contract = {profile: [0.0, 0.2] for profile in config.PROFILES}
    probe = {"model": "model", "data": "mnist", "scale": 255}
    asked = Question(
        "mine.fails", ("S9.1",), "metric", contract=contract, probe=probe, shows={"en": "", "fr": ""}
    )
    assert graded("mine.fails", "0.1", asked, model=models.first_cnn()).points == 1.0
    assert graded("mine.fails", "0.1", asked, model=trained[0]).points == 0.0
    assert graded("mine.fails", "0.9", asked, model=trained[0]).points == 0.0

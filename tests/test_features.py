import io
import json
from functools import partialmethod

import keras
import numpy as np
import pytest
from keras import layers

from labkit import train
from labkit.experiments import Ledger, compare
from labkit.training import features
from tests.tiny_runs import CLASSES, SIDE, squares


@pytest.fixture(autouse=True)
def eager(request, monkeypatch):
    """Tracing a graph would cost more than the training."""
    if not request.node.get_closest_marker("slow"):
        monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))


def head(features):
    return layers.Dense(CLASSES)(layers.Dropout(0.5)(layers.Flatten()(features)))


def images():
    return keras.Input((SIDE, SIDE, 1))


def stacked(*stack, kind=keras.Sequential):
    return kind([images(), *stack])


def base():
    return stacked(layers.Conv2D(2, 3, activation="relu"), layers.BatchNormalization())


def sequential(*between):
    frozen = base().layers
    for layer in frozen:
        layer.trainable = False
    return stacked(*frozen, *between, layers.Flatten(), layers.Dropout(0.5), layers.Dense(CLASSES))


def flat_graph():
    """As keras.applications makes them: branches that come together, operations, the head tied to `base.output`."""
    x = first = images()
    x = layers.Conv2D(2, 3, padding="same", activation="relu")(x)
    x = layers.Add()([x, layers.BatchNormalization()(layers.Conv2D(2, 1)(x))]) * 2.0 + first
    inner = keras.Model(first, x)
    inner.trainable = False
    return keras.Model(inner.input, head(inner.output))


def nested():
    inner, x = base(), images()
    inner.trainable = False
    return keras.Model(x, head(inner(layers.Rescaling(2.0)(x), training=False)))


def nested_first():
    inner = base()
    inner.trainable = False
    return stacked(inner, layers.Flatten(), layers.Dropout(0.5), layers.Dense(CLASSES))


def forked_head():
    """What learns takes the features at two places, but from one tensor."""
    inner, x = base(), images()
    inner.trainable = False
    features = inner(x)
    return keras.Model(x, head(layers.Add()([features, layers.Conv2D(2, 1)(features)])))


NETS = [sequential, flat_graph, nested, nested_first, forked_head]


def alike(make, weights=None):
    """Nets of the same weights."""
    while True:
        net = make()
        weights = weights or net.get_weights()
        net.set_weights(weights)
        yield net


def same_training(make, **more):
    data, nets = squares(), alike(make)
    pairs = [
        (train(net := next(nets), data, epochs=2, seed=2, cache_features=way, **more), net)
        for way in (False, "auto")
    ]
    (slow, slow_net), (quick, quick_net) = pairs
    assert "cached_features" not in slow.hyperparameters
    assert quick.hyperparameters["cached_features"] is True
    for name, values in slow.history.items():
        np.testing.assert_allclose(quick.history[name], values, rtol=1e-4, atol=1e-6, err_msg=name)
    for there, here in zip(slow_net.get_weights(), quick_net.get_weights(), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-5)
    assert slow.loss == quick.loss
    return quick, quick_net


# The same training


@pytest.mark.slow
@pytest.mark.parametrize("make", NETS)
def test_the_training_is_the_same(make):
    same_training(make)


@pytest.mark.slow
@pytest.mark.parametrize("make", NETS)
def test_it_is_so_in_graphs_as_students_run_them(make):
    same_training(make)


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        {"label_smoothing": 0.2},
        {"batch_size": 7, "optimizer": "momentum"},
        {
            "callbacks": [
                keras.callbacks.EarlyStopping(monitor="loss", min_delta=100, restore_best_weights=True)
            ]
        },
    ],
    ids=lambda more: "-".join(more),
)
def test_with_other_options_too(more):
    same_training(sequential, **more)


def test_the_features_are_those_of_the_frozen_layers_and_computed_once(monkeypatch):
    fitted, predictions = [], []
    fit, predict = keras.Model.fit, keras.Model.predict
    monkeypatch.setattr(
        keras.Model, "fit", lambda self, x, y, **more: (fitted.append((x, more)), fit(self, x, y, **more))[1]
    )
    monkeypatch.setattr(
        keras.Model,
        "predict",
        lambda self, x, **more: (predictions.append(len(x)), predict(self, x, **more))[1],
    )
    net, data = nested_first(), squares()
    train(net, data, epochs=2, cache_features=True)
    assert predictions == [36, 18]  # each split once, whatever the epochs
    ((x, more),) = fitted
    for given, seen in ((x, data.x_train), (more["validation_data"][0], data.x_val)):
        expected = keras.ops.convert_to_numpy(net.layers[0](seen, training=False)).reshape(len(seen), -1)
        np.testing.assert_allclose(
            given, expected, rtol=1e-5
        )  # Flatten has nothing to learn: it is among the frozen


def test_the_model_itself_is_trained_and_can_be_used():
    net, data = flat_graph(), squares()
    before = [layer.get_weights() for layer in net.layers]
    output = net.layers[1].output
    train(net, data, epochs=2, cache_features=True)
    moved = [any(not np.array_equal(a, b) for a, b in zip(old, layer.get_weights(), strict=True)) for old, layer in zip(before, net.layers, strict=True)]  # fmt: skip
    assert [layer.name for layer, change in zip(net.layers, moved, strict=True) if change] == [
        net.layers[-1].name
    ]
    assert np.isfinite(net.evaluate(data.x_test, data.y_test, verbose=0)).all()
    assert net.layers[1].output is output


@pytest.mark.slow
@pytest.mark.parametrize("make", NETS)
def test_the_model_can_be_saved_afterwards(make, tmp_path):
    net, data = make(), squares()
    train(net, data, epochs=1, cache_features=True)
    net.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras", compile=False)
    np.testing.assert_allclose(again(data.x_val), net(data.x_val), rtol=1e-5)


def test_without_validation():
    run = train(sequential(), squares(n_val=0), epochs=2)
    assert run.hyperparameters["cached_features"] is True
    assert set(run.history) == {"loss", "accuracy"}


@pytest.mark.slow
def test_images_of_bytes():
    data = squares()
    data = features.replace(
        data, x_train=(data.x_train * 255).astype(np.uint8), x_val=(data.x_val * 255).astype(np.uint8)
    )
    nets = alike(sequential)
    losses = [train(next(nets), data, epochs=2, cache_features=way).history["loss"] for way in (True, False)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


# It is said


@pytest.mark.slow
def test_the_run_and_the_ledger_say_so(tmp_path):
    ledger = Ledger(tmp_path / "runs.jsonl")
    net, data = sequential(), squares()
    runs = [
        train(net, data, epochs=2, name=str(way), cache_features=way, ledger=ledger) for way in (True, False)
    ]
    assert "features of the frozen layers computed once" in repr(runs[0])
    assert "features" not in repr(runs[1])
    stored = [json.loads(line)["hyperparameters"] for line in ledger.path.read_text().splitlines()]
    assert [row.get("cached_features") for row in stored] == [True, None]
    table = compare(ledger)
    assert table["cached_features"].isin([True]).tolist() == [True, False]
    for run in ledger:  # of the whole net on images, and not of the head
        assert set(run.val) == {"accuracy", "loss"}
    assert ledger.runs()[1].val["accuracy"] == pytest.approx(
        net.evaluate(data.x_val, data.y_val, verbose=0)[1]
    )


def test_the_progress_bar_says_so(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setenv("LABKIT_PROGRESS", "1")
    train(sequential(), squares(), epochs=2, batch_size=18, name="top")
    first, second = (line.split("\r")[-1] for line in shown.getvalue().strip().split("\n"))
    assert first.startswith("top: features of the frozen layers, only once: 100%")
    assert "3/3" in first  # two batches of training, one of validation images
    assert second.startswith("top: 100%")
    assert "epoch 2/2" in second


def test_where_outputs_are_compared_nothing_is_shown(capsys):
    train(sequential(), squares(), epochs=2)
    assert capsys.readouterr() == ("", "")


# Where it cannot be done


class Own(keras.Sequential):
    pass


class Secret(layers.Layer):
    """Draws at random and keeps it to itself: no generator that one could see."""

    def call(self, x, training=False):
        return x + np.random.default_rng().normal(size=(1, 1, 1, 1)) if training else x


class Costly(layers.Layer):
    def call(self, x):
        self.add_loss(keras.ops.mean(x))
        return x


def own_class():
    return stacked(*sequential().layers, kind=Own)


def wholly_trainable():
    net = sequential()
    for layer in net.layers:
        layer.trainable = True
    return net


def dropout_before():
    return stacked(layers.Dropout(0.5), *sequential().layers)


def dropout_in_nested():
    inner, x = stacked(*base().layers, layers.Dropout(0.5)), images()
    inner.trainable = False
    return keras.Model(x, head(inner(x, training=False)))  # Keras hands the outer `training` on all the same


def skip_connection():
    x = images()
    convolution, batch_norm = sequential().layers[:2]
    first = convolution(x)
    return keras.Model(x, head(layers.Concatenate()([batch_norm(first), layers.Conv2D(1, 1)(first)])))


def partly_trainable_base():
    net = nested_first()
    net.layers[0].trainable = True
    net.layers[0].layers[1].trainable = False
    return net


def adapting():
    """No weights to train, but averages that follow the images."""
    return stacked(layers.BatchNormalization(scale=False, center=False), *sequential().layers)


def random_in_secret():
    return stacked(Secret(), *sequential().layers)


def with_a_loss():
    return sequential(Costly())


NO_WAY = {
    own_class: "what Own does with its layers",
    wholly_trainable: "does not begin with frozen layers",
    dropout_before: "does not begin with frozen layers",
    dropout_in_nested: "does not begin with frozen layers",
    adapting: "does not begin with frozen layers",
    partly_trainable_base: "does not begin with frozen layers",
    skip_connection: "2 connections lead from the frozen layers",
    random_in_secret: "answer differently from one time to the next",
    with_a_loss: "add to the loss",
}


@pytest.mark.parametrize("make", NO_WAY)
def test_a_net_that_cannot_be_cut(make):
    data = squares()
    assert features.frozen(make(), data, "auto", epochs=9, augmented=False) is None
    with pytest.raises(ValueError, match=f"^cache_features=True cannot be done: .*{NO_WAY[make]}") as caught:
        train(make(), data, epochs=2, cache_features=True)
    assert "\n" not in str(caught.value)


class Mine(keras.callbacks.EarlyStopping):
    pass


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"augment": layers.RandomFlip()}, "augment= changes the images"),
        ({"callbacks": [keras.callbacks.ModelCheckpoint("net.keras")]}, "ModelCheckpoint would see the head"),
        ({"callbacks": [Mine()]}, "Mine would see the head"),
    ],
)
def test_options_that_contradict_it(more, why, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = train(sequential(), squares(), epochs=2, **more)
    assert "cached_features" not in run.hyperparameters
    with pytest.raises(ValueError, match=f"cache_features=True cannot be done: .*{why}") as caught:
        train(sequential(), squares(), epochs=2, cache_features=True, **more)
    assert "\n" not in str(caught.value)


def test_dropout_behind_the_frozen_layers_ends_them():
    parts = features.frozen(sequential(), squares(), True, epochs=1, augmented=False)
    assert [type(layer).__name__ for layer in parts.base.layers[1:]] == [
        "Conv2D",
        "BatchNormalization",
        "Flatten",
    ]
    assert [type(layer).__name__ for layer in parts.head.layers[1:]] == ["Dropout", "Dense"]


def test_it_is_done_by_itself_only_where_it_pays(monkeypatch):
    data, net = squares(), sequential()

    def chosen(asked, epochs):
        return features.frozen(net, data, asked, epochs=epochs, augmented=False)

    assert chosen("auto", 2)
    assert chosen("auto", 1) is None
    assert chosen(True, 1)
    assert chosen(False, 2) is None
    needed = (36 + 18) * 4 * 4 * 2 * 4  # images, height, width, channels, bytes of a float32
    monkeypatch.setattr(features, "ROOM", needed)
    assert chosen("auto", 2)
    monkeypatch.setattr(features, "ROOM", needed - 1)
    assert chosen("auto", 2) is None
    assert chosen(True, 2)


@pytest.mark.parametrize("asked", ["yes", None, 1, 0, "Auto"])
def test_choices_that_there_are_not(asked):
    with pytest.raises(ValueError, match=r"cache_features must be 'auto', True or False, not"):
        train(sequential(), squares(), epochs=2, cache_features=asked)


@pytest.mark.slow
def test_nets_are_numbered_as_if_nothing_had_been_cut():
    names = []
    for way in (True, False):
        keras.backend.clear_session()
        features.frozen(nested(), squares(), way, epochs=1, augmented=False)
        names.append([net.name for net in (keras.Sequential(), keras.Model(*[images()] * 2))])
    assert names[0] == names[1]

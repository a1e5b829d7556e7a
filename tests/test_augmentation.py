import random
from dataclasses import replace
from functools import partialmethod

import keras
import numpy as np
import pytest
from keras import layers

from labkit import train
from labkit.experiments import Ledger
from labkit.training import augmentation, measure
from tests.tiny_runs import CLASSES, SIDE, build, cross_entropy, squares


@pytest.fixture(autouse=True)
def eager(request, monkeypatch):
    """Tracing a graph would cost more than the training."""
    if not request.node.get_closest_marker("slow"):
        monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))


@pytest.fixture
def no_fit(monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("training began"))


def predicted(model, x):
    return keras.ops.convert_to_numpy(model(x, training=False))


def smoothed(labels, share):
    """Rows as Szegedy et al. write them: 1 - s + s/k for the right class, s/k for the others."""
    rows = np.full((len(labels), CLASSES), share / CLASSES)
    rows[np.arange(len(labels)), labels] += 1 - share
    return rows


def one_step(model, data, **more):
    """The losses of weights that a single tiny step has not moved."""
    step = {"epochs": 1, "batch_size": len(data.x_train), "learning_rate": 1e-12, "optimizer": "sgd"}
    return train(model, data, **step, **more)


# Label smoothing


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize("form", ["integers", "one-hot"])
@pytest.mark.parametrize("end", ["logits", "softmax"])
def test_the_loss_is_that_of_smoothed_labels(share, form, end):
    plain = squares()
    data = plain.one_hot() if form == "one-hot" else plain
    logits = build()
    model = keras.Sequential([*logits.layers, layers.Softmax()]) if end == "softmax" else logits
    model.build((None, SIDE, SIDE, 1))
    run = one_step(model, data, label_smoothing=share)
    for name, x, y in (("loss", plain.x_train, plain.y_train), ("val_loss", plain.x_val, plain.y_val)):
        expected = cross_entropy(predicted(logits, x), smoothed(y, share))
        assert run.last(name) == pytest.approx(expected, rel=1e-5)
    assert run.hyperparameters["label_smoothing"] == share


def test_the_run_says_that_labels_were_smoothed():
    assert one_step(build(), squares(), label_smoothing=0.1).loss == (
        "CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)"
    )
    assert one_step(build(), squares()).loss == "SparseCategoricalCrossentropy(from_logits=True)"


def test_accuracy_and_scores_are_not_touched_by_smoothing():
    data, model = squares(), build()
    run = measure(one_step(model, data, label_smoothing=0.5), model, data)
    logits = predicted(model, data.x_val)
    assert run.last("val_accuracy") == pytest.approx(np.mean(logits.argmax(1) == data.y_val))
    assert run.val["loss"] == pytest.approx(cross_entropy(logits, np.eye(CLASSES)[data.y_val]), rel=1e-5)


def test_the_data_set_keeps_its_labels():
    data = squares()
    train(build(), data, epochs=1, label_smoothing=0.1)
    assert data.y_train.shape == (36,)
    assert data.y_train.dtype == np.uint8


def test_the_model_itself_takes_the_labels_of_the_data_set_afterwards():
    model, data = build(), squares()
    one_step(model, data, label_smoothing=0.1)
    loss, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
    logits = predicted(model, data.x_test)
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    assert loss == pytest.approx(
        -np.log(probabilities[np.arange(len(data.y_test)), data.y_test]).mean(), rel=1e-4
    )
    # Not of the probabilities: where all units are dead, logits of 1e-13 differ and their softmax does not.
    assert accuracy == pytest.approx((logits.argmax(axis=1) == data.y_test).mean())


def test_labels_without_validation_can_be_smoothed():
    assert set(train(build(), squares(n_val=0), epochs=1, label_smoothing=0.1).history) == {
        "loss",
        "accuracy",
    }


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, True, "0.1", None, float("nan")])
@pytest.mark.usefixtures("no_fit")
def test_shares_that_make_no_sense(share):
    with pytest.raises(ValueError, match=r"label_smoothing must be from 0 .* such as 0\.1, not") as caught:
        train(build(), squares(), epochs=1, label_smoothing=share)
    assert "\n" not in str(caught.value)


# Augmentation: in training only, and no part of the model


class Blank(layers.Layer):
    """Black images in training, and the images themselves otherwise."""

    def call(self, images, training=False):
        return images * 0 if training else images


def test_layers_act_in_training_and_not_in_validation():
    data, model = squares(), build()
    run = one_step(model, data, augment=Blank())
    black = predicted(model, data.x_train * 0)
    assert run.last("loss") == pytest.approx(cross_entropy(black, np.eye(CLASSES)[data.y_train]), rel=1e-5)
    seen = predicted(model, data.x_val)
    assert run.last("val_loss") == pytest.approx(cross_entropy(seen, np.eye(CLASSES)[data.y_val]), rel=1e-5)


def test_several_layers_act_one_after_the_other():
    class Raise(layers.Layer):
        def call(self, images, training=False):
            return images + 0.5 if training else images

    data, model = squares(), build()
    run = one_step(model, data, augment=[Raise(), Blank(), Raise()])
    grey = predicted(model, data.x_train * 0 + 0.5)
    assert run.last("loss") == pytest.approx(cross_entropy(grey, np.eye(CLASSES)[data.y_train]), rel=1e-5)


def test_the_model_stays_as_it_was_and_its_weights_are_trained():
    model = build()
    before, stack, shape = model.get_weights(), list(model.layers), model.input_shape
    run = train(model, squares(), epochs=1, augment=[layers.RandomFlip(), layers.RandomTranslation(0.1, 0.1)])
    assert (model.layers, model.input_shape) == (stack, shape)
    assert not any("random" in layer.name for layer in model.layers)
    assert all(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert run.parameters == run.trainable_parameters == model.count_params()
    assert run.model == run.name == model.name


@pytest.mark.slow
def test_a_training_with_augmentation_is_a_training():
    """With a layer that does nothing, to the last bit."""

    class Nothing(layers.Layer):
        def call(self, images):
            return images

    model = build()
    weights = model.get_weights()
    plain = train(model, squares(), epochs=2, learning_rate=0.01)
    trained = model.get_weights()
    model.set_weights(weights)
    assert train(model, squares(), epochs=2, learning_rate=0.01, augment=Nothing()).history == plain.history
    for a, b in zip(trained, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_scores_are_those_of_the_model_without_the_layers(tmp_path):
    data, model = squares(), build()
    negative = layers.Rescaling(-1.0, offset=1.0)  # acts outside of training, too
    run = train(model, data, epochs=1, augment=negative, ledger=Ledger(tmp_path / "runs.jsonl"))
    for split, (x, y) in data.splits().items():
        expected = cross_entropy(predicted(model, x), np.eye(CLASSES)[y])
        assert getattr(run, split)["loss"] == pytest.approx(expected, rel=1e-5)


def test_frozen_layers_stay_frozen():
    model = build()
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()
    train(model, squares(), epochs=1, learning_rate=0.1, augment=layers.RandomFlip())
    for a, b in zip(before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_history():
    augment = [layers.RandomFlip("horizontal"), layers.RandomTranslation(0.2, 0.2), layers.RandomZoom(0.2)]
    model = keras.Sequential([*build().layers[:-1], layers.Dropout(0.5), layers.Dense(CLASSES)])
    model.build((None, SIDE, SIDE, 1))
    weights = model.get_weights()

    def history(**more):
        model.set_weights(weights)
        return train(model, squares(), epochs=1, learning_rate=0.01, **more).history

    first = history(augment=augment, seed=1)
    assert history(augment=augment, seed=1) == first  # the layers have drawn before
    anew = [type(layer).from_config(layer.get_config()) for layer in augment]
    assert history(augment=anew, seed=1) == first
    assert history(augment=augment, seed=2) != first
    assert history(seed=1) != first


def test_two_layers_of_a_kind_do_not_draw_the_same():
    drawn = []

    class Look(layers.Layer):
        def call(self, images, training=False):
            if training:
                drawn.append(keras.ops.convert_to_numpy(images))
            return images

    shift = {"fill_mode": "constant", "interpolation": "nearest"}
    augment = [
        layers.RandomTranslation(0.5, 0, **shift),
        Look(),
        layers.RandomTranslation(0.5, 0, **shift),
        Look(),
    ]
    data = squares()
    train(
        build(), replace(data, x_train=np.ones_like(data.x_train)), epochs=1, batch_size=36, augment=augment
    )
    first, second = drawn[-2:]
    # The same shift twice would leave as many rows again empty.
    empty = [(images == 0).all(axis=(2, 3)).sum(axis=1) for images in (first, second)]
    assert not np.array_equal(np.minimum(2 * empty[0], SIDE), empty[1])


@pytest.mark.slow
def test_all_this_is_so_in_graphs_as_students_run_them(tmp_path):
    test_layers_act_in_training_and_not_in_validation()
    test_scores_are_those_of_the_model_without_the_layers(tmp_path)
    test_the_model_stays_as_it_was_and_its_weights_are_trained()
    test_the_same_seed_gives_the_same_history()


def test_the_global_generators_are_put_back():
    model, augment = build(), layers.RandomFlip()
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.rand()
    random.seed(5)
    np.random.seed(5)
    train(model, squares(), epochs=1, augment=augment)
    assert (random.random(), np.random.rand()) == expected


def test_no_layers_are_no_augmentation():
    assert augmentation.as_layers(None) == augmentation.as_layers([]) == augmentation.as_layers(()) == []
    assert train(build(), squares(), epochs=1, augment=[]).hyperparameters["augmentation"] == ""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["uint8", "scaled", "standardised"])
def test_every_form_of_images_can_be_augmented(form):
    data = squares()
    forms = {"uint8": (data.x_train * 255).astype(np.uint8), "standardised": (data.x_train - 0.4) / 0.3}
    x = forms.get(form, data.x_train)
    data = replace(data, x_train=x, x_val=x[:0], y_val=data.y_val[:0])
    assert train(build(), data, epochs=1, augment=layers.RandomFlip()).epochs_run == 1


# What a run says of it


@pytest.mark.parametrize(
    ("augment", "said"),
    [
        (layers.RandomFlip(), "RandomFlip()"),
        (layers.RandomZoom((-0.1, 0.2)), "RandomZoom((-0.1, 0.2))"),
        (layers.RandomFlip("horizontal", seed=3, name="mine"), "RandomFlip(horizontal)"),
        ([layers.RandomTranslation(0.1, 0.1)], "RandomTranslation(0.1, 0.1)"),
        ((layers.RandomRotation(0.05), layers.RandomFlip("vertical")), "RandomRotation(0.05), RandomFlip(vertical)"),
        (keras.Sequential([layers.RandomFlip("vertical"), Blank()]), "RandomFlip(vertical), Blank()"),
        ([layers.Pipeline([layers.RandomFlip("vertical")]), Blank()], "RandomFlip(vertical), Blank()"),
    ],
)  # fmt: skip
def test_layers_are_described_with_what_was_chosen(augment, said):
    assert augmentation.described(augmentation.as_layers(augment)) == said


def test_a_run_says_which_layers_there_were():
    run = train(build(), squares(), epochs=1, augment=[layers.RandomFlip("vertical"), Blank()])
    assert run.hyperparameters["augmentation"] == "RandomFlip(vertical), Blank()"


# What is refused, in one line and before the training


def refused(match, data, augment):
    with pytest.raises(ValueError, match=match) as caught:
        train(build(), data, epochs=1, augment=augment)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("no_fit")
def test_what_is_no_layer():
    for augment in ("flip", layers.RandomFlip, lambda x: x, [layers.RandomFlip(), 3]):
        refused(r"augment takes Keras layers, such as keras\.layers\.RandomFlip", squares(), augment)


@pytest.mark.usefixtures("no_fit")
def test_layers_that_change_the_size():
    crop = layers.RandomCrop(4, 4)
    for augment in (crop, [layers.RandomFlip(), crop], keras.Sequential([crop])):
        refused(r"RandomCrop makes \(4, 4, 1\) of images \(6, 6, 1\)", squares(), augment)


RANGES = {"scaled": (0, 1), "bytes": (0, 255), "floats to 255": (0, 255), "standardised": (-2, 2)}


def in_range(form):
    data = squares()
    images = {
        "scaled": data.x_train,
        "bytes": (data.x_train * 255).astype(np.uint8),
        "floats to 255": data.x_train * 255,
        "standardised": (data.x_train - data.x_train.mean()) / data.x_train.std(),
    }[form]
    return replace(data, x_train=images, x_val=images[:0], y_val=data.y_val[:0])


@pytest.mark.slow
@pytest.mark.parametrize("given", list(RANGES.values()))
@pytest.mark.parametrize("form", RANGES)
def test_a_range_of_values_that_is_not_that_of_the_images(form, given, monkeypatch):
    """Keras's default is 0 to 255: images from 0 to 1 would lose their colours or gain none, without a word."""
    data, right = in_range(form), RANGES[form]
    risky = [layers.RandomBrightness(0.1, value_range=given), layers.RandomContrast(0.1, value_range=given)]
    if given == right:
        assert train(build(), data, epochs=1, augment=risky).epochs_run == 1
        return
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("training began"))
    for layer in risky:
        said = rf"give {type(layer).__name__} value_range=\({right[0]}, {right[1]}\)"
        for augment in (
            layer,
            [layers.RandomFlip(), layer],
            keras.Sequential([layer]),
            layers.Pipeline([layer]),
        ):
            refused(said, data, augment)


# Callbacks see the student's model


def test_checkpoints_of_an_augmented_training_can_be_read(tmp_path):
    file = tmp_path / "best.weights.h5"
    keep = keras.callbacks.ModelCheckpoint(file, save_weights_only=True)
    model = build()
    train(model, squares(), epochs=1, augment=keras.layers.RandomFlip("horizontal"), callbacks=[keep])
    again = build()
    again.load_weights(file)
    for ours, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_an_augmented_training_stops_when_a_callback_asks():
    stop = keras.callbacks.EarlyStopping(
        monitor="accuracy", min_delta=100, patience=1, restore_best_weights=True
    )
    run = train(build(), squares(), epochs=9, augment=keras.layers.RandomFlip("horizontal"), callbacks=[stop])
    assert (run.epochs_run, run.stopped) == (2, "early")


def test_an_augmented_training_stops_between_batches():
    class Enough(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    run = train(
        build(), squares(), epochs=9, augment=keras.layers.RandomFlip("horizontal"), callbacks=[Enough()]
    )
    assert run.epochs_run == 1

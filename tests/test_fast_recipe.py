"""`train(recipe="fast")` and its parts, each alone."""

import io
from contextlib import suppress
from dataclasses import replace
from functools import partialmethod

import keras
import numpy as np
import pytest
from keras import layers

from labkit import data, machine, models, train
from labkit.data.dataset import Dataset
from labkit.models.whitening import is_whitened
from labkit.training import FlipAndShift, Triangular, optimizers, precision, recipes, stepping
from labkit.training.flip_and_shift import epochs

SIDE, CLASSES = 16, 3


@pytest.fixture
def squares():
    """Noise with a bright band, whose height is the class; uint8."""
    rng = np.random.default_rng(0)
    y = (np.arange(96) % CLASSES).astype(np.uint8)
    x = rng.integers(0, 50, (96, SIDE, SIDE, 1), np.uint8)
    for image, label in zip(x, y, strict=True):
        image[5 * label : 5 * label + 4] += 150
    return Dataset("squares", x[:72], y[:72], x[72:], y[72:], x[:0], y[:0], list("abc"), "made here")


@pytest.fixture
def eager(monkeypatch):
    monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))


def net():
    stack = [layers.Flatten(), layers.Dense(8, activation="relu"), layers.Dense(CLASSES)]
    return keras.Sequential([keras.Input((SIDE, SIDE, 1)), *stack])


# The net and its stem


def test_the_identity_lets_the_stem_through_to_the_end_of_the_block():
    model = models.speed_cnn((SIDE, SIDE, 3), width=0.25)
    conv = model.get_layer("block1_conv1")
    x = np.random.default_rng(0).random((1, 8, 8, conv.input.shape[-1]), np.float32)
    channels = min(x.shape[-1], conv.filters)
    assert np.allclose(conv(x)[..., :channels], x[..., :channels])
    other = models.speed_cnn((SIDE, SIDE, 3), width=0.25, identity=False).get_layer("block1_conv1")
    assert not np.allclose(other(x)[..., :channels], x[..., :channels], atol=0.1)


def test_whitened_patches_have_no_correlation():
    rng = np.random.default_rng(0)
    smooth = rng.random((200, SIDE + 3, SIDE + 3, 3), np.float32)
    smooth = np.mean([smooth[:, i : i + SIDE, j : j + SIDE] for i in range(4) for j in range(4)], axis=0)
    model = models.whiten(models.speed_cnn((SIDE, SIDE, 3), width=0.5), smooth)
    stem = keras.Model(model.input, model.get_layer("whitening").output)
    answers = keras.ops.convert_to_numpy(stem(smooth))[:, 1:-1, 1:-1]
    half = answers.shape[-1] // 2
    assert np.allclose(answers[..., :half], -answers[..., half:], atol=1e-4)
    found = np.cov(answers[..., : half // 2].reshape(-1, half // 2), rowvar=False)
    assert np.allclose(found, np.eye(len(found)), atol=0.2)


def test_whitening_takes_pixels_in_any_range(squares):
    of_bytes, of_floats = (
        models.whiten(models.speed_cnn((SIDE, SIDE, 1), CLASSES, width=0.125), x)
        for x in (squares.x_train, squares.scaled().x_train)
    )
    outs = [
        keras.Model(m.input, m.get_layer("whitening").output)(x)
        for m, x in ((of_bytes, squares.x_train[:4]), (of_floats, squares.scaled().x_train[:4]))
    ]
    assert np.allclose(np.abs(outs[0]), np.abs(outs[1]), atol=1e-2)


def test_is_whitened_tells_three_cases(squares):
    model = models.speed_cnn((SIDE, SIDE, 1), CLASSES, width=0.125)
    assert is_whitened(model) is False
    assert is_whitened(models.whiten(model, squares.x_train)) is True
    assert is_whitened(net()) is None


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"width": 0}, "width must be a number from 0.125"),
        ({"width": "1"}, "width must be"),
        ({"image_shape": (8, 8, 3)}, "16x16 or larger, not 8x8"),
        ({"image_shape": (28, 28)}, "channel axis is missing"),
        ({"num_classes": 1}, "num_classes must be"),
    ],
)
def test_a_speed_cnn_that_cannot_be(arguments, match):
    with pytest.raises(ValueError, match=match):
        models.speed_cnn(**arguments)


def test_whiten_refuses_other_nets_and_other_images(squares):
    with pytest.raises(ValueError, match=r"needs a net made by models.speed_cnn\(\)"):
        models.whiten(net(), squares.x_train)
    with pytest.raises(ValueError, match=r"needs images \(32, 32, 3\)"):
        models.whiten(models.speed_cnn(width=0.125), squares.x_train)


def test_a_whitened_net_travels_as_one_file(squares, tmp_path):
    model = models.whiten(models.speed_cnn((SIDE, SIDE, 1), CLASSES, width=0.125), squares.x_train)
    model.save(tmp_path / "speed.keras")
    again = keras.saving.load_model(tmp_path / "speed.keras")
    assert np.array_equal(model(squares.x_val), again(squares.x_val))
    assert is_whitened(again)


def test_mirrored_refuses_what_takes_no_images():
    with pytest.raises(ValueError, match="mirrored"):
        models.mirrored(keras.Sequential([keras.Input((4,)), layers.Dense(2)]))


def test_mirrored_shares_the_weights():
    model = models.first_cnn()
    both = models.mirrored(model)
    assert both.count_params() == model.count_params()
    x = np.random.default_rng(0).random((2, 28, 28, 1), np.float32)
    expected = (np.asarray(model(x)) + np.asarray(model(x[:, :, ::-1]))) / 2
    assert np.allclose(both(x), expected, atol=1e-5)


# The schedule and the optimizer


def test_the_triangle_rises_and_falls():
    schedule = Triangular(2.0, steps=100, rise=0.25, start=0.1, end=0.0)
    rates = [float(schedule(step)) for step in range(101)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == pytest.approx(2.0)
    assert rates.index(max(rates)) == 25
    assert rates[100] == pytest.approx(0, abs=1e-6)
    assert rates[62] == pytest.approx(2 * (1 - 37 / 75), rel=1e-4)


def test_a_triangle_without_steps_is_filled_in_by_train(squares, eager):
    run = train(
        net(), squares.scaled(), epochs=2, batch_size=24, optimizer="sgd", learning_rate=Triangular(0.1)
    )
    assert run.hyperparameters["schedule"]["steps"] == 6
    with pytest.raises(ValueError, match="does not know its steps"):
        Triangular(0.1)(0)


@pytest.mark.parametrize(
    "arguments", [{"peak": 0}, {"peak": "1"}, {"peak": 1, "rise": 1}, {"peak": 1, "steps": 0}]
)
def test_a_triangle_that_is_none(arguments):
    with pytest.raises(ValueError, match="must be"):
        Triangular(**arguments)


def test_weight_decay_is_decoupled():
    decayed = optimizers.make("sgd", 0.5, weight_decay=0.1)
    weight = keras.Variable(np.array([2.0], np.float32))
    decayed.apply([keras.ops.zeros(1)], [weight])
    assert float(weight[0]) == pytest.approx(2 * (1 - 0.5 * 0.1))


def test_the_average_of_the_weights_is_what_remains(squares, eager):
    keras.utils.set_random_seed(0)
    plain, averaged = net(), net()
    averaged.set_weights(plain.get_weights())
    asked = {"epochs": 2, "optimizer": "sgd", "learning_rate": 0.1, "seed": 0}
    train(plain, squares.scaled(), **asked)
    run = train(averaged, squares.scaled(), weight_averaging=0.9, **asked)
    assert "weight averaging 0.9" in run.hyperparameters["optimizer"]
    assert not np.allclose(plain.get_weights()[0], averaged.get_weights()[0])


@pytest.mark.parametrize("name", ["weight_decay", "weight_averaging"])
def test_what_an_optimizer_must_be_given_itself(squares, name):
    with pytest.raises(ValueError, match="give them to your optimizer itself"):
        train(net(), squares, epochs=1, optimizer=keras.optimizers.SGD(0.1), **{name: 0.5})
    with pytest.raises(ValueError, match=f"{name} must be a number from 0"):
        train(net(), squares, epochs=1, **{name: 2})


# Augmentation of an epoch


def test_two_epochs_show_each_image_both_ways():
    x = np.random.default_rng(0).integers(0, 255, (20, 6, 6, 3), np.uint8)
    first, second = (FlipAndShift(shift=0)(x, seed=3, epoch=epoch) for epoch in (0, 1))
    assert np.array_equal(first, second[:, :, ::-1])
    assert 0 < sum(np.array_equal(a, b) for a, b in zip(first, x, strict=True)) < 20


def test_a_shift_is_a_crop_of_the_padded_image():
    x = np.random.default_rng(0).integers(0, 255, (30, 8, 8, 1), np.uint8)
    changed = FlipAndShift(shift=1, flip=False)(x, seed=0, epoch=0)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    for image, frame in zip(changed, padded, strict=True):
        crops = [frame[i : i + 8, j : j + 8] for i in range(3) for j in range(3)]
        assert any(np.array_equal(image, crop) for crop in crops)
    assert changed.dtype == np.uint8
    assert len({image.tobytes() for image in changed - x}) > 1


def test_an_epoch_shuffles_images_and_labels_alike():
    x = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1) * np.ones((1, 4, 4, 1), np.uint8)
    fed = epochs(x, np.arange(40), FlipAndShift(1), batch_size=16, seed=0)
    seen = []
    for _ in range(2):
        batches = [fed[i] for i in range(len(fed))]
        assert all(np.array_equal(images[:, 0, 0, 0], labels) for images, labels in batches)
        seen.append(np.concatenate([labels for _, labels in batches]).tolist())
        fed.on_epoch_end()
    assert seen[0] != seen[1]
    assert sorted(seen[0]) == sorted(seen[1]) == list(range(40))


@pytest.mark.parametrize("shift", [-1, 1.5, True, "2"])
def test_a_shift_that_is_none(shift):
    with pytest.raises(ValueError, match="shift must be a whole number"):
        FlipAndShift(shift)


def test_flip_and_shift_stands_alone(squares):
    with pytest.raises(ValueError, match="one FlipAndShift alone"):
        train(net(), squares, epochs=1, augment=[FlipAndShift(), layers.RandomFlip()])


def test_images_that_cannot_be_changed_at_once(squares, tmp_path):
    flat = replace(squares, x_train=squares.x_train[..., 0], x_val=squares.x_val[..., 0])
    model = keras.Sequential([keras.Input((SIDE, SIDE)), layers.Flatten(), layers.Dense(CLASSES)])
    with pytest.raises(ValueError, match=r"call dataset.with_channels\(\)"):
        train(model, flat, epochs=1, augment=FlipAndShift())
    for label in "abc":
        (tmp_path / label).mkdir()
        for number in range(4):
            image = np.random.default_rng([number, ord(label)]).random((20, 20, 3))
            keras.utils.save_img(tmp_path / label / f"{number}.png", image)
    streamed = data.from_folder(tmp_path, 16, in_memory=False)
    with pytest.raises(ValueError, match="are read from the disk"):
        train(models.speed_cnn((16, 16, 3), 3, width=0.125), streamed, epochs=1, recipe="fast")


# Precision and steps


@pytest.mark.slow
def test_short_numbers_are_gone_after_the_training(squares):
    model = models.speed_cnn((SIDE, SIDE, 1), CLASSES, width=0.125)
    seen = []
    look = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs=None: seen.extend(layer.compute_dtype for layer in model.layers)
    )
    run = train(model, squares, epochs=1, mixed_precision="mixed_bfloat16", callbacks=[look])
    assert "bfloat16" in seen
    assert run.hyperparameters["mixed_precision"] == "mixed_bfloat16"
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert {w.dtype for w in model.trainable_weights} == {"float32"}
    assert model.predict(squares.x_val, verbose=0).dtype == np.float32


def test_an_error_puts_the_precision_back():
    model = models.first_cnn()
    with pytest.raises(RuntimeError), precision.computing_in("mixed_float16", model):
        raise RuntimeError
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}


@pytest.mark.parametrize(
    ("kinds", "capability", "flags", "expected"),
    [
        (["cpu"], None, {"avx512_bf16"}, "mixed_bfloat16"),
        (["cpu"], None, {"avx2"}, "float32"),
        (["gpu"], "7.5", set(), "mixed_float16"),
        (["gpu"], "9.0", set(), "mixed_bfloat16"),
        (["gpu"], "6.1", {"avx512_bf16"}, "float32"),
        (["gpu"], None, set(), "float32"),
        (["tpu"], None, set(), "mixed_bfloat16"),
    ],
)
def test_the_device_chooses_the_precision(monkeypatch, kinds, capability, flags, expected):
    monkeypatch.setattr(machine, "_devices", lambda: kinds)
    monkeypatch.setattr(machine, "_nvidia", lambda what: capability)
    monkeypatch.setattr(machine, "_processor_flags", lambda: flags)
    assert machine.mixed_precision() == expected


def test_an_unknown_precision_and_unknown_steps(squares):
    with pytest.raises(ValueError, match="mixed_precision"):
        train(net(), squares, epochs=1, mixed_precision="float8")
    for steps in (0, 1.5, "many", True):
        with pytest.raises(ValueError, match="steps_per_execution must be"):
            train(net(), squares, epochs=1, steps_per_execution=steps)


def test_measuring_steps_leaves_the_model_as_it_was(squares):
    model = net()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    before = [w.copy() for w in model.get_weights()]
    steps = stepping.measured(model, squares.scaled(), 8)
    assert 1 <= steps <= 9
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert int(model.optimizer.iterations) == 0


@pytest.mark.slow
def test_several_steps_at_once_are_the_same_training(squares):
    histories = []
    for steps in (1, 2, "auto"):
        keras.utils.set_random_seed(0)
        run = train(net(), squares.scaled(), epochs=3, batch_size=16, steps_per_execution=steps, seed=0)
        histories.append(run.history["loss"])
    assert np.allclose(histories[0], histories[1], rtol=1e-4)
    assert np.allclose(histories[0], histories[2], rtol=1e-4)


# The recipe


def test_what_is_given_goes_before_the_recipe():
    given = recipes.Settings(batch_size=32, optimizer="adam", label_smoothing=0.0, learning_rate=0.01)
    chosen = recipes.settings("fast", net(), given)
    assert (chosen.batch_size, chosen.optimizer, chosen.label_smoothing) == (32, "adam", 0.0)
    assert (chosen.learning_rate, chosen.weight_decay) == (0.01, None)
    assert isinstance(chosen.augment, FlipAndShift)


def test_a_rate_beside_the_recipe_is_the_peak_of_its_triangle():
    chosen = recipes.settings("fast", net(), recipes.Settings(learning_rate=0.3))
    assert isinstance(chosen.learning_rate, Triangular)
    assert chosen.learning_rate.peak == 0.3


def test_there_is_no_such_recipe(squares):
    with pytest.raises(ValueError, match="there is no recipe 'slow': take 'fast'"):
        train(net(), squares, epochs=1, recipe="slow")


@pytest.mark.slow
def test_the_recipe_learns_and_is_written_down(squares):
    keras.utils.set_random_seed(0)
    model = models.speed_cnn((SIDE, SIDE, 1), CLASSES, width=0.125)
    run = train(model, squares, epochs=12, recipe="fast", batch_size=24, augment=FlipAndShift(shift=1))
    assert is_whitened(model)
    assert run.last("val_accuracy") > 0.9
    asked = run.hyperparameters
    assert (asked["recipe"], asked["augmentation"]) == ("fast", "FlipAndShift(shift 1, alternating flip)")
    assert asked["optimizer"] == "SGD (Nesterov 0.9, weight decay 0.003)"
    keras.utils.set_random_seed(0)
    again = models.speed_cnn((SIDE, SIDE, 1), CLASSES, width=0.125)
    same = train(again, squares, epochs=12, recipe="fast", batch_size=24, augment=FlipAndShift(shift=1))
    assert same.history["loss"] == pytest.approx(run.history["loss"], rel=1e-3)


@pytest.mark.slow
def test_a_fast_training_that_was_killed_goes_on(squares, tmp_path):
    asked = {"epochs": 3, "recipe": "fast", "batch_size": 24, "seed": 1}

    def fresh():
        keras.utils.set_random_seed(0)
        return models.speed_cnn((SIDE, SIDE, 1), CLASSES, width=0.125)

    whole = train(fresh(), squares, checkpoint=tmp_path / "whole", **asked)

    class KilledError(Exception): ...

    def killed(epoch, logs=None):
        if epoch == 1:
            raise KilledError

    with suppress(KilledError):
        stop = keras.callbacks.LambdaCallback(on_epoch_begin=killed)
        train(fresh(), squares, checkpoint=tmp_path / "cut", callbacks=[stop], **asked)
    again = keras.callbacks.LambdaCallback()
    run = train(fresh(), squares, checkpoint=tmp_path / "cut", callbacks=[again], **asked)
    assert run.history["loss"] == pytest.approx(whole.history["loss"], rel=1e-3)


def test_the_plain_call_is_what_it_was(squares, eager):
    run = train(net(), squares.scaled(), epochs=1)
    asked = run.hyperparameters
    assert (asked["batch_size"], asked["optimizer"], asked["learning_rate"]) == (32, "Adam", 0.001)
    assert not {"recipe", "mixed_precision"} & set(asked)


@pytest.mark.slow
def test_the_bar_counts_all_steps_where_several_are_taken_at_once(squares, monkeypatch):
    import tqdm

    bars = []

    class Bar(tqdm.tqdm):
        def __init__(self, *args, **more):
            super().__init__(*args, **more | {"disable": False, "file": io.StringIO()})
            bars.append(self)

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    train(net(), squares.scaled(), epochs=2, batch_size=8, steps_per_execution=4)
    assert (bars[0].n, bars[0].total) == (18, 18)

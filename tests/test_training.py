import io
import math
import random
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from functools import partialmethod

import keras
import numpy as np
import pytest
from keras import layers

from labkit import diagnose, train
from labkit.data.dataset import Dataset
from labkit.training import optimizers
from labkit.training.objective import are_probabilities

SIDE, CLASSES = 8, 3


# These few run as students run them; for the others, tracing a graph would cost more than the training.
AS_GRAPHS = ("by_hand", "same_history", "uint8]")


@pytest.fixture(autouse=True)
def eager(request, monkeypatch):
    if not request.node.get_closest_marker("slow") and not any(
        part in request.node.name for part in AS_GRAPHS
    ):
        monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))


def make_data(n=96, n_val=24):
    """Grey squares with a bright band, whose height is the class; uint8 as from the catalog."""
    rng = np.random.default_rng(0)
    y = (np.arange(n + n_val) % CLASSES).astype(np.uint8)
    x = rng.integers(0, 50, (n + n_val, SIDE, SIDE), np.uint8)
    for image, label in zip(x, y, strict=True):
        image[2 * label : 2 * label + 2] += 150
    names = [str(i) for i in range(CLASSES)]
    return Dataset("squares", x[:n], y[:n], x[n:], y[n:], x[:0], y[:0], names, "made here")


def net(*end, shape=(SIDE, SIDE, 1), hidden=8):
    stack = [layers.Flatten(), layers.Dense(hidden, activation="relu"), *(end or [layers.Dense(CLASSES)])]
    return keras.Sequential([keras.Input(shape), *stack])


@pytest.fixture
def squares():
    return make_data(n_val=0).scaled()


@pytest.fixture
def split_squares():
    return make_data().scaled()


@pytest.fixture
def no_fit(monkeypatch):
    """For what must be refused: Keras is never asked."""
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("training began"))


class Raise(keras.callbacks.Callback):
    def __init__(self, error, epoch):
        super().__init__()
        self.error, self.epoch = error, epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise self.error


# The loss and the labels


class OfMyOwn(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten, self.dense = layers.Flatten(), layers.Dense(CLASSES, activation="softmax")

    def call(self, x):
        return self.dense(self.flatten(x))


def subclassed():
    model = OfMyOwn()
    model(np.zeros((1, SIDE, SIDE, 1), np.float32))
    return model


def functional_with_operation():
    images = keras.Input((SIDE, SIDE, 1))
    return keras.Model(images, keras.ops.softmax(layers.Dense(CLASSES)(layers.Flatten()(images))))


def built_by_add():
    model = keras.Sequential()
    for layer in (keras.Input((SIDE, SIDE, 1)), layers.Flatten(), layers.Dense(CLASSES)):
        model.add(layer)
    return model


def nested(activation):
    head = keras.Sequential([keras.Input((8,)), layers.Dense(CLASSES, activation=activation)])
    return net(head)


LOGITS = {
    "Dense": net,
    "add": built_by_add,
    "nested": lambda: nested(None),
    "relu at the end": lambda: net(layers.Dense(CLASSES, activation="relu")),
}
SOFTMAX = {
    "Dense": lambda: net(layers.Dense(CLASSES, activation="softmax")),
    "layer": lambda: net(layers.Dense(CLASSES), layers.Softmax()),
    "activation": lambda: net(layers.Dense(CLASSES), layers.Activation("softmax")),
    "nested": lambda: nested("softmax"),
    "operation": functional_with_operation,
    "lambda": lambda: net(layers.Dense(CLASSES), layers.Lambda(lambda x: keras.ops.softmax(x), (CLASSES,))),
    "subclassed": subclassed,
}
MODELS = [(make, True) for make in LOGITS.values()] + [(make, False) for make in SOFTMAX.values()]
NAMES = [f"logits-{name}" for name in LOGITS] + [f"softmax-{name}" for name in SOFTMAX]


@pytest.mark.parametrize(("make", "from_logits"), MODELS, ids=NAMES)
def test_the_loss_follows_the_models_output(squares, make, from_logits):
    run = train(make(), squares, epochs=1, batch_size=48)
    assert run.loss == f"SparseCategoricalCrossentropy(from_logits={from_logits})"
    assert run.loss in repr(run)


def test_the_loss_follows_the_labels(squares):
    run = train(net(), squares.one_hot(), epochs=1)
    assert run.loss == "CategoricalCrossentropy(from_logits=True)"


@pytest.mark.slow
def test_both_label_forms_and_both_outputs_are_the_same_training(squares):
    weights = net().get_weights()
    histories = []
    for end in ([layers.Dense(CLASSES)], [layers.Dense(CLASSES), layers.Softmax()]):
        for dataset in (squares, squares.one_hot()):
            model = net(*end)
            model.set_weights(weights)
            histories.append(train(model, dataset, epochs=2).history)
    for history in histories[1:]:
        for name, values in history.items():
            np.testing.assert_allclose(values, histories[0][name], rtol=1e-3, err_msg=name)


@pytest.mark.slow
def test_the_numbers_are_those_of_a_fit_written_by_hand(split_squares):
    model = net()
    weights = model.get_weights()
    run = train(model, split_squares, epochs=3, learning_rate=0.01, batch_size=16, seed=4)
    model.set_weights(weights)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    keras.utils.set_random_seed(4)
    validation = (split_squares.x_val, split_squares.y_val)
    by_hand = model.fit(
        split_squares.x_train,
        split_squares.y_train,
        epochs=3,
        batch_size=16,
        validation_data=validation,
        verbose=0,
    )
    assert run.history == by_hand.history


@pytest.mark.parametrize(
    ("row", "expected"),
    [([0.2, 0.8], True), ([0.0, 1.0], True), ([1.2, -0.2], False), ([0.5, 0.6], False), ([0.0, 0.0], False)],
)
def test_probabilities_are_told_from_logits(row, expected):
    assert are_probabilities(np.array([row], np.float32)) is expected


# Images as they are


@pytest.mark.slow
@pytest.mark.parametrize("form", ["uint8", "scaled"])
def test_a_simple_task_is_learnt(form):
    keras.utils.set_random_seed(0)
    dataset = make_data().with_channels() if form == "uint8" else make_data().scaled()
    run = train(net(hidden=32), dataset, epochs=10, learning_rate={"uint8": 0.001, "scaled": 0.01}[form])
    assert run.best("val_accuracy") > 0.8
    assert diagnose(run).label == "learning"


@pytest.mark.slow
def test_uint8_images_are_not_copied():
    images = np.zeros((2_000, 64, 64, 1), np.uint8)
    labels = (np.arange(2_000) % CLASSES).astype(np.uint8)
    dataset = replace(make_data(), x_train=images, y_train=labels, x_val=images[:0], y_val=labels[:0])
    model = keras.Sequential([keras.Input((64, 64, 1)), layers.AveragePooling2D(16), layers.Flatten()])
    model.add(layers.Dense(CLASSES))
    tracemalloc.start()
    try:
        train(model, dataset, epochs=1, batch_size=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * images.nbytes  # one copy as float32 would be four times as large, as float64 eight


# The run


def test_the_run_keeps_what_was_done(split_squares):
    model = net()
    run = train(
        model,
        split_squares,
        epochs=2,
        learning_rate=0.1,
        batch_size=32,
        optimizer="SGD",
        name="first",
        seed=9,
    )
    assert list(run.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert [len(values) for values in run.history.values()] == [2, 2, 2, 2]
    assert run.hyperparameters == {
        "optimizer": "SGD", "learning_rate": 0.1, "batch_size": 32, "epochs": 2,
        "augmentation": "", "label_smoothing": 0.0, "seed": 9,
    }  # fmt: skip
    assert (run.name, run.model, run.stopped) == ("first", model.name, "")
    assert run.parameters == run.trainable_parameters == 64 * 8 + 8 + 8 * 3 + 3
    assert run.data["source"] == "made here"
    assert (run.data["train"], run.data["val"], run.data["num_classes"]) == (96, 24, 3)
    assert run.data["entropy"] == pytest.approx(math.log(3), abs=1e-4)
    assert run.data["majority"] == pytest.approx(1 / 3, abs=1e-4)
    assert run.seconds > 0
    assert run.profile == "course"
    assert run.versions["keras"] == keras.__version__


def test_numpy_numbers_are_as_good_as_pythons(squares, tmp_path):
    run = train(net(), squares, epochs=np.int64(1), batch_size=np.int32(32), learning_rate=np.float32(0.01))
    assert run.load(run.save(tmp_path / "run.json")) == run


def test_without_validation_there_is_none(squares):
    run = train(net(), squares, epochs=1)
    assert set(run.history) == {"loss", "accuracy"}
    assert run.data["val"] == 0


def test_frozen_layers_are_not_trained_and_not_counted(squares):
    model = net()
    model.layers[1].trainable = False
    before = model.layers[1].get_weights()[0]
    run = train(model, squares, epochs=1)
    assert run.trainable_parameters == 8 * 3 + 3
    np.testing.assert_array_equal(model.layers[1].get_weights()[0], before)


# Seeds


def with_dropout():
    return net(layers.Dropout(0.5), layers.Dense(CLASSES))


@pytest.mark.slow
def test_same_seed_and_same_weights_give_the_same_history(squares):
    model, other = with_dropout(), with_dropout()
    weights = model.get_weights()
    first = train(model, squares, epochs=2, seed=1).history
    model.set_weights(weights)  # its dropout has drawn before
    assert train(model, squares, epochs=2, seed=1).history == first
    other.set_weights(weights)  # its dropout was built with another seed
    assert train(other, squares, epochs=2, seed=1).history == first
    model.set_weights(weights)
    assert train(model, squares, epochs=2, seed=2).history != first


def test_two_dropouts_do_not_draw_the_same():
    from labkit.training.seeding import _seed_layers

    model = net(layers.Dropout(0.5), layers.Dropout(0.5), layers.Dense(CLASSES))
    _seed_layers(model, 2**32 - 1)
    first, second = (keras.ops.convert_to_numpy(v).tolist() for v in model.non_trainable_variables)
    assert first != second


def test_the_seed_of_the_process_is_used_and_recorded(squares, monkeypatch):
    monkeypatch.setenv("LABKIT_SEED", "12")
    assert train(net(), squares, epochs=1).hyperparameters["seed"] == 12


@pytest.mark.parametrize("error", [None, KeyboardInterrupt()])
def test_the_global_generators_are_put_back(squares, error):
    model = net()
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.rand()
    random.seed(5)
    np.random.seed(5)
    with suppress(KeyboardInterrupt):
        train(model, squares, epochs=1, callbacks=[Raise(error, 0)] if error else [])
    assert (random.random(), np.random.rand()) == expected


# Endings


def test_nan_ends_the_training_and_keeps_the_run(squares):
    keras.utils.set_random_seed(0)  # other weights may end with dead units and a finite loss
    run = train(net(), squares, epochs=5, learning_rate=1e30, optimizer="sgd", batch_size=16)
    assert run.stopped == "nan"
    assert 1 <= run.epochs_run < 5
    assert not math.isfinite(run.last("loss"))
    found = diagnose(run)
    assert (found.label, found.epoch) == ("diverged", run.epochs_run)
    assert "stopped: nan" in repr(run)


def test_nan_in_the_last_step_shows_in_validation(split_squares):
    keras.utils.set_random_seed(0)  # other weights may end with dead units and a finite loss
    run = train(net(), split_squares, epochs=1, learning_rate=1e38, optimizer="sgd", batch_size=96)
    assert math.isfinite(run.last("loss"))
    assert run.stopped == "nan"
    assert diagnose(run).label == "diverged"


def test_a_ruined_model_is_not_trained_again(squares):
    model = net()
    model.set_weights([w * np.nan for w in model.get_weights()])
    with pytest.raises(ValueError, match="build it anew"):
        train(model, squares, epochs=1)


def test_an_interrupted_training_keeps_its_epochs(squares):
    run = train(net(), squares, epochs=5, callbacks=[Raise(KeyboardInterrupt(), 2)])
    assert (run.stopped, run.epochs_run) == ("interrupted", 2)
    assert run.seconds > 0


def test_an_interruption_before_the_first_epoch_is_one(squares):
    with pytest.raises(KeyboardInterrupt):
        train(net(), squares, epochs=5, callbacks=[Raise(KeyboardInterrupt(), 0)])


def test_early_stopping(squares):
    stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=100, patience=1)
    run = train(net(), squares, epochs=9, callbacks=[stop])
    assert (run.stopped, run.epochs_run) == ("early", 2)


def test_too_little_memory_is_one_line(squares):
    error = RuntimeError("OOM: RESOURCE_EXHAUSTED: failed to allocate 3 GiB\nmore\nlines")
    with pytest.raises(MemoryError, match="smaller batch_size") as caught:
        train(net(), squares, epochs=1, callbacks=[Raise(error, 0)])
    assert "\n" not in str(caught.value)


def test_other_errors_of_callbacks_come_through(squares):
    with pytest.raises(RuntimeError, match="my own"):
        train(net(), squares, epochs=1, callbacks=[Raise(RuntimeError("my own"), 0)])


# Progress


def progress(monkeypatch, shown, **more):
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("LABKIT_PROGRESS", "1" if shown else "0")
    train(net(), make_data().scaled(), epochs=2, batch_size=32, name="squares", **more)
    return stderr.getvalue()


def test_progress_leaves_one_line_that_says_how_it_went(monkeypatch, capsys):
    said = progress(monkeypatch, True)
    left = said.rstrip("\n").split("\r")[-1]
    assert left.startswith("squares: 100%")
    assert "6/6" in left  # two epochs of three steps
    for part in ("epoch 2/2", "loss ", "accuracy ", "val_accuracy "):
        assert part in left
    assert said.count("\n") == 1
    assert capsys.readouterr().out == ""


def test_an_interrupted_bar_is_closed(monkeypatch):
    said = progress(monkeypatch, True, callbacks=[Raise(KeyboardInterrupt(), 1)])
    assert "epoch 1/2" in said.split("\r")[-1]
    assert said.endswith("\n")


@pytest.mark.slow
def test_where_outputs_are_compared_nothing_is_shown(monkeypatch, capsys):
    assert progress(monkeypatch, False) == ""
    train(net(), make_data().scaled(), epochs=1)  # pytest itself, under which nbval runs
    assert capsys.readouterr() == ("", "")


# Optimizers


@pytest.mark.parametrize(
    ("name", "recorded"),
    [
        ("adam", "Adam"),
        ("AdamW", "AdamW"),
        ("sgd", "SGD"),
        ("momentum", "SGD (momentum 0.9)"),
        ("nesterov", "SGD (Nesterov 0.9)"),
        ("rmsprop", "RMSprop"),
    ],
)
def test_optimizers_by_name(name, recorded):
    made = optimizers.make(name, 0.1)
    assert optimizers.describe(made) == {"optimizer": recorded, "learning_rate": 0.1}
    assert float(made.learning_rate) == pytest.approx(0.1)


def test_the_rate_is_a_thousandth_if_none_is_given():
    assert optimizers.describe(optimizers.make("sgd"))["learning_rate"] == 0.001


@pytest.mark.slow
def test_one_optimizer_object_serves_many_models(squares):
    mine = keras.optimizers.Adam(0.01)
    small, large = net(), net(hidden=16)
    weights = small.get_weights()
    first = train(small, squares, epochs=1, optimizer=mine)
    train(large, squares, epochs=1, optimizer=mine)
    small.set_weights(weights)
    assert train(small, squares, epochs=1, optimizer=mine).history == first.history
    assert first.hyperparameters["learning_rate"] == 0.01
    assert not mine.built
    assert int(mine.iterations) == 0


def test_a_callback_that_lowers_the_rate_leaves_the_students_optimizer_alone(squares):
    mine = keras.optimizers.SGD(0.5)
    lower = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01)
    assert (
        train(net(), squares, epochs=1, optimizer=mine, callbacks=[lower]).hyperparameters["learning_rate"]
        == 0.5
    )
    assert float(mine.learning_rate) == 0.5


@keras.saving.register_keras_serializable("test_training")
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.01 / (1 + keras.ops.cast(step, "float32"))

    def get_config(self):
        return {}


class NoConfig(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.01


@pytest.mark.parametrize("schedule", [keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), Halving()])
@pytest.mark.parametrize("way", ["rate", "optimizer"])
def test_a_schedule_is_recorded_by_its_name(squares, schedule, way, tmp_path):
    given = {"learning_rate": schedule} if way == "rate" else {"optimizer": keras.optimizers.SGD(schedule)}
    run = train(net(), squares, epochs=1, **given)
    assert run.hyperparameters["learning_rate"] == type(schedule).__name__
    assert run.load(run.save(tmp_path / "run.json")) == run
    assert type(schedule).__name__ in repr(run)
    assert str(diagnose(run))


def test_a_schedule_that_keras_cannot_write_down_is_used_as_it_is(squares):
    mine = keras.optimizers.SGD(NoConfig())
    run = train(net(), squares, epochs=1, optimizer=mine)
    assert run.hyperparameters["learning_rate"] == "schedule"
    with pytest.raises(ValueError, match="make a new one"):
        train(net(), squares, epochs=1, optimizer=mine)


# Misfits: each is one line, before Keras is asked


def refused(match, model, dataset, **more):
    settings = {"epochs": 1} | more
    with pytest.raises(ValueError, match=match) as caught:
        train(model, dataset, **settings)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("setting", "value"),
    [("epochs", v) for v in (0, -1, 1.5, 2.0, "3", True, None)]
    + [("batch_size", v) for v in (0, 0.5, "32", False, None)]
    + [("learning_rate", v) for v in (0, -0.1, math.nan, math.inf, "0.1", True, [0.1])]
    + [("seed", v) for v in (-1, 2**32, 1.5, "1")]
    + [("recipe", "one_cycle")]
    + [("optimizer", v) for v in ("adamm", 3, None, keras.optimizers.Adam)],
)
@pytest.mark.usefixtures("no_fit")
def test_settings_that_make_no_sense(squares, setting, value):
    refused(f"{setting}.*{value!r}" if not callable(value) else setting, net(), squares, **{setting: value})


@pytest.mark.usefixtures("no_fit")
def test_two_learning_rates_are_one_too_many(squares):
    refused("two learning rates", net(), squares, optimizer=keras.optimizers.SGD(0.1), learning_rate=0.2)


@pytest.mark.usefixtures("no_fit")
def test_models_that_do_not_fit_the_images(squares):
    refused(r"\(8, 8, 1\) but the data set has \(8, 8\): add the channel axis", net(), make_data())
    refused(r"build the model for \(8, 8, 1\)", net(shape=(9, 8, 1)), squares)
    refused(r"build the model for \(8, 8, 1\)", net(shape=(8, 8)), squares)
    refused(r"no 3 channels; build the model for \(8, 8, 1\)", net(shape=(8, 8, 3)), make_data())
    flat = keras.Sequential([keras.Input((64,)), layers.Dense(CLASSES)])
    refused(r"expects images \(64,\)", flat, squares)


def test_sizes_that_the_model_leaves_open_fit(squares):
    stack = [layers.Conv2D(2, 3), layers.GlobalAveragePooling2D(), layers.Dense(CLASSES)]
    assert train(keras.Sequential([keras.Input((None, None, 1)), *stack]), squares, epochs=1).epochs_run == 1


@pytest.mark.usefixtures("no_fit")
def test_models_that_do_not_fit_the_classes(squares):
    for outputs in (1, 2, 10):
        refused(r"3 classes: end the model with keras.layers.Dense\(3\)", net(layers.Dense(outputs)), squares)
    unflattened = keras.Sequential([keras.Input((SIDE, SIDE, 1)), layers.Dense(CLASSES)])
    refused("Flatten", unflattened, squares)


@pytest.mark.usefixtures("no_fit")
def test_models_that_are_none(squares):
    refused("start it with keras.Input", keras.Sequential([layers.Flatten(), layers.Dense(CLASSES)]), squares)
    refused("start it with keras.Input", keras.Sequential(), squares)
    refused("start it with keras.Input", OfMyOwn(), squares)
    refused("not a Dataset", squares, net())
    refused("needs a Dataset second, not a tuple", net(), (squares.x_train, squares.y_train))
    frozen = net()
    frozen.trainable = False
    refused("frozen", frozen, squares)


@pytest.mark.usefixtures("no_fit")
def test_models_with_several_inputs_or_outputs(squares):
    first, second = keras.Input((SIDE, SIDE, 1)), keras.Input((SIDE, SIDE, 1))
    flat, both = layers.Flatten()(first), layers.Flatten()(layers.Add()([first, second]))
    refused("several inputs", keras.Model([first, second], layers.Dense(CLASSES)(both)), squares)
    refused(
        "2 outputs", keras.Model(first, [layers.Dense(CLASSES)(flat), layers.Dense(CLASSES)(flat)]), squares
    )


@pytest.mark.usefixtures("no_fit")
def test_a_model_that_fails_on_the_images(squares):
    class Broken(OfMyOwn):
        def call(self, x):
            if x.shape[0] == 2:
                raise TypeError("a long story\nwith a trace")
            return super().call(x)

    model = Broken()
    model(np.zeros((1, SIDE, SIDE, 1), np.float32))
    refused("fails on images .* a long story|fails on images .*Broken", model, squares)


@pytest.mark.usefixtures("no_fit")
def test_data_that_are_no_data(split_squares):
    def changed(**arrays):
        return replace(split_squares, **arrays)

    x, y, k = split_squares.x_train, split_squares.y_train, CLASSES
    nan = x.copy()
    nan[3, 2, 1] = np.nan
    refused("training split is empty", net(), changed(x_train=x[:0], y_train=y[:0]))
    refused("95 labels in the train split", net(), changed(y_train=y[1:]))
    refused("24 images but 0 labels in the val split", net(), changed(y_val=y[:0]))
    refused("x_train contains NaN", net(), changed(x_train=nan))
    refused("x_val contains NaN", net(), changed(x_val=nan, y_val=y))
    refused("x_train contains NaN", net(), changed(x_train=np.where(nan > 2, 0, x + np.inf)))
    refused("must hold numbers", net(), changed(x_train=x.astype(object)))
    refused("prepare both alike", net(), changed(x_val=split_squares.x_val[:, :4]))
    refused(f"labels from 0 to {k}", net(), changed(y_train=np.where(y == 2, k, y)))
    refused("labels from -1", net(), changed(y_train=y.astype(int) - 1))
    refused("y_val has labels", net(), changed(y_val=np.full(24, 99)))
    refused("integer labels, not float", net(), changed(y_train=y.astype(float)))
    refused("one-hot rows", net(), changed(y_train=y[:, None]))
    refused("one-hot rows", net(), changed(y_train=np.eye(5)[y]))
    refused("the same in every split", net(), changed(y_train=np.eye(k)[y]))
    refused(
        "one class",
        net(layers.Dense(1)),
        changed(class_names=["all"], y_train=y * 0, y_val=split_squares.y_val * 0),
    )


def test_a_batch_may_be_larger_than_the_data(squares):
    assert train(net(), squares, epochs=1, batch_size=1_000).epochs_run == 1


# Each verdict, provoked by a real training


def test_a_network_that_does_not_move_is_at_chance(squares):
    model = net()
    model.layers[-1].set_weights([w * 0 for w in model.layers[-1].get_weights()])
    found = diagnose(train(model, squares, epochs=3, learning_rate=1e-12, optimizer="sgd"))
    assert found.label == "at chance"
    assert "the loss stays at 1.099" in found.reason


def sample_net(filters, shape):
    stack = [keras.Input(shape)]
    for _ in range(2):
        stack += [layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(2)]
    return keras.Sequential([*stack, layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(10)])


@pytest.mark.slow
@pytest.mark.parametrize("rate", [1.0, 0.1])
@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_adam_with_large_steps_stays_at_chance(name, rate):
    from labkit import data

    dataset = data.load(name, source="sample", validation=0.2).scaled()
    keras.utils.set_random_seed(0)
    run = train(sample_net(8, dataset.image_shape), dataset.subset(512), epochs=4, learning_rate=rate)
    found = diagnose(run)
    assert found.label == "at chance", run.history
    assert "ln(10) = 2.303" in found.reason


@pytest.mark.slow
def test_few_images_are_learnt_by_heart():
    from labkit import data

    dataset = data.load("cifar10", source="sample", validation=0.2).scaled()
    keras.utils.set_random_seed(0)
    run = train(sample_net(16, (32, 32, 3)), dataset.subset(100), epochs=30, learning_rate=3e-3)
    found = diagnose(run)
    assert found.label == "over-fitted", run.history
    assert found.epoch == int(np.argmin(run.history["val_loss"])) + 1
    assert run.last("accuracy") > 0.9


@pytest.mark.slow
def test_one_filter_is_too_small():  # with elu, as a single ReLU may die: another verdict
    from labkit import data

    dataset = data.load("cifar10", source="sample", validation=0.2).scaled()
    keras.utils.set_random_seed(0)
    stack = [
        layers.Conv2D(1, 3, activation="elu"),
        layers.MaxPooling2D(4),
        layers.Flatten(),
        layers.Dense(10),
    ]
    run = train(
        keras.Sequential([keras.Input((32, 32, 3)), *stack]),
        dataset,
        epochs=20,
        learning_rate=0.01,
        batch_size=64,
    )
    assert diagnose(run).label == "under-fitted", run.history


@pytest.mark.slow
def test_few_epochs_are_still_learning():
    from labkit import data

    dataset = data.load("mnist", source="sample", validation=0.2).scaled()
    keras.utils.set_random_seed(0)
    run = train(sample_net(8, (28, 28, 1)), dataset, epochs=4)
    found = diagnose(run)
    assert found.label == "learning", run.history
    assert "still falling" in found.reason


@pytest.mark.slow
def test_pixels_that_are_not_scaled_learn_after_a_terrible_first_epoch():
    from labkit import data, models

    dataset = data.load("mnist", source="sample", validation=0.2).with_channels()
    keras.utils.set_random_seed(0)
    run = train(models.first_cnn(), dataset, epochs=4)
    assert run.history["loss"][0] > 2.5
    assert diagnose(run).label in ("learning", "over-fitted"), run.history

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from functools import partialmethod

import keras
import numpy as np
import pytest
from keras import layers

from labkit import train
from labkit.experiments import Ledger
from labkit.training import state
from tests.conftest import ROOT
from tests.tiny_runs import CLASSES, SIDE, squares


@pytest.fixture(autouse=True)
def eager(request, monkeypatch):
    """Tracing a graph would cost more than the training."""
    if not request.node.get_closest_marker("slow"):
        monkeypatch.setattr(keras.Model, "compile", partialmethod(keras.Model.compile, run_eagerly=True))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoints" / "toy.checkpoint"


@pytest.fixture
def no_fit(monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("training began"))


class Killed(BaseException):
    pass


class Kill(keras.callbacks.Callback):
    """An end that nobody catches, in the middle of an epoch."""

    def __init__(self, epoch, batch=1, error=Killed):
        super().__init__()
        self.when, self.error, self.epoch = (epoch, batch), error, None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.when:
            raise self.error


class Never(Kill):
    """The same callback where nothing happens: the list of callbacks shall be the same."""


Never.__name__ = "Kill"


def net(seed=0, units=4):
    """Everything that has a state: weights, averages, generators."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            layers.Conv2D(2, 3),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(units, "relu"),
            layers.Dropout(0.5),
            layers.Dense(CLASSES),
        ]
    )


def call(path, kill=None, model=None, **more):
    """One cell of a notebook. `kill`: an epoch."""
    model = model or net()
    settings = {"epochs": 4, "batch_size": 16, "seed": 3} | more
    callbacks = [*settings.pop("callbacks", ()), Never(99) if kill is None else Kill(kill)]
    return train(model, squares(), checkpoint=path, callbacks=callbacks, **settings), model


def same(one, other):
    (run, model), (again, model_again) = one, other
    assert again.history == run.history
    assert again.stopped == run.stopped
    for there, here in zip(model.variables, model_again.variables, strict=True):  # the generators, too
        np.testing.assert_array_equal(there, here)
    for there, here in zip(model.optimizer.variables, model_again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(there, here)


# A training that goes on equals one that was never interrupted


OPTIONS = {
    "schedule": {"learning_rate": keras.optimizers.schedules.CosineDecay(0.01, 12), "optimizer": "momentum"},
    "augment": {"augment": lambda: [layers.RandomFlip(), layers.RandomTranslation(0.2, 0.2)]},
    "average": {"optimizer": keras.optimizers.AdamW(0.01, use_ema=True), "label_smoothing": 0.1},
}


def options(name):
    return {key: value() if key == "augment" else value for key, value in OPTIONS[name].items()}


def goes_on(path, name):
    with pytest.raises(Killed):
        call(path, kill=2, **options(name))
    resumed = call(
        path, model=net(seed=7), **options(name)
    )  # other weights at first: those of the file count
    whole = call(None, **options(name))
    same(whole, resumed)
    assert len(resumed[0].history["loss"]) == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_it_goes_on_as_if_nothing_had_happened(path, name):
    goes_on(path, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_it_goes_on_in_graphs_as_students_run_them(path, name):
    goes_on(path, name)


@pytest.mark.slow
def test_only_the_missing_epochs_are_run(path):
    began = []
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: began.append(epoch))
    for kill in (1, 3, None):
        with pytest.raises(Killed) if kill else pytest.MonkeyPatch.context():
            call(path, kill, callbacks=[note])
    assert began == [0, 1, 1, 2, 3, 3]


@pytest.mark.slow
def test_killed_in_the_first_epoch_it_begins_anew(path):
    with pytest.raises(Killed):
        call(path, kill=0)
    same(call(None), call(path))


@pytest.mark.slow
def test_a_training_with_a_checkpoint_is_the_one_without(path):
    same(call(None), call(path))


@pytest.mark.slow
def test_what_callbacks_remember(path):
    def callbacks():
        return [
            keras.callbacks.ReduceLROnPlateau(monitor="loss", min_delta=100, patience=2, factor=0.5),
            keras.callbacks.EarlyStopping(
                monitor="val_loss", min_delta=100, patience=4, restore_best_weights=True
            ),
        ]

    with pytest.raises(Killed):
        call(path, kill=2, epochs=9, callbacks=callbacks())
    resumed = call(path, epochs=9, callbacks=callbacks())
    same(call(None, epochs=9, callbacks=callbacks()), resumed)
    assert resumed[0].stopped == "early"
    assert resumed[0].epochs_run == 5  # the best was the first; patience of four, two of them before the end


@pytest.mark.slow
def test_what_callbacks_draw(path):
    def drawing():
        drawn = []
        begin = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda *_: drawn.append((np.random.rand(), random.random()))
        )
        return drawn, [begin]

    whole, callbacks = drawing()
    call(path, callbacks=callbacks)
    first, callbacks = drawing()
    with pytest.raises(Killed):
        call(path, kill=2, callbacks=callbacks)
    second, callbacks = drawing()
    call(path, callbacks=callbacks)
    assert first == whole[:3]
    assert second == whole[2:]
    assert len(set(whole)) == 4


class EndsBadly(keras.callbacks.Callback):
    bad = True

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == 1

    def on_train_end(self, logs=None):
        if self.bad:
            raise Killed


@pytest.mark.slow
def test_a_training_that_had_stopped_does_not_begin_again(path, monkeypatch):
    with pytest.raises(Killed):
        call(path, callbacks=[EndsBadly()])
    monkeypatch.setattr(EndsBadly, "bad", False)
    resumed = call(path, callbacks=[EndsBadly()])
    assert (resumed[0].stopped, resumed[0].epochs_run) == ("early", 2)
    same(call(None, callbacks=[EndsBadly()]), resumed)


@pytest.mark.slow
def test_cached_features_go_on_too(path):
    def frozen(seed):
        model = net(seed)
        for layer in model.layers[:2]:
            layer.trainable = False
        return model

    with pytest.raises(ValueError, match="the callback Kill would see the head"):
        call(path, cache_features=True)
    settings = {"epochs": 4, "batch_size": 16, "cache_features": True, "checkpoint": path}
    wait = keras.callbacks.EarlyStopping(monitor="loss", patience=9)
    data, model = squares(), frozen(0)
    whole = train(model, data, callbacks=[wait], **settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            keras.callbacks.EarlyStopping, "on_epoch_begin", lambda _, epoch, logs: kill_in(2, epoch)
        )
        with pytest.raises(Killed):
            train(frozen(0), data, callbacks=[wait], **settings)
    other = frozen(7)  # its frozen layers are others, and their features would be
    resumed = train(other, data, callbacks=[wait], **settings)
    assert resumed.hyperparameters["cached_features"] is True
    assert resumed.history == whole.history
    for there, here in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(there, here)


def kill_in(wanted, epoch):
    if epoch == wanted:
        raise Killed


# Time, the ledger, the end


@pytest.mark.slow
def test_seconds_are_those_of_all_sittings(path, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    tick = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: clock.append(clock.pop() + 100))
    for kill in (2, 3):
        with pytest.raises(Killed):
            call(path, kill=kill, callbacks=[tick])
        clock[0] += 5000  # the night
    run, _ = call(path, callbacks=[tick])
    assert run.seconds == 400
    assert run.seconds_per_epoch == 100


@pytest.mark.slow
def test_after_the_end_the_file_is_gone_and_the_same_call_trains_anew(path):
    run, _ = call(path)
    assert list(path.parent.iterdir()) == []
    again, _ = call(path)
    assert again.epochs_run == 4
    assert again.history == run.history


@pytest.mark.slow
def test_an_interrupted_run_is_given_back_and_goes_on(path):
    run, model = call(path, callbacks=[Kill(2, error=KeyboardInterrupt)])
    assert (run.stopped, run.epochs_run) == ("interrupted", 2)
    assert path.exists()
    resumed = call(
        path, model=model, callbacks=[Kill(99)]
    )  # the cell again: the model has its trained weights
    same(call(None, callbacks=[Kill(99)]), resumed)
    assert not path.exists()


def test_nan_is_an_end(path):
    run, _ = call(path, learning_rate=1e30, optimizer="sgd")
    assert run.stopped == "nan"
    assert not path.exists()


@pytest.mark.slow
def test_killed_behind_the_training_and_before_the_ledger(path, tmp_path, monkeypatch):
    ledger = Ledger(tmp_path / "runs.jsonl")
    add = Ledger.add
    monkeypatch.setattr(Ledger, "add", lambda *_, **__: kill_in(0, 0))
    with pytest.raises(Killed):
        call(path, ledger=ledger)
    monkeypatch.setattr(Ledger, "add", add)
    run, model = call(path, model=net(seed=7), ledger=ledger)
    same(call(None), (run, model))
    assert [kept.history for kept in ledger] == [run.history]
    assert ledger.runs()[0].val["accuracy"] == pytest.approx(
        model.evaluate(squares().x_val, squares().y_val, verbose=0)[1]
    )


# What is refused, before the training, and left as it is


@pytest.fixture
def left(path):
    with pytest.raises(Killed):
        call(path, kill=2)
    return path.read_bytes()


def other_images():
    data = squares()
    return replace(data, x_train=data.x_train[::-1].copy())


CHANGES = {
    "epochs": ({"epochs": 5}, r"epochs 4 there, 5 here"),
    "batch": ({"batch_size": 8}, r"batch_size 16 there, 8 here"),
    "rate": ({"learning_rate": 0.01}, r"learning_rate 0\.001 there, 0\.01 here"),
    "optimizer": ({"optimizer": "sgd"}, r"optimizer 'Adam' there, 'SGD' here"),
    "its settings": (
        {"optimizer": keras.optimizers.Adam(0.001, beta_1=0.8)},
        "another setting of the optimizer",
    ),
    "seed": ({"seed": 4}, r"seed 3 there, 4 here"),
    "smoothing": ({"label_smoothing": 0.1}, r"label_smoothing 0\.0 there, 0\.1 here"),
    "augment": ({"augment": [layers.RandomFlip()]}, r"augmentation '' there, 'RandomFlip\(\)' here"),
    "callbacks": ({"callbacks": [keras.callbacks.TerminateOnNaN()]}, "another list of callbacks"),
    "units": ({"model": lambda: net(units=5)}, "another model"),
    "dropout": ({"model": lambda: with_rate(0.4)}, "another model"),
    "frozen": ({"model": lambda: with_frozen_convolution()}, "another model"),
}


def with_rate(rate):
    model = net()
    model.layers[4].rate = rate
    return model


def with_frozen_convolution():
    model = net()
    model.layers[0].trainable = False
    return model


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_the_checkpoint_of_another_training(path, left, change, no_fit):
    more, said = CHANGES[change]
    more = {key: value() if key == "model" else value for key, value in more.items()}
    with pytest.raises(
        FileExistsError, match=rf"toy\.checkpoint is the checkpoint of another training \({said}\): delete it"
    ) as caught:
        call(path, cache_features=False, **more)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == left


def test_other_images_under_the_same_name(path, left, no_fit):
    with pytest.raises(FileExistsError, match="another data set"):
        train(net(), other_images(), checkpoint=path, callbacks=[Never(99)], epochs=4, batch_size=16, seed=3)


@pytest.mark.slow
def test_names_that_keras_numbers_do_not_count(path, left):
    for _ in range(3):
        net()
    call(path, model=net())
    assert not path.exists()


@pytest.mark.parametrize("what", ["text", "arrays", "bytes"])
def test_a_file_that_is_something_else(path, what, no_fit):
    path.parent.mkdir()
    with path.open("wb") as file:
        if what == "arrays":
            np.savez(file, x_train=np.zeros(100), y_train=np.zeros(100))
        else:
            file.write({"text": b"my report, the fruit of a week", "bytes": b"\x89PNG" * 100}[what])
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"is there and is no checkpoint: choose another name"):
        call(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("given", [True, 3, "", ["a"]])
def test_what_is_no_path(given, no_fit):
    with pytest.raises(
        ValueError, match=r"checkpoint must be the path of a file, such as 'training\.checkpoint', not"
    ):
        call(given)


def test_a_folder(tmp_path, no_fit):
    with pytest.raises(ValueError, match=r"is a folder: name a file in it, such as .*training\.checkpoint"):
        call(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may write everywhere")
def test_a_folder_that_cannot_be_written_to(tmp_path, no_fit):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(OSError, match="choose a folder of yours"):
        call(closed / "toy.checkpoint")


def test_a_file_in_the_way_of_the_folder(tmp_path, no_fit):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="choose a folder of yours"):
        call(tmp_path / "file" / "toy.checkpoint")


# Torn files


@pytest.mark.slow
def test_a_torn_checkpoint_is_passed_over(path, left):
    path.write_bytes(left[: len(left) // 2])
    same(call(None), call(path))


def test_torn_anywhere_it_reads_as_none(path, left):
    for cut in [*range(60), *range(60, len(left), max(1, len(left) // 50)), len(left) - 1]:
        path.write_bytes(left[:cut])
        assert state.read(path) is None, cut
    path.write_bytes(left)
    assert state.read(path)["history"]["loss"]


def test_a_flipped_bit_is_seen(path, left):
    sound = json.dumps(state.read(path), default=lambda array: array.tolist())
    for position in range(100, len(left), len(left) // 60):
        path.write_bytes(left[:position] + bytes([left[position] ^ 4]) + left[position + 1 :])
        found = state.read(path)
        # Where it is neither seen nor in the way: a date, or a name that the archive holds twice.
        assert found is None or json.dumps(found, default=lambda array: array.tolist()) == sound


@pytest.mark.slow
def test_what_a_writer_left_that_was_killed_is_removed(path):
    path.parent.mkdir()
    leftover, other = path.with_name(".toy.4711.checkpoint"), path.with_name(".toys.4711.checkpoint")
    leftover.write_bytes(b"half of it")
    other.write_bytes(b"someone else's")
    call(path)
    assert list(path.parent.iterdir()) == [other]


# A process that is killed


CELL = """
    import os, signal, sys
    import keras, numpy as np
    from labkit import train
    from tests.test_checkpoint import net, squares
    from keras import layers

    path, fatal, where, out = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    count = [0]

    def one_more(*_, **__):
        count[0] += 1
        if count[0] == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    if where == "writing":
        sync = os.fsync
        os.fsync = lambda number: (one_more(), sync(number))
    hook = {"batch": "on_train_batch_end", "validation": "on_test_begin", "writing": "on_train_begin"}[where]
    at = keras.callbacks.LambdaCallback()
    if where != "writing":
        setattr(at, hook, one_more)
    stop = keras.callbacks.EarlyStopping(patience=3, monitor="val_accuracy", min_delta=1, restore_best_weights=True)
    model = net()
    run = train(
        model, squares(), epochs=6, batch_size=4, augment=[layers.RandomFlip()], callbacks=[stop, at],
        checkpoint=path or None, optimizer=keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(0.01, 50)),
    )
    state = [*model.weights, *model.optimizer.variables]
    np.savez(out, *[np.asarray(keras.ops.convert_to_numpy(v)) for v in state], history=np.array(list(run.history.values())))
"""


def sitting(path, fatal, where, out):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LABKIT_PROGRESS": "0"}
    command = [sys.executable, "-c", textwrap.dedent(CELL), str(path), str(fatal), where, str(out)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
def test_a_process_killed_at_any_moment_goes_on(path, tmp_path):
    done = sitting("", 0, "batch", tmp_path / "whole.npz")
    assert done.returncode == 0, done.stderr[-2000:]
    moments = [
        (random.randint(10, 20), "batch"),
        (2, "writing"),
        (random.randint(1, 8), "batch"),
        (1, "validation"),
    ]
    for fatal, where in moments:
        killed = sitting(path, fatal, where, tmp_path / "resumed.npz")
        assert killed.returncode == -signal.SIGKILL, (moments, killed.stderr[-2000:])
    done = sitting(path, 0, "batch", tmp_path / "resumed.npz")
    assert done.returncode == 0, (moments, done.stderr[-2000:])
    with np.load(tmp_path / "whole.npz") as whole, np.load(tmp_path / "resumed.npz") as resumed:
        assert whole["history"].shape == (4, 4)  # patience of three
        for name in whole:
            np.testing.assert_array_equal(resumed[name], whole[name], err_msg=f"{name} {moments}")
    assert list(path.parent.iterdir()) == []

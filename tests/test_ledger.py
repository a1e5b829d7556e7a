import itertools
import json
import math
import multiprocessing
import os
from pathlib import Path

import keras
import numpy as np
import pytest
from filelock import FileLock

from labkit import train
from labkit.experiments import Ledger
from labkit.experiments import ledger as ledgers
from labkit.training import Run, fitting
from tests.ledger_writer import write
from tests.tiny_runs import build, cross_entropy, made_up, squares


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "runs.jsonl")


@pytest.fixture
def no_fit(monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("training began"))


def names(ledger):
    return [run.name for run in ledger.runs()]


# What comes back


def test_runs_come_back_as_they_were(ledger):
    runs = [made_up("first"), made_up("second", 0.7, augmentation="RandomFlip(horizontal)")]
    for run in runs:
        ledger.add(run)
    assert Ledger(ledger.path).runs() == runs == list(ledger)
    assert (len(ledger), repr(ledger)) == (2, f"Ledger {ledger.path}: 2 runs")


def test_a_ledger_begins_with_its_first_run(tmp_path):
    ledger = Ledger(tmp_path / "deep" / "er" / "runs.jsonl")
    assert (ledger.runs(), len(ledger), ledger.path.exists()) == ([], 0, False)
    ledger.add(made_up("first"))
    assert names(ledger) == ["first"]


def test_training_again_replaces_the_run_that_is_shown_and_keeps_the_line(ledger):
    for name, val in (("first", 0.5), ("second", 0.6), ("first", 0.7)):
        ledger.add(made_up(name, val))
    assert [(run.name, run.val["accuracy"]) for run in ledger] == [("first", 0.7), ("second", 0.6)]
    assert [run.val["accuracy"] for run in ledger.runs(every=True)] == [0.5, 0.6, 0.7]


def test_the_same_name_on_other_data_is_another_run(ledger):
    other = made_up("first", 0.9)
    other.data["name"] = "mnist"
    for run in (made_up("first"), other):
        ledger.add(run)
    assert [run.data["name"] for run in ledger] == ["cifar10", "mnist"]


def test_a_line_is_plain_json_that_says_what_became_of_the_run(ledger):
    ledger.add(made_up("lost", failed="nan"), experiment="abc")
    (line,) = ledger.path.read_text(encoding="utf-8").splitlines()
    row = json.loads(line)
    assert (row["name"], row["experiment"], row["diagnosis"]) == ("lost", "abc", "diverged")
    assert row["time"].endswith("+00:00")


def test_nan_infinity_and_numpys_numbers_survive(ledger):
    run = made_up("odd", learning_rate=np.float32(0.5), filters=np.array([1, 2]))
    run.history = {"loss": [1.0, math.nan], "val_loss": [math.inf, -math.inf]}
    ledger.add(run)
    (read,) = ledger
    assert read.history["loss"][0] == 1.0
    assert math.isnan(read.history["loss"][1])
    assert read.history["val_loss"] == [math.inf, -math.inf]
    assert (read.hyperparameters["learning_rate"], read.hyperparameters["filters"]) == (0.5, [1, 2])


def test_names_in_any_script_survive(ledger):
    ledger.add(made_up("réseau n° 1\n→ „x“\u2028\x85"))
    ledger.add(made_up("second"))
    assert names(ledger) == ["réseau n° 1\n→ „x“\u2028\x85", "second"]


def test_rows_of_a_later_version_are_read(ledger):
    ledger.add(made_up("first"))
    row = json.loads(ledger.path.read_text())
    later = row | {"name": "later", "energy_kwh": 0.1, "format": {"version": 7}}
    with ledger.path.open("a") as file:
        file.write(json.dumps(later) + "\n")
    assert ledger.runs()[1] == made_up("later")


def test_lines_that_hold_no_run_are_passed_over(ledger):
    ledger.add(made_up("first"))
    with ledger.path.open("ab") as file:
        file.write(
            b'\n{"a": 1}\n[1, 2]\nnull\n\xff\xfe\n{"name": "x", "history": 3, "hyperparameters": {}}\n'
        )
    ledger.add(made_up("second"))
    assert names(Ledger(ledger.path)) == ["first", "second"]


def test_interrupted_experiments_are_not_finished(ledger):
    stopped = made_up("a")
    stopped.stopped = "interrupted"
    ledger.add(stopped, experiment="1")
    ledger.add(made_up("b", failed="nan"), experiment="2")
    ledger.add(made_up("c", failed="error"), experiment="3")
    ledger.add(made_up("d"))
    assert {key: run.name for key, run in ledger.finished().items()} == {"2": "b", "3": "c"}
    ledger.add(made_up("a"), experiment="1")
    assert set(ledger.finished()) == {"1", "2", "3"}


# Crashes and other writers


def test_a_file_cut_anywhere_loses_its_last_line_only(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # what a disk does is not asked here
    whole = Ledger(tmp_path / "whole.jsonl")
    for name in ("first", "second"):
        whole.add(Run(name=name, history={"loss": [2.0]}))
    content = whole.path.read_bytes()
    first = content.index(b"\n")
    path = tmp_path / "cut.jsonl"
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        # A line is whole as soon as its last bracket is there.
        left = ["first"] * (cut >= first) + ["second"] * (cut >= len(content) - 1)
        ledger = Ledger(path)
        assert names(ledger) == left, cut
        ledger.add(Run(name="third", history={"loss": [1.0]}))
        assert names(ledger) == [*left, "third"], cut
        assert path.read_bytes().startswith(content[:cut])
        assert [line for line in path.read_bytes().splitlines() if not line] == []


@pytest.mark.slow
def test_two_processes_that_write_at_once_lose_and_tear_nothing(tmp_path):
    path, count = tmp_path / "runs.jsonl", 200
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(2)
    writers = [spawn.Process(target=write, args=(path, name, count, ready)) for name in "AB"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    rows = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    written = [row["name"] for row in rows]
    for name in "AB":  # each in its order
        assert [row for row in written if row[0] == name] == [f"{name} {n}" for n in range(count)]
    assert len(rows) == 2 * count
    swaps = sum(a[0] != b[0] for a, b in itertools.pairwise(written))
    assert swaps > 5, "they did not write at the same time"


def test_a_ledger_that_another_program_holds_is_one_line(ledger, monkeypatch):
    monkeypatch.setattr(ledgers, "PATIENCE", 0.1)
    ledger.add(made_up("first"))
    before = ledger.path.read_bytes()
    with (
        FileLock(ledger.path.with_name(".runs.jsonl.lock")),
        pytest.raises(OSError, match="another") as caught,
    ):
        ledger.add(made_up("second"))
    assert "\n" not in str(caught.value)
    assert ledger.path.read_bytes() == before
    ledger.add(made_up("second"))
    assert names(ledger) == ["first", "second"]


# Files that are no ledgers, folders that cannot be written


@pytest.mark.parametrize(
    "content",
    [
        b"name,accuracy\nfirst,0.5\n",
        b'{"a": 1}\n',
        b"[]",
        b"{\n",
        json.dumps({"name": "x", "history": {}, "hyperparameters": {}}, indent=1).encode(),
        b"\x89HDF\r\n\x1a\n" + bytes(200),
    ],
)
def test_a_foreign_file_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "foreign.jsonl"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"foreign\.jsonl is no ledger of runs: choose another name"
    ) as caught:
        Ledger(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_ledger(tmp_path):
    with pytest.raises(ValueError, match="name a file in it"):
        Ledger(tmp_path)


def read_only(monkeypatch):
    """As root the tests may write everywhere, so chmod would not do."""

    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)


def test_a_folder_that_cannot_be_written_is_one_line(ledger, monkeypatch):
    ledger.add(made_up("first"))
    before = ledger.path.read_bytes()
    with monkeypatch.context() as patched:
        read_only(patched)
        for attempt in (lambda: ledger.add(made_up("second")), ledger.ready):
            with pytest.raises(
                OSError, match=r"cannot write to .*runs\.jsonl \(Permission denied\)"
            ) as caught:
                attempt()
            assert "\n" not in str(caught.value)
    assert ledger.path.read_bytes() == before


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("mine")
    ledger = Ledger(tmp_path / "file" / "runs.jsonl")
    assert ledger.runs() == []
    with pytest.raises(OSError, match="cannot write to") as caught:
        ledger.add(made_up("first"))
    assert "\n" not in str(caught.value)


# Training with a ledger


@pytest.mark.usefixtures("no_fit")
def test_a_ledger_that_cannot_be_written_is_told_before_the_training(ledger, monkeypatch):
    read_only(monkeypatch)
    with pytest.raises(OSError, match="cannot write to"):
        train(build(), squares(), epochs=1, ledger=ledger)


@pytest.mark.usefixtures("no_fit")
def test_the_name_of_a_file_is_no_ledger(tmp_path):
    with pytest.raises(ValueError, match=r"ledger=experiments\.Ledger\('runs\.jsonl'\)"):
        train(build(), squares(), epochs=1, ledger="runs.jsonl")


def eager(monkeypatch):
    compiled = keras.Model.compile
    monkeypatch.setattr(keras.Model, "compile", lambda *a, **k: compiled(*a, **k, run_eagerly=True))


def test_a_training_adds_its_row_with_the_scores_of_the_trained_net(ledger, monkeypatch):
    eager(monkeypatch)
    monkeypatch.setattr(fitting, "SCORED", 12)
    model, data = build(), squares()
    run = train(model, data, epochs=2, name="first", ledger=ledger)
    assert ledger.runs() == [run]
    few = data.subset(12)
    for split, x, y in (
        ("train", few.x_train, few.y_train),
        ("val", data.x_val, data.y_val),
        ("test", data.x_test, data.y_test),
    ):
        logits = keras.ops.convert_to_numpy(model(x, training=False))
        scores = getattr(run, split)
        assert scores["accuracy"] == np.mean(logits.argmax(1) == y)
        assert scores["loss"] == pytest.approx(cross_entropy(logits, np.eye(3)[y]), rel=1e-5)


def test_without_validation_and_test_there_are_no_such_scores(ledger, monkeypatch):
    eager(monkeypatch)
    run = train(build(), squares(n_val=0, n_test=0), epochs=1, ledger=ledger)
    assert set(run.train) == {"accuracy", "loss"}
    assert (run.val, run.test) == ({}, {})
    assert math.isnan(run.gap)
    assert len(ledger) == 1


def test_a_run_that_ends_in_nan_has_a_row_and_no_scores(ledger, monkeypatch):
    eager(monkeypatch)
    net = build()
    net.layers[-1].bias.assign(
        [np.inf] * net.output_shape[-1]
    )  # a huge learning rate may end with dead units instead
    run = train(net, squares(), epochs=3, batch_size=6, ledger=ledger)
    assert (run.stopped, run.train, run.val, run.test) == ("nan", {}, {}, {})
    assert [row["diagnosis"] for row in ledger.rows()] == ["diverged"]


class Interrupt(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def test_an_interrupted_training_has_a_row_if_an_epoch_was_finished(ledger, monkeypatch):
    eager(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(build(), squares(), epochs=3, name="none", callbacks=[Interrupt(0)], ledger=ledger)
    assert ledger.runs() == []
    train(build(), squares(), epochs=3, name="one", callbacks=[Interrupt(1)], ledger=ledger)
    (run,) = ledger
    assert (run.name, run.stopped, run.epochs_run) == ("one", "interrupted", 1)

import json
import math
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from functools import partial

import keras
import numpy as np
import pytest
from keras import layers

from labkit import train
from labkit.experiments import Ledger, best, compare, plot_compare, plot_cost, sweep, sweeping
from labkit.experiments.identity import experiment, plain, short
from labkit.experiments.points import grid, studied
from labkit.training import Run
from tests.conftest import ROOT
from tests.tiny_runs import build, made_up, squares

FLIP = layers.RandomFlip


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    """Tracing a graph would cost more than the training."""
    compiled = keras.Model.compile
    monkeypatch.setattr(keras.Model, "compile", lambda *a, **k: compiled(*a, **k, run_eagerly=True))


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "runs.jsonl")


@pytest.fixture
def trained(monkeypatch):
    """One item for each training that begins."""
    begun, fit = [], keras.Model.fit

    def counted(*args, **kwargs):
        begun.append(kwargs["epochs"])
        return fit(*args, **kwargs)

    monkeypatch.setattr(keras.Model, "fit", counted)
    return begun


@pytest.fixture
def untrained(monkeypatch):
    """The names of the runs, none of which is really trained."""
    begun = []

    def pretended(model, dataset, *, name, **chosen):
        begun.append(name)
        return made_up(name)

    monkeypatch.setattr(sweeping, "train", pretended)
    monkeypatch.setattr(sweeping, "measure", lambda run, *_: run)
    return begun


def tiny_sweep(ledger, space=None, **more):
    settings = {"epochs": 1, "batch_size": 36, "name": "net"} | more
    return sweep(build, squares(n_test=0), space or {"learning_rate": [0.1, 0.01]}, ledger=ledger, **settings)


def essence(run):
    """What must be the same whenever and wherever a run was trained."""
    kept = asdict(run)
    return {key: kept[key] for key in kept if key not in ("seconds", "device", "versions")}


def names(runs):
    return [run.name for run in runs]


# The grid


@pytest.mark.slow
def test_every_combination_is_trained_once(ledger, trained):
    runs = tiny_sweep(ledger, {"learning_rate": [0.1, 0.01], "units": [2, 3]})
    assert names(runs) == [
        f"net learning_rate={rate} units={units}" for rate in (0.1, 0.01) for units in (2, 3)
    ]
    assert len(trained) == 4
    assert ledger.runs() == runs
    chosen = [(run.hyperparameters["learning_rate"], run.hyperparameters["units"]) for run in runs]
    assert chosen == [(0.1, 2), (0.1, 3), (0.01, 2), (0.01, 3)]
    # Conv2D(1, 1) has 2 parameters, the flattened image 36 numbers.
    assert [run.parameters for run in runs] == [2 + 37 * u + 3 * (u + 1) for u in (2, 3, 2, 3)]
    assert {run.model for run in runs} == {"build"}
    assert all(run.val and run.train for run in runs)


@pytest.mark.slow
def test_a_run_of_a_sweep_is_that_of_train(ledger):
    (run,) = tiny_sweep(ledger, {"units": [3]}, learning_rate=0.1, epochs=2, seed=5, label_smoothing=0.1)
    keras.utils.set_random_seed(5)
    alone = train(
        build(units=3),
        squares(n_test=0),
        epochs=2,
        batch_size=36,
        learning_rate=0.1,
        seed=5,
        label_smoothing=0.1,
    )
    assert run.history == alone.history
    assert run.hyperparameters == alone.hyperparameters | {"units": 3}


@pytest.mark.usefixtures("untrained")
def test_names_are_the_builders_where_none_is_given(ledger):
    data, fixed = squares(), {"ledger": ledger, "epochs": 1}
    assert names(sweep(build, data, {"units": [2]}, **fixed)) == ["build units=2"]
    assert names(sweep(partial(build, kernel=2), data, {"units": [2]}, **fixed)) == ["build units=2"]
    assert names(sweep(lambda units: build(units), data, {"units": [2]}, **fixed)) == ["net units=2"]
    assert len({row["experiment"] for row in ledger.rows()}) == 3


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0001, "0.0001"),
        (np.float32(0.01), "0.01"),
        ([32, 64], "32+64"),
        ([], "none"),
        ("adam", "adam"),
        (True, "True"),
        (keras.activations.relu, "relu"),
        ([FLIP("horizontal"), layers.RandomTranslation(0.1, 0.1)], "RandomFlip(horizontal)+RandomTranslation(0.1, 0.1)"),
        (keras.optimizers.SGD(0.1, momentum=0.9), "SGD (momentum 0.9) at 0.1"),
        (keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), "ExponentialDecay(0.1, 10, 0.9)"),
    ],
)  # fmt: skip
def test_a_setting_in_a_name_says_which_it_is(value, said):
    assert short(value) == said


def test_settings_that_are_objects_have_runs_of_their_own(ledger, untrained):
    space = {
        "optimizer": [keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.01)],
        "augment": [None, FLIP("horizontal"), [FLIP("vertical")]],
    }
    runs = tiny_sweep(ledger, space)
    assert len(set(names(runs))) == len(ledger) == 6
    assert tiny_sweep(ledger, space) == runs
    assert len(untrained) == 6


@pytest.mark.parametrize(
    ("space", "more", "message"),
    [
        ({}, {}, "something to try"),
        ({"learning_rate": 0.1}, {}, r"learning_rate needs a list of values .* not 0\.1"),
        ({"learning_rate": []}, {}, "learning_rate needs a list"),
        ({"learning_rate": "0.1"}, {}, "learning_rate needs a list"),
        ({"units": [2]}, {"units": 3}, "units is in the space and fixed"),
        (
            {"learning_rat": [0.1]},
            {},
            r"neither train\(\) nor build\(\) knows 'learning_rat': .* units, kernel",
        ),
        ({"units": [2]}, {"epoch": 3}, "knows 'epoch'"),
        ({"units": [2]}, {"epochs": None}, ""),
        ({"units": [2]}, {"trials": 0}, "trials must be a whole number"),
        ({"units": [2]}, {"trials": 2.5}, "trials must be a whole number"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_one_line(ledger, trained, space, more, message):
    settings = {"epochs": 1} | more
    if settings["epochs"] is None:
        del settings["epochs"]
        message = "a sweep needs epochs"
    with pytest.raises(ValueError, match=message) as caught:
        sweep(build, squares(), space, ledger=ledger, **settings)
    assert "\n" not in str(caught.value)
    assert not trained
    assert len(ledger) == 0


def test_a_ledger_that_cannot_be_written_is_told_at_once(tmp_path, trained):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="cannot write to"):
        tiny_sweep(Ledger(tmp_path / "file" / "runs.jsonl"))
    assert not trained


# Going on


def test_finished_runs_are_read_and_not_run_again(ledger, untrained):
    first = tiny_sweep(ledger)
    before = ledger.path.read_bytes()
    assert tiny_sweep(Ledger(ledger.path)) == first
    assert ledger.path.read_bytes() == before
    wider = tiny_sweep(ledger, {"learning_rate": [0.1, 0.05, 0.01]})
    assert [wider[0], wider[2]] == first
    assert len(untrained) == 3


@pytest.mark.slow
def test_callbacks_that_have_been_used_are_the_same(ledger, trained):
    stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=0.001, patience=1)
    for _ in range(2):
        tiny_sweep(ledger, {"learning_rate": [0.1]}, epochs=3, callbacks=[stop])
    assert len(trained) == 1


@pytest.mark.slow
def test_a_sweep_does_not_depend_on_what_was_run_before(ledger, tmp_path):
    alone = tiny_sweep(ledger)
    other = Ledger(tmp_path / "other.jsonl")
    late = tiny_sweep(other, {"learning_rate": [0.01]})
    both = tiny_sweep(other)
    assert [essence(run) for run in both] == [essence(run) for run in alone]
    assert both[1] == late[0]


CHANGES = {
    "epochs": {"epochs": 2},
    "seed": {"seed": 1},
    "builder": {"units": 5},
    "label smoothing": {"label_smoothing": 0.1},
    "augmentation": {"augment": FLIP("horizontal")},
    "another augmentation": {"augment": FLIP("vertical")},
    "callback": {"callbacks": [keras.callbacks.EarlyStopping(patience=1)]},
    "patience": {"callbacks": [keras.callbacks.EarlyStopping(patience=2)]},
}


def test_what_changes_a_training_makes_it_another(ledger, untrained):
    space = {"learning_rate": [0.1]}
    tiny_sweep(ledger, space)
    for number, change in enumerate(CHANGES.values(), 1):
        tiny_sweep(ledger, space, **change)
        assert len(untrained) == 1 + number, change
    for change in CHANGES.values():
        tiny_sweep(ledger, space, **change)  # all of them are there
    assert len(untrained) == 1 + len(CHANGES)


def test_other_images_make_it_another():
    data = squares()
    labels = data.y_train.copy()
    labels[0] = (labels[0] + 1) % 3
    others = {
        "fewer": squares(n=33),
        "darker": replace(data, x_train=data.x_train / 2),
        "another label": replace(data, y_train=labels),
        "another split": replace(data, seed=1),
        "bytes": replace(data, x_train=(data.x_train * 255).astype(np.uint8)),
        "another name": replace(data, name="circles"),
    }
    codes = {name: experiment("x", build(), other, {}) for name, other in others.items()}
    assert len({experiment("x", build(), data, {}), *codes.values()}) == 1 + len(others)
    assert experiment("x", build(), squares(), {}) == experiment("x", build(), data, {})


def test_the_net_is_known_layer_by_layer_and_not_by_its_names():
    def net(*stack, side=6):
        return keras.Sequential([keras.Input((side, side, 1)), *stack, layers.Flatten(), layers.Dense(3)])

    codes = [
        experiment("x", net(*stack), squares(), {})
        for stack in (
            [], [layers.Dropout(0.1)], [layers.Dropout(0.2)], [layers.Conv2D(2, 3)], [layers.Conv2D(2, 3, padding="same")],
            [layers.Conv2D(2, 3, activation="relu")], [keras.Sequential([layers.Conv2D(2, 3), layers.ReLU()])],
            [keras.Sequential([layers.Conv2D(2, 3), layers.Dropout(0.1)])], [layers.Lambda(lambda x: x)],
        )
    ]  # fmt: skip
    assert len(set(codes)) == len(codes)
    renamed = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Dropout(0.1, name="d"), layers.Flatten(), layers.Dense(3)]
    )
    assert experiment("x", renamed, squares(), {}) == codes[1]


class Halve:
    def __init__(self, factor=2):
        self.factor = factor


def test_nothing_that_changes_with_the_session_is_in_a_setting():
    settings = [
        Halve(),
        Halve(3),
        lambda x: x,
        partial(build, kernel=2),
        FLIP("horizontal"),
        keras.callbacks.EarlyStopping(),
        object(),
    ]
    said = json.dumps(plain(settings))
    assert " at 0x" not in said
    assert "random_flip" not in said
    assert plain(Halve()) != plain(Halve(3))


CODE = """
from keras import layers, callbacks
from labkit.experiments.identity import experiment
from tests.tiny_runs import build, squares
settings = {"augment": [layers.RandomFlip(), layers.RandomZoom(0.1)], "callbacks": [callbacks.EarlyStopping()], "f": print}
for _ in range(1 + extra):
    model = build()
print(experiment("x", model, squares(), settings))
"""


@pytest.mark.slow
def test_another_session_knows_an_experiment_again():
    """Though Keras numbers its layers anew and objects have other addresses."""
    codes = [
        subprocess.run(
            [sys.executable, "-c", f"extra = {extra}\n{CODE}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for extra in (0, 3)
    ]
    assert codes[0] == codes[1]


# Failures


@pytest.mark.slow
def test_failed_combinations_are_kept_and_named_and_not_tried_again(ledger, trained):
    space = {"learning_rate": [0.05, 1e-12, 1e30], "kernel": [1, 9]}
    fixed = {"optimizer": "momentum", "batch_size": 6, "epochs": 3, "units": 8}
    runs = tiny_sweep(ledger, space, **fixed)
    begun = len(trained)
    assert begun == 3
    table = compare(ledger)
    assert list(table.index) == names(runs)
    assert table["diagnosis"].to_list() == ["learning", "error", "at chance", "error", "diverged", "error"]
    assert table["model"].unique().tolist() == ["build"]
    again = tiny_sweep(ledger, space, **fixed)
    assert len(trained) == begun
    assert [essence(run) | {"history": 0} for run in again] == [essence(run) | {"history": 0} for run in runs]
    assert len(ledger.path.read_bytes().splitlines()) == 6
    assert best(ledger).run.name == "net learning_rate=0.05 kernel=1"
    assert len(plot_cost(ledger, by="val").texts) == 2
    # Its line has the run that learnt and the two that failed; the impossible net one of its own.
    ax = plot_compare(ledger, "val", by="learning_rate")
    assert [line.get_label() for line in ax.lines] == ["kernel 1", "kernel 9"]


def test_an_impossible_net_has_one_line_and_all_its_hyperparameters(ledger):
    good, bad = tiny_sweep(ledger, {"kernel": [1, 9]}, augment=FLIP("horizontal"), optimizer="momentum")
    assert (bad.stopped, bad.epochs_run, bad.parameters) == ("error", 0, 0)
    assert bad.hyperparameters == good.hyperparameters | {"kernel": 9}
    assert bad.data == good.data
    assert "(None, 6, 6, 1)" in bad.error
    assert "\n" not in bad.error
    assert len(bad.error) <= 200


def test_an_error_with_colours_and_many_lines_is_one_line(ledger):
    def broken(units):
        raise ValueError("\x1b[1mExpected\x1b[0m\n\n  more " + "x" * 500)

    (run,) = sweep(broken, squares(), {"units": [1]}, ledger=ledger, epochs=1)
    assert run.error.startswith("Expected more xxx")
    assert len(run.error) == 200


def test_a_net_that_does_not_fit_the_data_is_a_failure_too(ledger):
    def two_classes(units):
        return keras.Sequential([keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(units)])

    runs = sweep(two_classes, squares(), {"units": [2, 3]}, ledger=ledger, epochs=1)
    assert [run.stopped for run in runs] == ["error", ""]
    assert "end the model with keras.layers.Dense(3)" in runs[0].error


@pytest.mark.slow
def test_settings_that_make_no_sense_are_failures_too(ledger):
    runs = tiny_sweep(ledger, {"optimizer": ["adamm", "adam"]})
    assert [run.stopped for run in runs] == ["error", ""]
    assert runs[0].hyperparameters["optimizer"] == "adamm"
    (run,) = tiny_sweep(ledger, {"augment": ["flip"]})
    assert (run.stopped, run.hyperparameters["augmentation"]) == ("error", "flip")


def test_a_mistake_in_the_builder_comes_out(ledger):
    def wrong(units):
        return undefined_name  # noqa: F821

    with pytest.raises(NameError):
        sweep(wrong, squares(), {"units": [1]}, ledger=ledger, epochs=1)
    assert len(ledger) == 0


# Ctrl-C


class CtrlC(keras.callbacks.Callback):
    """A real SIGINT at the beginning of an epoch, counted over all trainings; `when` is set from outside."""

    when = seen = 0

    def on_epoch_begin(self, epoch, logs=None):
        CtrlC.seen += 1
        if CtrlC.seen == CtrlC.when:
            signal.raise_signal(signal.SIGINT)


def interrupted(ledger, when, **more):
    CtrlC.when, CtrlC.seen = when, 0
    return tiny_sweep(ledger, epochs=2, callbacks=[CtrlC()], **more)


@pytest.mark.slow
def test_ctrl_c_keeps_the_row_and_comes_out_and_the_next_call_finishes(ledger, tmp_path):
    alone = interrupted(Ledger(tmp_path / "alone.jsonl"), when=0)
    with pytest.raises(KeyboardInterrupt, match=r"interrupted in net learning_rate=0\.01: call it again"):
        interrupted(ledger, when=4)  # the second epoch of the second run
    assert [(run.name, run.stopped, run.epochs_run) for run in ledger] == [
        ("net learning_rate=0.1", "", 2),
        ("net learning_rate=0.01", "interrupted", 1),
    ]
    runs = interrupted(ledger, when=0)
    assert [essence(run) for run in runs] == [essence(run) for run in alone]
    assert ledger.runs() == runs
    assert [run.stopped for run in ledger.runs(every=True)] == ["", "interrupted", ""]


@pytest.mark.slow
def test_ctrl_c_in_a_first_epoch_leaves_no_row(ledger):
    with pytest.raises(KeyboardInterrupt):
        interrupted(ledger, when=3)
    assert names(ledger) == ["net learning_rate=0.1"]
    assert len(interrupted(ledger, when=0)) == len(ledger) == 2


# Kills

SWEEP = """
import sys
import keras
from functools import partialmethod
keras.Model.compile = partialmethod(keras.Model.compile, run_eagerly=True)
from labkit.experiments import Ledger, sweep
from tests.tiny_runs import build, squares
space = {"learning_rate": [0.1, 1e30, 0.03, 0.01, 0.003], "kernel": [1, 9, 2]}
data = squares()
path = input()
print("begun", flush=True)
runs = sweep(build, data, space, ledger=Ledger(path), epochs=3, batch_size=6, optimizer="sgd",
             augment=keras.layers.RandomFlip("horizontal"))
print(len(runs))
"""


def session():
    """A process that sweeps as soon as it is told where its ledger is; its imports take a while."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", SWEEP], cwd=ROOT, text=True, **pipes)


def lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_lines(path, count, process):
    end = time.monotonic() + 120
    while lines(path) < count and process.poll() is None:
        assert time.monotonic() < end, "the sweep does not go on"
        time.sleep(0.01)


def finished(path):
    return {run.name: essence(run) for run in Ledger(path).finished().values()}


@pytest.mark.slow
def test_a_sweep_that_was_killed_ends_as_one_left_alone(tmp_path):
    alone, path = tmp_path / "alone.jsonl", tmp_path / "killed.jsonl"
    process, waiting = session(), session()
    said, error = process.communicate(f"{alone}\n", timeout=120)
    assert said.endswith("15\n"), error
    seconds = np.mean([run.seconds for run in Ledger(alone)])
    chance, kills = random.Random(0), []
    for _ in range(5):
        process, waiting = waiting, session()
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "begun\n"
        # At least one kill in two lets a run be finished, so that there is something to find again.
        wait_for_lines(path, lines(path) + chance.choice([0, 1]), process)
        time.sleep(chance.random() * seconds)
        process.kill()
        process.communicate(timeout=60)
        kills.append(process.returncode == -signal.SIGKILL and lines(path))
    assert kills == sorted(kills)
    assert 0 < kills[-1] < 15, (
        f"nothing was done or nothing left to do: the moments are badly chosen, {kills}"
    )
    said, error = waiting.communicate(f"{path}\n", timeout=120)
    assert said.endswith("15\n"), error
    assert finished(path).keys() == finished(alone).keys()
    for name, run in finished(alone).items():
        np.testing.assert_equal(finished(path)[name], run)  # NaN is NaN
    rows = Ledger(path).rows()
    assert len({row["experiment"] for row in rows}) == len(rows) == len(Ledger(path)) == 15


# Studies


def test_the_grid_has_every_combination():
    space = {"a": [1, 2], "b": ("x",), "c": [None, 3.0]}
    assert list(grid(space)) == [{"a": a, "b": "x", "c": c} for a in (1, 2) for c in (None, 3.0)]


def study(trials, peak=0.01):
    """The points of a study whose scores are highest at a learning rate, and NaN above 0.3."""
    optuna = pytest.importorskip("optuna")
    space = {"rate": optuna.distributions.FloatDistribution(1e-4, 1, log=True), "filters": [[8], [8, 16]]}
    points, runs = [], []
    for point in studied(space, trials, 3, runs):
        points.append(point)
        val = 1 - 0.1 * abs(math.log10(point["rate"] / peak)) - 0.1 * len(point["filters"])
        runs.append(made_up("run", val, failed="nan" if point["rate"] > 0.3 else ""))
    return points


def test_a_study_that_goes_on_proposes_what_it_would_have():
    points = study(12)
    assert study(12) == points
    assert study(7) == points[:7]
    assert len({point["rate"] for point in points}) == 12
    assert {len(point["filters"]) for point in points} == {1, 2}


@pytest.mark.parametrize("peak", [0.001, 0.1])
def test_a_study_looks_where_the_scores_are_high(peak):
    later = [math.log10(point["rate"] / peak) for point in study(30, peak)[10:]]
    assert abs(np.median(later)) < 0.5  # the whole space is four decades wide


def test_optunas_log_is_as_it_was():
    optuna = pytest.importorskip("optuna")
    before = optuna.logging.get_verbosity()
    try:
        optuna.logging.set_verbosity(optuna.logging.DEBUG)
        points = studied({"a": [1, 2]}, 3, 0, runs := [])
        next(points)
        assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
        runs.append(made_up("first"))
        next(points)
        assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
    finally:
        optuna.logging.set_verbosity(before)


@pytest.mark.usefixtures("untrained")
def test_a_study_is_silent(ledger, capfd, recwarn):
    pytest.importorskip("optuna")
    tiny_sweep(ledger, {"augment": [None, [FLIP("horizontal")]], "units": [2, 3]}, trials=3)
    assert "trial" not in "".join(capfd.readouterr()).lower()
    assert not [warning for warning in recwarn if "optuna" in str(warning.filename)]


@pytest.mark.slow
def test_a_study_that_was_stopped_ends_as_one_left_alone(ledger, tmp_path):
    optuna = pytest.importorskip("optuna")
    space = {
        "learning_rate": optuna.distributions.FloatDistribution(1e-3, 1e-1, log=True),
        "units": [2, 4, 8],
    }
    alone = tiny_sweep(Ledger(tmp_path / "alone.jsonl"), space, trials=8, epochs=2, callbacks=[CtrlC()])
    for when in (4, 12):
        with pytest.raises(KeyboardInterrupt):
            interrupted(ledger, when, space=space, trials=8)
    runs = interrupted(ledger, 0, space=space, trials=8)
    assert [essence(run) for run in runs] == [essence(run) for run in alone]
    assert len(set(names(runs))) == 8
    assert (
        interrupted(ledger, 1, space=space, trials=8) == runs
    )  # nothing is trained, so nothing is interrupted


def test_a_value_that_is_no_space_is_refused(ledger):
    pytest.importorskip("optuna")
    with pytest.raises(ValueError, match="a list of values or an Optuna distribution is expected, not 0"):
        tiny_sweep(ledger, {"learning_rate": 0.1}, trials=2)


@pytest.mark.usefixtures("untrained")
def test_without_optuna_a_study_is_refused_in_one_line(ledger, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ModuleNotFoundError, match="pip install optuna, or leave trials out"):
        tiny_sweep(ledger, trials=2)
    assert len(tiny_sweep(ledger)) == 2


def test_a_run_that_was_never_measured_is_worth_nothing_to_a_study():
    optuna = pytest.importorskip("optuna")
    space = {"rate": optuna.distributions.FloatDistribution(0, 1)}
    proposals = studied(space, 3, 0, runs := [])
    for run in (Run("bare"), made_up("lost", failed="error")):
        next(proposals)
        runs.append(run)
    assert next(proposals)

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from labkit.data.dataset import Dataset
from labkit.metrics import Evaluation
from labkit.training import diagnose
from labkit.training.run import Run, data_facts


def a_run(**more):
    settings = {
        "name": "plain",
        "model": "first_cnn",
        "parameters": 347_146,
        "loss": "SparseCategoricalCrossentropy(from_logits=True)",
        "hyperparameters": {"optimizer": "Adam", "learning_rate": 0.001, "batch_size": 32, "epochs": 3},
        "history": {"loss": [1.5, 0.5], "val_accuracy": [0.6, 0.55]},
        "seconds": 12.0,
        "data": {"name": "mnist", "source": "offline sample", "num_classes": 10, "train": 100},
    }
    return Run(**(settings | more))


def test_a_run_comes_back_as_it_was_saved(tmp_path):
    run = a_run(test={"accuracy": 0.98}, stopped="early", versions={"keras": "3.15.1"})
    assert Run.load(run.save(tmp_path / "deep" / "er" / "run.json")) == run


def test_nan_and_infinity_survive(tmp_path):
    loaded = Run.load(a_run(history={"loss": [1.0, math.inf, math.nan]}).save(tmp_path / "run.json"))
    assert loaded.history["loss"][1] == math.inf
    assert math.isnan(loaded.history["loss"][2])
    assert diagnose(loaded).epoch == 2


def test_numpy_numbers_are_saved_as_numbers(tmp_path):
    run = a_run(
        test={"accuracy": np.float32(0.5)}, history={"loss": np.array([1.0, 0.5])}, parameters=np.int64(3)
    )
    loaded = Run.load(run.save(tmp_path / "run.json"))
    assert (loaded.test, loaded.history, loaded.parameters) == ({"accuracy": 0.5}, {"loss": [1.0, 0.5]}, 3)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = a_run().save(tmp_path / "run.json")
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        a_run(name="other").save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_no_place_to_save_to(tmp_path):
    with pytest.raises(IsADirectoryError, match="name a file in it"):
        a_run().save(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.json is not there: run\.save") as caught:
        Run.load(tmp_path / "none.json")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("length", [0, 1, 50, -3])
def test_a_truncated_file_is_refused(tmp_path, length):
    path = a_run().save(tmp_path / "run.json")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"run\.json is not a saved run: it is no readable JSON") as caught:
        Run.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "foreign",
    [
        b"[1, 2]",
        b'"a text"',
        b'{"name": "package", "version": "1.0"}',
        b'{"name": 3, "history": {}, "hyperparameters": {}}',
        b'{"name": "x", "history": [1.0], "hyperparameters": {}}',
        b'{"name": "x", "history": {"loss": 3}, "hyperparameters": {}}',
        b'{"name": "x", "history": {"loss": ["a"]}, "hyperparameters": {}}',
        b'{"name": "x", "history": {}, "hyperparameters": {}, "seconds": "long"}',
        b"\xff\xfe\x00",
    ],
)
def test_foreign_files_are_refused(tmp_path, foreign):
    path = tmp_path / "foreign.json"
    path.write_bytes(foreign)
    with pytest.raises(ValueError, match=r"foreign\.json is not a saved run"):
        Run.load(path)


def test_files_of_a_later_and_an_earlier_version_are_read(tmp_path):
    path = a_run().save(tmp_path / "run.json")
    stored = json.loads(path.read_text())
    path.write_text(json.dumps(stored | {"energy_kwh": 0.1}))
    assert Run.load(path) == a_run()
    del stored["versions"], stored["seconds"]
    path.write_text(json.dumps(stored))
    assert Run.load(path).history == a_run().history


def test_last_and_best():
    run = a_run(history={"loss": [0.9, 0.4, math.nan], "val_accuracy": [0.6, 0.7, 0.65], "accuracy": []})
    assert math.isnan(run.last("loss"))
    assert run.best("loss") == 0.4
    assert (run.last("val_accuracy"), run.best("val_accuracy")) == (0.65, 0.7)
    for missing in ("accuracy", "val_loss"):
        assert math.isnan(run.last(missing))
        assert math.isnan(run.best(missing))


def test_a_run_says_what_it_is():
    said = repr(a_run(stopped="interrupted"))
    for part in (
        "plain",
        "interrupted",
        "2 of 3 epochs",
        "12 s",
        "Adam at 0.001",
        "batch 32",
        "from_logits=True",
    ):
        assert part in said
    assert "loss 0.5000" in said
    assert "mnist from offline sample" in said
    assert "stopped" not in repr(a_run())
    assert repr(Run(name="bare"))


def test_seconds_per_epoch():
    assert a_run().seconds_per_epoch == 6.0
    assert a_run(history={}).seconds_per_epoch == 12.0


# Scores


def test_the_gap_is_that_of_the_trained_network_where_it_was_measured():
    run = a_run(history={"loss": [1.0, 0.5], "accuracy": [0.5, 0.8], "val_accuracy": [0.6, 0.7]})
    assert run.gap == pytest.approx(0.1)  # of the last epoch
    run.train = {"accuracy": 0.9, "loss": 0.3}
    assert run.gap == pytest.approx(0.1)  # one measured score is compared with no average over an epoch
    run.val = {"accuracy": 0.65, "loss": 1.1}
    assert run.gap == pytest.approx(0.25)


@pytest.mark.parametrize("history", [{}, {"accuracy": [0.8]}, {"val_accuracy": [0.7]}])
def test_without_both_accuracies_there_is_no_gap(history):
    assert math.isnan(a_run(history=history).gap)


def test_an_evaluation_is_kept_under_its_split(tmp_path):
    truth, sure = np.array([0, 1, 1, 0]), np.log([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.1]])
    run = a_run()
    for split in ("train", "val", "test"):
        assert run.record(Evaluation.of(truth, sure, ["cat", "dog"], split=split)) is run
        assert getattr(run, split)["accuracy"] == 0.75
        assert getattr(run, split)["loss"] == pytest.approx(-(3 * math.log(0.9) + math.log(0.1)) / 4)
    assert Run.load(run.save(tmp_path / "run.json")) == run
    with pytest.raises(ValueError, match="unknown split 'name'"):
        run.record(Evaluation.of(truth, sure, ["cat", "dog"], split="name"))
    assert run.name == "plain"


def test_a_run_is_read_from_any_json_value():
    stored = json.loads(json.dumps(asdict(a_run())))
    assert Run.read(stored) == a_run()
    assert Run.read(stored | {"energy_kwh": 0.1}) == a_run()
    for foreign in (None, 3, "text", [stored], {}, stored | {"train": 0.9}, stored | {"error": None}):
        assert Run.read(foreign) is None


def test_what_a_run_knows_of_its_data():
    data = Dataset(
        "shapes", np.zeros((8, 2, 2)), np.array([0, 0, 0, 0, 1, 1, 2, 3]), *np.zeros((2, 0)), *np.zeros((2, 3)),
        ["a", "b", "c", "d"], "made here",
    )  # fmt: skip
    assert data_facts(data) == {
        "name": "shapes", "source": "made here", "num_classes": 4, "train": 8, "val": 0, "test": 3,
        "majority": 0.5, "entropy": round(-sum(p * math.log(p) for p in (1 / 2, 1 / 4, 1 / 8, 1 / 8)), 4),
    }  # fmt: skip


def test_a_network_is_neither_saved_nor_compared_nor_shown(tmp_path):
    run = a_run()
    run.network = object()
    assert run == a_run()
    assert repr(run) == repr(a_run())
    assert "network" not in run.save(tmp_path / "run.json").read_text()
    assert Run.load(tmp_path / "run.json").network is None

"""What a worker leaves behind is a result only if it was allowed to end."""

import json
import threading

import pytest

from labkit.grading import execution
from labkit.grading.execution import GraderError, Setting, execute
from labkit.grading.records import CellRun, Execution, HandIn

HAND_IN = HandIn("a", "a.ipynb", "A")
CELL = {"id": "c", "outcome": "passed", "role": "answer"}


@pytest.fixture
def worker(monkeypatch):
    """A worker that ran one cell of its notebook: `worker(ended, files)`."""

    def worker(ended, *files):
        def work(folder, setting):
            (folder / "cells.jsonl").write_text(json.dumps(CELL) + "\n")
            for name in files:
                (folder / name).write_text(json.dumps(Execution(nonce="n").to_dict()))
            return "the last words", ended

        monkeypatch.setattr(execution, "_work", work)

    return worker


def setting(**more):
    return Setting({}, "kit", "full", **more)


def test_a_result_counts(worker):
    worker(True, "merged.json", "result.json")
    assert [cell.id for cell in execute(HAND_IN, setting(), {}).cells] == ["c"]


def test_what_was_run_counts_when_the_time_is_over(worker):
    worker(False, "merged.json")
    assert execute(HAND_IN, setting(), {}).status == "done"


def test_a_worker_that_dies_is_the_graders_fault(worker):
    worker(True, "merged.json")
    with pytest.raises(GraderError, match="the last words"):
        execute(HAND_IN, setting(), {})


def test_half_a_run_is_no_result_when_grading_is_interrupted(worker):
    stop = threading.Event()
    stop.set()
    worker(False, "merged.json")
    with pytest.raises(GraderError, match="interrupted"):
        execute(HAND_IN, setting(stop=stop), {})


@pytest.mark.parametrize("text", ["\ud800", "a\nb\x1b[31m", "x" * 500])
def test_a_device_is_one_line_that_can_be_written(text):
    sent = {"nonce": "n", "question": "labkit.device", "evidence": {"type": "plain", "value": {"text": text}}}
    found = Execution(
        "done", nonce="n", cells=[CellRun("probe-labkit-device", "passed", evidence=[json.dumps(sent)])]
    )
    device = execution._device(found, "cpu")
    assert len(device.encode()) <= 60 * 4
    assert len(device) <= 60
    assert device.isprintable()

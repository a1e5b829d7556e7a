"""What a worker leaves behind is a result only if it was allowed to end; whose doing it was that it was not."""

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


def _cells(*stops: str) -> list[CellRun]:
    """A student's cell and its check, three times, with how each was stopped."""
    roles = ("answer", "check") * 3
    return [
        CellRun(f"{place}", "stopped" if stop else "passed", role, stop=stop)
        for place, (role, stop) in enumerate(zip(roles, stops, strict=True))
    ]


def test_a_kernel_that_dies_in_a_later_cell_is_nobodys_doing_until_a_careful_run():
    late = _cells("", "", "kernel died", *("not reached",) * 3)
    assert execution._killer(late, {}, careful=False) == execution._Killer("2", "kernel died", certain=False)
    soon = _cells("kernel died", *("not reached",) * 5)
    assert execution._killer(soon, {}, careful=True) == execution._Killer("0", "kernel died", certain=True)


def test_a_cell_that_overspends_needs_no_second_look():
    cells = _cells("", "", "output", *("not reached",) * 3)
    assert execution._killer(cells, {}, careful=False) == execution._Killer("2", "output", certain=True)

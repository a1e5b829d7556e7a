"""The pytest plugin beside nbval in a grading worker: a guarded kernel, one line a cell.

nbval executes; this plugin sees to it that no notebook can hold it up, fill it up or talk it round:

- the kernel is the sandbox's, whatever the notebook names, and has budgets (`guarded_kernel.py`): time a cell and a
  notebook, output a cell; SIGINT up to three times, then the kernel is killed;
- output is read while a cell runs, so that nothing is lost and nothing piles up in memory, and what a cell has put
  out is let go when the next one begins;
- `NBVAL_*` comments are only comments: they stand in students' cells;
- what came of a cell is written down by its id, durably, before the next one begins.
"""

import json
import os
import re
import time
from pathlib import Path

import nbval.plugin
import pytest

from labkit import config
from labkit.grading.guarded_kernel import GuardedKernel, Stopped
from labkit.grading.inside import MIME
from labkit.grading.provisioner import register

MOST_PICTURES, LARGEST_PICTURE = 4, 300_000  # a cell; base64 characters
MOST_KEPT = {"evidence": 24_000_000, "pictures": 12_000_000}  # characters a notebook
LINGER = 0.5  # seconds to wait after a student's cell, when the kernel died before and nobody knows whose doing it was
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def pytest_configure(config):
    register()
    nbval.plugin.RunningKernel = GuardedKernel
    nbval.plugin.find_comment_markers = lambda source: ()
    config.labkit_ends = time.monotonic() + _job()["notebook_seconds"]
    config.labkit_careful = _job()["careful"]
    config.labkit_room = dict(MOST_KEPT)


def _is_students(item) -> bool:
    return item.cell.metadata["labkit"]["role"] in ("answer", "added")


def _job() -> dict:
    return json.loads(config.job_file().read_text(encoding="utf-8"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item):
    """The budgets of the cell; and no expectation that it fails because one before was stopped."""
    item.parent.timed_out = False
    yield
    kernel = getattr(item.parent, "kernel", None)
    if isinstance(kernel, GuardedKernel):
        kernel.cell_seconds = item.cell.metadata["labkit"]["seconds"]
        kernel.notebook_ends = item.config.labkit_ends
        kernel.linger = LINGER if item.config.labkit_careful and _is_students(item) else 0.0


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if not hasattr(item, "cell") or not (report.when == "call" or report.outcome != "passed"):
        return
    _write(config.job_file().with_name("cells.jsonl"), _line(item, report, call))
    item.test_outputs, report.longrepr = None, "see cells.jsonl"  # pytest keeps both until its end


def _line(item, report, call) -> dict:
    error = call.excinfo.value if call.excinfo else None
    dead = isinstance(error, RuntimeError) and "Kernel dead" in str(error)
    stop = str(error) if isinstance(error, Stopped) else "not reached" if dead else ""
    outputs = item.test_outputs or []
    found = _evidence(outputs) if item.cell.metadata["labkit"]["role"] == "check" else []
    return {
        "id": item.cell.get("id"),
        "outcome": "stopped" if stop else report.outcome,
        "role": item.cell.metadata["labkit"]["role"],
        "seconds": round(report.duration, 3),
        "stop": stop,
        "error": "" if stop or error is None else _error(outputs, error),
        "evidence": _kept("evidence", found, item.config.labkit_room),
        "pictures": _kept("pictures", _pictures(outputs), item.config.labkit_room),
    }


def _kept(what: str, texts: list[str], room: dict[str, int]) -> list[str]:
    """The texts, as long as there is room for them: cells are many, and each may put out much."""
    kept = []
    for text in texts:
        if len(text) <= room[what]:
            room[what] -= len(text)
            kept.append(text)
    return kept


def _error(outputs: list, error: BaseException) -> str:
    """`NameError: name 'x' is not defined`, on one line."""
    for output in outputs:
        if output.get("output_type") == "error":
            return _one_line(f"{output.get('ename')}: {output.get('evalue')}")
    return _one_line(f"{type(error).__name__}: {error}")


def _one_line(text: str) -> str:
    return " ".join(_COLOUR.sub("", text[:2000]).split())[:300]


def _data(outputs: list, mime: str) -> list[str]:
    found = [output.get("data", {}).get(mime) for output in outputs if isinstance(output.get("data"), dict)]
    return [text for text in found if isinstance(text, str)]


def _evidence(outputs: list) -> list[str]:
    return _data(outputs, MIME)


def _pictures(outputs: list) -> list[str]:
    small = [text for text in _data(outputs, "image/png") if len(text) <= LARGEST_PICTURE]
    return small[:MOST_PICTURES]


def _write(path: Path, line: dict) -> None:
    with path.open("a", encoding="utf-8", errors="replace") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())

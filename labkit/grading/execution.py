"""Running one hand-in: a worker process with a clock, and once more without the cell that killed it."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labkit import record
from labkit.files import write_text
from labkit.grading import evidence
from labkit.grading.clean import one_line
from labkit.grading.probes import DEVICE, cell_id
from labkit.grading.records import CellRun, Execution, HandIn
from labkit.grading.run_folder import scratch_folder
from labkit.grading.sandbox import Limits

STARTING = 120  # seconds for a worker and its kernel to start and to end
RETRIES = 3  # runs after a cell killed the kernel, each without one more such cell
OVERSPENT = ("output", "cell time", "disk")
FATAL = ("kernel died", *OVERSPENT)
STUDENTS = ("answer", "added")


class GraderError(RuntimeError):
    """The grader's own fault (or the machine's): the hand-in is tried again and is never given a zero for it."""


@dataclass(frozen=True)
class Setting:
    """What all hand-ins of a lab are run with.

    Attributes:
        references: path of the reference notebook by language.
        kit: folder of the labkit that the kernel imports.
        readable: further folders that the kernel may read (data, hidden inputs).
        environment: variables of the kernel.
        budgets: seconds a cell by its id in the reference; `cell_seconds` for all others.
        stop: set when the grader is interrupted: no worker is waited for any longer.
    """

    references: Mapping[str, str]
    kit: str
    level: str
    device: str = "cpu"
    readable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    cell_seconds: float = 60.0
    budgets: Mapping[str, float] = field(default_factory=dict)
    notebook_seconds: float = 1800.0
    stop: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)


def execute(hand_in: HandIn, setting: Setting, specs: Mapping[str, Any]) -> Execution:
    """Run a hand-in in its sandbox.

    A cell that kills the kernel costs its own question: the notebook is run again without it.

    Args:
        specs: what the probe of each question asks for.

    Raises:
        GraderError: no result came, and not by what the hand-in did.
    """
    start, blanked, careful = time.monotonic(), {}, False
    ends = start + STARTING + 2 * setting.notebook_seconds
    while True:
        execution = _once(hand_in, setting, specs, blanked, careful)
        killer = _killer(execution.cells, blanked, careful)
        if killer is None or len(blanked) == RETRIES or time.monotonic() > ends:
            break
        if killer.certain:
            blanked[killer.cell] = killer.stop
        careful = careful or not killer.certain
    for cell in execution.cells:
        if cell.id in blanked:
            cell.outcome, cell.stop, cell.error = "stopped", blanked[cell.id], ""
    if execution.status == "done":
        execution.device = _device(execution, setting.device)
    execution.seconds = round(time.monotonic() - start, 2)
    return execution


def _device(execution: Execution, wanted: str) -> str:
    """What the kernel computed on, as it said before any cell of the student's ran; "" where the lab has no setup.

    Raises:
        GraderError: a GPU was asked for and the kernel fell back to the CPU.
    """
    texts = [text for cell in execution.cells if cell.id == cell_id(DEVICE) for text in cell.evidence]
    device = ""
    with suppress(evidence.BadEvidence, KeyError, TypeError):
        found, _ = evidence.parse(texts, execution.nonce, DEVICE)
        device = one_line(str(evidence.value(found["value"])), 60)  # a cell before it may have had its say
    if wanted == "gpu" and (not device or "CPU" in device):
        raise GraderError(f"a GPU was asked for, and the kernel computes on {device or 'nobody knows what'}.")
    return device


@dataclass(frozen=True)
class _Killer:
    """The cell that the kernel did not survive. Not certain: one before it may have been the cause."""

    cell: str
    stop: str
    certain: bool


def _killer(cells: Sequence[CellRun], blanked: Collection[str], careful: bool) -> _Killer | None:
    """Whose doing it was that the kernel ended before the notebook did.

    Where it died in a locked cell or a probe, or between two cells, the student's cell before them is taken for it;
    where that was taken out already, the cell itself. A kernel that was told to end takes its time and dies in a later
    cell, be it a student's: only a careful run, which waits after each of a student's cells, tells which one it was.
    """
    for place, cell in enumerate(cells):
        lost = (
            cells[place + 1].stop == "not reached"
            if place + 1 < len(cells)
            else cell.role == "check" and cell.stop
        )
        if lost and cell.stop in (*FATAL, ""):
            nearest = [c.id for c in cells[: place + 1] if c.role in STUDENTS][-1:]
            suspects = [name for name in (*nearest, cell.id) if name not in blanked]
            certain = careful or (cell.stop in OVERSPENT and cell.role in STUDENTS)
            return _Killer(suspects[0], cell.stop or "kernel died", certain) if suspects else None
    return None


def _once(
    hand_in: HandIn, setting: Setting, specs: Mapping, blanked: Mapping[str, str], careful: bool
) -> Execution:
    with scratch_folder() as folder:
        job = _job(hand_in, setting, specs, blanked, folder) | {"careful": careful}
        write_text(folder / "job.json", json.dumps(job))
        log, ended = _work(folder, setting)
        if setting.stop.is_set():  # what there is of it is half of it: it must not be stored
            raise GraderError("grading was interrupted.")
        return _result(folder, log, ended)


def _job(hand_in: HandIn, setting: Setting, specs: Mapping, blanked: Mapping, folder: Path) -> dict:
    return {
        "submission": hand_in.path,
        "references": dict(setting.references),
        "level": setting.level,
        "limits": vars(setting.limits),
        "nonce": secrets.token_hex(16),
        "specs": dict(specs),
        "ro": [setting.kit, *setting.readable],
        "hide": list(setting.hidden),
        "environment": {"PYTHONPATH": setting.kit, **setting.environment},
        "cell_seconds": setting.cell_seconds,
        "budgets": dict(setting.budgets),
        "notebook_seconds": setting.notebook_seconds,
        "device": setting.device,
        "blanked": dict(blanked),
        "work": str(folder / "work"),
    }


def _work(folder: Path, setting: Setting) -> tuple[str, bool]:
    """Start the worker and wait for it, no longer than its budgets allow: what it printed, whether it ended by itself."""
    (folder / "work").mkdir()
    (folder / "home").mkdir()
    with (folder / "worker.log").open("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "labkit.grading.worker"],
            cwd=folder, env=_environment(folder), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait(process, time.monotonic() + setting.notebook_seconds + STARTING, setting.stop)
        finally:
            ended = process.poll() is not None
            if not ended:
                process.kill()
                process.wait()
        log.seek(0)
        return log.read(20_000).decode("utf-8", errors="replace"), ended


def _wait(process: subprocess.Popen, ends: float, stop: threading.Event) -> None:
    while not stop.is_set() and time.monotonic() < ends:
        try:
            process.wait(timeout=0.2)
            return
        except subprocess.TimeoutExpired:
            continue


def _environment(folder: Path) -> dict[str, str]:
    """The worker's: nothing of the grader's own but where Python and labkit are."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder / "home"),
        "TMPDIR": tempfile.gettempdir(),  # a later sweep looks there for what the worker left
        "LANG": "C.UTF-8",
        "LABKIT_JOB": str(folder / "job.json"),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def _result(folder: Path, log: str, ended: bool) -> Execution:
    path = folder / "result.json"
    if not path.is_file() and not ended:
        path = folder / "merged.json"  # it ran, and did not come to its end in time
    if not path.is_file():
        raise GraderError(f"the worker ended without a result: {_last_line(log)}")
    execution = Execution.from_dict(json.loads(path.read_text(encoding="utf-8")))
    if execution.status == "rejected":
        return execution
    lines = {line["id"]: line for line in record.read(folder / "cells.jsonl")}
    if not lines:
        raise GraderError(f"no cell was run: {_last_line(log)}")
    execution.cells = [CellRun(**line) for line in lines.values()]
    return replace(execution, status="done")


def _last_line(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it printed nothing."

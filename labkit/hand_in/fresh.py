"""A fresh run: the notebook's code once more in smoke, in an empty folder, and whether the checks say the same."""

import importlib.util
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit.grading.clean import one_line
from labkit.hand_in import order
from labkit.hand_in.answers import check_lines, passes
from labkit.hand_in.asked import Asked
from labkit.hand_in.records import LEFT_OUT, MISSING, OK, WARNING, Finding
from labkit.hand_in.words import cell_name, listed, say
from labkit.notebooks.rerun import Rerun, rerun
from labkit.quiz import questions

_NEEDED = ("pytest", "nbval", "ipykernel")
_BY_DATA = {
    "metric",
    "names",
    "indices",
    "per_class",
}  # kinds of questions that smoke's data may answer otherwise
_GRACE = (
    60  # seconds: the time for all cells is up before nbval interrupts one, which would look like an error
)
OnCell = Callable[[int, int], None]


class TooSlowError(Exception):
    """The run's time is up."""


def left_out(asked: Asked, wanted: bool) -> Finding | None:
    """Why there is no fresh run, or None."""
    absent = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if not wanted:
        return Finding("fresh run", LEFT_OUT, say("left out"))
    if not asked.checked:
        return Finding("fresh run", LEFT_OUT, say("not a lab"))
    if absent:
        return Finding("fresh run", LEFT_OUT, say("no nbval", what=" ".join(absent)))
    return None


def compared(asked: Asked, notebook: NotebookNode, minutes: float, on_cell: OnCell | None = None) -> Finding:
    """Run a notebook again and compare its check lines: other outputs have figures that the profile moves.

    Args:
        minutes: for all cells together; then the run is stopped.
        on_cell: called with the number of finished cells, and of all.
    """
    try:
        result = _run(notebook, minutes, on_cell)
    except TooSlowError:
        return Finding("fresh run", WARNING, say("too slow", minutes=minutes))
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("fresh run", WARNING, say("no run", error=one_line(str(error))))
    stops = list(_stops(notebook, result))
    if stops:
        return Finding("fresh run", MISSING, listed(stops), tuple(stops))
    return _difference(asked, check_lines(notebook), check_lines(result.notebook))


def _run(notebook: NotebookNode, minutes: float, on_cell: OnCell | None) -> Rerun:
    copy = _bare(notebook)
    total = sum(cell.cell_type == "code" for cell in copy.cells)
    deadline = time.monotonic() + 60 * minutes

    def watch(done: int) -> None:
        if on_cell:
            on_cell(done, total)
        if time.monotonic() > deadline:
            raise TooSlowError  # rerun ends its process on the way out

    limit = 60 * minutes + _GRACE
    with tempfile.TemporaryDirectory(prefix="labkit-hand-in-", ignore_cleanup_errors=True) as folder:
        return rerun("hand_in", copy, Path(folder), profile="smoke", cell_timeout=limit, on_cell=watch)


def _bare(notebook: NotebookNode) -> NotebookNode:
    """The code as it is, without outputs: nbval compares nothing, so what fails has stopped with an error."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code":
            skipped = "nbval-skip" in cell.metadata.get("tags", [])
            cell.metadata = nbformat.from_dict({"tags": ["nbval-skip"] if skipped else []})
            cell.outputs, cell.execution_count = [], None
    return copy


def _stops(notebook: NotebookNode, result: Rerun) -> Iterator[str]:
    """The cells that stop now and did not when they were stored."""
    stored = {number for number, _, _ in order.errors(notebook)}
    now = {number: error for number, _, error in order.errors(result.notebook)}
    for number, error in now.items():
        if number not in stored:
            name = cell_name(number, notebook.cells[number - 1].source)
            yield say("stops again", cell=name, error=error)
    # What is no error of Python's: the kernel died, or pytest could not even begin.
    told = [f"({result.notebook.cells[number - 1].id})" for number in now]
    others = [problem for problem in result.problems if not any(name in problem for name in told)]
    if others:
        yield say("no run", error=one_line(others[0], 300))


def _difference(asked: Asked, stored: dict[str, str], now: dict[str, str]) -> Finding:
    differs = [name for name in asked.checked if stored.get(name) != now.get(name)]
    differs = [name for name in differs if passes(stored.get(name, "")) or passes(now.get(name, ""))]
    by_data = [name for name in differs if _kind(name) in _BY_DATA and name in now]
    truly = [name for name in differs if name not in by_data]
    for names, key, status in ((truly, "differs", MISSING), (by_data, "differs by data", WARNING)):
        if names:
            told = [_told(name, stored, now) for name in names]
            return Finding("fresh run", status, say(key, names=listed(told)), tuple(names))
    return Finding("fresh run", OK, say("same again", n=len(asked.checked)))


def _told(name: str, stored: dict[str, str], now: dict[str, str]) -> str:
    lines = {key: one_line(found[name], 60) if name in found else say("nothing")
             for key, found in (("old", stored), ("new", now))}  # fmt: skip
    return say("difference", name=name, **lines)


def _kind(question: str) -> str:
    lab, _, name = question.partition(".")
    found = questions(lab).get(name)
    return found.kind if found else ""

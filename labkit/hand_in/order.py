"""Whether a notebook was run from top to bottom, and without errors."""

from collections.abc import Iterator

from nbformat import NotebookNode

from labkit.grading.clean import one_line
from labkit.hand_in.records import MISSING, OK, Finding
from labkit.hand_in.words import cell_name, listed, say

_MAY_BE_LEFT_OUT = {"install", "live", "nbval-skip"}
_SHOWN = 8  # cells that were not run
Numbered = tuple[int, NotebookNode]


def findings(notebook: NotebookNode) -> list[Finding]:
    return [in_order(notebook), without_errors(notebook)]


def in_order(notebook: NotebookNode) -> Finding:
    """Whether the counts of the code cells are 1, 2, 3, ... from top to bottom.

    Cells that install something, need a webcam or are empty may be without a count.
    """
    code = [(n, cell) for n, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "code"]
    wanted = [(n, cell) for n, cell in code if not _optional(cell)]
    run = [(n, cell) for n, cell in code if cell.execution_count is not None]
    if not wanted and not run:
        return Finding("order", OK, say("no code"))
    if not run:
        return Finding("order", MISSING, say("nothing run", again=say("again")))
    troubles = [trouble for trouble in (_left(wanted), _disorder(run)) if trouble]
    if troubles:
        return Finding("order", MISSING, " ".join(troubles))
    return Finding("order", OK, say("in order", n=len(run)))


def without_errors(notebook: NotebookNode) -> Finding:
    """Whether no stored output is an error."""
    found = [(cell_name(n, cell.source), cell_name(n, cell.source, begins=True), error)
             for n, cell, error in errors(notebook)]  # fmt: skip
    if not found:
        return Finding("errors", OK, say("no errors"))
    told = [say("stopped", cell=name, error=error) for _, name, error in found]
    return Finding("errors", MISSING, listed(told), tuple(name for name, _, _ in found))


def errors(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode, str]]:
    """Number, cell and error of each code cell that stopped with one."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                yield number, cell, one_line(f"{output.ename}: {output.evalue}".rstrip(": "), 120)
                break


def _optional(cell: NotebookNode) -> bool:
    lines = [line.strip() for line in cell.source.splitlines()]
    idle = all(not line or line.startswith("#") for line in lines)
    return idle or bool(_MAY_BE_LEFT_OUT & set(cell.metadata.get("tags", [])))


def _left(wanted: list[Numbered]) -> str:
    """That cells were not run."""
    left = [cell_name(n, cell.source) for n, cell in wanted if cell.execution_count is None]
    return say("not run", cells=listed(left, _SHOWN), again=say("again")) if left else ""


def _disorder(run: list[Numbered]) -> str:
    """The first cell whose count is not the next one."""
    expected, before = 1, None
    for number, cell in run:
        count = cell.execution_count
        if before and count <= before[1].execution_count:
            return _backwards(before, (number, cell))
        if count != expected:
            name = cell_name(number, cell.source, begins=True)
            return say("hole", cell=name, count=count, wanted=expected, again=say("again"))
        expected, before = count + 1, (number, cell)
    return ""


def _backwards(first: Numbered, second: Numbered) -> str:
    same = first[1].execution_count == second[1].execution_count
    return say(
        "same count" if same else "backwards",
        first=cell_name(first[0], first[1].source),
        second=cell_name(second[0], second[1].source, begins=True),
        count=first[1].execution_count,
        again=say("again"),
    )

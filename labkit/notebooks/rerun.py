"""Re-execution of a lab's solution edition under pytest and nbval, in a process of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit import record
from labkit.files import write_text
from labkit.notebooks.editions import text_of
from labkit.quiz import question

CELL_TIMEOUT = {"smoke": 300, "course": 3600, "full": 48 * 3600}  # seconds
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Check:
    """What came of one question in a run; `contract` is what a metric had to reach."""

    question: str
    passed: bool
    value: float | None = None
    contract: float | None = None


@dataclass
class Rerun:
    """What came of the re-execution of one notebook.

    Attributes:
        status: `"passed"` or `"failed"`; passed means that every cell ran, every checked cell printed what
            the reference printed, and every question of the notebook was answered rightly.
        problems: one text a failed cell or question.
        notebook: the executed notebook, with outputs and pictures.
        compared: checked cells that had a reference to be compared with.
        facts: what `setup()` and `load()` noted: profile, seed, device, versions, data sources.
    """

    name: str
    status: str
    seconds: float
    checks: list[Check] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    compared: int = 0
    cells: int = 0
    notebook: NotebookNode | None = None
    facts: dict = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.status == "passed"


def rerun(
    name: str,
    notebook: NotebookNode,
    folder: Path,
    *,
    profile: str,
    cell_timeout: float | None = None,
    environment: dict[str, str] | None = None,
    on_cell: Callable[[int], None] | None = None,
) -> Rerun:
    """Execute a notebook in `folder`, compare its checked cells with their stored outputs, collect what happened.

    Args:
        name: of the lab; the notebook is written to `folder/name.ipynb` and runs there.
        notebook: the reference; its `nbval-*` tags say what is compared and what is skipped.
        cell_timeout: seconds that one cell may take.
        environment: further variables for the kernel.
        on_cell: called with the number of finished cells, about twice a second.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, cells, facts = folder / f"{name}.ipynb", folder / "cells.jsonl", folder / "facts.jsonl"
    for old in (cells, facts):
        old.unlink(missing_ok=True)
    write_text(path, text_of(notebook))
    timeout = cell_timeout or CELL_TIMEOUT[profile]
    start = time.perf_counter()
    log = _execute(path, cells, _environment(profile, facts, environment), timeout, on_cell)
    result = Rerun(name, "failed", time.perf_counter() - start)
    _collect(result, notebook, record.read(cells), record.read(facts), log)
    write_text(path, text_of(result.notebook))
    return result


def _environment(profile: str, facts: Path, more: dict[str, str] | None) -> dict[str, str]:
    """The kernel's environment: ours for what must be the same everywhere, the caller's for the rest."""
    fixed = {
        "LABKIT_PROFILE": profile,
        "LABKIT_RECORD": str(facts.resolve()),
        "LABKIT_PROGRESS": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(p for p in (os.environ.get("PYTHONPATH"), _package_folder()) if p),
    }
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return {**inherited, **fixed, **(more or {})}


def _execute(path: Path, cells: Path, environment: dict, timeout: float, on_cell) -> str:
    """Run pytest to its end; returns what it printed."""
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "labkit.notebooks.recorder"]
    command += ["-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "-q", "--color=no"]
    command += ["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={timeout}"]
    command += [f"--labkit-record={cells.name}", path.name]
    with (path.parent / "pytest.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=path.parent, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            while process.poll() is None:
                _wait(process)
                if on_cell:
                    on_cell(len(record.read(cells)))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        log.seek(0)
        return log.read()


def _wait(process: subprocess.Popen) -> None:
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return


def _collect(result: Rerun, reference: NotebookNode, lines: list[dict], notes: list[dict], log: str) -> None:
    """Fill the result from what the recorder and the notebook wrote."""
    code = [cell for cell in reference.cells if cell.cell_type == "code"]
    by_id = {line["id"]: line for line in lines}
    result.cells = len(code)
    result.compared = sum(
        "nbval-check-output" in c.metadata.get("tags", []) and bool(c.outputs) for c in code
    )
    result.notebook = _executed(reference, by_id)
    result.facts = _facts(notes)
    result.checks = _checks(code, notes, result.facts.get("profile", "smoke"))
    for number, cell in enumerate(code, start=1):
        line = by_id.get(cell.id)
        if line is None:
            result.problems.append(f"cell {number} ({cell.id}) was not run.")
        elif line["outcome"] == "failed":
            result.problems.append(f"cell {number} ({cell.id}): {_COLOUR.sub('', line['message'])}")
    result.problems += [
        f"{check.question} was not answered rightly." for check in result.checks if not check.passed
    ]
    if not lines:
        result.problems = [f"pytest ran no cell:\n{log[-2000:]}"]
    result.status = "failed" if result.problems else "passed"


def _executed(reference: NotebookNode, by_id: dict) -> NotebookNode:
    """The notebook with the outputs of this run, counted in order."""
    notebook = nbformat.from_dict(reference)
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = [_output(output) for output in by_id.get(cell.id, {}).get("outputs", [])]
        ran = by_id.get(cell.id, {}).get("outcome") in ("passed", "failed")
        count += ran
        cell.execution_count = count if ran else None
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count
    return notebook


def _output(output: dict) -> NotebookNode:
    return nbformat.from_dict({key: value for key, value in output.items() if key != "transient"})


def _facts(notes: list[dict]) -> dict:
    setups = [note for note in notes if note["what"] == "setup"]
    facts = {key: value for key, value in (setups[-1] if setups else {}).items() if key != "what"}
    facts["data"] = {note["name"]: note["source"] for note in notes if note["what"] == "data"}
    return facts


def _checks(code: list[NotebookNode], notes: list[dict], profile: str) -> list[Check]:
    """Every question that the notebook checks, answered or not."""
    found = {note["question"]: note for note in notes if note["what"] == "check"}
    checks = []
    for question_id in [q for cell in code for q in cell.metadata.get("labkit", {}).get("checks", [])]:
        note = found.get(question_id, {})
        contract = question(question_id).contract.get(profile)
        checks.append(Check(question_id, note.get("passed", False), note.get("value"), contract))
    return checks


def _package_folder() -> str:
    """Where labkit is imported from, so that pytest and the kernel find the same one."""
    return str(Path(__file__).resolve().parents[2])

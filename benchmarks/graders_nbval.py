"""Stock nbval as a grader: `pytest --nbval-lax` on the hand-in, whose checks must print what the solution's print.

There are no points: exit code 0 is taken as all of them, 1 as none, anything else as no result.
"""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import ClassVar

from graders_box import Box, Result, linger, result

from labkit import config
from tests.grading.corpus import QUESTIONS, Case
from tests.grading.corpus.tiny import POINTS, reference

ALL = sum(points or 0 for points in POINTS.values())
NEEDS_ANSWERS = ("host_question_files", "host_accept", "host_oracle", "host_check_oracle")
# The first "outputs" after the id, and in the same cell: the keys of a cell are in the alphabet's order.
EMPTY = rb'("id": "%s"(?:(?!"cell_type").)*?"outputs": )\[\s*\]'


class Nbval:
    variants: ClassVar = {"": (), "--continue-on-collection-errors": ("--continue-on-collection-errors",)}

    def __init__(self, venv: Path, folder: Path, timeout: int, limit: float):
        self.place, self.timeout, self.limit = folder / "class", timeout, limit
        self.box = Box(venv, self.place, (QUESTIONS,), {"LABKIT_QUESTIONS": str(QUESTIONS)})
        self.outputs = outputs_of_checks()

    def prepare(self, notebook: bytes) -> bytes:
        """The hand-in as a student saves it who has run it and seen what the solution shows; else byte by byte."""
        for cell, output in self.outputs.items():
            notebook = re.sub(EMPTY % cell.encode(), lambda found, new=output: found[1] + new, notebook, flags=re.DOTALL)  # fmt: skip
        return notebook

    def why_not(self, case: Case, folder: Path) -> str:
        if case.name in NEEDS_ANSWERS:
            return "the checks need the answers where the hand-in runs"
        return "" if notebook_in(folder) else "no notebook to give to pytest"

    def grade(self, case: Case, given: dict[str, Path]) -> Result:
        name = notebook_in(given[f"hand_ins/{case.name}"])
        report = self._pytest(given, f"hand_ins/{case.name}/{name}", linger=linger(case), own=case.name)
        points = {0: float(ALL), 1: 0.0}.get(report.get("rc"))
        last = [line for line in report["said"].splitlines() if line.strip()][-1:] or [""]
        return result(case.name, report, points, f"exit {report.get('rc')}: {last[0].strip('= ')}")

    def batch(self, given: dict[str, Path], *options: str) -> list[str]:
        """Names of the hand-ins that have a result after all were graded in one go."""
        said = self._pytest(given, "hand_ins", *options)["said"]
        return sorted(set(re.findall(r"^(?:PASSED|FAILED) hand_ins/(\w+)/", said, re.MULTILINE)))

    def _pytest(self, given: dict[str, Path], what: str, *also: str, **more) -> dict:
        options = [
            "--nbval-lax",
            f"--nbval-cell-timeout={self.timeout}",
            "-rA",
            "--show-capture=no",
            "--tb=no",
        ]
        program = str(self.box.venv / "bin" / "pytest")
        return self.box.run(given, [program, *options, *also, what], self.limit, **more)


def notebook_in(folder: Path) -> str:
    """The file that a teacher would give to pytest."""
    return next((path.name for path in sorted(folder.iterdir()) if path.name.endswith(".ipynb")), "")


def outputs_of_checks() -> dict[str, bytes]:
    """What the solution's check cells print, by cell id, as JSON."""
    found, names = {}, {}
    with config.choosing(language="en", questions=QUESTIONS):
        for cell in reference().solution.cells:
            if cell.cell_type != "code":
                continue
            with redirect_stdout(io.StringIO()) as said:
                exec(cell.source, names)
            if cell.id.startswith("check-"):
                text = said.getvalue().replace("\n", "\\n").encode()
                found[cell.id] = b'[{"name": "stdout", "output_type": "stream", "text": ["%s"]}]' % text
    return found

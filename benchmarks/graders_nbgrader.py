"""nbgrader on the tiny lab: the same cells with nbgrader's metadata, and asserts in place of labkit's checks.

The metadata is put into a hand-in's text by cell id and nothing else of it is touched, so that damaged files stay as
damaged as they are. Whatever a careful teacher can lock is locked. Of nbgrader's options only the time of a cell is set.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

from graders_box import Box, Result, linger, result, told

from tests.grading.corpus import FILE, Case
from tests.grading.corpus.case import full
from tests.grading.corpus.tiny import POINTS, hand_in

SCHEMA = {"locked": False, "schema_version": 3, "solution": False, "task": False}
TESTS = {
    "area": "assert isinstance(area, (int, float, np.number)) and not isinstance(area, bool)\nassert area == 5408",
    "double": (
        "assert double(2) == 4\nassert double(-3) == -6\n### BEGIN HIDDEN TESTS\nimport random\n"
        "for x in random.sample(range(-1_000_000, 1_000_000), 8):\n    assert double(x) == 2 * x\n### END HIDDEN TESTS"
    ),
    "rows": "assert len(rows) == 4\nassert list(rows) == [3, 9, 27, 81]",
    "letter": 'assert isinstance(letter, str)\nassert letter.strip().lower() == "b"',
    "shape": "assert tuple(shape) == (26, 26, 32)",
    "grid": (
        "assert isinstance(grid, np.ndarray) and grid.shape == (4, 4)\n"
        'assert grid.dtype in ("float32", "float64")\n'
        "assert ((grid == 0) | (grid == 1)).all() and (grid.sum(axis=1) == 1).all()"
    ),
}
# The metadata of the cell with that id, wherever its keys are in the alphabet's order.
METADATA = rb'("id": "%s"(?:(?!"cell_type").)*?"metadata": \{)(\s*\})?'
# labkit checks letter and shape in one cell; nbgrader gives the points of a cell as a whole.
LETTER = re.compile(rb'\{\s*"cell_type": "code",\s*"execution_count": [^,]*,\s*"id": "check-tiny-letter"')
SHAPE = (
    b'{"cell_type": "code", "execution_count": 1, "id": "check-tiny-shape", '
    b'"metadata": {}, "outputs": [], "source": []}, '
)
ERROR = re.compile(r"\s*[\w.]*(Error|Exception|Timeout|Interrupt)\b")  # the last line of a traceback
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "tiny"
c.Execute.timeout = {timeout}
"""
MARKS = """
import json, sys
from nbgrader.api import Gradebook, MissingEntry
found = {}
with Gradebook("sqlite:///gradebook.db") as gradebook:
    for submission in gradebook.assignment_submissions("tiny"):
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        found[submission.student.id] = {grade.name: grade.auto_score for grade in grades}
print(json.dumps(found))
"""


class Nbgrader:
    variants: ClassVar = {"": (), "add_missing_cells": ("--OverwriteCells.add_missing_cells=True",)}

    def __init__(self, venv: Path, folder: Path, timeout: int, limit: float):
        self.place, self.limit, self.course = folder / "class", limit, folder / "course"
        self.box = Box(venv, self.place)
        make_course(self.course, venv, timeout)

    def prepare(self, notebook: bytes) -> bytes:
        return with_metadata(notebook)

    def why_not(self, case: Case, folder: Path) -> str:
        names = [path.name for path in folder.iterdir()]
        if names and FILE not in names:
            return "nbgrader has one name for the file that is handed in"
        return ""

    def grade(self, case: Case, given: dict[str, Path]) -> Result:
        report = self._autograde(
            given, [case.name], [f"--student={case.name}"], linger=linger(case), own=case.name
        )
        earned = _marks(report).get(case.name, {})
        # After an error there is no mark, and the teacher is told; a test that is missing silently earns nothing.
        done = report.get("rc") == 0 and earned
        points = sum(earned.get(f"test-{name}") or 0 for name in TESTS) if done else None
        return result(case.name, report, points, _happened(case, report, earned, points))

    def batch(self, given: dict[str, Path], *options: str) -> list[str]:
        """Names of the hand-ins that have a result after all were graded in one go."""
        names = [place.rpartition("/")[2] for place in given]
        marks = _marks(self._autograde(given, names, list(options)))
        return [name for name in marks if None not in [marks[name].get(f"test-{test}") for test in TESTS]]

    def _autograde(self, given: dict[str, Path], students: list[str], options: list[str], **more) -> dict:
        copies = [[f"hand_ins/{name}", f"course/submitted/{name}/tiny"] for name in students]
        program, python = (str(self.box.venv / "bin" / name) for name in ("nbgrader", "python"))
        return self.box.run(
            {**given, "course": self.course}, [program, "autograde", "tiny", *options], self.limit,
            cwd="course", copies=copies, then=[python, "-I", "-c", MARKS], **more,
        )  # fmt: skip


def with_metadata(notebook: bytes) -> bytes:
    """A tiny lab with what nbgrader wants to know of its cells."""
    notebook = LETTER.sub(lambda found: SHAPE + found[0], notebook)
    for cell, about in metadata().items():
        text = b'"nbgrader": ' + json.dumps(about).encode()
        notebook = re.sub(METADATA % cell.encode(), lambda found, new=text: found[1] + new + (found[2] or b","), notebook, flags=re.DOTALL)  # fmt: skip
    return notebook


def metadata() -> dict[str, dict]:
    """What nbgrader wants to know of each cell, by its id in the tiny lab."""
    found = {}
    for cell, name in (("tiny-setup-0", "setup"), ("tiny-code-2", "given")):
        found[cell] = {**SCHEMA, "grade": False, "grade_id": name, "locked": True}
    for name in TESTS:
        about = {"grade": True, "grade_id": f"test-{name}", "locked": True, "points": POINTS[f"tiny.{name}"]}
        found[f"tiny-{name}"] = {**SCHEMA, "grade": False, "grade_id": name, "solution": True}
        found[f"check-tiny-{name}"] = {**SCHEMA, **about}
    found["tiny-why"] = {**SCHEMA, "grade": True, "grade_id": "why", "solution": True, "points": 2}
    return found


def make_course(course: Path, venv: Path, timeout: int) -> None:
    """The teacher's part: the solution with asserts, and nbgrader's release of it. No hand-in is run here."""
    shutil.rmtree(course, ignore_errors=True)
    (course / "source" / "tiny").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(CONFIG.format(timeout=timeout), encoding="utf-8")
    notebook = json.loads(with_metadata(json.dumps(hand_in()).encode()))
    for cell in notebook["cells"]:
        name = cell["id"].rpartition("-")[2]
        if cell["id"].startswith("check-"):
            cell["source"] = TESTS[name]
        elif cell["id"] in [f"tiny-{test}" for test in TESTS]:
            head, _, body = "".join(cell["source"]).rpartition("\n")
            indent = "    " if head else ""
            cell["source"] = f"{head}\n{indent}### BEGIN SOLUTION\n{body}\n{indent}### END SOLUTION".lstrip(
                "\n"
            )
    (course / "source" / "tiny" / FILE).write_text(json.dumps(notebook), encoding="utf-8")
    command = [str(venv / "bin" / "nbgrader"), "generate_assignment", "tiny"]
    environment = {"PATH": f"{venv / 'bin'}:/usr/bin:/bin", "HOME": str(course.parent), "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"nbgrader makes no assignment of the tiny lab:\n{done.stderr[-2000:]}")


def _marks(report: dict) -> dict[str, dict[str, float | None]]:
    """Points by test by student, as the gradebook has them."""
    try:
        return json.loads(report.get("then", ""))
    except ValueError:
        return {}


def _happened(case: Case, report: dict, earned: dict, points: float | None) -> str:
    if points is None:
        lines = [line for line in report["said"].splitlines() if ERROR.match(line)]
        return f"exit {report.get('rc')}: {(lines or [''])[-1].strip()[:160]}"
    right = full()
    lost = [name for name in TESTS if (earned.get(f"test-{name}") or 0) < right[f"tiny.{name}"]]
    return f"exit 0: {told(points, lost)}"

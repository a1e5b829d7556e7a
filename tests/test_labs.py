"""The labs themselves: every one that exists is held to these tests by being there."""

import ast
import json
import statistics

import pytest

from labkit.notebooks import Repository, build
from labkit.notebooks.editions import EDITIONS, FRENCH, SOLUTION, STUDENT, make
from labkit.notebooks.labs import run_labs
from labkit.notebooks.source import read
from labkit.quiz import questions

REPOSITORY = Repository.find()
LABS = [read(path) for path in REPOSITORY.sources()]
every_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)

# The tasks of the course sheets that a lab answers, see the numbered list of requirements.
TASKS = {
    "01": {*(f"S2.{n}" for n in range(1, 9)), "S2.T"},
    "02": {*(f"S4.1.{n}" for n in range(1, 7)), *(f"S4.2.{n}" for n in range(1, 8))},
    "03": {
        *(f"S3.{n}" for n in range(1, 6)),
        *(f"S4.3.{n}" for n in range(1, 12)),
        *(f"S4.4.{n}" for n in range(1, 8)),
        *(f"S4.5.{n}" for n in range(1, 8)),
    },
    "04": {*(f"S0.{n}" for n in range(6)), *(f"S0.T{n}" for n in range(1, 8))},
    "05": {f"S1.{n}" for n in range(1, 14)},
    "06": {"S3.6", "S3.7"},
    "07": {"S3.7", "S3.8", "S3.9", "S3.10", "S3.11"},
}
# Every task of the five sheets, counted from the sheets and not from the labs.
EVERY_TASK = (
    {f"S0.{n}" for n in range(6)}
    | {f"S0.T{n}" for n in range(1, 8)}
    | {f"S1.{n}" for n in range(1, 14)}
    | {f"S2.{n}" for n in range(1, 9)}
    | {"S2.T"}
    | {f"S3.{n}" for n in range(1, 12)}
    | {
        f"S4.{part}.{n}"
        for part, tasks in ((1, 6), (2, 7), (3, 11), (4, 7), (5, 7))
        for n in range(1, tasks + 1)
    }
)


def test_every_edition_is_up_to_date():
    assert build(REPOSITORY, check=True) == []


@every_lab
def test_every_task_of_the_sheet_stands_in_some_cell(lab):
    cells = make(lab, STUDENT, REPOSITORY).cells
    named = {task for cell in cells for task in cell.metadata.get("labkit", {}).get("tasks", [])}
    assert TASKS.get(lab.number, set()) <= named


def test_no_task_of_the_sheets_is_missing():
    """Each stands in some cell of some lab, in each edition; and no cell names a task that no sheet has."""
    for edition in EDITIONS:
        cells = [cell for lab in LABS for cell in make(lab, edition, REPOSITORY).cells]
        named = {task for cell in cells for task in cell.metadata.get("labkit", {}).get("tasks", [])}
        assert sorted(EVERY_TASK - named) == []
        assert sorted(named - EVERY_TASK) == []


@every_lab
def test_every_question_is_asked_and_checked(lab):
    asked = {cell.question for cell in lab.cells if cell.question}
    checked = {question for cell in lab.cells for question in cell.checked}
    prefixes = {question.split(".")[0] for question in asked}
    known = {q.id: q for prefix in prefixes for q in questions(prefix).values()}
    assert set(known) == asked | checked
    assert checked == {question_id for question_id, q in known.items() if q.kind != "text"}


@every_lab
def test_cells_are_short(lab):
    lengths = [len(cell.source.splitlines()) for cell in lab.cells if cell.kind == "code"]
    assert statistics.median(lengths) <= 6
    assert max(lengths) <= 30


@every_lab
def test_the_source_is_plain_python(lab):
    ast.parse(lab.path.read_text(encoding="utf-8"))


@every_lab
def test_editions_are_small_and_without_widgets(lab):
    for edition in EDITIONS:
        path = edition.path(REPOSITORY, lab)
        assert path.stat().st_size < 2_000_000
        assert "widgets" not in json.loads(path.read_text(encoding="utf-8"))["metadata"]


@every_lab
def test_student_editions_have_no_outputs(lab):
    for edition in (STUDENT, FRENCH):
        stored = json.loads(edition.path(REPOSITORY, lab).read_text(encoding="utf-8"))
        code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@every_lab
def test_the_solution_carries_a_course_run_on_real_data(lab):
    run = make_with_stored_run(lab)
    assert run["profile"] == "course"
    assert run["data"]
    assert "offline sample" not in run["data"].values()


def make_with_stored_run(lab):
    path = SOLUTION.path(REPOSITORY, lab)
    return json.loads(path.read_text(encoding="utf-8"))["metadata"]["labkit"]["run"]


@pytest.mark.slow
@pytest.mark.long
@every_lab
def test_the_solution_passes_in_smoke_and_the_report_says_so(lab, tmp_path):
    (result,) = run_labs(REPOSITORY, [lab.number], profile="smoke", out=tmp_path)
    assert result.passed, result.problems
    assert result.compared > 0
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "1 of 1 lab passed" in index
    assert "offline sample" in index
    assert "data:image/png;base64" in (tmp_path / f"{lab.name}.html").read_text(encoding="utf-8")

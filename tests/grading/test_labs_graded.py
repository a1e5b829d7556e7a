"""Every lab through the grader, by being there: its solution earns every point, its empty editions none."""

import copy
import re
import sys

import pytest
from nbformat import NotebookNode

from labkit.grading import Graded, Reference, Wishes, grade, levels
from labkit.notebooks import Repository
from labkit.notebooks.editions import text_of
from tests.conftest import CORES

REPOSITORY = Repository.find()
# CI has half an hour: the first lab goes through the grader there, all of them with `make test-nightly`.
LABS = [
    pytest.param(path.stem, marks=[pytest.mark.nightly] * (place > 0))
    for place, path in enumerate(REPOSITORY.sources())
]
CELL_SECONDS = 600.0
STUB = re.compile(
    r"(#.*\n)*raise NotImplementedError\(.*\)"
)  # a cell without given lines, which may fail first

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux's"),
]


def written(folder, name: str, notebook: NotebookNode):
    (folder / name).mkdir(parents=True)
    (folder / name / "lab.ipynb").write_text(text_of(notebook), encoding="utf-8")


def answered(reference: Reference, language: str) -> NotebookNode:
    """A student's edition with the solution's answers."""
    answers, notebook = reference.model_answers(), copy.deepcopy(reference.editions[language])
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("labkit", {}).get("question"), cell.source)
    return notebook


@pytest.mark.parametrize("lab", LABS)
def test_the_solution_earns_every_point_and_the_empty_edition_none(lab, tmp_path):
    reference = Reference.of(REPOSITORY, lab)
    written(tmp_path / "in", "empty", reference.editions["fr"])
    written(tmp_path / "in", "right", answered(reference, "fr"))
    # on a machine without any isolation too: these hand-ins are ours
    wishes = Wishes(level=levels.best(), jobs=min(2, CORES), cell_seconds=CELL_SECONDS)
    empty, right = grade(tmp_path / "in", reference, tmp_path / "out", wishes)
    demand_everything(right, reference)
    demand_nothing(empty, reference)


def demand_everything(graded: Graded, reference: Reference) -> None:
    """Every point, and a student's edition that runs from its first cell to its last."""
    questions = reference.questions()
    assert [(cell.id, cell.error) for cell in graded.execution.cells if cell.outcome != "passed"] == []
    short = [
        mark
        for mark in graded.marks.values()
        if questions[mark.question].kind != "text" and mark.points != mark.most
    ]
    assert not short
    in_words = {name for name, asked in questions.items() if asked.kind == "text"}
    assert set(graded.open) == in_words
    assert not graded.flags
    assert graded.execution.language == "fr"


def demand_nothing(graded: Graded, reference: Reference) -> None:
    """No point, and a stop at each question that says its name."""
    assert {mark.points for mark in graded.marks.values()} == {0.0}
    assert graded.points == 0
    assert not graded.open
    errors = {cell.id: cell.error for cell in graded.execution.cells}
    stubs = [cell for cell in reference.editions["fr"].cells if STUB.fullmatch(cell.source)]
    asked = [cell.metadata["labkit"]["question"] for cell in stubs]
    assert len(asked) > len(reference.questions()) / 2
    for cell, question in zip(stubs, asked, strict=True):
        assert errors[cell.id].startswith(f"NotImplementedError: {question} : remplacez"), cell.id

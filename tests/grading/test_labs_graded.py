"""Every lab through the grader, by being there: its solution earns every point, its empty editions none."""

import sys

import pytest
from nbformat import NotebookNode

from labkit.grading import Graded, Reference, Wishes, grade, levels
from labkit.notebooks import Repository
from labkit.notebooks.editions import text_of

REPOSITORY = Repository.find()
LABS = [path.stem for path in REPOSITORY.sources()]
CELL_SECONDS = 600.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux's"),
]


@pytest.fixture(scope="module")
def level() -> str:
    found = levels.best()
    if found == "none":
        pytest.skip("this machine offers no isolation")
    return found


def written(folder, name: str, notebook: NotebookNode):
    (folder / name).mkdir(parents=True)
    (folder / name / "lab.ipynb").write_text(text_of(notebook), encoding="utf-8")


def answered(reference: Reference, language: str) -> NotebookNode:
    """A student's edition with the solution's answers."""
    answers, notebook = reference.model_answers(), reference.editions[language].copy()
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("labkit", {}).get("question"), cell.source)
    return notebook


@pytest.mark.parametrize("lab", LABS)
def test_the_solution_earns_every_point_and_the_empty_edition_none(lab, level, tmp_path):
    reference = Reference.of(REPOSITORY, lab)
    written(tmp_path / "in", "empty", reference.editions["en"])
    written(tmp_path / "in", "right", answered(Reference.of(REPOSITORY, lab), "fr"))
    wishes = Wishes(level=level, jobs=2, cell_seconds=CELL_SECONDS)
    empty, right = grade(tmp_path / "in", reference, tmp_path / "out", wishes)
    demand_everything(right, reference)
    assert {mark.points for mark in empty.marks.values()} == {0.0}
    assert empty.points == 0
    assert not empty.open
    assert right.execution.language == "fr"


def demand_everything(graded: Graded, reference: Reference) -> None:
    questions = reference.questions()
    short = [
        mark
        for mark in graded.marks.values()
        if questions[mark.question].kind != "text" and mark.points != mark.most
    ]
    assert not short
    in_words = {name for name, asked in questions.items() if asked.kind == "text"}
    assert set(graded.open) == in_words
    assert not graded.flags

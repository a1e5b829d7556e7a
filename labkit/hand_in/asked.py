"""What a notebook's lab asks: known from the lab itself where it is at hand, else from the notebook's own cells."""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from labkit.grading.matching import Matching
from labkit.grading.merging import choose
from labkit.grading.reference import Reference
from labkit.grading.stubs import is_code_stub, words
from labkit.hand_in.opening import Opened
from labkit.notebooks import Repository
from labkit.quiz import questions

_CHECKS = re.compile(r"^[ \t]*lk\.check\(\s*[\"']([\w.]+)[\"']", re.MULTILINE)
_STUB = re.compile(r"^[ \t]*raise NotImplementedError\b", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """The questions of a notebook's lab.

    Attributes:
        answers: questions with a cell to answer in: whether each is answered.
        gone: those of them whose cell is not there any more.
        checked: questions that a cell checks, so that a line of its output tells the result.
    """

    lab: str
    answers: dict[str, bool]
    gone: frozenset[str]
    checked: tuple[str, ...]
    solution: bool = False

    def __bool__(self) -> bool:
        """Whether it is a lab of labkit's at all."""
        return bool(self.answers or self.checked)


def asked(opened: Opened) -> Asked:
    """What is asked in a notebook; nothing if it is no lab.

    The lab is read from a checkout of labkit if there is one. Without, the notebook's own cells tell, with
    the question files: an answer counts as missing if the lab's own error still stands in it.
    """
    about = opened.clean.metadata.labkit
    name, solution = about.get("lab", ""), about.get("edition") == "solution"
    cells = opened.clean.cells
    own = {cell.metadata.labkit["question"] for cell in cells if cell.metadata.labkit.get("question")}
    checks = [
        question for cell in cells if cell.cell_type == "code" for question in _CHECKS.findall(cell.source)
    ]
    if not own and not checks and not name:
        return Asked("", {}, frozenset(), ())
    reference = _reference(name, next(iter([*sorted(own), *checks]), ""))
    if reference:
        return _by_lab(reference, opened.clean, solution)
    return _by_cells(name or opened.path.stem, opened.clean, own, checks, solution)


def _reference(name: str, question: str) -> Reference | None:
    """The lab as the checkout has it; known by name, else by one of its questions."""
    try:
        repository = Repository.find()
        names = [path.stem for path in repository.sources()]
        if name not in names:
            texts = {path.stem: path.read_text(encoding="utf-8") for path in repository.sources()}
            names = [found for found, text in texts.items() if question and f'"{question}"' in text]
            name = next(iter(names), "")
        return Reference.of(repository, name) if name else None
    except (OSError, ValueError):  # no checkout, or a lab that somebody is writing just now
        return None


def _by_lab(reference: Reference, clean: NotebookNode, solution: bool) -> Asked:
    edition = reference.editions[choose(reference.editions, clean)]
    matching = Matching.of(edition, clean)
    answers = {question: not matching.open(place) for question, place in matching.places.items()}
    gone = {question for question, place in matching.places.items() if not matching.answers(place)}
    checks = [
        question for cell in edition.cells for question in cell.metadata.get("labkit", {}).get("checks", [])
    ]
    return Asked(reference.name, answers, frozenset(gone), tuple(dict.fromkeys(checks)), solution)


def _by_cells(lab: str, clean: NotebookNode, own: set[str], checks: list[str], solution: bool) -> Asked:
    answers: dict[str, bool] = {}
    for cell in clean.cells:
        question = cell.metadata.labkit.get("question")
        if question:
            answers[question] = answers.get(question, False) or _answered(cell, question)
    known = [
        f"{prefix}.{name}"
        for prefix in dict.fromkeys(q.partition(".")[0] for q in [*answers, *checks])
        for name in questions(prefix)
    ]
    gone = [question for question in known if question not in own and question not in checks]
    answers |= dict.fromkeys(gone, False)
    return Asked(lab, answers, frozenset(gone), tuple(dict.fromkeys(checks)), solution)


def _answered(cell: NotebookNode, question: str) -> bool:
    if cell.cell_type == "code":
        return not _STUB.search(cell.source) and not is_code_stub(cell.source, "")
    return bool(words(cell.source, question))

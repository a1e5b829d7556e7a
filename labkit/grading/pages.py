"""The pages of a grading: one for each student, one for the class, one for what a person reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from labkit import __version__
from labkit.files import write_text
from labkit.grading import class_pages, gradebook, page_words
from labkit.grading.clean import file_name, picture, shortened, visible
from labkit.grading.copies import Copy
from labkit.grading.records import CellRun, Graded, Mark
from labkit.grading.tables import points
from labkit.quiz import Question

STUDENTS = "students"
_LONGEST = 20_000  # characters of an answer that are shown
_PICTURES = 8  # of one question


@dataclass(frozen=True)
class LabText:
    """What the pages need to know of the lab.

    Attributes:
        title: by language.
        questions: by id, in the lab's order.
        headings: by language, then by question: the section that it stands in.
        asked: by question, the prose above it, for the person who reads the answers.
        solutions: by question, the model answer, for the same person.
        profile: `"smoke"` means that the offline sample was used.
    """

    title: Mapping[str, str]
    questions: Mapping[str, Question]
    headings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    solutions: Mapping[str, str] = field(default_factory=dict)
    profile: str = "course"


def write_pages(graded: Sequence[Graded], out: Path, lab: LabText, copies: Sequence[Copy] = ()) -> Path:
    """Write `out/index.html`, `out/queue.html` and `out/students/*.html`; returns the index.

    The pages load nothing and run nothing. All that students wrote is data: it is escaped, what cannot be seen
    in it is made visible, and no address is made of it. A student's page holds nothing about anybody else.
    """
    graded = sorted(graded, key=lambda one: one.hand_in.name)
    templates = environment()
    for one in graded:
        page = templates.get_template("student.html.j2").render(student(one, lab))
        write_text(out / address(one), page)
    shared = {
        "title": lab.title["en"],
        "profile": lab.profile,
        "version": __version__,
        "words": page_words.PAGE["en"],
    }
    for name, view in (
        ("queue", class_pages.queue(graded, lab)),
        ("class", class_pages.overview(graded, lab, copies)),
    ):
        target = out / ("index.html" if name == "class" else f"{name}.html")
        write_text(target, templates.get_template(f"{name}.html.j2").render(view | shared))
    return out / "index.html"


def address(graded: Graded) -> str:
    """Where a student's page lies below the output folder."""
    return f"{STUDENTS}/{file_name(graded.hand_in.name, graded.hand_in.student)}.html"


def environment() -> Any:
    """Templates in which every value is cleaned and escaped, whatever it is."""
    import jinja2

    folder = files("labkit.grading")
    found = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        finalize=lambda value: visible(value) if type(value) is str else value,  # Markup is our own
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["points"] = points
    found.filters["shortened"] = lambda text: shortened(text, _LONGEST)
    found.globals["address"] = address
    return found


def student(graded: Graded, lab: LabText) -> dict[str, Any]:
    """What a student's page says."""
    language = page_words.known(graded.execution.language)
    execution = graded.execution
    now = gradebook.state(graded)
    return {
        "language": language,
        "words": page_words.PAGE[language],
        "status_words": page_words.STATUS[language],
        "title": lab.title.get(language, lab.title["en"]),
        "name": graded.hand_in.student or graded.hand_in.name,
        "file": graded.hand_in.name,
        "graded": graded,
        "state": now,
        "reason": gradebook.reason(graded) if now == "rejected" else "",
        "sample": lab.profile == "smoke",
        "answers": [_answer(graded, mark, lab, language) for mark in _ordered(graded, lab)],
        "noticed": page_words.for_student(graded.flags, language),
        "level": page_words.LEVEL[language].get(execution.level, ""),
        "device": execution.device,
        "version": __version__,
    }


def _ordered(graded: Graded, lab: LabText) -> list[Mark]:
    place = {question: i for i, question in enumerate(lab.questions)}
    return sorted(
        graded.marks.values(), key=lambda mark: (place.get(mark.question, len(place)), mark.question)
    )


def _answer(graded: Graded, mark: Mark, lab: LabText, language: str) -> dict[str, Any]:
    execution, question = graded.execution, mark.question
    cells = [cell for cell in execution.cells if _belongs(cell, question)]
    shown = [text for cell in cells for text in cell.pictures][:_PICTURES]
    pictures = [text for text in map(picture, shown) if text]
    known = lab.questions.get(question)
    return {
        "mark": mark,
        "heading": lab.headings.get(language, {}).get(question, ""),
        "tasks": known.tasks if known else (),
        "in_words": known is not None and known.kind == "text",
        "source": execution.answers.get(question) or "",
        "errors": [cell.error for cell in cells if cell.error],
        "stops": [page_words.STOP[language].get(cell.stop, cell.stop) for cell in cells if cell.stop],
        "pictures": pictures,
        "left_out": len(pictures) < len(shown),
    }


def _belongs(cell: CellRun, question: str) -> bool:
    """Cells of one answer are called `mnist-train`, `mnist-train--2`, ..., see labkit.notebooks.editions."""
    return cell.id.partition("--")[0] == question.replace(".", "-")

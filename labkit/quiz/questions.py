"""Questions: what is asked, what is accepted, what a wrong answer is told; one TOML file a lab."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from labkit import config
from labkit.quiz.messages import say
from labkit.quiz.question_files import labs, read_lab
from labkit.quiz.reading import described

_LONGEST_NAME = 60


class UnknownQuestionError(KeyError):
    """There is no such question. (A bare KeyError would print its sentence in quotes.)"""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Question:
    """One question of a lab.

    Attributes:
        id: `lab.name`, e.g. `mnist.flatten_size`.
        tasks: of the course sheets, e.g. `("S2.6",)`.
        kind: how an answer is judged, one of `question_files.KINDS`; `text` is read by a person.
        accept: every defensible answer.
        tolerance: how far a number may be off, absolute.
        shows: what a right answer is told, by language; `{answer}` stands for the answer.
        hint: what a wrong answer is told, by language.
        misconceptions: wrong answers that are known, each with its own message: `answer`, `en`, `fr`;
            for a model, `answer` is its number of parameters.
        wants: properties that an array, a model or a figure must have.
        contract: the least that a metric must reach, by profile; `[least, most]` for one that is meant to fail.
        expect: of a function, Python that defines `expect(...)`: what it returns is right. Run by the grader only.
        probe: what the grader asks for besides, see `labkit.quiz.probe_fields`.
    """

    id: str
    tasks: tuple[str, ...]
    kind: str
    points: float = 1
    accept: tuple = ()
    tolerance: float = 0.0
    shows: Mapping[str, str] = field(default_factory=dict)
    hint: Mapping[str, str] = field(default_factory=dict)
    misconceptions: tuple[Mapping[str, Any], ...] = ()
    wants: Mapping[str, Any] = field(default_factory=dict)
    contract: Mapping[str, Any] = field(default_factory=dict)
    expect: str = ""
    probe: Mapping[str, Any] = field(default_factory=dict)


def question(question_id: str) -> Question:
    """The question of that id.

    Raises:
        KeyError: there is none; the message names the nearest, or those of the same lab.

    Example:
        >>> question("mnist.flatten_size").tasks
        ('S2.6',)
    """
    if not isinstance(question_id, str):
        raise UnknownQuestionError(say("not an id", got=described(question_id)))
    lab, _, name = question_id.partition(".")
    found = questions(lab)
    if name not in found:
        raise UnknownQuestionError(_unknown(repr(question_id[:_LONGEST_NAME]), lab))
    return found[name]


def questions(lab: str) -> dict[str, Question]:
    """All questions of a lab (`"mnist"`), by name, an instructor's own folder laid over labkit's.

    Raises:
        ValueError: a question file is wrong; the message names file, question and field.
    """
    named = lab.isidentifier() and len(lab) < _LONGEST_NAME  # so that it can be a file's name and no path
    return _questions(lab, config.questions_folder()) if named else {}


def forget() -> None:
    """Read the question files again when they are next needed: a process reads each once."""
    _questions.cache_clear()


@cache
def _questions(lab: str, own: Path | None) -> dict[str, Question]:
    tables = read_lab(lab, own)
    return {name: _question(f"{lab}.{name}", table) for name, table in tables.items()}


def _question(question_id: str, table: dict) -> Question:
    return Question(id=question_id, **{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})


def _unknown(asked: str, lab: str) -> str:
    """One line for an unknown question: the nearest one, else what there is."""
    known = [f"{lab}.{name}" for name in questions(lab)]
    everything = labs(config.questions_folder())
    near = get_close_matches(asked.strip("'\""), known or [q for name in everything for q in _ids(name)], n=1)
    if near:
        advice = say("did you mean", known=near[0])
    elif known:
        advice = say("lab has", lab=lab, known=", ".join(questions(lab)))
    else:
        advice = say("labs are", known=", ".join(everything))
    return say("unknown question", asked=asked, advice=advice)


def _ids(lab: str) -> list[str]:
    return [f"{lab}.{name}" for name in questions(lab)]

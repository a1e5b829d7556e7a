"""The question files: one TOML a lab, read by the notebook's checks and by the grader alike."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from labkit import config

KINDS = ("array", "choice", "figure", "indices", "metric", "model", "number", "numbers", "shape", "text")
_FIELDS = {
    "tasks",
    "points",
    "kind",
    "accept",
    "tolerance",
    "shows",
    "hint",
    "misconceptions",
    "wants",
    "contract",
}


@dataclass(frozen=True)
class Question:
    """One question of a lab.

    Attributes:
        id: `lab.name`, e.g. `mnist.flatten_size`.
        tasks: of the course sheets, e.g. `("S2.6",)`.
        kind: how an answer is judged, one of `KINDS`; `text` is read by a person.
        accept: every defensible answer.
        tolerance: how far a number may be off, absolute.
        shows: what a right answer is told, by language; `{answer}` stands for the answer.
        hint: what a wrong answer is told, by language.
        misconceptions: wrong answers that are known, each with its own message: `answer`, `en`, `fr`.
        wants: properties that an array, a model or a figure must have.
        contract: the least that a metric must reach, by profile.
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
    contract: Mapping[str, float] = field(default_factory=dict)


def question(question_id: str) -> Question:
    """The question of that id.

    Raises:
        KeyError: there is none; the message names those of the same lab.

    Example:
        >>> question("mnist.flatten_size").tasks
        ('S2.6',)
    """
    lab, _, name = question_id.partition(".")
    found = questions(lab)
    if name not in found:
        known = ", ".join(found) or "no question at all"
        raise KeyError(f"there is no question {question_id!r}: lab {lab!r} has {known}.")
    return found[name]


def questions(lab: str) -> dict[str, Question]:
    """All questions of a lab (`"mnist"`), by name, an instructor's own folder laid over labkit's.

    Raises:
        ValueError: a question file is wrong; the message names file, question and field.
    """
    return _questions(lab, config.questions_folder())


@cache
def _questions(lab: str, own: Path | None) -> dict[str, Question]:
    tables: dict[str, dict] = {}
    for folder in (files("labkit.quiz") / "questions", own):
        path = folder / f"{lab}.toml" if folder is not None else None
        if path is not None and path.is_file():
            for name, table in _read(path).items():
                tables[name] = {**tables.get(name, {}), **table}
    return {name: _parsed(f"{lab}.{name}", table) for name, table in tables.items()}


def _read(path: Any) -> dict[str, dict]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is no valid TOML: {error}.") from None


def _parsed(question_id: str, table: dict) -> Question:
    unknown = set(table) - _FIELDS
    if unknown:
        raise ValueError(f"question {question_id} has the unknown field {sorted(unknown)[0]!r}.")
    for needed in ("kind", "tasks"):
        if needed not in table:
            raise ValueError(f"question {question_id} lacks the field {needed!r}.")
    config.one_of(f"kind of question {question_id}", table["kind"], KINDS)
    for texts in (table.get("shows"), table.get("hint"), *table.get("misconceptions", [])):
        if texts is not None and not set(config.LANGUAGES) <= set(texts):
            raise ValueError(
                f"question {question_id} has a text without its {' or '.join(config.LANGUAGES)}."
            )
    return Question(id=question_id, **{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})

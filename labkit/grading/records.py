"""What grading writes down: hand-ins, their execution, marks. Plain data that goes through JSON unharmed."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

STATUSES = ("right", "partly", "wrong", "unanswered", "not reached", "to read", "error")
LEVELS = ("full", "partial", "none")


class Rejected(ValueError):  # noqa: N818 - what happened to a hand-in, not a fault of the program
    """A hand-in that cannot be graded; the message says why, in one line for student and instructor."""


@dataclass(frozen=True)
class Flag:
    """Something that an instructor should know of a hand-in; it never changes a mark.

    Attributes:
        kind: e.g. `"locked cell changed"`, `"nbval marker"`, `"cell added"`, `"two answers"`.
        detail: one line; what and where.
        question: its id, where it belongs to one.
    """

    kind: str
    detail: str = ""
    question: str = ""


@dataclass(frozen=True)
class HandIn:
    """One file that was handed in.

    Attributes:
        name: its path within the folder or zip, unique; the row's key in the gradebook.
        path: where it lies (for a zip: where it was unpacked); empty if it was rejected before that.
        student: a name to show: the Moodle name, else the folder's, else the file's.
        identifier: Moodle's participant number, or "".
        sha: SHA-256 of the bytes, or "" if it cannot be read.
        rejected: why it cannot be graded, or "".
    """

    name: str
    path: str
    student: str
    identifier: str = ""
    sha: str = ""
    rejected: str = ""
    flags: tuple[Flag, ...] = ()


@dataclass
class CellRun:
    """What came of one cell of the merged notebook.

    Attributes:
        outcome: `"passed"`, `"failed"` or `"stopped"`.
        role: `"locked"`, `"answer"`, `"added"` or `"check"`, a probe.
        stop: `"cell time"`, `"notebook time"`, `"output"`, `"kernel died"`, `"disk"` or `"not reached"`.
        error: one line, such as `"NameError: name 'x' is not defined"`.
        evidence: texts that a probe published.
        pictures: base64 PNGs, few and small.
    """

    id: str
    outcome: str
    role: str = "locked"
    seconds: float = 0.0
    stop: str = ""
    error: str = ""
    evidence: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)


@dataclass
class Execution:
    """What came of re-executing a hand-in.

    Attributes:
        status: `"done"`, `"rejected"` (with `reason`) or `"error"` (the grader's own; it is tried again).
        answers: source of each code answer and text of each prose answer by question id; None if it is lost.
        unanswered: questions whose answer is still the stub.
        lost: questions whose answer cell was not found while unknown cells are left over: a person looks.
        leftover: sources of the cells that fit nowhere (for the side-by-side page).
        level, device: of the isolation and of the computation, as asserted.
    """

    status: str = "error"
    reason: str = ""
    level: str = ""
    device: str = ""
    seconds: float = 0.0
    language: str = "en"
    nonce: str = ""
    answers: dict[str, str | None] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    leftover: list[str] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    cells: list[CellRun] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> Self:
        cells = [CellRun(**cell) for cell in found.get("cells", [])]
        flags = [Flag(**flag) for flag in found.get("flags", [])]
        return cls(**{**found, "cells": cells, "flags": flags})


@dataclass(frozen=True)
class Mark:
    """What one question earned.

    Attributes:
        points: None while a person has to read it, and after the grader's own error.
        by: `"labkit"` or, from to_read.csv, `"instructor"`.
        forged: what was wrong with the evidence, if it was no evidence at all.
    """

    question: str
    points: float | None
    most: float
    status: str
    message: str = ""
    by: str = "labkit"
    forged: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Graded:
    """A hand-in with all that was found: one row of the gradebook, one feedback page."""

    hand_in: HandIn
    execution: Execution
    marks: dict[str, Mark] = field(default_factory=dict)
    flags: list[Flag] = field(
        default_factory=list
    )  # of the hand-in, the execution, the judging and the class (copies)

    @property
    def points(self) -> float:
        """What is certain so far; what a person has still to read counts nothing yet."""
        return round(sum(mark.points or 0 for mark in self.marks.values()), 2)

    @property
    def most(self) -> float:
        return round(sum(mark.most for mark in self.marks.values()), 2)

    @property
    def open(self) -> list[str]:
        """Questions that have no points yet."""
        return [mark.question for mark in self.marks.values() if mark.points is None]

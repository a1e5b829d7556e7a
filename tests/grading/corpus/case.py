"""One case of the corpora: what is handed in, what it must earn, what the grader must say of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.grading.corpus import net, tiny

LABS = {"tiny": tiny, "net": net}
CATEGORIES = (
    "time",
    "memory",
    "processes",
    "disk",
    "output",
    "kernel death",
    "network",
    "host files",
    "forging",
    "structure",
    "folder files",
    "malformed",
)
FILE = "lab.ipynb"

Make = Callable[[Path], None]
Marks = Mapping[str, float | None]


@dataclass(frozen=True)
class Case:
    """A hand-in with its expectations.

    Attributes:
        category: one of CATEGORIES, or `"benign"`.
        why: what is tried, in one line.
        make: writes the hand-in into a student's folder. `{outside}` and the other places of `write()` may
            stand in the text of its files.
        marks: points by question id, exactly; None for an answer that a person reads. A question that is not
            named may earn anything from 0 to its points: the hand-in spoils it for itself.
        status: `"done"`, `"rejected"`, or `"either"`: if it is not rejected, the marks hold.
        at: the question whose answer cell is hostile.
        stops: at least one cell of `at`, its probe included, must have been stopped by one of these; nothing is
            asked if there are none.
        flags: kinds of flags that must be there.
        lab: `"tiny"`, or `"net"`, which needs Keras.
    """

    name: str
    category: str
    why: str
    make: Make
    marks: Marks
    status: str = "done"
    at: str = ""
    stops: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    lab: str = "tiny"


def full(lab: str = "tiny") -> dict[str, float | None]:
    """The marks of a hand-in that is right everywhere."""
    return dict(LABS[lab].POINTS)


def without(*names: str, lab: str = "tiny") -> dict[str, float | None]:
    """The marks where these questions earn nothing and all others everything."""
    lost = {f"{lab}.{name}" for name in names}
    return {question: 0 if question in lost else points for question, points in full(lab).items()}


def nothing(lab: str = "tiny") -> dict[str, float | None]:
    """No point for any question that the grader judges by itself."""
    return {question: None if points is None else 0 for question, points in full(lab).items()}


def file(notebook: Mapping[str, Any], name: str = FILE) -> Make:
    """Writes a notebook as a student's only file."""
    return text(json.dumps(notebook, ensure_ascii=False, indent=1), name)


def text(content: str | bytes, name: str = FILE) -> Make:
    """Writes one file, whatever it is."""
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    return lambda folder: _write(folder / name, data)


def files(contents: Mapping[str, str | bytes], notebook: Mapping[str, Any]) -> Make:
    """Writes a notebook and other files beside it."""

    def make(folder: Path) -> None:
        file(notebook)(folder)
        for name, content in contents.items():
            text(content, name)(folder)

    return make


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def attack(category: str, name: str, why: str, source: str, *, at: str = "area", **more: Any) -> Case:
    """One hostile answer cell; all other answers are right and keep their marks."""
    lab = more.get("lab", "tiny")
    notebook = LABS[lab].hand_in({at: source.strip("\n")})
    return Case(
        name, category, why, file(notebook), **{"marks": without(at, lab=lab), "at": f"{lab}.{at}", **more}
    )


def forgery(name: str, why: str, source: str, *, at: str = "area", **more: Any) -> Case:
    """One hostile answer cell that wants marks for a notebook in which every answer is wrong: it earns nothing."""
    notebook = tiny.hand_in({**tiny.WRONG, at: source.strip("\n")})
    return Case(name, "forging", why, file(notebook), **{"marks": nothing(), "at": f"tiny.{at}", **more})


def good(name: str, why: str, answers: Mapping[str, str | None], **more: Any) -> Case:
    """An honest hand-in: right answers with these in their place, all marks if nothing else is said."""
    changes = {key: more.pop(key) for key in ("language", "added") if key in more}
    answers = {key: source and source.strip("\n") for key, source in answers.items()}
    return Case(name, "benign", why, file(tiny.hand_in(answers, **changes)), **{"marks": full(), **more})

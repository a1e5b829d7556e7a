"""Whose a file is, and what a student handed in: Moodle's names, else the top folder, else the file's name."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from labkit.grading.clean import one_line
from labkit.grading.records import Flag, HandIn

MOST_FILES = 20  # of one student that are graded
_MOST_FLAGS = 5
_LONGEST = 120
_MOODLE = re.compile(r"(.+?)_(\d{1,18})_assignsubmission_[a-z]+(?:_.*)?", re.DOTALL)
_ENDINGS = re.compile(r"(\.(ipynb|json|txt|zip))+$", re.IGNORECASE)


@dataclass(frozen=True)
class File:
    """A file that was found.

    Attributes:
        parts: its path below the place that is graded; "" at the end stands for an empty folder.
        path, sha: of the copy, if it is a notebook.
        rejected: why it cannot be graded.
        refused: why it was left in its zip.
    """

    parts: tuple[str, ...]
    path: str = ""
    sha: str = ""
    notebook: bool = False
    rejected: str = ""
    refused: str = ""

    @property
    def shown(self) -> str:
        return "/".join(shown(part) for part in self.parts if part) or "?"


@dataclass(frozen=True)
class Student:
    """A student as the hand-in's place tells.

    Attributes:
        key: the same for all files of a student.
        loose: a file that lies in no folder and bears no name of Moodle's.
    """

    key: str
    name: str
    identifier: str = ""
    loose: bool = False


def student(parts: Sequence[str]) -> Student:
    """The student that a path belongs to, by its folders and the file's name.

    Example:
        >>> student(["Marie Curie_12345_assignsubmission_file_", "lab.ipynb"]).name
        'Marie Curie'
        >>> student(["Marie Curie_12345_assignsubmission_file_lab.ipynb"]).identifier
        '12345'
        >>> student(["curie.ipynb"]).name, student(["curie", "lab.ipynb"]).name
        ('curie', 'curie')
    """
    for part in parts:
        if found := _MOODLE.fullmatch(part):
            return Student(f"moodle {found[1]} {found[2]}", shown(found[1]), found[2])
    name = shown(_ENDINGS.sub("", parts[0]) or parts[0])
    return Student(f"folder {parts[0]}", name, loose=len(parts) == 1)


def shown(name: str) -> str:
    """A name as one visible line; accents in one piece, however the disk keeps them.

    Example:
        >>> shown("Zoe\\u0301\\n ")
        'Zoé'
    """
    # Cut first: in a zip a name may have 65,535 bytes, and accents upon accents take time by the square.
    readable = name[: 4 * _LONGEST].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return one_line(unicodedata.normalize("NFC", readable), _LONGEST) or "?"


def wrapper(paths: Sequence[Sequence[str]]) -> int:
    """How many folders around everything say nothing of a student: `submissions/` in a zip made by hand.

    Args:
        paths: of the notebooks; of other files, with "" in place of the file's name.

    Example:
        >>> wrapper([["all", "curie", "lab.ipynb"], ["all", "noether", "lab.ipynb"]])
        1
        >>> wrapper([["curie", "lab.ipynb"], ["noether", "lab.ipynb"]])
        0
    """
    depth = 0
    while paths and all(len(parts) > depth + 1 for parts in paths):
        names = {parts[depth] for parts in paths}
        if len(names) > 1 or _MOODLE.fullmatch(names.pop()):
            break
        depth += 1
    branches = {parts[depth] for parts in paths} - {""}
    return depth if len(branches) > 1 else 0


def hand_ins(files: Sequence[File]) -> list[HandIn]:
    """What each student handed in, sorted by name: one row a notebook, one for a student who has none."""
    told = [file.parts if file.notebook or file.rejected else (*file.parts[:-1], "") for file in files]
    depth = wrapper(told)
    by_student: dict[str, tuple[Student, list[File]]] = {}
    for file in sorted(files, key=lambda file: file.parts):
        who = student(file.parts[depth:])
        by_student.setdefault(who.key, (who, []))[1].append(file)
    found = [hand_in for who, owned in by_student.values() for hand_in in _of(who, owned)]
    return _unique(sorted(found, key=lambda hand_in: hand_in.name))


def _of(who: Student, files: list[File]) -> list[HandIn]:
    common = {"student": who.name, "identifier": who.identifier, "flags": _flags(files)}
    handed_in = [file for file in files if file.notebook or file.rejected]
    if not handed_in and not who.loose:
        others = ", ".join(file.shown for file in files if file.parts[-1])
        holds = one_line(f"; it holds: {others}", 200) if others else ""
        return [HandIn(_top(files), "", rejected=f"no notebook in it{holds}", **common)]
    kept = sorted(handed_in, key=lambda file: not file.notebook)[:MOST_FILES]
    found = [HandIn(f.shown, f.path, sha=f.sha, rejected=f.rejected, **common) for f in kept]
    if left := len(handed_in) - len(kept):
        reason = f"{left:,} more files of this student, beyond the first {MOST_FILES}, are not graded"
        found.append(HandIn(f"{_top(files)}/...", "", rejected=reason, **common))
    return found


def _flags(files: list[File]) -> tuple[Flag, ...]:
    flags = []
    notebooks = [file.shown for file in files if file.notebook]
    if len(notebooks) > 1:
        names = one_line(f"{len(notebooks)} of one student: {', '.join(notebooks)}", 300)
        flags.append(Flag("several notebooks", names))
    left = [Flag("not unpacked", one_line(f"{file.shown}: {file.refused}")) for file in files if file.refused]
    return tuple(flags + left[:_MOST_FLAGS])


def _top(files: list[File]) -> str:
    """The folder that a student's files have in common, or the file's name if it lies in none."""
    levels = zip(*[file.parts[:-1] or file.parts for file in files], strict=False)
    shared = takewhile(lambda names: len(set(names)) == 1, levels)
    return File(tuple(names[0] for names in shared) or files[0].parts[:1]).shown


def _unique(found: list[HandIn]) -> list[HandIn]:
    """Names that differ only in what cannot be shown get a number: the name is the gradebook's key."""
    taken, unique = {hand_in.name for hand_in in found}, []
    seen: set[str] = set()
    for hand_in in found:
        name, number = hand_in.name, 1
        while name in seen or (number > 1 and name in taken):
            number += 1
            name = f"{hand_in.name} ({number})"
        seen.add(name)
        unique.append(replace(hand_in, name=name))
    return unique

"""A student's own notebook opened with its outputs, and made valid: format 4.5, ids kept where there were any."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines
from nbformat.validator import NotebookValidationError, validate

from labkit import config
from labkit.grading.reading import read_beside
from labkit.grading.records import Flag, Rejected
from labkit.hand_in.words import say

_UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # half a surrogate pair cannot be written as UTF-8
_IDS = {"cell id that is none", "cell id of another cell"}
_FORMAT = (4, 5)


@dataclass
class Opened:
    """A notebook as it was found.

    Attributes:
        notebook: valid, of format 4.5, with the outputs that were stored.
        clean: the same cells as the grader reads them, without outputs and embedded pictures.
        format: as the file says, e.g. `"4.5"`.
        mended: what had to be put right, in words.
    """

    path: Path
    notebook: NotebookNode
    clean: NotebookNode
    format: str
    mended: list[str] = field(default_factory=list)

    @property
    def language(self) -> str:
        """Of the edition that it was made from, else the one that is chosen anyway."""
        said = self.clean.metadata.labkit.get("language")
        return said if said in config.LANGUAGES else config.language()


def open_notebook(path: str | Path) -> Opened:
    """Open a notebook that is to be handed in.

    Raises:
        FileNotFoundError, IsADirectoryError: there is no such file.
        Rejected: it is no notebook, or one that cannot be handed in; the message says what to do.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name the notebook in it.")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}: name the notebook that you want to hand in.")
    raw, clean, flags = read_beside(path.resolve())
    _demand_present_format(raw)
    for flag in flags:
        _demand_readable(flag)
    try:
        raw = _writable(raw)
        notebook, lost, relieved = _made(raw, clean)
    except RecursionError:
        raise Rejected("it is nested too deeply to be a notebook") from None
    found = f"{raw.get('nbformat', '?')}.{raw.get('nbformat_minor', '?')}"
    return Opened(path, notebook, clean, found, _mended(found, flags, lost, relieved))


def _demand_present_format(raw: dict) -> None:
    version = raw.get("nbformat", 4)
    if not isinstance(raw.get("cells"), list) or version in (1, 2, 3):
        raise Rejected(say("old format", version=raw.get("nbformat", 3)))
    if version != 4:
        raise Rejected(say("future format", version=str(version)[:10]))


def _demand_readable(flag: Flag) -> None:
    if flag.kind == "another kernel":
        raise Rejected(say("kernel", detail=flag.detail))
    if flag.kind == "cell too long":
        raise Rejected(flag.detail.removesuffix(" and counts as missing") + ": shorten it")


def _mended(found: str, flags: list[Flag], lost: int, relieved: bool) -> list[str]:
    now = ".".join(map(str, _FORMAT))
    words = [say("upgraded", version=found, now=now)] if found != now else []
    words += [flag.detail for flag in flags if flag.kind == "encoding"]
    words += [say("ids")] * any(flag.kind in _IDS for flag in flags)
    words += [say("outputs", n=lost)] * bool(lost)
    return words + [say("metadata")] * relieved


def _made(raw: dict, clean: NotebookNode) -> tuple[NotebookNode, int, bool]:
    """The notebook; how many outputs were no outputs; whether metadata were no metadata."""
    cells, lost, relieved = [], 0, False
    for found, known in zip(raw["cells"], clean.cells, strict=True):
        cell = _bare(found, known)
        relieved |= _relieve(cell, known)
        if known.cell_type == "code":
            stored = found.get("outputs") if isinstance(found.get("outputs"), list) else []
            cell["outputs"] = [output for output in stored if _valid(output, "output")]
            lost += len(stored) - len(cell["outputs"])
        cells.append(cell)
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
    made = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    if not _valid({**made, "cells": []}, None):
        metadata = {"labkit": dict(clean.metadata.labkit)}
        made, relieved = {**made, "metadata": metadata}, True
    return rejoin_lines(nbformat.from_dict(made)), lost, relieved


def _bare(found: Any, known: NotebookNode) -> dict:
    """A cell with its own metadata and attachments, without outputs; the id is the one that the grader will see."""
    found = found if isinstance(found, dict) else {}
    cell = {"cell_type": known.cell_type, "id": known.id, "source": known.source}
    if known.cell_type == "markdown":
        cell["source"] = _text(found.get("source"), known.source)  # with the pictures that stand in it
    cell["metadata"] = found.get("metadata", {})
    if known.cell_type == "code":
        count = found.get("execution_count")
        cell |= {"outputs": [], "execution_count": count if type(count) is int and count >= 0 else None}
    elif isinstance(found.get("attachments"), dict):
        cell["attachments"] = found["attachments"]
    return cell


def _relieve(cell: dict, known: NotebookNode) -> bool:
    """Take away metadata and attachments that make a cell invalid; whether there were any."""
    kind = f"{cell['cell_type']}_cell"
    if _valid(cell, kind):
        return False
    cell.pop("attachments", None)
    cell["metadata"] = {key: value for key, value in known.metadata.items() if value}
    return True


def _text(source: Any, otherwise: str) -> str:
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source.replace("\r\n", "\n").replace("\r", "\n") if isinstance(source, str) else otherwise


def _valid(part: Any, kind: str | None) -> bool:
    try:
        validate(part, ref=kind, version=_FORMAT[0], version_minor=_FORMAT[1])
    except (NotebookValidationError, AttributeError, TypeError, KeyError):
        return False
    return True


def _writable(value: Any) -> Any:
    """The same JSON without characters that cannot be written."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if isinstance(value, dict):
        return {_writable(key): _writable(item) for key, item in value.items()}
    return value

"""One handed-in file read with suspicion: whatever an editor made of it becomes a clean notebook, or a reason.

Only what grading uses is taken over: each cell's kind, source, id, tags and question. Outputs, attachments,
widgets and all other metadata are dropped before anything is validated.
"""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4.convert import upgrade_cell

from labkit.grading.clean import one_line
from labkit.grading.hand_ins import opened
from labkit.grading.records import Flag, Rejected
from labkit.grading.stubs import without_pictures

MOST_CELLS = 2_000
MOST_SOURCE = 1_000_000  # characters of one cell
MOST_TEXT = 20_000_000  # characters of all cells
_LONGEST_NAME = 100
_MOST_TAGS = 20
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # half a surrogate pair cannot be written as UTF-8
_KINDS = {"code", "markdown", "raw"}
_OLD_KINDS = {"heading", "html"}  # of nbformat 3
_WEB_PAGE = "a web page, not the notebook: download the .ipynb file itself"
_CONFLICT = "a notebook with unsettled git conflicts"
_BINARY = {
    b"PK": "a zip or an office document",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a packed file",
    b"\x89PNG": "a picture",
}


def read(path: str | Path) -> tuple[NotebookNode, list[Flag]]:
    """A handed-in file as a valid notebook of format 4.5, and what had to be mended.

    A cell whose id stood in another before it has that id in `metadata.labkit.copy_of`. A cell that is
    too long is left out.

    Raises:
        Rejected: it is no notebook, or damaged beyond mending; the message says which.
    """
    return read_beside(path)[1:]


def read_beside(path: str | Path) -> tuple[Any, NotebookNode, list[Flag]]:
    """The file's JSON as it stands, outputs and all, and beside it what `read` makes of it."""
    try:
        with opened(path) as file:
            data = file.read()
        reading = _Reading()
        raw = _parsed(reading.decoded(data))
        return raw, reading.notebook(raw), reading.flags()
    except RecursionError:
        raise Rejected("it is nested too deeply to be a notebook") from None
    except MemoryError:
        raise Rejected("it needs too much memory: clear the outputs and save it again") from None


class _Reading:
    """One file on its way to a notebook; `mended` counts what was not as it should be."""

    def __init__(self):
        self.mended: dict[str, int] = {}
        self.named: list[Flag] = []
        self.ids: set[str] = set()

    def flags(self) -> list[Flag]:
        return self.named + [Flag(kind, f"{count} times") for kind, count in self.mended.items()]

    def decoded(self, data: bytes) -> str:
        if not data.strip(b"\0 \t\r\n"):
            raise Rejected(
                "it is empty" if not data.strip() else "it holds nothing but NUL bytes: it was damaged"
            )
        for start, what in _BINARY.items():
            if data.startswith(start):
                raise Rejected(f"it is {what} under the name of a notebook")
        encoding = json.detect_encoding(data)  # from the byte order mark, or where the NUL bytes stand
        for tried in (encoding, "cp1252", "latin-1"):
            try:
                text = data.decode(tried)
                break
            except UnicodeDecodeError:
                continue
        if tried not in ("utf-8", "utf-8-sig"):
            self.named.append(Flag("encoding", f"it was written as {tried}, notebooks are UTF-8"))
        if "\0" in text:
            raise Rejected("it holds NUL bytes: it was damaged when it was saved or sent")
        return text.lstrip("\ufeff")

    def notebook(self, raw: Any) -> NotebookNode:
        if not isinstance(raw, dict):
            raise Rejected("it is no notebook: JSON, but not an object with cells")
        found, old = _cells(raw)
        if not found:
            raise Rejected("it is a notebook without cells")
        if len(found) > MOST_CELLS:
            raise Rejected(f"it has {len(found):,} cells, more than the {MOST_CELLS:,} that are read")
        if raw.get("nbformat") != (3 if old else 4):
            self.named.append(Flag("notebook format", "its version is missing or unknown; read by its cells"))
        ids = [_id(cell) for cell in found if isinstance(cell, dict)]
        self.known = {name for name in ids if isinstance(name, str)}
        cells = [self.cell(cell, number) for number, cell in enumerate(found, start=1)]
        kept = [cell for cell in cells if cell is not None]
        if sum(len(cell["source"]) for cell in kept) > MOST_TEXT:
            raise Rejected(f"its cells hold more than {MOST_TEXT / 1e6:.0f} million characters")
        metadata = self.metadata(raw.get("metadata"))
        made = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": _upgraded(kept)}
        return nbformat.from_dict(made)

    def metadata(self, found: Any) -> dict:
        kernel = _table(_table(found).get("kernelspec"))
        language = (
            kernel.get("language") or _table(_table(found).get("language_info")).get("name") or "python"
        )
        if not isinstance(language, str) or language.lower() not in ("python", "python3", "ipython"):
            self.named.append(Flag("another kernel", f"saved for {one_line(str(language)[:80], 40)}"))
        about = _table(_table(found).get("labkit"))
        return {"labkit": {key: _name(about.get(key)) for key in ("lab", "language", "edition")}}

    def cell(self, found: Any, number: int) -> dict | None:
        """A cell with nothing in it but what grading uses, or None if it is too long."""
        cell = _table(found)
        kind = cell.get("cell_type")
        if not (isinstance(kind, str) and kind in _KINDS | _OLD_KINDS):
            self.count("unknown cell type")
            kind = "raw"
        metadata = _about(cell.get("metadata"))
        source = self.source(cell.get("source", cell.get("input")), kind)
        if len(source) > MOST_SOURCE:
            detail = f"cell {number} has {len(source):,} characters and counts as missing"
            self.named.append(Flag("cell too long", detail, metadata["labkit"].get("question", "")))
            return None
        made = {"cell_type": kind, "id": self.id(_id(cell), number, metadata), "source": source}
        if kind == "code":
            made |= {"outputs": [], "execution_count": None}
        if kind == "heading":
            level = cell.get("level")
            made["level"] = level if level in (1, 2, 3, 4, 5, 6) else 1
        return made | {"metadata": metadata}

    def source(self, found: Any, kind: str) -> str:
        if isinstance(found, list) and all(isinstance(line, str) for line in found):
            found = "".join(found)
        if not isinstance(found, str):
            if found is not None:
                self.count("source that is no text")
            found = ""
        found = found.replace("\r\n", "\n").replace("\r", "\n")
        text = _UNWRITABLE.sub("\ufffd", found)
        if text != found:
            self.count("characters that cannot be written")
        return without_pictures(text) if kind == "markdown" else text  # where Colab puts what is pasted

    def id(self, found: Any, number: int, metadata: dict) -> str:
        if found is None:
            return self.new_id(number)  # before format 4.5 there were none
        if not isinstance(found, str) or not _ID.fullmatch(found):
            self.count("cell id that is none")
            return self.new_id(number)
        if found in self.ids:
            self.count("cell id of another cell")
            metadata["labkit"]["copy_of"] = found
            return self.new_id(number)
        self.ids.add(found)
        return found

    def new_id(self, number: int) -> str:
        name = f"no-id-{number}"
        while name in self.known or name in self.ids:
            name += "-"
        self.ids.add(name)
        return name

    def count(self, kind: str) -> None:
        self.mended[kind] = self.mended.get(kind, 0) + 1


def _parsed(text: str) -> Any:
    # A whole number of 5,000 figures is an error to int(); none of them matters here.
    try:
        return json.loads(text, strict=False, parse_int=lambda figures: int(figures[:18]))
    except json.JSONDecodeError as error:
        raise Rejected(f"it is {_instead(text, error)}") from None


def _instead(text: str, error: json.JSONDecodeError) -> str:
    start = text[:100].lstrip().lower()
    if start.startswith(("<!doctype html", "<html")):
        return _WEB_PAGE
    if start.startswith("<<<<<<<") or "\n<<<<<<<" in text:
        return _CONFLICT
    if not start.startswith(("{", "[")):
        return "not a notebook: a notebook is JSON and begins with {"
    text = text.rstrip()
    if error.msg.startswith("Unterminated") or error.pos >= len(text) or not text.endswith(("}", "]")):
        return "cut short: the download or the upload broke off; save and hand it in again"
    return f"damaged: no valid JSON in line {error.lineno} ({error.msg})"


def _cells(raw: dict) -> tuple[list, bool]:
    """The cells, and whether they are of format 3, where they lie in worksheets."""
    if isinstance(raw.get("cells"), list):
        return raw["cells"], False
    if not isinstance(raw.get("worksheets"), list):
        raise Rejected("it is no notebook: it is JSON, but there are no cells in it")
    sheets = [_table(sheet).get("cells") for sheet in raw["worksheets"]]
    return [cell for cells in sheets if isinstance(cells, list) for cell in cells], True


def _upgraded(cells: list[dict]) -> list[dict]:
    """Headings and HTML of format 3 become Markdown as nbformat has it; ids stay."""
    for cell in cells:
        if cell["cell_type"] in _OLD_KINDS:
            name = cell["id"]
            cell.update(upgrade_cell(nbformat.from_dict(cell)), id=name)
            cell.pop("level", None)
    return cells


def _id(cell: dict) -> Any:
    """A cell's id; Colab keeps it among the metadata."""
    return cell.get("id", _table(cell.get("metadata")).get("id"))


def _about(metadata: Any) -> dict:
    """Of a cell's metadata its tags and its question."""
    metadata = _table(metadata)
    tags = metadata.get("tags")
    tags = dict.fromkeys(_name(tag) for tag in tags[:_MOST_TAGS]) if isinstance(tags, list) else {}
    question = _name(_table(metadata.get("labkit")).get("question"))
    return {
        "tags": [tag for tag in tags if tag and "," not in tag],
        "labkit": {"question": question} if question else {},
    }


def _table(found: Any) -> dict:
    return found if isinstance(found, dict) else {}


def _name(found: Any) -> str:
    """A short name, or "" if it is anything else."""
    return found if isinstance(found, str) and len(found) <= _LONGEST_NAME and found.isprintable() else ""

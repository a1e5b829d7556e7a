"""What a viewer or another person stumbles over: the file's size, and folders of the student's own computer."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from labkit.hand_in.records import MISSING, OK, WARNING, Finding
from labkit.hand_in.words import cell_name, listed, megabytes, say

# GitHub tries to draw files that are "generally less than 2 MB" (docs.github.com, Repository limits, Text limits).
# GitLab draws a notebook by itself up to 10 MB, on demand up to 50 MB (its source, app/models/blob_viewer/client_side.rb).
LARGE, TOO_LARGE = 2_000_000, 10_000_000  # bytes

_HOME = re.compile(r"(?:(?<![\w.~-])/(?:home|Users)/|\b[A-Za-z]:[\\/]+Users[\\/]+)([^\s/\\\"'<>:|,;)]+)")
_NOBODYS = {"shared", "public", "runner", "student", "jovyan"}  # of images and services


def findings(notebook: NotebookNode, size: int) -> list[Finding]:
    return [small_enough(notebook, size), without_own_folders(notebook)]


def small_enough(notebook: NotebookNode, size: int) -> Finding:
    """Whether a file of `size` bytes is small enough to be drawn in a browser."""
    limit = TOO_LARGE if size > TOO_LARGE else LARGE
    if size <= limit:
        return Finding("size", OK, say("size", size=megabytes(size)))
    largest = sorted(_sizes(notebook), reverse=True)[:3]
    cells = [say("with size", cell=name, size=megabytes(part)) for part, name in largest]
    words = {"size": megabytes(size), "limit": megabytes(limit), "cells": listed(cells)}
    if size > TOO_LARGE:
        return Finding("size", MISSING, say("too large", **words), tuple(name for _, name in largest))
    return Finding("size", WARNING, say("large", **words), tuple(name for _, name in largest))


def without_own_folders(notebook: NotebookNode) -> Finding:
    """Whether code or outputs name a folder that only the student has."""
    home, found, shown = str(Path.home()), [], ""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and (named := _own_folder("\n".join(_texts(cell)), home)):
            found.append(cell_name(number, cell.source))
            shown = shown or named
    if not found:
        return Finding("paths", OK, say("no paths"))
    return Finding("paths", WARNING, say("paths", path=shown, cells=listed(found)), tuple(found))


def _sizes(notebook: NotebookNode) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(notebook.cells, start=1):
        yield len(json.dumps(cell)), cell_name(number, cell.source)


def _own_folder(text: str, home: str) -> str:
    """The first home folder in a text, or ""."""
    likely = "/home/" in text or "Users" in text  # much faster than the pattern on megabytes
    for match in _HOME.finditer(text) if likely else ():
        if match[1].lower() not in _NOBODYS:
            return match[0]
    own = len(home) > 1 and home != "/root" and home in text  # Colab, too, works as root
    return home if own else ""


def _texts(cell: NotebookNode) -> Iterator[str]:
    """What a code cell says: its source, what it printed, its tracebacks."""
    yield cell.source
    for output in cell.outputs:
        yield output.get("text", "")
        yield output.get("evalue", "")
        yield from output.get("traceback", [])
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/") and isinstance(data, str):
                yield data

"""Files that are no notebooks, no longer notebooks, or only just."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.grading.corpus.case import FILE, Case, file, full, text, without
from tests.grading.corpus.tiny import cell, hand_in

RIGHT = json.dumps(hand_in(), ensure_ascii=False)


def _no_notebook(name: str, why: str, content: str | bytes) -> Case:
    return Case(f"malformed_{name}", "malformed", why, text(content), {}, "rejected")


def _readable(name: str, why: str, content: str | bytes, **more: Any) -> Case:
    """Damaged, and its answers can be read."""
    return Case(f"malformed_{name}", "malformed", why, text(content), **{"marks": full(), **more})


def _changed(name: str, why: str, change: Callable[[dict[str, Any]], Any], **more: Any) -> Case:
    notebook = hand_in()
    change(notebook)
    return Case(f"malformed_{name}", "malformed", why, file(notebook), **{"marks": full(), **more})


def _sparse(folder: Path) -> None:
    """300 MB of which the disk has none."""
    with open(folder / FILE, "wb") as big:
        big.write(b'{"cells": [')
        big.truncate(300_000_000)


def _long_line(folder: Path) -> None:
    notebook = hand_in({"area": 'area = "' + "5" * 30_000_000 + '"'})
    file(notebook)(folder)


def _foreign_cells(notebook):
    notebook["cells"] = [None, 5, "text", [], {}, {"cell_type": 5}, *notebook["cells"], True]


def _foreign_metadata(notebook):
    for found, metadata in zip(
        notebook["cells"], [None, [], "x", 5, {"tags": "check"}, {"labkit": []}], strict=False
    ):
        found["metadata"] = metadata
    notebook["metadata"] |= {"kernelspec": "python", "language_info": 5}


CASES = [
    _no_notebook("empty", "nothing", b""),
    _no_notebook("spaces", "nothing but white space", " \n\t" * 1000),
    _no_notebook("binary", "noise", random.Random(1).randbytes(100_000)),
    _no_notebook("zeros", "100 kB of NUL", bytes(100_000)),
    _no_notebook("truncated", "a download that broke off", RIGHT[: len(RIGHT) // 2]),
    _no_notebook("deep", "100,000 brackets", '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    _no_notebook("deep_objects", "100,000 braces", '{"cells":' * 100_000 + "[]" + "}" * 100_000),
    _no_notebook("web_page", "a log-in page", "<!DOCTYPE html><html><body>Log in</body></html>"),
    _no_notebook(
        "pickle", "a pickle that would print", b"\x80\x04\x8c\x08builtins\x8c\x05print\x93\x8c\x05owned\x85R."
    ),
    _no_notebook("null", "JSON, and nothing in it", "null"),
    _no_notebook("list", "JSON, and a list", "[1, 2, 3]"),
    _no_notebook("number", "a number of a million digits", "9" * 1_000_000),
    _no_notebook("cells_as_table", "cells that are no list", json.dumps({**hand_in(), "cells": {"0": {}}})),
    _no_notebook("no_cells", "no cells", json.dumps({**hand_in(), "cells": []})),
    _no_notebook("nul_within", "a NUL byte in the middle", RIGHT.replace("area = 13", "area\0= 13")),
    Case("malformed_sparse", "malformed", "300 MB that the disk has not", _sparse, {}, "rejected"),
    _changed(
        "version_99",
        "a format of the future",
        lambda notebook: notebook.update(nbformat=99, nbformat_minor=99),
    ),
    _changed(
        "version_of_text",
        "a version that is no number",
        lambda notebook: notebook.update(nbformat="4", nbformat_minor=None),
    ),
    _changed(
        "source_as_number",
        "an answer that is a number",
        lambda notebook: cell(notebook, "tiny-area").update(source=5408),
        marks=without("area"),
    ),
    _changed("foreign_cells", "cells that are none among the others", _foreign_cells),
    _changed("foreign_metadata", "metadata of every kind", _foreign_metadata),
    _changed(
        "endless_id",
        "an id of a million characters",
        lambda notebook: cell(notebook, "tiny-title-en").update(id="i" * 10**6),
    ),
    Case("malformed_long_line", "malformed", "one line of 30 MB", _long_line, without("area")),
    _readable(
        "surrogate",
        "half a character in an answer",
        RIGHT.replace("area = 13 * 13 * MAPS", "area = 13 * 13 * MAPS  # \\ud800"),
    ),
    _readable(
        "escaped_nul",
        "an escaped NUL in an answer",
        RIGHT.replace("area = 13 * 13 * MAPS", 'area = \\"\\u0000\\"'),
        marks=without("area"),
    ),
    _readable("same_keys", "cells twice: other readers would take the first", '{"cells": [], ' + RIGHT[1:]),
    _readable(
        "wrong_bytes",
        "bytes that are no UTF-8",
        RIGHT.encode().replace(b"Counting", b"Count\xe9\xff"),
        flags=("encoding",),
    ),
    _readable(
        "not_finite",
        "NaN and Infinity in metadata",
        RIGHT.replace('"provenance": []', '"provenance": [NaN, -Infinity, 1e999]'),
    ),
    _readable(
        "long_number",
        "a number of 100,000 digits in metadata",
        RIGHT.replace('"toc_visible": true', f'"toc_visible": {"9" * 100_000}'),
    ),
    _readable("after_the_end", "more text after the notebook's end", RIGHT + "\n" + RIGHT, status="either"),
]

"""CSV files that a spreadsheet may open: no cell becomes a formula, and what Excel saves can be read again."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from labkit.files import write_text
from labkit.grading.clean import visible

_FORMULA = "=+-@\t\r\n'＝＋－＠"  # a cell that begins so is quoted; Excel takes the wide signs too
_NUMBER = re.compile(r"\s*([+-]?)(\d*)[.,]?(\d*)\s*")


def safe(text: str) -> str:
    """`text` as a cell that a spreadsheet shows and never computes.

    Example:
        >>> safe("=HYPERLINK(1)"), safe("Épine")
        ("'=HYPERLINK(1)", 'Épine')
    """
    text = visible(text)
    return f"'{text}" if text.startswith(tuple(_FORMULA)) or text.lstrip() != text else text


def key(text: str) -> str:
    """A name as a cell on one line from which `unkeyed` makes the same name again.

    Example:
        >>> key("=a\\nb.ipynb"), unkeyed(key("=a\\nb.ipynb")) == "=a\\nb.ipynb"
        ("'=a\\\\nb.ipynb", True)
    """
    if any(c == "\\" or unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text):
        text = text.encode("unicode_escape").decode("ascii")
    return f"'{text}" if text.startswith(tuple(_FORMULA)) or text.strip() != text else text


def unkeyed(cell: str) -> str:
    """The name that `key` has written.

    Raises:
        ValueError: nobody's `key` has written this.
    """
    text = cell.removeprefix("'")
    return text.encode("ascii").decode("unicode_escape") if "\\" in text else text


def points(value: float | None) -> str:
    """Points as a cell: at most two places, empty if there are none yet.

    Example:
        >>> points(2.0), points(1.25), points(None)
        ('2', '1.25', '')
    """
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def number(cell: str) -> float:
    """A number as people type it, with a decimal point or comma.

    Raises:
        ValueError: it is none.

    Example:
        >>> number("1,5"), number(" 2 ")
        (1.5, 2.0)
    """
    match = _NUMBER.fullmatch(cell)
    if not match or not (match[2] or match[3]):
        raise ValueError(f"{cell!r} is no number")
    return float(f"{match[1]}{match[2] or 0}.{match[3] or 0}")


def write(
    path: Path,
    columns: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    mark: bool = True,
    separator: str = ",",
) -> None:
    """Write a table in one step.

    Args:
        mark: begin with the byte-order mark by which Excel knows UTF-8.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, ("\ufeff" if mark else "") + text.getvalue())


def read(path: Path) -> tuple[list[tuple[int, dict[str, str]]], str]:
    """The rows of a table by column, each with its line in the file; and what stands between the cells.

    Commas, semicolons and tabs are known, and the encodings that Excel saves in.

    Raises:
        ValueError: it is no table; the message names the file.
    """
    try:
        text = _decoded(path.read_bytes())
        heading = text.partition("\n")[0]
        separator = max(",;\t", key=heading.count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True, restval="")
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read as a table ({error}): save it as CSV (UTF-8).") from None
    for line, row in rows:
        if any(row.pop(None, [])):
            raise ValueError(f"{path}, line {line}: more cells than columns: is a quotation mark missing?")
    return [(line, row) for line, row in rows if any(row.values())], separator


def _decoded(data: bytes) -> str:
    """UTF-8 as we write it, what Excel calls Unicode text, or the Western code page of older ones."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")

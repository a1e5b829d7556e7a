"""What a person reads: the file to_read.csv, its points and comments, and the marks that come of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from labkit.grading import tables
from labkit.grading.clean import digest, one_line
from labkit.grading.records import Graded, Mark

NAME = "to_read.csv"
COLUMNS = ("name", "question", "most", "points", "comment", "answer", "id", "earlier")
_TYPED = ("name", "question", "points", "comment")  # without these columns the file is not ours
_SHOWN = 400  # characters of an answer; all of it stands on the page queue.html


class ManualError(ValueError):
    """Something in to_read.csv cannot be right; one line that names file, line and hand-in."""


@dataclass(frozen=True)
class Reading:
    """A row of the file in which somebody has typed.

    Attributes:
        points: None if there are none yet.
        id: of the answer that was read, see `answer_id`; "" if the column is gone.
        cells: the row as it stands.
        where: file and line, for messages.
    """

    name: str
    question: str
    points: float | None
    comment: str
    id: str
    where: str
    cells: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def asked(self) -> str:
        """Of which hand-in and question; a name may have suffered from an old code page, an id has not."""
        return self.id.partition("-")[0] or _asked(self.name, self.question)


def read(out: Path) -> list[Reading]:
    """What has been typed into `out/to_read.csv`; nothing if there is no such file.

    Raises:
        ManualError: a cell cannot be right. Nothing is changed.
    """
    path = out / NAME
    if not path.exists():
        return []
    try:
        rows, _ = tables.read(path)
    except ValueError as error:
        raise ManualError(str(error)) from None
    missing = [column for column in _TYPED if rows and column not in rows[0][1]]
    if missing:
        raise ManualError(f"{path} lacks the column {missing[0]!r}: it needs {', '.join(_TYPED)}.")
    found = [_reading(row, f"{path}, line {line}") for line, row in rows]
    return [
        reading for reading in found if any(reading.cells.get(c) for c in ("points", "comment", "earlier"))
    ]


def read_manual(out: Path, graded: Iterable[Graded]) -> dict[tuple[str, str], tuple[float, str]]:
    """`(points, comment)` by `(name, question)`, where the answer that was read is still the answer.

    Raises:
        ManualError: a cell cannot be right.
    """
    typed = _by_asked(read(out))
    found = {}
    for one in graded:
        for mark in open_marks(one):
            reading = _current(typed, one, mark.question)
            if reading and reading.points is not None:
                if reading.points > mark.most:
                    raise ManualError(_too_many(reading, mark.most))
                found[one.hand_in.name, mark.question] = (reading.points, reading.comment)
    return found


def apply(graded: Iterable[Graded], found: dict[tuple[str, str], tuple[float, str]]) -> None:
    """Put what `read_manual` has found into the marks."""
    for one in graded:
        for mark in open_marks(one):
            if (one.hand_in.name, mark.question) in found:
                points, comment = found[one.hand_in.name, mark.question]
                status = "right" if points >= mark.most else "partly" if points else "wrong"
                one.marks[mark.question] = replace(
                    mark, points=points, status=status, message=comment, by="instructor"
                )


def write(graded: Iterable[Graded], out: Path) -> None:
    """Write `out/to_read.csv`: a row for each answer that a person reads; what was typed is kept.

    Where the answer has changed since, points are asked for again, and the old ones stand in `earlier`. Rows
    that belong to no answer any more stay at the end if something was typed.

    Raises:
        ManualError: the file that is there cannot be read; it stays as it is.
    """
    typed = _by_asked(read(out))
    rows, used = [], set()
    for one in graded:
        for mark in open_marks(one):
            rows.append(_row(one, mark, typed))
            used.add(_asked(one.hand_in.name, mark.question))
    rows += [
        {**reading.cells, "name": tables.key(reading.name)}
        for asked, reading in typed.items()
        if asked not in used
    ]
    separator = tables.read(out / NAME)[1] if (out / NAME).exists() else ","
    cells = [[row.get(column, "") for column in COLUMNS] for row in rows]
    tables.write(out / NAME, COLUMNS, cells, separator=separator)


def open_marks(graded: Graded) -> list[Mark]:
    """Marks that a person gives or has given."""
    return [mark for mark in graded.marks.values() if mark.status == "to read" or mark.by == "instructor"]


def answer(graded: Graded, question: str) -> str:
    """What there is to read: the answer, or all that fits nowhere if it is lost."""
    return graded.execution.answers.get(question) or "\n\n".join(graded.execution.leftover)


def answer_id(graded: Graded, question: str) -> str:
    """Of a hand-in, a question and the words of the answer; it survives every spreadsheet."""
    return f"{_asked(graded.hand_in.name, question)}-{digest(answer(graded, question))}"


def _asked(name: str, question: str) -> str:
    return "a" + digest(f"{name}\0{question}")  # a letter first: 12e45678 would become a number


def _by_asked(typed: list[Reading]) -> dict[str, Reading]:
    return {reading.asked: reading for reading in typed}


def _current(typed: dict[str, Reading], graded: Graded, question: str) -> Reading | None:
    reading = typed.get(_asked(graded.hand_in.name, question))
    return reading if reading and reading.id in ("", answer_id(graded, question)) else None


def _row(graded: Graded, mark: Mark, typed: dict[str, Reading]) -> dict[str, str]:
    row = {
        "name": tables.key(graded.hand_in.name),
        "question": mark.question,
        "most": tables.points(mark.most),
        "answer": tables.safe(one_line(answer(graded, mark.question), _SHOWN)),
        "id": answer_id(graded, mark.question),
    }
    reading = typed.get(_asked(graded.hand_in.name, mark.question))
    if reading is None:
        return row
    if _current(typed, graded, mark.question):
        return row | {column: reading.cells.get(column, "") for column in ("points", "comment", "earlier")}
    return row | {"earlier": _earlier(reading)}


def _earlier(reading: Reading) -> str:
    """Points and comment of an answer that has changed, in one cell."""
    points, comment = reading.cells["points"], reading.comment
    if not points and not comment:
        return reading.cells.get("earlier", "")
    return tables.safe(
        f"before the answer changed: {points or 'no'} points" + (f", {comment}" if comment else "")
    )


def _reading(row: dict[str, str], where: str) -> Reading:
    name, question = row["name"], row["question"].strip()
    where = f"{where} ({one_line(name, 60)}, {one_line(question, 60)})"
    try:
        name = tables.unkeyed(name)
    except ValueError:
        raise ManualError(f"{where}: the name is not as labkit wrote it: put it back.") from None
    reading = Reading(name, question, None, row["comment"].strip(), row.get("id", "").strip(), where, row)
    if not row["points"].strip():
        return reading
    try:
        reading = replace(reading, points=tables.number(row["points"]))
    except ValueError:
        raise ManualError(
            f"{where}: points should be a number such as 1.5 or 1,5, not {row['points']!r}."
        ) from None
    most = _most(row)
    if reading.points < 0 or (most is not None and reading.points > most):
        raise ManualError(_too_many(reading, most))
    return reading


def _most(row: dict[str, str]) -> float | None:
    """None if a spreadsheet has made a date of it."""
    try:
        return tables.number(row.get("most", ""))
    except ValueError:
        return None


def _too_many(reading: Reading, most: float | None) -> str:
    return f"{reading.where}: {tables.points(reading.points)} points are not between 0 and {tables.points(most)}."

"""The gradebook: grades.csv for all, moodle.csv to hand to Moodle, to_read.csv for what a person marks."""

import html
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from labkit.grading import manual, page_words, tables
from labkit.grading.clean import one_line
from labkit.grading.records import Flag, Graded, Mark

GRADES, MOODLE = "grades.csv", "moodle.csv"
_COLUMNS = ("name", "student", "identifier", "points", "most", "open", "status", "level", "device", "flags")
# Moodle's importer goes by these headings (mod/assign/feedback/offline) and takes the grade only where a date
# of the last change is a column, whatever it says. It looks for them in the language of the person who imports.
_MOODLE = ("Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments")
_PARTICIPANT = "Participant "


def write(graded: Sequence[Graded], out: Path, questions: Sequence[str] = ()) -> list[Path]:
    """Write the three tables into `out`; the same marks give the same bytes.

    Args:
        questions: ids in the lab's order, one column each; ids that only occur in marks follow.

    Returns:
        the files.

    Raises:
        ManualError: to_read.csv is there and cannot be read; nothing is written.
    """
    graded = sorted(graded, key=lambda one: one.hand_in.name)
    manual.write(graded, out)
    columns = list(dict.fromkeys([*questions, *(name for one in graded for name in sorted(one.marks))]))
    tables.write(out / GRADES, [*_COLUMNS, *columns], [_grades(one, columns) for one in graded])
    tables.write(out / MOODLE, _MOODLE, _moodle(graded), mark=False)
    return [out / name for name in (GRADES, MOODLE, manual.NAME)]


def state(graded: Graded) -> str:
    """`"rejected"`, `"error"` (the grader's own), `"to read"` or `"graded"`: only the last one is a grade."""
    if graded.hand_in.rejected or graded.execution.status == "rejected":
        return "rejected"
    statuses = {mark.status for mark in graded.marks.values()}
    if graded.execution.status != "done" or "error" in statuses:
        return "error"
    return "to read" if graded.open else "graded"


def reason(graded: Graded) -> str:
    """Why a hand-in has no points: one line for student and instructor, or ""."""
    return one_line(graded.hand_in.rejected or graded.execution.reason, 300)


def flag_line(flag: Flag) -> str:
    """A flag in one line."""
    where = f" [{flag.question}]" if flag.question else ""
    return one_line(f"{flag.kind}: {flag.detail}{where}" if flag.detail else f"{flag.kind}{where}")


def _grades(graded: Graded, columns: Sequence[str]) -> list[str]:
    now = state(graded)
    counted = graded.execution.status == "done" and now != "rejected"
    hand_in, execution = graded.hand_in, graded.execution
    return [
        tables.key(hand_in.name),
        tables.safe(one_line(hand_in.student)),
        tables.safe(one_line(hand_in.identifier)),
        tables.points(graded.points) if counted else "",
        tables.points(graded.most) if graded.marks else "",
        str(len(graded.open)) if counted else "",
        tables.safe(f"{now}: {reason(graded)}" if reason(graded) else now),
        execution.level,
        tables.safe(execution.device),
        tables.safe("; ".join(map(flag_line, graded.flags))),
        *(tables.points(graded.marks[c].points) if counted and c in graded.marks else "" for c in columns),
    ]


def _moodle(graded: Iterable[Graded]) -> list[list[str]]:
    """One row a participant. A blank grade leaves what Moodle has, a 0 would be a mark."""
    known = [one for one in graded if one.hand_in.identifier]
    count = Counter(one.hand_in.identifier for one in known if state(one) != "rejected")
    rows = {}
    for one in known:
        twice = count[one.hand_in.identifier] > 1
        if one.hand_in.identifier in rows and state(one) == "rejected":
            continue  # a file beside the one that counts
        rows[one.hand_in.identifier] = _moodle_row(one, twice)
    return [rows[identifier] for identifier in sorted(rows, key=lambda text: (len(text), text))]


def _moodle_row(graded: Graded, twice: bool) -> list[str]:
    identifier = graded.hand_in.identifier.removeprefix(_PARTICIPANT)
    final = state(graded) == "graded" and not twice
    return [
        one_line(f"{_PARTICIPANT}{identifier}"),
        tables.safe(one_line(graded.hand_in.student)),
        tables.points(graded.points) if final else "",
        tables.points(graded.most) if graded.marks else "",
        "-",
        _feedback(graded, twice),
    ]


def _feedback(graded: Graded, twice: bool) -> str:
    """In the student's language. Moodle shows it as HTML: students' text in it is escaped."""
    language = page_words.known(graded.execution.language)
    words = page_words.PAGE[language]
    now = state(graded)
    if twice:
        lines = [words["twice"]]
    elif now == "rejected":
        lines = [f"{words['rejected']} {reason(graded)}"]
    elif now == "graded":
        lines = [_feedback_line(mark, language) for mark in graded.marks.values() if mark.most]
    else:
        lines = [words["not final"]]
    return "<br>".join(html.escape(line) for line in lines)


def _feedback_line(mark: Mark, language: str) -> str:
    earned = f"{mark.question}: {tables.points(mark.points)} / {tables.points(mark.most)}"
    status = page_words.STATUS[language][mark.status]
    return earned if mark.status == "right" else f"{earned} ({status}) {one_line(mark.message)}".rstrip()

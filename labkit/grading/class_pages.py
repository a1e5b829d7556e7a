"""What the instructor's two pages say: the class at a glance, and the answers that a person reads."""

import re
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from labkit.grading import gradebook, manual
from labkit.grading.clean import one_line
from labkit.grading.copies import Copy
from labkit.grading.records import Graded, Mark

if TYPE_CHECKING:
    from labkit.grading.pages import LabText

_BINS = 10
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")


def overview(graded: Sequence[Graded], lab: "LabText", copies: Sequence[Copy]) -> dict[str, Any]:
    """Of the class page."""
    states = {one.hand_in.name: gradebook.state(one) for one in graded}
    by_name = {one.hand_in.name: one for one in graded}
    marked = [one for one in graded if states[one.hand_in.name] in ("graded", "to read") and one.most]
    shares = [one.points / one.most for one in marked]
    return {
        "rows": [_row(one, states[one.hand_in.name]) for one in graded],
        "counts": Counter(states.values()),
        "median": median(shares) if shares else None,
        "bars": _histogram(shares),
        "questions": _questions(marked, lab),
        "copies": [
            {"students": [by_name[name] for name in copy.names if name in by_name], "pairs": copy.pairs}
            for copy in copies
        ],
        "by_name": by_name,
        "open": sum(len(_waiting(one)) for one in graded),
        "levels": Counter(one.execution.level for one in marked if one.execution.level),
    }


def queue(graded: Sequence[Graded], lab: "LabText") -> dict[str, Any]:
    """Of the page with the answers that a person reads, question by question: so the same eye judges all."""
    found: dict[str, list[dict[str, Any]]] = {question: [] for question in lab.questions}
    for one in graded:
        for mark in manual.open_marks(one):
            found.setdefault(mark.question, []).append(_to_read(one, mark))
    groups = [
        {
            "question": question,
            "asked": _PICTURE.sub(r"[picture: \1]", lab.asked.get(question, "")),
            "solution": lab.solutions.get(question, ""),
            "heading": lab.headings.get("en", {}).get(question, ""),
            "answers": answers,
            "open": sum(answer["mark"].points is None for answer in answers),
        }
        for question, answers in found.items()
        if answers
    ]
    return {"groups": groups, "open": sum(group["open"] for group in groups)}


def _row(graded: Graded, state: str) -> dict[str, Any]:
    waiting = _waiting(graded)
    return {
        "graded": graded,
        "state": state,
        "counted": state != "rejected" and graded.execution.status == "done",
        "reason": gradebook.reason(graded),
        "flags": [gradebook.flag_line(flag) for flag in graded.flags],
        "open": len(waiting),
        "anchor": manual.answer_id(graded, waiting[0].question) if waiting else "",
        "errors": sorted({mark.message for mark in graded.marks.values() if mark.status == "error"}),
    }


def _waiting(graded: Graded) -> list[Mark]:
    return [mark for mark in manual.open_marks(graded) if mark.points is None]


def _to_read(graded: Graded, mark: Mark) -> dict[str, Any]:
    text = graded.execution.answers.get(mark.question)
    return {
        "graded": graded,
        "mark": mark,
        "id": manual.answer_id(graded, mark.question),
        "lost": not text,
        "texts": [text] if text else graded.execution.leftover,
    }


def _histogram(shares: Sequence[float]) -> list[dict[str, Any]]:
    """Hand-ins by tenths of the points; all points belong to the last tenth."""
    count = Counter(min(int(share * _BINS + 1e-9), _BINS - 1) for share in shares)
    highest = max(count.values(), default=1)
    return [
        {"low": 100 * i // _BINS, "count": count[i], "height": round(84 * count[i] / highest)}
        for i in range(_BINS)
    ]


def _questions(marked: Sequence[Graded], lab: "LabText") -> list[dict[str, Any]]:
    """The questions, the hardest first; those that a person has still to read do not count."""
    rows = []
    for question in dict.fromkeys([*lab.questions, *(name for one in marked for name in one.marks)]):
        marks = [one.marks[question] for one in marked if question in one.marks and one.marks[question].most]
        done = [mark for mark in marks if mark.points is not None]
        if not done:
            continue
        status = Counter(mark.status for mark in done)
        said = Counter(one_line(m.message) for m in done if m.status in ("wrong", "partly") and m.message)
        rows.append(
            {
                "question": question,
                "tasks": lab.questions[question].tasks if question in lab.questions else (),
                "share": sum(mark.points / mark.most for mark in done) / len(done),
                "right": status["right"],
                "unanswered": status["unanswered"] + status["not reached"],
                "of": len(done),
                "said": said.most_common(1)[0] if said else None,
            }
        )
    return sorted(rows, key=lambda row: (row["share"], row["question"]))

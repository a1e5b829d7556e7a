"""Whether every question has an answer, and what the notebook's own checks say of the answers."""

import re

from nbformat import NotebookNode

from labkit.grading.clean import one_line
from labkit.hand_in.asked import Asked
from labkit.hand_in.records import MISSING, OK, WARNING, Finding
from labkit.hand_in.words import listed, say

_LINE = re.compile(r"^([A-Za-z_]\w*\.\w+) (PASS|NOT YET|PAS ENCORE)\b[ ]?(.*)$", re.MULTILINE)


def findings(asked: Asked, notebook: NotebookNode) -> list[Finding]:
    """What there is to say of the lab, its questions and its checks; no lab has none."""
    if not asked:
        return [Finding("lab", WARNING, say("no lab"))]
    if asked.solution:
        lab = Finding("lab", WARNING, say("solution", lab=asked.lab))
    else:
        lab = Finding("lab", OK, say("lab", lab=asked.lab))
    found = [lab] + [_questions(asked)] * bool(asked.answers)
    return found + [_checks(asked, check_lines(notebook))] * bool(asked.checked)


def check_lines(notebook: NotebookNode) -> dict[str, str]:
    """The last line that each check printed, without its question: `{"mnist.stride": "PASS 13: ..."}`."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                for question, verdict, words in _LINE.findall(output.text):
                    found[question] = f"{verdict} {words}".strip()
    return found


def passes(line: str) -> bool:
    """Whether a line of `check_lines` is that of a right answer."""
    return line.startswith("PASS")


def _questions(asked: Asked) -> Finding:
    missing = tuple(question for question, answered in asked.answers.items() if not answered)
    if not missing:
        return Finding("questions", OK, say("answered", n=len(asked.answers)))
    names = [say("gone", name=name) if name in asked.gone else name for name in missing]
    words = say("unanswered", n=len(missing), all=len(asked.answers), names=", ".join(names))
    return Finding("questions", MISSING, words, missing)


def _checks(asked: Asked, lines: dict[str, str]) -> Finding:
    failed = tuple(question for question in asked.checked if not passes(lines.get(question, "")))
    if not failed:
        return Finding("checks", OK, say("all pass", n=len(asked.checked)))
    names = [
        f"{name} ({one_line(lines[name], 60)})" if name in lines else say("no line", name=name)
        for name in failed
    ]
    words = say("not all pass", n=len(failed), all=len(asked.checked), names=listed(names))
    return Finding("checks", WARNING, words, failed)

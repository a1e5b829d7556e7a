"""What the graders made of the corpus, as a Markdown table and as graders.csv."""

import csv
from pathlib import Path

from graders_nbval import ALL

from tests.grading.corpus import Case
from tests.grading.corpus.tiny import POINTS

BATCHES = {"copied": "a copied answer cell", "broken": "half a file"}
RIGHT_ONES = [f"right_{number}" for number in (1, 2, 3, 4, 6, 7, 8, 9)]
# labkit refuses it; whoever grades it may give what its answers earn
REFUSED_FOR_SIZE = {"structure_five_thousand_cells": 8}
ROWS = [
    "cases", "undeserved marks", "zero, though marks were deserved", "fewer marks than deserved",
    "no result, though marks were deserved", "had to be stopped from outside", "others' files changed",
    "processes left behind", "reached a listener", "killed a stranger's process",
    *(f"right hand-ins graded beside {bad}" for bad in BATCHES.values()),
]  # fmt: skip


def deserved(case: Case) -> tuple[float, float]:
    """The least and the most that a hand-in may earn; what a person reads is left out."""
    if case.status == "rejected":
        return 0, REFUSED_FOR_SIZE.get(case.name, 0)
    asked = {question: points for question, points in POINTS.items() if points is not None}
    marks = {question: case.marks.get(question) for question in asked}
    least = sum(mark or 0 for mark in marks.values()) if case.status == "done" else 0
    return least, sum(asked[question] if mark is None else mark for question, mark in marks.items())


def faults(case: Case, result: dict, tool: str) -> set[str]:
    """What is wrong with a result. nbval knows all or nothing: what it takes from a part is not asked."""
    least, most = deserved(case)
    if result["not_comparable"]:
        return set()
    if result["points"] is None:
        return {"no result"} if least else set()
    if result["points"] > most:
        return {"undeserved"}
    if result["points"] >= least or (tool == "nbval" and least < ALL):
        return set()
    return {"zero" if result["points"] == 0 else "too few"}


def column(tool: str, found: dict, cases: list[Case]) -> list[str]:
    """A tool's figures, from top to bottom."""
    results = {result["name"]: result for result in found["results"]}
    asked = [results[case.name] for case in cases if not results[case.name]["not_comparable"]]
    wrong = [fault for case in cases for fault in faults(case, results[case.name], tool)]
    whole = [found["whole"]] if found["whole"] else asked
    return [
        str(len(asked)),
        *(str(wrong.count(fault)) for fault in ("undeserved", "zero")),
        "not comparable" if tool == "nbval" else str(wrong.count("too few")),
        str(wrong.count("no result")),
        *(str(sum(bool(result[key]) for result in whole)) for key in ("stopped", "changed", "left", "reached", "killed")),
        *(_batch(found["batches"][kind]) for kind in BATCHES),
    ]  # fmt: skip


def _batch(graded: dict[str, list[str]]) -> str:
    """How many right hand-ins were graded; with which option of the tool it were more."""
    counts = {named: len(set(names) & set(RIGHT_ONES)) for named, names in graded.items()}
    better = [f"; {count} with `{named}`" for named, count in counts.items() if named and count > counts[""]]
    return f"{counts['']} of {len(RIGHT_ONES)}{''.join(better)}"


def table(found: dict[str, dict], cases: list[Case]) -> str:
    columns = [ROWS, *(column(tool, found[tool], cases) for tool in found)]
    lines = [["", *found], ["---"] * (len(found) + 1), *map(list, zip(*columns, strict=True))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_csv(path: Path, found: dict[str, dict], cases: list[Case]) -> None:
    by_name = {tool: {result["name"]: result for result in found[tool]["results"]} for tool in found}
    head = [f"{tool} {what}" for tool in found for what in ("points", "fault", "what happened", "seconds")]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["category", "name", "why", "deserved", *head])
        for case in cases:
            least, most = deserved(case)
            row = [
                case.category,
                case.name,
                case.why,
                f"{least:g}" if least == most else f"{least:g} to {most:g}",
            ]
            for tool in found:
                result = by_name[tool][case.name]
                row += [
                    result["points"],
                    " ".join(faults(case, result, tool)),
                    story(result),
                    result["seconds"],
                ]
            rows.writerow(row)


def story(result: dict) -> str:
    """What happened to one case, in one line."""
    told = [result["not_comparable"] and f"not comparable: {result['not_comparable']}", result["happened"]]
    told += ["stopped from outside"] if result["stopped"] else []
    told += [f"{result['left']} processes left"] if result["left"] else []
    told += [f"changed: {' '.join(result['changed'])}"] if result["changed"] else []
    told += [f"reached: {' '.join(result['reached'])}"] if result["reached"] else []
    return "; ".join([text for text in told if text] + (["killed a stranger"] if result["killed"] else []))

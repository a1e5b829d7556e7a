"""The corpora through the whole grader, at every level that this machine has: exact marks, and nothing left behind."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from labkit.grading import Graded, Wishes, grade, levels
from tests.conftest import CORES
from tests.grading.corpus import BENIGN, CANARY, CATEGORIES, HOSTILE, LABS, OWN_DAEMON, QUESTIONS, Case, write

CELL_SECONDS = {"tiny": 4.0, "net": 60.0}
MANY, FEW = 5, 1  # hostile cases of each category in every test run, at the best level and at the other
EVERYTHING = bool(os.environ.get("LABKIT_TEST_EVERYTHING"))  # read now: tests see no such variable

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(3600)]


def graded(cases: Sequence[Case], folder: Path, level: str, lab: str) -> dict[str, Graded]:
    """The result of each case by its name."""
    place = folder / "hand_ins"
    write(cases, place, outside=folder / "outside")
    before = fingerprints(place)
    wishes = Wishes(level=level, jobs=CORES, cell_seconds=CELL_SECONDS[lab], questions_folder=QUESTIONS)
    rows = grade(place, LABS[lab].reference(), folder / "out", wishes)
    assert fingerprints(place) == before, "a hand-in was changed"
    found: dict[str, Graded] = {}
    for case in cases:
        mine = [row for row in rows if row.hand_in.name.split("/")[0] == case.name]
        assert mine, f"{case.name} has no row"
        found[case.name] = next((row for row in mine if row.execution.status == "done"), mine[0])
    return found


def fingerprints(folder: Path) -> dict[str, str]:
    """What stands in the files of a folder; links by what they say."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_file():
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def faults(case: Case, row: Graded) -> list[str]:
    """Everything that is not as the case demands."""
    status, found = row.execution.status, []
    if status != case.status and not (case.status == "either" and status in ("done", "rejected")):
        return [f"{case.name}: {status} ({row.execution.reason}) instead of {case.status}"]
    for question, points in case.marks.items() if status == "done" else ():
        mark = row.marks[question]
        if mark.points != points:
            found.append(
                f"{case.name}: {question} {mark.points} instead of {points}: {mark.status} {mark.message}"
            )
    kinds = {flag.kind for flag in row.flags}
    found += [f"{case.name}: no flag {kind!r} in {sorted(kinds)}" for kind in case.flags if kind not in kinds]
    if case.stops and status == "done":
        own = (case.at.replace(".", "-"), "probe-" + case.at.replace(".", "-"))
        stops = {cell.stop for cell in row.execution.cells if cell.id.startswith(own)}
        if not stops & set(case.stops):
            found.append(f"{case.name}: stopped by {sorted(stops)} instead of {case.stops}")
    return found


def check_nothing_is_left(folder: Path) -> None:
    assert {path.name for path in (folder / "outside").iterdir()} == {"canary"}
    assert (folder / "outside" / "canary").read_text(encoding="utf-8") == CANARY
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in processes.splitlines() if OWN_DAEMON in line]


def of_lab(cases: Sequence[Case], lab: str) -> list[Case]:
    return [case for case in cases if case.lab == lab]


def demand(level: str) -> None:
    offer = levels.offer(level)
    if not offer.available:
        pytest.skip(f"no isolation of level {level} on this machine: {offer.why_not}")


def some(cases: list[Case], level: str) -> list[Case]:
    """A choice from every category, smaller at the second-best level; all of them with LABKIT_TEST_EVERYTHING=1."""
    if EVERYTHING:
        return cases
    each = MANY if level == levels.best() else FEW
    by_category = {
        category: [c for c in cases if c.category == category] for category in (*CATEGORIES, "benign")
    }
    chosen = []
    for category, found in by_category.items():
        count = each * 6 if category == "benign" else each
        chosen += found[:: max(1, len(found) // count)][:count]
    return chosen


@pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux's")
@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("level", ["full", "partial"])
@pytest.mark.parametrize("corpus", ["hostile", "benign"])
def test_every_case_earns_exactly_what_it_should(corpus, level, lab, tmp_path):
    demand(level)
    cases = some(of_lab({"hostile": HOSTILE, "benign": BENIGN}[corpus], lab), level)
    rows = graded(cases, tmp_path, level, lab)
    wrong = [fault for case in cases for fault in faults(case, rows[case.name])]
    assert not wrong, "\n".join(wrong)
    assert {row.execution.level for row in rows.values()} <= {level, ""}
    check_nothing_is_left(tmp_path)

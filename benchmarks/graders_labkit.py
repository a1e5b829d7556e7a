"""labkit on the same cases: one class, graded as `labkit grade` grades it, in its own sandbox and in no box of ours.

What stands in the box for the other graders stands on this machine here: a listener, a stranger's process, a canary.
"""

import os
import subprocess
import time
from pathlib import Path

from graders_box import ABSTRACT, LATE_SECONDS, Result, told
from graders_inside import changes, fingerprints, listen

from labkit.grading import Graded, Wishes, grade
from tests.grading.corpus import DAEMON, QUESTIONS, Case
from tests.grading.corpus.tiny import reference


def wishes(timeout: int) -> Wishes:
    return Wishes(level="full", jobs=1, cell_seconds=timeout, questions_folder=QUESTIONS)


def grade_all(
    place: Path, cases: list[Case], port: int, stranger: subprocess.Popen, timeout: int
) -> tuple[list[Result], Result]:
    """The cases in `place`/hand_ins; a result for each, and one of what was found when all was over."""
    here = os.getcwd()
    reached = listen(place / "outside", port, f"{ABSTRACT}-{port}")
    os.chdir(here)
    before = fingerprints(place / "hand_ins")
    os.environ["COURSE_TOKEN"] = "sing"
    rows = grade(place / "hand_ins", reference(), place.parent / "out", wishes(timeout))
    time.sleep(LATE_SECONDS)
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    whole = Result(
        "whole class",
        left=sum(DAEMON in line for line in listed.splitlines()),
        changed=changes(place, before), reached=sorted(reached), killed=stranger.poll() is not None,
    )  # fmt: skip
    return [_result(case, rows) for case in cases], whole


def _result(case: Case, rows: list[Graded]) -> Result:
    mine = [row for row in rows if row.hand_in.name.split("/")[0] == case.name]
    if not mine:
        return Result(case.name, None, "no row in the gradebook")
    row = next((row for row in mine if row.execution.status == "done"), mine[0])
    seconds = round(row.execution.seconds, 1)
    if row.execution.status != "done":
        return Result(case.name, None, f"{row.execution.status}: {row.execution.reason}", seconds)
    lost = [mark.question.rpartition(".")[2] for mark in row.marks.values() if mark.points == 0]
    return Result(case.name, row.points, told(row.points, lost), seconds)


def batch(hand_ins: Path, timeout: int) -> list[str]:
    """Names of the hand-ins that have a result after all were graded in one go."""
    rows = grade(hand_ins, reference(), hand_ins.parent / "out", wishes(timeout))
    return [row.hand_in.name.split("/")[0] for row in rows if row.execution.status == "done"]

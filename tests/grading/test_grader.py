"""`grade()` as an instructor calls it: again, with other questions, with points by hand, and three times alike."""

import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

from labkit.grading import Wishes, grade, grader, levels
from tests.grading.corpus import QUESTIONS, tiny

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux's"),
]
HAND_INS = {"right": {}, "half": {"rows": "rows = [3, 9, 1, 1]"}, "wrong": dict(tiny.WRONG)}
POINTS = {"half": 9, "right": 10, "wrong": 0}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Hand-ins in `practice`, called by its bare name as one does in a terminal."""
    if levels.best() == "none":
        pytest.skip("this machine offers no isolation")
    for name, answers in HAND_INS.items():
        (tmp_path / "practice" / name).mkdir(parents=True)
        (tmp_path / "practice" / name / "lab.ipynb").write_text(json.dumps(tiny.hand_in(answers)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def runs(monkeypatch) -> list[str]:
    """The names of what was executed, in order."""
    names, execute = [], grader.execute
    monkeypatch.setattr(
        grader, "execute", lambda hand_in, *rest: (names.append(hand_in.name), execute(hand_in, *rest))[1]
    )
    return names


def graded(out: str = "grades", **more) -> dict[str, float]:
    """Points by student; `cell_seconds` is given where the solution need not go first."""
    wishes = Wishes(**{"jobs": 2, "cell_seconds": 20.0, "questions_folder": QUESTIONS, **more})
    return {
        one.hand_in.student: one.points
        for one in grade(Path("practice"), tiny.reference(), Path(out), wishes)
    }


def test_the_solution_goes_first_and_a_second_call_runs_nothing(folder, runs):
    assert graded(cell_seconds=None) == POINTS
    assert runs[0] == "the solution"
    assert sorted(runs[1:]) == [f"{name}/lab.ipynb" for name in sorted(HAND_INS)]
    before = Path("grades/grades.csv").read_bytes()
    assert graded(cell_seconds=None) == POINTS
    assert len(runs) == 1 + len(HAND_INS)
    assert Path("grades/grades.csv").read_bytes() == before


def test_three_runs_give_the_same_bytes(folder):
    for out in ("first", "second", "third"):
        assert graded(out) == POINTS
    tables = {Path(out, "grades.csv").read_bytes() for out in ("first", "second", "third")}
    assert len(tables) == 1


def test_a_changed_question_is_judged_anew_and_nothing_is_run(folder, runs):
    graded()
    shutil.copytree(QUESTIONS, "mine")
    lines = Path("mine/tiny.toml").read_text().replace("accept = [[3, 9, 27, 81]]", "accept = [[3, 9, 1, 1]]")
    Path("mine/tiny.toml").write_text(lines)
    assert graded(questions_folder=Path("mine")) == {"half": 10, "right": 9, "wrong": 1}
    assert len(runs) == len(HAND_INS)


def test_only_what_changed_is_run(folder, runs):
    graded()
    Path("practice/wrong/lab.ipynb").write_text(json.dumps(tiny.hand_in({"letter": 'letter = "a"'})))
    assert graded() == {**POINTS, "wrong": 9}
    assert sorted(runs) == sorted([*(f"{name}/lab.ipynb" for name in HAND_INS), "wrong/lab.ipynb"])


def test_points_by_hand_are_added(folder, runs):
    graded()
    table = Path("grades/to_read.csv")
    rows = list(csv.DictReader(table.open(encoding="utf-8-sig", newline="")))
    rows = [row | {"points": "1.5" if row["name"].startswith("right") else ""} for row in rows]
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert graded() == {**POINTS, "right": 11.5}
    assert len(runs) == len(HAND_INS)


def test_nobody_is_graded_if_the_solution_is_wrong(folder, runs):
    shutil.copytree(QUESTIONS, "mine")
    lines = Path("mine/tiny.toml").read_text().replace("accept = [[3, 9, 27, 81]]", "accept = [[1, 2, 4, 8]]")
    Path("mine/tiny.toml").write_text(lines)
    with pytest.raises(ValueError, match=r"the solution itself earns .* for tiny\.rows"):
        graded(cell_seconds=None, questions_folder=Path("mine"))
    assert runs == ["the solution"]
    assert not Path("grades/grades.csv").exists()

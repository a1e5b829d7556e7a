"""Grading killed again and again: SIGKILL at random moments, torn writes; then every hand-in has its one right result.

    python -m tests.grading.kills --hand-ins 200 --kills 20 --folder /tmp/kills

is the long run; `test_kills.py` does a short one. `--worker` is what is killed.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from labkit.grading import Wishes, grade, levels
from tests.grading.corpus import QUESTIONS, tiny

ROOT = Path(__file__).resolve().parents[2]
JUNK = b"\x00torn\xff" * 200
CELL_SECONDS = 10.0


def write(folder: Path, count: int) -> dict[str, float]:
    """Hand-ins of the tiny lab, every third one with something wrong; what each must earn."""
    expected = {}
    for number in range(count):
        right = {"area": f"area = 13 * 13 * 32 + 0 * {number}"}  # no two have the same bytes
        wrong = {0: {}, 1: {"area": f"area = {number}"}, 2: {"rows": "rows = [3, 9, 1, 1]"}}[number % 3]
        place = folder / f"student-{number:03}" / "lab.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(tiny.hand_in({**right, **wrong})), encoding="utf-8")
        expected[f"student-{number:03}/lab.ipynb"] = {0: 10.0, 1: 8.0, 2: 9.0}[number % 3]
    return expected


def grade_once(folder: Path, jobs: int):
    wishes = Wishes(level=levels.best(), jobs=jobs, cell_seconds=CELL_SECONDS, questions_folder=QUESTIONS)
    return grade(folder / "hand_ins", tiny.reference(), folder / "out", wishes)


def start(folder: Path, jobs: int) -> subprocess.Popen:
    command = [
        sys.executable,
        "-m",
        "tests.grading.kills",
        "--worker",
        "--folder",
        str(folder),
        "--jobs",
        str(jobs),
    ]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True
    )


def killed(folder: Path, jobs: int, kills: int, longest: float, rng: random.Random) -> int:
    """Start and kill; returns how many kills there were before it came to its end by itself."""
    for count in range(kills):
        process = start(folder, jobs)
        try:
            process.wait(timeout=rng.uniform(2, longest))
            return count
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        if rng.random() < 0.3:
            tear(folder / "out", rng)
    return kills


def tear(out: Path, rng: random.Random) -> None:
    """What a torn write leaves: something behind the end of the store, or of its journal."""
    for path in (out / "grades.sqlite", out / "grades.sqlite-journal"):
        if path.is_file() and rng.random() < 0.5:
            with path.open("ab") as file:
                file.write(JUNK[: rng.randrange(len(JUNK))])


@contextmanager
def own_place() -> Iterator[Path]:
    """Graders make the folders of their workers and sandboxes here, so that all that they leave names it.

    Short, since sockets lie in it.
    """
    place = Path(tempfile.mkdtemp(prefix="lk-")).resolve()
    place.chmod(0o711)
    with mock.patch.object(tempfile, "tempdir", str(place)), mock.patch.dict(os.environ, TMPDIR=str(place)):
        yield place
    shutil.rmtree(place, ignore_errors=True)


def left_behind(place: Path) -> list[str]:
    """Graders, workers, supervisors and kernels that are still there; given a few seconds to end."""
    for _ in range(40):
        found = processes_naming(str(place))
        if not found:
            return []
        time.sleep(0.25)
    return found


def processes_naming(place: str) -> list[str]:
    """Whose command line or environment names the place.

    Workers have it in their environment; supervisors and what runs in a sandbox in their command line, even where they
    have lost their parents and could not say otherwise whose they are.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        said, environment = _read(folder / "cmdline"), _read(folder / "environ")
        if place in said + environment and int(folder.name) != os.getpid():
            found.append(f"{folder.name} {said[:150]}")
    return found


def _read(path: Path) -> str:
    """What a process says of itself; nothing if it has ended, or is not ours to ask."""
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def faults(folder: Path, expected: dict[str, float], graded) -> list[str]:
    """Everything that is not recorded once and rightly."""
    found = [
        f"{one.hand_in.name}: {one.points} instead of {expected[one.hand_in.name]} ({one.execution.status})"
        for one in graded
        if one.points != expected[one.hand_in.name] or one.execution.status != "done"
    ]
    database = sqlite3.connect(folder / "out" / "grades.sqlite")
    (count,) = database.execute("SELECT count(*) FROM executions").fetchone()
    (state,) = database.execute("PRAGMA integrity_check").fetchone()
    database.close()
    found += [f"{count} executions recorded of {len(expected)} hand-ins"] * (count != len(expected))
    found += [f"integrity: {state}"] * (state != "ok")
    found += [f"{len(graded)} rows"] * (len(graded) != len(expected))
    return found


def run(folder: Path, hand_ins: int, kills: int, *, jobs: int, longest: float = 20.0, seed: int = 0) -> dict:
    """The whole: write, kill, let it end, look."""
    rng, started = random.Random(seed), time.time()
    expected = write(folder / "hand_ins", hand_ins)
    with own_place() as place:
        done = killed(folder, jobs, kills, longest, rng)
        graded = grade_once(folder, jobs)
        left = left_behind(place)
    return {
        "hand-ins": hand_ins,
        "kills": done,
        "faults": faults(folder, expected, graded),
        "left": left,
        "seconds": round(time.time() - started),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--hand-ins", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--longest", type=float, default=20.0, help="seconds until a kill, at most")
    parser.add_argument("--worker", action="store_true")
    given = parser.parse_args()
    if given.worker:
        grade_once(given.folder, given.jobs)
    else:
        print(
            json.dumps(
                run(given.folder, given.hand_ins, given.kills, jobs=given.jobs, longest=given.longest),
                indent=1,
            )
        )


if __name__ == "__main__":
    main()

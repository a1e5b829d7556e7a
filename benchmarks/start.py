"""How long labkit takes to begin: imports, `labkit --help`, the first cell of a lab.

    python benchmarks/start.py --out start           # five rounds, a minute or two

Each contestant is a new Python process; they take turns, round by round, after one round that is thrown away (files are
read from the disk then). Writes start.csv (one row a contestant: seconds on the clock and of the processors,
as medians) and start.png, and prints the table with the marks that labkit sets itself.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
from conditions import bars, conditions

PYTHON = [sys.executable, "-c"]
CONTESTANTS = {
    "python": [*PYTHON, "pass"],
    "labkit: import": [*PYTHON, "import labkit"],
    "labkit: --help": [sys.executable, "-m", "labkit", "--help"],
    "labkit: data, plots": [*PYTHON, "import labkit.data, labkit.plots"],
    "keras: import": [*PYTHON, "import keras"],
    "labkit: first cell": [*PYTHON, "import labkit as lk; lk.setup(language='en')"],
}
MARKS = {"labkit: import": 0.1, "labkit: --help": 0.5}  # seconds on the clock, Python's own start taken off


def once(command: list[str]) -> dict[str, float]:
    """Seconds of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed: run it by hand to see why.")
    spent = time.perf_counter() - began
    return {"wall_s": spent, "cpu_s": used.ru_utime + used.ru_stime}


def measure(rounds: int) -> pd.DataFrame:
    """Medians, one row a contestant."""
    rows = []
    for number in range(rounds + 1):
        for who, command in CONTESTANTS.items():
            rows.append({"round": number, "who": who, **once(command)})
    kept = pd.DataFrame(rows).query("round > 0")
    return kept.groupby("who", sort=False)[["wall_s", "cpu_s"]].median().reset_index()


def verdicts(table: pd.DataFrame) -> list[str]:
    """A line a mark: kept or missed."""
    seconds = table.set_index("who")["wall_s"] - table.set_index("who").loc["python", "wall_s"]
    return [
        f"{who}: {seconds[who]:.3f} s beyond Python's own start, mark {mark} s: {'kept' if seconds[who] < mark else 'MISSED'}"
        for who, mark in MARKS.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("start"), help="folder for start.csv and start.png")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    table = measure(given.rounds).assign(**conditions(rounds=given.rounds))
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "start.csv", index=False)
    bars(table.assign(what="seconds to begin"), "what", "wall_s", "seconds", given.out / "start.png")
    print(table[["who", "wall_s", "cpu_s"]].round(3).to_string(index=False))
    print(*verdicts(table), sep="\n")


if __name__ == "__main__":
    main()

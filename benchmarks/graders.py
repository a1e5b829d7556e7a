"""The hostile corpus on nbgrader, on stock nbval and on labkit: who gives marks that nobody earned, and what else happens.

    python benchmarks/graders.py --out graders                 # 72 cases, about an hour on two cores
    python benchmarks/graders.py --out graders --cases 2 --only nbval

Takes cases of the tiny lab evenly from each of the twelve categories (tests/grading/corpus), makes a virtual environment
with the newest nbgrader and nbval, and grades one case after the other with each. Both run what was handed in with the
rights of whoever grades: so each run of theirs is in a box of ours (`graders_box.py`; Linux with bubblewrap). Writes
`graders.csv`, one row a case, and prints a Markdown table. What was found of a tool is kept in OUT/<tool>.json: with
`--only` the table shows the others as they were last found.
"""

import argparse
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import graders_labkit
from graders_box import ABSTRACT, PORT, VICTIM, Result, make_venv
from graders_nbgrader import Nbgrader
from graders_nbval import Nbval
from graders_table import BATCHES, RIGHT_ONES, table, write_csv

from labkit import __version__
from tests.grading.corpus import CATEGORIES, HOSTILE, NEIGHBOUR, Case, write
from tests.grading.corpus.tiny import hand_in

CHECKOUT = Path(__file__).resolve().parent.parent
TOOLS = ("nbgrader", "nbval", "labkit")
# They turn against what only labkit has: with any other grader nothing would be attacked.
OF_LABKIT = (
    "evidence_", "forging_dumps", "forging_message", "forging_display", "forging_import", "forging_own_module",
    "forging_makers", "forging_record", "forging_forgets_calls", "forging_rewrites_arguments", "host_environ",
    "host_memory_of_grader", "host_job", "disk_run_folder",
)  # fmt: skip
# Our box itself stops these, or begins anew where they need what an earlier hand-in has left.
IN_NO_BOX = (
    "network_tcp_outside", "network_dns", "network_metadata", "network_keras_download", "network_vsock", "host_startup",
    "host_kit", "host_site_packages", "host_cron", "host_kernel_switches", "host_devices", "host_sockets_of_the_machine",
)  # fmt: skip
BAD_ONE = "right_5"
LIMIT = 20  # cell times for a hand-in: it has thirteen cells
LARGE = 100_000_000  # bytes; no notebook that is left as it was written


def choose(count: int) -> list[Case]:
    """`count` cases of each category, as evenly as they can be taken."""
    usable = [
        case for case in HOSTILE if case.lab == "tiny" and not case.name.startswith(OF_LABKIT + IN_NO_BOX)
    ]
    chosen = []
    for category in CATEGORIES:
        cases = [case for case in usable if case.category == category]
        chosen += [cases[place * len(cases) // count] for place in range(min(count, len(cases)))]
    return chosen


def write_class(
    cases: list[Case], place: Path, prepare: Callable[[bytes], bytes], **places
) -> dict[str, Path]:
    """The hand-ins of these cases, their notebooks as `prepare` makes them; the folder of each."""
    folders = write(cases, place / "hand_ins", outside=place / "outside", **places)
    for folder in folders.values():
        for path in folder.rglob("*.ipynb"):
            if path.is_file() and not path.is_symlink() and path.stat().st_size < LARGE:
                path.write_bytes(prepare(path.read_bytes()))
    return folders


def write_batch(kind: str, folder: Path, prepare: Callable[[bytes], bytes]) -> dict[str, Path]:
    """Eight right hand-ins and, in their middle, one that is not as it should be."""
    right = prepare(json.dumps(hand_in()).encode())
    notebook = json.loads(right)
    place = next(place for place, cell in enumerate(notebook["cells"]) if cell["id"] == "tiny-area")
    notebook["cells"].insert(place + 1, {**notebook["cells"][place], "id": "copied"})
    bad = {"copied": json.dumps(notebook).encode(), "broken": right[: len(right) // 2]}[kind]
    folders = {name: folder / "hand_ins" / name for name in (*RIGHT_ONES, BAD_ONE)}
    for name, student in folders.items():
        student.mkdir(parents=True, exist_ok=True)
        (student / "lab.ipynb").write_bytes(bad if name == BAD_ONE else right)
    return folders


def foreign(make: Callable, cases: list[Case], folder: Path, venv: Path, timeout: int) -> dict:
    """All cases with a tool that is not ours, one box a case."""
    tool = make(venv, folder, timeout, LIMIT * timeout)
    folders = write_class(cases, tool.place, tool.prepare, port=PORT, abstract=ABSTRACT, victim=VICTIM)
    results = []
    for case in cases:
        why = tool.why_not(case, folders[case.name])
        given = {f"hand_ins/{name}": folders[name] for name in (case.name, NEIGHBOUR)}
        results.append(Result(case.name, not_comparable=why) if why else tool.grade(case, given))
        print(folder.name, json.dumps(results[-1].to_dict()), flush=True)
    batches = {}
    for kind in BATCHES:
        given = write_batch(kind, folder / kind, tool.prepare)
        given = {f"hand_ins/{name}": path for name, path in given.items()}
        batches[kind] = {named: tool.batch(given, *options) for named, options in tool.variants.items()}
    return {"results": [result.to_dict() for result in results], "whole": None, "batches": batches}


def own(cases: list[Case], folder: Path, timeout: int) -> dict:
    """All cases with labkit, in one class."""
    stranger = subprocess.Popen(["sleep", "86400"])
    try:
        write_class(
            cases, folder / "class", bytes, port=PORT, abstract=f"{ABSTRACT}-{PORT}", victim=stranger.pid
        )
        results, whole = graders_labkit.grade_all(folder / "class", cases, PORT, stranger, timeout)
    finally:
        stranger.kill()
        stranger.wait()
    batches = {}
    for kind in BATCHES:
        write_batch(kind, folder / kind, bytes)
        batches[kind] = {"": graders_labkit.batch(folder / kind / "hand_ins", timeout)}
    return {"results": [result.to_dict() for result in results], "whole": whole.to_dict(), "batches": batches}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the environment and what is found"
    )
    parser.add_argument("--cases", type=int, default=6, help="of each of the twelve categories (default 6)")
    parser.add_argument(
        "--timeout", type=int, default=6, help="seconds a cell; twenty times that for a hand-in"
    )
    parser.add_argument("--only", choices=TOOLS)
    options = parser.parse_args()
    out, cases = options.out.resolve(), choose(options.cases)
    out.mkdir(parents=True, exist_ok=True)
    versions = make_venv(out / "venv", CHECKOUT)
    print(versions, flush=True)
    found = {}
    for tool in TOOLS:
        kept = out / f"{tool}-{options.cases}.json"
        if options.only in (None, tool):
            folder = out / f"{tool}-{options.cases}"
            shutil.rmtree(folder, ignore_errors=True)
            if tool == "labkit":
                result = own(cases, folder, options.timeout)
            else:
                make = {"nbgrader": Nbgrader, "nbval": Nbval}[tool]
                result = foreign(make, cases, folder, out / "venv", options.timeout)
            kept.write_text(json.dumps(result, indent=1), encoding="utf-8")
        stored = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {"results": []}
        if {case.name for case in cases} <= {result["name"] for result in stored["results"]}:
            found[tool] = stored
    write_csv(out / "graders.csv", found, cases)
    print(
        f"\n{table(found, cases)}\n\n{versions}; this checkout's labkit {__version__}; cells {options.timeout} s."
    )


if __name__ == "__main__":
    main()

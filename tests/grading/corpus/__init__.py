"""Hand-ins that try the grader: hostile ones in twelve categories, honest but awkward ones, each with its exact marks.

    folders = write([*HOSTILE, *BENIGN], tmp_path / "hand_ins", outside=tmp_path / "outside")

writes one student's folder a case, named as the case. `LABKIT_QUESTIONS` must name QUESTIONS. Cases of the lab
`"tiny"` and of the lab `"net"` are graded apart. A case's row is the one whose name begins with `case.name + "/"`; where
a folder gives several rows it is the one that was not rejected.

Hostile cases are for a sandbox only, never for `--level none`: some kill their parent or fill what they find.

What else must hold after grading: `outside/` holds the file `canary` with CANARY in it and nothing else, no hand-in
has changed, no process is left that has OWN_DAEMON in its command line, and there is no /tmp/labkit-hostile-marker.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.grading.corpus import (
    benign,
    benign_more,
    benign_values,
    hostile_death,
    hostile_disk,
    hostile_evidence,
    hostile_folder,
    hostile_forging,
    hostile_host,
    hostile_lies,
    hostile_malformed,
    hostile_memory,
    hostile_more,
    hostile_net,
    hostile_network,
    hostile_output,
    hostile_published,
    hostile_structure,
    hostile_time,
    hostile_traces,
)
from tests.grading.corpus.case import CATEGORIES, FILE, LABS, Case

__all__ = [
    "BENIGN",
    "CANARY",
    "CASES",
    "CATEGORIES",
    "DAEMON",
    "FILE",
    "HOSTILE",
    "LABS",
    "OWN_DAEMON",
    "QUESTIONS",
    "Case",
    "write",
]

QUESTIONS = Path(__file__).parent / "questions"
CANARY = "sing"
DAEMON = "86413"  # seconds that every left-over process sleeps for
OWN_DAEMON = f"{DAEMON}.{os.getpid()}"  # as `write()` has it: others may be grading the same cases
NOBODY = 2**22 + 1  # no process has this number
NEIGHBOUR = "neighbour"

HOSTILE: list[Case] = [
    case
    for module in (
        hostile_time,
        hostile_memory,
        hostile_disk,
        hostile_output,
        hostile_death,
        hostile_network,
        hostile_host,
        hostile_traces,
        hostile_forging,
        hostile_lies,
        hostile_evidence,
        hostile_published,
        hostile_net,
        hostile_structure,
        hostile_folder,
        hostile_malformed,
        hostile_more,
    )
    for case in module.CASES
]
BENIGN: list[Case] = [*benign.CASES, *benign_values.CASES, *benign_more.CASES, hostile_net.RIGHT]
CASES: dict[str, Case] = {case.name: case for case in [*HOSTILE, *BENIGN]}


def write(
    cases: Iterable[Case],
    folder: Path,
    *,
    outside: Path | None = None,
    victim: int = NOBODY,
    port: int = 9,
    abstract: str = "labkit-nobody",
) -> dict[str, Path]:
    """Write hand-ins, one student's folder a case.

    With cases of the tiny lab comes the neighbour whose answers some of them want to copy.

    Args:
        outside: a folder that no sandbox may touch, made here with a canary in it; `folder` with `-outside` in its
            name if not given.
        victim: number of a process that must survive.
        port: of 127.0.0.1, TCP and UDP, where somebody may listen and answer.
        abstract: name of an abstract Unix socket where somebody may listen.

    Returns:
        The student's folder of each case.
    """
    outside = outside or folder.with_name(folder.name + "-outside")
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "canary").write_text(CANARY, encoding="utf-8")
    places = {
        "outside": outside, "hand_ins": folder, "questions": QUESTIONS,
        "victim": victim, "port": port, "abstract": abstract,
    }  # fmt: skip
    chosen = {case.name: case for case in cases}
    if any(case.lab == "tiny" for case in chosen.values()):
        chosen.setdefault(NEIGHBOUR, CASES[NEIGHBOUR])
    written = {}
    for name, case in chosen.items():
        written[name] = folder / name
        if written[name].exists():
            shutil.rmtree(written[name])
        written[name].mkdir(parents=True)
        case.make(written[name])
        _fill(written[name], places)
    return written


def _fill(student: Path, places: Mapping[str, object]) -> None:
    """Put the places and this process's mark into the text of small files; links are left alone."""
    for top, _, names in os.walk(student):
        for path in (Path(top, name) for name in names):
            if path.is_symlink() or not path.is_file() or path.stat().st_size > 1_000_000:
                continue
            data = path.read_bytes()
            filled = data.replace(DAEMON.encode(), OWN_DAEMON.encode())
            for name, place in places.items():
                filled = filled.replace(f"{{{name}}}".encode(), str(place).encode())
            if filled != data:
                path.write_bytes(filled)

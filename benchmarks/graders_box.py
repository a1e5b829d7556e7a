"""A box for graders that have none: bubblewrap and a control group around the whole grader, not around the hand-in.

It protects this machine, and nothing else: within it a grader and a hand-in have what they would have on a teacher's
machine, files of others, a network with somebody in it and a stranger's process, all of which are looked at afterwards.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from labkit.grading import cgroups
from labkit.grading.sandbox import SYSTEM
from tests.grading.corpus import Case

MEMORY_MB, PROCESSES = 4096, 256  # as much as labkit gives a hand-in
SIZES_MB = {"/tmp": 512, "/dev/shm": 256}
WORK_MB = 1024
PORT, ABSTRACT, VICTIM = 8765, "labkit-listener", 3
INSIDE = Path(__file__).with_name("graders_inside.py")
LATE_SECONDS = 10


@dataclass
class Result:
    """What came of one case with one grader.

    Attributes:
        points: None if the grader gave no result.
        not_comparable: why this grader cannot be asked, or "".
        stopped: whether it had to be stopped from outside.
        changed: files that are none of the hand-in's business; reached: sockets; killed: the stranger's process.
    """

    name: str
    points: float | None = None
    happened: str = ""
    seconds: float = 0.0
    not_comparable: str = ""
    stopped: bool = False
    left: int = 0
    changed: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    killed: bool = False

    def to_dict(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Box:
    """Where the graders live (`venv`), and the folder that every box sees as its own, empty copy of (`work`)."""

    venv: Path
    work: Path
    readable: tuple[Path, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, given: Mapping[str, Path], command: list[str], limit: float, **more) -> dict:
        """Run a grader on copies of `given` (place in the box: path here); the report of `graders_inside.py`.

        An empty one with only `said` means that the box itself has died.
        """
        spec = {
            "work": str(self.work), "cwd": ".", "command": command, "copies": [], "then": [], "limit": limit, "linger": 0, "own": "",
            "victim": VICTIM, "port": PORT, "abstract": ABSTRACT, "environment": self._environment(), **more,
        }  # fmt: skip
        groups = cgroups.make(f"graders-{os.getpid()}", MEMORY_MB, PROCESSES)
        if not cgroups.limits_processes(groups) and os.geteuid() == 0:
            raise SystemExit(
                "No control group can be made, and limits of processes do not bind root: run as a user."
            )

        def join() -> None:
            for group in groups:
                (group / "cgroup.procs").write_text("0")

        try:
            done = subprocess.run(
                [*self._bubblewrap(given), *_limits(), str(self.venv / "bin" / "python"), "-I", "/inside.py", json.dumps(spec)],
                capture_output=True, text=True, errors="replace", timeout=limit + 150, preexec_fn=join, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"said": "the box did not end"}
        finally:
            cgroups.remove(groups)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"said": f"the box died: {done.returncode} {done.stderr[-300:]}"}

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": f"{self.work}/home", "USER": "teacher", "LOGNAME": "teacher", "LANG": "C.UTF-8",
            "PATH": f"{self.venv}/bin:/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1",
            "COURSE_TOKEN": "sing", **self.variables,
        }  # fmt: skip

    def _bubblewrap(self, given: Mapping[str, Path]) -> list[str]:
        """Mounts are done in this order: what lies below /tmp comes after the empty folder over it."""
        argv = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "box"]
        argv += ["--uid", "65534", "--gid", "65534", "--clearenv", "--proc", "/proc", "--dev", "/dev"]
        for path in SYSTEM:
            argv += ["--ro-bind-try", path, path]
        for path, megabytes in SIZES_MB.items():
            argv += ["--size", str(megabytes << 20), "--tmpfs", path]
        for path in (self.venv, *self.readable, Path(os.path.realpath(sys.base_prefix))):
            argv += ["--ro-bind", str(path), str(path)]
        argv += [
            "--ro-bind",
            str(INSIDE),
            "/inside.py",
            "--size",
            str(WORK_MB << 20),
            "--tmpfs",
            str(self.work),
        ]
        for place, path in given.items():
            argv += ["--ro-bind", str(path), f"/given/{place}"]
        return [
            *argv,
            "--remount-ro",
            "/proc",
            "--remount-ro",
            "/dev",
            "--remount-ro",
            "/",
            "--chdir",
            "/",
            "--",
        ]


def _limits() -> list[str]:
    return ["prlimit", f"--data={MEMORY_MB << 20}", f"--nproc={PROCESSES}", "--nofile=1024", "--core=0"]


def linger(case: Case) -> float:
    """Seconds to wait for a hand-in that wants to write when all is over."""
    return LATE_SECONDS if "late" in case.name else 0


def result(name: str, report: dict, points: float | None, happened: str) -> Result:
    """The report of a box as a row of the table."""
    if "rc" not in report:
        return Result(name, None, report["said"], stopped=True)
    stopped = report["rc"] is None
    damage = {key: report[key] for key in ("left", "changed", "reached", "killed")}
    return Result(name, points, happened, report["seconds"], stopped=stopped, **damage)


def told(points: float, lost: list[str]) -> str:
    return f"{points:g} points" + (f", nothing for {' '.join(lost)}" if lost else "")


def make_venv(folder: Path, checkout: Path) -> str:
    """A virtual environment with the newest of each grader, once; the versions that pip chose."""
    pip = [str(folder / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check"]
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([*pip, "install", "nbgrader", "nbval", "ipykernel", "numpy"], check=True)
        # the tiny lab needs no Keras: labkit comes without what it depends on
        subprocess.run([*pip, "install", "--no-deps", str(checkout)], check=True)
        (folder / "made").touch()
    listed = subprocess.run(
        [*pip[:3], "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout
    wanted = ("nbgrader", "nbval", "nbclient", "ipykernel", "numpy", "pytest", "labkit")
    return ", ".join(line.replace("==", " ") for line in listed.splitlines() if line.split("==")[0] in wanted)

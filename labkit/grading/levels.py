"""Levels of isolation: which ones this machine really offers, why not a better one, and what each leaves open.

- full: bubblewrap; the kernel has a file system, processes and a network of its own.
- partial: Landlock, seccomp, limits, and as root a user of its own; works in a container and on Colab.
- none: limits only, for hand-ins that are trusted.
"""

import functools
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from labkit.doctor import Finding
from labkit.grading import cgroups, confine, interpreter, run_folder, sandbox
from labkit.grading.records import LEVELS
from labkit.grading.sandbox import Limits, Sandbox

INSTALL = "apt-get install bubblewrap"
BY_NAME = "not covered: "
# System settings that forbid bubblewrap to plain users: file, forbidding value, what it is, the remedy.
SWITCHES = (
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor forbids it (Ubuntu 24.04 and later)",
     "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
    ("kernel/unprivileged_userns_clone", "0", "the system forbids user namespaces",
     "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "the system forbids user namespaces",
     "sudo sysctl -w user.max_user_namespaces=15000"),
)  # fmt: skip
SYSCTL = Path("/proc/sys")
IN_A_CONTAINER = "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined ..."
# Runs in the sandbox: is the way to a port of this machine closed, and a file beside the sandbox too?
PROBE = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
    network = "open"
except OSError:
    network = "closed"
try:
    open(sys.argv[2]).close()
    files = "open"
except OSError:
    files = "closed"
print(network, files)
"""


@dataclass(frozen=True)
class Offer:
    """One level on this machine.

    Attributes:
        level: `"full"`, `"partial"` or `"none"`.
        available: it was tried and it holds.
        why_not: why it does not, in one line.
        remedy: one command that makes it available, where there is one.
        gaps: what it does not protect from on this machine.
    """

    level: str
    available: bool
    why_not: str = ""
    remedy: str = ""
    gaps: tuple[str, ...] = ()


@functools.cache
def examine() -> tuple[Offer, ...]:
    """Every level, the best first; each one is really tried, once in a process.

    Example:
        >>> [offer.level for offer in examine()]
        ['full', 'partial', 'none']
    """
    return _full(), _partial(), Offer("none", True, gaps=_gaps("none"))


def best() -> str:
    """The best level that this machine offers.

    Example:
        >>> best() in ("full", "partial", "none")
        True
    """
    return next(offer.level for offer in examine() if offer.available)


def offer(level: str) -> Offer:
    """What there is to say of one level.

    Raises:
        ValueError: there is no such level.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown level {level!r}: choose one of {', '.join(LEVELS)}.")
    return examine()[LEVELS.index(level)]


def findings() -> list[Finding]:
    """The levels as `labkit doctor` shows them."""
    found = []
    for one in examine():
        gaps = BY_NAME + "; ".join(one.gaps) if one.gaps else "no known gap but the kernel's own faults"
        state = f"available; {gaps}" if one.available else one.why_not
        found.append(Finding(f"isolation {one.level}", state, one.available, one.remedy))
    return found


def _full() -> Offer:
    if sys.platform != "linux":
        return Offer(
            "full", False, f"bubblewrap needs Linux; this is {sys.platform}", "grade in a Linux container"
        )
    if not sandbox.bubblewrap():
        return Offer("full", False, "bubblewrap is not installed", INSTALL)
    failure = _try("full")
    return Offer("full", False, *_refusal(failure)) if failure else Offer("full", True, gaps=_gaps("full"))


def _partial() -> Offer:
    if sys.platform != "linux":
        return Offer(
            "partial",
            False,
            f"Landlock and seccomp are Linux's; this is {sys.platform}",
            "grade in a Linux container",
        )
    if not confine.seccomp_supported():
        return Offer("partial", False, "the system-call filter is not written for this kind of machine")
    if not confine.landlock_abi() and os.getuid() != 0:
        reason = (
            "no Landlock here (Linux 5.13 and later), and only root can give the sandbox a user of its own"
        )
        return Offer("partial", False, reason, "sudo labkit grade ...")
    failure = _try("partial")
    if not failure:
        return Offer("partial", True, gaps=_gaps("partial"))
    closed = interpreter.closed([sys.executable, *interpreter.folders()]) if os.getuid() == 0 else ""
    if closed and not confine.may_read_all():
        return Offer("partial", False, f"the sandbox's user cannot enter {closed}", f"chmod o+x {closed}")
    return Offer("partial", False, failure)


def _try(level: str) -> str:
    """Run the probe in a sandbox of this level; "" if all is closed, else what went wrong."""
    folder = None
    try:
        folder = run_folder.claim(own_user=level == "partial" and os.getuid() == 0)
        done = _probe(Sandbox(level, folder, Limits(memory_mb=1024)))
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        if folder:
            folder.remove()
    network, files = (done.stdout.split() + ["", ""])[:2]
    if done.returncode or not files:
        return _last_line(done.stderr) or f"the sandbox ended with status {done.returncode}"
    if network == "open":
        return "the network could be reached from within"
    may_be_open = level == "partial" and not confine.landlock_abi()
    return "files outside could be read from within" if files == "open" and not may_be_open else ""


def _probe(settings: Sandbox) -> subprocess.CompletedProcess:
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = [str(server.getsockname()[1]), str(settings.folder.path / "owner.json")]
        return subprocess.run(
            sandbox.command(settings, [sys.executable, "-I", "-c", PROBE, *asked]),
            env=sandbox.environment(settings, {}), capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _refusal(failure: str) -> tuple[str, str]:
    """(why bubblewrap does not start, the remedy)."""
    for file, forbidding, reason, remedy in SWITCHES:
        place = SYSCTL / file
        if place.exists() and place.read_text().strip() == forbidding and os.getuid() != 0:
            return f"{reason}: {failure}", remedy
    if "namespace" in failure or "not permitted" in failure or "Permission denied" in failure:
        return f"this container does not let bubblewrap work: {failure}", IN_A_CONTAINER
    return failure, ""


def _gaps(level: str) -> tuple[str, ...]:
    """What this level leaves open here, in words for an instructor."""
    gaps = []
    if not _bounds("memory"):
        gaps.append("memory of a job in all (each process is bounded; no control group can be made)")
    if not _bounds("processes") and (level != "partial" and os.name == "posix" and os.getuid() == 0):
        gaps.append("number of processes (root's are not counted; no control group can be made)")
    if level == "full":
        return (
            *gaps,
            *(() if confine.seccomp_supported() else ("no system-call filter on this kind of machine",)),
        )
    gaps.append("disk (a watcher looks once a second; deleted files that are still open escape it)")
    if level == "none":
        return (*gaps, "files, network, other processes: everything that the grader may do")
    abi = confine.landlock_abi() if sys.platform == "linux" else 0
    if not abi:
        gaps.append(
            "reading (no Landlock): all files open to everyone, answers in site-packages and other hand-ins too"
        )
    if abi < 6 and (sys.platform == "linux" and os.getuid() != 0):
        gaps.append("ending this user's other processes (Landlock of Linux 6.12 would refuse it)")
    if sys.platform == "linux" and os.getuid() != 0:
        gaps.append("shared memory (/dev/shm) of this user; a number of processes shared by all jobs")
        gaps.append("mode and times of this user's files (Landlock guards what stands in them, not these)")
    return tuple(gaps)


@functools.cache
def _bounds(what: str) -> bool:
    """Whether a control group can be made here that limits memory, or processes."""
    groups = cgroups.make(f"labkit-try-{os.getpid()}", 256, 64) if sys.platform == "linux" else []
    try:
        return cgroups.limits_memory(groups) if what == "memory" else cgroups.limits_processes(groups)
    finally:
        cgroups.remove(groups)

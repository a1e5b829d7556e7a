"""Control groups: memory and processes of a whole job. Version 1 and 2 of Linux; where there are none, lived without."""

import os
import signal
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def make(name: str, memory_mb: int, processes: int, root: Path = ROOT, own: Path = OWN) -> list[Path]:
    """The folders of new control groups `name` with these limits; fewer or none where that is not allowed.

    The groups are put below those of this process (version 1), or beside them (version 2, where a group with
    processes may have none below it), so that whatever limits this process limits the job too.
    """
    if (root / "cgroup.controllers").exists():
        limits = {"memory.max": memory_mb << 20, "pids.max": processes}
        extra = {"memory.swap.max": 0, "memory.oom.group": 0}
        made = (_made(parent / name, limits, extra) for parent in _parents(root, own))
        return next((folders for folders in made if folders), [])
    memory = _made(_below(root, own, "memory") / name, {"memory.limit_in_bytes": memory_mb << 20}, {})
    return memory + _made(_below(root, own, "pids") / name, {"pids.max": processes}, {})


def limits_memory(groups: list[Path]) -> bool:
    return any(
        (group / name).exists() for group in groups for name in ("memory.max", "memory.limit_in_bytes")
    )


def limits_processes(groups: list[Path]) -> bool:
    return any((group / "pids.max").exists() for group in groups)


def remove(groups: list[Path], patience: float = 2.0) -> None:
    """Kill what is left in the groups, then remove them. Doing it twice is fine."""
    until = time.monotonic() + patience
    for group in groups:
        while group.exists():
            _kill(group)
            try:
                group.rmdir()
            except OSError:
                if time.monotonic() > until:
                    break
                time.sleep(0.01)


def _made(folder: Path, limits: dict[str, int], extra: dict[str, int]) -> list[Path]:
    """[folder] with `limits` in force, or [] and no trace. `extra`: set where the system knows it."""
    try:
        folder.mkdir()
    except OSError:
        return []
    try:
        for file, value in limits.items():
            _write(folder / file, value)
    except OSError:
        folder.rmdir()
        return []
    for file, value in extra.items():
        if (folder / file).exists():
            _write(folder / file, value)
    return [folder]


def _write(file: Path, value: int) -> None:
    # never create: in a control group a file that is missing means that its controller is off
    descriptor = os.open(file, os.O_WRONLY)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)


def _parents(root: Path, own: Path) -> list[Path]:
    """Version 2: the root, as far as it is ours, then from the group above this process's own upwards."""
    path = _paths(own).get("", "/").strip("/")
    above = [root / parent for parent in Path(path).parents] if path else []
    return list(dict.fromkeys([*above, root]))


def _below(root: Path, own: Path, controller: str) -> Path:
    """Version 1: this process's own group of the controller; in a container its path may not be mounted."""
    folder = root / controller / _paths(own).get(controller, "/").strip("/")
    return folder if folder.is_dir() else root / controller


def _paths(own: Path) -> dict[str, str]:
    """Controller ("" for version 2) -> path of this process's group."""
    found = {}
    for line in own.read_text().splitlines() if own.exists() else ():
        _, controllers, path = line.split(":", 2)
        found.update(dict.fromkeys(controllers.split(","), path))
    return found


def _kill(group: Path) -> None:
    try:
        _write(group / "cgroup.kill", 1)  # version 2, Linux 5.14
        return
    except OSError:
        pass
    try:
        for pid in (group / "cgroup.procs").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
    except OSError:  # gone while we looked
        return

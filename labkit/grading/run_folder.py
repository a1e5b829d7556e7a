"""The folder of one sandboxed kernel: its sockets, its places to write, its number, its owner; and the sweep."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labkit.files import write_text
from labkit.grading import cgroups
from labkit.grading.supervisor import kill_user

# A folder's number is the user id of its sandbox too, where the grader is root. Debian hands these out to nobody.
NUMBERS = range(50_000, 60_000)
WRITABLE = ("sockets", "work", "home", "tmp")
LONGEST_SOCKET = 107 if sys.platform == "linux" else 103  # bytes in a socket's path
OWNERLESS = 60  # seconds until a folder without owner counts as left behind
SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class RunFolder:
    """A private folder; whoever made it owns it, the sandbox writes to four folders in it."""

    path: Path
    uid: int | None

    @property
    def socket(self) -> Path:
        """What the names of Jupyter's sockets begin with."""
        return self.path / "sockets" / "k"

    def note(self, groups: list[Path]) -> None:
        """Write down whose folder this is and what belongs to it, for a later sweep."""
        owner = {"pid": os.getpid(), "started": started(os.getpid()), "uid": self.uid}
        write_text(
            self.path / "owner.json", json.dumps({**owner, "cgroups": [str(group) for group in groups]})
        )

    def hand_over(self, path: Path) -> None:
        """Make a folder the sandbox's user's, if it has one."""
        if self.uid is not None:
            os.chown(path, self.uid, self.uid)

    def lend(self, path: Path) -> None:
        """Let the sandbox's user, if it has one, read a file that is not theirs to change."""
        if self.uid is not None:
            os.chown(path, -1, self.uid)
            path.chmod(0o640)

    def shared_memory(self) -> int:
        """Bytes that the sandbox's user has in the machine's shared memory."""
        return sum(path.lstat().st_blocks * 512 for path in _shared(self.uid))

    def remove(self, groups: list[Path] = ()) -> None:
        """Remove the folder and all that belongs to it. Doing it twice is fine."""
        if self.uid is not None and self.path.exists():
            kill_user(self.uid)
            for path in _shared(self.uid):
                _remove_tree(path)
        cgroups.remove(groups)
        _remove_tree(self.path)


def claim(own_user: bool, base: Path | None = None) -> RunFolder:
    """A new run folder, with a number that nobody else has. `own_user`: its number is a user id to run as.

    Raises:
        OSError: the path is too long for sockets, or there is no place.
    """
    base = Path(base or tempfile.gettempdir()).resolve()
    longest = f"{base}/labkit-{NUMBERS[-1]}/sockets/k-5"
    if len(os.fsencode(longest)) > LONGEST_SOCKET:
        raise OSError(
            f"{base} is too long a path for sockets ({LONGEST_SOCKET} bytes at most): set TMPDIR to a shorter one, such as /tmp."
        )
    taken = _users() if own_user else set()
    first = os.getpid() % len(NUMBERS)
    for number in (*NUMBERS[first:], *NUMBERS[:first]):
        path = base / f"labkit-{number}"
        if number in taken or path.exists():
            continue
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:  # somebody was faster
            continue
        return _furnished(RunFolder(path, number if own_user else None))
    raise OSError(f"{base} is full of labkit-* folders: remove those that are not in use.")


def _furnished(folder: RunFolder) -> RunFolder:
    folder.note([])
    for name in WRITABLE:
        (folder.path / name).mkdir(mode=0o700)
        folder.hand_over(folder.path / name)
    for name in ("confine.py", "launch.py"):  # the package itself is hidden from the sandbox
        shutil.copyfile(Path(__file__).with_name(name), folder.path / name)
        (folder.path / name).chmod(0o444)
    if folder.uid is not None:
        folder.path.chmod(0o711)
    return folder


@contextmanager
def scratch_folder(base: Path | None = None) -> Iterator[Path]:
    """A private folder for the time of the block, which a sweep removes if this process is killed.

    Example:
        >>> with scratch_folder() as folder:
        ...     _ = (folder / "note.txt").write_text("gone soon")
        >>> folder.exists()
        False
    """
    folder = RunFolder(Path(tempfile.mkdtemp(prefix="labkit-job-", dir=base)).resolve(), None)
    try:
        folder.note([])
        yield folder.path
    finally:
        folder.remove()


def sweep(base: Path | None = None) -> list[str]:
    """Remove what killed workers left: processes, control groups, folders. What was removed.

    A folder belongs to the process named in it (by number and time of start); while that lives it stays.

    Example:
        >>> import tempfile
        >>> sweep(tempfile.mkdtemp())
        []
    """
    base = Path(base or tempfile.gettempdir()).resolve()
    swept = []
    for path in sorted([*base.glob("labkit-[0-9]*"), *base.glob("labkit-job-*")]):
        try:
            if not path.is_symlink() and path.stat().st_uid == _own_uid() and _sweep_one(path):
                swept.append(str(path))
        except FileNotFoundError:  # another sweep
            continue
    return swept


def _sweep_one(path: Path) -> bool:
    try:
        owner = json.loads((path / "owner.json").read_text())
    except (OSError, ValueError):  # killed while it was being made, or being made now
        owner = {"pid": 0, "started": "", "uid": None, "cgroups": []}
        if time.time() - path.stat().st_mtime < OWNERLESS:
            return False
    if started(owner["pid"]) == owner["started"] != "":
        return False
    _kill_by_home(path / "home")
    uid = owner["uid"] if owner["uid"] in NUMBERS else None
    RunFolder(path, uid).remove([Path(group) for group in owner["cgroups"]])
    return True


def started(pid: int) -> str:
    """When a process started, as the system writes it; "" if there is none: ids are used again, moments are not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return "" if Path("/proc/self").exists() else _alive(pid)
    return "" if fields[0] in "ZX" else fields[19]  # dead, but not taken notice of by its parent


def _alive(pid: int) -> str:
    """Without /proc: whether there is such a process at all."""
    if os.name != "posix":
        return "running" if pid == os.getpid() else ""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return ""
    except PermissionError:
        pass
    return "running"


def _own_uid() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _users() -> set[int]:
    """Numbers that are a user's: of an account, or of a process."""
    import pwd

    found = {account.pw_uid for account in pwd.getpwall()}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            found.add(path.stat().st_uid)
        except OSError:
            continue
    return found


def _kill_by_home(home: Path) -> None:
    """End this user's processes whose environment names the folder as their home."""
    mark = b"HOME=" + os.fsencode(home) + b"\0"
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue


def _shared(uid: int) -> list[Path]:
    found = []
    for path in SHARED_MEMORY.rglob("*"):
        try:
            found += [path] if path.lstat().st_uid == uid else []
        except OSError:
            continue
    return found


def _remove_tree(path: Path) -> None:
    """Remove `path`, however deep it goes and whatever was done to its rights."""
    if os.name != "posix":
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        if _own_uid() != 0:  # root needs no rights
            subprocess.run(["chmod", "-R", "u+rwX", str(path)], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["rm", "-rf", "--", str(path)], stderr=subprocess.DEVNULL, check=False)

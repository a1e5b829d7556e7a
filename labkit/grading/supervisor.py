"""Start a sandboxed kernel, hand signals on to it, and leave nothing behind: `supervisor.py SETTINGS_FILE`.

Stands between the worker and the sandbox, outside it. It ends everything below it (daemons with a session of
their own too) when the kernel ends, when it is told to (SIGTERM), and when its parent is gone. It looks for
its parent itself: the signal that Linux can send on a parent's death is bound to the thread that started it.
Stands alone, as `confine.py` does. SETTINGS_FILE is JSON:

    parent       process id of the worker
    command      what to run
    environment  its environment
    joins        files of control groups to write its process id to
    uid          user of the sandbox, if it has one of its own; else null
    depth        how many processes below the command the kernel is (bubblewrap: 2)
"""

import ctypes
import json
import os
import signal
import sys
import time

SUBREAPER = 36
LOOK_EVERY = 0.05  # seconds
GIVE_UP_AFTER = 10.0  # seconds of killing

told_to_end = False


def main(settings: dict) -> int:
    """Run the command; its exit status, or minus the signal that ended it."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        _become(settings)
    signal.signal(signal.SIGINT, lambda *_: _interrupt(child, settings["depth"]))
    status = None
    while status is None and not told_to_end and os.getppid() == settings["parent"]:
        time.sleep(LOOK_EVERY)
        status = _reap().get(child)
    end_all(child, settings["uid"])
    return -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)


def _end(*_) -> None:
    global told_to_end
    told_to_end = True


def _become(settings: dict) -> None:
    """The child: join the control groups, then turn into the command."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setpgid(0, 0)
        for path in settings["joins"]:
            with open(path, "w") as file:
                file.write("0")
        os.execve(settings["command"][0], settings["command"], settings["environment"])
    except OSError as error:
        print(f"the sandbox did not start: {error}", file=sys.stderr)
    finally:
        os._exit(127)


def _interrupt(child: int, depth: int) -> None:
    """SIGINT for the kernel itself, not for what it runs in."""
    for _ in range(depth):
        below = [pid for pid, parent in parents().items() if parent == child]
        if not below:
            return
        child = min(below)
    try:
        os.kill(child, signal.SIGINT)
    except ProcessLookupError:
        return


def _reap() -> dict[int, int]:
    """Children that have ended, with their status."""
    ended = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = status


def end_all(child: int, uid: int | None) -> None:
    """Kill whatever came of the command; orphans have become this process's own children."""
    until = time.monotonic() + GIVE_UP_AFTER
    while time.monotonic() < until:
        if uid is not None:
            kill_user(uid)
        _kill(os.killpg, child)
        for pid in descendants(os.getpid()):
            _kill(os.kill, pid)
        _reap()
        if not _has_children():
            return
        time.sleep(0.01)


def _kill(how, pid: int) -> None:
    try:
        how(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def kill_user(uid: int) -> None:
    """Kill all processes of `uid` in one step, which no fork can outrun (as root only)."""
    helper = os.fork()
    if helper == 0:
        try:
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(helper, 0)


def parents() -> dict[int, int]:
    """Process id -> that of its parent, of all processes that can be seen."""
    found = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    found[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:  # it has ended
                continue
    return found


def descendants(ancestor: int) -> list[int]:
    """Processes below `ancestor`, however deep."""
    above = parents()
    found, layer = [], {ancestor}
    while layer:
        layer = {pid for pid, parent in above.items() if parent in layer}
        found += layer
    return found


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        SETTINGS = json.load(file)
    code = main(SETTINGS)
    sys.exit(code if code >= 0 else 128 - code)

"""What runs in the box of `graders_box.py`: one grader, once, and then a look at what is left of the box.

    python graders_inside.py SPEC

Stands alone. SPEC is JSON:

    work         a folder; /given is copied to it, then each of `copies` ([from, to], relative) within it
    command      the grader; run in `work`/`cwd` with `environment`, stopped after `limit` seconds
    then         a program whose output is the marks; run when nothing of the grader is alive any more
    victim       number that the process must have that a hand-in wants to kill
    port         of the listeners; `abstract` is the name of that on an abstract socket
    linger       seconds to wait for those that want to write later
    own          the folder in `work`/hand_ins that the hand-in may do with as it likes

Prints one line of JSON: rc (null if it was stopped), seconds, said, left, changed, reached, killed, then.
"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

CANARY = "sing"
MARKER = Path("/tmp/labkit-hostile-marker")
KEPT = 100_000  # characters of what the grader says
HTTP = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"


def main(spec: dict) -> dict:
    stranger = subprocess.Popen(["sleep", "86400"])
    if stranger.pid != spec["victim"]:
        raise SystemExit(f"the stranger has the number {stranger.pid}, not {spec['victim']}")
    work = Path(spec["work"])
    unpack(work, spec["copies"])
    reached = listen(work / "outside", spec["port"], spec["abstract"])
    before = fingerprints(work / "hand_ins", spec["own"])
    report = run(spec["command"], work / spec["cwd"], spec["environment"], spec["limit"])
    time.sleep(1)  # what is about to end may end
    left = others(stranger.pid)
    time.sleep(spec["linger"])
    report["changed"] = changes(work, before, spec["own"])
    report["left"], report["reached"] = len(left), sorted(reached)
    report["killed"] = stranger.poll() is not None
    end(stranger.pid)
    report["then"] = marks(spec["then"], work / spec["cwd"], spec["environment"])
    return report


def unpack(work: Path, copies: list[list[str]]) -> None:
    """The box's own copy of everything. What cannot be copied there (a device) becomes a link to the like of it."""
    for source, target in [["/given", "."], *copies]:
        (work / target).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["cp", "-aT", str(work / source), str(work / target)], capture_output=True, check=False
        )
    for place in Path("/given").glob("**/*.ipynb"):
        copied = work / place.relative_to("/given")
        if place.is_char_device() and not os.path.lexists(copied):
            copied.symlink_to("/dev/zero")
    for name in ("outside", "home"):
        (work / name).mkdir(exist_ok=True)
    (work / "outside" / "canary").write_text(CANARY)


def run(command: list[str], cwd: Path, environment: dict[str, str], limit: float) -> dict:
    """Run a grader as a teacher would; after `limit` seconds Ctrl-C, five seconds later the end."""
    said, started = bytearray(), time.monotonic()
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    threading.Thread(target=_drain, args=(process.stdout, said), daemon=True).start()
    rc = None
    try:
        rc = process.wait(limit)
    except subprocess.TimeoutExpired:
        for number in (signal.SIGINT, signal.SIGKILL):
            os.killpg(process.pid, number)
            try:
                process.wait(5)
                break
            except subprocess.TimeoutExpired:
                continue
    seconds = time.monotonic() - started
    time.sleep(0.1)
    return {"rc": rc, "seconds": round(seconds, 1), "said": said.decode(errors="replace")}


def _drain(pipe, said: bytearray) -> None:
    while data := os.read(pipe.fileno(), 65536):
        said += data
        del said[:-KEPT]


def others(stranger: int) -> list[int]:
    """Processes that are neither the box's own nor dead already."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state not in "ZX" and int(folder.name) not in (1, os.getpid(), stranger):
            found.append(int(folder.name))
    return found


def end(stranger: int) -> None:
    """Kill all that the box was not born with."""
    for _ in range(100):
        left = others(stranger)
        for number in left:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if not left:
            return
        time.sleep(0.05)


def marks(command: list[str], cwd: Path, environment: dict[str, str]) -> str:
    if not command:
        return ""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{type(error).__name__}"
    return done.stdout or done.stderr[-300:]


def fingerprints(folder: Path, own: str = "") -> dict[str, str]:
    """What stands in a folder's files, those in `own` left out; links by what they say, pipes by their names alone."""
    found = {}
    for top, folders, names in os.walk(folder):
        if own and Path(top) == folder:
            folders[:] = [name for name in folders if name != own]  # it may be deeper than can be walked
        for path in (Path(top, name) for name in names):
            found[str(path)] = os.readlink(path) if path.is_symlink() else ""
            if path.is_file() and not path.is_symlink():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def changes(work: Path, before: dict[str, str], own: str = "") -> list[str]:
    """What was changed of that which is none of a hand-in's business; `own` is its folder."""
    found = {place.name for place in (work / "outside").iterdir()} ^ {"canary", "socket"}
    canary = work / "outside" / "canary"
    if canary.is_file() and canary.read_text() != CANARY:
        found.add("canary")
    after = fingerprints(work / "hand_ins", own)
    changed = {Path(name).relative_to(work / "hand_ins") for name, _ in before.items() ^ after.items()}
    found |= {f"hand-in {name.parts[0]}" for name in changed}
    return sorted(found | ({"marker"} if MARKER.exists() else set()))


def listen(outside: Path, port: int, abstract: str) -> set[str]:
    """Listen wherever a hand-in may call; the set of those who called grows while the program runs."""
    reached: set[str] = set()
    os.chdir(outside)  # the path of a socket has 107 bytes at most
    for name, family, kind, address in (
        ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)),
        ("ipv6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", port)),
        ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port)),
        ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{abstract}"),
        ("unix", socket.AF_UNIX, socket.SOCK_STREAM, "socket"),
    ):
        heard = socket.socket(family, kind)
        heard.bind(address)
        if kind == socket.SOCK_STREAM:
            heard.listen()
        threading.Thread(target=_answer, args=(heard, name, reached), daemon=True).start()
    return reached


def _answer(heard: socket.socket, name: str, reached: set[str]) -> None:
    while True:
        try:
            if heard.type == socket.SOCK_DGRAM:
                _, sender = heard.recvfrom(100)
                heard.sendto(b"pong", sender)
            else:
                caller, _ = heard.accept()
                caller.sendall(HTTP)
                caller.close()
        except OSError:
            continue
        finally:
            reached.add(name)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))

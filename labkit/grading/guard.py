"""The pytest plugin beside nbval in a grading worker: budgets, a kernel in the sandbox, one line a cell.

nbval executes; this plugin sees to it that no notebook can hold it up, fill it up or talk it round:

- the kernel is the sandbox's, whatever the notebook names;
- time a cell and a notebook, output a cell: SIGINT up to three times, then the kernel is killed;
- output is read while a cell runs, so that nothing is lost and nothing piles up in memory, and what a cell has put
  out is let go when the next one begins;
- `NBVAL_*` comments are only comments: they stand in students' cells;
- what came of a cell is written down by its id, durably, before the next one begins.
"""

import json
import os
import re
import subprocess
import time
from collections import Counter, deque
from pathlib import Path
from queue import Empty

import nbval.plugin
import pytest
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from labkit import config
from labkit.grading.inside import MIME
from labkit.grading.provisioner import register

MOST_OUTPUT = 8 << 20  # bytes a cell
MOST_MESSAGES = 200_000  # a cell
MOST_IN_ONE = 32 << 20  # bytes a message: ZeroMQ drops the connection over a larger one
MOST_GROWTH = 384 << 20  # bytes of this process's memory: one message can have frames without end
MOST_PICTURES, LARGEST_PICTURE = 4, 300_000  # a cell; base64 characters
MOST_KEPT = {"evidence": 24_000_000, "pictures": 12_000_000}  # characters a notebook
INTERRUPTS = 3
LINGER = 0.5  # seconds to wait after a student's cell, when the kernel died before and nobody knows whose doing it was
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Stopped(Exception):  # noqa: N818 - an end, not a fault
    """A cell was stopped, see `CellRun.stop`."""


class SandboxSpecs(KernelSpecManager):
    """Knows one kernel: labkit's sandbox."""

    def get_kernel_spec(self, kernel_name):
        provisioner = {"provisioner_name": "labkit-sandbox"}
        return KernelSpec(
            argv=["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="labkit sandbox",
            language="python",
            metadata={"kernel_provisioner": provisioner},
        )


class GuardedKernel(nbval.plugin.RunningKernel):
    """nbval's kernel in the sandbox, with budgets."""

    def __init__(self, kernel_name, cwd=None, startup_timeout=60):
        self._read, self._bytes, self._messages = deque(), Counter(), 0
        self.stopped, self.cell_seconds, self.notebook_ends = "", startup_timeout, float("inf")
        self._most_memory, self._leaves, self.linger = float("inf"), False, 0.0
        self.km = KernelManager(kernel_name="labkit-sandbox", kernel_spec_manager=SandboxSpecs())
        self.km.start_kernel(stderr=subprocess.DEVNULL, cwd=cwd)
        self.km.context.setsockopt(zmq.MAXMSGSIZE, MOST_IN_ONE)
        self.kc = self.km.client()
        self.kc.start_channels(stdin=False, hb=False, control=False)  # nobody would read what comes on these
        self.kc.wait_for_ready(timeout=startup_timeout)
        self._most_memory = memory() + MOST_GROWTH

    def execute_cell_input(self, cell_input, allow_stdin=None):
        self._bytes, self._messages = Counter(), 0
        self.stopped = ""
        return super().execute_cell_input(cell_input, allow_stdin=False)

    def await_reply(self, msg_id, timeout=None):
        """Wait for a cell's end within its budgets; Stopped where it was not its own."""
        deadline, hits, next_hit = time.monotonic() + self.cell_seconds, 0, 0.0
        while not self._replied(msg_id):
            now = time.monotonic()
            if not self.is_alive():
                self._kill()
                raise Stopped(self._disk() or self.stopped or "kernel died")
            self.stopped = self.stopped or self._over(now, deadline)
            if self.stopped and now > next_hit:
                if hits == INTERRUPTS:
                    self._kill()
                    raise Stopped(self.stopped)
                self.interrupt()
                hits, next_hit = hits + 1, now + 1.0
        if (
            self._leaves or not self._survives()
        ):  # it would live for another moment, and the next cell would seem to have killed it
            self._kill()
            raise Stopped("kernel died")
        if self.stopped:
            self._drain(20)
            raise Stopped(self.stopped)

    def _survives(self) -> bool:
        """Whether the kernel is still there a moment after the cell, where somebody waits for that."""
        until = time.monotonic() + self.linger
        while time.monotonic() < until and self.is_alive():
            time.sleep(0.02)
        return self.is_alive() or not self.linger

    def _over(self, now: float, deadline: float) -> str:
        if now > deadline:
            return "cell time"
        return "notebook time" if now > self.notebook_ends else ""

    def _disk(self) -> str:
        return getattr(self.km.provisioner, "stopped_by", "") or ""

    def _replied(self, msg_id) -> bool:
        if not self._drain(50):
            return False
        message = self._message("shell", self.kc.shell_channel.socket.recv_multipart())
        if message is None or message["parent_header"].get("msg_id") != msg_id:
            return False
        self._leaves = _asks_to_exit(message)
        return True

    def _drain(self, milliseconds: int) -> bool:
        """Read what waits on iopub, counting it; whether a reply waits on the shell channel."""
        iopub, shell = self.kc.iopub_channel.socket, self.kc.shell_channel.socket
        poller = zmq.Poller()
        poller.register(iopub, zmq.POLLIN)
        poller.register(shell, zmq.POLLIN)
        ready = dict(poller.poll(milliseconds))
        self._check_memory()
        for _ in range(2000 if iopub in ready else 0):
            try:
                message = self._message("iopub", iopub.recv_multipart(zmq.NOBLOCK))
            except zmq.Again:
                break
            self._read.extend([message] if message else [])
            if self.stopped:  # a flood is no reason to forget the time
                break
        return shell in ready

    def _message(self, channel: str, frames: list[bytes]) -> dict | None:
        """What the kernel has sent, counted (an error comes twice, here and there); None if it is too much or unreadable."""
        self._messages += 1
        self._bytes[channel] += sum(map(len, frames))
        if self._bytes[channel] > MOST_OUTPUT or self._messages > MOST_MESSAGES:
            self.stopped = "output"  # the rest is thrown away unread, so that it cannot pile up
            return None
        try:
            _, parts = self.kc.session.feed_identities(frames)
            message = self.kc.session.deserialize(parts)
        except Exception:  # the kernel is the student's, and so are its messages: some cannot be read
            return None
        return message if isinstance(message["parent_header"], dict) else None

    def _check_memory(self) -> None:
        """A message is handed out when it is whole: until then its frames pile up where nobody counts them."""
        if memory() > self._most_memory:
            self._kill()
            raise Stopped("output")

    def get_message(self, stream, timeout=None):
        if stream != "iopub":
            return super().get_message(stream, timeout=timeout)
        deadline = time.monotonic() + (timeout or 0)
        while not self._read:
            self._drain(50)
            if not self._read and (time.monotonic() > deadline or not self.is_alive()):
                raise Empty
        return self._read.popleft()

    def _kill(self) -> None:
        for end in (lambda: self.km.shutdown_kernel(now=True), self.km.cleanup_resources):
            try:
                end()
            except Exception:  # it is dead already, or half dead: what is left, the grader sweeps
                continue

    def stop(self):
        self.kc.stop_channels()
        self._kill()
        if hasattr(self, "km"):
            del self.km


def memory() -> int:
    """Bytes that this process has in memory; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except (OSError, ValueError):
        return 0


def _asks_to_exit(message: dict) -> bool:
    """Whether a cell called `quit()` or `exit()`."""
    payload = message["content"].get("payload") if isinstance(message.get("content"), dict) else None
    asked = payload if isinstance(payload, list) else []
    return any(isinstance(part, dict) and part.get("source") == "ask_exit" for part in asked)


def pytest_configure(config):
    register()
    nbval.plugin.RunningKernel = GuardedKernel
    nbval.plugin.find_comment_markers = lambda source: ()
    config.labkit_ends = time.monotonic() + _job()["notebook_seconds"]
    config.labkit_careful = _job()["careful"]
    config.labkit_room = dict(MOST_KEPT)


def _is_students(item) -> bool:
    return item.cell.metadata["labkit"]["role"] in ("answer", "added")


def _job() -> dict:
    return json.loads(config.job_file().read_text(encoding="utf-8"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item):
    """The budgets of the cell; and no expectation that it fails because one before was stopped."""
    item.parent.timed_out = False
    yield
    kernel = getattr(item.parent, "kernel", None)
    if isinstance(kernel, GuardedKernel):
        kernel.cell_seconds = item.cell.metadata["labkit"]["seconds"]
        kernel.notebook_ends = item.config.labkit_ends
        kernel.linger = LINGER if item.config.labkit_careful and _is_students(item) else 0.0


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if not hasattr(item, "cell") or not (report.when == "call" or report.outcome != "passed"):
        return
    _write(config.job_file().with_name("cells.jsonl"), _line(item, report, call))
    item.test_outputs, report.longrepr = None, "see cells.jsonl"  # pytest keeps both until its end


def _line(item, report, call) -> dict:
    error = call.excinfo.value if call.excinfo else None
    dead = isinstance(error, RuntimeError) and "Kernel dead" in str(error)
    stop = str(error) if isinstance(error, Stopped) else "not reached" if dead else ""
    outputs = item.test_outputs or []
    found = _evidence(outputs) if item.cell.metadata["labkit"]["role"] == "check" else []
    return {
        "id": item.cell.get("id"),
        "outcome": "stopped" if stop else report.outcome,
        "role": item.cell.metadata["labkit"]["role"],
        "seconds": round(report.duration, 3),
        "stop": stop,
        "error": "" if stop or error is None else _error(outputs, error),
        "evidence": _kept("evidence", found, item.config.labkit_room),
        "pictures": _kept("pictures", _pictures(outputs), item.config.labkit_room),
    }


def _kept(what: str, texts: list[str], room: dict[str, int]) -> list[str]:
    """The texts, as long as there is room for them: cells are many, and each may put out much."""
    kept = []
    for text in texts:
        if len(text) <= room[what]:
            room[what] -= len(text)
            kept.append(text)
    return kept


def _error(outputs: list, error: BaseException) -> str:
    """`NameError: name 'x' is not defined`, on one line."""
    for output in outputs:
        if output.get("output_type") == "error":
            return _one_line(f"{output.get('ename')}: {output.get('evalue')}")
    return _one_line(f"{type(error).__name__}: {error}")


def _one_line(text: str) -> str:
    return " ".join(_COLOUR.sub("", text[:2000]).split())[:300]


def _data(outputs: list, mime: str) -> list[str]:
    found = [output.get("data", {}).get(mime) for output in outputs if isinstance(output.get("data"), dict)]
    return [text for text in found if isinstance(text, str)]


def _evidence(outputs: list) -> list[str]:
    return _data(outputs, MIME)


def _pictures(outputs: list) -> list[str]:
    small = [text for text in _data(outputs, "image/png") if len(text) <= LARGEST_PICTURE]
    return small[:MOST_PICTURES]


def _write(path: Path, line: dict) -> None:
    with path.open("a", encoding="utf-8", errors="replace") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())

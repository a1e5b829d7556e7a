"""nbval's kernel in the sandbox, with budgets of time, output and memory: no cell can hold the grader up or fill it up."""

import os
import subprocess
import time
from collections import Counter, deque
from pathlib import Path
from queue import Empty

import nbval.plugin
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

MOST_OUTPUT = 8 << 20  # bytes a cell
MOST_MESSAGES = 200_000  # a cell
MOST_IN_ONE = 32 << 20  # bytes a message: ZeroMQ drops the connection over a larger one
MOST_GROWTH = 384 << 20  # bytes of this process's memory: one message can have frames without end
INTERRUPTS = 3
ANSWERING = 20.0  # seconds for a kernel that lives to say so
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


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
        if self._leaves or not self._survives():  # else the next cell would seem to have killed it
            self._kill()
            raise Stopped("kernel died")
        if self.stopped:
            self._drain(20)
            raise Stopped(self.stopped)

    def _survives(self) -> bool:
        """Whether the kernel is still there a moment after the cell, where somebody waits for that.

        A process takes its time to end, on a busy machine seconds: being there is not enough, it has to answer.
        """
        if not self.linger:
            return True
        time.sleep(self.linger)
        asked, until = self.kc.kernel_info(), time.monotonic() + ANSWERING
        while self.is_alive() and time.monotonic() < until:
            if self._replied(asked):
                return True
        return False

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

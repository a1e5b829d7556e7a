"""Kernels in a sandbox, for tests: start one, run cells, end it, and look for what it left."""

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from labkit.grading import levels, provisioner

WORKER = """
import sys, time
from pathlib import Path
from tests.grading import sandboxed
with sandboxed.kernel(Path(sys.argv[1]), sys.argv[2]) as running:
    print(running.run(sys.argv[3]), running.manager.provisioner._supervisor.pid, flush=True)
    time.sleep(120)
"""


class Kernel:
    """A running kernel and its client."""

    def __init__(self, manager):
        self.manager, self.client = manager, manager.client()
        self.folder = str(Path(manager.connection_file).parent)
        self.client.start_channels()
        self.client.wait_for_ready(timeout=300)

    def run(self, code: str, timeout: float = 30, once_it_prints=None) -> str:
        """What the cell printed; its error as `Name: text`; "dead" when the kernel did not survive it."""
        message, found = self.client.execute(code), []
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            try:
                got = self.client.get_iopub_msg(timeout=0.2)
            except Exception:  # nothing came
                if not self.manager.is_alive():
                    return "".join([*found, "dead"])
                continue
            kind, content = got["msg_type"], got["content"]
            if got["parent_header"].get("msg_id") != message:
                continue
            if kind == "stream":
                found.append(content["text"])
                if once_it_prints and len(found) == 1:
                    once_it_prints()
            elif kind == "error":
                found.append(f"{content['ename']}: {content['evalue']}")
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(found).strip()
        raise TimeoutError(f"no end of {code!r}: {found}")

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@contextmanager
def kernel(base: Path, level: str, **job):
    """A kernel of `level` whose run folder lies in `base`; skipped where the machine lacks the level."""
    offer = levels.offer(level)
    if not offer.available:
        pytest.skip(f"no level {level} here: {offer.why_not}")
    spec = KernelSpec(argv=["python", "-f", "{connection_file}"], language="python", display_name="test",
                      metadata={"kernel_provisioner": {"provisioner_name": provisioner.NAME}})  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        place = base / "job.json"
        place.write_text(json.dumps({"level": level, **job}))
        patch.setenv("LABKIT_JOB", str(place))
        patch.setattr("tempfile.tempdir", str(base))
        provisioner.register()
        manager = KernelManager()
        manager._kernel_spec = spec
        manager.start_kernel(stderr=sys.stderr)
    running = Kernel(manager)
    try:
        yield running
    finally:
        running.end()


def left_of(mark: str) -> list[int]:
    """Processes whose command line names `mark`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "cmdline").read_bytes() and not zombie(process):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def zombie(process: Path) -> bool:
    return (process / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"


def gone(mark: str, seconds: float = 5.0) -> bool:
    """Whether no process names `mark` after at most some seconds."""
    until = time.monotonic() + seconds
    while left_of(mark) and time.monotonic() < until:
        time.sleep(0.05)
    return not left_of(mark)

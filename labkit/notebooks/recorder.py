"""A pytest plugin beside nbval: writes down each cell's verdict and outputs, and mends three of nbval's traps.

Loaded by `rerun` with `-p labkit.notebooks.recorder`. What it mends (nbval 0.11):

- a dead kernel is noticed at once; nbval alone waits for the cell's time to run out;
- output is read while a cell runs; nbval reads it only after the cell, when ZeroMQ has already thrown
  away what passed its high-water mark, and then fails the cell for want of the "idle" message;
- a cell is named by its id; the number that nbval prints counts from 0 or 1 depending on its version.
"""

import json
import os
import threading
import time
from collections import deque
from pathlib import Path
from queue import Empty

import nbval.kernel
import nbval.plugin
import pytest


class KernelDiedError(Exception):
    """The kernel's process ended while a cell ran (out of memory, os._exit, a crash in compiled code)."""


class WatchedKernel(nbval.kernel.RunningKernel):
    """nbval's kernel, watched while it works."""

    def __init__(self, *args, **kwargs):
        self._read = deque()
        super().__init__(*args, **kwargs)

    def await_reply(self, msg_id, timeout=None):
        deadline = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while True:
            self._drain()
            try:
                message = self.kc.get_shell_msg(timeout=0.05)
            except Empty:
                if not self.is_alive():
                    raise KernelDiedError("the kernel died while this cell ran") from None
                if time.monotonic() > deadline:
                    raise
                continue
            if message["parent_header"].get("msg_id") == msg_id:
                return

    def get_message(self, stream, timeout=None):
        if stream == "iopub" and self._read:
            return self._read.popleft()
        return super().get_message(stream, timeout=timeout)

    def _drain(self):
        try:
            while True:
                self._read.append(self.kc.get_iopub_msg(timeout=0))
        except Empty:
            return


def pytest_addoption(parser):
    parser.addoption("--labkit-record", help="file to append one JSON line a cell to")


def pytest_configure(config):
    nbval.plugin.RunningKernel = WatchedKernel
    if config.option.labkit_record:
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()


def _end_with_parent(parent: int) -> None:
    """Stop when `labkit run` was killed: nobody would read the result, and the kernel (which watches us in
    the same way) would train on for hours."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    name = item.config.option.labkit_record
    if not name or not hasattr(item, "cell") or not (report.when == "call" or report.outcome != "passed"):
        return
    line = {
        "id": item.cell.get("id"),
        "outcome": "failed" if hasattr(report, "wasxfail") else report.outcome,
        "seconds": round(report.duration, 3),
        "message": _message(call.excinfo) if report.outcome == "failed" else "",
        "outputs": item.test_outputs or [],
    }
    with Path(name).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _message(excinfo) -> str:
    """nbval's message with what differed or what was raised; colours are taken out later."""
    if excinfo is None:
        return ""
    inner = getattr(excinfo.value, "inner_traceback", "") or ""
    return f"{excinfo.value}\n{inner}".strip()

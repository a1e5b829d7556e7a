"""Jupyter's way to the sandbox: a provisioner that starts a kernel for a worker's job, at a level of isolation.

Any client takes it (`KernelManager`, nbclient, nbval): it goes by the name `labkit-sandbox`. What kernel a notebook
or a kernel spec asks for does not matter. The client speaks with the kernel through sockets in a folder, never
through the network.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from labkit import config
from labkit.grading import cgroups, confine, interpreter, run_folder, sandbox
from labkit.grading.run_folder import RunFolder
from labkit.grading.sandbox import Limits, Sandbox

NAME = "labkit-sandbox"
PORTS = ("shell", "iopub", "stdin", "hb", "control")
SOCKETS_MB = 64  # in the folder of the sockets, which need none
SMALLEST_FILE = 4096  # bytes that a file counts at least, so that the number of files is bounded too
PATIENCE = 5.0  # seconds for the supervisor to end what it started
OPTIONS = ["--InteractiveShellApp.ignore_cwd=True", "--HistoryManager.enabled=False"]


def register() -> None:
    """Make the provisioner known to this process's Jupyter, where labkit is run without being installed."""
    place = EntryPoint(NAME, f"{__name__}:SandboxProvisioner", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.instance().provisioners[NAME] = place


class SandboxProvisioner(LocalProvisioner):
    """Starts, interrupts and ends one sandboxed kernel; its settings stand in `config.job_file()`.

    Attributes:
        stopped_by: `"disk"` when the kernel was ended because it wrote more than it may; else "".
    """

    stopped_by = ""
    _folder: RunFolder | None = None
    _groups: list[Path] = []  # noqa: RUF012 - never changed in place
    _supervisor: subprocess.Popen | None = None
    _watch: "threading.Event | None" = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Make the run folder and the command that starts the kernel in the sandbox."""
        job = json.loads(config.job_file().read_text(encoding="utf-8"))
        own_user = job["level"] == "partial" and os.getuid() == 0
        self._folder = run_folder.claim(own_user)
        atexit.register(self._end)
        self._choose_sockets()
        kwargs = await super().pre_launch(**kwargs)
        self._folder.lend(Path(self.parent.connection_file))
        return {**kwargs, **self._launch(_sandbox(job, self._folder), kwargs["env"])}

    def _choose_sockets(self) -> None:
        manager = self.parent
        manager.connection_file = str(self._folder.path / "kernel.json")
        if os.name != "posix":  # ZeroMQ has no ipc there: level none, by TCP
            return
        manager.transport, manager.ip, manager.cache_ports = "ipc", str(self._folder.socket), False
        for number, port in enumerate(PORTS, 1):
            setattr(manager, f"{port}_port", number)

    def _launch(self, settings: Sandbox, inherited: dict[str, str]) -> dict[str, Any]:
        """Arguments of the process to start: the supervisor, and below it the kernel."""
        self._settings, run = settings, self._folder.path
        program = [sys.executable, str(run / "launch.py"), "-f", self.parent.connection_file, *OPTIONS]
        variables = sandbox.environment(settings, inherited)
        if os.name != "posix":
            return {"cmd": program, "env": variables, "cwd": str(run / "work")}
        _check_reach(settings)
        self._groups = cgroups.make(
            f"{run.name}-{os.getpid()}", settings.limits.memory_mb, settings.limits.processes
        )
        self._folder.note(self._groups)
        supervised = {
            "parent": os.getpid(),
            "command": sandbox.command(settings, program),
            "environment": variables,
            "joins": [str(group / "cgroup.procs") for group in self._groups],
            "uid": self._folder.uid,
            "depth": 2 if settings.level == "full" else 0,
        }
        place = run / "supervisor.json"
        place.write_text(json.dumps(supervised))
        supervisor = Path(__file__).with_name("supervisor.py")
        cmd = [sys.executable, "-I", "-S", str(supervisor), str(place)]
        return {"cmd": cmd, "env": {}, "cwd": "/", "stdout": subprocess.DEVNULL}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start it, and watch what it writes where the system does not bound that."""
        kwargs.setdefault("stderr", subprocess.DEVNULL)
        info = await super().launch_kernel(cmd, **kwargs)
        self._supervisor = self.process
        self._watch = threading.Event()
        threading.Thread(target=self._watch_disk, args=(self._watch,), daemon=True).start()
        return info

    async def send_signal(self, signum: int) -> None:
        """SIGINT reaches the kernel alone; any other signal ends everything in the sandbox."""
        if os.name != "posix":
            return await super().send_signal(signum)
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if signum == signal.SIGINT else signal.SIGTERM)
        return None

    async def cleanup(self, restart: bool = False) -> None:
        """Leave nothing behind. A restarted kernel gets a new folder and new sockets."""
        await super().cleanup(restart=restart)
        self._end()

    def _end(self) -> None:
        if self._watch:
            self._watch.set()
        if self._supervisor:
            _end_supervisor(self._supervisor)
        if self._folder:
            self._folder.remove(self._groups)
            self._folder = None
        atexit.unregister(self._end)

    def _watch_disk(self, stop: threading.Event) -> None:
        folder, limits = self._folder, self._settings.limits
        written = [folder.path / name for name in run_folder.WRITABLE]
        most = (limits.work_mb + limits.tmp_mb + sandbox.HOME_MB) << 20
        if self._settings.level == "full":  # all else is of a given size there
            written, most = [folder.path / "sockets"], SOCKETS_MB << 20
        while not stop.wait(1.0):
            shared = folder.shared_memory() if folder.uid is not None else 0
            if disk_use(written, most) > most or shared > limits.shm_mb << 20:
                self.stopped_by = "disk"
                self._supervisor.send_signal(signal.SIGTERM)
                return


def _sandbox(job: dict, folder: RunFolder) -> Sandbox:
    return Sandbox(
        level=job["level"],
        folder=folder,
        limits=Limits(**job.get("limits", {})),
        ro=tuple(job.get("ro", ())),
        hide=tuple(job.get("hide", ())),
        environment=job.get("environment", {}),
        device=job.get("device", "cpu"),
    )


def _check_reach(settings: Sandbox) -> None:
    """What the kernel is to read is there. A user of its own reads only what all may, unless it keeps a right to read."""
    missing = [path for path in settings.ro if not os.path.exists(path)]
    if missing:
        raise FileNotFoundError(f"there is no {missing[0]} for the sandbox to read.")
    if settings.folder.uid is None or (confine.may_read_all() and confine.landlock_abi()):
        return
    closed = interpreter.closed([str(settings.folder.path), *sandbox.readable(settings)])
    if closed:
        raise PermissionError(f"the sandbox's user cannot enter {closed}: run `chmod o+x {closed}`.")


def _end_supervisor(process: subprocess.Popen) -> None:
    """It kills everything below it; one that does not is killed itself, and the kernel with it."""
    if process.poll() is not None:
        return
    process.terminate()
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    if process.poll() is None:
        process.kill()
        process.wait()


def disk_use(folders: list[Path], enough: int) -> int:
    """Bytes on disk below `folders`; counting ends where it passes `enough`."""
    used, todo = 0, [str(folder) for folder in folders]
    while todo and used <= enough:
        try:
            for entry in os.scandir(todo.pop()):
                found = entry.stat(follow_symlinks=False)
                used += max(getattr(found, "st_blocks", 0) * 512, SMALLEST_FILE)
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
        except OSError:  # gone while we looked
            continue
    return used

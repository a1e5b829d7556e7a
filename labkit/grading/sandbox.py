"""What a sandboxed kernel sees of the machine, and the command line that makes it so: one for each level."""

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from labkit.grading import confine, interpreter
from labkit.grading.interpreter import within
from labkit.grading.run_folder import RunFolder
from labkit.grading.run_folder import scratch_folder as scratch_folder

DEVICES = Path("/dev")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts",
          "/etc/localtime", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf")  # fmt: skip
# Of /proc at level partial: what NumPy and TensorFlow ask of the machine, and nothing of other processes.
PROC = (
    "self",
    "cpuinfo",
    "meminfo",
    "stat",
    "version",
    "uptime",
    "loadavg",
    "filesystems",
    "sys/kernel",
    "sys/vm",
)
CORES = (
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup/cpu.max",
    "/sys/fs/cgroup/cpu",
)
# What the kernel takes over from the grader: how to compute, never what to know.
INHERITED = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "XLA_FLAGS", "KERAS_BACKEND", "SYSTEMROOT", "PATHEXT")
INHERITED_BEGINNINGS = ("OMP_", "MKL_", "OPENBLAS_", "TF_NUM_", "TF_FORCE_GPU_")
HOME, HOME_MB = "/student", 64  # of level full
# Level full: the user inside is "nobody", whoever it is outside.
ISOLATED = [
    "--die-with-parent",
    "--new-session",
    "--unshare-user",
    "--unshare-net",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--hostname",
    "labkit",
    "--uid",
    "65534",
    "--gid",
    "65534",
]


@dataclass(frozen=True)
class Limits:
    """What a job may use. MB are of 2**20 bytes; 0 CPU seconds are no limit.

    Attributes:
        memory_mb: of the whole job where control groups can be made, else of each process.
        processes: processes and threads together; a small training in Keras has 20 on two cores, more on more.
        file_mb, open_files: size of a file; files open at a time, in one process.
        work_mb, tmp_mb, shm_mb: size of the working folder, of /tmp, of /dev/shm.
        cpu_seconds: of one process, on all cores.
    """

    memory_mb: int = 4096
    processes: int = 256
    file_mb: int = 512
    open_files: int = 1024
    work_mb: int = 1024
    tmp_mb: int = 512
    shm_mb: int = 256
    cpu_seconds: int = 0

    def of_a_process(self, device: str) -> dict[str, int]:
        """Limits by the names of `resource`; with a GPU none of memory, since CUDA reserves far more than it uses."""
        limits = {"FSIZE": self.file_mb << 20, "NOFILE": self.open_files}
        if device == "cpu":
            limits["DATA"] = self.memory_mb << 20
        if self.cpu_seconds:
            limits["CPU"] = self.cpu_seconds
        return limits


@dataclass(frozen=True)
class Sandbox:
    """One kernel's surroundings.

    Attributes:
        level: `"full"`, `"partial"` or `"none"`.
        folder: where it may write and has its sockets.
        ro: folders (or files) that it may read besides the system and Python.
        hide: folders in these that it must not read.
        environment: more variables of the kernel; PYTHONPATH names the kit.
        device: `"cpu"` or `"gpu"`.
    """

    level: str
    folder: RunFolder
    limits: Limits = field(default_factory=Limits)
    ro: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    device: str = "cpu"


def command(sandbox: Sandbox, program: list[str]) -> list[str]:
    """`program` as the sandbox runs it; give it to `supervisor.py` together with `environment`."""
    confined = [sys.executable, "-I", "-S", str(sandbox.folder.path / "confine.py"), _settings(sandbox)]
    bound = [*confined, *program]
    return [*_bubblewrap(sandbox), "--", *bound] if sandbox.level == "full" else bound


def environment(sandbox: Sandbox, inherited: dict[str, str]) -> dict[str, str]:
    """All variables of the kernel; of the grader's own (`inherited`) only those that say how to compute."""
    kept = {name: value for name, value in inherited.items() if _passes(name)}
    home, tmp = (HOME, "/tmp") if sandbox.level == "full" else _places(sandbox, "home", "tmp")
    kit = sandbox.environment.get("PYTHONPATH")
    return {
        **kept,
        "HOME": home, "USERPROFILE": home, "TMPDIR": tmp, "TEMP": tmp, "TMP": tmp,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8", "USER": "student", "LOGNAME": "student",
        "PYTHONSAFEPATH": "1", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": f"{home}/.ipython", "MPLCONFIGDIR": f"{home}/.matplotlib", "KERAS_HOME": f"{home}/.keras",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline", "TF_CPP_MIN_LOG_LEVEL": "3",
        **sandbox.environment,
        "PYTHONPATH": os.pathsep.join([*([kit] if kit else []), *interpreter.packages()]),
    }  # fmt: skip


def _passes(name: str) -> bool:
    return name in INHERITED or name.startswith(INHERITED_BEGINNINGS)


def _places(sandbox: Sandbox, *names: str) -> list[str]:
    return [str(sandbox.folder.path / name) for name in names]


def readable(sandbox: Sandbox) -> list[str]:
    """What the kernel reads besides the system, by real names."""
    return list(dict.fromkeys([*interpreter.folders(), *map(os.path.realpath, sandbox.ro)]))


def gpu_devices() -> list[str]:
    """NVIDIA's device files. Never tried with a GPU: the rules follow reports of others (see `levels`)."""
    return [str(path) for path in sorted(DEVICES.glob("nvidia*"))]


def _settings(sandbox: Sandbox) -> str:
    """SETTINGS of `confine.py`. Level full has namespaces in place of Landlock and a user of its own."""
    partial = sandbox.level == "partial"
    landlock = _landlock(sandbox) if partial and confine.landlock_abi() else None
    uid = sandbox.folder.uid if partial else None
    return json.dumps(
        {
            "limits": sandbox.limits.of_a_process(sandbox.device),
            "processes": sandbox.limits.processes,
            "uid": uid,
            "may_read": uid is not None and landlock is not None and confine.may_read_all(),
            "landlock": landlock,
            "seccomp": sandbox.level != "none" and confine.seccomp_supported(),
            "cwd": "/lab" if sandbox.level == "full" else str(sandbox.folder.path / "work"),
        }
    )


def _landlock(sandbox: Sandbox) -> dict[str, list[str]]:
    proc = [f"/proc/{name}" for name in PROC]
    read = [*SYSTEM, *proc, *CORES, "/dev/random", "/dev/urandom"]
    devices = ["/dev/null", "/dev/zero", "/dev/full"]
    if sandbox.folder.uid is not None:  # else these would be the grader's own terminals too
        devices += ["/dev/ptmx", "/dev/pts"]
    if sandbox.device == "gpu":
        read += ["/sys", "/proc/driver", "/proc/devices", "/proc/modules"]
        devices += gpu_devices()
    own = [str(sandbox.folder.path / name) for name in ("launch.py", "kernel.json")]
    return {
        "read": [*read, *own, *readable(sandbox)],
        "write": [*_places(sandbox, "sockets", "work", "home", "tmp"), "/dev/shm"],
        "hide": [os.path.realpath(path) for path in sandbox.hide],
        "devices": devices,
    }


def _links(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Links that lead to what is bound."""
    named = [sys.executable, sys.prefix, sys.base_prefix, *interpreter.packages(), *sandbox.ro]
    return list(dict.fromkeys(link for path in named for link in interpreter.links(path)))


@functools.cache
def bubblewrap() -> str:
    """Path of bubblewrap; "" if it is not installed."""
    return shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin") or ""


@functools.cache
def _knows(option: str) -> bool:
    """Whether this bubblewrap has an option; older ones lack some."""
    done = subprocess.run([bubblewrap(), "--help"], capture_output=True, text=True, check=False)
    return option in done.stdout + done.stderr


def _bubblewrap(sandbox: Sandbox) -> list[str]:
    """Own user, network, processes, memory segments, host name; a file system of read-only and sized places.

    Mounts are done in this order: what is bound below /tmp or a home comes after the empty folder over it.
    """
    limits, run = sandbox.limits, str(sandbox.folder.path)
    argv = [bubblewrap(), *ISOLATED, *(["--disable-userns"] if _knows("--disable-userns") else [])]
    for path in SYSTEM:
        argv += ["--ro-bind-try", path, path]
    argv += ["--proc", "/proc", "--dev", "/dev"]
    sizes = {"/tmp": limits.tmp_mb, "/dev/shm": limits.shm_mb, HOME: HOME_MB, "/lab": limits.work_mb}
    for path, megabytes in sizes.items():
        argv += ["--size", str(megabytes << 20), "--tmpfs", path]
    bound = [*readable(sandbox), *(f"{run}/{name}" for name in ("confine.py", "launch.py"))]
    for path in bound:
        argv += ["--ro-bind", path, path]
    for link, target in _links(sandbox):
        if not any(within(link, folder) for folder in (*bound, *SYSTEM)):
            argv += ["--symlink", target, link]
    for path in (os.path.realpath(path) for path in sandbox.hide):
        if any(within(path, folder) for folder in (*bound, *SYSTEM)) and os.path.isdir(path):
            argv += ["--size", "4096", "--tmpfs", path, "--remount-ro", path]
    sockets, connection = f"{run}/sockets", f"{run}/kernel.json"
    argv += ["--bind", sockets, sockets, "--ro-bind-try", connection, connection]
    if sandbox.device == "gpu":
        for path in gpu_devices():
            argv += ["--dev-bind", path, path]
        argv += ["--ro-bind-try", "/sys", "/sys"]
    # Started by root, the user inside is root to the system's settings in /proc/sys: so /proc is read-only too.
    return [*argv, "--chdir", "/lab", "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"]

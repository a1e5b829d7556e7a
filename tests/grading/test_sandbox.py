"""Hostile cells in a real sandbox, at every level that this machine offers; and nothing is left of them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from labkit.grading import cgroups, confine, interpreter, levels, run_folder, sandbox
from labkit.grading.run_folder import RunFolder
from labkit.grading.sandbox import Limits, Sandbox
from tests.grading import sandboxed

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
pytestmark = [linux, pytest.mark.slow]
ISOLATED = ("full", "partial")
ALL = (*ISOLATED, "none")
SECRET = "the grader's own secret"
DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sleep", ["sleep", "{seconds}"])
    os._exit(0)
time.sleep(0.5)
print("started")
"""

# Each process is within its own limit, all together are not.
SEVERAL = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(b'x' * (200 << 20)); time.sleep(1); os._exit(0)
print([os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(4)])
"""


@pytest.fixture(scope="module")
def base():
    """A folder of its own beside the system's, so that no other job is swept; short, since sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="lk-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def places(base):
    """What the sandbox may read (with a hidden folder in it) and what it may not."""
    for name in ("library/open", "library/answers", "beside"):
        (base / name).mkdir(parents=True, mode=0o755)
    (base / "library" / "open" / "given.txt").write_text("given")
    (base / "library" / "kit_of_test.py").write_text("here = True")
    (base / "library" / "answers" / "answers.txt").write_text(SECRET)
    (base / "library" / "link").symlink_to("answers")
    (base / "beside" / "other_hand_in.txt").write_text(SECRET)
    return base


@pytest.fixture(scope="module", params=ISOLATED)
def kernel(request, places):
    """One kernel for all that must fail without harm."""
    library = str(places / "library")
    os.environ["SECRET_OF_TEST"] = SECRET
    try:
        with sandboxed.kernel(places, request.param, ro=[library], hide=[f"{library}/answers"],
                              environment={"PYTHONPATH": library, "OF_THE_JOB": "1"}) as running:  # fmt: skip
            running.level = request.param
            yield running
    finally:
        del os.environ["SECRET_OF_TEST"]


def reads(path) -> str:
    return f"print(open({str(path)!r}).read())"


def test_the_kernel_computes_and_has_its_places(kernel, places):
    assert kernel.run("print(6 * 7)") == "42"
    assert kernel.run("import kit_of_test; print(kit_of_test.here)") == "True"
    assert kernel.run(reads(places / "library" / "open" / "given.txt")) == "given"
    assert kernel.run("import os; open('mine.txt', 'w').write('x'); print(os.listdir())") == "['mine.txt']"
    assert kernel.run("import tempfile; tempfile.TemporaryFile().write(b'x'); print('ok')") == "ok"
    assert kernel.run("import multiprocessing; multiprocessing.Lock(); print('ok')") == "ok"
    assert kernel.run("get_ipython().system('echo through a shell')") == "through a shell"


def test_a_file_in_the_working_folder_shadows_no_module(kernel):
    code = "open('colorsys.py', 'w').write(''); import colorsys; print(hasattr(colorsys, 'rgb_to_hsv'))"
    assert kernel.run(code) == "True"


def test_the_environment_is_the_jobs_alone(kernel):
    found = kernel.run("import os; print(sorted(os.environ.items()))")
    assert SECRET not in found
    assert "SECRET_OF_TEST" not in found
    assert "LABKIT_JOB" not in found
    assert "OF_THE_JOB" in found
    assert "('PYTHONHASHSEED', '0')" in found


def test_files_outside_are_not_read(kernel, places):
    readable = not confine.landlock_abi() and kernel.level == "partial"
    if readable:
        pytest.skip("no Landlock: partial does not keep files from being read")
    for path in (
        places / "beside" / "other_hand_in.txt",
        places / "library" / "answers" / "answers.txt",
        places / "library" / "link" / "answers.txt",
        places / "job.json",
        Path(kernel.folder) / "owner.json",
        Path(__file__),
        "/etc/shadow",
        "/etc/hostname",
        f"/proc/{os.getpid()}/environ",
        f"/proc/{os.getpid()}/cmdline",
    ):
        assert kernel.run(reads(path)).startswith(("PermissionError", "FileNotFoundError")), path
    assert "beside" not in kernel.run(f"import os; print(os.listdir({str(places)!r}))")


@pytest.mark.parametrize(
    "place", ["{library}", "/usr/lib", "{prefix}", "{beside}", "{run}", "/etc", "/dev", "/"]
)
def test_nothing_outside_is_written(kernel, places, place):
    folder = place.format(
        library=places / "library", prefix=sys.prefix, beside=places / "beside", run=kernel.folder
    )
    found = kernel.run(f"open({folder!r} + '/of_test', 'w')")
    own_tmp = kernel.level == "full" and place == "{run}"  # there it is the sandbox's own /tmp, see below
    assert found.startswith(("PermissionError", "OSError", "FileNotFound")) or own_tmp
    assert not Path(folder, "of_test").exists()


def test_what_starts_the_kernel_is_not_changed(kernel):
    for name in ("launch.py", "kernel.json"):
        assert kernel.run(f"open('{kernel.folder}/{name}', 'a')").startswith(("PermissionError", "OSError"))
    assert kernel.run("open('/proc/sys/kernel/core_pattern', 'w')").startswith(("PermissionError", "OSError"))


def test_there_is_no_network(kernel):
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), timeout=3)"
        assert kernel.run(code).startswith("OSError")
    for kind in (
        "AF_INET, socket.SOCK_DGRAM",
        "AF_INET6",
        "AF_NETLINK, socket.SOCK_RAW",
        "AF_UNIX, socket.SOCK_DGRAM",
    ):
        assert kernel.run(f"import socket; socket.socket(socket.{kind})").startswith(
            ("OSError", "PermissionError")
        )


def test_no_service_of_the_machine_is_reached(kernel, places):
    named = str(places / "service")
    Path(named).unlink(missing_ok=True)
    for address in (named, f"\0labkit-test-{os.getpid()}"):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(address)
            server.listen()
            found = kernel.run(f"import socket; socket.socket(socket.AF_UNIX).connect({address!r})")
            assert found.startswith("PermissionError")


def test_no_other_process_is_reached(kernel):
    user = int(kernel.run("import os; print(os.getuid())"))
    assert user != 0
    assert kernel.level == "full" or os.getuid() != 0 or user in run_folder.NUMBERS
    code = f"import os; os.kill({os.getpid()}, 0)"
    if kernel.level == "full" or os.getuid() == 0 or confine.landlock_abi() >= 6:
        assert kernel.run(code).startswith(("PermissionError", "ProcessLookupError"))


def test_system_calls_that_no_lab_needs_are_refused(kernel):
    for call in ("unshare(0x10000000)", "ptrace(16, 1, 0, 0)", "mount(b'none', b'/tmp', b'tmpfs', 0, 0)",
                 "syscall(56, 0x10000011, 0, 0, 0, 0)", "shmget(0, 4096, 0o1600)"):  # fmt: skip
        if "syscall" in call and confine.platform.machine() != "x86_64":
            continue
        code = f"import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.{call}, ctypes.get_errno())"
        assert kernel.run(code) == "-1 1", call


def test_the_job_is_in_its_control_groups_and_has_its_limits(kernel):
    limits = Limits()
    code = "import resource as r; print(*(r.getrlimit(n)[0] for n in (r.RLIMIT_DATA, r.RLIMIT_NOFILE, r.RLIMIT_FSIZE)))"
    found = [limits.memory_mb << 20, limits.open_files, limits.file_mb << 20]
    assert kernel.run(code) == " ".join(map(str, found))
    processes = int(kernel.run("import resource as r; print(r.getrlimit(r.RLIMIT_NPROC)[0])"))
    assert limits.processes <= processes < limits.processes + 10_000
    inside = {
        int(pid)
        for group in kernel.manager.provisioner._groups
        for pid in (group / "cgroup.procs").read_text().split()
    }
    wanted = set(sandboxed.left_of(f"{kernel.folder}/launch.py")) - {kernel.manager.provisioner.pid}
    assert wanted
    assert inside >= wanted or not levels._bounds("memory")


def test_one_file_is_bounded(kernel):
    assert kernel.run("open('huge', 'wb').truncate(10 << 40)").startswith("OSError")


@pytest.mark.parametrize("level", ALL)
def test_an_interrupt_reaches_the_kernel_and_nothing_more(base, level):
    with sandboxed.kernel(base, level) as running:
        code = "kept = 1\nprint('on', flush=True)\nwhile True: pass"
        found = running.run(code, once_it_prints=running.manager.interrupt_kernel)
        assert "KeyboardInterrupt" in found
        assert running.run("print(kept)") == "1"


@pytest.mark.parametrize("level", ALL)
def test_processes_are_bounded_and_end_with_the_kernel(base, level):
    counted = levels._bounds("processes") or os.getuid() != 0 or level == "partial"
    if not counted:
        pytest.skip("root's processes are not counted here: no control group can be made")
    bomb = """
import os, time
made = 0
try:
    for _ in range(400):
        if os.fork() == 0:
            os.setsid(); time.sleep(100); os._exit(0)
        made += 1
except OSError as error:
    print(error.errno, made)
"""
    with sandboxed.kernel(base, level, limits={"processes": 60}) as running:
        error, made = running.run(bomb).split()
        assert error == "11"
        assert int(made) < 60
        folder = running.folder
        assert sandboxed.left_of(folder)
    assert sandboxed.gone(folder)
    assert not Path(folder).exists()


@pytest.mark.slow
@pytest.mark.parametrize("level", ISOLATED)
def test_memory_is_bounded(base, level):
    with sandboxed.kernel(base, level, limits={"memory_mb": 600}) as running:
        found = running.run("grabbed = bytearray(1 << 30); print('got it')")
        assert found.startswith("MemoryError") or found == "dead"
        if found == "dead" or not levels._bounds("memory"):
            return
        found = running.run(SEVERAL)
        assert "dead" in found or "-9" in found


@pytest.mark.parametrize("level", ALL)
def test_the_disk_is_bounded(base, level):
    fill = """
import time
for number in range(60):
    open(f'{number}.bin', 'wb').write(b'x' * (4 << 20)); time.sleep(0.02)
time.sleep(5)
print('wrote it all')
"""
    with sandboxed.kernel(base, level, limits={"work_mb": 16, "tmp_mb": 16}) as running:
        found = running.run(fill)
        if level == "full":
            assert found.startswith("OSError: [Errno 28]")
        else:
            assert found == "dead"
            assert running.manager.provisioner.stopped_by == "disk"


def test_the_folder_of_the_sockets_is_bounded_too(base):
    fill = """
from pathlib import Path
from ipykernel.connect import get_connection_file
place = Path(get_connection_file()).parent / 'sockets'
for number in range(20):
    (place / f'{number}.bin').write_bytes(b'x' * (4 << 20))
import time; time.sleep(5)
print('wrote it all')
"""
    with sandboxed.kernel(base, "full") as running:
        assert running.run(fill) == "dead"
        assert running.manager.provisioner.stopped_by == "disk"


@pytest.mark.parametrize("level", ALL)
def test_a_daemon_ends_with_the_kernel_even_if_that_ends_itself(base, level):
    mark = f"1000{os.getpid()}.{ALL.index(level)}"
    with sandboxed.kernel(base, level) as running:
        assert running.run(DAEMON.format(seconds=mark)) == "started"
        assert sandboxed.left_of(mark)
        assert running.run("os._exit(3)") == "dead"
        assert sandboxed.gone(mark)  # before anyone has asked for it
    assert not Path(running.folder).exists()


@pytest.mark.slow
@pytest.mark.parametrize("level", ISOLATED)
@pytest.mark.parametrize("with_supervisor", [False, True], ids=["worker", "worker and supervisor"])
def test_a_killed_worker_leaves_nothing(base, level, with_supervisor):
    if not levels.offer(level).available:
        pytest.skip(f"no level {level} here: {levels.offer(level).why_not}")
    own = Path(tempfile.mkdtemp(dir=base))
    own.chmod(0o711)
    mark = f"2000{os.getpid()}.{ALL.index(level)}"
    worker = subprocess.Popen(
        [sys.executable, "-c", sandboxed.WORKER, str(own), level, DAEMON.format(seconds=mark)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    said, supervisor = worker.stdout.readline().split()
    assert said == "started"
    (folder,) = own.glob("labkit-*")
    assert sandboxed.left_of(mark)
    assert run_folder.sweep(own) == []  # its owner lives
    if with_supervisor:
        os.kill(int(supervisor), signal.SIGKILL)
    worker.kill()
    worker.wait()
    if not with_supervisor:
        assert sandboxed.gone(mark)
    assert sandboxed.gone(str(folder))
    assert run_folder.sweep(own) == [str(folder)]
    assert sandboxed.gone(mark)
    assert list(own.glob("labkit-*")) == []
    groups = (Path(top) for top, _, _ in os.walk(cgroups.ROOT))  # other jobs' groups may end meanwhile
    assert not [group for group in groups if group.name == f"{folder.name}-{worker.pid}"]


def test_the_sandbox_outlives_the_thread_that_started_it(base):
    context, started = sandboxed.kernel(base, levels.best()), []
    starter = threading.Thread(target=lambda: started.append(context.__enter__()))
    starter.start()
    starter.join()
    time.sleep(0.5)
    try:
        assert started[0].run("print('still here')") == "still here"
    finally:
        context.__exit__(None, None, None)


def test_a_path_too_long_for_sockets_is_an_error_in_words(tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    with pytest.raises(OSError, match="too long a path for sockets"):
        run_folder.claim(False, deep)


def test_a_sweep_leaves_what_is_not_its_own(base):
    own = Path(tempfile.mkdtemp(dir=base))
    living = run_folder.claim(False, own)
    (own / "labkit-notes").mkdir()
    (own / "labkit-50001").mkdir()  # just made, nobody has signed it yet
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    left = own / "labkit-50002"
    left.mkdir()
    (left / "owner.json").write_text(f'{{"pid": {dead.pid}, "started": "1", "uid": null, "cgroups": []}}')
    assert run_folder.sweep(own) == [str(left)]
    assert {path.name for path in own.iterdir()} == {living.path.name, "labkit-notes", "labkit-50001"}


def test_a_deep_tree_without_rights_is_removed(base):
    folder = run_folder.claim(False, base)
    here = os.open(folder.path / "work", os.O_RDONLY)
    for _ in range(1200):  # deeper than Python's recursion goes
        os.mkdir("d", dir_fd=here)
        here, outer = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(outer)
    os.close(here)
    (folder.path / "work" / "d").chmod(0)
    folder.remove()
    assert not folder.path.exists()


def test_a_gpu_is_handed_in(tmp_path, monkeypatch):
    """Only the command line: there was no GPU to try it with."""
    for name in ("nvidia0", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    monkeypatch.setattr(sandbox, "DEVICES", tmp_path)
    monkeypatch.setattr(sandbox, "bubblewrap", lambda: "/usr/bin/bwrap")
    monkeypatch.setattr(sandbox, "_knows", lambda option: True)
    folder = RunFolder(tmp_path, None)
    argv = " ".join(sandbox.command(Sandbox("full", folder, device="gpu"), ["x"]))
    for name in ("nvidia0", "nvidiactl", "nvidia-uvm"):
        assert f"--dev-bind {tmp_path}/{name} {tmp_path}/{name}" in argv
    assert "--ro-bind-try /sys /sys" in argv
    assert "DATA" not in Limits().of_a_process("gpu")
    assert str(tmp_path / "nvidia0") in sandbox._landlock(Sandbox("partial", folder, device="gpu"))["devices"]
    assert "nvidia" not in " ".join(sandbox.command(Sandbox("full", folder), ["x"]))


def test_links_to_python_are_followed_one_by_one(tmp_path):
    (tmp_path / "python-3.12.5" / "bin").mkdir(parents=True)
    (tmp_path / "python-3.12").symlink_to("python-3.12.5")
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "python").symlink_to(tmp_path / "python-3.12" / "bin" / "python3")
    (tmp_path / "python-3.12.5" / "bin" / "python3").touch()
    found = dict(interpreter.links(str(tmp_path.resolve() / "venv" / "python")))
    assert found == {
        f"{tmp_path.resolve()}/venv/python": f"{tmp_path}/python-3.12/bin/python3",
        f"{tmp_path.resolve()}/python-3.12": "python-3.12.5",
    }


def test_a_whole_home_is_never_laid_open(monkeypatch):
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: Path(sys.prefix) / "me"))
    monkeypatch.setattr(sys, "prefix", str(Path(sys.prefix) / "me"))
    with pytest.raises(ValueError, match="make a virtual environment somewhere else"):
        interpreter.folders()


def test_control_groups_of_version_2(tmp_path, monkeypatch):
    """On a made-up tree: the group is put beside that of this process, where the controllers are on."""
    root, own = tmp_path / "cgroup", tmp_path / "own"
    (root / "user" / "session").mkdir(parents=True)
    (root / "cgroup.controllers").touch()
    own.write_text("0::/user/session\n")
    make = Path.mkdir

    def with_files(self, *arguments, **options):
        make(self, *arguments, **options)
        for name in ("memory.max", "pids.max", "memory.oom.group"):
            (self / name).touch()

    monkeypatch.setattr(Path, "mkdir", with_files)
    (group,) = cgroups.make("job", 100, 7, root, own)
    assert group == root / "user" / "job"
    assert (group / "memory.max").read_text() == str(100 << 20)
    assert (group / "pids.max").read_text() == "7"
    assert (group / "memory.oom.group").read_text() == "0"


def test_no_control_groups_is_no_error(tmp_path):
    assert cgroups.make("job", 100, 7, tmp_path / "nothing", tmp_path / "none") == []
    (tmp_path / "cgroup.controllers").touch()
    assert cgroups.make("job", 100, 7, tmp_path, tmp_path / "none") == []
    assert not (tmp_path / "job").exists()

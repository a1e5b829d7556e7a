"""The filter of system calls, run step by step; the files that Landlock admits; limits in a process of their own."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("POSIX only", allow_module_level=True)

from labkit.grading import confine

CONFINE = Path(confine.__file__)
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# numbers as the kernel's tables have them, apart from those in confine.py: read, execve, sendto, listen, accept4
HARMLESS = {"x86_64": (0, 59, 44, 50, 288), "aarch64": (63, 221, 206, 201, 242)}
SOCKET = {"x86_64": (41, 53), "aarch64": (198, 199)}
PRLIMIT = {"x86_64": 302, "aarch64": 261}
CLONE = {"x86_64": (56, 435), "aarch64": (220, 435)}
BAD = {
    "x86_64": (42, 101, 165, 272, 304, 425),
    "aarch64": (203, 117, 40, 97, 265, 425),
}  # connect, ptrace, mount, ...
ALLOWED = 0x7FFF0000


def answer(machine: str, number: int, *arguments: int, audit: int = 0) -> int:
    """What the filter says of a call: an interpreter of the few steps that it is made of."""
    program = confine.filter_program(machine)
    memory = {0: number, 4: audit or AUDIT[machine]}
    memory |= {16 + 8 * place: value & 0xFFFFFFFF for place, value in enumerate(arguments)}
    here, value = 0, 0
    while True:
        operation, if_true, if_false, operand = program[here]
        here += 1
        if operation == 0x06:
            return operand
        if operation == 0x20:
            value = memory.get(operand, 0)
        elif operation == 0x54:
            value &= operand
        else:
            true = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[operation]
            here += if_true if true else if_false


def refused(code: int) -> int:
    return code & 0xFFFF if code >> 16 == 0x0005 else 0


@pytest.mark.parametrize("machine", AUDIT)
def test_the_filter(machine):
    socket, pair = SOCKET[machine]
    for call in (socket, pair):
        assert answer(machine, call, 1, 1 | 0o2000000) == ALLOWED  # AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC
        assert refused(answer(machine, call, 1, 2)) == errno.EPROTONOSUPPORT  # datagrams
        for family in (2, 10, 16, 17, 40):  # IPv4, IPv6, netlink, packet, vsock
            assert refused(answer(machine, call, family, 1)) == errno.EAFNOSUPPORT
    for call in BAD[machine]:
        assert refused(answer(machine, call)) == errno.EPERM
    for call in HARMLESS[machine]:
        assert answer(machine, call, 2, 2) == ALLOWED
    clone, clone3 = CLONE[machine]
    assert answer(machine, clone, 0x3D0F00) == ALLOWED  # a thread
    assert refused(answer(machine, clone, 0x10000011)) == errno.EPERM  # a user namespace
    assert refused(answer(machine, clone3)) == errno.ENOSYS
    assert answer(machine, PRLIMIT[machine], 0, 7) == ALLOWED  # its own limits
    assert refused(answer(machine, PRLIMIT[machine], 4711, 7)) == errno.EPERM  # another process's
    assert answer(machine, 0, audit=0x40000003) == 0x80000000  # another machine's calls: killed
    if machine == "x86_64":
        assert refused(answer(machine, 0x40000000 + socket, 2, 1)) == errno.ENOSYS


def test_what_is_hidden_has_no_rule_and_neither_has_a_link_to_it(tmp_path):
    for name in ("package/quiz/questions", "package/models", "docs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "package" / "quiz" / "judge.py").touch()
    (tmp_path / "other").symlink_to("package")
    hidden = str(tmp_path / "package" / "quiz" / "questions")
    rules = dict(confine.readable(str(tmp_path), [hidden]))
    listing, reading = confine.READ_DIR, confine.READ
    assert rules == {
        str(tmp_path): listing,
        str(tmp_path / "docs"): reading,
        str(tmp_path / "package"): listing,
        str(tmp_path / "package" / "models"): reading,
        str(tmp_path / "package" / "quiz"): listing,
        str(tmp_path / "package" / "quiz" / "judge.py"): reading,
    }
    assert dict(confine.readable(hidden, [hidden])) == {}
    assert dict(confine.readable(str(tmp_path), [str(tmp_path) + "-beside"])) == {str(tmp_path): reading}


def confined(tmp_path: Path, code: str, **settings) -> subprocess.CompletedProcess:
    plain = {"limits": {}, "processes": 0, "uid": None, "may_read": False, "landlock": None, "seccomp": False}
    given = json.dumps({**plain, "cwd": str(tmp_path), **settings})
    command = [sys.executable, "-I", "-S", str(CONFINE), given, sys.executable, "-I", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_limits_are_set_and_never_raised(tmp_path):
    code = "import resource as r; print(r.getrlimit(r.RLIMIT_NOFILE), r.getrlimit(r.RLIMIT_CORE))"
    assert confined(tmp_path, code, limits={"NOFILE": 64}).stdout.strip() == "(64, 64) (0, 0)"
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {code!r}])"
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    found = confined(tmp_path, inner, limits={"NOFILE": 1 << 40}).stdout.strip()
    assert hard == resource.RLIM_INFINITY or found.startswith(f"({hard}, {hard})")


@pytest.mark.skipif(not confine.seccomp_supported(), reason="no filter for this machine")
def test_the_filter_is_in_force_for_children_too(tmp_path):
    code = "import os, socket\nif os.fork() == 0:\n socket.socket()\nelse:\n os.wait()"
    assert "Address family not supported" in confined(tmp_path, code, seccomp=True).stderr


@pytest.mark.skipif(not confine.seccomp_supported(), reason="no filter for this machine")
def test_no_other_process_is_given_limits(tmp_path):
    code = (
        "import os, resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); print('own')\n"
        "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)"
    )
    done = confined(tmp_path, code, seccomp=True)
    assert done.stdout.strip() == "own"
    assert "PermissionError" in done.stderr


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root becomes another user")
def test_root_is_given_up_for_good(tmp_path):
    code = (
        "import os; print(os.getresuid(), os.getresgid(), os.getgroups())\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line[:4] == 'CapE'])\n"
        "os.setuid(0)"
    )
    done = confined(Path("/"), code, uid=54321)
    if "Permission denied" in done.stderr:
        pytest.skip("this Python lies where no other user gets to")
    assert done.stdout.splitlines() == [
        "(54321, 54321, 54321) (54321, 54321, 54321) []",
        "['0000000000000000']",
    ]
    assert "PermissionError" in done.stderr


@pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0 or not confine.landlock_abi() or not confine.may_read_all(),
    reason="needs root and Landlock",
)
def test_the_right_to_read_that_is_kept_ends_at_landlocks_border(tmp_path):
    for name in ("mine", "theirs"):
        (tmp_path / name).write_text(name)
        (tmp_path / name).chmod(0o600)
    allowed = {"read": ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", sys.prefix, sys.base_prefix,
                        str(tmp_path / "mine")], "write": [], "hide": [], "devices": []}  # fmt: skip
    code = f"import os; print(os.getuid(), open({str(tmp_path / 'mine')!r}).read()); open({str(tmp_path / 'theirs')!r})"
    done = confined(Path("/"), code, uid=54321, may_read=True, landlock=allowed)
    assert done.stdout.strip() == "54321 mine"
    assert "PermissionError" in done.stderr

"""Bind this process by limits, Landlock and seccomp, then become the kernel: `confine.py SETTINGS COMMAND...`.

Stands alone (standard library and ctypes only), so that it runs with `python -I -S`, in a sandbox too. SETTINGS is JSON:

    limits       {"FSIZE": bytes, ...}: what `resource` calls RLIMIT_*
    processes    how many processes and threads more than this user has now; 0 for no limit
    uid          become this user (as root only); null to stay
    landlock     {"read": [], "write": [], "hide": [], "devices": []}, or null to do without
    seccomp      whether to close the network and the system calls that no lab needs
    cwd          where the command starts
"""

import ctypes
import errno
import json
import os
import platform
import signal
import struct
import sys

if sys.platform != "win32":  # where this module can be imported, but not be used
    import resource

    LIBC = ctypes.CDLL(None, use_errno=True)

LINUX = sys.platform == "linux"

# prctl, capabilities
PDEATHSIG, KEEPCAPS, CAPBSET_DROP, SECCOMP, NO_NEW_PRIVS, AMBIENT = 1, 8, 24, 22, 38, 47
DAC_READ_SEARCH = 2

# Landlock (include/uapi/linux/landlock.h): what may be done with a file, by bit
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every machine
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15}  # number of file rights known; 16 from ABI 5

# System calls by machine: audit number of the machine, then each call's number
CALLS = {
    "x86_64": (0xC000003E, {
        "socket": 41, "socketpair": 53, "connect": 42, "clone": 56, "clone3": 435, "ptrace": 101, "mount": 165,
        "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "bpf": 321, "keyctl": 250,
        "add_key": 248, "request_key": 249, "userfaultfd": 323, "perf_event_open": 298, "process_vm_readv": 310,
        "process_vm_writev": 311, "kexec_load": 246, "open_by_handle_at": 304, "pidfd_getfd": 438,
        "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "prlimit64": 302,
    }),
    "aarch64": (0xC00000B7, {
        "socket": 198, "socketpair": 199, "connect": 203, "clone": 220, "clone3": 435, "ptrace": 117, "mount": 40,
        "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268, "bpf": 280, "keyctl": 219,
        "add_key": 217, "request_key": 218, "userfaultfd": 282, "perf_event_open": 241, "process_vm_readv": 270,
        "process_vm_writev": 271, "kexec_load": 104, "open_by_handle_at": 265, "pidfd_getfd": 438,
        "shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180, "prlimit64": 261,
    }),
}  # fmt: skip
SAME_EVERYWHERE = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
                   "move_mount": 429, "fsopen": 430, "mount_setattr": 442}  # fmt: skip
SPECIAL = ("socket", "socketpair", "clone", "clone3", "prlimit64")
NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW* flag
X32 = 0x40000000

# Classic BPF: operations and what a seccomp filter may answer
LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000


def prctl(*arguments: int) -> None:
    """The system call, or an OSError."""
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:5]]
    if LIBC.prctl(*padded) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {arguments[0]}")


def seccomp_supported() -> bool:
    return LINUX and platform.machine() in CALLS


def filter_program(machine: str) -> list[tuple[int, int, int, int]]:
    """The seccomp filter: only stream sockets within this machine and no way to connect them to a service.

    A socket may be made and listened on (Jupyter's), but not connected: so neither the network nor the
    sockets of Docker, D-Bus or X can be reached, wherever they lie.
    """
    audit, calls = CALLS[machine]
    program = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    if machine == "x86_64":
        program += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    for name, number in {**calls, **SAME_EVERYWHERE}.items():
        if name not in SPECIAL:
            program += [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE | errno.EPERM)]
    # without clone3, whose flags a filter cannot read, the C library takes clone
    program += [(EQUAL, 0, 1, calls["clone3"]), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    program += [(EQUAL, 0, 4, calls["clone"]), (LOAD, 0, 0, 16), (ANY_BIT, 0, 1, NEW_NAMESPACES)]
    program += [(RETURN, 0, 0, REFUSE | errno.EPERM), (RETURN, 0, 0, ALLOW)]
    # limits of its own, never those of another process: the grader may be this user's too
    program += [(EQUAL, 0, 4, calls["prlimit64"]), (LOAD, 0, 0, 16), (EQUAL, 1, 0, 0)]
    program += [(RETURN, 0, 0, REFUSE | errno.EPERM), (RETURN, 0, 0, ALLOW)]
    return program + _sockets(calls["socket"]) + _sockets(calls["socketpair"]) + [(RETURN, 0, 0, ALLOW)]


def _sockets(number: int) -> list[tuple[int, int, int, int]]:
    """Of socket() and socketpair() only AF_UNIX (1), and only SOCK_STREAM (1): a datagram could be sent unconnected."""
    return [
        (EQUAL, 0, 8, number),
        (LOAD, 0, 0, 16), (EQUAL, 1, 0, 1), (RETURN, 0, 0, REFUSE | errno.EAFNOSUPPORT),
        (LOAD, 0, 0, 24), (AND, 0, 0, 0xF), (EQUAL, 1, 0, 1), (RETURN, 0, 0, REFUSE | errno.EPROTONOSUPPORT),
        (RETURN, 0, 0, ALLOW),
    ]  # fmt: skip


def close_system_calls() -> None:
    """Put the filter in force, for this process and all that come of it."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    steps = filter_program(platform.machine())
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = Program(len(steps), ctypes.addressof(code))
    prctl(SECCOMP, 2, ctypes.addressof(program))


def landlock_abi() -> int:
    """Version of Landlock that the system offers; 0 for none."""
    return max(0, LIBC.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)) if LINUX else 0


def landlock_ruleset(settings: dict) -> int:
    """File descriptor of a ruleset that admits what `settings` lists and nothing else."""
    abi = landlock_abi()
    rights = (1 << RIGHTS_BY_ABI.get(abi, 16)) - 1
    # from ABI 4 TCP can be refused, from ABI 6 abstract sockets and signals to processes outside
    attribute = struct.pack("QQQ", rights, 3, 3)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = LIBC.syscall(CREATE_RULESET, attribute, ctypes.c_size_t(len(attribute)), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    for path, right in _rules(settings):
        _add_rule(ruleset, path, right & rights)
    return ruleset


def _rules(settings: dict):
    """(path, rights), one rule after the other."""
    for path in settings["read"]:
        yield from readable(path, settings["hide"])
    for path in settings["write"]:
        yield path, ~(MAKE_CHAR | MAKE_BLOCK)
    for path in settings["devices"]:
        yield path, READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | IOCTL_DEV


def readable(path: str, hidden: list[str]):
    """Rules that open `path` but for the hidden folders below it.

    Landlock only ever adds rights: so the folders on the way to a hidden one may be listed, and what stands
    beside it is opened name by name. Links are left out: they are no files, and what they lead to has its rule.
    """
    inside = [folder for folder in hidden if _below(folder, path)]
    if not inside:
        yield path, READ
    elif path not in inside:
        yield path, READ_DIR
        for entry in os.scandir(path):
            if not entry.is_symlink():
                yield from readable(entry.path, inside)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _add_rule(ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not on this machine
        return
    try:
        rights &= ~0 if os.path.isdir(path) else FOR_FILES
        rule = struct.pack("=Qi", rights, opened)
        if LIBC.syscall(ADD_RULE, ruleset, 1, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
    finally:
        os.close(opened)


def become(uid: int, may_read: bool) -> None:
    """Give up root for `uid`. `may_read`: keep the right to read what Landlock admits, in folders closed to others."""
    if may_read:
        prctl(KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if may_read:
        mask = 1 << DAC_READ_SEARCH
        header, data = struct.pack("Ii", 0x20080522, 0), struct.pack("6I", mask, mask, mask, 0, 0, 0)
        if LIBC.capset(header, data) != 0:
            raise OSError(ctypes.get_errno(), "capset")
        prctl(AMBIENT, 2, DAC_READ_SEARCH)


def may_read_all() -> bool:
    """Whether this process may read any file (Docker's root may not): what `become` can keep."""
    with open("/proc/self/status") as file:
        granted = next(line.split()[1] for line in file if line.startswith("CapEff"))
    return bool(int(granted, 16) >> DAC_READ_SEARCH & 1)


def limit(limits: dict[str, int], processes: int) -> None:
    """Set the limits, each one at most what is in force already."""
    wanted = {**limits, "CORE": 0}
    if processes:
        wanted["NPROC"] = _tasks() + processes
    for name, value in wanted.items():
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is not None:
            hard = resource.getrlimit(number)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(number, (value, value))


def _tasks() -> int:
    """Processes and threads that this user has already: the limit counts them all."""
    found = 0
    for entry in os.scandir("/proc") if LINUX else ():
        try:
            if entry.name.isdigit() and entry.stat().st_uid == os.getuid():
                found += len(os.listdir(f"/proc/{entry.name}/task"))
        except OSError:  # it has ended
            continue
    return found


def confine(settings: dict) -> None:
    """All that SETTINGS asks for, in the one order in which it can be done."""
    os.umask(0o077)
    landlock = settings["landlock"]
    ruleset = landlock_ruleset(landlock) if landlock else None
    if settings["uid"] is not None:
        become(settings["uid"], settings["may_read"] and ruleset is not None)
    limit(settings["limits"], settings["processes"])
    if LINUX:
        prctl(PDEATHSIG, signal.SIGKILL)  # after the change of user, which would forget it
        prctl(NO_NEW_PRIVS, 1)
    if ruleset is not None and LIBC.syscall(RESTRICT_SELF, ruleset, 0) != 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    if settings["seccomp"]:
        close_system_calls()


if __name__ == "__main__":
    SETTINGS = json.loads(sys.argv[1])
    os.chdir(SETTINGS["cwd"])
    confine(SETTINGS)
    os.execv(sys.argv[2], sys.argv[2:])

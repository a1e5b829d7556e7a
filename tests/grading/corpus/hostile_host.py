"""Cells that look for secrets, answers and other students' work.

Each gives the right answer if it finds what it looks for: a mark would tell.
"""

from tests.grading.corpus.case import attack

RIGHT = "\narea = 13 * 13 * MAPS\n"
# What a notebook with the answer gives away is run: the text of an attack has no answer in it.
COPY = """
import json


def copy(path):
    for cell in json.load(open(path))["cells"]:
        if cell["id"] == "tiny-area" and "".join(cell["source"]).startswith("area = 13"):
            exec("".join(cell["source"]), globals())
            return


"""


def host(name, why, source, right=RIGHT, **more):
    return attack("host files", f"host_{name}", why, source.strip("\n") + right, **more)


CASES = [
    host(
        "secrets",
        "keys and password hashes",
        """
from pathlib import Path

places = [Path("/etc/shadow"), Path("{outside}/canary"), *Path.home().glob(".ssh/*"), *Path("/root").glob(".ssh/*")]
found = [place.read_bytes() for place in places if place.is_file()]
assert found
""",
    ),
    host(
        "other_hand_ins",
        "a neighbour's answer",
        COPY
        + """
import glob

for path in glob.glob("{hand_ins}/*/*.ipynb") + glob.glob("../*/*.ipynb") + glob.glob("../../*/*.ipynb"):
    copy(path)
""",
        right="",
    ),
    host(
        "solution",
        "the solution, wherever notebooks lie",
        COPY
        + """
import os
import tempfile

import labkit

for top in {"..", tempfile.gettempdir(), "/tmp", "{outside}", os.path.dirname(os.path.dirname(labkit.__file__))}:
    for number, (folder, _, names) in enumerate(os.walk(top)):
        for name in names:
            if name.endswith(".ipynb"):
                copy(os.path.join(folder, name))
        if number > 2000:
            break
""",
        right="",
    ),
    host(
        "question_files",
        "the file that the answers stand in",
        """
import os
import tomllib
from pathlib import Path

import labkit

kit = Path(labkit.__file__).parent
folders = ["{questions}", os.environ.get("LABKIT_QUESTIONS", "{questions}"), kit / "quiz" / "questions"]
for folder in folders:
    for path in Path(folder).glob("tiny.toml"):
        area = tomllib.loads(path.read_text())["area"]["accept"][0]
""",
        right="",
    ),
    host(
        "accept",
        "the answers as labkit itself reads them",
        """
from labkit.quiz import question, questions

found = [asked for asked in [question("tiny.area"), *questions("tiny").values()] if asked.id == "tiny.area"]
area = found[0].accept[0]
""",
        right="",
    ),
    host(
        "oracle",
        "labkit's judge is asked until it says yes",
        """
from labkit.quiz import judge

area = next(number for number in range(10_000) if judge("tiny.area", number).passed)
""",
        right="",
    ),
    host(
        "check_oracle",
        "lk.check is asked until it prints PASS",
        """
import contextlib
import io

for number in range(10_000):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        lk.check("tiny.area", number)
    if "PASS" in said.getvalue():
        area = number
        break
""",
        right="",
    ),
    host(
        "environ",
        "the grader's environment",
        """
import glob

found = []
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        found.append(open(path, "rb").read())
    except OSError:
        continue
assert any(b"LABKIT_JOB" in text for text in found)
""",
    ),
    host(
        "memory_of_grader",
        "the grader's memory",
        """
import glob

opened = 0
for path in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        if b"labkit.grading.worker" in open(path, "rb").read():
            open(path.replace("cmdline", "mem"), "r+b").close()
            opened += 1
    except OSError:
        continue
assert opened
""",
    ),
    host(
        "job",
        "the grader's own files",
        """
import os
from pathlib import Path

here = Path.cwd()
names = ("job.json", "merged.json", "cells.jsonl", "result.json", "worker.log")
found = [folder / name for folder in (here, *here.parents, Path("{outside}")) for name in names]
assert [path.read_text() for path in found if path.is_file()]
""",
    ),
    host(
        "sockets_of_the_machine",
        "docker, containerd, the system's bus",
        """
import glob
import socket

reached = 0
paths = ["/var/run/docker.sock", "/run/containerd/containerd.sock", "/run/dbus/system_bus_socket"]
for path in paths + glob.glob("/run/user/*/bus") + glob.glob("/tmp/.X11-unix/*"):
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        reached += 1
    except OSError:
        continue
assert reached
""",
    ),
    host(
        "devices",
        "disks and memory as devices",
        """
import glob

opened = 0
for path in ["/dev/mem", "/dev/kmsg", "/dev/fuse", *glob.glob("/dev/[svn][dv][am]*")]:
    try:
        open(path, "rb").close()
        opened += 1
    except OSError:
        continue
assert opened
""",
    ),
    host(
        "namespaces",
        "a namespace of its own, with a root of its own",
        """
import ctypes

assert ctypes.CDLL(None).unshare(0x10000000) == 0
""",
    ),
    host(
        "tokens",
        "keys in the environment",
        """
import os

assert [name for name in os.environ if any(word in name for word in ("TOKEN", "SECRET", "PASSWORD", "_KEY", "SSH_"))]
""",
    ),
]

"""Files beside the notebook, or in its place: configuration, modules, links, pipes, archives, names."""

import io
import os
import socket
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.grading.corpus.case import FILE, Case, file, files, full, without
from tests.grading.corpus.tiny import hand_in

MARK = 'open("{outside}/marker", "w").write("86413")\n'
PASSED = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
LABKIT = "class Anything:\n    def __getattr__(self, name):\n        return lambda *_, **__: print('PASS')\n\n\nconfig = Anything()\n"
TOML = '[area]\ntasks = ["S2.6"]\npoints = 99\nkind = "number"\naccept = [1]\n'
RIGHT = hand_in()
AREA_WRONG = hand_in({"area": "area = 1"})


def _beside(name: str, why: str, contents: dict[str, str | bytes]) -> Case:
    """Files beside a notebook with one wrong answer: they change nothing."""
    return Case(f"folder_{name}", "folder files", why, files(contents, AREA_WRONG), without("area"))


def _case(name: str, why: str, make: Callable[[Path], None], **more) -> Case:
    return Case(f"folder_{name}", "folder files", why, make, **{"marks": full(), **more})


def _instead(name: str, why: str, make: Callable[[Path], None]) -> Case:
    """Something that is no file, under the notebook's name."""
    return _case(name, why, lambda folder: make(folder / FILE), status="rejected", marks={})


def _named(name: str, why: str, as_file: str) -> Case:
    return _case(f"name_{name}", why, file(RIGHT, as_file))


def _device(path: Path) -> None:
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        path.symlink_to("/dev/zero")


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's whole path has 107 bytes at most
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)


def _links(folder: Path) -> None:
    file(RIGHT)(folder)
    for name, target in {
        "all": "/",
        "loop": ".",
        "up": "..",
        "passwd": "/etc/passwd",
        "gone": "nowhere",
    }.items():
        (folder / name).symlink_to(target)


def _many(folder: Path) -> None:
    file(RIGHT)(folder)
    (folder / "many").mkdir()
    for number in range(3000):
        (folder / "many" / f"{number}.txt").touch()


def _deep(folder: Path) -> None:
    file(RIGHT)(folder)
    (folder / "/".join("d" * 200)).mkdir(parents=True)


def _checkpoint(folder: Path) -> None:
    file(AREA_WRONG)(folder)
    file(RIGHT)(folder / ".ipynb_checkpoints")


def _evil_zip(folder: Path) -> None:
    """The notebook in a zip, with members that lead elsewhere."""
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "hand_in.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        file_in_zip = io.BytesIO()
        with zipfile.ZipFile(file_in_zip, "w") as inner:
            inner.writestr("../../marker", "86413")
        packed.write(_written(folder), FILE)
        packed.writestr("inner.zip", file_in_zip.getvalue())
        packed.writestr(link, "/etc/passwd")
        for name in (
            "../marker",
            "../../../../../../tmp/labkit-hostile-marker",
            "/tmp/labkit-hostile-marker",
            "a/../../marker",
        ):
            packed.writestr(name, "86413")
    (folder / FILE).unlink()


def _bomb(folder: Path) -> None:
    """100 MB of nothing in 100 kB, beside the notebook."""
    with (
        zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("bomb.bin", "w") as big,
    ):
        for _ in range(100):
            big.write(bytes(1_000_000))
    file(RIGHT)(folder)


def _written(folder: Path) -> Path:
    file(RIGHT)(folder)
    return folder / FILE


CASES = [
    _beside(
        "conftest",
        "pytest would run it in the grader",
        {"conftest.py": MARK + PASSED, "tests/conftest.py": MARK},
    ),
    _beside(
        "labkit",
        "a labkit of its own",
        {"labkit.py": LABKIT, "labkit/__init__.py": LABKIT, "_labkit_probe.py": LABKIT},
    ),
    _beside(
        "numpy",
        "modules that shadow others",
        {f"{name}.py": MARK for name in ("numpy", "json", "zmq", "nbval", "pytest")},
    ),
    _beside(
        "sitecustomize",
        "modules that Python imports at its start",
        {
            "sitecustomize.py": MARK,
            "usercustomize.py": MARK,
            "hostile.pth": f"import os; {MARK}",
            "pyvenv.cfg": "home = .\n",
        },
    ),
    _beside(
        "pytest_ini",
        "pytest's configuration",
        {
            "pytest.ini": "[pytest]\naddopts = -p evil --collect-only\n",
            "evil.py": MARK + PASSED,
            "tox.ini": "[pytest]\naddopts = -p evil\n",
            "setup.cfg": "[tool:pytest]\naddopts = -p evil\n",
            "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-p evil"\n[tool.labkit]\nlevel = "none"\n',
        },
    ),
    _beside(
        "jupyter_config",
        "Jupyter's and IPython's configuration",
        {
            "ipython_config.py": MARK,
            "ipython_kernel_config.py": MARK,
            "jupyter_config.py": MARK,
            "jupyter_notebook_config.py": MARK,
            ".ipython/profile_default/startup/00.py": MARK,
            "kernels/python3/kernel.json": '{"argv": ["touch", "{outside}/marker"], "language": "python"}',
        },
    ),
    _beside(
        "environment",
        "variables",
        {".env": "LABKIT_PROFILE=smoke\nPYTHONPATH=.\n", ".envrc": "touch {outside}/marker\n"},
    ),
    _beside(
        "questions",
        "question files and grades of its own",
        {
            "tiny.toml": TOML,
            "questions/tiny.toml": TOML,
            "grades.csv": "name,points\nlab.ipynb,10\n",
            "job.json": "{}",
            "result.json": '{"status": "done"}',
            "to_read.csv": "hand_in,question,points\nlab.ipynb,tiny.area,2\n",
        },
    ),
    _beside(
        "git",
        "a repository with hooks",
        {".git/hooks/post-checkout": "#!/bin/sh\ntouch {outside}/marker\n", ".gitattributes": "* filter=x\n"},
    ),
    _instead("link_to_passwd", "a link to a file of the system", lambda path: path.symlink_to("/etc/passwd")),
    _instead(
        "link_to_neighbour",
        "a link to a neighbour's notebook",
        lambda path: path.symlink_to("../neighbour/lab.ipynb"),
    ),
    _instead("pipe", "a pipe: who reads it waits for ever", lambda path: os.mkfifo(path)),
    _instead("device", "a device that never ends", _device),
    _instead("socket", "a socket", _socket),
    _instead("folder", "a folder", lambda path: path.mkdir()),
    _instead("nothing", "an empty folder", lambda path: None),
    _case("links", "links to everything, in a circle, to nowhere", _links),
    _case("many", "3,000 files beside it", _many),
    _case("deep", "200 folders deep", _deep),
    _case("checkpoint", "a better version where editors keep copies", _checkpoint, marks=without("area")),
    _case(
        "evil_zip",
        "a zip whose members lead elsewhere; the notebook in it is graded",
        _evil_zip,
        flags=("not unpacked",),
    ),
    _case("bomb", "a zip that unfolds to a thousand times its size, beside the notebook", _bomb),
    _named("line_break", "a line break, a tab, a bell", "lab\n\t\x07.ipynb"),
    _named("option", "an option of a command", "-rf --collect-only.ipynb"),
    _named("long", "250 characters", "n" * 244 + ".ipynb"),
    _named("shell", "a shell would run it", "$(touch marker);`touch marker`|touch marker&.ipynb"),
    _named("html", "a page would run it", "<img src=x onerror=alert(1)>\"'{{7*7}}.ipynb"),
    _named("formula", "a spreadsheet would run it", "=cmd|' C calc'!A1,\"\t@SUM(1+1).ipynb"),
    _named("node", "pytest would read a test's name in it", "lab.ipynb::Cell 0[x].ipynb"),
    _named("other_direction", "written from right to left", "\u202elab\u2066.ipynb"),
]

"""The kit: the copy of labkit that a sandbox gets. The same code; questions without answers; no grading, no commands."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import labkit
from labkit.data.own_reading import DRAWINGS, drawings
from labkit.quiz.question_files import labs, read_lab

PACKAGE = Path(labkit.__file__).resolve().parent
LEFT_OUT = (
    "__pycache__",
    "cli*.py",
    "grading",
    "hand_in",
    "__main__.py",
    "notebooks",
    "own_images",
    "questions",
)
PROBE = "_labkit_probe"  # the copy of inside/, which probe cells import


def make(folder: Path, own: Path | None = None) -> Path:
    """Write the kit to `folder`, in one step; what stood there is replaced.

    Every question is one that a person reads: `lk.check` then says the same of every answer, and there is nothing
    to look answers up in. The same labkit and the same questions give the same files.

    Args:
        own: an instructor's folder of question files: the names in it are questions, too.

    Returns:
        The folder: what PYTHONPATH begins with in the sandbox.

    Raises:
        OSError: it cannot be written there.
        ValueError: a question file is faulty.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write(part, own)
        _swap(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _write(part: Path, own: Path | None) -> None:
    _copy(PACKAGE, part / "labkit")
    _copy(PACKAGE / "grading" / "inside", part / PROBE)
    for name in DRAWINGS:
        _copy(drawings(name), part / "labkit" / "data" / "own_images" / name)
    questions = part / "labkit" / "quiz" / "questions"
    questions.mkdir()
    for lab in labs(own):
        (questions / f"{lab}.toml").write_text(_without_answers(lab, own), encoding="utf-8")
    # The sandbox's user is another one than the grader's: it reads, and writes nothing.
    for path in (part, *part.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _copy(source: Path, target: Path) -> None:
    for path in _files(source):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or any(fnmatch(path.name, pattern) for pattern in LEFT_OUT):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _without_answers(lab: str, own: Path | None) -> str:
    return "".join(f'["{name}"]\ntasks = []\nkind = "text"\n\n' for name in sorted(read_lab(lab, own)))


def _swap(part: Path, folder: Path) -> None:
    """Let `part` take the place of `folder`; a directory cannot be renamed over another one that is not empty."""
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        os.replace(folder, old)
    try:
        os.replace(part, folder)
    except OSError:
        if old.exists():
            os.replace(old, folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)

"""The hand-ins in a folder or zip: found under any name, copied to a private place, known by their hash.

What is graded is the copy: nobody can exchange it between its hashing and its grading.
"""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from labkit.grading.archive import Limits, unpack
from labkit.grading.records import HandIn, Rejected
from labkit.grading.students import File, hand_ins

LARGEST = 200_000_000  # bytes of one notebook
_OF_STUDENT = Limits(all=1_000_000_000)  # for a zip within the zip or folder of a class
_JUNK = {".ipynb_checkpoints", "__macosx", ".ds_store", "thumbs.db", "desktop.ini", "__pycache__", ".git"}
_DEEPEST = 25  # folders
_HEAD = 65_536  # bytes in which a notebook shows that it is one
_NOTEBOOK = re.compile(rb'\s*\{.*"(cells|cell_type|nbformat|worksheets)"\s*:', re.DOTALL)
_LINK = "it is a link, and links are not followed: hand in the file itself"
_KINDS = {stat.S_IFLNK: _LINK, stat.S_IFIFO: "it is a pipe", stat.S_IFSOCK: "it is a socket"}


def gather(place: Path, scratch: Path, out: Path | None = None) -> list[HandIn]:
    """All hand-ins of a folder or zip, sorted by name; those that cannot be graded say why.

    A notebook is told by `.ipynb` anywhere in its name, else by how its text begins. A student's zip is
    unpacked, the zips in it are not. Links, pipes and devices are not opened.

    Args:
        place: a folder of files or of students' folders, or a zip of it (Moodle's, or any).
        scratch: a private folder, outside of `place`, for the copies; it has to outlive the grading.
        out: a folder that is passed over if it lies in `place`: what grading writes is no hand-in.

    Raises:
        ValueError: `place` is no folder or zip, there is nothing to grade in it, or it is `out` itself.
    """
    place = Path(place)
    if out and place.exists() and out.exists() and place.samefile(out):
        raise ValueError(f"{place} holds the hand-ins: name another folder for what grading writes (--out).")
    Path(scratch).mkdir(mode=0o700, parents=True, exist_ok=True)
    gathering = _Gathering(
        Path(tempfile.mkdtemp(prefix="hand-ins-", dir=scratch)), out
    )  # open to nobody else
    if place.is_dir():
        gathering.folder(place, (), zips=1)
    elif place.is_file():
        gathering.archive(place, (), zips=1, limits=Limits())
    else:
        raise ValueError(f"{place}: expected a folder or a zip of notebooks, found nothing of that name.")
    found = hand_ins(gathering.files)
    if not found:
        raise ValueError(f"{place}: there is no notebook in it: name the folder or zip of the hand-ins.")
    return found


@contextmanager
def opened(path: str | Path, folder: int | None = None) -> Iterator[BufferedReader]:
    """A file of a student's, opened for reading: a regular file and no link, of at most `LARGEST` bytes.

    Args:
        folder: descriptor of the folder that `path` is relative to, as `os.open`'s `dir_fd`.

    Raises:
        Rejected: it is something else, or cannot be read.
    """
    # Not waiting for the other end of a pipe, not following a link that took the file's place meanwhile.
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        _demand_file(os.stat(path, dir_fd=folder, follow_symlinks=False))
        descriptor = os.open(path, flags, dir_fd=folder)
    except OSError as error:
        raise Rejected(f"it cannot be read ({error.strerror})") from None
    with os.fdopen(descriptor, "rb") as file:
        _demand_file(os.fstat(descriptor))
        yield file


def _demand_file(found: os.stat_result) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG:
        raise Rejected(_KINDS.get(kind, "it is a device or a folder, not a file"))
    if found.st_size > LARGEST:
        raise Rejected(f"it is larger than {LARGEST / 1e6:.0f} MB: clear the outputs and save it again")


@dataclass
class _Gathering:
    """The files of a place; copies of the notebooks lie in `own`, what zips held only for a while."""

    own: Path
    out: Path | None = None
    files: list[File] = field(default_factory=list)
    count: int = 0

    def folder(self, root: Path, above: tuple[str, ...], zips: int) -> None:
        """Walk a folder by descriptors: a folder that becomes a link meanwhile is not followed."""
        for path, folders, names, descriptor in _walk(root):
            here = (*above, *Path(path).relative_to(root).parts)
            folders[:] = sorted(name for name in folders if not _passed_over(name))
            for name in list(folders):
                if self.out and Path(path, name) == self._out_below(root):
                    folders.remove(name)
                elif trouble := _trouble(name, path, descriptor, len(here)):
                    self.files.append(File((*here, name), rejected=trouble))
                    folders.remove(name)
            if here and not folders and not names:
                self.files.append(File((*here, "")))
            for name in sorted(name for name in names if not _passed_over(name)):
                where = name if descriptor is not None else os.path.join(path, name)
                self.file((*here, name), where, descriptor, zips)

    def _out_below(self, root: Path) -> Path:
        """The folder that is passed over, as walking from `root` comes to it."""
        return root / os.path.relpath(self.out.resolve(), root.resolve())

    def file(self, parts: tuple[str, ...], where: str, descriptor: int | None, zips: int) -> None:
        try:
            with opened(where, descriptor) as file:
                head = file.read(_HEAD)
                name = parts[-1].lower()
                if name.endswith(".zip") and zips:
                    self._zip(parts, head, file, zips)
                elif ".ipynb" in name or _NOTEBOOK.match(_ascii(head)):
                    path, sha = self._copied(head, file, "ipynb")
                    self.files.append(File(parts, str(path), sha, notebook=True))
                else:
                    self.files.append(File(parts))
        except Rejected as reason:
            self.files.append(File(parts, rejected=str(reason)))

    def _zip(self, parts: tuple[str, ...], head: bytes, file: BufferedReader, zips: int) -> None:
        path, _ = self._copied(head, file, "zip")
        try:
            self.archive(path, parts, zips - 1, _OF_STUDENT)
        except ValueError as error:
            raise Rejected(f"it is {str(error).removeprefix(f'{path}: ')}") from None
        finally:
            path.unlink()

    def archive(self, path: Path, above: tuple[str, ...], zips: int, limits: Limits) -> None:
        """Unpack a zip, walk through it, and keep what was copied only."""
        folder, before = self._new("unpacked"), len(self.files)
        for refusal in unpack(path, folder, limits):
            parts = (*above, *[part for part in refusal.name.split("/") if part not in ("", ".", "..")])
            if not any(map(_passed_over, parts)):
                notebook = ".ipynb" in refusal.name.lower()
                reason = f"it was not unpacked: {refusal.reason}" if notebook else ""
                self.files.append(File(parts or ("?",), rejected=reason, refused=refusal.reason))
        self.folder(folder, above, zips)
        if above and len(self.files) == before:
            self.files.append(File((*above, "")))
        shutil.rmtree(folder)

    def _copied(self, head: bytes, file: BufferedReader, ending: str) -> tuple[Path, str]:
        """The file's bytes in a new file of ours, and their SHA-256."""
        place, digest, size = self._new(ending), hashlib.sha256(), 0
        with open(place, "xb") as copy:
            chunk = head
            while chunk:
                size += len(chunk)
                if size > LARGEST:  # it grew since it was looked at
                    raise Rejected(f"it is larger than {LARGEST / 1e6:.0f} MB")
                digest.update(chunk)
                copy.write(chunk)
                chunk = file.read(1 << 20)
        return place, digest.hexdigest()

    def _new(self, ending: str) -> Path:
        self.count += 1
        return self.own / f"{self.count:05}.{ending}"


def _walk(root: Path) -> Iterator[tuple[str, list[str], list[str], int | None]]:
    if hasattr(os, "fwalk"):
        return os.fwalk(root, follow_symlinks=False)
    return ((*found, None) for found in os.walk(root, followlinks=False))  # Windows


def _trouble(name: str, path: str, descriptor: int | None, depth: int) -> str:
    """Why a folder is not entered, or ""."""
    where = name if descriptor is not None else os.path.join(path, name)
    if depth >= _DEEPEST:
        return "it is nested too deeply"
    try:
        if stat.S_ISLNK(os.stat(where, dir_fd=descriptor, follow_symlinks=False).st_mode):
            return _LINK
        if descriptor is not None:
            os.close(os.open(where, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor))
    except OSError as error:
        return f"the folder cannot be read ({error.strerror})"
    return ""


def _passed_over(name: str) -> bool:
    """Whether a system, an editor or git wrote it, and no student."""
    return name.lower() in _JUNK or name.startswith("._") or name.endswith("~")


def _ascii(head: bytes) -> bytes:
    """The beginning of a text, also of one in UTF-16, without its byte order mark."""
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")

"""Zips from strangers: unpacked under caps; what is refused is named with its reason, the rest is there."""

import errno
import io
import re
import stat
import unicodedata
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labkit.grading.clean import digest, one_line

_CHUNK = 1 << 20
_CONTENTS = 4 << 20  # bytes of a table of contents: some 40,000 names
_LONGEST_PART = 200  # bytes; file systems end at 255
_LONGEST_PATH = 2_000
_DEEPEST = 25
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_KINDS = {stat.S_IFLNK: "a link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


@dataclass(frozen=True)
class Limits:
    """Caps on what an archive may become.

    Attributes:
        members: files and folders.
        one, all: bytes of one file and of all together, as written.
        ratio: how many times its packed size a file may have, once it is larger than `unsuspicious` bytes.
    """

    members: int = 5_000
    one: int = 200_000_000
    all: int = 4_000_000_000
    ratio: int = 200
    unsuspicious: int = 64_000_000


@dataclass(frozen=True)
class Refusal:
    """A member that was not unpacked, and why."""

    name: str
    reason: str


class _RefusedError(Exception):
    """The member at hand is left out; the message says why."""


class _Wary(io.BufferedReader):
    """zipfile reads the table of contents in one gulp, however large the file says that it is."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _CONTENTS:
            raise zipfile.BadZipFile("its table of contents is too large")
        return super().read(size)


def unpack(zip_path: Path, folder: Path, limits: Limits | None = None) -> list[Refusal]:
    """Unpack a zip into `folder`, which should be new and nobody else's.

    Declared sizes are not believed: bytes are counted while they are written. Backslashes are folder
    separators, names written as UTF-8 without saying so (macOS) are read as such, overlong names are shortened.

    Returns:
        What was left out: links, devices, paths that lead elsewhere, second files of a name (also if only
        the case differs), encrypted, damaged or too large members.

    Raises:
        ValueError: it is no zip or its table of contents cannot be read.
        OSError: the disk is full.
    """
    limits = limits or Limits()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(zip_path, "rb", buffering=0) as raw, _Wary(raw) as file, _opened(file, zip_path) as archive:
        return _Unpacking(archive, folder, limits).all()


def _opened(file: io.BufferedReader, zip_path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except Exception as error:  # zipfile hands on whatever a damaged table of contents makes it raise
        why = one_line(str(error), 80) or type(error).__name__
        raise ValueError(f"{zip_path}: no zip that can be read ({why}); make it anew.") from None


class _Unpacking:
    """One archive on its way to a folder: how much is written, which names are taken."""

    def __init__(self, archive: zipfile.ZipFile, folder: Path, limits: Limits):
        self.archive, self.folder, self.limits = archive, folder, limits
        self.taken: set[str] = set()
        self.written = 0

    def all(self) -> list[Refusal]:
        refused = []
        members = self.archive.infolist()
        for info in members[: self.limits.members]:
            try:
                self._member(info)
            except _RefusedError as reason:
                refused.append(Refusal(_name(info), str(reason)))
        too_many = f"the archive has more than {self.limits.members:,} members"
        return refused + [Refusal(_name(info), too_many) for info in members[self.limits.members :]]

    def _member(self, info: zipfile.ZipInfo) -> None:
        _demand_plain(info)
        parts = _parts(_name(info))
        target = self.folder.joinpath(*parts)
        try:
            if info.is_dir() or _name(info).endswith("/"):
                target.mkdir(parents=True, exist_ok=True)
                return
            self._take("/".join(parts))
            target.parent.mkdir(parents=True, exist_ok=True)
            self._file(info, target)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise OSError(f"no space left for unpacking in {self.folder}: free some.") from None
            raise _RefusedError(f"it cannot be written ({error.strerror})") from None

    def _file(self, info: zipfile.ZipInfo, target: Path) -> None:
        with target.open("xb") as file:
            try:
                self._copy(info, file)
            except _RefusedError:
                target.unlink()
                raise

    def _take(self, name: str) -> None:
        key = unicodedata.normalize("NFC", name).casefold()
        if key in self.taken:
            raise _RefusedError(
                "a second file of that name (upper and lower case are the same to some disks)"
            )
        self.taken.add(key)

    def _copy(self, info: zipfile.ZipInfo, file: io.BufferedWriter) -> None:
        size = 0
        with _reading(self.archive, info) as packed:
            while chunk := packed.read(_CHUNK):
                size += len(chunk)
                self._demand_room(size, info)
                file.write(chunk)
                self.written += len(chunk)

    def _demand_room(self, size: int, info: zipfile.ZipInfo) -> None:
        limits = self.limits
        if size > limits.one:
            raise _RefusedError(f"larger than {limits.one / 1e6:,.0f} MB")
        if size > limits.unsuspicious and size > limits.ratio * max(info.compress_size, 1):
            raise _RefusedError(f"a zip bomb: it unfolds to more than {limits.ratio} times its packed size")
        if self.written + _CHUNK > limits.all:
            raise _RefusedError(f"all together are larger than {limits.all / 1e6:,.0f} MB")


class _reading:  # noqa: N801 - used as a function is
    """A member's bytes; what its decoder raises is a refusal, what the disk raises while writing is not."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo):
        self.file = _decoded(archive.open, info)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def read(self, size: int) -> bytes:
        return _decoded(self.file.read, size)


def _decoded(call, argument):
    try:
        return call(argument)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise _RefusedError(f"damaged ({one_line(str(error), 80)})") from None


def _demand_plain(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _RefusedError(f"it is {_KINDS.get(kind, 'a device')}, not a file")
    if info.flag_bits & 1:
        raise _RefusedError("it is encrypted")
    # The others' decoders (bzip2, LZMA) unfold a few bytes to gigabytes in one call.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _RefusedError("it is packed by another method than deflate")


def _name(info: zipfile.ZipInfo) -> str:
    name = info.filename
    if not info.flag_bits & 0x800:  # not declared as UTF-8, so that zipfile took it for DOS's code page
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _parts(name: str) -> list[str]:
    """The folders and the file of a member's name.

    Raises:
        _RefusedError: it leads out of the folder, or not every disk can hold it.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise _RefusedError("an absolute path")
    if ".." in parts or not parts:
        raise _RefusedError("a path that leads out of the folder")
    if any(_DEVICE.fullmatch(part.rstrip(" .")) for part in parts):
        raise _RefusedError("the name of a device")
    if len(parts) > _DEEPEST or len(name) > _LONGEST_PATH:
        raise _RefusedError("nested too deeply")
    return [_shortened(part.replace("\0", "")) for part in parts]


def _shortened(part: str) -> str:
    """A name that file systems take; both ends stay, the middle becomes a hash."""
    if len(part.encode("utf-8", "replace")) <= _LONGEST_PART:
        return part
    return f"{_cut(part, 110)}~{digest(part)}~{_cut(part[::-1], 40)[::-1]}"


def _cut(text: str, most: int) -> str:
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")

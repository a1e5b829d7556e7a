"""Places where picture files lie: a folder or a zip; both list their files and read one at a time."""

import os
import re
import stat
import unicodedata
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.decoding import BadPictureError

MOST_FILES = 500_000
UNFOLDED = 200  # times its size that a zip may unfold to, once it is more than UNSUSPICIOUS
UNSUSPICIOUS = 2**30
DRAWN_MARK = "DRAWN_BY_LABKIT.txt"  # lies beside photos that labkit drew, and says so
HIDDEN = ("__macosx", "thumbs.db", "desktop.ini", "@eadir", DRAWN_MARK.casefold())

_KINDS = {stat.S_IFLNK: "a link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFDIR: "a folder"}


@dataclass(frozen=True)
class Member:
    """A file or folder of a place.

    Attributes:
        parts: folders and name below the place, as they are shown.
        key: how the place finds it again.
        fault: why it is not even opened, half a sentence; else "".
        hidden: nobody put it there as a photo.
        is_folder: listed so that empty folders can be told.
    """

    parts: tuple[str, ...]
    key: Any = None
    fault: str = ""
    hidden: bool = False
    is_folder: bool = False

    def __str__(self) -> str:
        return "/".join(self.parts)


class Folder:
    """A folder on a disk. Links are not followed, so that nothing outside is read and no circle is run through."""

    kind = "folder"

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.name = self.path.name or "folder"

    def members(self) -> list[Member]:
        """Everything below the folder, sorted.

        Raises:
            ValueError: more than half a million files.
        """
        found: list[Member] = []
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            inside = waiting.pop()
            for member in self._listed(inside):
                found.append(member)
                if member.is_folder and not member.fault and not member.hidden:
                    waiting.append(member.key)
            _demand_few(len(found), self.path)
        return sorted(found, key=lambda member: member.parts)

    def read(self, member: Member, most: int) -> bytes:
        """The bytes of a file.

        Raises:
            BadPictureError: it cannot be read, or has more than `most` bytes.
        """
        try:
            with open(self.path.joinpath(*member.key), "rb") as file:
                return _at_most(file, most)
        except OSError as error:
            raise BadPictureError(f"cannot be read ({error.strerror or type(error).__name__})") from None

    def close(self) -> None:
        """Nothing is kept open."""

    def _listed(self, inside: tuple[str, ...]) -> list[Member]:
        try:
            with os.scandir(self.path.joinpath(*inside)) as entries:
                return [self._member((*inside, entry.name), entry) for entry in entries]
        except OSError as error:
            fault = f"cannot be opened ({error.strerror or type(error).__name__})"
            return [Member(_shown((*inside, "...")), fault=fault)] if inside else _nothing(self.path, fault)

    def _member(self, key: tuple[str, ...], entry: os.DirEntry) -> Member:
        try:
            kind = stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)
        except OSError as error:
            return Member(_shown(key), key, f"cannot be looked at ({error.strerror})")
        fault = (
            "" if kind in (stat.S_IFREG, stat.S_IFDIR) else f"is {_KINDS.get(kind, 'a device')}, not a file"
        )
        if kind == stat.S_IFLNK:
            fault = self._link(entry.path)
        return Member(_shown(key), key, fault, _is_hidden(key[-1]), kind == stat.S_IFDIR)

    def _link(self, path: str) -> str:
        if not os.path.exists(path):
            return "is a link that leads nowhere"
        inside = Path(os.path.realpath(path)).is_relative_to(self.path)
        if inside:
            return "is a link to another place in this folder, which is read where it lies"
        return "is a link that leads out of the folder: put the file itself there"


class Zip:
    """A zip, read in place: nothing is unpacked, so that no name in it can lead anywhere."""

    kind = "zip"

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.stem
        try:
            self.archive = zipfile.ZipFile(path)
        except Exception as error:  # zipfile hands on whatever a damaged table of contents makes it raise
            raise ValueError(
                f"{path} is not a zip that can be read ({type(error).__name__}): make it or fetch it anew."
            ) from None

    def members(self) -> list[Member]:
        """Everything in the zip, sorted.

        Raises:
            ValueError: more than half a million files, or a zip bomb.
        """
        entries = self.archive.infolist()
        _demand_few(len(entries), self.path)
        size = sum(info.file_size for info in entries)
        if size > max(UNSUSPICIOUS, UNFOLDED * os.path.getsize(self.path)):
            raise ValueError(
                f"{self.path} unfolds to {size / 1e9:,.1f} GB, over {UNFOLDED} times its size: a zip bomb. Pictures "
                "hardly shrink in a zip; make it anew from the pictures."
            )
        taken: set[str] = set()
        return sorted((self._member(info, taken) for info in entries), key=lambda member: member.parts)

    def read(self, member: Member, most: int) -> bytes:
        """The bytes of a file; no more than it declares, and no more than `most`.

        Raises:
            BadPictureError: it is damaged, or has more than `most` bytes.
        """
        try:
            with self.archive.open(member.key) as file:
                return _at_most(file, most)
        except BadPictureError:
            raise
        except Exception:  # zipfile, zlib and the disk
            raise BadPictureError("is damaged in the zip") from None

    def close(self) -> None:
        self.archive.close()

    def _member(self, info: zipfile.ZipInfo, taken: set[str]) -> Member:
        name = _zip_name(info)
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        shown, is_folder = _shown(parts) or ("?",), name.endswith("/")
        fault = _zip_fault(info, name, parts)
        if not fault and not is_folder and "/".join(shown) in taken:
            fault = "is a second file of that name in the zip"
        taken.add("/".join(shown))
        return Member(shown, info, fault, not fault and any(map(_is_hidden, parts)), is_folder)


def opened(path: str | os.PathLike) -> Folder | Zip:
    """The place at a path.

    Raises:
        FileNotFoundError: there is nothing there.
        ValueError: it is neither a folder nor a zip.
    """
    if not isinstance(path, str | os.PathLike) or not str(path):
        raise ValueError(f"from_folder needs the path of a folder or a zip, such as 'photos', not {path!r}.")
    path = Path(path).expanduser()
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is not there: give the path of a folder with one folder a class, or of a zip of it."
        )
    if path.is_file() and path.suffix.lower() == ".zip":
        return Zip(path)
    raise ValueError(f"{path} is neither a folder nor a .zip: unpack other archives first.")


def _at_most(file: Any, most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise BadPictureError(f"is larger than max_bytes ({most / 1e6:,.0f} MB)")
    return data


def _demand_few(count: int, path: Path) -> None:
    if count > MOST_FILES:
        raise ValueError(f"{path} holds more than {MOST_FILES:,} files: give the folder of the photos alone.")


def _nothing(path: Path, fault: str) -> list[Member]:
    raise ValueError(f"{path} {fault}: ask its owner.")


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in HIDDEN


def _shown(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Names that can be printed and compared: accents in one piece, no bytes that are no letters."""
    clean = (os.fsencode(part).decode("utf-8", "replace") if _is_odd(part) else part for part in parts)
    return tuple(re.sub(r"[\x00-\x1f\x7f]", "?", unicodedata.normalize("NFC", part)) for part in clean)


def _is_odd(name: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in name)


def _zip_name(info: zipfile.ZipInfo) -> str:
    name = info.filename
    if (
        not info.flag_bits & 0x800
    ):  # not declared as UTF-8 (macOS), so that zipfile took it for DOS's code page
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _zip_fault(info: zipfile.ZipInfo, name: str, parts: tuple[str, ...]) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts or not parts:
        return "has a path that leads out of the zip"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"is {_KINDS.get(kind, 'a device')}, not a file"
    if info.flag_bits & 1:
        return "is encrypted"
    # The others' decoders (bzip2, LZMA) unfold a few bytes to gigabytes in one call.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by another method than deflate"
    return ""

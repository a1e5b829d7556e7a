"""Layout: which split and class each file of a folder belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.data.places import Member

SPLIT_FOLDERS = {
    "train": ("train", "training"),
    "val": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
_SPLIT_OF = {name: split for split, names in SPLIT_FOLDERS.items() for name in names}


@dataclass(frozen=True)
class Placed:
    """A file with the split and the class that its folders name; the split is "" where nobody has split yet."""

    member: Member
    split: str
    class_name: str
    fault: str = ""


def arranged(members: Sequence[Member]) -> tuple[list[Placed], list[str]]:
    """Files with their split and class, and the class folders, also those that hold nothing.

    Understood are `train/<class>/*.jpg` beside `validation/` and `test/` (or only some of these), and
    `<class>/*.jpg`. Folders around the whole are looked through, and folders inside a class belong to it.

    Example:
        >>> names = ["photos/train/hat/a.jpg", "photos/train/hat/more/b.jpg", "photos/test/dress/c.jpg"]
        >>> files, classes = arranged([Member(tuple(name.split("/"))) for name in names])
        >>> [(file.split, file.class_name) for file in files], classes
        ([('train', 'hat'), ('train', 'hat'), ('test', 'dress')], ['dress', 'hat'])
    """
    seen = [member for member in members if not member.hidden]
    outer = _wrapping(seen)
    inner = [member.parts[outer:] for member in seen]
    split_first = _is_split(inner)
    placed = [
        _placed(member, outer, split_first)
        for member in members
        if not member.is_folder or member.fault or member.hidden
    ]
    depth = 2 if split_first else 1
    folders = [m.parts[outer:] for m in seen if m.is_folder and not m.fault]
    empty = {parts[depth - 1] for parts in folders if len(parts) == depth and _split_of(parts, split_first)}
    return placed, sorted(empty | {file.class_name for file in placed if file.class_name})


def is_split_folder(name: str) -> bool:
    """Whether a folder's name is that of a split.

    Example:
        >>> is_split_folder("Validation"), is_split_folder("hat")
        (True, False)
    """
    return name.casefold() in _SPLIT_OF


def _wrapping(members: Sequence[Member]) -> int:
    """How many folders lie around the whole, as in a zip of a folder."""
    outer = 0
    while True:
        files = [m.parts[outer:] for m in members if not m.is_folder and len(m.parts) > outer]
        tops = {parts[0] for parts in files}
        if len(tops) != 1 or min(map(len, files)) < 2 or max(map(len, files)) < 3:
            return outer
        if is_split_folder(tops.pop()):
            return outer
        outer += 1


def _is_split(inner: Sequence[tuple[str, ...]]) -> bool:
    """Whether there is a folder train with folders in it. (A class of toy trains holds photos.)"""
    return any(len(parts) > 2 and _SPLIT_OF.get(parts[0].casefold()) == "train" for parts in inner)


def _split_of(parts: tuple[str, ...], split_first: bool) -> str | None:
    return _SPLIT_OF.get(parts[0].casefold()) if split_first else "all"


def _placed(member: Member, outer: int, split_first: bool) -> Placed:
    parts = member.parts[outer:]
    split = _split_of(parts, split_first) if parts else "all"
    if member.hidden or member.fault:
        return Placed(member, "", "", member.fault)
    if split is None:
        return Placed(member, "", "", "lies outside the folders train, validation and test")
    if len(parts) < (3 if split_first else 2):
        return Placed(member, "", "", "lies in no class folder")
    return Placed(member, split if split_first else "", parts[1 if split_first else 0])

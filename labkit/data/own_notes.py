"""Notes: the file own_images.toml beside pictures of one's own, with crop, label, origin and licence.

licence = "CC0-1.0"                     # of all pictures in the folder
origin = "photographed on the campus"

["cat/tom.jpg"]                         # of this one
crop = [120, 40, 300]                   # left, top, width in pixels of the upright picture
licence = "CC BY 4.0, Ann Other"
"""

import tomllib
from dataclasses import dataclass, field
from typing import Any

NOTES = "own_images.toml"
UNKNOWN = "not stated"
_KINDS = {"label": str, "crop": (str, list), "invert": bool, "origin": str, "licence": str}


@dataclass(frozen=True)
class Note:
    """What is noted of one picture.

    Attributes:
        fault: what is wrong with the note, half a sentence; else "".
    """

    label: str = ""
    crop: str | tuple[int, ...] | None = None
    invert: bool | None = None
    origin: str = UNKNOWN
    licence: str = UNKNOWN
    fault: str = ""


@dataclass(frozen=True)
class Notes:
    """The notes of a folder: what holds of all its pictures, and what of single ones."""

    common: dict[str, Any] = field(default_factory=dict)
    single: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, file: str) -> Note:
        """What is noted of a file, by its path in the folder."""
        noted = {**self.common, **self.single.get(file, {})}
        try:
            return Note(**{key: _checked(key, value) for key, value in noted.items()})
        except ValueError as why:
            return Note(fault=str(why))


def read_notes(text: str) -> Notes:
    """The notes in a file own_images.toml.

    Raises:
        ValueError: it is no TOML.

    Example:
        >>> notes = read_notes('licence = "CC0-1.0"\\n["cat/a.jpg"]\\ncrop = [1, 2, 30]')
        >>> notes.of("cat/a.jpg").crop, notes.of("dog/b.jpg").licence
        ((1, 2, 30), 'CC0-1.0')
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(
            f'{NOTES} cannot be read ({error}): write lines such as licence = "CC0-1.0", and ["cat/a.jpg"] above '
            "those of one picture."
        ) from None
    single = {key: value for key, value in content.items() if isinstance(value, dict)}
    return Notes({key: value for key, value in content.items() if key not in single}, single)


def _checked(key: str, value: Any) -> Any:
    if key not in _KINDS or not isinstance(value, _KINDS[key]):
        what = f"{key} = {value!r}"
        raise ValueError(f"has {what:.60} in {NOTES}, where {', '.join(_KINDS)} are understood")
    return _crop(value) if key == "crop" else value


def _crop(value: str | list) -> str | tuple[int, ...]:
    numbers = isinstance(value, list) and len(value) in (3, 4) and all(type(n) is int for n in value)
    if numbers:
        return tuple(value)
    if value in ("centre", "whole"):
        return value
    raise ValueError(
        f'has the crop {value!r} in {NOTES}, not [left, top, width], [left, top, width, height], "centre" or "whole"'
    )

"""Evidence as it came out of a kernel: read strictly, and turned back into values that the public judges take."""

import base64
import binascii
import json
import math
import re
from typing import Any

import numpy as np

from labkit.grading.records import Flag
from labkit.grading.stand_ins import unreadable

MOST_TEXT = 8 << 20  # characters of one evidence
DEEPEST = 16  # what the kernel's side writes is 12 deep at most
MOST_BRACKETS = 500_000  # each becomes an object of 60 to 200 bytes
LONGEST_LIST, LONGEST_TEXT, LONGEST_NAME = 1100, 2000, 100
MOST_BYTES = 6 << 20  # of one array
MOST_LABELS = 60_000
_NUMBER = re.compile(r"-?\d{1,40}")
_ARRAY = re.compile(r"bool|u?int(8|16|32|64)|float(16|32|64)")


class BadEvidence(ValueError):  # noqa: N818 - the hand-in's, not a fault of the program
    """Evidence that is not in the agreed form: what sent it was not labkit's probe."""


def parse(texts: list[str], nonce: str | None, question: str) -> tuple[dict[str, Any] | None, Flag | None]:
    """The evidence of one question out of what its probe cell published.

    Args:
        nonce: that of the run; None to take any.

    Returns:
        The evidence and None; or None and a flag that says what was wrong with it. An honest notebook never
        comes to that.
    """
    try:
        if len(texts) != 1:
            raise BadEvidence(f"{len(texts)} messages of evidence instead of one")
        found = _loaded(texts[0])
        fields(found, nonce=str, question=str, evidence=dict)
        if nonce is not None and found["nonce"] != nonce:
            raise BadEvidence("evidence with another nonce")
        if found["question"] != question:
            raise BadEvidence("evidence of another question")
        if not isinstance(found["evidence"].get("type"), str):
            raise BadEvidence("evidence without a type")
        return found["evidence"], None
    except BadEvidence as error:
        return None, Flag("forged evidence", str(error), question)


def _loaded(text: str) -> Any:
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise BadEvidence("evidence that is too long")
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise BadEvidence("evidence with too many parts")
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_refused, parse_int=_whole, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        known = isinstance(error, BadEvidence)
        raise (error if known else BadEvidence("evidence that is no strict JSON")) from None
    _check_depth(found)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadEvidence("evidence that says a thing twice")
    return found


def _refused(name: str) -> Any:
    raise BadEvidence(f"evidence with {name}")


def _whole(text: str) -> int:
    if len(text) > 20:
        raise BadEvidence("evidence with a number that is too long")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadEvidence("evidence with an infinite number")
    return number


def _check_depth(found: Any) -> None:
    layer, depth = [found], 0
    while layer:
        depth += 1
        if depth > DEEPEST:
            raise BadEvidence("evidence that is nested too deeply")
        layer = [
            inner
            for item in layer
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]


def fields(found: Any, **types: Any) -> None:
    """Demand a dictionary with these fields and no others, each of its type.

    Raises:
        BadEvidence: it is another one.
    """
    if not isinstance(found, dict) or set(found) != set(types):
        raise BadEvidence("evidence with other fields")
    for name, kind in types.items():
        # A bool is an int to Python, and none to us.
        if not isinstance(found[name], kind) or (isinstance(found[name], bool) and kind is not bool):
            raise BadEvidence(f"evidence whose {name} is of another type")


def value(found: Any) -> Any:
    """A plain value: a number, a text, None, a list; for an object, a stand-in of that class name."""
    if not isinstance(found, dict) or len(found) != 1:
        raise BadEvidence("evidence with a value of another form")
    ((kind, inner),) = found.items()
    if kind not in _VALUES:
        raise BadEvidence("evidence with a value of another form")
    return _VALUES[kind](inner)


def _int(text: Any) -> int:
    _demand(isinstance(text, str) and _NUMBER.fullmatch(text))
    return int(text)


def _float(text: Any) -> float:
    _demand(isinstance(text, str) and len(text) <= 40)
    try:
        return float(text)
    except ValueError:
        raise BadEvidence("evidence with a value of another form") from None


def _bool(found: Any) -> bool:
    _demand(isinstance(found, bool))
    return found


def _none(found: Any) -> None:
    _demand(found is True)


def _text(found: Any, longest: int = LONGEST_TEXT) -> str:
    _demand(isinstance(found, str) and len(found) <= longest)
    return found


def _list(found: Any) -> list:
    _demand(isinstance(found, list) and len(found) <= LONGEST_LIST)
    return [value(item) for item in found]


_VALUES = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "none": _none,
    "text": _text,
    "list": _list,
    "object": lambda name: unreadable(_text(name, LONGEST_NAME)),
}


def name(found: Any) -> str:
    """A name: a text that is not long."""
    return _text(found, LONGEST_NAME)


def is_kind(found: str) -> bool:
    """Whether this names numbers of a kind that evidence may hold."""
    return bool(_ARRAY.fullmatch(found))


def array(found: dict[str, Any], shape: list[int] | None = None) -> np.ndarray:
    """An array out of `{"shape", "dtype", "data"}`; its size is checked before anything is decoded.

    Args:
        shape: of the data, where it is another than that which is stated.
    """
    shape = sides(found["shape"]) if shape is None else shape
    _demand(is_kind(found["dtype"]))
    kind = np.dtype(found["dtype"]).newbyteorder("<")
    size = math.prod(shape) * kind.itemsize
    _demand(size <= MOST_BYTES and isinstance(found["data"], str))
    _demand(len(found["data"]) == 4 * -(-size // 3))
    try:
        data = base64.b64decode(found["data"], validate=True)
    except (binascii.Error, ValueError):
        raise BadEvidence("evidence with an array that cannot be read") from None
    _demand(len(data) == size)
    return np.frombuffer(data, kind).reshape(shape).astype(kind.newbyteorder("="))


def sides(found: Any, most: int = 10) -> list[int]:
    """The shape of an array."""
    _demand(isinstance(found, list) and len(found) <= most)
    _demand(all(isinstance(side, int) and not isinstance(side, bool) and 0 <= side < 2**40 for side in found))
    return found


def labels(found: Any) -> np.ndarray:
    """Whole numbers `(n,)`."""
    _demand(isinstance(found, list) and len(found) <= MOST_LABELS)
    _demand(all(type(label) is int and -(2**40) < label < 2**40 for label in found))
    return np.array(found, dtype=np.int64)


def _demand(true: Any) -> None:
    if not true:
        raise BadEvidence("evidence with a value of another form")

"""Reading an answer: numbers and shapes out of whatever a student typed, and words for what was received."""

import inspect
import math
import re
from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from labkit import config
from labkit.quiz.messages import WrongAnswerError, say

_LONGEST_SHAPE = 16
_LONGEST_WORD = 40
_LONGEST_TEXT = 100  # that is still read as a number or a shape
# "5,408" is English for five thousand; "2,5" and "0,985" are French for decimals.
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")


def as_number(value: Any) -> float:
    """A number from a Python number, a NumPy or Keras scalar, or text such as "5 408".

    Raises:
        WrongAnswerError: it is no number, or NaN. (A whole number beyond every float becomes infinite.)

    Example:
        >>> as_number("5,408"), as_number(np.float32(0.5))
        (5408.0, 0.5)
    """
    found = _scalar(value)
    if found is None or isinstance(found, bool | complex):
        raise WrongAnswerError("not a number", got=described(value))
    try:
        number = float(found)
    except OverflowError:
        number = math.inf if found > 0 else -math.inf
    except Exception:  # a student's own object may raise anything
        raise WrongAnswerError("not a number", got=described(value)) from None
    if math.isnan(number):
        raise WrongAnswerError("nan")
    return number


def as_shape(value: Any) -> tuple[int, ...]:
    """A shape from a tuple, a list, an array or text such as "26×26×32", without a leading None (the batch).

    Raises:
        WrongAnswerError: it is no row of whole numbers.

    Example:
        >>> as_shape((None, 26, 26, 32)), as_shape("26×26×32")
        ((26, 26, 32), (26, 26, 32))
    """
    try:
        parts = _parts(value)
        numbers = [as_number(part) for part in (parts[1:] if parts and parts[0] is None else parts)]
    except (TypeError, WrongAnswerError):
        numbers = [math.nan]
    if not all(number.is_integer() for number in numbers):
        raise WrongAnswerError("not a shape", got=described(value))
    return tuple(map(int, numbers))


def _scalar(value: Any) -> Any:
    """What `float` may be asked to read; None for an array of several numbers."""
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT:
            return None
        text = re.sub(r"[\s_]", "", value)
        return text.replace(",", "" if _THOUSANDS.fullmatch(text) else ".")
    if hasattr(value, "shape") and not isinstance(value, type):
        array = np.asarray(value)
        return array.item() if array.size == 1 else None
    return value


def _parts(value: Any) -> list:
    if isinstance(value, str):
        value = value[:_LONGEST_TEXT]
        return re.split(r"[,x×*]", value.strip().strip("()[]").rstrip(", "))
    # What has no length (a generator) may never end; what has no order (a set) is no shape.
    if isinstance(value, Mapping | Set | bytes) or len(value) > _LONGEST_SHAPE:
        raise TypeError("no shape")
    return list(value)


def described(value: Any) -> str:
    """What was received, in a few words: `the text 'abc'`, `the number 12`, `a value of type list`."""
    try:
        return _described(value)
    except Exception:  # a student's own object may raise anything
        return say("a value", got=shortened(type(value).__name__))


def _described(value: Any) -> str:
    if isinstance(value, str):
        return say("a text", got=repr(shortened(value)))
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float) and abs(value) < 1e15:
        return say("a number", got=in_words(value))
    if isinstance(value, type):
        return say("a class", got=shortened(value.__name__))
    if inspect.isroutine(value):
        return say("a function", got=shortened(value.__name__))
    return say("a value", got=shortened(type(value).__name__))


def shortened(text: str) -> str:
    """`text` on one line and not too long."""
    text = one_line(text[: 2 * _LONGEST_WORD])
    return text if len(text) <= _LONGEST_WORD else text[: _LONGEST_WORD - 3] + "..."


def one_line(text: str) -> str:
    """`text` with its line breaks turned into spaces."""
    return " ".join(text.splitlines())


def in_words(number: float) -> str:
    """A number as the language writes it: 5,408 and 0.98, in French 5 408 and 0,98.

    Example:
        >>> in_words(5408), in_words(0.98)
        ('5,408', '0.98')
    """
    whole = math.isfinite(number) and number == int(number) and abs(number) < 1e15
    text = f"{int(number):,}" if whole else f"{number:,.6g}"
    return text.translate({ord(","): " ", ord("."): ","}) if config.language() == "fr" else text


def shape_in_words(shape: Any) -> str:
    """A shape as Python writes it, with names where a size is free: `(n, 28, 28)`."""
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def either(words: Any) -> str:
    """`float32 or float64`."""
    return f" {say('or')} ".join(map(str, words))

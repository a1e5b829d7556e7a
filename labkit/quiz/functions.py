"""Judging a function: called with arguments whose results are known."""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from labkit.quiz.messages import WrongAnswerError
from labkit.quiz.questions import Question
from labkit.quiz.reading import described, in_words, shortened

_LEAST_TOLERANCE = 1e-6  # relative and absolute: how floats may differ that were computed another way


def judge_function(asked: Question, answer: Any) -> int:
    """The number of public examples, if the function gives the right result for each."""
    if not callable(answer):
        raise WrongAnswerError("not callable", got=described(answer))
    for arguments, wanted in examples(asked):
        call = f"{getattr(answer, '__name__', 'f')}({', '.join(_short(value) for value in arguments)})"
        try:
            got = answer(*arguments)
        except Exception as error:  # a student's function may raise anything
            raise WrongAnswerError("call failed", call=call, error=_said(error)) from None
        if not is_same(wanted, got, asked.tolerance):
            raise WrongAnswerError("other result", call=call, wanted=_short(wanted), got=_short(got))
    return len(asked.accept)


def examples(asked: Question) -> Iterator[tuple[list, Any]]:
    """The public examples as `(arguments, result)`; lists become arrays where `probe.args` says array."""
    specs = asked.probe.get("args", ())
    for arguments, result in asked.accept:
        given = copy.deepcopy(list(arguments))
        for place, spec in enumerate(specs[: len(given)]):
            given[place] = np.array(given[place]) if "array" in spec else given[place]
        yield given, result


def is_same(wanted: Any, got: Any, tolerance: float = 0.0) -> bool:
    """Whether two results are the same: numbers within the tolerance, lists and arrays item by item.

    True and 1 are not the same, nor are "1" and 1.

    Raises:
        TypeError: the wanted result is no number, text, truth value, None, list or array.

    Example:
        >>> is_same([1, 0.5], np.array([1, 0.5])), is_same(1, True)
        (True, False)
    """
    wanted, got = _plain(wanted), _plain(got)
    if isinstance(wanted, list):
        return (
            isinstance(got, list)
            and len(got) == len(wanted)
            and all(is_same(w, g, tolerance) for w, g in zip(wanted, got, strict=True))
        )
    if isinstance(wanted, bool | str) or wanted is None:
        return type(got) is type(wanted) and got == wanted
    if isinstance(got, bool) or not isinstance(got, int | float):
        return False
    near = max(tolerance, _LEAST_TOLERANCE)
    return got == wanted or math.isclose(got, wanted, rel_tol=_LEAST_TOLERANCE, abs_tol=near)


def _plain(value: Any) -> Any:
    """NumPy's and Keras's values as Python's: lists, numbers, texts."""
    if hasattr(value, "shape") and not isinstance(value, type):
        value = np.asarray(value).tolist()
    if isinstance(value, str):
        return str(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, bytes) else value


def _short(value: Any) -> str:
    value = _plain(value)
    if isinstance(value, list):
        return shortened("[" + ", ".join(_short(item) for item in value[:10]) + "]")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return in_words(value)
    return shortened(repr(value)) if isinstance(value, str | bool | Mapping) else described(value)


def _said(error: Exception) -> str:
    return shortened(f"{type(error).__name__}: {error}")

"""Judging a row of numbers: which stand right in their places."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labkit.quiz.messages import WrongAnswerError
from labkit.quiz.questions import Question
from labkit.quiz.reading import as_number, described, in_words

_MOST_NUMBERS = 1000


def judge_numbers(asked: Question, answer: Any) -> str:
    """Numbers in order; zeros are left out, so that layers without weights may be listed or not."""
    given = _given(asked, answer)
    if given in [list(right) for right in asked.accept]:
        return ", ".join(f"{int(value):,}" for value in given)
    same_length = [right for right in asked.accept if len(right) == len(given)]
    if not same_length:
        raise WrongAnswerError("how many numbers", wanted=len(asked.accept[0]), got=len(given))
    place = 1 + max(_common_start(right, given) for right in same_length)
    raise WrongAnswerError("which number" if place > 1 else "first number", place=place)


def share_of_numbers(asked: Question, answer: Any) -> float:
    """The share of the numbers that are right in their places; 0 where there are too many or too few."""
    given = _given(asked, answer)
    shares = [
        sum(r == g for r, g in zip(right, given, strict=True)) / len(right)
        for right in asked.accept
        if len(right) == len(given)
    ]
    return max(shares, default=0.0)


def _given(asked: Question, answer: Any) -> list[float]:
    wanted, values = len(asked.accept[0]), answer
    if isinstance(answer, Mapping):
        values = list(answer.values())
    elif hasattr(answer, "shape") and not isinstance(answer, type):
        values = np.asarray(answer).ravel()
    if not isinstance(values, list | tuple | np.ndarray):
        raise WrongAnswerError("not numbers", wanted=wanted, got=described(answer))
    if len(values) > _MOST_NUMBERS:
        raise WrongAnswerError("how many numbers", wanted=wanted, got=in_words(len(values)))
    return [number for number in map(as_number, values) if number]


def _common_start(right: Sequence, given: Sequence) -> int:
    same = [r == g for r, g in zip(right, given, strict=True)]
    return same.index(False) if False in same else len(same)

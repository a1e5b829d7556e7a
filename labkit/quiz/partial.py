"""Partial credit: how much of an answer is right that is not right as a whole."""

from collections.abc import Callable
from typing import Any

from labkit.quiz.messages import WrongAnswerError
from labkit.quiz.names import share_of_names
from labkit.quiz.numbers import share_of_numbers
from labkit.quiz.questions import Question

_SHARES: dict[str, Callable[[Question, Any], float]] = {
    "names": share_of_names,
    "numbers": share_of_numbers,
}


def share(asked: Question, answer: Any) -> float:
    """The part of an answer that is right, 0 to 1; 0 for kinds that know no parts.

    Example:
        >>> from labkit.quiz import question
        >>> round(share(question("mnist.layer_parameters"), [320, 346176, 1]), 2)
        0.67
    """
    try:
        return _SHARES[asked.kind](asked, answer) if asked.kind in _SHARES else 0.0
    except WrongAnswerError:
        return 0.0
    except Exception:  # an answer may be any object, and reading it may raise anything
        return 0.0

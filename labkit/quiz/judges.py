"""Judging an answer: one small function a kind of question. Pure: nothing is printed, nothing raised at a student."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit import config
from labkit.quiz.functions import judge_function
from labkit.quiz.messages import WrongAnswerError, say
from labkit.quiz.models import is_model, judge_model, parameters_of
from labkit.quiz.names import judge_names
from labkit.quiz.numbers import judge_numbers
from labkit.quiz.questions import Question, question
from labkit.quiz.reading import as_number, as_shape, described, either, in_words, one_line, shape_in_words
from labkit.quiz.scores import judge_metric, judge_per_class, judge_wrong


@dataclass(frozen=True)
class Verdict:
    """What was found about an answer.

    Attributes:
        message: for the student, in the chosen language.
        value: of a metric, where there is one.
        line: what `check()` prints.
    """

    question: Question
    passed: bool
    message: str
    value: float | None = None

    @property
    def line(self) -> str:
        word = "PASS" if self.passed else {"en": "NOT YET", "fr": "PAS ENCORE"}[config.language()]
        return one_line(f"{self.question.id} {word} {self.message}".rstrip())


def judge(question_id: str, answer: Any) -> Verdict:
    """Judge an answer without printing; what `check()` and the grader share.

    Raises:
        KeyError: there is no such question.

    Example:
        >>> judge("mnist.flatten_size", 5408).passed
        True
        >>> print(judge("mnist.flatten_size", "many").line)  # doctest: +ELLIPSIS
        mnist.flatten_size NOT YET a number is expected, but this is the text 'many'...
    """
    return verdict_on(question(question_id), answer)


def verdict_on(asked: Question, answer: Any) -> Verdict:
    """Judge the answer to a question that is at hand; never raises."""
    try:
        if is_unanswered(answer):
            return Verdict(asked, False, say("unanswered"))
        shown = _JUDGES[asked.kind](asked, answer)
    except WrongAnswerError as wrong:
        return Verdict(asked, False, _explained(asked, answer, str(wrong)))
    except Exception:  # an answer may be any object, and reading it may raise anything: the notebook goes on
        return Verdict(asked, False, say("unreadable", got=described(answer)))
    words = shown if isinstance(shown, str) else in_words(shown)
    message = asked.shows.get(config.language(), "").format(answer=words)
    return Verdict(asked, True, message, shown if asked.kind == "metric" else None)


def is_unanswered(answer: Any) -> bool:
    """Whether nothing was put in the place of the question."""
    # type(), because an object may lie about its class, or raise when it is asked.
    return answer is None or answer is Ellipsis or (issubclass(type(answer), str) and not answer.strip())


def _explained(asked: Question, answer: Any, message: str) -> str:
    """The message of a known misconception, else what is wrong and the hint."""
    for known in asked.misconceptions:
        if _same(known["answer"], answer, asked.tolerance):
            return known[config.language()]
    return f"{message} {asked.hint.get(config.language(), '')}".strip()


def _same(known: Any, answer: Any, tolerance: float) -> bool:
    """Whether the answer is that known one; of a model, its number of parameters is compared."""
    try:
        if isinstance(known, str):
            return isinstance(answer, str) and _letter(answer) == _letter(known)
        if isinstance(known, list):
            return as_shape(answer) == tuple(known)
        number = parameters_of(answer) if is_model(answer) else as_number(answer)
        return math.isclose(number, known, rel_tol=1e-9, abs_tol=tolerance)
    except Exception:  # see judge
        return False


def _number(asked: Question, answer: Any) -> float:
    value = as_number(answer)
    if not any(abs(value - right) <= asked.tolerance for right in asked.accept):
        raise WrongAnswerError
    return int(value) if value == int(value) else value


def _letter(answer: str) -> str:
    """`c` out of "C", " (c) " or "c."."""
    return answer.strip(" \t\n()[].:'\"").casefold()


def _choice(asked: Question, answer: Any) -> str:
    choices = [_letter(choice) for choice in asked.wants["choices"]]
    if not isinstance(answer, str) or _letter(answer) not in choices:
        raise WrongAnswerError("not listed", choices=", ".join(choices))
    if _letter(answer) not in map(_letter, asked.accept):
        raise WrongAnswerError
    return _letter(answer)


def _shape(asked: Question, answer: Any) -> str:
    given = as_shape(answer)
    if given not in {tuple(right) for right in asked.accept}:
        raise WrongAnswerError
    return "×".join(map(str, given))


def _array(asked: Question, answer: Any) -> str:
    if isinstance(answer, type) or not hasattr(answer, "shape") or not hasattr(answer, "dtype"):
        raise WrongAnswerError("not an array", got=described(answer))
    wants, array = asked.wants, np.asarray(answer)
    if array.dtype.kind not in "iuf":
        raise WrongAnswerError("dtype", wanted=either(wants.get("dtype", ["float64"])), got=array.dtype)
    wanted = tuple(wants.get("shape", array.shape))
    fits = len(wanted) == array.ndim and all(w in (-1, g) for w, g in zip(wanted, array.shape, strict=True))
    named = ["n" if w == -1 else w for w in wanted]
    if not fits:
        raise WrongAnswerError("shape", wanted=shape_in_words(named), got=shape_in_words(array.shape))
    if array.size == 0:
        raise WrongAnswerError("empty")
    if "dtype" in wants and str(array.dtype) not in wants["dtype"]:
        raise WrongAnswerError("dtype", wanted=either(wants["dtype"]), got=array.dtype)
    _check_values(array, wants)
    return "×".join(map(str, named))


def _check_values(array: np.ndarray, wants: Mapping[str, Any]) -> None:
    least, most = float(array.min()), float(array.max())  # NaN where there is one
    if math.isnan(least):
        raise WrongAnswerError("nan inside")
    low, high = wants.get("range", (least, most))
    if not low <= least <= most <= high:
        facts = {"low": low, "high": high, "least": least, "most": most}
        raise WrongAnswerError("range", **{name: in_words(value) for name, value in facts.items()})
    if most <= wants.get("above", -math.inf):
        raise WrongAnswerError("too small", most=in_words(most))
    if wants.get("one_hot") and not (((array == 0) | (array == 1)).all() and (array.sum(axis=-1) == 1).all()):
        raise WrongAnswerError("one-hot")


def _figure(asked: Question, answer: Any) -> int:
    axes = _axes(answer)
    if not axes:
        raise WrongAnswerError("not a figure", got=described(answer))
    wanted, shown = asked.wants["images"], _count_images(axes)
    if shown != wanted:  # one subplot was kept: the others stand in the same figure
        whole = list(getattr(axes[0].figure, "axes", []))
        shown = wanted if _count_images(whole) == wanted else shown
    if shown != wanted:
        raise WrongAnswerError("images", wanted=wanted, got=shown)
    return shown


def _axes(answer: Any) -> list:
    """The Axes of a Figure, of an Axes, or of a list, a dict or an array of them; none of anything else."""
    found = []
    for item in _flat(answer):
        inner = getattr(item, "axes", None)
        # A Figure has a list of Axes; an Axes, and what is drawn in one, names that one.
        found += inner if isinstance(inner, list) else [inner]
    return found if all(hasattr(ax, "images") and hasattr(ax, "figure") for ax in found) else []


def _flat(answer: Any) -> Iterator[Any]:
    """The items of nested lists, one by one. (Not by NumPy, which would write out `range(10**9)`.)"""
    if isinstance(answer, np.ndarray) and answer.dtype == object:
        answer = answer.ravel().tolist()
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if not isinstance(answer, list | tuple):
        yield answer
        return
    for item in answer:
        yield from _flat(item)


def _count_images(axes: list) -> int:
    return sum(len(ax.images) for ax in dict.fromkeys(axes))


def _text(asked: Question, answer: Any) -> str:
    raise WrongAnswerError("text")


_JUDGES: dict[str, Callable[[Question, Any], Any]] = {
    "array": _array,
    "choice": _choice,
    "figure": _figure,
    "function": judge_function,
    "indices": judge_wrong,
    "metric": judge_metric,
    "model": judge_model,
    "names": judge_names,
    "number": _number,
    "numbers": judge_numbers,
    "per_class": judge_per_class,
    "shape": _shape,
    "text": _text,
}

"""Judging an answer: one small function a kind of question. Pure: nothing is printed, nothing raised at a student."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit import config
from labkit.quiz.messages import WrongAnswerError, say
from labkit.quiz.questions import Question, question


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
        return f"{self.question.id} {word} {self.message}".rstrip()


def judge(question_id: str, answer: Any) -> Verdict:
    """Judge an answer without printing; what `check()` and the grader share.

    Raises:
        KeyError: there is no such question.

    Example:
        >>> judge("mnist.flatten_size", 5408).passed
        True
        >>> print(judge("mnist.flatten_size", "many").line)
        mnist.flatten_size NOT YET a number is expected, but this is the text 'many'.
    """
    asked = question(question_id)
    if answer is None or answer is Ellipsis or (isinstance(answer, str) and not answer.strip()):
        return Verdict(asked, False, say("unanswered"))
    try:
        shown = _JUDGES[asked.kind](asked, answer)
    except WrongAnswerError as wrong:
        return Verdict(asked, False, _explained(asked, answer, str(wrong)))
    text = asked.shows.get(config.language(), "")
    return Verdict(asked, True, text.format(answer=shown), shown if asked.kind == "metric" else None)


def _explained(asked: Question, answer: Any, message: str) -> str:
    """The message of a known misconception, else what is wrong and the hint."""
    for known in asked.misconceptions:
        if _same(known["answer"], answer):
            return known[config.language()]
    return f"{message} {asked.hint.get(config.language(), '')}".strip()


def _same(known: Any, answer: Any) -> bool:
    if isinstance(known, str):
        return isinstance(answer, str) and answer.strip().casefold() == known.casefold()
    try:
        if isinstance(known, list):
            return _as_shape(answer) == tuple(known)
        return math.isclose(_as_number(answer), known, rel_tol=1e-9)
    except WrongAnswerError:
        return False


def _number(asked: Question, answer: Any) -> float:
    value = _as_number(answer)
    if not any(abs(value - right) <= asked.tolerance for right in asked.accept):
        raise WrongAnswerError
    return int(value) if value == int(value) else value


def _choice(asked: Question, answer: Any) -> str:
    choices = tuple(asked.wants["choices"])
    given = str(answer).strip().casefold()
    if given not in choices:
        raise WrongAnswerError("not listed", choices=", ".join(choices))
    if given not in asked.accept:
        raise WrongAnswerError
    return given


def _shape(asked: Question, answer: Any) -> str:
    given = _as_shape(answer)
    if given not in {tuple(right) for right in asked.accept}:
        raise WrongAnswerError
    return "×".join(map(str, given))


def _numbers(asked: Question, answer: Any) -> str:
    values = list(answer.values()) if isinstance(answer, Mapping) else list(np.ravel(answer))
    given = [value for value in map(_as_number, values) if value]
    if given in [list(right) for right in asked.accept]:
        return ", ".join(f"{int(value):,}" for value in given)
    same_length = [right for right in asked.accept if len(right) == len(given)]
    if not same_length:
        raise WrongAnswerError("how many numbers", wanted=len(asked.accept[0]), got=len(given))
    right_until = max(_common_start(right, given) for right in same_length)
    raise WrongAnswerError("which number", place=right_until + 1)


def _array(asked: Question, answer: Any) -> str:
    if not hasattr(answer, "shape") or not hasattr(answer, "dtype"):
        raise WrongAnswerError("not an array", got=_described(answer))
    wants, array = asked.wants, np.asarray(answer)
    wanted = wants.get("shape")
    if wanted and (
        len(wanted) != array.ndim or any(w not in (-1, g) for w, g in zip(wanted, array.shape, strict=True))
    ):
        raise WrongAnswerError("shape", wanted=tuple("n" if w == -1 else w for w in wanted), got=array.shape)
    if wants.get("dtype") and str(array.dtype) not in wants["dtype"]:
        raise WrongAnswerError("dtype", wanted=" / ".join(wants["dtype"]), got=array.dtype)
    if "range" in wants:
        low, high = wants["range"]
        if not (array.min() >= low and array.max() <= high and array.max() > wants.get("above", low)):
            raise WrongAnswerError("range", wanted=f"{low}..{high}", got=f"{array.min():g}..{array.max():g}")
    if wants.get("rows_sum_to_one") and not np.allclose(array.sum(axis=1), 1, atol=1e-3):
        raise WrongAnswerError("rows")
    return "×".join("n" if w == -1 else str(w) for w in wanted or array.shape)


def _figure(asked: Question, answer: Any) -> int:
    figures = np.ravel(np.asarray(answer, dtype=object))
    axes = [ax for item in figures for ax in getattr(item, "axes", item) or [] if hasattr(ax, "images")] \
        if all(hasattr(item, "savefig") for item in figures) else list(figures)  # fmt: skip
    if not axes or not all(hasattr(ax, "images") for ax in axes):
        raise WrongAnswerError("not a figure", got=_described(answer))
    shown = sum(len(ax.images) for ax in axes)
    if shown != asked.wants["images"]:
        raise WrongAnswerError("images", wanted=asked.wants["images"], got=shown)
    return shown


def _model(asked: Question, answer: Any) -> int:
    if not hasattr(answer, "count_params") or not hasattr(answer, "layers"):
        raise WrongAnswerError("not a model", got=_described(answer))
    wants = asked.wants
    kinds = [type(layer).__name__ for layer in answer.layers if type(layer).__name__ != "InputLayer"]
    if "layers" in wants and kinds != wants["layers"]:
        raise WrongAnswerError("layers", wanted=", ".join(wants["layers"]), got=", ".join(kinds) or "-")
    parameters = answer.count_params() if getattr(answer, "built", False) else 0
    if parameters not in asked.accept:
        raise WrongAnswerError("parameters", got=parameters)
    activation = getattr(getattr(answer.layers[-1], "activation", None), "__name__", "linear")
    if "activation" in wants and activation not in wants["activation"]:
        raise WrongAnswerError("activation", wanted=" / ".join(wants["activation"]), got=activation)
    return parameters


def _indices(asked: Question, answer: Any) -> int:
    if not isinstance(answer, Sequence) or len(answer) != 3:
        raise WrongAnswerError("not three")
    indices, y_true, y_pred = (np.asarray(part) for part in answer)
    wrong = np.flatnonzero(y_true != y_pred)
    if indices.dtype == bool:
        indices = np.flatnonzero(indices)
    extra, missing = len(np.setdiff1d(indices, wrong)), len(np.setdiff1d(wrong, indices))
    if extra:
        raise WrongAnswerError("right ones", got=extra)
    if missing:
        raise WrongAnswerError("missing ones", got=missing)
    return len(wrong)


def _metric(asked: Question, answer: Any) -> float:
    scores = getattr(answer, "test", None)
    value = scores.get("accuracy") if isinstance(scores, Mapping) else getattr(answer, "accuracy", answer)
    value = _as_number(value)
    wanted = asked.contract[config.profile()]
    if not value >= wanted:
        raise WrongAnswerError("metric", got=value, wanted=wanted, profile=config.profile())
    return value


def _text(asked: Question, answer: Any) -> str:
    raise WrongAnswerError("text")


_JUDGES: dict[str, Callable[[Question, Any], Any]] = {
    "array": _array,
    "choice": _choice,
    "figure": _figure,
    "indices": _indices,
    "metric": _metric,
    "model": _model,
    "number": _number,
    "numbers": _numbers,
    "shape": _shape,
    "text": _text,
}


def _as_number(value: Any) -> float:
    """A number from a Python or NumPy number, or from text such as "5 408"."""
    if isinstance(value, str):
        value = value.translate({ord(c): None for c in " _,\u00a0\u202f"})
    if isinstance(value, bool) or value is None:
        raise WrongAnswerError("not a number", got=_described(value))
    try:
        return float(value)
    except (TypeError, ValueError):
        raise WrongAnswerError("not a number", got=_described(value)) from None


def _as_shape(value: Any) -> tuple[int, ...]:
    """A shape from a tuple or a list, without a leading None for the batch."""
    try:
        parts = tuple(value)
        return tuple(int(part) for part in (parts[1:] if parts and parts[0] is None else parts))
    except (TypeError, ValueError):
        raise WrongAnswerError("not a shape", got=_described(value)) from None


def _common_start(right: Sequence, given: Sequence) -> int:
    same = [r == g for r, g in zip(right, given, strict=True)]
    return same.index(False) if False in same else len(same)


def _described(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {value[:40]!r}" if config.language() == "en" else f"le texte {value[:40]!r}"
    return type(value).__name__

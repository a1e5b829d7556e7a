"""Judging scores: a metric against its contract, the wrong images, the accuracy of each class."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labkit import config
from labkit.quiz.messages import WrongAnswerError
from labkit.quiz.questions import Question
from labkit.quiz.reading import as_number, in_words


def judge_wrong(asked: Question, answer: Any) -> int:
    """The number of errors, if exactly the wrongly classified images were found: (indices, labels, predictions)."""
    if not isinstance(answer, Sequence) or isinstance(answer, str) or len(answer) != 3:
        raise WrongAnswerError("not three")
    indices, y_true, y_pred = (np.asarray(part) for part in answer)
    if y_true.ndim != 1 or y_true.shape != y_pred.shape or not y_true.size or not _whole(y_true, y_pred):
        raise WrongAnswerError("not labels")
    wrong = np.flatnonzero(y_true != y_pred)
    if indices.dtype == bool and indices.shape == y_true.shape:
        indices = np.flatnonzero(indices)
    indices = indices.ravel()
    if indices.size and (not _whole(indices) or len(np.unique(indices)) != indices.size):
        raise WrongAnswerError("not indices")
    extra, missing = len(np.setdiff1d(indices, wrong)), len(np.setdiff1d(wrong, indices))
    if extra:
        raise WrongAnswerError("right ones", got=in_words(extra))
    if missing:
        raise WrongAnswerError("missing ones", got=in_words(missing))
    return len(wrong)


def _whole(*arrays: np.ndarray) -> bool:
    return all(array.dtype.kind in "iu" for array in arrays)


def judge_metric(asked: Question, answer: Any) -> float:
    """The score, if it reaches what the profile asks for."""
    value = as_number(_accuracy(answer))
    if not 0 <= value <= 1:
        raise WrongAnswerError("not a share", got=in_words(value))
    (wanted, most), profile = bounds(asked), config.profile()
    if not value >= wanted:
        got = math.floor(value * 1e4) / 1e4  # never rounded up to what was wanted
        raise WrongAnswerError("metric", got=in_words(got), wanted=in_words(wanted), profile=profile)
    if value > most:
        got = math.ceil(value * 1e4) / 1e4
        raise WrongAnswerError("metric above", got=in_words(got), wanted=in_words(most), profile=profile)
    return value


def bounds(asked: Question) -> tuple[float, float]:
    """The least and the most that the profile wants of a metric; the most is 1 unless it is meant to fail."""
    contract = asked.contract[config.profile()]
    low, high = contract if isinstance(contract, list | tuple) else (contract, 1.0)
    return low, high


def _accuracy(answer: Any) -> Any:
    """The accuracy of a Run, an Evaluation, a Keras History or its dictionary of scores; else the answer itself."""
    if isinstance(answer, Mapping):
        return answer.get("accuracy", answer)
    if type(answer).__name__ == "History":
        return _best_validation(answer.history)
    scores = getattr(answer, "test", None)
    if isinstance(scores, Mapping):
        if "accuracy" not in scores:
            raise WrongAnswerError("no test")
        return scores["accuracy"]
    return getattr(answer, "accuracy", answer)


def _best_validation(history: Mapping) -> float:
    """The best validation accuracy of a Keras History, under either of the names that Keras gives it."""
    scores = history.get("val_accuracy") or history.get("val_acc")
    if not scores:
        raise WrongAnswerError("no validation")
    return max(scores)


def judge_per_class(asked: Question, answer: Any) -> int:
    """The number of classes, if the accuracy of each was found: (values, evaluation)."""
    if not isinstance(answer, Sequence) or len(answer) != 2 or not hasattr(answer[1], "confusion"):
        raise WrongAnswerError("not two")
    values, counts = np.asarray(answer[0], dtype=float).ravel(), answer[1].confusion().to_numpy()
    if len(values) != len(counts):
        raise WrongAnswerError("one a class", wanted=len(counts), got=len(values))
    right = counts.diagonal()
    if np.allclose(values, right / np.maximum(1, counts.sum(axis=1)), atol=1e-6):
        return len(values)
    if np.allclose(values, right / np.maximum(1, counts.sum(axis=0)), atol=1e-6):
        raise WrongAnswerError("columns")
    raise WrongAnswerError("other shares")

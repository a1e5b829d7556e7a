"""Judging names that an evaluation ranks: its worst classes, its most frequent confusions."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from labkit.quiz.messages import WrongAnswerError
from labkit.quiz.questions import Question
from labkit.quiz.reading import described, in_words


def judge_names(asked: Question, answer: Any) -> int:
    """How many were asked for, if no others rank before those given: (names, evaluation). Ties are all right."""
    given, ranking = _read(asked, answer)
    n = asked.wants["n"]
    if asked.wants["of"] == "confusions":
        other, misreading = [pair[::-1] for pair in given], ranking
    else:
        other, misreading = given, _errors(answer[1].confusion().T)
    if not len(given) == len(set(given)) == n:
        raise WrongAnswerError("how many names", wanted=n, got=in_words(len(set(given))))
    if _are_first(given, ranking):
        return n
    raise WrongAnswerError(_misread(asked) if _are_first(other, misreading) else "other names")


def share_of_names(asked: Question, answer: Any) -> float:
    """The share of the first `n` names (ties included) that were given; 0 where more than `n` were."""
    given, ranking = _read(asked, answer)
    n = asked.wants["n"]
    if len(given) > n:
        return 0.0
    last = sorted(ranking.values(), reverse=True)[n - 1]
    return sum(ranking.get(name, 0) >= last for name in set(given)) / n


def _read(asked: Question, answer: Any) -> tuple[list, Mapping[Hashable, float]]:
    """The names that were given, and how far up each possible one ranks."""
    if not isinstance(answer, Sequence) or len(answer) != 2 or not hasattr(answer[1], "confusion"):
        raise WrongAnswerError("no evaluation")
    table = answer[1].confusion()
    if asked.wants["of"] == "confusions":
        return [_pair(item, table) for item in _items(answer[0], pairs=True)], _confusions(table)
    return [_class(item, table) for item in _items(answer[0])], _errors(table)


def _misread(asked: Question) -> str:
    return "reversed" if asked.wants["of"] == "confusions" else "precision"


def _are_first(given: Sequence[Hashable], ranking: Mapping[Hashable, float]) -> bool:
    """Whether nothing that was left out stands before anything that was given; the largest value is the first."""
    others = [value for name, value in ranking.items() if name not in given]
    return min(ranking.get(name, 0) for name in given) >= max(others, default=0)


def _errors(table: Any) -> dict[str, float]:
    """The share of each row that is wrong."""
    counts = table.to_numpy()
    wrong = 1 - counts.diagonal() / np.maximum(1, counts.sum(axis=1))
    return dict(zip(table.index, wrong, strict=True))


def _confusions(table: Any) -> dict[tuple[str, str], int]:
    """How often each class was taken for each other one."""
    return {
        (true, said): table.loc[true, said] for true in table.index for said in table.columns if true != said
    }


def _items(given: Any, pairs: bool = False) -> list:
    """The names one by one, out of a name, a list, an array, an Index, or the rows of most_confused()."""
    if hasattr(given, "columns"):
        given = given[["true", "predicted"]].to_numpy() if pairs else given.index
    alone = isinstance(given, str) or not hasattr(given, "__len__")
    items = [given] if alone else list(given)
    return [tuple(items)] if pairs and len(items) == 2 and all(isinstance(i, str) for i in items) else items


def _pair(item: Any, table: Any) -> tuple[str, str]:
    if isinstance(item, str) or not hasattr(item, "__len__") or len(item) < 2:
        raise WrongAnswerError("not a pair", got=described(item))
    return _class(item[0], table), _class(item[1], table)


def _class(item: Any, table: Any) -> str:
    """The name of a class, given by its name or its number."""
    if isinstance(item, int | np.integer) and item in range(len(table)):
        return table.index[item]
    known = {name.casefold(): name for name in table.index}
    if not isinstance(item, str) or item.strip().casefold() not in known:
        raise WrongAnswerError("no such class", got=described(item))
    return known[item.strip().casefold()]

"""Trials: what a network does on images that nobody has seen, against what the notebook says of it."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from labkit.grading import evidence as read
from labkit.grading.evidence import BadEvidence
from labkit.grading.held_out import Held, HeldOut, known
from labkit.grading.likeness import Finding
from labkit.grading.stand_ins import Evaluation, scored
from labkit.grading.words import tell
from labkit.quiz import Question, Verdict
from labkit.quiz.judges import verdict_on
from labkit.quiz.partial import share
from labkit.quiz.reading import in_words
from labkit.quiz.scores import bounds

MARGIN = 2.5  # standard errors that a network may lie below what is asked
AGREEMENT = 0.05  # accuracy by which claim and trial may differ, besides 3 standard errors


def judge_metric(asked: Question, found: dict, spec: Mapping[str, Any], held_out: HeldOut | None) -> Finding:
    """A score, if it is what the profile asks for, and a network behind it really reaches it."""
    read.fields(found, type=str, form=str, value=dict, predictions=list)
    if found["form"] not in ("value", "run", "history"):
        raise BadEvidence("evidence of a score in another form")
    if "data" not in asked.probe:
        return Finding(None, tell("no trial"))
    verdict = verdict_on(asked, scored(found["form"], read.value(found["value"])))
    reached = trials(found["predictions"], spec, held_out.of(asked.probe["data"]))
    if not verdict.passed:
        return Finding(0.0, verdict.message)
    return _best(
        [_trial(asked, verdict, accuracy, n) for accuracy, n in reached], Finding(0.0, tell("no network"))
    )


def _trial(asked: Question, verdict: Verdict, accuracy: float, n: int) -> Finding:
    (low, high), got = bounds(asked), in_words(round(accuracy, 4))
    if not low - MARGIN * error(low, n) <= accuracy <= high + MARGIN * error(high, n):
        return Finding(0.0, tell("measured", got=got, wanted=in_words(low if accuracy < low else high)))
    if not agree(verdict.value, accuracy, n):
        return Finding(0.0, tell("disagree", claimed=in_words(round(verdict.value, 4)), got=got))
    return Finding(1.0, verdict.message)


def judge_evaluation(
    asked: Question, found: dict, spec: Mapping[str, Any], held_out: HeldOut | None
) -> Finding:
    """What was found in an evaluation, if its truth is the test labels' and a network behind it really is as good."""
    read.fields(
        found, type=str, indices=list | None, names=list, answer=dict, labels=list | None,
        predicted=list | None, predictions=list,
    )  # fmt: skip
    if "data" not in asked.probe:
        return Finding(None, tell("no trial"))
    held = held_out.of(asked.probe["data"])
    answer = _answer(asked, found)
    verdict, part = verdict_on(asked, answer), share(asked, answer)
    if not verdict.passed and not part:
        return Finding(0.0, verdict.message)
    if wrong := _untrue(asked, found, held):
        return Finding(0.0, wrong)
    claimed = float((read.labels(found["predicted"]) == held.arrays["y_test"]).mean())
    right = Finding(1.0 if verdict.passed else part, verdict.message)
    tried = [
        right
        if agree(claimed, accuracy, n)
        else Finding(0.0, tell("disagree", claimed=in_words(round(claimed, 4)), got=in_words(round(accuracy, 4))))
        for accuracy, n in trials(found["predictions"], spec, held)
    ]  # fmt: skip
    return _best(tried, Finding(0.0, tell("no network")))


def _answer(asked: Question, found: dict) -> Any:
    """What the public judge takes: (indices, labels, predictions) or (answer, evaluation)."""
    labels, predicted = (
        None if found[field] is None else read.labels(found[field]) for field in ("labels", "predicted")
    )
    if asked.kind == "indices":
        given = None if found["indices"] is None else read.labels(found["indices"])
        given = np.array(["?"]) if given is None else given
        return given, labels, predicted
    names = [read.name(name) for name in found["names"]]
    return read.value(found["answer"]), Evaluation(labels, predicted, names)


def _untrue(asked: Question, found: dict, held: Held) -> str:
    """What is not true of the evaluation's labels and names, or ""."""
    if not np.array_equal(read.labels(found["labels"]), held.arrays["y_test"]):
        return tell("other truth")
    names = [list(names) for names in known(held.name).class_names.values()]
    return tell("other classes") if asked.kind != "indices" and found["names"] not in names else ""


def trials(predictions: list, spec: Mapping[str, Any], held: Held) -> list[tuple[float, int]]:
    """`(accuracy, number of hidden images)` of each network that answered as a classifier does."""
    wanted = [len(held.labels), known(held.name).num_classes]
    reached = []
    for found in predictions:
        if isinstance(found, dict) and "error" in found:
            read.fields(found, model=str, error=str)
            continue
        read.fields(found, model=str, shape=list, data=str)
        if found["model"] not in spec["models"]:
            raise BadEvidence("evidence of a network that was not asked for")
        if read.sides(found["shape"]) == wanted:
            outputs = read.array({**found, "dtype": "float32"})
            reached.append((float((outputs.argmax(axis=1) == held.labels).mean()), len(held.labels)))
    return reached


def error(accuracy: float, n: int) -> float:
    """The standard error of an accuracy on n images.

    Example:
        >>> error(0.5, 100)
        0.05
    """
    return math.sqrt(max(0.0, accuracy * (1 - accuracy)) / n)


def agree(claimed: float, measured: float, n: int) -> bool:
    """Whether the trial can be the same network as the claim."""
    return abs(claimed - measured) <= AGREEMENT + 3 * error(measured, n)


def _best(findings: list[Finding], otherwise: Finding) -> Finding:
    """That of the network that fits best: the answer is about one of those named."""
    return max(findings, key=lambda finding: finding.share, default=otherwise)

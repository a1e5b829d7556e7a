"""Judging: evidence in, marks out. What is right is decided here, with the judges that the notebook has, too."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labkit import config
from labkit.grading import evidence as read
from labkit.grading.evidence import BadEvidence
from labkit.grading.held_out import HeldOut
from labkit.grading.inside.values import argument
from labkit.grading.likeness import Finding, judge_array, judge_figure
from labkit.grading.networks import judge_model
from labkit.grading.probes import cell_id
from labkit.grading.records import Execution, Flag, Mark
from labkit.grading.trials import judge_evaluation, judge_metric
from labkit.grading.words import tell
from labkit.quiz import Question
from labkit.quiz.functions import examples, is_same
from labkit.quiz.judges import verdict_on
from labkit.quiz.messages import say
from labkit.quiz.partial import share
from labkit.quiz.reading import one_line

LONGEST_MESSAGE = 600


class FaultyExpectError(RuntimeError):
    """A question's `expect` failed: the author's fault, never the student's."""


@dataclass
class Context:
    """What judging a hand-in needs besides it.

    Attributes:
        specs: what the probes asked for, see `probes.specs`: the same that the run had.
        held_out: the data sets of the lab's probes; None if no question needs one.
        nonce: of the run; None to take any.
        flags: what an instructor should know is added here.
    """

    specs: Mapping[str, Mapping[str, Any]]
    held_out: HeldOut | None
    profile: str
    nonce: str | None = None
    flags: list[Flag] = field(default_factory=list)


def evidence_of(questions: Iterable[Question], execution: Execution) -> dict[str, list[str] | None]:
    """What the probe cell of each question published; None where it was not run to its end."""
    cells = {cell.id: cell for cell in execution.cells}
    found: dict[str, list[str] | None] = {}
    for asked in questions:
        cell = cells.get(cell_id(asked.id))
        found[asked.id] = None if cell is None or (cell.stop and not cell.evidence) else cell.evidence
    return found


def judge_all(
    questions: Iterable[Question],
    cells: Mapping[str, list[str] | None],
    execution: Execution,
    context: Context,
) -> dict[str, Mark]:
    """A mark for each question, told in the language of the hand-in.

    Where our own code fails, the mark's status is `"error"` and it has no points: that is never a zero.

    Args:
        cells: texts of evidence by question, None where the probe was not run, see `evidence_of`.
    """
    marks = {}
    with config.choosing(profile=context.profile, language=execution.language):
        for asked in questions:
            try:
                marks[asked.id] = _mark(asked, cells.get(asked.id), execution, context)
            except Exception as error:
                why = f"{tell('our fault')} ({type(error).__name__}: {error})"
                marks[asked.id] = _marked(asked, None, "error", why)
    return marks


def _mark(asked: Question, texts: list[str] | None, execution: Execution, context: Context) -> Mark:
    if asked.id in execution.unanswered:
        return _marked(asked, 0.0, "unanswered", say("unanswered"))
    if asked.id in execution.lost or execution.answers.get(asked.id, "") is None:
        return _marked(asked, None, "to read", tell("lost"))
    if asked.kind == "text":
        return _marked(asked, None, "to read", tell("in words"))
    if not texts:
        return _marked(asked, 0.0, "not reached", tell("not reached"))
    found, flag = read.parse(texts, context.nonce, asked.id)
    if flag is None:
        try:
            return _judged(asked, found, context)
        except BadEvidence as error:
            flag = Flag("forged evidence", str(error), asked.id)
    context.flags.append(flag)
    return _marked(asked, 0.0, "wrong", tell("unclear"))


def _judged(asked: Question, found: dict[str, Any], context: Context) -> Mark:
    kind = found["type"]
    if kind == "unanswered":
        read.fields(found, type=str)
        return _marked(asked, 0.0, "unanswered", say("unanswered"))
    if kind == "error":
        read.fields(found, type=str, name=str, text=str)
        said = one_line(f"{found['name'][:60]}: {found['text'][:200]}")
        return _marked(asked, 0.0, "wrong", tell("raised", error=said))
    finding = _judge(asked, kind)(asked, found, context.specs[asked.id], context.held_out)
    if finding.share is None:
        return _marked(asked, None, "to read", finding.message)
    status = "right" if finding.share == 1 else "partly" if finding.share > 0 else "wrong"
    return _marked(asked, finding.share * asked.points, status, finding.message)


def _marked(asked: Question, points: float | None, status: str, message: str) -> Mark:
    points = None if points is None else round(float(points), 2)
    return Mark(asked.id, points, float(asked.points), status, one_line(message)[:LONGEST_MESSAGE])


def _judge(asked: Question, kind: str) -> Callable[..., Finding]:
    """The judge of this kind of evidence, if this kind of question can have it."""
    if kind == "plain":
        return _plain
    wanted, judge = _JUDGES.get(asked.kind, ("plain", _plain))
    if kind != wanted:
        raise BadEvidence("evidence of another kind")
    return judge


def _plain(asked: Question, found: dict, spec: Mapping[str, Any], held_out: Any) -> Finding:
    """A plain value, as the public judge sees it; a score or an evaluation is never right by its word alone."""
    read.fields(found, type=str, value=dict)
    answer = read.value(found["value"])
    verdict = verdict_on(asked, answer)
    if asked.kind in _JUDGES:  # what came is not what was asked for
        return Finding(0.0, tell("unclear") if verdict.passed else verdict.message)
    return Finding(1.0 if verdict.passed else share(asked, answer), verdict.message)


def _function(asked: Question, found: dict, spec: Mapping[str, Any], held_out: Any) -> Finding:
    """A function by its results: the share of the calls that are right."""
    read.fields(found, type=str, results=list)
    wanted = _expected(asked, spec["calls"])
    results = found["results"]
    if len(results) != len(wanted) or not all(isinstance(result, dict) for result in results):
        raise BadEvidence("evidence of other calls")
    failed = [read.name(result["error"]) for result in results if set(result) == {"error"}]
    right = sum(
        set(result) != {"error"} and is_same(want, read.value(result), asked.tolerance)
        for want, result in zip(wanted, results, strict=True)
    )
    error = f" ({failed[0]})" if failed else ""
    message = tell("calls", right=right, n=len(wanted), error=error)
    if right == len(wanted):
        message = asked.shows.get(config.language(), "").format(answer=len(wanted))
    return Finding(right / len(wanted), message)


def _expected(asked: Question, calls: list) -> list:
    """What the calls should give, by the question's `expect`; by its public examples where it has none."""
    if not asked.expect:
        return [result for _, result in examples(asked)]
    names: dict[str, Any] = {"np": np, "numpy": np}
    try:
        exec(compile(asked.expect, f"expect of {asked.id}", "exec"), names)
        return [names["expect"](*[argument(given) for given in call]) for call in calls]
    except Exception as error:
        raise FaultyExpectError(f"expect of {asked.id}: {type(error).__name__}: {error}") from error


_JUDGES: dict[str, tuple[str, Callable[..., Finding]]] = {
    "array": ("array", judge_array),
    "figure": ("figure", judge_figure),
    "function": ("calls", _function),
    "indices": ("evaluation", judge_evaluation),
    "metric": ("metric", judge_metric),
    "model": ("model", judge_model),
    "names": ("evaluation", judge_evaluation),
    "per_class": ("evaluation", judge_evaluation),
}

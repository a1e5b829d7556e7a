"""Questions and answers: `check()` an answer, `guess()` before computing, count parameters with the tutor."""

from typing import Any

from labkit import config, record
from labkit.quiz.judges import Verdict, judge
from labkit.quiz.parameters import count_parameters
from labkit.quiz.questions import Question, question, questions

__all__ = ["Question", "Verdict", "check", "count_parameters", "guess", "judge", "question", "questions"]


def check(question_id: str, answer: Any) -> None:
    """Judge an answer and print one line: PASS, or what is not right yet and a hint.

    The line of a right answer is the same in every run, so that nbval can compare it. A wrong
    answer is no error: the notebook goes on.

    Args:
        question_id: as it stands in the lab, e.g. `"mnist.flatten_size"`.
        answer: a number, a shape, a letter, an array, a model, ... as the question asks.

    Raises:
        KeyError: there is no such question.

    Example:
        >>> check("mnist.flatten_size", 5408)
        mnist.flatten_size PASS 5,408 values
    """
    verdict = judge(question_id, answer)
    record.note("check", question=question_id, passed=verdict.passed, value=verdict.value)
    print(verdict.line)


def guess(question_id: str, answer: Any) -> None:
    """Predict before you compute: says whether a guess is right, too high or too low, and costs nothing.

    Example:
        >>> guess("mnist.flatten_size", 9000)
        mnist.flatten_size GUESS 9,000 is too high
    """
    verdict = judge(question_id, answer)
    words = {"right": "is right", "high": "is too high", "low": "is too low", "wrong": "is not it"}
    if config.language() == "fr":
        words = {
            "right": "est juste",
            "high": "est trop grand",
            "low": "est trop petit",
            "wrong": "n'est pas cela",
        }
    print(f"{question_id} GUESS {_shown(answer)} {words[_direction(verdict, answer)]}")


def _direction(verdict: Verdict, answer: Any) -> str:
    if verdict.passed:
        return "right"
    if verdict.question.kind != "number" or not isinstance(answer, int | float):
        return "wrong"
    nearest = min(verdict.question.accept, key=lambda right: abs(right - answer))
    return "high" if answer > nearest else "low"


def _shown(answer: Any) -> str:
    return f"{answer:,}" if isinstance(answer, int | float) else str(answer)

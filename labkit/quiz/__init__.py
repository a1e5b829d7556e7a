"""Questions and answers: `check()` an answer, `guess()` before computing, count parameters with the tutor."""

from typing import Any

from labkit import record
from labkit.quiz.judges import Verdict, is_unanswered, judge
from labkit.quiz.messages import WrongAnswerError, say
from labkit.quiz.parameters import count_parameters
from labkit.quiz.questions import Question, question, questions
from labkit.quiz.reading import as_number, as_shape, described, in_words, one_line, shape_in_words, shortened

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
    if verdict.question.kind == "text":
        words = verdict.message
    elif is_unanswered(answer):
        words = say("unanswered")
    else:
        words = say(f"guess {_direction(verdict, answer)}", got=_shown(answer))
    print(one_line(f"{question_id} GUESS {words}"))


def _direction(verdict: Verdict, answer: Any) -> str:
    if verdict.passed:
        return "right"
    if verdict.question.kind != "number":
        return "wrong"
    try:
        value = as_number(answer)
    except Exception:  # an answer may be any object
        return "wrong"
    nearest = min(verdict.question.accept, key=lambda right: abs(right - value))
    return "high" if value > nearest else "low"


def _shown(answer: Any) -> str:
    """The guess in a few words, whatever it is."""
    if issubclass(type(answer), str):
        return shortened(answer)
    for read, write in ((as_number, in_words), (as_shape, shape_in_words)):
        try:
            return write(read(answer))
        except WrongAnswerError:
            continue
        except Exception:  # an answer may be any object
            break
    return described(answer)

"""From an answer to its mark: what is right earns its points, what only says so earns none."""

import json
import random

import numpy as np
import pytest

from labkit import config
from labkit.grading.judging import Context, evidence_of, judge_all
from labkit.grading.records import CellRun, Execution
from labkit.quiz import Question, judge, question, questions
from labkit.quiz.question_files import labs
from tests.grading.probing import NONCE, arrays, evidence, graded, held_out, judged

PLAIN = [
    asked
    for lab in labs(None)
    for asked in questions(lab).values()
    if asked.kind in ("number", "numbers", "shape", "choice")
]
GCD = "import math\ndef expect(a, b):\n    return math.gcd(a, b)"
FUNCTION = Question(
    "mine.gcd", ("S9.1",), "function", points=3, accept=([[12, 18], 6], [[7, 3], 1]), expect=GCD,
    shows={"en": "all {answer}", "fr": "les {answer}"}, probe={"args": [{"int": [1, 500]}, {"int": [1, 500]}]},
)  # fmt: skip


class AlwaysEqual:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    __le__ = __ge__ = __eq__

    def __float__(self):
        return 5408.0


class LyingInt(int):
    def __repr__(self):
        return "5408"

    __str__ = __repr__


@pytest.mark.parametrize("asked", PLAIN, ids=lambda asked: asked.id)
@pytest.mark.parametrize("language", config.LANGUAGES)
def test_accepted_answers_earn_all_points_and_the_notebooks_message(asked, language):
    for answer in asked.accept:
        mark = graded(asked.id, answer=answer, language=language)
        with config.choosing(language=language):
            assert mark.message == judge(asked.id, answer).message
        assert (mark.status, mark.points, mark.most) == ("right", asked.points, asked.points)


FORGED = [
    AlwaysEqual(),
    LyingInt(3),
    True,
    float("nan"),
    10**5000,
    [5408] * 2000,
    lambda: 5408,
    "x" * 10**6,
    {5408},
]


@pytest.mark.parametrize("forged", FORGED, ids=lambda forged: type(forged).__name__)
def test_forged_numbers_earn_nothing(forged):
    mark = graded("mnist.flatten_size", answer=forged)
    assert (mark.status, mark.points) == ("wrong", 0.0)


@pytest.mark.parametrize(
    ("question_id", "wrong", "said"),
    [
        ("mnist.flatten_size", 21632, "The pooling comes before Flatten."),
        ("mnist.conv_shape", (28, 28, 32), ""),
        ("mnist.from_logits", "a", "from_logits is how it is told"),
        ("mnist.from_logits", "e", "choose one of"),
        ("mnist.layer_parameters", [1, 2], "3 numbers are expected"),
    ],
)
def test_wrong_answers_are_told_what_the_notebook_tells(question_id, wrong, said):
    mark = graded(question_id, answer=wrong)
    assert (mark.status, mark.points) == ("wrong", 0.0)
    assert said in mark.message
    assert mark.message == judge(question_id, wrong).message


def test_rows_of_numbers_earn_a_part():
    mark = graded("mnist.layer_parameters", answer=[320, 346176, 1])
    assert (mark.status, mark.points, mark.most) == ("partly", 1.33, 2.0)
    assert "number 3" in mark.message


def test_a_function_earns_the_share_of_its_right_calls():
    import math

    assert graded("mine.gcd", "f", FUNCTION, f=math.gcd).points == 3.0
    assert graded("mine.gcd", "f", FUNCTION, f=math.gcd).message == "all 8"
    partly = graded("mine.gcd", "f", FUNCTION, f=lambda a, b: 1)  # right where they have no common divisor
    assert (partly.status, 0 < partly.points < 3) == ("partly", True)
    wrong = graded("mine.gcd", "f", FUNCTION, f=lambda a, b: 1 / 0)
    assert (wrong.status, wrong.points) == ("wrong", 0.0)
    assert "0 of 8" in wrong.message
    assert "ZeroDivisionError" in wrong.message


@pytest.mark.parametrize(
    "forged", [lambda a, b: AlwaysEqual(), lambda a, b: {12: 6}.get(a), 6, lambda a, b: True, None]
)
def test_forged_functions_earn_nothing(forged):
    assert graded("mine.gcd", "f", FUNCTION, f=forged).points == 0.0


def test_a_faulty_expect_is_our_fault_and_never_a_zero():
    faulty = Question(**{**vars(FUNCTION), "expect": "def expect(a, b):\n    return a / (b - b)"})
    mark = graded("mine.gcd", "f", faulty, f=max)
    assert (mark.status, mark.points, mark.most) == ("error", None, 3.0)
    assert "expect of mine.gcd: ZeroDivisionError" in mark.message


def test_a_bug_of_ours_costs_one_question_only(monkeypatch):
    from labkit.grading import judging

    def broken(*_):
        raise TypeError("a bug")

    monkeypatch.setitem(judging._JUDGES, "figure", ("figure", broken))
    texts, wanted = {}, {}
    for name in ("mnist.show_test", "mnist.stride"):
        found, specs = evidence(name, "answer", {"answer": 13})
        texts[name], wanted = found, {**wanted, **specs}
    texts["mnist.show_test"] = [texts["mnist.show_test"][0].replace('"plain"', '"figure"')]
    asked = [question(name) for name in texts]
    marks = judge_all(asked, texts, Execution(), Context(wanted, held_out(), "smoke", NONCE))
    assert [mark.status for mark in marks.values()] == ["error", "right"]
    assert marks["mnist.show_test"].points is None


def status(question_id, texts, **execution):
    wanted = evidence(question_id, "1", {})[1] if question(question_id).kind != "text" else {}
    mark, _ = judged(question(question_id), texts, wanted, **execution)
    return mark.status, mark.points


def test_what_becomes_of_questions_without_evidence():
    assert status("mnist.stride", None) == ("not reached", 0.0)
    assert status("mnist.stride", []) == ("not reached", 0.0)
    assert status("mnist.stride", None, unanswered=["mnist.stride"]) == ("unanswered", 0.0)
    assert status("mnist.stride", None, lost=["mnist.stride"]) == ("to read", None)
    assert status("mnist.stride", None, answers={"mnist.stride": None}) == ("to read", None)
    assert status("mnist.smaller", None, answers={"mnist.smaller": "Because."}) == ("to read", None)
    assert status("mnist.smaller", None, unanswered=["mnist.smaller"]) == ("unanswered", 0.0)
    blank, _ = evidence("mnist.stride", "...", {})
    assert status("mnist.stride", blank) == ("unanswered", 0.0)
    missing, _ = evidence("mnist.stride", "missing", {})
    assert status("mnist.stride", missing) == ("wrong", 0.0)


def test_an_answer_that_is_still_the_stub_earns_nothing_from_what_others_left():
    right, _ = evidence("mnist.stride", "13", {})
    assert status("mnist.stride", right) == ("right", 1.0)
    assert status("mnist.stride", right, unanswered=["mnist.stride"]) == ("unanswered", 0.0)


def test_evidence_that_is_none_is_wrong_and_flagged():
    right, wanted = evidence("mnist.stride", "13", {})
    for texts in (right * 2, [right[0].replace(NONCE, "other")], ["{}"]):
        mark, flags = judged(question("mnist.stride"), texts, wanted)
        assert (mark.status, mark.points) == ("wrong", 0.0)
        assert [(flag.kind, flag.question) for flag in flags] == [("forged evidence", "mnist.stride")]


def test_evidence_of_another_kind_is_flagged():
    texts, wanted = evidence("mnist.model", "347146", {})
    assert judged(question("mnist.model"), texts, wanted)[0].points == 0.0
    texts = [texts[0].replace('"plain"', '"calls"')]
    mark, flags = judged(question("mnist.model"), texts, wanted)
    assert (mark.points, len(flags)) == (0.0, 1)


@pytest.mark.parametrize(
    ("name", "value"), [("mnist.train", {"float": "0.99"}), ("mnist.accuracy", {"text": "0.99"})]
)
def test_a_score_is_never_right_by_its_word_alone(name, value):
    texts, wanted = evidence(name, "0.99", {})
    sent = json.loads(texts[0])
    sent["evidence"] = {"type": "plain", "value": value}
    assert judged(question(name), [json.dumps(sent)], wanted)[0].points == 0.0


def test_evidence_is_found_by_its_cell():
    cells = [
        CellRun("probe-mnist-stride", "passed", evidence=["x"]),
        CellRun("probe-mnist-conv_shape", "stopped", stop="not reached"),
        CellRun("mnist-stride", "passed", evidence=["forged"]),
    ]
    asked = [question(f"mnist.{name}") for name in ("stride", "conv_shape", "flatten_size")]
    assert evidence_of(asked, Execution(cells=cells)) == {
        "mnist.stride": ["x"], "mnist.conv_shape": None, "mnist.flatten_size": None,
    }  # fmt: skip


def test_mutated_evidence_never_breaks_the_grader_and_never_pays():
    """Whatever is sent in the place of evidence is a wrong answer: no error of ours, no points."""
    import keras

    from labkit.plots import images

    x = arrays("mnist")["x_train"]
    net = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    answers = {
        "mnist.data": x[:, ::-1], "mnist.show_test": images(x[::-1]), "mnist.model": net,
        "mnist.wrong": ([0], [0, 1], [0, 1]), "mnist.layer_parameters": [1, 2, 3], "mnist.train": 0.01,
    }  # fmt: skip
    rng = random.Random(0)
    for name, answer in answers.items():
        texts, wanted = evidence(name, "answer", {"answer": answer, "model": net})
        for _ in range(150):
            whole = json.loads(texts[0])
            _mutate(whole["evidence"], rng)
            mark, _ = judged(question(name), [json.dumps(whole)], wanted)
            assert mark.points == 0.0, (name, mark, whole)


def _mutate(found, rng):
    """Change one place of a JSON value."""
    junk = [
        None,
        True,
        0,
        -1,
        10**18,
        1.5,
        "",
        "x",
        "float32",
        [],
        {},
        [[]],
        {"int": "3"},
        [None],
        {"error": "x"},
    ]
    while True:
        keys = list(found) if isinstance(found, dict) else list(range(len(found)))
        if not keys:
            return
        key = rng.choice(keys)
        if key == "type":
            continue
        if isinstance(found[key], dict | list) and rng.random() < 0.7:
            found = found[key]
            continue
        if rng.random() < 0.2:
            found.pop(key)
        else:
            found[key] = rng.choice(junk)
        return


def test_points_are_rounded_to_two_digits():
    asked = Question(
        "mine.row", ("S9.1",), "numbers", points=1, accept=([1, 2, 3],), shows={"en": "", "fr": ""}
    )
    assert graded("mine.row", answer=np.array([1, 2, 9]), asked=asked).points == 0.67

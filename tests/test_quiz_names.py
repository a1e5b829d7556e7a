"""Questions of kind names: worst classes and most frequent confusions, judged against the evaluation."""

import numpy as np
import pandas as pd
import pytest

from labkit import config
from labkit.metrics import Evaluation
from labkit.quiz import Question
from labkit.quiz.messages import WrongAnswerError
from labkit.quiz.names import judge_names
from labkit.quiz.question_files import read_lab

NAMES = ["bird", "cat", "dog"]
# 10 birds: 9 found; 10 cats: 6 found, 4 dogs; 10 dogs: 7 found, 3 birds. The columns' order is another one.
TRUE = [0] * 10 + [1] * 10 + [2] * 10
SAID = [0] * 9 + [1] + [1] * 6 + [2] * 4 + [2] * 7 + [0] * 3
RESULT = Evaluation.of(TRUE, np.eye(3)[SAID], NAMES)


def asked(of: str, n: int) -> Question:
    return Question(id="x.y", tasks=("S4.4.7",), kind="names", wants={"of": of, "n": n})


def wrong(of: str, n: int, answer) -> str:
    with pytest.raises(WrongAnswerError) as problem:
        judge_names(asked(of, n), answer)
    return str(problem.value)


@pytest.mark.parametrize(
    "worst", ["cat", " Cat ", ["cat"], np.array(["cat"]), pd.Index(["cat"]), 1, [np.int64(1)]]
)
def test_the_worst_class_in_any_form(worst):
    assert judge_names(asked("worst classes", 1), (worst, RESULT)) == 1


@pytest.mark.parametrize("order", [["cat", "dog"], ["dog", "cat"], RESULT.per_class().index[:2]])
def test_two_worst_classes_in_any_order(order):
    assert judge_names(asked("worst classes", 2), (order, RESULT)) == 2


def test_other_classes_are_not_the_worst():
    assert "worse" in wrong("worst classes", 1, ("bird", RESULT))
    assert "worse" in wrong("worst classes", 2, (["cat", "bird"], RESULT))


def test_the_columns_are_told_from_the_rows():
    assert RESULT.per_class()["precision"].idxmin() == "dog"
    assert "precision" in wrong("worst classes", 1, ("dog", RESULT))


@pytest.mark.parametrize(
    "pairs",
    [
        [("cat", "dog"), ("dog", "bird")],
        [["dog", "bird"], ["cat", "dog"]],
        [(1, 2), (2, 0)],
        RESULT.most_confused(2),
        RESULT.most_confused(2)[["true", "predicted"]].to_numpy(),
        RESULT.most_confused(2).to_numpy().tolist(),
    ],
)
def test_the_most_frequent_confusions_in_any_form(pairs):
    assert judge_names(asked("confusions", 2), (pairs, RESULT)) == 2


def test_one_confusion_may_stand_without_its_list():
    assert judge_names(asked("confusions", 1), (("cat", "dog"), RESULT)) == 1


def test_wrong_confusions_are_told_apart():
    assert "true class comes first" in wrong("confusions", 2, ([("dog", "cat"), ("bird", "dog")], RESULT))
    assert "worse" in wrong("confusions", 2, ([("cat", "dog"), ("bird", "cat")], RESULT))
    assert "worse" in wrong("confusions", 1, (("cat", "cat"), RESULT))
    assert "pair" in wrong("confusions", 2, (["cat", "dog", "bird"], RESULT))


def test_ties_are_all_right():
    tied = Evaluation.of([0, 0, 1, 1, 2, 2], np.eye(3)[[0, 1, 1, 2, 2, 2]], NAMES)
    for worst in ("bird", "cat"):
        assert judge_names(asked("worst classes", 1), (worst, tied)) == 1
    assert "worse" in wrong("worst classes", 1, ("dog", tied))


@pytest.mark.parametrize("names", [["cat"], ["cat", "cat"], ["cat", "dog", "bird"], []])
def test_the_number_of_names_is_counted(names):
    assert "asked for is 2" in wrong("worst classes", 2, (names, RESULT))


@pytest.mark.parametrize("answer", ["cat", ["cat", "dog"], ("cat", None), 3])
def test_without_an_evaluation_there_is_nothing_to_judge_by(answer):
    assert "evaluation" in wrong("worst classes", 1, answer)


@pytest.mark.parametrize("name", ["cow", 3, -1, 0.5, None])
def test_what_is_no_class_is_said_so(name):
    assert "no class" in wrong("worst classes", 1, (name, RESULT))


@pytest.mark.parametrize(("field", "value"), [("of", '"best"'), ("n", "0"), ("n", '"two"')])
def test_a_question_file_must_say_what_and_how_many(tmp_path, field, value):
    wants = {"of": '"confusions"', "n": "3"} | {field: value}
    text = f"[q]\ntasks = ['S4.4.7']\nkind = 'names'\nwants = {{ of = {wants['of']}, n = {wants['n']} }}\n"
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(ValueError, match=f"wants.{field}"):
        read_lab("own", tmp_path)


def test_the_message_is_in_french_too():
    config.choose(language="fr")
    assert "il y a pire" in wrong("worst classes", 1, ("bird", RESULT))

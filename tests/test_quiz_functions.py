"""Questions of kind function, what stands in `probe`, and partial credit."""

import numpy as np
import pytest

from labkit import config
from labkit.metrics import Evaluation
from labkit.quiz import Question, check, judge
from labkit.quiz.functions import is_same
from labkit.quiz.partial import share
from labkit.quiz.probe_fields import TRIED, is_argument, problems
from labkit.quiz.questions import forget

GCD = """
[gcd]
tasks = ["S9.1"]
kind = "function"
accept = [[[12, 18], 6], [[7, 3], 1]]
expect = '''
import math
def expect(a, b):
    return math.gcd(a, b)
'''
probe = { args = [{ int = [1, 500] }, { int = [1, 500] }], n = 20 }
shows = { en = "all {answer}", fr = "les {answer}" }
hint = { en = "divide", fr = "divisez" }

[pool]
tasks = ["S9.1"]
kind = "function"
accept = [[[[[1, 2], [3, 4]]], 4.0]]
expect = "def expect(x): return x.max()"
probe = { args = [{ array = [2, 2], low = -9, high = 9 }] }
"""


@pytest.fixture(autouse=True)
def own(monkeypatch, tmp_path):
    (tmp_path / "mine.toml").write_text(GCD)
    monkeypatch.setenv("LABKIT_QUESTIONS", str(tmp_path))
    forget()
    yield
    forget()


def test_a_right_function_passes(capsys):
    import math

    check("mine.gcd", math.gcd)
    assert capsys.readouterr().out == "mine.gcd PASS all 2\n"


def wrong(answer, language="en"):
    with config.choosing(language=language):
        verdict = judge("mine.gcd", answer)
    assert not verdict.passed
    assert "\n" not in verdict.line
    return verdict.message


def test_a_wrong_function_is_told_the_call():
    def mine(a, b):
        return a

    assert wrong(mine) == "mine(12, 18) should be 6, but it is 12. divide"
    assert wrong(mine, "fr") == "mine(12, 18) devrait être 6, mais c'est 12. divisez"
    assert wrong(lambda a, b: None).startswith(
        "<lambda>(12, 18) should be 6, but it is a value of type NoneType."
    )


def test_a_function_that_raises_is_told_so():
    def mine(a, b):
        return a / 0

    assert wrong(mine) == "mine(12, 18) raised ZeroDivisionError: division by zero. divide"
    assert "TypeError" in wrong(lambda a: a)
    assert wrong(mine, "fr").startswith("mine(12, 18) a levé ZeroDivisionError")


def test_no_function():
    assert wrong(6) == "a function is expected, but this is the number 6. divide"
    assert wrong([6, 1]).startswith("a function is expected, but this is a value of type list.")
    assert wrong(None) == "no answer yet."


def test_arguments_are_arrays_where_the_probe_draws_arrays():
    assert judge("mine.pool", lambda x: x.max()).passed
    assert not judge("mine.pool", lambda x: x.min()).passed


def test_a_function_cannot_change_the_examples():
    def greedy(x):
        result = x.max()
        x[:] = 0
        return result

    assert judge("mine.pool", greedy).passed
    assert judge("mine.pool", greedy).passed


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        (1, True, False),
        (True, True, True),
        (True, 1, False),
        ("a", "a", True),
        ("1", 1, False),
        (None, None, True),
        (None, 0, False),
        ([1, 2], (1, 2), True),
        ([1, 2], [1, 2, 3], False),
        ([1, [2.0]], np.array([1]), False),
        (np.eye(2), [[1, 0], [0, 1]], True),
        (float("inf"), float("inf"), True),
        (0.0, float("nan"), False),
    ],
)
def test_the_same_result(one, other, same):
    assert is_same(one, other) is same


def test_a_result_that_cannot_be_compared_is_the_authors_fault():
    with pytest.raises(TypeError):
        is_same({"a": 1}, 1)


def table(**changes):
    base = {"accept": [[[1], 1]], "expect": "def expect(x): return x", "probe": {"args": [{"int": [0, 1]}]}}
    return {**base, **changes}


@pytest.mark.parametrize(
    ("kind", "found", "field"),
    [
        ("function", table(expect="def other(x): return x"), "expect"),
        ("function", table(expect="def expect(x: return"), "expect"),
        ("function", table(probe={}), "expect"),
        ("function", {"probe": {"args": [{"int": [0, 1]}]}}, "expect"),
        ("number", {"expect": "def expect(x): return x"}, "expect"),
        ("function", table(probe={"args": [{"int": 3}]}), "probe.args 1"),
        ("function", table(probe={"args": [{"int": [0, 1]}], "n": 0}), "probe.n"),
        ("function", table(probe={"args": [{"int": [0, 1]}], "n": 51}), "probe.n"),
        ("number", {"probe": {"like": "mnist.x_train"}}, "probe.like"),
        ("array", {"probe": {"like": "mnist.x_val"}}, "probe.like"),
        ("array", {"probe": {"like": "mnits.x_train"}}, "probe.like"),
        ("array", {"probe": {"like": "mnist.y_train"}}, "probe.like"),
        ("figure", {"probe": {"like": 3}}, "probe.like"),
        ("metric", {"probe": {"model": "m"}}, "probe"),
        ("metric", {"probe": {"model": "m", "data": "imagenet"}}, "probe.data"),
        ("metric", {"probe": {"model": "m", "data": "clothing"}}, "probe.data"),
        ("array", {"probe": {"like": "clothing_small.x_train"}}, "probe.like"),
        ("metric", {"probe": {"model": [1], "data": "mnist"}}, "probe.model"),
        ("metric", {"probe": {"model": "m", "data": "mnist", "scale": 0}}, "probe.scale"),
        ("metric", {"probe": {"modle": "m"}}, "probe.modle"),
    ],
)
def test_faults_of_a_probe_are_named(kind, found, field):
    assert next(problems(found, kind), None)[0] == field


def test_good_probes():
    assert not list(problems(table(), "function"))
    assert not list(problems({"probe": {"model": ["a", "b"], "data": "mnist", "scale": 255}}, "metric"))
    photos = {"probe": {"model": "head", "data": "clothing_small", "scale": 1}}
    assert not any(list(problems(photos, kind)) for kind in TRIED)
    assert not list(problems({"probe": {"like": "mnist.y_test", "beside": "x"}}, "array"))


@pytest.mark.parametrize(
    ("spec", "good"),
    [
        ({"float": [0, 1]}, True), ({"float": [1, 0]}, False), ({"text": 8}, True), ({"text": "8"}, False), ({}, False), (3, False),
        ({"list": [{"int": [0, 9]}, 5]}, True), ({"list": [{"int": 9}, 5]}, False), ({"array": []}, False),
        ({"array": [3, 3], "low": 0}, True), ({"array": [10**9]}, False), ({"choice": []}, False), ({"int": [0, 1], "n": 1}, False),
    ],
)  # fmt: skip
def test_arguments(spec, good):
    assert is_argument(spec) is good


@pytest.mark.parametrize(
    ("contract", "value", "passes"),
    [
        ([0.0, 0.2], 0.1, True),
        ([0.0, 0.2], 0.3, False),
        ([0.1, 0.2], 0.05, False),
        (0.5, 0.6, True),
        (0.5, 0.4, False),
    ],
)
def test_a_contract_may_have_a_most(monkeypatch, tmp_path, contract, value, passes):
    (tmp_path / "mine.toml").write_text(
        f'[score]\ntasks = ["S9.1"]\nkind = "metric"\ncontract = {{ smoke = 0, course = {contract}, full = 0 }}\n'
    )
    forget()
    verdict = judge("mine.score", value)
    assert verdict.passed is passes
    assert passes or ("meant to fail" in verdict.message) == (value == 0.3)


@pytest.mark.parametrize("contract", ["[0.2, 0.1]", "[0.1]", '"a"', '["a", 0.1]'])
def test_a_contract_that_is_none(tmp_path, contract):
    (tmp_path / "mine.toml").write_text(
        f'[score]\ntasks = ["S9.1"]\nkind = "metric"\ncontract = {{ smoke = 0, course = {contract}, full = 0 }}\n'
    )
    forget()
    with pytest.raises(ValueError, match=r"question score, field contract\.course: it should be the least"):
        judge("mine.score", 0.5)


@pytest.mark.parametrize("accept", ["[3]", "[[3, 4]]", "[[[3]]]", "[[[3], 4, 5]]"])
def test_examples_that_are_none(tmp_path, accept):
    (tmp_path / "mine.toml").write_text(f'[f]\ntasks = ["S9.1"]\nkind = "function"\naccept = {accept}\n')
    forget()
    with pytest.raises(ValueError, match=r"question f, field accept: it should be a list of calls"):
        judge("mine.f", abs)


def test_the_share_of_right_numbers():
    asked = Question("x.y", (), "numbers", accept=([1, 2, 3, 4], [1, 2, 9, 9]))
    shares = [
        share(asked, answer)
        for answer in ([1, 2, 9, 8], [4, 3, 2, 1], [1, 2, 3], "no", None, [1, 0, 2, 3, 4])
    ]
    assert shares == [0.75, 0, 0, 0, 0, 1]


def test_the_share_of_right_names():
    true, said = [0] * 10 + [1] * 10 + [2] * 10, [0] * 9 + [1] + [1] * 6 + [2] * 4 + [2] * 7 + [0] * 3
    result = Evaluation.of(true, np.eye(3)[said], ["bird", "cat", "dog"])
    worst = Question("x.y", (), "names", wants={"of": "worst classes", "n": 2})
    given = (
        ["cat", "dog"],
        ["cat", "bird"],
        ["cat"],
        ["cat", "cat"],
        ["bird"],
        ["cat", "dog", "bird"],
        ["cow"],
    )
    assert [share(worst, (names, result)) for names in given] == [1, 0.5, 0.5, 0.5, 0, 0, 0]
    pairs = Question("x.y", (), "names", wants={"of": "confusions", "n": 2})
    assert share(pairs, ([("cat", "dog"), ("bird", "dog")], result)) == 0.5


def test_other_kinds_know_no_parts():
    assert share(Question("x.y", (), "number", accept=(3,)), 3) == 0

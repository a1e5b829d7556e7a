"""Whatever a student puts into `check` or `guess`: one line comes out, in the right language, and no error."""

import collections
import decimal
import fractions
import itertools
import re
import string

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from labkit import config
from labkit.metrics import Evaluation
from labkit.quiz import check, guess, questions
from labkit.quiz.messages import MESSAGES
from labkit.training.run import Run

ENGLISH = re.compile(r"\b(the|is|are|should|but|expected|not|of|this|with|value|layer|which|it|and|there)\b")
FRENCH = re.compile(r"\b(est|la|le|les|une|des|ceci|mais|devrait|pas|avec|sont|qui|nombre)\b")
LINE = {
    "en": re.compile(r"mnist\.\w+ (PASS|NOT YET) \S.*\n"),
    "fr": re.compile(r"mnist\.\w+ (PASS|PAS ENCORE) \S.*\n"),
}
KEPT_SCORE = Evaluation.of(np.array([0, 1]), np.eye(2), ["cat", "dog"])


class Evil:
    """Raises whatever is done with it."""

    def _raise(self, *args, **kwargs):
        raise RuntimeError("evil")

    __float__ = __int__ = __index__ = __complex__ = __eq__ = __repr__ = __str__ = __hash__ = _raise
    __len__ = __iter__ = __getitem__ = __bool__ = __array__ = __getattr__ = __call__ = _raise


class Liar:
    """Raises when its class is asked for."""

    __class__ = property(lambda self: 1 / 0)


class Wordy:
    """Its text is long and has many lines."""

    def __repr__(self):
        return "line\n" * 100_000


def nasty() -> dict[str, object]:
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    by_adding = keras.Sequential()
    by_adding.add(keras.Input((4,)))
    by_adding.add(keras.layers.Dense(2))
    odd_layer = type("Odd\nkind", (keras.layers.Dense,), {})
    odd_model = keras.Sequential([keras.Input((4,)), odd_layer(2, name="odd")])
    figure, axes = plt.subplots(2, 2)
    tensor = keras.ops.convert_to_tensor
    boxed = np.empty((), dtype=object)
    boxed[()] = Evil()
    return {
        "None": None, "Ellipsis": ..., "no text": "", "blanks": " \n\t", "nan": float("nan"), "np.nan": np.float32("nan"),
        "nan text": "nan", "inf": float("inf"), "-inf": -np.inf, "huge": 10**400, "-huge": -(10**5000), "1e308": 1e308,
        "complex": 3 + 4j, "np.complex": np.complex64(1), "True": True, "np.True": np.bool_(True), "zero": 0,
        "text": "many words", "lines": "a\nb\r\nc\u2028d", "long text": "x" * 10**6, "digits": "54 08 1", "braces": "{answer} %s",
        "bytes": b"12", "bytearray": bytearray(b"ab"), "Decimal": decimal.Decimal("sNaN"), "Fraction": fractions.Fraction(1, 30),
        "list": [1, 2, 3], "nested": [[1, 2], [3, [4]]], "ragged": [[1], [2, 3]], "empty list": [], "empty tuple": (),
        "list of None": [None, None, 3], "list of nan": [float("nan")] * 3, "list of inf": [float("inf")] * 3,
        "list of evil": [Evil(), Evil(), Evil()], "mixed": [1, "a", None], "floats": (26.5, 26.5, 32.5), "bools": [True, False, True],
        "object array": np.array([1, "a", None], dtype=object), "empty array": np.empty((0, 28, 28)), "0-d": np.array(3.0),
        "0-d object": boxed, "empty 10": np.empty((0, 10)), "array of text": np.array(["a"] * 10),
        "array of nan": np.full((2, 10), np.nan), "nan ten": np.full(10, np.nan), "complex array": np.ones(10, complex),
        "big": np.zeros((300, 28, 28)), "dates": np.array(["2020"] * 10, "datetime64"), "masked": np.ma.masked_array(np.zeros(10), True),
        "records": np.zeros(10, [("a", int)]), "np.int8": np.int8(7), "np.float16": np.float16(0.05), "np.str": np.str_("b"),
        "tensor": tensor([1.0, 2.0]), "scalar tensor": tensor(5.0), "text tensor": np.array("x"), "bool tensor": tensor(True),
        "symbolic": keras.Input((28, 28)), "variable": keras.Variable(np.zeros(10)), "bfloat16": tensor(np.zeros(10), "bfloat16"),
        "Series": pd.Series([1, 2]), "DataFrame": pd.DataFrame({"a": [1], "b": ["x"]}), "NA": pd.NA, "NaT": pd.NaT,
        "generator": (i for i in range(3)), "endless": itertools.count(), "range": range(10**9), "set": {26, 32}, "frozenset": frozenset(),
        "dict": {"a": 1}, "dict of None": {1: None}, "counter": collections.Counter("aab"), "empty dict": {}, "map": map(abs, [1]),
        "class": int, "keras class": keras.Sequential, "layer class": keras.layers.Dense, "Run class": Run, "np class": np.ndarray,
        "function": len, "lambda": lambda: 0, "method": "x".join, "module": string, "partial": print,
        "unbuilt": unbuilt, "by adding": by_adding, "no layers": keras.Sequential(), "only input": keras.Sequential([keras.Input((3,))]),
        "layer": keras.layers.Conv2D(2, 3), "list of layers": [keras.layers.Dense(1)], "subclass": keras.Model(), "odd model": odd_model,
        "Evaluation": KEPT_SCORE, "empty Run": Run(name="empty"), "nan Run": Run(name="nan", test={"accuracy": float("nan")}),
        "History": keras.callbacks.History(), "scores": {"loss": 1.0}, "list of scores": [0.1, 0.99], "percent": 98.5,
        "figure": figure, "axes": axes, "one axes": axes[0, 0], "list of axes": list(axes.flat), "empty figure": plt.figure(),
        "three Nones": (None, None, None), "three texts": ("a", "b", "c"), "three numbers": (1, 2, 3), "three ragged": ([[1], [2, 3]], [1], [1]),
        "one-hot labels": (np.array([1]), np.eye(3), np.arange(3)), "no images": ([], [], []), "lengths": ([0], [1, 2], [1, 2, 3]),
        "Evil": Evil(), "Liar": Liar(), "Wordy": Wordy(), "object": object(), "exception": ValueError("a\nb"), "endless cycle": itertools.cycle("ab"),
        "odd class": type("odd\nname" * 50, (), {})(),
    }  # fmt: skip


NASTY = nasty()
# What is in the table and a right answer to some question.
RIGHT = {
    "zero": {"conv_value", "dropout_parameters"},
    "Evaluation": {name for name, asked in questions("mnist").items() if asked.kind == "metric"},
}


@pytest.mark.parametrize("language", config.LANGUAGES)
@pytest.mark.parametrize("name", NASTY)
def test_check_prints_one_line_in_its_language(name, language, capsys):
    config.choose(language=language, profile="smoke")
    for short, asked in questions("mnist").items():
        check(asked.id, NASTY[name] if name != "generator" else (i for i in range(3)))
        line = capsys.readouterr().out
        assert LINE[language].fullmatch(line), (asked.id, line)
        assert len(line) < 500, line
        assert (" PASS " in line) == (short in RIGHT.get(name, ())), line
        foreign = (FRENCH if language == "en" else ENGLISH).search(
            re.sub(r"\w+\.\w+|\w+\(.*?\)|'[^']*'", "", line)
        )
        assert not foreign, (foreign, line)


@pytest.mark.parametrize("language", config.LANGUAGES)
@pytest.mark.parametrize("name", NASTY)
def test_guess_prints_one_line(name, language, capsys):
    config.choose(language=language, profile="smoke")
    for short, asked in questions("mnist").items():
        guess(asked.id, NASTY[name])
        line = capsys.readouterr().out
        assert re.fullmatch(rf"mnist\.{short} GUESS \S.*\n", line), line
        assert len(line) < 160, line
        right = line.endswith(("is right\n", "est juste\n"))
        assert right == (short in RIGHT.get(name, ())), line


@pytest.mark.parametrize(
    ("answer", "en", "fr"),
    [
        (5408, "5,408 is right", "5 408 est juste"),
        (np.int64(10_000), "10,000 is too high", "10 000 est trop grand"),
        (0.5, "0.5 is too low", "0,5 est trop petit"),
        ("5409", "5409 is too high", "5409 est trop grand"),
        pytest.param(10**400, "inf is too high", "inf est trop grand", id="huge"),
        (True, "True is not it", "True n'est pas cela"),
        ((26, 26), "(26, 26) is not it", "(26, 26) n'est pas cela"),
        (float("nan"), "a value of type float is not it", "une valeur de type float n'est pas cela"),
        (None, "no answer yet.", "pas encore de réponse."),
    ],
)
def test_guess_in_both_languages(answer, en, fr, capsys):
    for language, words in (("en", en), ("fr", fr)):
        config.choose(language=language)
        guess("mnist.flatten_size", answer)
        assert capsys.readouterr().out == f"mnist.flatten_size GUESS {words}\n"


def test_a_text_is_read_by_a_person(capsys):
    for ask in (check, guess):
        ask("mnist.why_convolution", "because")
        assert "is read by a person" in capsys.readouterr().out


def test_messages_have_the_same_facts_in_both_languages():
    for key, message in MESSAGES.items():
        facts = [
            {name for _, name, _, _ in string.Formatter().parse(message[lang]) if name}
            for lang in ("en", "fr")
        ]
        assert facts[0] == facts[1], key
        assert "\n" not in message["en"] + message["fr"]
        assert not ENGLISH.search(re.sub(r"\{\w+\}|\w+\.\w+|\(\.*\)", "", message["fr"])), message["fr"]
        assert not re.search(r"\w[;:?!]", message["fr"].replace("{got}:", "")), (
            "French has a space before ; : ? !"
        )


def test_a_right_line_is_the_same_in_every_run_and_profile(capsys):
    for profile in config.PROFILES:
        for value in (0.995, 0.999):
            config.choose(profile=profile)
            check("mnist.accuracy", value)
    assert len(set(capsys.readouterr().out.splitlines())) == 1

"""The question files: labkit's own are complete and consistent, an instructor's are checked line by line."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from labkit import config
from labkit.quiz import Question, check, judge, question, questions
from labkit.quiz.question_files import labs
from labkit.quiz.questions import forget

NOTEBOOKS = Path(__file__).parents[1] / "notebooks" / "src"
SOURCES = {
    "mnist": NOTEBOOKS / "01_first_cnn_mnist.py",
    "fashion": NOTEBOOKS / "02_fashion_mnist.py",
    "cifar10": NOTEBOOKS / "03_cifar10.py",
    "cifar100": NOTEBOOKS / "04_vgg16_cifar100.py",
    "photos": NOTEBOOKS / "05_transfer_learning.py",
    "gradcam": NOTEBOOKS / "06_gradcam_plus_plus.py",
    "own": NOTEBOOKS / "07_own_images_and_other_datasets.py",
}
ALL = [asked for lab in labs(None) for asked in questions(lab).values()]
WITH_ANSWER = [asked for asked in ALL if asked.kind in ("choice", "number", "numbers", "shape")]
MISTAKES = [(asked, known) for asked in ALL for known in asked.misconceptions]


def ids(cases) -> list[str]:
    return [case.id if isinstance(case, Question) else f"{case[0].id}={case[1]['answer']}" for case in cases]


@pytest.mark.parametrize("asked", ALL, ids=ids(ALL))
def test_a_question_is_complete(asked):
    assert asked.tasks
    assert all(re.fullmatch(r"S\d(\.[\dT]+)+", task) for task in asked.tasks)
    if asked.kind != "text":
        for texts in (asked.shows, asked.hint):
            assert set(texts) == set(config.LANGUAGES)


@pytest.mark.parametrize("asked", ALL, ids=ids(ALL))
def test_texts_keep_the_typography_of_their_language(asked):
    for texts in (asked.shows, asked.hint, *asked.misconceptions):
        english, french = texts.get("en", ""), re.sub(r"\w+\(.*?\)|\{.*?\}", "", texts.get("fr", ""))
        assert not re.search(r"\w[;:?!](\s|$)", french), french
        assert not re.search(r"\s[;:?!](\s|$)", english), english
        assert not re.search(r"\b(the|is|of|with|and)\b", french), french
        assert not re.search(r"\b(le|les|est|des|une)\b", english), english


@pytest.mark.parametrize("asked", WITH_ANSWER, ids=ids(WITH_ANSWER))
@pytest.mark.parametrize("language", config.LANGUAGES)
def test_every_accepted_answer_passes(asked, language):
    config.choose(language=language)
    for answer in asked.accept:
        verdict = judge(asked.id, answer)
        assert verdict.passed
        assert verdict.line.startswith(f"{asked.id} PASS ")


def large(asked, known) -> bool:
    """Whether a model of that many parameters takes seconds to make."""
    return asked.kind == "model" and known["answer"] > 5e7


@pytest.mark.parametrize(
    ("asked", "known"),
    [pytest.param(*case, marks=[pytest.mark.slow] * large(*case)) for case in MISTAKES],
    ids=ids(MISTAKES),
)
@pytest.mark.parametrize("language", config.LANGUAGES)
def test_every_misconception_has_its_own_message(asked, known, language):
    config.choose(language=language)
    answer = model_of(known["answer"]) if asked.kind == "model" else known["answer"]
    verdict = judge(asked.id, answer)
    assert not verdict.passed
    assert verdict.message == known[language]


def model_of(parameters: int) -> keras.Sequential:
    """A model with that many parameters: one Dense layer without bias."""
    return keras.Sequential([keras.Input((parameters,)), keras.layers.Dense(1, use_bias=False)])


@pytest.mark.parametrize("asked", ALL, ids=ids(ALL))
def test_no_hint_gives_the_number_away(asked):
    right = [
        number for answer in asked.accept for number in (answer if isinstance(answer, list) else [answer])
    ]
    if asked.kind == "function":
        right = []  # its examples are shown to whoever fails one
    if asked.kind == "shape":
        right = []  # its parts (26, 32) may be spoken of, the whole may not
        wholes = [r"\W+".join(map(str, answer)) for answer in asked.accept]
        assert not any(re.search(whole, hint) for whole in wholes for hint in asked.hint.values())
    for language in config.LANGUAGES:
        texts = [asked.hint.get(language, "")]
        texts += [known[language] for known in asked.misconceptions if asked.kind not in ("choice", "model")]
        for text in texts if asked.kind != "choice" else ():
            said = {
                float(n.replace(",", ""))
                for n in re.findall(r"(?<![.\d])\d[\d,]*(?:\.\d+)?", text)
                if n[-1] != ","
            }
            assert not said & {float(number) for number in right if number}, text
            # 0 stands in many formulas: only a 0 on its own would give it away
            assert 0 not in right or not re.search(r"(?<![\d.,(/])\b0\b(?![.,]?\d)", text), text


@pytest.mark.parametrize("lab", labs(None))
def test_the_lab_asks_its_questions_and_no_others(lab):
    source = SOURCES[lab].read_text(encoding="utf-8")
    checked = re.findall(r"lk\.check\(\s*\"([\w.]+)\"", source)
    asked = set(checked) | set(re.findall(r"question=\"([\w.]+)\"", source))
    known = {question.id: question for question in questions(lab).values()}
    assert asked == set(known)
    texts = {name for name, found in known.items() if found.kind == "text"}
    assert not texts & set(checked), "a text is read by a person"
    assert set(checked) == set(known) - texts
    assert len(checked) == len(set(checked))


def test_the_tasks_of_lab_1_are_covered():
    tasks = {task for found in questions("mnist").values() for task in found.tasks}
    assert tasks >= {"S2.1", "S2.3", "S2.4", "S2.5", "S2.6", "S2.7", "S2.8", "S2.T"}


@pytest.mark.parametrize("language", config.LANGUAGES)
@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("mnist.flaten_size", "'mnist.flaten_size'.*mnist.flatten_size"),
        ("mnits.flatten_size", "mnist.flatten_size"),
        ("mnist.zzzzzz", "flatten_size, layer_parameters"),
        ("zzzz", "mnist"),
        ("", "mnist"),
        ("../mnist.data", "mnist"),
        ("/etc/passwd\n", "mnist"),
        ("x" * 10_000, "mnist"),
        (5408, "5[, ]408.$"),
        (None, "mnist.flatten_size.*NoneType"),
        ([], "mnist.flatten_size.*list"),
    ],
)
def test_an_unknown_question_is_one_helpful_line(asked, word, language):
    config.choose(language=language)
    for ask in (check, judge):
        with pytest.raises(KeyError, match=word) as caught:
            ask(asked, 5408)
        text = str(caught.value)
        assert "\n" not in text
        assert text[0] not in "'\"", "a bare KeyError puts its sentence in quotes"
        assert len(text) < 600


GOOD = """
[mine]
tasks = ["S9.1"]
kind = "number"
accept = [7]
shows = { en = "{answer} it is", fr = "c'est {answer}" }
hint = { en = "count", fr = "comptez" }
"""


@pytest.fixture
def own(monkeypatch, tmp_path):
    """Writes the instructor's file of lab 1 and names its folder in the environment."""

    def write(text: str | bytes) -> Path:
        path = tmp_path / "mnist.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.setenv("LABKIT_QUESTIONS", str(tmp_path))
        forget()
        return path

    yield write
    forget()


def test_a_field_of_the_own_folder_replaces_ours(own):
    before = question("mnist.flatten_size")
    own("[flatten_size]\npoints = 5\n")
    after = question("mnist.flatten_size")
    assert (before.points, after.points) == (1, 5)
    assert after.accept == before.accept
    assert after.misconceptions == before.misconceptions
    own('[flatten_size]\nhint = { en = "mine", fr = "le mien" }\n')
    assert judge("mnist.flatten_size", 3).message == "mine"


def test_a_contract_of_ones_own(own):
    own("[train]\ncontract = { smoke = 0.1, course = 0.2, full = 0.3 }\n")
    assert judge("mnist.train", 0.25).passed


def test_a_new_question_and_a_new_lab(own, tmp_path):
    own(GOOD)
    (tmp_path / "other.toml").write_text(GOOD)
    forget()
    for name in ("mnist.mine", "other.mine"):
        assert judge(name, 7).line == f"{name} PASS 7 it is"
    assert judge("mnist.flatten_size", 5408).passed


FAULTS = {
    "broken": ("[mine\n", "TOML"),
    "latin": (GOOD.encode() + b"# \xe9\n", "TOML, UTF-8"),
    "twice": (GOOD + GOOD, "TOML"),
    "no table": ("mine = 3\n", "question mine: a question is a table"),
    "unknown field": (GOOD + "answr = 3\n", "question mine, field answr: there is no such field"),
    "unknown kind": (GOOD.replace('"number"', '"nummber"'), "question mine, field kind: .*'nummber'"),
    "no kind": (GOOD.replace('kind = "number"', ""), "question mine, field kind: it is missing"),
    "no tasks": (GOOD.replace('tasks = ["S9.1"]', ""), "question mine, field tasks: it is missing"),
    "tasks no list": (GOOD.replace('["S9.1"]', '"S9.1"'), "question mine, field tasks: .*list"),
    "points as text": (GOOD + 'points = "2"\n', "question mine, field points: .*number"),
    "points as truth": (GOOD + "points = true\n", "question mine, field points: .*number"),
    "no French hint": (
        GOOD.replace(', fr = "comptez"', ""),
        "question mine, field hint.fr: this text is missing",
    ),
    "no English shows": (GOOD.replace('en = "{answer} it is", ', ""), "question mine, field shows.en"),
    "text is a number": (GOOD.replace('"comptez"', "3"), "question mine, field hint.fr"),
    "two lines": (GOOD.replace("comptez", "a\\nb"), "question mine, field hint.fr: a text is one line"),
    "unknown place": (GOOD.replace("{answer} it", "{answr} it"), "question mine, field shows.en: .*answer"),
    "bad format": (GOOD.replace("{answer} it", "{answer:q} it"), "question mine, field shows.en: .*answer"),
    "no accept": (
        GOOD.replace("accept = [7]", ""),
        "question mine, field accept: a question of kind number needs",
    ),
    "accept of text": (GOOD.replace("[7]", '["7"]'), "question mine, field accept: .*numbers"),
    "accept of nan": (GOOD.replace("[7]", "[nan]"), "question mine, field accept: .*numbers"),
    "shape not nested": (GOOD.replace('"number"', '"shape"'), "question mine, field accept: .*lists"),
    "no choices": (GOOD.replace('"number"', '"choice"'), "question mine, field wants.choices: .*needs it"),
    "choice not offered": (
        GOOD.replace('"number"', '"choice"') + 'wants = { choices = ["a"] }\n',
        "question mine, field accept: .*among wants.choices",
    ),
    "unknown wish": (GOOD + "wants = { dtpye = 1 }\n", "question mine, field wants.dtpye"),
    "misconception without answer": (
        GOOD + '[[mine.misconceptions]]\nen = "a"\nfr = "b"\n',
        "question mine, field misconceptions 1: .*answer",
    ),
    "misconception in one language": (
        GOOD + '[[mine.misconceptions]]\nanswer = 3\nen = "a"\n',
        "question mine, field misconceptions 1.fr",
    ),
    "contract without a profile": (
        "[train]\ncontract = { course = 0.5 }\n",
        "question train, field contract.smoke",
    ),
    "a moving figure": (
        '[train]\nshows = { en = "{answer}", fr = "x" }\n',
        "question train, field shows.en: .*kind metric",
    ),
    "override of another kind": (
        '[conv_shape]\nkind = "choice"\n',
        "question conv_shape, field wants.choices",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_with_file_question_and_field(own, fault):
    text, said = FAULTS[fault]
    path = own(text)
    with pytest.raises(ValueError, match=said) as caught:
        question("mnist.flatten_size")
    assert str(caught.value).startswith(str(path)), "the instructor's file, not ours"
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_none(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_QUESTIONS", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match=r"LABKIT_QUESTIONS should name a folder .*nowhere is none"):
        question("mnist.flatten_size")


def test_an_empty_folder_changes_nothing(own, tmp_path):
    own("")
    assert np.array_equal(
        [q.id for q in questions("mnist").values()], [q.id for q in ALL if q.id.startswith("mnist.")]
    )

"""Copies are found through every disguise that changes nothing, and honest students are left in peace."""

import subprocess
import sys
import time

import pytest

from labkit.grading import alike, copies

NET = """
features = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2), layers.Dropout(0.3),
    layers.Conv2D(48, 5, activation="relu"), layers.MaxPooling2D(2), layers.Dropout(0.35),
])
"""
CURVE = """
def smooth(values, weight=0.7):
    result = []
    for value in values:
        last = result[-1] if result else value
        result.append(weight * last + (1 - weight) * value)
    return result
"""
WORDS = "A kernel is the same everywhere, so it needs few weights and finds its pattern wherever that stands."


def names(found):
    return [copy.names for copy in found]


DISGUISES = {
    "comments": CURVE.replace("result = []", "result = []  # my own idea\n    # really"),
    "layout": CURVE.replace("weight=0.7", "weight = .7").replace("\n    return", "\n\n    return"),
    "docstring": CURVE.replace("    result = []", '    """Smooth it."""\n    result = []'),
    "names": CURVE.replace("values", "ys")
    .replace("result", "out")
    .replace("smooth", "ema")
    .replace("last", "y"),
    "quotes": CURVE,
    "magic": "%matplotlib inline\n" + CURVE,
    "crlf": CURVE.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("how", DISGUISES)
def test_disguises_are_seen_through(how):
    assert alike.code(DISGUISES[how]) == alike.code(CURVE)
    found = copies.find({"a": {"q": CURVE}, "b": {"q": DISGUISES[how]}})
    assert names(found) == [("a", "b")]


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("0.7", "0.8"),
        ("weight * last", "last * weight"),
        ("append", "insert"),
        ("else value", "else values"),
        ("for value in values", "for value in keras"),
    ],
)
def test_other_code_stays_other(change, to):
    assert alike.code(CURVE.replace(change, to)) != alike.code(CURVE)


def test_names_of_libraries_and_of_arguments_count():
    assert alike.code("x = np.zeros(3)") != alike.code("x = keras.zeros(3)")
    assert alike.code("x = f(units=3)") != alike.code("x = f(filters=3)")
    assert alike.code("from keras import layers as k\nk.Dense(3)") == alike.code(
        "from keras import layers as l\nl.Dense(3)"
    )
    assert alike.code("from keras import layers as k") != alike.code("from keras import models as k")
    assert alike.code("units = 3\nf(units=units)") == alike.code("n = 3\nf(units=n)")
    assert alike.code("print = 3") != alike.code("sum = 3")


def test_a_name_that_is_used_twice_is_the_same_name():
    assert alike.code("a = 1\nb = 2\nf(a, b)") != alike.code("a = 1\nb = 2\nf(b, a)")


def test_code_that_is_no_python_is_compared_as_text():
    broken = CURVE.replace("return result", "return result)")
    found = copies.find({"a": {"q": broken}, "b": {"q": broken.replace("    ", "  ") + "# mine"}})
    assert names(found) == [("a", "b")]


def test_prose_is_compared_by_its_words():
    other = "**Votre réponse** (`q`) : " + WORDS.upper().replace(",", " -").replace(" ", "\n")
    found = copies.find({"a": {"q": WORDS}, "b": {"q": other}}, prose={"q"})
    assert found[0].pairs[0].prose == ("q",)
    assert not copies.find({"a": {"q": WORDS}, "b": {"q": WORDS.replace("few", "many")}}, prose={"q"})


def test_short_and_known_answers_mean_nothing():
    honest = {
        "size": "flatten_size = 13 * 13 * 32",
        "net": NET,
        "stub": f"raise NotImplementedError({'q' * 60!r})",
    }
    same = {name: dict(honest) for name in "ab"}
    known = {"net": [NET.replace("features", "f")], "stub": [honest["stub"]]}
    assert not copies.find(same, known=known)
    assert copies.find(same)  # without them it would be one


def test_lines_that_were_given_do_not_count():
    given = "def loss(y, p):\n    assert len(y) == len(p), 'as many'\n    total = 0\n    for target, q in zip(y, p):\n        {}\n    return total / len(y)\n"
    answer = given.format("total += -keras.ops.log(q[target])")
    assert not copies.find({"a": {"q": answer}, "b": {"q": answer}}, known={"q": [given.format("raise E")]})
    assert copies.find({"a": {"q": answer}, "b": {"q": answer}})


def test_one_common_line_is_no_copy_but_two_are():
    line = 'x_train = dataset.x_train[..., np.newaxis].astype("float32") / 255'
    assert not copies.find({"a": {"q": line, "p": NET}, "b": {"q": line}})
    assert copies.find({"a": {"q": line, "p": line + " + 1"}, "b": {"q": line, "p": line + " + 1"}})


def test_what_the_class_writes_is_no_copy():
    everyone = {f"s{i}": {"net": NET, "curve": f"{CURVE}\nsmooth([{i}])"} for i in range(12)}
    assert not copies.find(everyone)
    for name in ("s3", "s7"):
        everyone[name]["curve"] = CURVE
    found = copies.find(everyone)
    assert names(found) == [("s3", "s7")]
    assert found[0].pairs[0].questions == ("curve",)
    assert found[0].pairs[0].share == 0.5


def test_prose_that_the_whole_class_shares_is_reported():
    assert len(copies.find({f"s{i}": {"q": WORDS} for i in range(9)}, prose={"q"})[0].names) == 9


def test_pairs_are_joined_to_groups():
    other = WORDS + " And it is faster."
    answers = {"c": {"p": other}, "b": {"q": WORDS, "p": other}, "a": {"q": WORDS}, "x": {"q": WORDS + "!x"}}
    found = copies.find(answers, prose={"q", "p"})
    assert names(found) == [("a", "b", "c")]
    assert [pair.names for pair in found[0].pairs] == [("a", "b"), ("b", "c")]


def test_lost_and_missing_answers():
    assert not copies.find({"a": {"q": None}, "b": {"q": None}, "c": {}, "d": {"q": ""}})
    assert copies.find({}) == []


def test_flags_name_the_other_and_the_share():
    answers = {"a": {"q": WORDS, "p": WORDS}, "b": {"q": WORDS, "p": WORDS + " And more."}}
    flags = copies.flags(copies.find(answers, prose={"q", "p"}))
    assert set(flags) == {"a", "b"}
    assert flags["a"][0].kind == "same answers"
    assert flags["a"][0].detail == "1 answer (50% of those that can be compared) as in b: q"


def test_the_order_of_the_hand_ins_changes_nothing():
    answers = {f"s{i}": {"q": WORDS if i % 2 else WORDS * 2, "p": CURVE} for i in range(6)}
    backwards = dict(reversed(answers.items()))
    assert copies.find(answers, prose={"q"}) == copies.find(backwards, prose={"q"})


BOMBS = {
    "minus": "'-' * 15000 + '1'",
    "dots": "'a' + '.a' * 8000",
    "sum": "'1' + '+1' * 8000",
    "calls": "'a' + '()' * 8000",
    "brackets": "'(' * 9000 + ')' * 9000",
    "elif": "'if a:\\n p\\n' + 'elif a:\\n p\\n' * 1500",
    "indents": "''.join(' ' * i + 'if a:\\n' for i in range(150))",
    "nul": "'x = 1\\0' * 50",
    "surrogate": "'x = \"\\udc80\"' * 50",
    "huge": "'x = 1\\n' * 300000",
}


@pytest.mark.parametrize("source", ["1" + " + 1" * 400, "if a:\n p\n" + "elif a:\n p\n" * 100])
def test_deep_nesting_is_not_parsed(source):
    assert alike.code(source) == "".join(source.split())


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_answer_brings_the_grader_down(bomb):
    program = f"from labkit.grading import alike; alike.code({BOMBS[bomb]}); alike.prose({BOMBS[bomb]}); print('ok')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "ok"), done.stderr


def test_accents_upon_accents_take_no_time():
    start = time.process_time()  # others may be busy on the same cores
    alike.prose("a" + "\u0300\u0323" * 200_000)
    assert time.process_time() - start < 5
    assert len(alike.prose("\ufdfa" * 1_000_000)) < 1_000_000

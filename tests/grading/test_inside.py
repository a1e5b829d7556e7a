"""What runs in the student's kernel: whatever an answer is, evidence comes of it, and in time."""

import json
import os
import threading
import time

import keras
import numpy as np
import pandas as pd
import pytest

from labkit.grading import inside, kit, probes
from labkit.grading.evidence import parse
from labkit.grading.inside import networks
from labkit.quiz import question
from tests.grading.probing import NONCE, evidence


def sent(value, question_id="mnist.flatten_size", **namespace):
    """The evidence of a value, after its way through the parser."""
    texts, _ = evidence(question_id, "answer", {"answer": value, **namespace})
    found, flag = parse(texts, NONCE, question_id)
    assert flag is None, flag
    return found


def endless():
    while True:
        yield 1


class Raising:
    """Raises whatever is asked of it."""

    def __getattribute__(self, name):
        raise SystemExit("no")

    def __repr__(self):
        raise KeyboardInterrupt


class Meta(type):
    @property
    def __name__(cls):
        raise ValueError("no name")


class Nameless(metaclass=Meta):
    pass


class LyingInt(int):
    def __repr__(self):
        return "5408"

    __str__ = __format__ = __repr__

    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


class LyingText(str):
    def __getitem__(self, key):
        return "c"


class LyingDict(dict):
    def get(self, key, default=None):
        return 0.99

    def values(self):
        return [320, 346176, 650]


recursive = [1]
recursive.append(recursive)
odd = [
    Raising(), Nameless(), Nameless, endless(), endless, recursive, np.broadcast_to(1.0, 10**9), np.array(7), np.array([]),
    np.array([None, "a"], dtype=object), np.array(1 + 2j), np.zeros(3, "datetime64[s]"), np.zeros(2, [("a", int)]),
    10**5000, -(10**5000), "x" * 10**7, b"bytes", {1, 2}, {"a": 1}, range(10**9), float("nan"), float("-inf"), 1j,
    pd.Series([1.5, 2]), pd.DataFrame({"a": [1]}), pd.Index(["a"]), keras.Variable(3.0), keras.ops.ones((2, 2)),
    [[[[[[[1]]]]]]], [[0] * 1000] * 1000, ["x" * 2000] * 1000, "\ud800", object(), int, print, Ellipsis, None, "  ",
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(inside._MAKERS) + ["number", "shape", "choice", "numbers"])
@pytest.mark.parametrize("place", range(len(odd)))
def test_whatever_an_answer_is_it_becomes_evidence(kind, place, monkeypatch):
    texts = []
    monkeypatch.setattr(inside, "publish", texts.append)
    spec = {
        "kind": kind, "places": [0.5], "images": 1, "seed": 1, "pairs": True, "calls": [], "models": [], "scale": 1,
    }  # fmt: skip
    start = time.process_time()  # others may be busy on the same cores
    inside.answer(NONCE, "mnist.data", lambda: odd[place], json.dumps(spec))
    assert time.process_time() - start < 5
    (text,) = texts
    assert len(text) < 2_000_000
    found, flag = parse(texts, NONCE, "mnist.data")
    assert flag is None, flag
    assert found["type"] in {"plain", "array", "figure", "metric", "calls", "unanswered", "error"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (5408, {"int": "5408"}),
        (np.int32(5408), {"int": "5408"}),
        (np.array([5408]), {"int": "5408"}),
        (np.float32(0.5), {"float": "0.5"}),
        (True, {"bool": True}),
        (np.True_, {"bool": True}),
        ("c", {"text": "c"}),
        (np.str_("c"), {"text": "c"}),
        ((1, None), {"list": [{"int": "1"}, {"none": True}]}),
        (keras.ops.convert_to_tensor(3), {"int": "3"}),
        (keras.Variable(3.0), {"float": "3.0"}),
        (float("nan"), {"float": "nan"}),
        (10**5000, {"float": "inf"}),
        ({1}, {"object": "set"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_plain_values(value, plain):
    assert sent(value) == {"type": "plain", "value": plain}


def test_a_subclass_cannot_speak_for_its_value():
    assert sent(LyingInt(3))["value"] == {"int": "3"}
    assert sent(LyingText("b"))["value"] == {"text": "b"}
    assert sent(LyingDict(a=1), "mnist.layer_parameters")["value"] == {"list": [{"int": "1"}]}
    assert sent(LyingDict(accuracy=0.1), "mnist.first_accuracy", model=None)["value"] == {"float": "0.1"}


def test_nothing_is_an_answer_that_is_not_there():
    for nothing in (None, Ellipsis, "", "  \n"):
        assert sent(nothing) == {"type": "unanswered"}


def test_an_expression_that_raises():
    texts, _ = evidence("mnist.stride", "undefined", {})
    found, _ = parse(texts, NONCE, "mnist.stride")
    assert found == {"type": "error", "name": "NameError", "text": "name 'undefined' is not defined"}


def test_shadowed_builtins_and_display_functions_do_not_matter():
    namespace = {
        "answer": 5408, "list": [1], "print": None, "sum": 0, "str": 1, "open": None, "dict": 3, "len": 2, "display": None,
        "json": None, "np": None, "type": None, "isinstance": None,
    }  # fmt: skip
    texts, _ = evidence("mnist.flatten_size", "answer", namespace)
    assert parse(texts, NONCE, "mnist.flatten_size")[0]["value"] == {"int": "5408"}


def test_a_probe_takes_no_name_of_the_notebook():
    namespace = {"answer": 5408}
    evidence("mnist.flatten_size", "answer", namespace)
    assert set(namespace) == {"answer", "__builtins__"}


def test_rows_of_an_array_are_those_that_were_asked_for():
    x = np.arange(1000 * 4, dtype=np.int16).reshape(1000, 2, 2)
    texts, specs = evidence("mnist.data", "x", {"x": x})
    found = json.loads(texts[0])["evidence"]
    assert found["rows"] == [int(place * 1000) for place in specs["mnist.data"]["places"]]
    assert (found["shape"], found["dtype"]) == ([1000, 2, 2], "int16")


def test_an_array_of_a_billion_is_not_written_out():
    big = np.broadcast_to(np.zeros((28, 28), np.uint8), (10**9, 28, 28))
    assert len(sent(big, "mnist.data")["rows"]) == 16
    wide = np.broadcast_to(np.zeros(1, np.uint8), (3, 10**9))
    assert sent(wide, "mnist.data")["rows"] == []


def test_functions_are_called_and_their_errors_are_results(monkeypatch):
    texts = []
    monkeypatch.setattr(inside, "publish", texts.append)
    spec = {"kind": "function", "calls": [[1], [2], [{"array": [[1, 2]]}]]}

    def halved(x):
        if np.ndim(x):
            return x / 2
        return {1: 0.5}[x]

    inside.answer(NONCE, "mine.f", lambda: halved, json.dumps(spec))
    results = json.loads(texts[0])["evidence"]["results"]
    row = {"list": [{"float": "0.5"}, {"float": "1.0"}]}
    assert results == [{"float": "0.5"}, {"error": "KeyError"}, {"list": [row]}]


def test_evidence_from_two_threads_does_not_mix():
    texts, _ = evidence("mnist.stride", "answer", {"answer": 13})
    stop = threading.Event()
    thread = threading.Thread(target=lambda: [print("x", end="") for _ in iter(stop.is_set, True)])
    thread.start()
    again, _ = evidence("mnist.stride", "answer", {"answer": 13})
    stop.set()
    thread.join()
    assert again == texts


def test_parameters_are_not_asked_of_the_model(monkeypatch):
    monkeypatch.setattr(keras.Model, "count_params", lambda self: 347146)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    found = sent(model, "mnist.model")
    assert [part["weights"] for part in found["layers"]] == [[[4, 2], [2]]]
    assert found["answers"]["shape"] == [3, 2]
    assert question("mnist.model").kind == "model"


HOSTILE = """
from IPython import get_ipython
import IPython.display, sys, threading, time
get_ipython().display_pub.publish = lambda *args, **more: None
IPython.display.display = IPython.display.publish_display_data = None
def spam(write=sys.stdout.write, sleep=time.sleep):
    while True:
        write("x")
        sleep(0.001)
threading.Thread(target=spam, daemon=True).start()
list, str, sum, print, open, len = [1], None, 0, None, None, None
flatten_size = 5408
"""


@pytest.mark.slow
def test_a_real_kernel_publishes_whatever_the_notebook_did_to_it(tmp_path):
    from jupyter_client.manager import start_new_kernel

    specs = probes.specs([question("mnist.flatten_size")], "seed", {})
    (cell,) = probes.probe_cells('lk.check("mnist.flatten_size", flatten_size)', specs, NONCE)
    environment = {**os.environ, "PYTHONPATH": str(kit.make(tmp_path / "kit"))}
    manager, client = start_new_kernel(env=environment, cwd=str(tmp_path))
    try:
        sent = []
        for source in (HOSTILE, cell.source):
            client.execute_interactive(source, timeout=60, output_hook=sent.append)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    shown = [message["content"] for message in sent if message["msg_type"] == "display_data"]
    assert [set(content["data"]) for content in shown] == [{inside.MIME}]
    found, flag = parse([shown[0]["data"][inside.MIME]], NONCE, "mnist.flatten_size")
    assert (found["value"], flag) == ({"int": "5408"}, None)


def test_large_photos_go_through_a_network_in_small_batches():
    """A base of VGG16 makes 13 MB of one photo of 224x224 in its first layer alone."""

    class Watching:
        def predict(self, images, batch_size, **_):
            self.batch = batch_size
            return np.zeros((len(images), 10))

    net, batches = Watching(), []
    for shape in (
        (2, 28, 28, 1),
        (2, 32, 32, 3),
        (2, 96, 96, 3),
        (2, 224, 224, 3),
        (1, 2000, 2000, 3),
        (3, 5),
        (3,),
    ):
        assert "data" in networks._outputs(net, np.zeros(shape, np.uint8))
        batches.append(net.batch)
    assert batches == [256, 256, 113, 20, 1, 256, 256]

"""Evidence is read strictly: whoever writes it by hand writes it as the probe does, or it is none."""

import base64

import numpy as np
import pytest

from labkit.grading import evidence
from labkit.grading.evidence import BadEvidence, parse
from labkit.grading.stand_ins import Layer, Model, layer

GOOD = '{"nonce": "n", "question": "mnist.stride", "evidence": {"type": "plain", "value": {"int": "13"}}}'


def test_good_evidence_is_read():
    found, flag = parse([GOOD], "n", "mnist.stride")
    assert (found, flag) == ({"type": "plain", "value": {"int": "13"}}, None)
    assert parse([GOOD], None, "mnist.stride")[0] == found


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ([], "0 messages"),
        ([GOOD, GOOD], "2 messages"),
        ([GOOD.replace('"n"', '"m"')], "another nonce"),
        ([GOOD.replace("stride", "train")], "another question"),
        ([GOOD.replace('"type"', '"kind"')], "without a type"),
        ([GOOD[:-1]], "no strict JSON"),
        ([GOOD + GOOD], "no strict JSON"),
        (["null"], "other fields"),
        (["[1]"], "other fields"),
        ([GOOD[:-1] + ', "points": 99}'], "other fields"),
        ([GOOD[:-1] + ', "nonce": "n"}'], "a thing twice"),
        ([GOOD.replace('{"int": "13"}', "NaN")], "with NaN"),
        ([GOOD.replace('{"int": "13"}', "-Infinity")], "with -Infinity"),
        ([GOOD.replace('{"int": "13"}', "1e999")], "infinite number"),
        ([GOOD.replace('{"int": "13"}', "1" * 5000)], "too long"),
        ([GOOD.replace('{"int": "13"}', "[" * 20 + "]" * 20)], "nested too deeply"),
        (["[" * 400_000], "no strict JSON|deeply"),
        (["x" * (evidence.MOST_TEXT + 1)], "too long"),
        ([GOOD.replace('"n"', "1")], "nonce is of another type"),
    ],
)
def test_other_evidence_is_a_flag(texts, why):
    import re

    found, flag = parse(texts, "n", "mnist.stride")
    assert found is None
    assert re.search(why, flag.detail)
    assert flag.question == "mnist.stride"
    assert len(flag.detail) < 100


@pytest.mark.parametrize(
    ("found", "value"),
    [
        ({"int": "-13"}, -13),
        ({"float": "0.1"}, 0.1),
        ({"float": "inf"}, float("inf")),
        ({"bool": True}, True),
        ({"none": True}, None),
        ({"text": "é"}, "é"),
        ({"list": [{"int": "1"}, {"list": []}]}, [1, []]),
    ],
)
def test_plain_values(found, value):
    read = evidence.value(found)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "found",
    [
        13, None, [], {}, {"int": 13}, {"int": "1" * 41}, {"int": "0x1f"}, {"int": "١٣"[:0]}, {"float": 0.1}, {"float": "x"},
        {"float": "1" * 50}, {"bool": 1}, {"none": None}, {"text": "x" * 2001}, {"text": 3}, {"list": {}}, {"object": 3},
        {"list": [{"int": "1"}] * 1101}, {"list": [3]}, {"int": "1", "float": "1"}, {"pickle": "gASVCgAAAA=="},
    ],
)  # fmt: skip
def test_what_is_no_plain_value(found):
    with pytest.raises(BadEvidence):
        evidence.value(found)


def packed(array):
    return {
        "shape": list(array.shape), "dtype": str(array.dtype), "data": base64.b64encode(array.tobytes()).decode(),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["uint8", "int64", "float32", "bool", "float16"])
def test_arrays(kind):
    array = np.arange(12).reshape(3, 4).astype(kind)
    read = evidence.array(packed(array))
    assert read.dtype == array.dtype
    assert (read == array).all()


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [2, 4]}, {"shape": [10**6, 10**6]}, {"shape": [-1, 12]}, {"shape": [3, True, 4]}, {"shape": [3.0, 4]},
        {"dtype": "object"}, {"dtype": "O"}, {"dtype": "float64"}, {"dtype": "int32, int32"}, {"data": "???"}, {"data": ""},
        {"data": 3}, {"shape": [1] * 11},
    ],
)  # fmt: skip
def test_what_is_no_array(change):
    with pytest.raises(BadEvidence):
        evidence.array({**packed(np.arange(12, dtype=np.int32).reshape(3, 4)), **change})


def test_the_size_is_checked_before_anything_is_decoded():
    with pytest.raises(BadEvidence):
        evidence.array({"shape": [2**39], "dtype": "float64", "data": "A" * 100})


def test_labels_are_whole_numbers():
    assert evidence.labels([1, 2]).tolist() == [1, 2]
    for bad in ([1.0], [True], ["1"], {"a": 1}, [2**50], [1] * 60_001):
        with pytest.raises(BadEvidence):
            evidence.labels(bad)


def test_a_stand_in_counts_its_own_parameters():
    made = layer("Dense", "relu", weights=[[3, 4], [4]], output=[None, 4])
    assert (type(made).__name__, made.activation.__name__, made.parameters) == ("Dense", "relu", 16)
    assert isinstance(made, Layer)
    assert Model([made, made], built=True).count_params() == 32


@pytest.mark.parametrize("part", ["[],", '{"":0},'])
def test_evidence_of_millions_of_parts_is_not_unfolded(part):
    text = GOOD.replace('"13"', f"[{part * 600_000}0]")
    _, flag = parse([text], "n", "mnist.stride")
    assert "too many parts" in flag.detail

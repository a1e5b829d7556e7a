"""Values as JSON: numbers, texts, lists, arrays, and what a function returns.

The types' own methods are called (int.__repr__), because those of a subclass may say anything.
"""

import base64
from decimal import Decimal
from fractions import Fraction
from itertools import islice

import numpy as np

LONGEST_TEXT = 2000
LONGEST_LIST = 1100
LONGEST_NAME = 60
DEEPEST_LIST = 4
MOST_VALUES = 5000  # of one answer, all lists together
MOST_TEXT = 200_000  # characters of one answer
MOST_DIGITS = 40
MOST_SIDES = 16  # of a shape


def is_a(value, kind):
    """Like isinstance; an object may lie about its class, so its type is asked."""
    return issubclass(type(value), kind)


def short(text, length):
    """The beginning of a text, as a plain str."""
    return str.__getitem__(text, slice(0, length))


def class_name(value):
    try:
        return short(type(value).__name__, LONGEST_NAME)
    except BaseException:  # a class may have a class of its own
        return "object"


class Encoder:
    """Values as JSON, up to a number of them."""

    def __init__(self):
        self.values, self.text = MOST_VALUES, MOST_TEXT

    def encode(self, value, depth=0):
        self.values -= 1
        if value is None:
            return {"none": True}
        if self.values < 0 or self.text < 0:
            return {"object": class_name(value)}
        if type(value) in (Decimal, Fraction):
            value = float(value)
        if is_a(value, (bool, int, float, str)):
            return self._scalar(value)
        items = items_of(value) if depth < DEEPEST_LIST else None
        if items is None:
            return {"object": class_name(value)}
        if not is_a(items, list):  # what was in an array of no axes
            return self.encode(items, DEEPEST_LIST)
        return {"list": [self.encode(item, depth + 1) for item in items[:LONGEST_LIST]]}

    def _scalar(self, value):
        if is_a(value, bool):
            return {"bool": value is True}
        if is_a(value, int):
            if int.bit_length(value) > 3.3 * MOST_DIGITS:  # the judges take it for infinite, too
                return {"float": "inf" if int.__gt__(value, 0) else "-inf"}
            return {"int": int.__repr__(value)}
        if is_a(value, float):
            return {"float": float.__repr__(value)}
        text = short(value, LONGEST_TEXT)
        self.text -= len(text)
        return {"text": text}


def items_of(value):
    """The items of a list or an array; the number in an array of no axes; None of anything else."""
    if is_a(value, (list, tuple)):
        base = list if is_a(value, list) else tuple
        return list(base.__getitem__(value, slice(0, LONGEST_LIST)))
    array = as_array(value)
    if array is None or array.size > LONGEST_LIST or array.dtype.kind not in "biufUO":
        return None
    return array.tolist()


def as_array(value):
    """`value` as an array if it is one of NumPy, Keras, TensorFlow, pandas...; without a copy where that can be."""
    if is_a(value, type):
        return None
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):  # a DataFrame
        return np.asarray(value.to_numpy())
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        return None
    return np.asarray(value)


def packed(array, kind):
    """Base64 of an array's bytes, C order, little endian."""
    kind = np.dtype(kind).newbyteorder("<")
    return base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()


def plain_evidence(value, spec, names):
    """Of a number, a shape, a choice, and of whatever does not fit its kind."""
    array = None if is_a(value, (int, float, str, list, tuple)) else as_array(value)
    if array is not None and array.size == 1 and spec["kind"] in ("number", "metric"):
        value = array.ravel()[0]
    if array is not None and array.size <= LONGEST_LIST and spec["kind"] == "numbers":
        value = array.ravel()
    if is_a(value, dict) and spec["kind"] == "numbers":
        value = list(dict.values(value))
    if (
        array is None
        and spec["kind"] == "shape"
        and not is_a(value, (int, float, str, bytes, dict, set, frozenset))
    ):
        value = _sides(value)
    return {"type": "plain", "value": Encoder().encode(value)}


def _sides(value):
    """The items of anything in an order, such as TensorFlow's TensorShape, as a list; itself if it has none."""
    if not hasattr(type(value), "__len__") or not hasattr(type(value), "__iter__"):
        return value
    return list(islice(value, MOST_SIDES + 1))


def calls_evidence(value, spec, names):
    """Of a function: what it returns for the grader's arguments."""
    if not callable(value):
        return None
    encoder, results = Encoder(), []
    for call in spec["calls"]:
        try:
            results.append(encoder.encode(value(*[argument(given) for given in call])))
        except (Exception, SystemExit) as error:
            results.append({"error": class_name(error)})
    return {"type": "calls", "results": results}


def argument(given):
    """An argument as the grader writes it down; arrays stand as {"array": nested lists}."""
    return np.array(given["array"]) if is_a(given, dict) else given

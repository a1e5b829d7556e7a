"""Forged evidence: another probe in the place of labkit's, which claims what it likes.

Every other answer of these notebooks is wrong: no mark can be earned but by forging.
"""

from tests.grading.corpus.case import forgery

FORGED = ("forged evidence",)
# The student's own way of publishing, in place of the probe's.
PUBLISH = """
import json

import _labkit_probe
from IPython.display import display


def publish(text):
    display({"application/vnd.labkit.evidence+json": text}, raw=True)


"""


def _claim(name, why, evidence, flags=FORGED, **more):
    """The probe is replaced by one that claims the same of every question; `evidence` is Python."""
    source = f"""
def answer(nonce, question, *rest):
    publish(json.dumps({{"nonce": nonce, "question": question, "evidence": {evidence}}}))


_labkit_probe.answer = answer
"""
    return forgery(f"evidence_{name}", why, PUBLISH + source.strip("\n"), flags=flags, **more)


CASES = [
    _claim(
        "says_right", "a verdict instead of evidence", '{"type": "right", "status": "right", "points": 99}'
    ),
    _claim(
        "with_points",
        "points besides a wrong value",
        '{"type": "plain", "value": {"int": "1"}, "points": 99}',
    ),
    _claim(
        "no_calls", "no call of the function failed, for there was none", '{"type": "calls", "results": []}'
    ),
    _claim(
        "all_failed",
        "every call of the function failed by an error called Right",
        '{"type": "calls", "results": [{"error": "Right"}] * 8}',
    ),
    _claim(
        "no_rows",
        "no row of the array is wrong",
        """{
        "type": "array", "shape": [4, 4], "dtype": "float64", "rows": [], "data": "",
    }""",
    ),
    _claim(
        "empty_list", "no number of the row is wrong", '{"type": "plain", "value": {"list": []}}', flags=()
    ),
    _claim("object", "an object of the class int", '{"type": "plain", "value": {"object": "int"}}', flags=()),
    _claim("value_of_dict", "a value of another form", '{"type": "plain", "value": {"equal": True}}'),
    _claim("two_values", "two values in one", '{"type": "plain", "value": {"int": "1", "float": "5408.0"}}'),
    _claim("expression", "a number that is an expression", '{"type": "plain", "value": {"int": "13*13*32"}}'),
    _claim(
        "foreign_digits",
        "digits of other scripts, spaces, underscores",
        '{"type": "plain", "value": {"int": "5_4٠٨ "}}',
    ),
    _claim(
        "long_number", "a number of a million digits", '{"type": "plain", "value": {"int": "9" * 1_000_000}}'
    ),
    _claim(
        "long_float",
        "a float that takes long to read",
        '{"type": "plain", "value": {"float": "1e" + "9" * 30}}',
        flags=(),
    ),
    _claim(
        "nested",
        "lists in lists",
        '{"type": "plain", "value": {"list": [{"list": [{"list": [{"list": [{"int": "1"}]}]}]}]}}',
        flags=(),
    ),
    _claim(
        "objects_array",
        "an array of pickled objects",
        """{
        "type": "array", "shape": [4], "dtype": "object", "rows": [0], "data": "gASVKAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU",
    }""",
    ),
    _claim(
        "dtype_of_code",
        "a dtype that is a program",
        """{
        "type": "array", "shape": [4, 4], "rows": [0], "data": "AAAA",
        "dtype": "__import__('os').system('touch {outside}/marker')",
    }""",
    ),
    _claim(
        "vast_array",
        "an array that is larger than its bytes",
        """{
        "type": "array", "shape": [2**39, 2**39], "dtype": "float64", "rows": [0] * 16, "data": "A" * 64,
    }""",
    ),
    _claim(
        "negative_array",
        "sides below zero",
        """{
        "type": "array", "shape": [-4, -4], "dtype": "float64", "rows": [0], "data": "",
    }""",
    ),
    _claim(
        "surrogates",
        "half a character in every text",
        '{"type": "error", "name": "\\ud800", "text": "\\udfff" * 50}',
        flags=(),
    ),
    _claim(
        "control",
        "a script and control characters as an error",
        """{
        "type": "error", "name": "<script>alert(1)</script>", "text": "\\x1b[31m\\x00\\u202e\\n=1+1",
    }""",
        flags=(),
    ),
    _claim("unanswered", "it says that nothing was asked", '{"type": "unanswered"}', flags=()),
]

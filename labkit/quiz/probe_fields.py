"""What stands in a question's `probe` and `expect`: what the grader asks for besides the answer itself.

    probe = { model = "small", data = "mnist", scale = 255 }    a score, or what an evaluation says, is tried out
    probe = { like = "mnist.x_train" }                          the images must be of that data set
    probe = { like = "mnist.y_train", beside = "x_train" }      the labels must be those of the images in x_train
    probe = { args = [{ int = [0, 99] }], n = 8 }               a function is called with such arguments

`model` names variables of the notebook, one or several; "" means the network of the Run or History itself.
`scale` is what pixels 0..255 are divided by before the network sees them. `data` may also be a folder of photos that
labkit knows by name (`labkit.data.photos.PHOTOS`), tried at the size that it has there for the profile.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

TRIED = ("metric", "indices", "names", "per_class")  # kinds whose score a network must show
_FIELDS: dict[str, tuple[type, ...]] = {
    "args": (list,), "beside": (str,), "data": (str,), "like": (str,), "model": (str, list), "n": (int,),
    "scale": (int, float),
}  # fmt: skip
_OF_KIND: dict[str, set[str]] = {
    "array": {"like", "beside"},
    "figure": {"like"},
    "function": {"args", "n"},
    **{kind: {"model", "data", "scale"} for kind in TRIED},
}
_ARGUMENTS: dict[str, set[str]] = {
    "array": {"low", "high"}, "choice": set(), "float": set(), "int": set(), "list": set(), "text": set(),
}  # fmt: skip
_ARRAY = re.compile(r"(\w+)\.([xy])_(train|test)")
MOST_CALLS = 50


def problems(table: dict[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    """`(field, what is wrong)` of a question's `probe` and `expect`."""
    probe = table.get("probe", {})
    for key, value in probe.items():
        if key not in _OF_KIND.get(kind, ()):
            known = ", ".join(sorted(_OF_KIND.get(kind, ()))) or "nothing"
            yield f"probe.{key}", f"a question of kind {kind} knows {known} there"
        elif not isinstance(value, _FIELDS[key]) or isinstance(value, bool):
            yield f"probe.{key}", f"it should be of type {_FIELDS[key][0].__name__}"
    yield from _wrong_data(probe)
    yield from _wrong_call(table, probe, kind)


def _wrong_data(probe: dict[str, Any]) -> Iterator[tuple[str, str]]:
    from labkit.data.catalog import CATALOG
    from labkit.data.photos import PHOTOS

    like = _ARRAY.fullmatch(probe.get("like", "mnist.x_train"))
    if not like or like[1] not in CATALOG:
        yield "probe.like", "it should be an array of a data set, such as 'mnist.x_train'"
    elif (like[2] == "y") != ("beside" in probe):
        yield "probe.like", "labels need beside, the variable of their images; images do not"
    if probe.get("data", "mnist") not in (*CATALOG, *PHOTOS):
        yield "probe.data", f"choose one of {', '.join((*CATALOG, *PHOTOS))}"
    if ("model" in probe) != ("data" in probe):
        yield "probe", "model and data go together"
    if isinstance(probe.get("model"), list) and not all(isinstance(name, str) for name in probe["model"]):
        yield "probe.model", "it should be names of variables"
    if not probe.get("scale", 1) > 0:
        yield "probe.scale", "it should be larger than 0"


def _wrong_call(table: dict[str, Any], probe: dict[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    if "expect" in table and kind != "function":
        yield "expect", "only a question of kind function knows it"
    if ("expect" in table) != ("args" in probe):
        yield "expect", "expect and probe.args go together"
    if "expect" in table and not _defines_expect(table["expect"]):
        yield "expect", "it should be Python that defines a function expect(...)"
    if not 1 <= probe.get("n", 1) <= MOST_CALLS:
        yield "probe.n", f"it should be from 1 to {MOST_CALLS}"
    for place, spec in enumerate(probe.get("args", []), start=1):
        if not is_argument(spec):
            yield f"probe.args {place}", f"it should be a table with one of {', '.join(_ARGUMENTS)}"


def _defines_expect(source: str) -> bool:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return False
    return any(isinstance(node, ast.FunctionDef) and node.name == "expect" for node in body)


def is_argument(spec: Any) -> bool:
    """Whether this says how to draw an argument.

    Example:
        >>> is_argument({"int": [0, 9]}), is_argument({"array": [3, 3], "low": 0, "high": 1}), is_argument({"int": 9})
        (True, True, False)
    """
    kinds = [kind for kind in _ARGUMENTS if isinstance(spec, dict) and kind in spec]
    if len(kinds) != 1 or set(spec) - {kinds[0]} - _ARGUMENTS[kinds[0]]:
        return False
    kind, value = kinds[0], spec[kinds[0]]
    if kind in ("int", "float"):
        return _are_numbers(value) and len(value) == 2 and value[0] <= value[1]
    if kind == "array":
        sides = _are_numbers(value) and all(isinstance(side, int) and 0 < side <= 1000 for side in value)
        return sides and _are_numbers([spec.get("low", 0), spec.get("high", 1)])
    if kind == "text":
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000
    if kind == "choice":
        return isinstance(value, list) and bool(value)
    return isinstance(value, list) and len(value) == 2 and is_argument(value[0]) and _are_numbers(value[1:])


def _are_numbers(values: Any) -> bool:
    return (
        isinstance(values, list)
        and bool(values)
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    )

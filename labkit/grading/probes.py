"""Probes: the cells that take the place of check cells, and what each of them asks for."""

import ast
import hashlib
import json
import random
import string
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, v4

from labkit.quiz import Question
from labkit.quiz.probe_fields import TRIED

ROWS = 16  # of an array
CALLS = 8  # of a function
DEVICE = "labkit.device"  # asked right after the setup cell, before any cell of the student's
_LONGEST_ID = 64  # of a cell, says nbformat
_CALL = '__import__("_labkit_probe").answer({nonce!r}, {question!r}, lambda: ({expression}), {spec!r})'


def probe_cells(source: str, specs: Mapping[str, Mapping], nonce: str) -> list[NotebookNode]:
    """One probe cell for each `lk.check("question", expression)` of a check cell, in its order.

    `lk.guess` costs nothing and earns nothing: it is left out. The cell is one expression, so that no name of the
    notebook is taken.

    Raises:
        ValueError: the cell does something else, or checks what is no question: the author's fault.

    Example:
        >>> (cell,) = probe_cells('lk.check("mnist.stride", stride_width)', {"mnist.stride": {"kind": "number"}}, "n0")
        >>> print(cell.id, cell.source)  # doctest: +ELLIPSIS
        probe-mnist-stride __import__("_labkit_probe").answer('n0', 'mnist.stride', lambda: (stride_width), ...
    """
    cells = []
    for question, expression in _checks(source):
        if question not in specs:
            raise ValueError(f"a check cell asks {question!r}, which is no question of this lab.")
        text = _CALL.format(
            nonce=nonce, question=question, expression=expression, spec=json.dumps(specs[question])
        )
        cells.append(v4.new_code_cell(text, id=cell_id(question)))
    return cells


def cell_id(question: str) -> str:
    """The id of a question's probe cell: `probe-mnist-stride`; a hash where that cannot be an id."""
    found = f"probe-{question.replace('.', '-')}"
    plain = set(found) <= {*string.ascii_letters, *string.digits, "-", "_"}
    if plain and len(found) <= _LONGEST_ID:
        return found
    return f"probe-{hashlib.sha256(question.encode()).hexdigest()[:16]}"


def _checks(source: str) -> list[tuple[str, str]]:
    """`(question, expression)` of each check."""
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ValueError(f"a check cell is no Python: {error.msg} in line {error.lineno}.") from None
    found = []
    for statement in statements:
        call = statement.value if isinstance(statement, ast.Expr) else None
        name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
        if name not in ("lk.check", "lk.guess"):
            raise ValueError(
                f"a check cell calls lk.check() or lk.guess() only, not: {ast.unparse(statement)}."
            )
        if name == "lk.check":
            found.append(_asked(call))
    return found


def _asked(call: ast.Call) -> tuple[str, str]:
    plain = len(call.args) == 2 and not call.keywords and isinstance(call.args[0], ast.Constant)
    if not plain or not isinstance(call.args[0].value, str):
        raise ValueError(f'a check is lk.check("lab.question", answer), not: {ast.unparse(call)}.')
    return call.args[0].value, ast.unparse(call.args[1])


def specs(questions: Iterable[Question], seed: str, inputs: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """What the probe of each question asks for; nothing in it says what is right.

    Args:
        seed: of all that is random in it; the same seed gives the same specs.
        inputs: file of the hidden images of each data set, as the sandbox sees it.

    Raises:
        ValueError: a question needs hidden images of a data set that `inputs` lacks.
    """
    return {asked.id: spec(asked, seed, inputs) for asked in questions if asked.kind != "text"}


def spec(asked: Question, seed: str, inputs: Mapping[str, Path]) -> dict[str, Any]:
    """What the probe of one question asks for, see `specs`."""
    rng, found = random.Random(f"{seed} {asked.id}"), {"kind": asked.kind}
    if asked.kind == "array":
        found["places"] = [rng.random() for _ in range(ROWS)]
        found |= {"beside": asked.probe["beside"]} if "beside" in asked.probe else {}
    elif asked.kind == "figure":
        found["images"] = asked.wants["images"]
    elif asked.kind == "model":
        found["seed"] = rng.randrange(2**32)
    elif asked.kind == "names":
        found["pairs"] = asked.wants["of"] == "confusions"
    elif asked.kind == "function":
        found["calls"] = _calls(asked, rng)
    if asked.kind in TRIED and "data" in asked.probe:
        found |= _tried(asked, inputs)
    return found


def _tried(asked: Question, inputs: Mapping[str, Path]) -> dict[str, Any]:
    data, models = asked.probe["data"], asked.probe["model"]
    if data not in inputs:
        raise ValueError(f"{asked.id} is tried on {data}, of which there are no hidden images.")
    return {
        "inputs": str(inputs[data]),
        "scale": asked.probe.get("scale", 1),
        "models": [models] if isinstance(models, str) else list(models),
    }


def _calls(asked: Question, rng: random.Random) -> list[list]:
    """Fresh arguments, or those of the public examples where the question does not say how to draw any."""
    kinds = asked.probe.get("args")
    if kinds is None:
        return [list(arguments) for arguments, _ in asked.accept]
    return [[_drawn(kind, rng) for kind in kinds] for _ in range(asked.probe.get("n", CALLS))]


def _drawn(kind: Mapping[str, Any], rng: random.Random) -> Any:
    """One argument, see `labkit.quiz.probe_fields`."""
    if "int" in kind:
        return rng.randint(*map(int, kind["int"]))
    if "float" in kind:
        return rng.uniform(*kind["float"])
    if "text" in kind:
        return "".join(rng.choices(string.ascii_letters, k=kind["text"]))
    if "choice" in kind:
        return rng.choice(kind["choice"])
    if "list" in kind:
        inner, length = kind["list"]
        return [_drawn(inner, rng) for _ in range(int(length))]
    return {"array": _nested(kind, list(kind["array"]), rng)}


def _nested(kind: Mapping[str, Any], sides: list[int], rng: random.Random) -> Any:
    low, high = kind.get("low", 0), kind.get("high", 1)
    if not sides:
        whole = isinstance(low, int) and isinstance(high, int)
        return rng.randint(low, high) if whole else rng.uniform(low, high)
    return [_nested(kind, sides[1:], rng) for _ in range(sides[0])]

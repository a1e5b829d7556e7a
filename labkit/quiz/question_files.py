"""Reading the question files: labkit's own, an instructor's laid over them, every fault in one line."""

import math
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from labkit.config import LANGUAGES, PROFILES
from labkit.quiz import probe_fields

# What a kind of question needs in `accept`, `wants` and `contract`, and may have in `wants` besides.
_NEEDS: dict[str, tuple[str, ...]] = {
    "array": ("wants",),
    "choice": ("accept", "wants.choices"),
    "figure": ("wants.images",),
    "function": ("accept",),
    "indices": (),
    "metric": ("contract",),
    "model": ("accept",),
    "names": ("wants.of", "wants.n"),
    "number": ("accept",),
    "numbers": ("accept",),
    "per_class": (),
    "shape": ("accept",),
    "text": (),
}
_WANTS: dict[str, set[str]] = {
    "array": {"shape", "dtype", "range", "above", "one_hot"},
    "choice": {"choices"},
    "figure": {"images"},
    "model": {"layers", "hidden", "activation", "output", "dropout"},
    "names": {"of", "n"},
}
KINDS = tuple(_NEEDS)
RANKINGS = ("worst classes", "confusions")  # what a question of kind names asks for the first n of
# What `{answer}` stands for in `shows`; that of a metric changes from run to run and may not be shown.
_EXAMPLES: dict[str, Any] = {"number": 1, "model": 1, "figure": 1, "function": 1, "indices": 1, "names": 1}
_TYPES: dict[str, tuple[type, ...]] = {
    "tasks": (list,), "points": (int, float), "kind": (str,), "accept": (list,), "tolerance": (int, float),
    "shows": (dict,), "hint": (dict,), "misconceptions": (list,), "wants": (dict,), "contract": (dict,),
    "expect": (str,), "probe": (dict,),
}  # fmt: skip


def read_lab(lab: str, own: Path | None) -> dict[str, dict[str, Any]]:
    """The checked tables of a lab's questions by name; a field of the own folder replaces ours.

    Raises:
        ValueError: a fault in a file, named by file, question and field.
    """
    tables: dict[str, dict] = {}
    origin: dict[str, Any] = {}  # the last file that says something of a question is the one to mend
    for folder in _folders(own):
        path = folder / f"{lab}.toml"
        for name, table in _read(path).items():
            _demand(isinstance(table, dict), path, name, None, "a question is a table [name]")
            tables[name] = {**tables.get(name, {}), **table}
            origin[name] = path
    for name, table in tables.items():
        for field, problem in _problems(table):
            _demand(False, origin[name], name, field, problem)
    return tables


def labs(own: Path | None) -> list[str]:
    """Names of the labs that have a question file."""
    found = {path.name for folder in _folders(own) for path in folder.iterdir()}
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


def _folders(own: Path | None) -> list[Any]:
    if own is not None and not own.is_dir():
        raise ValueError(f"LABKIT_QUESTIONS should name a folder of question files, but {own} is none.")
    return [files("labkit.quiz") / "questions", *([own] if own is not None else [])]


def _read(path: Any) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        problem = " ".join(str(error).split())
        raise ValueError(f"{path} cannot be read as a question file (TOML, UTF-8): {problem}.") from None


def _demand(true: bool, path: Any, name: str, field: str | None, problem: str) -> None:
    if not true:
        where = f"{path}: question {name}" + (f", field {field}" if field else "")
        raise ValueError(f"{where}: {problem}.")


def _problems(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """`(field, what is wrong)`; the first one is reported, so later ones may trust the earlier."""
    for field in table:
        if field not in _TYPES:
            yield field, f"there is no such field: choose one of {', '.join(_TYPES)}"
        elif not isinstance(table[field], _TYPES[field]) or isinstance(table[field], bool):
            yield field, f"it should be a TOML {_toml_name(_TYPES[field][0])}"
    for field in ("kind", "tasks"):
        if field not in table:
            yield field, "it is missing"
    kind = table["kind"]
    if kind not in KINDS:
        yield "kind", f"there is no kind {kind!r}: choose one of {', '.join(KINDS)}"
    yield from _missing(table, kind)
    yield from _wrong_texts(table, kind)
    yield from _wrong_values(table, kind)
    yield from probe_fields.problems(table, kind)


def _missing(table: dict[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    for need in _NEEDS[kind]:
        field, _, key = need.partition(".")
        if not table.get(field) or (key and key not in table[field]):
            yield need, f"a question of kind {kind} needs it"
    for key in table.get("wants", {}):
        if key not in _WANTS.get(kind, ()):
            known = ", ".join(sorted(_WANTS.get(kind, ()))) or "nothing"
            yield f"wants.{key}", f"a question of kind {kind} knows {known} there"
    for profile in PROFILES if kind == "metric" else ():
        if not _is_contract(table["contract"].get(profile)):
            yield (
                f"contract.{profile}",
                "it should be the least accuracy of that profile, a number from 0 to 1, or [least, most]",
            )


def _wrong_texts(table: dict[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    for number, known in enumerate(table.get("misconceptions", []), start=1):
        if not isinstance(known, dict) or "answer" not in known:
            yield f"misconceptions {number}", "it should be a table with answer, en and fr"
    texts = {field: table.get(field) for field in ("shows", "hint")}
    texts |= {
        f"misconceptions {n}": known for n, known in enumerate(table.get("misconceptions", []), start=1)
    }
    for field, text in texts.items():
        for language in LANGUAGES if text is not None else ():
            if not isinstance(text.get(language), str) or not text[language].strip():
                yield f"{field}.{language}", "this text is missing"
            elif "\n" in text[language]:
                yield f"{field}.{language}", "a text is one line"
    for language, text in table.get("shows", {}).items():
        if not _can_show(text, kind):
            yield f"shows.{language}", f"{{answer}} cannot be shown in this way for a question of kind {kind}"


def _wrong_values(table: dict[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    numbers = {"number": table.get("accept"), "model": table.get("accept")}.get(kind) or []
    rows = table["accept"] if kind in ("shape", "numbers") else []
    if not all(map(_is_number, numbers)):
        yield "accept", "it should be a list of numbers"
    if not all(isinstance(row, list) and row and all(map(_is_number, row)) for row in rows):
        yield "accept", "it should be a list of lists of numbers, such as [[26, 26, 32]]"
    if kind == "function" and not all(map(_is_example, table["accept"])):
        yield "accept", "it should be a list of calls [[arguments], result], such as [[[2, 3], 5]]"
    if kind == "names" and table["wants"]["of"] not in RANKINGS:
        yield "wants.of", f"choose one of {', '.join(RANKINGS)}"
    if kind == "names" and not (isinstance(table["wants"]["n"], int) and table["wants"]["n"] >= 1):
        yield "wants.n", "it should be a whole number of at least 1"
    if kind == "choice" and not set(map(str, table["accept"])) <= set(map(str, table["wants"]["choices"])):
        yield "accept", "it should be among wants.choices"


def _can_show(text: str, kind: str) -> bool:
    if kind == "metric" and "{" in text:
        return False
    try:
        text.format(answer=_EXAMPLES.get(kind, "a"))
    except (KeyError, IndexError, ValueError):
        return False
    return True


def _is_contract(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) == 2 and all(map(_is_number, value)) and value[0] <= value[1]
    return _is_number(value)


def _is_example(call: Any) -> bool:
    return isinstance(call, list) and len(call) == 2 and isinstance(call[0], list)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _toml_name(kind: type) -> str:
    return {list: "list [...]", dict: "table", str: "text", int: "number"}[kind]

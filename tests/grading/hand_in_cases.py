"""Hand-ins as they come: lab 1 filled in from its solution, then made awkward or hostile, one case a function.

`BENIGN` cases still hold every answer; `HOSTILE_FILES` try something with the notebook's structure. Both take
the notebook as the dict that its JSON is, and return a dict or the bytes of a file.
"""

import copy
import functools
import json
import random
from collections.abc import Callable

from tests.conftest import ROOT

LAB = "01_first_cnn_mnist"
LABELS = {"en": "**Your answer** (`{}`): ", "fr": "**Votre réponse** (`{}`) : "}
Case = Callable[[dict], dict | bytes]
BENIGN: dict[str, Case] = {}
HOSTILE_FILES: dict[str, Case] = {}


def edition(language: str = "en", lab: str = LAB, solution: bool = False) -> dict:
    """A lab's notebook as JSON has it, each source in one piece."""
    folder = "solutions" if solution else {"en": ".", "fr": "fr"}[language]
    return copy.deepcopy(_read(f"notebooks/{folder}/{lab}.ipynb"))


@functools.cache
def _read(path: str) -> dict:
    notebook = json.loads((ROOT / path).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def solutions(lab: str = LAB) -> dict[str, str]:
    """Source of each code answer and words of each prose answer, by question."""
    found = {}
    for cell in edition(lab=lab, solution=True)["cells"]:
        if question := asked(cell):
            found[question] = cell["source"].removeprefix("**Model answer.**").strip()
    return found


def filled(language: str = "en", lab: str = LAB) -> dict:
    """The student edition with every answer written in."""
    notebook, answers = edition(language, lab), solutions(lab)
    for cell in notebook["cells"]:
        if question := asked(cell):
            label = LABELS[language].format(question) if cell["cell_type"] == "markdown" else ""
            cell["source"] = label + answers[question]
    return notebook


def asked(cell: dict) -> str:
    """The question that a cell answers, or ""."""
    return cell["metadata"].get("labkit", {}).get("question", "")


def code(source: str, **more) -> dict:
    return {
        "cell_type": "code", "metadata": {}, "source": source,
        "outputs": [], "execution_count": None, **more,
    }  # fmt: skip


def markdown(source: str, **more) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def place(notebook: dict, cell_id: str) -> int:
    return next(i for i, cell in enumerate(notebook["cells"]) if cell.get("id") == cell_id)


def cell(notebook: dict, cell_id: str) -> dict:
    return notebook["cells"][place(notebook, cell_id)]


def benign(case: Case) -> Case:
    BENIGN[case.__name__] = case
    return case


def hostile(case: Case) -> Case:
    HOSTILE_FILES[case.__name__] = case
    return case


def _code_answers(notebook: dict) -> list[dict]:
    return [c for c in notebook["cells"] if asked(c) and c["cell_type"] == "code"]


def _bytes(notebook: dict, encoding: str = "utf-8", **more) -> bytes:
    return json.dumps(notebook, ensure_ascii=False, **more).encode(encoding, "replace")


@benign
def untouched(notebook):
    return notebook


@benign
def cells_shuffled(notebook):
    random.Random(1).shuffle(notebook["cells"])
    return notebook


@benign
def cells_reversed(notebook):
    notebook["cells"].reverse()
    return notebook


@benign
def ids_stripped(notebook):
    for c in notebook["cells"]:
        del c["id"]
    return notebook | {"nbformat_minor": 4}


@benign
def metadata_stripped(notebook):
    for c in notebook["cells"]:
        c["metadata"] = {}
    return notebook


@benign
def ids_and_metadata_stripped(notebook):
    return metadata_stripped(ids_stripped(notebook))


@benign
def all_metadata_stripped(notebook):
    return ids_and_metadata_stripped(notebook) | {"metadata": {}}


@benign
def ids_rewritten_by_colab(notebook):
    letters = random.Random(2)
    for c in notebook["cells"]:
        c["id"] = "".join(letters.choices("abcdefghijkXYZ0123456789_-", k=12))
        c["metadata"]["id"] = c["id"]
        c["metadata"]["colab"] = {"base_uri": "https://localhost:8080/"}
        c["metadata"]["outputId"] = "0a1b-2c3d"
    return notebook


@benign
def shuffled_and_ids_rewritten(notebook):
    return cells_shuffled(ids_rewritten_by_colab(notebook))


@benign
def every_cell_twice(notebook):
    notebook["cells"] = [c for c in notebook["cells"] for _ in range(2)]
    return notebook


@benign
def every_cell_twice_new_ids(notebook):
    copies = [dict(c, id=f"copy-{i}") for i, c in enumerate(notebook["cells"])]
    notebook["cells"] = [c for pair in zip(notebook["cells"], copies, strict=True) for c in pair]
    return notebook


@benign
def whole_notebook_twice(notebook):
    return notebook | {"cells": notebook["cells"] * 2}


@benign
def answers_split(notebook):
    """As Jupyter splits a cell: both parts keep the metadata, the second gets a new id."""
    return _split(notebook, lambda c: dict(c["metadata"]))


@benign
def answers_split_metadata_lost(notebook):
    return _split(notebook, lambda c: {})


def _split(notebook, metadata):
    cells = []
    for c in notebook["cells"]:
        lines = c["source"].split("\n")
        top = [i for i, line in enumerate(lines) if line and line[0] not in " )]}"]
        if asked(c) and c["cell_type"] == "code" and len(top) > 1:
            at = top[1]
            second = code("\n".join(lines[at:]), id=f"second-{len(cells)}", metadata=metadata(c))
            cells += [dict(c, source="\n".join(lines[:at])), second]
        else:
            cells.append(c)
    return notebook | {"cells": cells}


@benign
def answers_below_their_stubs(notebook):
    """The stub stays, the answer stands in a cell of its own below it."""
    stubs = {c["id"]: c["source"] for c in edition()["cells"]}
    cells = []
    for c in notebook["cells"]:
        cells.append(dict(c, source=stubs[c["id"]]) if asked(c) else c)
        if asked(c):
            words = c["source"].removeprefix(LABELS["en"].format(asked(c)))
            cells.append((code if c["cell_type"] == "code" else markdown)(words, id=f"below-{len(cells)}"))
    return notebook | {"cells": cells}


@benign
def answers_in_new_cells(notebook):
    """The answer cells are deleted; new cells stand in their places."""
    for i, c in enumerate(notebook["cells"]):
        if asked(c):
            c.update(id=f"new-{i}", metadata={})
    return notebook


@benign
def answers_copied_from_the_one_before(notebook):
    """Each answer cell but the first is a copy of the first, written over: its metadata are wrong."""
    found = _code_answers(notebook)
    for i, c in enumerate(found[1:]):
        c.update(id=f"pasted-{i}", metadata=copy.deepcopy(found[0]["metadata"]))
    return notebook


@benign
def stubs_kept_as_copies(notebook):
    """Before each answer the untouched stub, under a new id but with the metadata."""
    stubs = {c["id"]: c["source"] for c in edition()["cells"]}
    cells = []
    for c in notebook["cells"]:
        cells += [dict(c, id=f"kept-{len(cells)}", source=stubs[c["id"]]), c] if asked(c) else [c]
    return notebook | {"cells": cells}


@benign
def outputs_of_50_megabytes(notebook):
    text = "epoch 1: loss 0.1234\n" * 2_400_000
    notebook["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [text]}]
    return notebook


@benign
def outputs_that_are_nonsense(notebook):
    for i, c in enumerate(_code_answers(notebook)):
        c["outputs"] = [[], {}, 7, "text", {"output_type": "display_data", "data": None}, [[[[]]]]][i % 6]
        c["execution_count"] = ["one", -3, 10**40, True][i % 4]
    return notebook


@benign
def format_3(notebook):
    return _format_3(notebook)


@benign
def format_3_metadata_lost(notebook):
    return _format_3(metadata_stripped(notebook))


def _format_3(notebook):
    cells = []
    for c in notebook["cells"]:
        old = {"cell_type": c["cell_type"], "metadata": c["metadata"]}
        if c["cell_type"] == "code":
            old |= {
                "input": c["source"],
                "language": "python",
                "prompt_number": 3,
                "collapsed": False,
                "outputs": [],
            }
        elif c["source"].startswith("## ") and "\n" not in c["source"]:
            old |= {"cell_type": "heading", "level": 2, "source": c["source"][3:]}
        else:
            old |= {"source": c["source"]}
        cells.append(old)
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}


@benign
def byte_order_mark(notebook):
    return _bytes(notebook, "utf-8-sig")


@benign
def utf_16(notebook):
    return _bytes(notebook, "utf-16")


@benign
def utf_16_without_mark(notebook):
    return _bytes(notebook, "utf-16-le")


@benign
def latin_1(notebook):
    cell(notebook, "17b614c0")["source"] += "\nLabor für Anfänger, réglé"
    return _bytes(json.loads(json.dumps(notebook).replace("\\u2019", "'")), "latin-1")


@benign
def line_ends_of_windows(notebook):
    text = json.dumps(notebook, indent=1).replace("\n", "\r\n").replace("\\n", "\\r\\n")
    return text.encode()


@benign
def line_ends_of_old_macs(notebook):
    return json.dumps(notebook, indent=1).replace("\\n", "\\r").encode()


@benign
def sources_as_lists(notebook):
    for c in notebook["cells"]:
        c["source"] = c["source"].splitlines(keepends=True)
    return notebook


@benign
def kernelspec_missing(notebook):
    del notebook["metadata"]["kernelspec"]
    return notebook


@benign
def kernelspec_of_r(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    return notebook


@benign
def notebook_metadata_missing(notebook):
    del notebook["metadata"]
    return notebook


@benign
def version_missing(notebook):
    return {"cells": notebook["cells"], "metadata": notebook["metadata"]}


@benign
def version_99(notebook):
    return notebook | {"nbformat": 99, "nbformat_minor": 0}


@benign
def tags_added(notebook):
    for c in notebook["cells"]:
        c["metadata"].setdefault("tags", []).extend(["hide-input", "important", "important"])
    return notebook


@benign
def extra_keys(notebook):
    for c in notebook["cells"]:
        c.update(cell_execution_strategy="setup", vscode={"languageId": "python"}, attachments={"a.png": {}})
    return notebook | {"anything": [1, 2]}


@benign
def widget_state(notebook):
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"x": "y" * 100_000}}
    return notebook


@benign
def notes_in_between(notebook):
    cells = []
    for i, c in enumerate(notebook["cells"]):
        cells += [c, markdown(f"Note {i}: **write here** what I think.", id=f"note-{i}")]
    return notebook | {"cells": cells}


@benign
def scratch_code_in_between(notebook):
    cells = []
    for i, c in enumerate(notebook["cells"]):
        cells += [c, code(f"print('scratch {i}')", id=f"scratch-{i}")]
    return notebook | {"cells": cells}


@benign
def empty_cells_in_between(notebook):
    cells = [x for i, c in enumerate(notebook["cells"]) for x in (c, code("", id=f"e-{i}"), code("# later"))]
    return ids_stripped_from_new(notebook | {"cells": cells})


def ids_stripped_from_new(notebook):
    for i, c in enumerate(notebook["cells"]):
        c.setdefault("id", f"set-{i}")
    return notebook


@benign
def locked_cells_deleted(notebook):
    notebook["cells"] = [c for c in notebook["cells"] if asked(c)]
    return notebook


@benign
def locked_cells_edited(notebook):
    for c in notebook["cells"]:
        if not asked(c):
            c["source"] += "\n# read"
    return notebook


@benign
def checks_deleted(notebook):
    notebook["cells"] = [c for c in notebook["cells"] if not c["source"].startswith("lk.check")]
    return notebook


@benign
def checks_deleted_and_ids_stripped(notebook):
    return ids_and_metadata_stripped(checks_deleted(notebook))


@benign
def checks_as_markdown(notebook):
    for c in notebook["cells"]:
        if c["source"].startswith("lk.check"):
            c["cell_type"] = "markdown"
    return notebook


@benign
def locked_cells_reformatted_and_stripped(notebook):
    for c in notebook["cells"]:
        if not asked(c):
            c["source"] = c["source"].replace(", ", ",").replace("\n", "\n\n") + "  \n"
    return ids_and_metadata_stripped(notebook)


@benign
def raw_cells_of_unknown_type(notebook):
    notebook["cells"] += [{"cell_type": "sql", "metadata": {}, "source": "select 1"}, {"cell_type": 3}]
    return notebook


@benign
def halves_of_emoji(notebook):
    notebook["cells"].append(markdown("half an emoji: \ud83d", id="half"))
    return json.dumps(notebook).encode()


@benign
def placeholder_kept_in_words(notebook):
    for c in notebook["cells"]:
        if asked(c) and c["cell_type"] == "markdown":
            label = LABELS["en"].format(asked(c))
            c["source"] = c["source"].replace(label, label + "*write here.*\n\n")
    return notebook


@benign
def words_in_code_cells(notebook):
    for c in notebook["cells"]:
        if asked(c) and c["cell_type"] == "markdown":
            c.update(cell_type="code", outputs=[], execution_count=None)
    return notebook


@hostile
def tags_for_nbval(notebook):
    for c in notebook["cells"]:
        c["metadata"]["tags"] = ["raises-exception", "nbval-skip", "skip-execution"]
    return notebook


@hostile
def comments_for_nbval(notebook):
    for c in notebook["cells"]:
        c["source"] = f"# NBVAL_SKIP\n{c['source']}\nx = '''\u2028## NBVAL_RAISES_EXCEPTION\u2028'''"
    return notebook


@hostile
def ids_of_probes(notebook):
    for c in _code_answers(notebook):
        c["id"] = f"probe-{asked(c)}"
        c["metadata"] = {}
    notebook["cells"].append(code("forged = True", id="probe-mnist-data"))
    return notebook


@hostile
def answers_under_ids_of_checks(notebook):
    """Before each check a cell with the check's id that would forge it."""
    cells = []
    for c in notebook["cells"]:
        if c["source"].startswith("lk.check"):
            cells.append(code("lk.check = print", id=c["id"], metadata=c["metadata"]))
        cells.append(c)
    return notebook | {"cells": cells}


@hostile
def checks_rewritten(notebook):
    for c in notebook["cells"]:
        if c["source"].startswith("lk."):
            c["source"] = "print('right')"
    return notebook


@hostile
def setup_rewritten(notebook):
    cell(notebook, "97c0fc92")["source"] = "import os; os._exit(0)"
    return notebook


@hostile
def checks_claim_to_be_answers(notebook):
    for c in notebook["cells"]:
        if not asked(c):
            c["metadata"] = {"labkit": {"question": "mnist.data"}}
    return notebook


@hostile
def ten_thousand_copies(notebook):
    return notebook | {"cells": notebook["cells"] + [cell(notebook, "mnist-data")] * 10_000}


@hostile
def eighteen_hundred_copies(notebook):
    return notebook | {"cells": notebook["cells"] + [cell(notebook, "mnist-data")] * 1_800}


@hostile
def eighteen_hundred_variants(notebook):
    wanted = cell(notebook, "mnist-data")
    more = [dict(wanted, id=f"v{i}", source=f"x{i} = {i}") for i in range(1_800)]
    return notebook | {"cells": notebook["cells"] + more}


@hostile
def labkit_metadata_of_any_kind(notebook):
    kinds = [
        [],
        7,
        "x" * 1_000_000,
        None,
        {"question": ["mnist.data"]},
        {"question": {}},
        {"checks": 5},
        [[]] * 999,
    ]
    for i, c in enumerate(notebook["cells"]):
        c["metadata"]["labkit"] = kinds[i % len(kinds)]
    notebook["metadata"]["labkit"] = [1]
    return notebook


@hostile
def metadata_of_any_kind(notebook):
    for i, c in enumerate(notebook["cells"]):
        c["metadata"] = [None, 3, [], "text"][i % 4]
    return notebook | {"metadata": 5}


@hostile
def ids_of_any_kind(notebook):
    kinds = [{}, [], 7, None, "", "x" * 500, "../../etc/passwd", "a b", "\n", True]
    for i, c in enumerate(notebook["cells"]):
        c["id"] = kinds[i % len(kinds)]
    return notebook


@hostile
def sources_of_any_kind(notebook):
    kinds = [None, 7, {}, [1, 2], ["a", None], True, [["a"]]]
    for i, c in enumerate(notebook["cells"]):
        c["source"] = kinds[i % len(kinds)]
    return notebook


@hostile
def cells_of_any_kind(notebook):
    kinds = [None, 7, [], "cell", {}, {"cell_type": ["code"]}, {"cell_type": {}, "source": "x"}]
    return notebook | {"cells": [kinds[i % 7] if i % 3 else c for i, c in enumerate(notebook["cells"])]}


@hostile
def questions_of_another_lab(notebook):
    other = filled(lab="02_fashion_mnist")
    for c, o in zip(notebook["cells"], other["cells"], strict=False):
        c["metadata"] = o["metadata"]
    return notebook


@hostile
def another_lab(notebook):
    return filled(lab="02_fashion_mnist")


@hostile
def one_id_for_all(notebook):
    for c in notebook["cells"]:
        c["id"] = "mnist-data"
    return notebook


@hostile
def one_question_for_all(notebook):
    for c in notebook["cells"]:
        c["metadata"] = {"labkit": {"question": "mnist.data"}}
    return notebook


@hostile
def ids_of_second_answers(notebook):
    for i in range(2, 50):
        notebook["cells"].insert(5, code(f"second = {i}", id=f"mnist-data--{i}"))
        notebook["cells"].append(code(f"added = {i}", id=f"added-{i}"))
    return notebook


@hostile
def locked_texts_as_answers(notebook):
    locked = cell(notebook, "97c0fc92")["source"]
    for c in _code_answers(notebook):
        c["source"] = locked
    return notebook


@hostile
def nul_and_halves_everywhere(notebook):
    for c in notebook["cells"]:
        c["source"] = "\0\ud800" + c["source"] + "\udfff"
        c["id"] = "\ud800"
        c["metadata"] = {"tags": ["\udc00"], "labkit": {"question": "mnist.data\ud800"}}
    notebook["metadata"] = {
        "labkit": {"lab": "\ud800", "language": "\ud800"},
        "kernelspec": {"language": "\ud800"},
    }
    return json.dumps(notebook).encode()


@hostile
def heading_of_ten_billion(notebook):
    old = _format_3(notebook)
    old["worksheets"][0]["cells"] += [{"cell_type": "heading", "level": 10**10, "source": "x"}] * 9
    return old


@hostile
def sources_of_one_megabyte(notebook):
    for c in _code_answers(notebook)[:15]:
        c["source"] = "x = 1\n" * 170_000
    return notebook


@hostile
def white_space_bombs(notebook):
    for c in notebook["cells"][:15]:
        c["source"] = " " * 400_000 + "\n" * 400_000 + "**Your answer**" + "\t" * 100_000
    return notebook


@hostile
def names_of_questions_repeated(notebook):
    text = "\n".join(solutions()) + "\n" + "mnist." * 100_000
    notebook["cells"] = [code(f"# {i}\n{text}", id=f"n{i}") for i in range(25)]
    return notebook


@hostile
def nothing_but_scratch(notebook):
    return notebook | {"cells": [code(f"y{i} = {i}", id=f"s{i}") for i in range(300)]}


@hostile
def code_answers_as_markdown(notebook):
    for c in _code_answers(notebook):
        c["cell_type"] = "markdown"
    return notebook


BROKEN_FILES: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\n ",
    "nul_bytes": b"\0" * 4096,
    "cut_short": b"",  # made below
    "web_page": b"<!DOCTYPE html><html><body>Log in</body></html>",
    "zip": b"PK\x03\x04\x14\x00\x00\x00rest",
    "python": b"import keras\nprint(1)\n",
    "trailing_comma": b'{"cells": [], "metadata": {},}',
    "list": b"[1, 2]",
    "number": b"7",
    "text": b'"cells"',
    "nan": b"NaN",
    "no_cells_key": b'{"nbformat": 4, "metadata": {}}',
    "no_cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
    "cells_no_list": b'{"nbformat": 4, "cells": {"0": {}}}',
    "worksheets_no_list": b'{"nbformat": 3, "worksheets": 5}',
    "worksheets_of_nothing": b'{"nbformat": 3, "worksheets": [1, {"cells": 3}]}',
    "version_99_without_cells": b'{"nbformat": 99, "pages": []}',
    "deep": b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep_objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "merge_conflict": b'{\n "cells": [\n<<<<<<< HEAD\n {}\n=======\n >>>>>>> b\n ]}',
    "random": random.Random(3).randbytes(5_000),
    "utf_16_garbage": b"\xff\xfe\x00\xd8\x00",
    "long_number": b'{"cells": ' + b"7" * 10_000 + b"}",
}
BROKEN_FILES["cut_short"] = _bytes(filled())[:100_000]

"""Hand-ins that try something with the structure of the notebook: ids, tags, metadata, copies, sizes."""

import json

from tests.grading.benign_files import as_format_3
from tests.grading.filled_labs import asked, cell, code, code_answers, filled, hostile, solutions


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
    for c in code_answers(notebook):
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
    for c in code_answers(notebook):
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
    old = as_format_3(notebook)
    old["worksheets"][0]["cells"] += [{"cell_type": "heading", "level": 10**10, "source": "x"}] * 9
    return old


@hostile
def sources_of_one_megabyte(notebook):
    for c in code_answers(notebook)[:15]:
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
    for c in code_answers(notebook):
        c["cell_type"] = "markdown"
    return notebook

"""Awkward but honest: encodings, old formats, outputs, kernels, all that editors do to a file. Every answer is there."""

import json

from tests.grading.benign_cells import metadata_stripped
from tests.grading.filled_labs import as_bytes, benign, cell, code_answers, markdown


@benign
def outputs_of_50_megabytes(notebook):
    text = "epoch 1: loss 0.1234\n" * 2_400_000
    notebook["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [text]}]
    return notebook


@benign
def outputs_that_are_nonsense(notebook):
    for i, c in enumerate(code_answers(notebook)):
        c["outputs"] = [[], {}, 7, "text", {"output_type": "display_data", "data": None}, [[[[]]]]][i % 6]
        c["execution_count"] = ["one", -3, 10**40, True][i % 4]
    return notebook


@benign
def format_3(notebook):
    return as_format_3(notebook)


@benign
def format_3_metadata_lost(notebook):
    return as_format_3(metadata_stripped(notebook))


def as_format_3(notebook):
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
    return as_bytes(notebook, "utf-8-sig")


@benign
def utf_16(notebook):
    return as_bytes(notebook, "utf-16")


@benign
def utf_16_without_mark(notebook):
    return as_bytes(notebook, "utf-16-le")


@benign
def latin_1(notebook):
    cell(notebook, "17b614c0")["source"] += "\nLabor für Anfänger, réglé"
    return as_bytes(json.loads(json.dumps(notebook).replace("\\u2019", "'")), "latin-1")


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
def raw_cells_of_unknown_type(notebook):
    notebook["cells"] += [{"cell_type": "sql", "metadata": {}, "source": "select 1"}, {"cell_type": 3}]
    return notebook


@benign
def halves_of_emoji(notebook):
    notebook["cells"].append(markdown("half an emoji: \ud83d", id="half"))
    return json.dumps(notebook).encode()

"""Awkward but honest: cells moved, copied, split, deleted, their ids and metadata lost. Every answer is there."""

import copy
import random

from tests.grading.filled_labs import LABELS, asked, benign, code, code_answers, edition, markdown


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
def ids_among_the_metadata(notebook):
    for c in notebook["cells"]:
        c["metadata"] = {"id": c.pop("id")}
    return notebook | {"nbformat_minor": 0}


@benign
def shuffled_and_ids_rewritten(notebook):
    return cells_shuffled(ids_rewritten_by_colab(notebook))


@benign
def shuffled_and_metadata_stripped(notebook):
    return cells_shuffled(metadata_stripped(notebook))


@benign
def answers_shuffled_with_their_checks_and_stripped(notebook):
    """No ids, no metadata, no order: an answer is known by the check below it, or by its label."""
    pairs = []
    for c in notebook["cells"]:
        if c["source"].startswith("lk.check") and pairs and asked(pairs[-1][-1]):
            pairs[-1].append(c)
        elif asked(c):
            pairs.append([c])
    random.Random(4).shuffle(pairs)
    return ids_and_metadata_stripped(notebook | {"cells": [c for pair in pairs for c in pair]})


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


@benign
def answers_split_and_all_stripped(notebook):
    return ids_and_metadata_stripped(answers_split(notebook))


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
    found = code_answers(notebook)
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

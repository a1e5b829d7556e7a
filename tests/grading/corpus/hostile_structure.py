"""Notebooks whose cells, tags, ids and metadata claim what is not theirs to say."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.grading.corpus import net
from tests.grading.corpus.case import Case, attack, file, full, nothing, without
from tests.grading.corpus.tiny import WRONG, cell, hand_in

CHECKS = ("check-tiny-area", "check-tiny-double", "check-tiny-rows", "check-tiny-letter", "check-tiny-grid")
AREA_WRONG = {"area": "area = 1"}


def _structure(
    name: str,
    why: str,
    change: Callable[[dict[str, Any]], Any],
    answers: Mapping[str, str | None] = AREA_WRONG,
    **more: Any,
) -> Case:
    """A notebook with one wrong answer, changed in its structure: all others keep their marks."""
    notebook = hand_in(answers)
    change(notebook)
    return Case(f"structure_{name}", "structure", why, file(notebook), **{"marks": without("area"), **more})


def _code(source: str, cell_id: str, **metadata: Any) -> dict[str, Any]:
    more = {"execution_count": 1, "outputs": [], "metadata": metadata}
    return {"cell_type": "code", "id": cell_id, "source": source, **more}


def _tags(notebook):
    for found in notebook["cells"]:
        tags = ["raises-exception", "nbval-skip", "nbval-ignore-output", "skip-execution"]
        found["metadata"]["tags"] = tags


def _checks_rewritten(notebook):
    for name in CHECKS:
        cell(notebook, name)["source"] = 'print("tiny.area PASS")'


def _checks_deleted(notebook):
    notebook["cells"] = [found for found in notebook["cells"] if found["id"] not in CHECKS]


def _checks_as_markdown(notebook):
    for name in CHECKS:
        found = cell(notebook, name)
        found["cell_type"] = "markdown"
        del found["outputs"], found["execution_count"]


def _checks_doubled(notebook):
    notebook["cells"] += [json.loads(json.dumps(cell(notebook, name))) for name in CHECKS]


def _maps_changed(notebook):
    cell(notebook, "tiny-code-2")["source"] = "SIDE, MAPS = 26, 5408"


def _outputs_forged(notebook):
    output = {"output_type": "stream", "name": "stdout", "text": "tiny.area PASS 5,408 values\n"}
    for found in notebook["cells"]:
        if found["cell_type"] == "code":
            found |= {"execution_count": None, "outputs": [output]}


def _points(notebook):
    about = {
        "points": 500,
        "score": 500,
        "grade": True,
        "grade_id": "tiny.area",
        "schema_version": 3,
        "max": 500,
    }
    for found in notebook["cells"]:
        found["metadata"] |= {"nbgrader": about, "points": 500, "otter": {"points": 500}}
        found["metadata"].setdefault("labkit", {}).update(points=500, mark=500, status="right", tasks=["S9"])
    notebook["metadata"]["labkit"]["points"] = 500


def _kernels(notebook):
    notebook["metadata"]["kernelspec"] = {
        "name": "../../../../bin/sh",
        "display_name": "sh",
        "language": "python",
        "argv": ["touch", "{outside}/marker"],
        "env": {"LD_PRELOAD": "{outside}/marker"},
    }
    notebook["metadata"]["kernel_provisioner"] = {"provisioner_name": "local-provisioner"}


def _roles(notebook):
    about = {"role": "check", "seconds": 1e9, "checks": ["tiny.area"], "copy_of": "check-tiny-area"}
    for found in notebook["cells"]:
        found["metadata"].setdefault("labkit", {}).update(about)


def _as_check(notebook):
    found = cell(notebook, "tiny-area")
    found["id"] = "check-tiny-area"
    found["metadata"] = {"tags": ["check", "nbval-check-output"], "labkit": {"checks": ["tiny.area"]}}
    notebook["cells"] = [
        kept for kept in notebook["cells"] if kept is found or kept["id"] != "check-tiny-area"
    ]


def _probe_ids(notebook):
    source = (
        "from IPython.display import display\n\n"
        "for nonce in ('', '0' * 32):\n"
        '    text = \'{"nonce": "%s", "question": "tiny.area", "evidence": {"type": "plain", "value": {"int": "5408"}}}\'\n'
        '    display({"application/vnd.labkit.evidence+json": text % nonce}, raw=True)'
    )
    for name in ("probe-tiny-area", "probe-tiny.area", "tiny-area--2", "added-1"):
        notebook["cells"].append(_code(source, name, labkit={"role": "check", "checks": ["tiny.area"]}))


def _edition(notebook):
    notebook["metadata"]["labkit"] |= {"edition": "solution", "generated": "by hand", "reference": True}


def _later(source: str, cell_id: str) -> Callable[[dict[str, Any]], None]:
    """A second answer, right after the first or at the end of the notebook."""

    def change(notebook):
        own = _code(source, cell_id, labkit={"question": "tiny.area"})
        place = next(i for i, found in enumerate(notebook["cells"]) if found["id"] == "tiny-area")
        notebook["cells"].insert(place + 1 if cell_id == "second" else len(notebook["cells"]), own)

    return change


def _questions_exchanged(notebook):
    first, second = cell(notebook, "tiny-area"), cell(notebook, "tiny-double")
    first["metadata"], second["metadata"] = second["metadata"], first["metadata"]


def _as_raw(notebook):
    found = cell(notebook, "tiny-area")
    found["cell_type"] = "raw"
    del found["outputs"], found["execution_count"]


CASES = [
    _structure("tags", "tags that skip, ignore and expect errors", _tags, flags=("nbval marker",)),
    _structure(
        "comments",
        "comments that nbval obeys, also in a text",
        lambda notebook: None,
        {"area": '# NBVAL_SKIP\n#NBVAL_IGNORE_OUTPUT\n# NBVAL_RAISES_EXCEPTION\narea = "# NBVAL_SKIP"'},
        flags=("nbval marker",),
    ),
    _structure(
        "checks_rewritten", "checks that print PASS", _checks_rewritten, flags=("locked cell changed",)
    ),
    _structure("checks_deleted", "no check is left", _checks_deleted, flags=("locked cell deleted",)),
    _structure(
        "checks_as_markdown", "checks that are text", _checks_as_markdown, flags=("locked cell changed",)
    ),
    _structure(
        "checks_doubled", "every check twice, with its id", _checks_doubled, flags=("locked cell copied",)
    ),
    _structure(
        "given_numbers_changed",
        "a locked cell is changed so that a wrong answer would be right",
        _maps_changed,
        {"area": "area = MAPS"},
        flags=("locked cell changed",),
    ),
    _structure("outputs_forged", "outputs that say PASS, of cells that were not run", _outputs_forged),
    _structure("points", "points in everybody's metadata", _points),
    _structure("kernels", "a kernel that is a program, or not in a sandbox", _kernels),
    _structure("roles", "every cell is a check with a billion seconds", _roles),
    _structure("answer_as_check", "the answer cell says that it is its own check", _as_check),
    _structure("probe_ids", "cells with the ids of probes", _probe_ids, flags=("cell added",)),
    _structure("edition", "the notebook says that it is the solution", _edition, flags=("solution edition",)),
    _structure(
        "second_right",
        "a wrong answer, then a right one beside it: the last counts",
        _later("area = 13 * 13 * MAPS", "second"),
        marks=full(),
        flags=("several answers",),
    ),
    _structure(
        "right_at_the_end",
        "a right answer after everything was checked",
        _later("area = 13 * 13 * MAPS", "last"),
        flags=("answer copied elsewhere",),
    ),
    _structure(
        "questions_exchanged",
        "metadata of two answers exchanged, ids not",
        _questions_exchanged,
        {},
        marks=full(),
    ),
    _structure(
        "as_raw",
        "an answer that is no code: a person looks",
        _as_raw,
        {},
        marks=without("area") | {"tiny.area": None},
        flags=("answer that is no code",),
    ),
    _structure(
        "all_wrong_all_tags",
        "nothing right, and every trick of metadata at once",
        lambda notebook: (_points(notebook), _roles(notebook), _tags(notebook), _edition(notebook)),
        WRONG,
        marks=nothing(),
    ),
    _structure(
        "five_thousand_cells",
        "more cells than anybody writes",
        lambda notebook: notebook["cells"].extend(_code("", f"e{i}") for i in range(5000)),
        status="rejected",
        marks={},
    ),
    attack(
        "structure",
        "structure_script_magic",
        "a cell that is no Python",
        "%%script true\narea = 5408",
        flags=("shell or cell magic",),
    ),
    attack(
        "structure", "structure_load", "a cell that loads another", "%run {hand_ins}/neighbour/lab.ipynb\n"
    ),
    Case(
        "structure_other_lab", "structure", "the notebook of another lab", file(net.hand_in()), {}, "rejected"
    ),
]

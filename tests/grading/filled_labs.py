"""A lab filled in from its solution, as the dict that its JSON is, and what cases of hand-ins are made with."""

import copy
import functools
import json
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


def code_answers(notebook: dict) -> list[dict]:
    return [c for c in notebook["cells"] if asked(c) and c["cell_type"] == "code"]


def as_bytes(notebook: dict, encoding: str = "utf-8", **more) -> bytes:
    return json.dumps(notebook, ensure_ascii=False, **more).encode(encoding, "replace")

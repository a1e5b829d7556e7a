"""Practice for instructors: a folder of 30 hand-ins of a lab, from perfect to hopeless, named as Moodle names them.

    python benchmarks/hand_ins.py 01 practice
    labkit grade practice --lab 01 --out grades

Nobody wrote them: each is the lab's student edition with the solution's answers, some of them spoilt as students
(and their computers) spoil them. `practice.expected.csv` says what each should earn: everything, something or nothing.
"""

import argparse
import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

from labkit.notebooks import Repository
from labkit.notebooks.editions import FRENCH, SOLUTION, STUDENT, make
from labkit.notebooks.source import read

Notebook = dict
KINDS: dict[str, tuple[str, Callable[[Notebook, random.Random], object]]] = {}


def kind(name: str, earns: str):
    """Register a way to spoil a perfect hand-in, and what it should earn then."""

    def register(function):
        KINDS[name] = (earns, function)
        return function

    return register


def answers(notebook: Notebook) -> list[dict]:
    """The code cells that students write."""
    return [c for c in notebook["cells"] if c["cell_type"] == "code" and _question(c)]


def _question(cell: dict) -> str:
    return cell["metadata"].get("labkit", {}).get("question", "")


@kind("right", "everything")
def right(notebook, rng):
    return None


@kind("saved with a byte order mark", "everything")
def byte_order_mark(notebook, rng):
    return b"\xef\xbb\xbf" + json.dumps(notebook).encode()


@kind("cell ids lost", "everything")
def ids_lost(notebook, rng):
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number}"


@kind("metadata lost", "everything")
def metadata_lost(notebook, rng):
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell["metadata"] = {}


@kind("an answer split in two cells", "everything")
def split(notebook, rng):
    cell = next(c for c in answers(notebook) if len(c["source"]) > 2 and not c["source"][1].startswith(" "))
    place = notebook["cells"].index(cell)
    rest = {**cell, "id": "split", "source": cell["source"][1:], "metadata": {}}
    cell["source"] = cell["source"][:1]
    notebook["cells"].insert(place + 1, rest)


@kind("check cells edited", "everything")
def checks_edited(notebook, rng):
    for cell in notebook["cells"]:
        if cell["metadata"].get("labkit", {}).get("checks"):
            cell["source"] = ["print('PASS')"]


@kind("half of the answers", "something")
def half(notebook, rng):
    for cell in answers(notebook)[1::2]:
        cell["source"] = [
            f'raise NotImplementedError("{_question(cell)}: replace this line with your answer")'
        ]


@kind("an endless loop", "something")
def endless(notebook, rng):
    answers(notebook)[-1]["source"] = ["while True:\n", "    pass"]


@kind("a kernel that dies", "something")
def dies(notebook, rng):
    answers(notebook)[-1]["source"] = ["import os\n", "os._exit(1)"]


@kind("a typing error", "something")
def typing_error(notebook, rng):
    rng.choice(answers(notebook)[4:])["source"].insert(0, "this is no Python\n")


@kind("nothing answered", "nothing")
def nothing(notebook, rng):
    for cell in answers(notebook):
        cell["source"] = [
            f'raise NotImplementedError("{_question(cell)}: replace this line with your answer")'
        ]


@kind("a broken download", "rejected")
def broken(notebook, rng):
    return json.dumps(notebook).encode()[:-2000]


@kind("a web page", "rejected")
def web_page(notebook, rng):
    return b"<!DOCTYPE html><html><body>Sign in to download</body></html>"


def perfect(repository: Repository, name: str, language: str) -> Notebook:
    """The student edition with the solution's answers in the student's cells; prose answers as in the model answer."""
    lab = read(repository.select([name])[0])
    solution = {cell.id: cell.source for cell in make(lab, SOLUTION, repository).cells}
    edition = make(lab, {"en": STUDENT, "fr": FRENCH}[language], repository)
    for cell in edition.cells:
        if cell.metadata.get("labkit", {}).get("question"):
            cell.source = solution[cell.id]
    found = json.loads(json.dumps(edition))
    for cell in found["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return found


def write(repository: Repository, name: str, folder: Path, count: int, seed: int = 0) -> None:
    """Write `count` hand-ins and `<folder>.expected.csv` beside them."""
    rows = []
    for number in range(count):
        rng = random.Random(seed * 1000 + number)
        title, (earns, spoil) = list(KINDS.items())[number % len(KINDS)]
        notebook = perfect(repository, name, "fr" if number % 3 == 2 else "en")
        spoilt = spoil(notebook, rng)
        place = folder / f"Student {number:02}_{1000 + number}_assignsubmission_file_" / "lab.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(spoilt if isinstance(spoilt, bytes) else json.dumps(notebook).encode())
        rows.append([f"Student {number:02}", title, earns])
    with (folder.parent / f"{folder.name}.expected.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["student", "kind", "earns"], *rows])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lab", help="number or name of the lab")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=30)
    arguments = parser.parse_args()
    write(Repository.find(), arguments.lab, arguments.folder, arguments.count)


if __name__ == "__main__":
    main()

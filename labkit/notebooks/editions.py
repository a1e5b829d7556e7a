"""From a lab's source to its editions: students' in English and French, and the solution's."""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from labkit.notebooks.repository import Repository
from labkit.notebooks.source import BEGIN, END, SETUP_CALL, Cell, Lab, SourceError

_PICTURE = re.compile(r"!\[([^\]]*)\]\(\.\./\.\./(images/[\w.-]+\.png)\)")

WORDS = {
    "en": {
        "open": "Open in Colab",
        "minutes": "{minutes} minutes",
        "gpu": {True: "a GPU helps", False: "no GPU needed"},
        "save": "Work on a copy: in Colab, File > Save a copy in Drive. What you hand in is this one file.",
        "colab": "# On Colab this installs labkit; anywhere else it does nothing.",
        "code": "# YOUR CODE HERE",
        "stub": "{question}: replace this line with your answer",
        "answer": "**Your answer** (`{question}`): *write here.*",
        "model answer": "**Model answer.**",
    },
    "fr": {
        "open": "Ouvrir dans Colab",
        "minutes": "{minutes} minutes",
        "gpu": {True: "un GPU aide", False: "pas besoin de GPU"},
        "save": "Travaillez sur une copie : dans Colab, Fichier > Enregistrer une copie dans Drive. "
        "Vous rendez ce seul fichier.",
        "colab": "# Dans Colab, ceci installe labkit ; ailleurs, rien ne se passe.",
        "code": "# VOTRE CODE ICI",
        "stub": "{question} : remplacez cette ligne par votre réponse",
        "answer": "**Votre réponse** (`{question}`) : *écrivez ici.*",
        "model answer": "**Réponse type.**",
    },
}


@dataclass(frozen=True)
class Edition:
    """One notebook that is generated from a lab's source."""

    folder: str
    language: str
    solution: bool

    def path(self, repository: Repository, lab: Lab) -> Path:
        return repository.notebooks / self.folder / f"{lab.name}.ipynb"


STUDENT = Edition("", "en", solution=False)
FRENCH = Edition("fr", "fr", solution=False)
SOLUTION = Edition("solutions", "en", solution=True)
EDITIONS = (STUDENT, FRENCH, SOLUTION)


def make(lab: Lab, edition: Edition, repository: Repository) -> NotebookNode:
    """The notebook of an edition, without outputs. The same source gives the same bytes."""
    cells = [_title(lab, edition, repository), _install(lab, edition, repository)]
    for cell in lab.cells:
        if cell.language not in (None, edition.language) or (
            "solution" in cell.tags and not edition.solution
        ):
            continue
        cells.append(_made(cell, lab, edition, repository))
    _give_ids(cells, lab)
    return v4.new_notebook(cells=cells, metadata=_metadata(lab, edition))


def text_of(notebook: NotebookNode) -> str:
    """A notebook as it is written to its file."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4) + "\n"


def fingerprint(notebook: NotebookNode) -> str:
    """A hash of the code that is run: outputs stored with it belong to that code and to no other.

    Skipped cells are left out: a fork with another public address keeps its outputs.
    """
    run = [
        c for c in notebook.cells if c.cell_type == "code" and "nbval-skip" not in c.metadata.get("tags", [])
    ]
    return hashlib.sha256("\0".join(cell.source for cell in run).encode()).hexdigest()[:16]


def _made(cell: Cell, lab: Lab, edition: Edition, repository: Repository) -> NotebookNode:
    metadata = {"tags": _tags(cell), "labkit": _labkit(cell)}
    metadata = {key: value for key, value in metadata.items() if value}
    if cell.kind == "markdown":
        return v4.new_markdown_cell(_prose(cell, lab, edition, repository), metadata=metadata)
    return v4.new_code_cell(_code(cell, edition), metadata=metadata)


def _tags(cell: Cell) -> list[str]:
    """The author's tags without the languages, and nbval's own."""
    tags = sorted(tag for tag in cell.tags if not tag.startswith("lang:"))
    if "check" in tags:
        tags.append("nbval-check-output")
    if "live" in tags:
        tags.append("nbval-skip")
    return tags


def _labkit(cell: Cell) -> dict:
    found = {
        "question": cell.question,
        "tasks": list(cell.tasks),
        "checks": cell.checked,
    }
    return {key: value for key, value in found.items() if value}


def _prose(cell: Cell, lab: Lab, edition: Edition, repository: Repository) -> str:
    words = WORDS[edition.language]
    if "answer" in cell.tags and not edition.solution:
        return words["answer"].format(question=cell.question)
    if "answer" in cell.tags:
        return f"{words['model answer']}\n\n{cell.source}"
    return _PICTURE.sub(lambda match: _embedded(match, cell, lab, repository), cell.source)


def _embedded(match: re.Match, cell: Cell, lab: Lab, repository: Repository) -> str:
    """The picture in the text itself: Colab draws neither attachments nor files beside the notebook."""
    path = repository.root / match[2]
    if not path.is_file():
        raise SourceError(f"{lab.path}:{cell.line}: there is no picture {match[2]}.")
    data = base64.b64encode(path.read_bytes()).decode()
    return f"![{match[1]}](data:image/png;base64,{data})"


def _code(cell: Cell, edition: Edition) -> str:
    source = cell.source
    if "setup" in cell.tags:
        return source.replace(SETUP_CALL, f'lk.setup(language="{edition.language}")')
    if cell.question and not edition.solution:
        return _without_solution(source, cell.question, WORDS[edition.language])
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))


def _without_solution(source: str, question: str, words: dict) -> str:
    """The lines between the markers replaced by an error that names the question, at their indent."""
    kept, inside = [], False
    for line in source.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        if line.strip() == BEGIN:
            inside = True
            stub = words["stub"].format(question=question)
            kept += [indent + words["code"], f'{indent}raise NotImplementedError("{stub}")']
        elif line.strip() == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def _title(lab: Lab, edition: Edition, repository: Repository) -> NotebookNode:
    words, header, language = WORDS[edition.language], lab.header, edition.language
    badge = f"[![{words['open']}](https://colab.research.google.com/assets/colab-badge.svg)]"
    facts = [
        words["minutes"].format(minutes=header["minutes"]),
        words["gpu"][header["gpu"]],
        header["needs"][language],
    ]
    lines = [f"# {int(lab.number)} · {header['title'][language]}", " · ".join(facts)]
    address = repository.colab_url(edition.path(repository, lab))
    if not edition.solution and address:
        lines.insert(1, f"{badge}({address})")
    if not edition.solution:
        lines.append(f"> {words['save']}")
    return v4.new_markdown_cell("\n\n".join(lines))


def _install(lab: Lab, edition: Edition, repository: Repository) -> NotebookNode:
    source = (
        f'{WORDS[edition.language]["colab"]}\nimport sys\n\nif "google.colab" in sys.modules:\n'
        f"    %pip install -q {repository.install(lab.header.get('extras', ()))}"
    )
    return v4.new_code_cell(source, metadata={"tags": ["install", "nbval-skip"]})


def _give_ids(cells: list[NotebookNode], lab: Lab) -> None:
    """Ids from what a cell is: the question's name, else a hash of the text. Never random, never a position."""
    seen: dict[str, int] = {}
    for cell in cells:
        about = cell.metadata.get("labkit", {})
        name = about.get("question") or ("check-" + about["checks"][0] if about.get("checks") else None)
        found = (
            name.replace(".", "-")
            if name
            else hashlib.sha1((lab.name + cell.source).encode()).hexdigest()[:8]
        )
        seen[found] = seen.get(found, 0) + 1
        cell.id = found if seen[found] == 1 else f"{found}-{seen[found]}"


def _metadata(lab: Lab, edition: Edition) -> dict:
    colab = {"name": f"{lab.name}.ipynb", "provenance": [], "toc_visible": True}
    metadata = {
        "colab": colab,
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "labkit": {
            "generated": f"from notebooks/src/{lab.name}.py by labkit build; edit that file",
            "lab": lab.name,
            "language": edition.language,
            "edition": "solution" if edition.solution else "student",
        },
        "language_info": {"name": "python"},
    }
    if lab.header["gpu"]:
        colab["gpuType"] = "T4"
        metadata["accelerator"] = "GPU"
    return metadata

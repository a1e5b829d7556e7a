"""The authority that a hand-in is held to: a lab's student editions, its solution, its questions."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from labkit.files import write_text
from labkit.notebooks import Repository
from labkit.notebooks.editions import FRENCH, SOLUTION, STUDENT, make, text_of
from labkit.notebooks.source import read
from labkit.quiz import Question, question

_HEADING = re.compile(r"^#{2,4}\s+(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Reference:
    """A lab as grading sees it.

    Attributes:
        editions: the student editions by language; their cells are the ones that are run.
        solution: the notebook that must earn every point before anybody else is graded.
    """

    name: str
    title: Mapping[str, str]
    editions: Mapping[str, NotebookNode]
    solution: NotebookNode

    @classmethod
    def of(cls, repository: Repository, name: str) -> "Reference":
        """The lab that `name` means, by number or name, as its source has it now.

        Raises:
            ValueError: there is no such lab, or its source is faulty.
        """
        (path,) = repository.select([name])
        lab = read(path)
        editions = {edition.language: make(lab, edition, repository) for edition in (STUDENT, FRENCH)}
        return cls(lab.name, lab.header["title"], editions, make(lab, SOLUTION, repository))

    def questions(self) -> dict[str, Question]:
        """Every question of the lab that is checked or answered in words, in the notebook's order."""
        found: dict[str, Question] = {}
        for cell in next(iter(self.editions.values())).cells:
            about = cell.metadata.get("labkit", {})
            for question_id in [*about.get("checks", []), *_in_words(about)]:
                found.setdefault(question_id, question(question_id))
        return found

    def headings(self, language: str) -> dict[str, str]:
        """The nearest heading above each question: where to read again."""
        found, heading = {}, ""
        for cell in self.editions[language].cells:
            if cell.cell_type == "markdown":
                heading = (_HEADING.findall(cell.source) or [heading])[-1]
            about = cell.metadata.get("labkit", {})
            for question_id in [*about.get("checks", []), *_in_words(about)]:
                found.setdefault(question_id, heading)
        return found

    def asked(self) -> dict[str, str]:
        """The prose above each question, in English: what was asked, for the person who reads the answers."""
        found, prose = {}, ""
        for cell in next(iter(self.editions.values())).cells:
            about = cell.metadata.get("labkit", {})
            if cell.cell_type == "markdown" and not about.get("question"):
                prose = cell.source
            for question_id in filter(None, [about.get("question"), *about.get("checks", [])]):
                found.setdefault(question_id, prose)
        return found

    def model_answers(self) -> dict[str, str]:
        """The solution's answers."""
        about = [
            (cell.metadata.get("labkit", {}).get("question"), cell.source) for cell in self.solution.cells
        ]
        return {question_id: source for question_id, source in about if question_id}

    def known_answers(self) -> dict[str, list[str]]:
        """What stands in everybody's notebook or in ours: to write the same is no copying."""
        found = {name: [source] for name, source in self.model_answers().items()}
        for edition in self.editions.values():
            for cell in edition.cells:
                name = cell.metadata.get("labkit", {}).get("question")
                if name:
                    found.setdefault(name, []).append(cell.source)
        return found

    def sha(self) -> str:
        """A hash of everything that is run."""
        texts = [text_of(notebook) for notebook in self.editions.values()]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()

    def write(self, folder: Path) -> dict[str, str]:
        """Write the editions for the workers; their paths by language."""
        paths = {}
        for language, notebook in self.editions.items():
            paths[language] = str(folder / f"reference.{language}.ipynb")
            write_text(paths[language], text_of(notebook))
        return paths


def _in_words(about: Mapping) -> list[str]:
    asked = about.get("question")
    return [asked] if asked and question(asked).kind == "text" else []

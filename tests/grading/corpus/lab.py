"""A lab in a few lines: its reference editions as labkit builds them, and a student's copy of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nbformat import NotebookNode, v4, writes

from labkit.grading.reference import Reference

_STUB = {"en": "replace this line with your answer", "fr": "remplacez cette ligne par votre réponse"}
_CODE = {"en": "# YOUR CODE HERE", "fr": "# VOTRE CODE ICI"}
_COLON = {"en": ":", "fr": " :"}
_WORDS = {
    "en": "**Your answer** (`{question}`): *write here.*",
    "fr": "**Votre réponse** (`{question}`) : *écrivez ici.*",
}


@dataclass(frozen=True, eq=False)
class Part:
    """A cell of a lab.

    Attributes:
        kind: prose, setup, code, answer, words or check.
        text: what stands in it, by language; of an answer, the lines before the student's own.
        question: the name that is answered here.
        right: the right answer.
        checks: of a check cell, the expression handed to `lk.check` by question name.
    """

    kind: str
    text: Mapping[str, str] | None = None
    question: str = ""
    right: str = ""
    checks: tuple[tuple[str, str], ...] = ()


def prose(en: str, fr: str) -> Part:
    return Part("prose", {"en": en, "fr": fr})


def code(source: str) -> Part:
    return Part("code", {"en": source, "fr": source})


def setup(source: str) -> Part:
    return Part("setup", {language: source.format(language=language) for language in ("en", "fr")})


def answer(question: str, right: str, head: str = "") -> Part:
    """A code answer; `head` is the line that the lab gives, e.g. `def double(x):`."""
    return Part("answer", {"en": head, "fr": head}, question, right)


def words(question: str, right: str) -> Part:
    return Part("words", None, question, right)


def check(**expressions: str) -> Part:
    return Part("check", checks=tuple(expressions.items()))


@dataclass(frozen=True, eq=False)
class Lab:
    """A lab of the corpora; question ids are `name.question`."""

    name: str
    parts: tuple[Part, ...]

    def reference(self) -> Reference:
        """What grading is given: the student editions in both languages and the solution."""
        editions = {language: self._notebook(language) for language in ("en", "fr")}
        titles = {"en": f"The {self.name} lab", "fr": f"Le TP {self.name}"}
        return Reference(self.name, titles, editions, self._notebook("en", solution=True))

    def hand_in(
        self,
        answers: Mapping[str, str | None] | None = None,
        *,
        language: str = "en",
        added: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """A student's notebook as it stands in its file.

        Args:
            answers: sources by the question's short name, in place of the right ones; None leaves the stub.
            added: a cell of the student's own before the answer cell of each of these questions.
        """
        given = {part.question: part.right for part in self.parts if part.question} | dict(answers or {})
        notebook = json.loads(_text(self, language))
        cells = []
        for cell in notebook["cells"]:
            name = cell["metadata"].get("labkit", {}).get("question", "").removeprefix(f"{self.name}.")
            if name in (added or {}):
                cells.append(_own_cell(added[name], len(cells)))
            if given.get(name) is not None:
                cell["source"] = given[name].splitlines(keepends=True)
            if cell["cell_type"] == "code":
                cell["execution_count"] = len(cells) + 1
            cells.append(cell)
        return {**notebook, "cells": cells}

    def _notebook(self, language: str, solution: bool = False) -> NotebookNode:
        cells = list(self._cells(language, solution))
        about = {"lab": self.name, "language": language, "edition": "solution" if solution else "student"}
        metadata = {
            "colab": {"name": f"{self.name}.ipynb", "provenance": [], "toc_visible": True},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "labkit": {"generated": "for the tests of grading", **about},
            "language_info": {"name": "python"},
        }
        return v4.new_notebook(cells=cells, metadata=metadata)

    def _cells(self, language: str, solution: bool) -> Iterator[NotebookNode]:
        title = {"en": f"# 0 · The {self.name} lab", "fr": f"# 0 · Le TP {self.name}"}[language]
        yield v4.new_markdown_cell(title, id=f"{self.name}-title-{language}")
        for place, part in enumerate(self.parts):
            yield self._cell(part, place, language, solution)

    def _cell(self, part: Part, place: int, language: str, solution: bool) -> NotebookNode:
        question, at = f"{self.name}.{part.question}", f"{self.name}-{part.kind}-{place}"
        asked = {
            "id": question.replace(".", "-"),
            "metadata": {"labkit": {"question": question, "tasks": ["S2.6"]}},
        }
        if part.kind == "prose":
            return v4.new_markdown_cell(part.text[language], id=f"{at}-{language}")
        if part.kind == "check":
            return self._check(part)
        if part.kind == "words":
            asked["metadata"]["tags"] = ["answer"]
            return v4.new_markdown_cell(
                part.right if solution else _WORDS[language].format(question=question), **asked
            )
        if part.kind == "answer":
            return v4.new_code_cell(part.right if solution else _stub(part, question, language), **asked)
        metadata = {"tags": ["setup"]} if part.kind == "setup" else {}
        return v4.new_code_cell(part.text[language], id=at, metadata=metadata)

    def _check(self, part: Part) -> NotebookNode:
        questions = [f"{self.name}.{name}" for name, _ in part.checks]
        lines = [f'lk.check("{self.name}.{name}", {expression})' for name, expression in part.checks]
        metadata = {"tags": ["check", "nbval-check-output"], "labkit": {"checks": questions}}
        return v4.new_code_cell(
            "\n".join(lines), id="check-" + questions[0].replace(".", "-"), metadata=metadata
        )


@cache
def _text(lab: Lab, language: str) -> str:
    """The student edition as its file has it."""
    return writes(lab._notebook(language), version=4)


def _stub(part: Part, question: str, language: str) -> str:
    """The lines of the lab, and an error in place of the student's."""
    head = part.text[language]
    indent = "    " if head.endswith(":") else ""
    error = f'raise NotImplementedError("{question}{_COLON[language]} {_STUB[language]}")'
    return "\n".join([*([head] if head else []), indent + _CODE[language], indent + error])


def _own_cell(source: str, place: int) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"own-{place}",
        "metadata": {},
        "outputs": [],
        "source": lines,
    }

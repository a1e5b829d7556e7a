"""Building: every edition of every lab, and the README's table of labs, from the sources."""

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labkit.files import write_text
from labkit.notebooks.editions import EDITIONS, FRENCH, SOLUTION, STUDENT, Edition, fingerprint, make, text_of
from labkit.notebooks.repository import Repository
from labkit.notebooks.source import Lab, SourceError, read

_TABLE = re.compile(r"(<!-- labs: written by labkit build -->\n).*?(<!-- /labs -->)", re.DOTALL)
_INSTALL = re.compile(r"(<!-- install: written by labkit build -->\n).*?(<!-- /install -->)", re.DOTALL)


def build(repository: Repository, *, check: bool = False) -> list[str]:
    """Write all generated files whose content changed; two builds give the same bytes.

    The solution edition keeps the outputs of its last run where its code is still the same.

    Args:
        check: write nothing; report what would change, and solution editions whose outputs are
            missing or belong to other code.

    Returns:
        One line a file: what was written, or (with `check`) what is out of date. Empty: all is well.

    Raises:
        SourceError: a source is not in labkit's vocabulary.
    """
    labs = [read(path) for path in repository.sources()]
    _check_numbers(labs)
    wanted, remarks = {}, []
    for lab in labs:
        for edition in EDITIONS:
            path = edition.path(repository, lab)
            notebook = make(lab, edition, repository)
            if edition is SOLUTION:
                notebook = with_outputs(notebook, path)
                remarks += _stale(notebook, path, repository) if check else []
            wanted[path] = text_of(notebook)
    wanted[repository.root / "README.md"] = _readme(repository, labs)
    changed = [path for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text]
    if not check:
        for path in changed:
            write_text(path, wanted[path])
    remarks += _orphans(repository, labs)
    word = "out of date, run labkit build" if check else "written"
    return [f"{_short(path, repository)}: {word}" for path in changed] + remarks


def _check_numbers(labs: list[Lab]) -> None:
    numbers = [lab.number for lab in labs]
    for lab in labs:
        if numbers.count(lab.number) > 1:
            raise SourceError(f"{lab.path}:1: another lab has the number {lab.number}, too.")


def with_outputs(notebook: NotebookNode, path: Path) -> NotebookNode:
    """The outputs of the file at `path` carried over, if it ran the same code."""
    if not path.is_file():
        return notebook
    old = nbformat.read(path, as_version=4)
    run = old.metadata.get("labkit", {}).get("run")
    if not run or run.get("code") != fingerprint(notebook):
        return notebook
    notebook.metadata["labkit"]["run"] = run
    stored = {cell.id: cell for cell in old.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id in stored:
            cell.outputs = stored[cell.id].outputs
            cell.execution_count = stored[cell.id].execution_count
    return notebook


def _stale(notebook: NotebookNode, path: Path, repository: Repository) -> list[str]:
    if "run" in notebook.metadata["labkit"]:
        return []
    command = f"labkit run {path.stem[:2]} --profile course --store"
    return [f"{_short(path, repository)}: has no outputs of its present code, run {command}"]


def _orphans(repository: Repository, labs: list[Lab]) -> list[str]:
    """Editions whose source is gone or was renamed."""
    known = {edition.path(repository, lab) for edition in EDITIONS for lab in labs}
    found = {path for edition in EDITIONS for path in (repository.notebooks / edition.folder).glob("*.ipynb")}
    return [f"{_short(path, repository)}: has no source, remove it" for path in sorted(found - known)]


def _readme(repository: Repository, labs: list[Lab]) -> str:
    """README.md with its table of labs as the sources have it, and the address to install from."""
    text = (repository.root / "README.md").read_text(encoding="utf-8")
    rows = ["| | lab | open in Colab | |", "|---|---|---|---|"]
    for lab in labs:
        title, header = lab.header["title"]["en"], lab.header
        links = [_link(repository, lab, edition) for edition in (STUDENT, FRENCH)]
        solution = SOLUTION.path(repository, lab).relative_to(repository.root).as_posix()
        facts = f"{header['minutes']} min" + (", GPU" if header["gpu"] else "")
        rows.append(f"| {lab.number} | {title} | {' '.join(links)} | {facts} · [solution]({solution}) |")
    install = f"```\npip install {repository.install(['notebooks'])}\n```"
    for block, written in ((_TABLE, "\n".join(rows)), (_INSTALL, install)):
        text = block.sub(lambda match, written=written: f"{match[1]}{written}\n{match[2]}", text)
    return text


def _link(repository: Repository, lab: Lab, edition: Edition) -> str:
    path = edition.path(repository, lab)
    address = repository.colab_url(path)
    if not address:
        return f"[{edition.language}]({_short(path, repository)})"
    badge = "https://colab.research.google.com/assets/colab-badge.svg"
    return f"{edition.language} [![Colab]({badge})]({address})"


def _short(path: Path, repository: Repository) -> str:
    return path.relative_to(repository.root).as_posix()

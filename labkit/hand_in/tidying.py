"""The copy that is handed in: without widgets, with small pictures. The student's outputs stay."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from labkit.hand_in.records import MENDED, OK, WARNING, Finding
from labkit.hand_in.words import cell_name, listed, megabytes, say
from labkit.notebooks.pictures import shrink

# GitHub refuses a whole notebook whose widget state is not as it likes it ("the 'state' key is missing from
# 'metadata.widgets'", github.com/orgs/community/discussions/155944); no viewer of GitLab's draws any.
STATE = "widgets"  # in the notebook's metadata
VIEW = "application/vnd.jupyter.widget-view+json"
LARGE_PICTURE = 1_000_000  # bytes: a figure of matplotlib's has 20 to 100 kB
_EMBEDDED = "data:image/"
_WORTH_TELLING = 0.95


@dataclass
class Tidied:
    """The copy, and what was done to it.

    Attributes:
        widgets: views that were taken out, or 1 for a state without any view.
        before, after: bytes of each cell's pictures, by the cell's number.
        pictures: how many pictures there are.
    """

    notebook: NotebookNode
    widgets: int = 0
    pictures: int = 0
    before: dict[int, int] = field(default_factory=dict)
    after: dict[int, int] = field(default_factory=dict)

    def findings(self) -> list[Finding]:
        return [self._about_widgets(), self._about_pictures()]

    def _about_widgets(self) -> Finding:
        if self.widgets:
            return Finding("widgets", MENDED, say("widgets", n=self.widgets))
        return Finding("widgets", OK, say("no widgets"))

    def _about_pictures(self) -> Finding:
        cells = self.notebook.cells
        large = {n: size for n, size in self.after.items() if size > LARGE_PICTURE}
        if large:
            names = {n: cell_name(n, cells[n - 1].source) for n in large}
            told = [say("large picture", cell=names[n], size=megabytes(size)) for n, size in large.items()]
            return Finding("pictures", WARNING, listed(told), tuple(names.values()))
        if not self.pictures:
            return Finding("pictures", OK, say("no pictures"))
        before, after = sum(self.before.values()), sum(self.after.values())
        if after < _WORTH_TELLING * before:
            words = say("smaller", n=self.pictures, before=megabytes(before), size=megabytes(after))
            return Finding("pictures", MENDED, words)
        return Finding("pictures", OK, say("pictures", n=self.pictures, size=megabytes(after)))


def tidy(notebook: NotebookNode) -> Tidied:
    """A tidy copy of a notebook; the notebook itself stays as it is."""
    tidied = Tidied(nbformat.from_dict(notebook))
    state = tidied.notebook.metadata.pop(STATE, None)
    for number, cell in enumerate(tidied.notebook.cells, start=1):
        tidied.before[number] = _size(cell)
        if cell.cell_type == "code":
            cell.outputs = [_small(output) for output in _without_views(cell.outputs, tidied)]
        for name, bundle in cell.get("attachments", {}).items():
            cell.attachments[name] = _small(NotebookNode(data=bundle)).data
        tidied.after[number] = _size(cell)
        tidied.pictures += sum(1 for _ in _pictures(cell))
    tidied.widgets = max(tidied.widgets, int(bool(state)))
    return tidied


def _without_views(outputs: list[NotebookNode], tidied: Tidied) -> Iterator[NotebookNode]:
    """The outputs without widgets; of a widget its words stay, such as a progress bar's last state."""
    for output in outputs:
        if VIEW in output.get("data", {}):
            tidied.widgets += 1
            del output.data[VIEW]
            if not output.data:
                continue
        yield output


def _small(output: NotebookNode) -> NotebookNode:
    try:
        return shrink(output)
    except Exception:  # Pillow's readers raise whatever a broken picture makes of them: it is kept as it is
        return output


def _size(cell: NotebookNode) -> int:
    """Bytes of the pictures in a cell's outputs, attachments and text."""
    return sum(_pictures(cell))


def _pictures(cell: NotebookNode) -> Iterator[int]:
    bundles = [output.get("data", {}) for output in cell.get("outputs", [])]
    bundles += cell.get("attachments", {}).values()
    for bundle in bundles:
        for kind, data in bundle.items():
            if kind.startswith("image/") and isinstance(data, str):
                yield len(data) if kind == "image/svg+xml" else len(data) * 3 // 4
    if cell.cell_type == "markdown":
        for embedded in cell.source.split(_EMBEDDED)[1:]:
            yield len(embedded.split(")")[0]) * 3 // 4

"""A hand-in laid into its reference: the student's answers, and everything else the reference's own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode, v4

from labkit.grading.clean import one_line
from labkit.grading.matching import Matching, RefCell, Standing
from labkit.grading.records import Flag, Rejected
from labkit.grading.stubs import key, words

_MARKER = re.compile(r"#[#\s]*(?:NBVAL_\w+|PYTEST_VALIDATE_IGNORE_OUTPUT)")
_MARKER_TAG = re.compile(r"nbval-.*|raises-exception|pytest-validate-.*|skip-execution", re.IGNORECASE)
_MAGIC = re.compile(r"^[ \t]*(?:%%(?!time)\w+|!|\w+[ \t]*=[ \t]*!)", re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\]]{0,200}\]\(|<img\b", re.IGNORECASE)
_SHOWN = 5  # names in a flag
_LONGEST_ID = 64


@dataclass
class Merged:
    """What is run, and what was found on the way.

    Attributes:
        cells: each with its role: locked, answer, added or check; metadata and ids are ours.
        answers: source of each code answer, words of each prose answer; None if it is lost.
        unanswered: questions of which only the stub or nothing is left.
        lost: questions whose answer was not found while cells that fit nowhere are left over.
        leftover: sources of those cells.
    """

    cells: list[tuple[NotebookNode, str]] = field(default_factory=list)
    answers: dict[str, str | None] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    leftover: list[str] = field(default_factory=list)
    language: str = "en"
    flags: list[Flag] = field(default_factory=list)


def choose(references: Mapping[str, NotebookNode], hand_in: NotebookNode) -> str:
    """The language of the edition that a hand-in was made from: as it says, else by its texts."""
    said = hand_in.metadata.get("labkit", {}).get("language")
    if said in references:
        return said
    texts = {key(cell.source) for cell in hand_in.cells}
    alike = {name: len(texts & {key(c.source) for c in ref.cells}) for name, ref in references.items()}
    return max(sorted(alike), key=alike.__getitem__)


def merge(reference: NotebookNode, hand_in: NotebookNode, flags: Iterable[Flag] = ()) -> Merged:
    """Lay the answers and added cells of a hand-in into its reference.

    Answers are known by cell id, else by the question in their metadata, else by standing where the answer
    should (after its text, before its check), else by the question's id in the text. All of them are kept,
    as `id`, `id--2`, ... A copy that stands elsewhere, and a cell that the student added, are run where they
    stood. Cells that students cannot answer in come from the reference; guesses and cells that need a
    webcam or the network are left out.

    Args:
        reference: the student edition in the hand-in's language.
        hand_in: as `reading.read` returns it.
        flags: what reading it found.

    Raises:
        Rejected: it is another lab's notebook.
    """
    matching = Matching.of(reference, hand_in)
    _demand_lab(reference, hand_in, matching)
    language = reference.metadata.get("labkit", {}).get("language", "en")
    merging = _Merging(matching, Merged(language=language, flags=list(flags)))
    merging.added(-1)
    for place in range(len(matching.refs)):
        merging.place(place)
        merging.added(place)
    merging.finish(hand_in)
    return merging.merged


def _demand_lab(reference: NotebookNode, hand_in: NotebookNode, matching: Matching) -> None:
    wanted = reference.metadata.get("labkit", {}).get("lab")
    found = hand_in.metadata.get("labkit", {}).get("lab")
    keyed = any(standing.how in ("id", "question") for standing in matching.cells)
    if found and wanted and found != wanted and not keyed:
        raise Rejected(f"it is the notebook of lab {one_line(found, 60)}, not of {wanted}")


class _Merging:
    """The merged notebook as it grows, in the reference's order."""

    def __init__(self, matching: Matching, merged: Merged):
        self.matching, self.merged = matching, merged
        self.ids = {ref.node.id for ref in matching.refs}
        self.by_anchor: dict[int, list[Standing]] = {}
        anchor = -1
        for standing in matching.cells:
            if standing.unknown:
                self.by_anchor.setdefault(anchor, []).append(standing)
            elif matching.anchors(standing):
                anchor = standing.place
        self.unknown = [s for s in matching.cells if s.unknown and not s.blank]

    def place(self, place: int) -> None:
        """What stands in the merged notebook for one cell of the reference."""
        ref = self.matching.refs[place]
        if ref.role in ("locked", "check"):
            self._cell(ref.node.id, ref.node.source, ref.role, ref.node.metadata.get("labkit", {}))
        elif ref.role == "answer":
            self._answer(place, _distinct(self.matching.answers(place)))
        elif ref.role == "prose":
            self._prose(place, _distinct(self.matching.answers(place)))

    def added(self, anchor: int) -> None:
        """The student's own cells that stood after one cell of the reference."""
        for standing in self.by_anchor.get(anchor, []):
            if standing.kind == "code" and not standing.blank:
                number = sum(role == "added" for _, role in self.merged.cells) + 1
                self._cell(self._new_id(f"added-{number}"), standing.cell.source, "added", {})

    def _answer(self, place: int, found: list[Standing]) -> None:
        ref = self.matching.refs[place]
        about = {"question": ref.question}
        for number, standing in enumerate(found, start=1):
            name = ref.node.id if number == 1 else self._new_id(ref.node.id, f"--{number}")
            self._cell(name, standing.cell.source, "answer", about)
        if not found:
            self._cell(ref.node.id, ref.node.source, "answer", about)
        self._note(place, found, "\n\n".join(standing.cell.source for standing in found))

    def _prose(self, place: int, found: list[Standing]) -> None:
        question = self.matching.refs[place].question
        written = [words(standing.cell.source, question) for standing in found]
        if any(_PICTURE.search(text) for text in written):
            self._flag("picture in an answer", "not shown here: see the hand-in", question)
        self._note(place, found, "\n\n".join(text for text in written if text))

    def _note(self, place: int, found: list[Standing], answer: str) -> None:
        """Write down what came of a question."""
        ref = self.matching.refs[place]
        left_over = [
            s for s in self.unknown if (s.kind == "code" or s.how == "no code") == (ref.role == "answer")
        ]
        if not found and left_over:
            self.merged.lost.append(ref.question)
            self.merged.answers[ref.question] = None
            self._flag("answer not found", "its cell is gone, others fit nowhere: see them", ref.question)
            return
        self.merged.answers[ref.question] = answer
        if not found:
            self._flag("answer deleted", "its cell is gone", ref.question)
        if self.matching.open(place):
            self.merged.unanswered.append(ref.question)
        if len(found) > 1:
            self._flag("several answers", f"{len(found)} cells, all of them are run", ref.question)
        if any(standing.how in ("beside", "named") for standing in found):
            self._flag("answer in another cell", "known by where it stands", ref.question)

    def finish(self, hand_in: NotebookNode) -> None:
        """What an instructor should know beyond the single answers."""
        words_lost = any(self.merged.answers[ref.question] is None for ref in self._refs("prose"))
        for standing in self.unknown:
            if standing.kind == "code" or standing.how == "no code" or words_lost:
                self.merged.leftover.append(standing.cell.source)
        for kind, names in {**self._of_locked(), **self._of_students()}.items():
            if names:
                more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
                self._flag(kind, ", ".join(names[:_SHOWN]) + more)
        if hand_in.metadata.get("labkit", {}).get("edition") == "solution":
            self._flag("solution edition", "it was made from the solution notebook")

    def _refs(self, *roles: str) -> list[RefCell]:
        return [ref for ref in self.matching.refs if ref.role in roles]

    def _of_locked(self) -> dict[str, list[str]]:
        """Ids of cells of the reference that are missing, changed or doubled in the hand-in."""
        refs, places = self.matching.refs, {}
        for standing in self.matching.cells:
            places.setdefault(standing.how, []).append(standing.place)
        seen = {place for found in places.values() for place in found}
        locked = {i: ref.node.id for i, ref in enumerate(refs) if ref.role in ("locked", "check")}
        changed = set(places.get("edited", ())) - set(places.get("text", ()))
        copied = [place for place in places.get("copy", ()) if refs[place].role != "text"]
        return {
            "locked cell deleted": [name for i, name in locked.items() if i not in seen],
            "locked cell changed": [name for i, name in locked.items() if i in changed],
            "locked cell copied": [refs[place].node.id for place in copied],
        }

    def _of_students(self) -> dict[str, list[str]]:
        """Ids of the cells that are the student's own or try to steer nbval or a shell."""
        taken = [(cell, role) for cell, role in self.merged.cells if role in ("answer", "added")]
        cells = self.matching.cells
        return {
            "cell added": [cell.id for cell, role in taken if role == "added"],
            "answer that is no code": [s.cell.id for s in cells if s.how == "no code"],
            "answer copied elsewhere": [s.cell.id for s in cells if s.how == "far copy"],
            "nbval marker": [s.cell.id for s in cells if _marked(s, self.matching.refs)],
            "shell or cell magic": [cell.id for cell, _ in taken if _MAGIC.search(cell.source)],
        }

    def _flag(self, kind: str, detail: str, question: str = "") -> None:
        self.merged.flags.append(Flag(kind, detail, question))

    def _cell(self, name: str, source: str, role: str, about: dict) -> None:
        if role in ("answer", "added"):
            source = _unmarked(source)
        metadata = {"tags": ["nbval-ignore-output"], "labkit": {**about, "role": role}}
        self.merged.cells.append((v4.new_code_cell(source, id=name, metadata=metadata), role))

    def _new_id(self, name: str, ending: str = "") -> str:
        """An id that no cell of the reference has, nor one made before."""
        made, number = name[: _LONGEST_ID - len(ending)] + ending, 0
        while made in self.ids:
            number += 1
            made = f"{name[:40]}{ending}-{number}"
        self.ids.add(made)
        return made


def _distinct(found: list[Standing]) -> list[Standing]:
    """Without cells of the same text: run twice, `x = x / 255` is something else."""
    kept: dict[str, Standing] = {}
    for standing in found:
        kept.setdefault(key(standing.cell.source), standing)
    return list(kept.values())


def _unmarked(source: str) -> str:
    """The source with nbval's comments spoiled, wherever nbval would see one."""
    lines = source.splitlines(keepends=True)
    return "".join(line.replace("_", " ") if _MARKER.fullmatch(line.strip()) else line for line in lines)


def _marked(standing: Standing, refs: list[RefCell]) -> bool:
    own = [] if standing.unknown else refs[standing.place].node.metadata.get("tags", [])
    tags = [tag for tag in standing.cell.metadata.get("tags", []) if tag not in own]
    source = standing.cell.source
    return any(_MARKER_TAG.fullmatch(tag) for tag in tags) or _unmarked(source) != source

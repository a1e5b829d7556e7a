"""Which cell of the reference each cell of a hand-in stands for, however its ids and order have suffered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from labkit.grading.stubs import has_given_lines, is_code_stub, is_prose_stub, key

_DROPPED = {"check", "nbval-skip", "live", "install"}  # of cells that nobody grades: guesses, webcam, pip
_CHECKS = re.compile(r"lk\.check\(\s*[\"']([\w.]+)[\"']")
_LOOKED_AT = 20_000  # characters in which a question's id is looked for


@dataclass(frozen=True)
class RefCell:
    """A cell of the reference; role is locked, answer, check, prose, dropped or text."""

    node: NotebookNode
    role: str
    question: str = ""

    def is_stub(self, source: str) -> bool:
        if self.role == "prose":
            return is_prose_stub(source, self.node.source, self.question)
        return is_code_stub(source, self.node.source)


@dataclass
class Standing:
    """A cell of the hand-in, and where it belongs.

    Attributes:
        place: index of the reference cell that it stands for; None if for none.
        how: known by "id", "question", "text", "beside" (where the answer should stand), "continued" (after
            an answer, before its check) or "named" (by the question's id in it); or it is a "copy" or an "edited"
            locked cell. Unknown ones are a "far copy" of an answer, "no code" where there should be some, or "".
    """

    cell: NotebookNode
    index: int
    place: int | None = None
    how: str = ""

    @property
    def unknown(self) -> bool:
        return self.place is None

    @property
    def kind(self) -> str:
        return self.cell.cell_type

    @property
    def blank(self) -> bool:
        lines = [line.strip() for line in self.cell.source.splitlines()]
        if self.kind == "code":
            lines = [line for line in lines if not line.startswith("#")]
        return not any(lines)


def ref_cells(reference: NotebookNode) -> list[RefCell]:
    return [_ref_cell(cell) for cell in reference.cells]


def _ref_cell(cell: NotebookNode) -> RefCell:
    about, tags = cell.metadata.get("labkit", {}), cell.metadata.get("tags", [])
    question = about.get("question", "")
    if cell.cell_type != "code":
        return RefCell(cell, "prose" if question else "text", question)
    if question:
        return RefCell(cell, "answer", question)
    if about.get("checks"):
        return RefCell(cell, "check")
    return RefCell(cell, "dropped" if _DROPPED & set(tags) else "locked")


@dataclass
class Matching:
    """The cells of a hand-in held against a reference's."""

    refs: list[RefCell]
    cells: list[Standing]
    places: dict[str, int]  # of the questions' answer cells
    _at: dict[int, list[Standing]] = field(default_factory=dict)
    _stubs: dict[tuple[int, int], bool] = field(default_factory=dict)

    @classmethod
    def of(cls, reference: NotebookNode, hand_in: NotebookNode) -> "Matching":
        refs = ref_cells(reference)
        places = {ref.question: i for i, ref in enumerate(refs) if ref.question}
        matching = cls(refs, [Standing(cell, i) for i, cell in enumerate(hand_in.cells)], places)
        matching._by_keys()
        for place in places.values():
            matching._settle_copies(place)
        for role, kind in (("answer", "code"), ("prose", "markdown")):
            matching._beside(role, kind)
        matching._by_name()
        return matching

    def answers(self, place: int) -> list[Standing]:
        """What stands for an answer cell, in the hand-in's order; no stubs if there is anything else.

        Given lines that were split off from the rest of the answer belong to it.
        """
        found = sorted(self._at.get(place, []), key=lambda standing: standing.index)
        return [standing for standing in found if self._counts(standing, place)] or found

    def _counts(self, standing: Standing, place: int) -> bool:
        given = self.refs[place].role == "answer" and has_given_lines(standing.cell.source)
        return given or not self._is_stub(standing, place)

    def open(self, place: int) -> bool:
        """Whether nothing but stubs, or nothing at all, stands for an answer cell."""
        return all(self._is_stub(standing, place) for standing in self._at.get(place, []))

    def anchors(self, standing: Standing) -> bool:
        """Whether a cell tells where it stands: copies of cells and stubs beside an answer do not."""
        place = standing.place
        return standing.how != "copy" and (
            not self.refs[place].question or not self._is_stub(standing, place) or self.open(place)
        )

    def _is_stub(self, standing: Standing, place: int) -> bool:
        known = (standing.index, place)
        if known not in self._stubs:
            self._stubs[known] = self.refs[place].is_stub(standing.cell.source)
        return self._stubs[known]

    def _put(self, standing: Standing, place: int, how: str) -> None:
        standing.place, standing.how = place, how
        if self.refs[place].question:
            self._at.setdefault(place, []).append(standing)

    def _by_keys(self) -> None:
        """By id, by question, by text: in this order, since a student may answer with a locked cell's text."""
        by_id = {ref.node.id: i for i, ref in enumerate(self.refs)}
        texts: dict[str, list[int]] = {}
        for i, ref in enumerate(self.refs):
            if not ref.question:
                texts.setdefault(ref.node.cell_type + key(ref.node.source), []).append(i)
        used: set[int] = set()
        for standing in self.cells:
            about = standing.cell.metadata.get("labkit", {})
            place = by_id.get(about.get("copy_of") or standing.cell.id)
            asked = self.places.get(about.get("question"))
            same = texts.get(standing.kind + key(standing.cell.source), [])
            if place is not None and self.refs[place].question:
                self._answer(standing, place, "id")
            elif asked is not None:
                self._answer(standing, asked, "question")
            elif same and not standing.blank:
                self._same(standing, same, place, used)
            elif place is not None:
                self._put(standing, place, "edited")

    def _answer(self, standing: Standing, place: int, how: str) -> None:
        """Code has to be code; words may stand in any cell."""
        if (
            self.refs[place].role == "answer"
            and standing.kind != "code"
            and not self._is_stub(standing, place)
        ):
            standing.how = "no code"
        else:
            self._put(standing, place, how)

    def _same(self, standing: Standing, same: list[int], place: int | None, used: set[int]) -> None:
        free = [i for i in same if i not in used]
        self._put(standing, place if place in free else (free or same)[0], "text" if free else "copy")
        used.add(standing.place)

    def _settle_copies(self, place: int) -> None:
        """A copy that was carried away from its answer cell is a cell of its own, run where it stands.

        Students copy a cell to begin the next one with: its metadata go with it.
        """
        filled = [s for s in self._at.get(place, []) if not self._is_stub(s, place)]
        if not filled:
            return
        first = next((s for s in filled if s.how == "id"), filled[0]).index
        walls = [s.index for s in self.cells if s.kind == "code" and s.place not in (None, place)]
        above = max((i for i in walls if i < first), default=-1)
        below = min((i for i in walls if i > first), default=len(self.cells))
        for standing in filled:
            if not above < standing.index < below:
                self._at[place].remove(standing)
                standing.place, standing.how = None, "far copy"

    def _beside(self, role: str, kind: str) -> None:
        """Unknown cells where the answer to an open question should stand are its answer."""
        for before, run, after in list(self._runs(kind)):
            if role == "answer" and before in self.places.values() and before in self._checked(after):
                for standing in run:
                    self._put(standing, before, "beside" if self.open(before) else "continued")
                continue
            places = self._waiting(role, before, after)
            if len(places) == 1:
                places *= len(run)
            if len(places) == len(run):
                for standing, place in zip(run, places, strict=True):
                    self._put(standing, place, "beside")

    def _runs(self, kind: str) -> Iterator[tuple[int, list[Standing], int]]:
        """Unknown cells in a row, with the places of the known ones around them."""
        before, run = -1, []
        for standing in self.cells:
            if not standing.unknown:
                if run:
                    yield before, run, standing.place
                before, run = standing.place, []
            elif standing.kind == kind and not standing.blank:
                run.append(standing)
        if run:
            yield before, run, len(self.refs)

    def _waiting(self, role: str, before: int, after: int) -> list[int]:
        """The open answer cells between two cells of the reference, or the one that the next cell checks."""
        places = [i for i in self.places.values() if self.refs[i].role == role and self.open(i)]
        if role == "prose":  # new words before an untouched stub are seldom the answer to it
            return [i for i in places if before <= i < after]
        asked = [i for i in self._checked(after) if i in places]
        return asked[:1] or [i for i in places if before <= i <= after]

    def _checked(self, place: int) -> list[int]:
        """Places of the answers that a cell checks."""
        if place >= len(self.refs) or self.refs[place].role != "check":
            return []
        questions = _CHECKS.findall(self.refs[place].node.source)
        return [self.places[question] for question in questions if question in self.places]

    def _by_name(self) -> None:
        """What is left and names an open question: a stub that lost its id, a check cell with code in it."""
        if not self.places:
            return
        names = "|".join(re.escape(question) for question in sorted(self.places, key=len, reverse=True))
        named = re.compile(rf"(?<![\w.])(?:{names})(?![\w])")
        for standing in self.cells:
            edited = standing.how == "edited" and standing.kind == "code" and not _only_asks(standing)
            if not (standing.unknown or edited):
                continue
            for question in named.findall(standing.cell.source[:_LOOKED_AT])[:1]:
                place = self.places[question]
                fits = standing.kind == ("code" if self.refs[place].role == "answer" else "markdown")
                if fits and self.open(place):
                    self._put(standing, place, "named")


def _only_asks(standing: Standing) -> bool:
    lines = [line.strip() for line in standing.cell.source.splitlines()]
    return all(line.startswith(("lk.check(", "lk.guess(", "#")) for line in lines if line)

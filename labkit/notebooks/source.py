"""A lab's one source: jupytext percent with labkit's vocabulary, read and checked before anything is built.

The vocabulary (everything else is refused with file and line):

    # %% [markdown] tags=["lang:en"]          prose; its lang:fr sibling follows
    # %% tags=["setup"]                       the cell that calls lk.setup(language="en")
    # %% question="mnist.flatten_size" tasks=["S2.6"]
    ### BEGIN SOLUTION ... ### END SOLUTION   what students write themselves
    # %% tags=["check"]                       compared by nbval: calls lk.check(...) or lk.guess(...)
    # %% [markdown] tags=["answer", "lang:en"] question="mnist.why_logits"     model answer in words
    # %% tags=["solution"]                    only in the solution edition
    # %% tags=["live"]                        webcam, Drive, GPU release: never run by nbval
"""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

from labkit.quiz import questions

TAGS = {"answer", "check", "lang:en", "lang:fr", "live", "setup", "solution"}
KEYS = {"question", "tags", "tasks"}
_JUPYTEXTS_OWN = {
    "lines_to_next_cell"
}  # it notes where there are more or fewer blank lines than it would write
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SETUP_CALL = 'lk.setup(language="en")'
_CELL = re.compile(r"^# %%", re.MULTILINE)
_ASKS = re.compile(r"lk\.(check|guess)\(\s*[\"']([\w.]+)[\"']")
_PICTURE = re.compile(r"!\[[^\]]*\]\((?!https?:)(?!\.\./\.\./images/[\w.-]+\.png\))([^)]*)\)")
_TASK = re.compile(r"S\d+(\.[\dT]+)*")


class SourceError(ValueError):
    """A lab's source is not in labkit's vocabulary; the message begins with file and line."""


@dataclass(frozen=True)
class Cell:
    """One cell of the source; `line` is where it begins in the file."""

    kind: str
    source: str
    line: int
    tags: frozenset[str] = frozenset()
    question: str | None = None
    tasks: tuple[str, ...] = ()

    @property
    def language(self) -> str | None:
        """`"en"` or `"fr"` for prose, None for code, which exists once."""
        return next((tag[5:] for tag in self.tags if tag.startswith("lang:")), None)

    @property
    def asked(self) -> list[str]:
        """Ids of the questions that this cell checks or guesses."""
        return [question for _, question in _ASKS.findall(self.source)]

    @property
    def checked(self) -> list[str]:
        """Ids of the questions that this cell checks."""
        return [question for call, question in _ASKS.findall(self.source) if call == "check"]


@dataclass(frozen=True)
class Lab:
    """A lab's source: its number and slug (from the file name), its header, its cells."""

    path: Path
    header: dict
    cells: list[Cell] = field(repr=False)

    @property
    def name(self) -> str:
        """`"01_first_cnn_mnist"`."""
        return self.path.stem

    @property
    def number(self) -> str:
        return self.name[:2]


def read(path: Path) -> Lab:
    """Read and check a lab's source.

    Raises:
        SourceError: something is not in the vocabulary, a marker is unbalanced, prose lacks its
            translation, or a question does not exist; with file and line.
    """
    import jupytext

    text = path.read_text(encoding="utf-8")
    try:
        notebook = jupytext.reads(text, fmt="py:percent")
    except Exception as error:  # jupytext hands on whatever its YAML reader raises
        raise SourceError(f"{path}:1: the header is no valid YAML: {' '.join(str(error).split())}") from None
    lines = [text.count("\n", 0, match.start()) + 1 for match in _CELL.finditer(text)]
    if len(lines) != len(notebook.cells):
        raise SourceError(f"{path}:1: every cell must begin with a line '# %%'.")
    header = notebook.metadata.get("labkit")
    _demand(isinstance(header, dict), path, 1, "the header lacks its 'labkit:' part (title, minutes, gpu).")
    for needed in ("title", "minutes", "gpu", "needs"):
        _demand(needed in header, path, 1, f"the header's 'labkit:' part lacks '{needed}:'.")
    for text_field in ("title", "needs"):
        both = isinstance(header[text_field], dict) and {"en", "fr"} <= set(header[text_field])
        _demand(both, path, 1, f"the header's '{text_field}:' needs its en: and its fr:.")
    extras = header.get("extras", [])
    _demand(
        isinstance(extras, list) and all(isinstance(name, str) and name.isidentifier() for name in extras),
        path, 1, "the header's 'extras:' is a list of labkit's extras, such as [explain].",
    )  # fmt: skip
    cells = [_cell(cell, path, line) for cell, line in zip(notebook.cells, lines, strict=True)]
    lab = Lab(path, header, cells)
    _check_siblings(lab)
    _check_questions(lab)
    return lab


def _cell(cell, path: Path, line: int) -> Cell:
    meta = cell.metadata
    tags = frozenset(meta.get("tags", []))
    _demand(cell.cell_type in ("code", "markdown"), path, line, f"{cell.cell_type} cells are not used here.")
    unknown = (set(meta) - KEYS - _JUPYTEXTS_OWN) or (tags - TAGS)
    _demand(
        not unknown, path, line, f"unknown key or tag {sorted(unknown)[:1]}: there are {sorted(KEYS | TAGS)}."
    )
    found = Cell(cell.cell_type, cell.source, line, tags, meta.get("question"), tuple(meta.get("tasks", ())))
    bad_tasks = [task for task in found.tasks if not _TASK.fullmatch(task)]
    _demand(not bad_tasks, path, line, f"{bad_tasks[:1]} is no task id such as 'S2.6'.")
    (_check_prose if found.kind == "markdown" else _check_code)(found, path)
    return found


def _check_prose(cell: Cell, path: Path) -> None:
    _demand(cell.language is not None, path, cell.line, "prose needs the tag lang:en or lang:fr.")
    lost = _PICTURE.search(cell.source)
    _demand(lost is None, path, cell.line, f"a picture is ../../images/NAME.png, not {lost and lost[1]}.")
    _demand(
        ("answer" in cell.tags) == (cell.question is not None),
        path, cell.line, "prose with a question needs the tag answer, and an answer needs its question.",
    )  # fmt: skip


def _check_code(cell: Cell, path: Path) -> None:
    marks = [line.strip() for line in cell.source.splitlines() if line.strip() in (BEGIN, END)]
    _demand(
        marks in ([], [BEGIN, END]), path, cell.line, f"write one {BEGIN} and then one {END}, or neither."
    )
    _demand(
        bool(marks) == (cell.question is not None),
        path, cell.line, "a solution needs question=..., and a question needs its solution.",
    )  # fmt: skip
    _demand(not cell.language and "answer" not in cell.tags, path, cell.line, "code is in no language.")
    if "check" in cell.tags:
        _demand(_only_asks(cell), path, cell.line, "a check cell calls lk.check() or lk.guess() only.")
    if "setup" in cell.tags:
        _demand(SETUP_CALL in cell.source, path, cell.line, f"the setup cell calls {SETUP_CALL}.")


def _only_asks(cell: Cell) -> bool:
    """Whether every statement is a call of lk.check() or lk.guess(): all it prints is compared by nbval."""
    try:
        statements = ast.parse(cell.source).body
    except SyntaxError:
        return False
    calls = [
        ast.unparse(s.value.func)
        for s in statements
        if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)
    ]
    return bool(calls) and len(calls) == len(statements) and set(calls) <= {"lk.check", "lk.guess"}


def _check_siblings(lab: Lab) -> None:
    """Each English prose cell is followed by its French sibling."""
    i = 0
    while i < len(lab.cells):
        cell = lab.cells[i]
        if cell.kind == "markdown":
            sibling = lab.cells[i + 1] if i + 1 < len(lab.cells) else None
            paired = (
                sibling
                and (cell.language, sibling.language) == ("en", "fr")
                and cell.question == sibling.question
            )
            _demand(
                bool(paired),
                lab.path,
                cell.line,
                "an English prose cell and its French sibling stand in turn.",
            )
            i += 1
        i += 1
    setups = [cell for cell in lab.cells if "setup" in cell.tags]
    _demand(len(setups) == 1, lab.path, 1, "there must be one cell with the tag setup.")


def _check_questions(lab: Lab) -> None:
    for cell in lab.cells:
        for question_id in [*cell.asked, *([cell.question] if cell.question else [])]:
            prefix, _, name = question_id.partition(".")
            _demand(name in questions(prefix), lab.path, cell.line, f"no question file has {question_id!r}.")


def _demand(true: bool, path: Path, line: int, message: str) -> None:
    if not true:
        raise SourceError(f"{path}:{line}: {message}")

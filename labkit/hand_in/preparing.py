"""All checks of a hand-in in their order, and the two files."""

import re
import unicodedata
from pathlib import Path

from nbformat import NotebookNode

from labkit import config
from labkit.files import replacing
from labkit.hand_in import answers, environment, fresh, looks, order
from labkit.hand_in.asked import asked
from labkit.hand_in.opening import Opened, open_notebook
from labkit.hand_in.records import MENDED, OK, Finding, HandIn
from labkit.hand_in.tidying import tidy
from labkit.hand_in.words import say
from labkit.notebooks.editions import text_of

_LONGEST_NAME = 60


def prepare(
    path: str | Path,
    *,
    name: str = "",
    out: str | Path = "hand-in",
    fresh_run: bool = True,
    minutes: float = 20,
    language: str | None = None,
    on_cell: fresh.OnCell | None = None,
) -> HandIn:
    """Check a notebook as a teacher will, and write the copy that is handed in; the notebook itself stays as it is.

    The copy is written even if something is missing: `<lab>_<name>.ipynb` and `<lab>_<name>_environment.txt`. It
    has the student's outputs, small pictures and no widgets.

    Args:
        name: of the student, for the names of the files.
        out: folder of the two files.
        fresh_run: execute the code once more, in the profile smoke, on this machine and without a sandbox: it is
            the student's own.
        minutes: that the fresh run may take.
        language: `"en"` or `"fr"`; the notebook's own if not given.
        on_cell: called during the fresh run with the number of finished cells, and of all.

    Returns:
        One finding a check, and the paths.

    Raises:
        FileNotFoundError, IsADirectoryError: there is no such file.
        labkit.grading.records.Rejected: it is no notebook that can be handed in.
        ValueError: the name has no letter, or the copy would take the notebook's place.
        OSError: the folder cannot be written to.
    """
    ending = _ending(name)
    with config.choosing(language=language):
        opened = open_notebook(path)
    with config.choosing(language=language or opened.language):
        return _prepared(opened, ending, Path(out), fresh_run, minutes, on_cell)


def _prepared(opened: Opened, ending: str, out: Path, fresh_run: bool, minutes: float, on_cell) -> HandIn:
    questions, tidied = asked(opened), tidy(opened.notebook)
    copy = tidied.notebook
    place = out / f"{_slug(questions.lab or opened.path.stem)}{ending}.ipynb"
    beside = place.with_name(f"{place.stem}_environment.txt")
    if place.exists() and place.samefile(opened.path):
        raise ValueError(f"the copy would take the place of {opened.path}: choose another --out or --name.")
    size = _write(copy, place, beside)  # before the run: a folder that cannot be written to is said at once
    found = [_file(opened), *answers.findings(questions, copy), *order.findings(copy)]
    found.append(fresh.left_out(questions, fresh_run) or fresh.compared(questions, copy, minutes, on_cell))
    found += [*tidied.findings(), *looks.findings(copy, size), environment.finding(copy, beside.name)]
    return HandIn(tuple(found), place, beside, config.language())


def _write(copy: NotebookNode, place: Path, beside: Path) -> int:
    """Both files, or neither; the notebook's bytes."""
    data = text_of(copy).encode("utf-8")
    with replacing(place) as notebook, replacing(beside) as versions:
        notebook.write_bytes(data)
        versions.write_bytes(environment.environment(copy).encode("utf-8"))
    return len(data)


def _file(opened: Opened) -> Finding:
    if opened.mended:
        return Finding(
            "file", MENDED, say("file mended", what="; ".join(opened.mended)), tuple(opened.mended)
        )
    return Finding("file", OK, say("file", version=opened.format))


def _ending(name: str) -> str:
    """What a student's name adds to the name of a file: letters of any alphabet, figures, hyphens.

    Example:
        >>> _ending("Zoé  de la Tour"), _ending("")
        ('_Zoé_de_la_Tour', '_hand_in')
    """
    if not name:
        return "_hand_in"
    slug = _slug(name)
    if not slug:
        raise ValueError(f"a name has letters, but this is {name!r}.")
    return f"_{slug}"


def _slug(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", name)).strip("_-")[:_LONGEST_NAME]

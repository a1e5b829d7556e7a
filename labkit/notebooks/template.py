"""A lab of one's own: a small lab that works and shows every means once, written under a new name."""

import json
import re
from importlib.resources import files
from pathlib import Path

from labkit import config
from labkit.files import replacing
from labkit.notebooks.repository import Repository
from labkit.quiz.question_files import labs

QUESTIONS = Path("labkit", "quiz", "questions")
# A longer slug would make ids of cells that a notebook may not have.
_NAME = re.compile(r"([0-9]{2})_([a-z][a-z0-9_]{0,29})")


def new_lab(repository: Repository, name: str, title: str | None = None) -> list[Path]:
    """Write a new lab's source and its question file from the template; both, or nothing.

    The lab's slug is the prefix of its questions: lab `08_my_lab` asks `my_lab.conv_shape`. The question file is
    written into the checkout that the source is in, wherever labkit itself runs from, see `questions_remark`.

    Args:
        name: `NN_slug`, e.g. `"08_my_lab"`; number and slug must be free.
        title: of the lab, in both languages until it is translated; the slug's words if not given.

    Returns:
        The source and the question file.

    Raises:
        ValueError: the name or the title cannot be, or the number or the prefix is taken.
        FileExistsError: one of the files is there already.
        FileNotFoundError: the checkout has no folder for questions.

    Example:
        >>> new_lab(Repository.find(), "my_lab")
        Traceback (most recent call last):
        ValueError: a lab is called NN_slug, such as 08_my_lab (a to z, digits, _; 30 at most), but this is 'my_lab'.
    """
    match = _NAME.fullmatch(name)
    if not match:
        raise ValueError(
            "a lab is called NN_slug, such as 08_my_lab (a to z, digits, _; 30 at most), "
            f"but this is {name!r}."
        )
    number, slug = match.groups()
    title = title if title is not None else slug.replace("_", " ").strip().capitalize()
    if not title.strip() or not title.isprintable():
        raise ValueError(f"a title is one line of text, but this is {title!r}.")
    source = repository.notebooks / "src" / f"{name}.py"
    questions = repository.root / QUESTIONS / f"{slug}.toml"
    _demand_free(repository, number, slug, [source, questions])
    with replacing(source) as part_of_source, replacing(questions) as part_of_questions:
        part_of_source.write_bytes(_filled("lab.py.txt", number, slug, title))
        part_of_questions.write_bytes(_filled("questions.toml", number, slug, title))
    return [source, questions]


def questions_remark(repository: Repository) -> str:
    """One line: whether the labkit that runs now reads the question files of the checkout.

    It does if it runs from there (`pip install -e .`) or if LABKIT_QUESTIONS names the folder. A labkit that is
    installed elsewhere has its own copy of the question files and knows nothing of a new one.
    """
    theirs = (repository.root / QUESTIONS).resolve()
    ours = Path(str(files("labkit.quiz") / "questions")).resolve()
    own = config.questions_folder()
    if theirs == ours:
        return "labkit runs from this checkout and reads its question files."
    if own is not None and own.resolve() == theirs:
        return "labkit reads the question files of this checkout: LABKIT_QUESTIONS names their folder."
    return (
        f"labkit runs from {ours.parents[1]} and does not read the question files of this checkout: "
        f"pip install -e . here, or set LABKIT_QUESTIONS={theirs}."
    )


def _demand_free(repository: Repository, number: str, slug: str, paths: list[Path]) -> None:
    folder = repository.root / QUESTIONS
    if not folder.is_dir():
        raise FileNotFoundError(
            f"there is no folder {folder}: run labkit new in a checkout of labkit or of a fork."
        )
    for path in paths:
        if path.exists():
            raise FileExistsError(f"{path} is there already: choose another name.")
    same = [path.stem for path in repository.sources() if path.stem[:2] == number]
    if same:
        raise ValueError(f"the number {number} is taken by {same[0]}: choose another one.")
    if slug in labs(config.questions_folder()):
        raise ValueError(f"questions that begin with {slug!r} are there already: choose another slug.")


def _filled(file: str, number: str, slug: str, title: str) -> bytes:
    text = (files("labkit.notebooks") / "template" / file).read_text(encoding="utf-8")
    marks = {
        "@number@": str(int(number)),
        "@sheet@": f"S{int(number)}",
        "@prefix@": slug,
        "@title@": json.dumps(title, ensure_ascii=False),  # JSON's text is YAML's, too
    }
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text.encode("utf-8")

"""The corpora themselves: enough cases of each category, files that can be written, code that is code."""

import ast
import json
import os
import shutil
from collections import Counter

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from labkit import config
from labkit.quiz import judge
from tests.grading.corpus import (
    BENIGN,
    CANARY,
    CASES,
    CATEGORIES,
    FILE,
    HOSTILE,
    LABS,
    QUESTIONS,
    write,
)
from tests.grading.corpus.case import full

EVERY = list(CASES.values())


@pytest.fixture
def own_questions(monkeypatch):
    monkeypatch.setenv("LABKIT_QUESTIONS", str(QUESTIONS))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Every hand-in, once; 100 MB that pytest need not keep."""
    place = tmp_path_factory.mktemp("corpus")
    yield write(EVERY, place / "hand_ins")
    shutil.rmtree(place)


def test_there_are_enough_of_each_category():
    counts = Counter(case.category for case in HOSTILE)
    assert set(counts) == set(CATEGORIES)
    assert len(CATEGORIES) == 12
    assert min(counts.values()) >= 6
    assert len(HOSTILE) >= 80
    assert len(BENIGN) >= 45
    assert {case.category for case in BENIGN} == {"benign"}


def test_names_are_unique_and_plain():
    assert len(CASES) == len(HOSTILE) + len(BENIGN)
    assert all(name.isascii() and name.isidentifier() for name in CASES)


def test_expectations_are_possible():
    for case in EVERY:
        points = full(case.lab)
        assert set(case.marks) <= set(points), case.name
        assert case.status in ("done", "rejected", "either"), case.name
        assert case.status != "rejected" or not (case.marks or case.stops), case.name
        assert not case.at or case.at in points, case.name
        for question, expected in case.marks.items():
            assert expected is None or 0 <= expected <= (points[question] or 0), case.name


def test_every_case_is_written(written):
    assert set(written) == set(CASES)
    for name, folder in written.items():
        assert name == "folder_nothing" or os.listdir(folder), name
    outside = next(iter(written.values())).parent.with_name("hand_ins-outside")
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"canary": CANARY}


def test_no_place_is_left_open(written):
    for name, folder in written.items():
        path = folder / FILE
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1_000_000:
            text = path.read_bytes()
            assert not [
                place for place in (b"{outside}", b"{hand_ins}", b"{victim}", b"{port}") if place in text
            ], name


def test_places_are_filled_in(tmp_path):
    folders = write(
        [CASES["processes_kills_a_stranger"], CASES["network_abstract_unix"], CASES["host_canary"]],
        tmp_path / "class", outside=tmp_path / "out", victim=123456789, abstract="somebody",
    )  # fmt: skip
    texts = {name: (folder / FILE).read_text() for name, folder in folders.items()}
    assert "123456789" in texts["processes_kills_a_stranger"]
    assert "somebody" in texts["network_abstract_unix"]
    assert f"{tmp_path}/out/canary" in texts["host_canary"]
    assert "neighbour" in folders


def test_code_is_code(written):
    """An attack with a typing mistake would test nothing."""
    transform = TransformerManager().transform_cell
    for case in EVERY:
        path = written[case.name] / FILE
        if (
            case.category in ("malformed", "folder files")
            or case.name == "syntax_error"
            or not path.is_file()
        ):
            continue
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                source = transform("".join(cell["source"]))
                compile(source, case.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def test_honest_hand_ins_are_notebooks(written):
    for case in BENIGN:
        notebook = json.loads((written[case.name] / FILE).read_text(encoding="utf-8"))
        assert notebook["nbformat"] == 4, case.name
        assert notebook["cells"], case.name


@pytest.mark.parametrize("lab", LABS.values(), ids=list(LABS))
def test_a_reference_asks_what_the_questions_are(lab, own_questions):
    reference = lab.reference()
    points = {name: asked.points for name, asked in reference.questions().items() if asked.kind != "text"}
    assert points == {name: most for name, most in lab.POINTS.items() if most is not None}
    assert sum(points.values()) == 10
    assert set(reference.editions) == {"en", "fr"}
    assert len({reference.sha() for _ in range(2)}) == 1


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("lab", LABS.values(), ids=list(LABS))
def test_a_hand_in_fits_its_reference(lab, language):
    reference, student = lab.reference().editions[language], lab.hand_in(language=language)
    assert [cell.id for cell in reference.cells] == [cell["id"] for cell in student["cells"]]
    for ours, theirs in zip(reference.cells, student["cells"], strict=True):
        answered = ours.metadata.get("labkit", {}).get("question")
        assert (ours.source == "".join(theirs["source"])) == (not answered)


@pytest.mark.parametrize("which", ["right", "wrong"])
def test_the_public_judge_agrees_with_right_and_wrong(which, own_questions):
    """The answers that cases build on: all right, or all wrong without a part of a point."""
    config.choose(language="en")
    tiny = LABS["tiny"]
    notebook = tiny.hand_in(tiny.WRONG if which == "wrong" else None)
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and not cell["id"].startswith("check"):
            exec("".join(cell["source"]), names)
    for name in ("area", "double", "rows", "letter", "shape", "grid"):
        assert judge(f"tiny.{name}", names[name]).passed == (which == "right"), name

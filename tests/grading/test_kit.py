"""The kit: labkit for the sandbox, in which nothing can be looked up."""

import os
import subprocess
import sys
import tomllib

import pytest

from labkit.grading import kit
from labkit.quiz import questions
from labkit.quiz.question_files import labs

OWN = """
[secret_word]
tasks = ["S9.1"]
kind = "choice"
accept = ["xylophone"]
wants = { choices = ["xylophone", "b"] }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    own = tmp_path_factory.mktemp("own")
    (own / "mine.toml").write_text(OWN)
    return kit.make(tmp_path_factory.mktemp("grading") / "kit", own)


def run(made, code):
    """Python as the sandbox's kernel starts it: nothing of the checkout on its path."""
    environment = {
        "PYTHONPATH": str(made), "PATH": os.defpath, "HOME": str(made.parent), "LABKIT_PROFILE": "smoke",
        "KERAS_HOME": str(made.parent), "MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, cwd=made.parent, capture_output=True, text=True
    )


def test_every_question_is_there_and_no_answer(made):
    folder = made / "labkit" / "quiz" / "questions"
    assert {path.stem for path in folder.iterdir()} == {*labs(None), "mine"}
    for path in folder.iterdir():
        tables = tomllib.loads(path.read_text())
        assert set(tables) == ({"secret_word"} if path.stem == "mine" else set(questions(path.stem)))
        assert all(table == {"tasks": [], "kind": "text"} for table in tables.values())
    assert not [path for path in made.rglob("*") if path.is_file() and b"xylophone" in path.read_bytes()]


def test_grading_and_commands_stay_outside(made):
    names = {path.relative_to(made).as_posix() for path in made.rglob("*")}
    assert not [name for name in names if "grading" in name or "cli" in name or "__pycache__" in name]
    assert not [name for name in names if "hand_in" in name]
    assert "labkit/notebooks" not in names
    assert {"_labkit_probe/__init__.py", "labkit/data/figures/cifar10.txt"} <= names
    assert not [path for path in made.rglob("*") if path.suffix == ".toml" and "accept" in path.read_text()]


def test_checks_print_the_same_for_every_answer(made):
    code = """
import labkit as lk
for answer in (5408, 1, "c", [320, 346176, 650]):
    lk.check("mnist.flatten_size", answer)
    lk.guess("mnist.flatten_size", answer)
lk.check("mine.secret_word", "xylophone")
print(lk.__file__)
"""
    done = run(made, code)
    assert done.returncode == 0, done.stderr
    *lines, place = done.stdout.splitlines()
    assert len(set(lines[:8:2])) == len(set(lines[1:8:2])) == 1
    assert "read by a person" in lines[0]
    assert place.startswith(str(made))


def test_neither_judge_nor_question_knows_an_answer(made):
    code = """
from labkit.quiz import judge, question, questions
for lab in ("mnist", "fashion", "cifar10"):
    for asked in questions(lab).values():
        assert not (asked.accept or asked.hint or asked.shows or asked.misconceptions or asked.wants or asked.expect)
print(judge("mnist.flatten_size", 5408).passed, judge("mnist.from_logits", "c").passed)
"""
    done = run(made, code)
    assert (done.returncode, done.stdout.split()) == (0, ["False", "False"]), done.stderr


@pytest.mark.slow
def test_a_lab_runs_on_the_kit(made):
    code = """
import labkit as lk
lk.setup(language="fr")
import keras
dataset = lk.data.load("mnist", validation=0.2)
ax = lk.plots.images(dataset.x_test, dataset.y_test, dataset.class_names)
model = lk.models.first_cnn()
lk.count_parameters(model)
run = lk.train(model, dataset.scaled().subset(64), epochs=1)
print(lk.diagnose(run), lk.compare([run]).shape, lk.evaluate(model, dataset.scaled()))
lk.experiments.Ledger("ledger.jsonl").add(run)
"""
    done = run(made, code)
    assert done.returncode == 0, done.stderr


def test_the_courses_drawings_go_along(made):
    code = "from labkit.data import own_images; print(len(own_images('cifar10')), len(own_images('fashion_mnist')))"
    done = run(made, code)
    assert done.stdout.split() == ["40", "6"], done.stderr


def test_the_same_labkit_gives_the_same_kit_and_takes_the_old_ones_place(made, tmp_path):
    def contents(folder):
        return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    place = tmp_path / "kit"
    place.mkdir()
    (place / "left over.py").write_text("")
    kit.make(place, None)
    first = contents(place)
    assert contents(kit.make(place, None)) == first
    assert contents(made).keys() - first.keys() == {p for p in contents(made) if p.name == "mine.toml"}
    assert [path.name for path in tmp_path.iterdir()] == ["kit"]


def test_a_faulty_question_file_leaves_the_old_kit(tmp_path):
    place = kit.make(tmp_path / "kit", None)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.toml").write_text("[x]\nkind = 'nothing'\n")
    with pytest.raises(ValueError, match=r"mine\.toml: question x"):
        kit.make(place, tmp_path / "own")
    assert (place / "labkit" / "__init__.py").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kit", "own"]


def test_everybody_may_read_it(made):
    assert {path.stat().st_mode & 0o777 for path in (made, *made.rglob("*"))} == {0o755, 0o644}

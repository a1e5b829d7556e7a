"""A lab of one's own: what `labkit new` writes is a lab that reads, builds, lints and passes."""

import re
import statistics
import subprocess
import sys
import tomllib

import pytest
from typer.testing import CliRunner

from labkit.cli import app
from labkit.notebooks import Repository, build, template
from labkit.notebooks.editions import EDITIONS, FRENCH, STUDENT, make
from labkit.notebooks.labs import run_labs
from labkit.notebooks.source import TAGS, read
from labkit.notebooks.template import QUESTIONS, new_lab, questions_remark
from labkit.quiz import judge, questions
from tests.test_build import PYPROJECT, README, sources

LONGEST = "08_" + "a" * 30


def empty_checkout(root, monkeypatch):
    """A checkout without labs, whose question files are read as one's own folder is."""
    (root / "notebooks" / "src").mkdir(parents=True)
    (root / QUESTIONS).mkdir(parents=True)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "README.md").write_text(README)
    monkeypatch.setenv("LABKIT_QUESTIONS", str(root / QUESTIONS))
    return Repository(root)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    return empty_checkout(tmp_path / "checkout", monkeypatch)


def files_of(repository):
    return {path: path.read_bytes() for path in repository.root.rglob("*") if path.is_file()}


def test_source_and_questions_are_written_under_the_new_name(repository):
    source, own_questions = new_lab(repository, "08_my_lab")
    assert source == repository.root / "notebooks" / "src" / "08_my_lab.py"
    assert own_questions == repository.root / QUESTIONS / "my_lab.toml"
    for path in (source, own_questions):
        assert not re.search(r"@\w+@", path.read_text(encoding="utf-8"))
    assert 'question="my_lab.conv_shape" tasks=["S8.2"]' in source.read_text(encoding="utf-8")
    assert "Questions of lab 8," in own_questions.read_text(encoding="utf-8")


@pytest.mark.parametrize("title", ["Kernels", 'Say "cheese": # 1 \\ @prefix@', "Où sont les noyaux ?"])
def test_a_title_is_kept_as_it_is(repository, title):
    source, _ = new_lab(repository, "08_my_lab", title)
    assert read(source).header["title"] == {"en": title, "fr": title}


def test_the_title_is_the_slug_in_words_if_none_is_given(repository):
    source, _ = new_lab(repository, "08_my_lab")
    assert read(source).header["title"]["en"] == "My lab"


@pytest.mark.parametrize(
    ("name", "title", "message"),
    [
        ("my_lab", None, "a lab is called NN_slug"),
        ("8_my_lab", None, "a lab is called NN_slug"),
        ("08-my-lab", None, "a lab is called NN_slug"),
        ("08_My", None, "a lab is called NN_slug"),
        ("08_2nd", None, "a lab is called NN_slug"),
        ("08_été", None, "a lab is called NN_slug"),
        ("08_", None, "a lab is called NN_slug"),
        ("08_../../x", None, "a lab is called NN_slug"),
        ("08_my_lab\n", None, "a lab is called NN_slug"),
        ("٠٨_my_lab", None, "a lab is called NN_slug"),
        (LONGEST + "a", None, "a lab is called NN_slug"),
        ("08_my_lab", " ", "a title is one line"),
        ("08_my_lab", "two\nlines", "a title is one line"),
        ("07_my_lab", None, "the number 07 is taken by 07_other"),
        ("08_mnist", None, "questions that begin with 'mnist' are there already"),
        ("08_other", None, r"other.toml is there already"),
        ("07_other", None, r"07_other.py is there already"),
    ],
)
def test_what_cannot_be_or_is_taken_is_refused_in_one_line_and_nothing_is_written(
    repository, name, title, message
):
    new_lab(repository, "07_other")
    before = files_of(repository)
    with pytest.raises((ValueError, OSError), match=message) as caught:
        new_lab(repository, name, title)
    assert "\n" not in str(caught.value)
    assert files_of(repository) == before


def test_a_checkout_without_a_folder_for_questions_is_refused(repository, monkeypatch):
    monkeypatch.delenv("LABKIT_QUESTIONS")
    (repository.root / QUESTIONS).rmdir()
    with pytest.raises(FileNotFoundError, match="run labkit new in a checkout"):
        new_lab(repository, "08_my_lab")
    assert repository.sources() == []


def test_both_files_are_written_or_none(repository, monkeypatch):
    filled = template._filled

    def full_disk(file, *rest):
        if file == "questions.toml":
            raise OSError("no space left")
        return filled(file, *rest)

    monkeypatch.setattr(template, "_filled", full_disk)
    before = files_of(repository)
    with pytest.raises(OSError, match="no space left"):
        new_lab(repository, "08_my_lab")
    assert files_of(repository) == before


def test_the_template_shows_every_means_once(repository):
    lab = read(new_lab(repository, "08_my_lab")[0])
    assert {tag for cell in lab.cells for tag in cell.tags} == TAGS
    kinds = [question.kind for question in questions("my_lab").values()]
    wanted = "array choice function metric model number numbers shape text"
    assert sorted(kinds) == wanted.split()
    assert questions("my_lab")["accuracy"].probe["model"] == "model"
    lengths = [len(cell.source.splitlines()) for cell in lab.cells if cell.kind == "code"]
    assert statistics.median(lengths) <= 6


def test_every_question_of_the_template_is_asked_and_checked(repository):
    lab = read(new_lab(repository, "08_my_lab")[0])
    known = questions("my_lab").values()
    checked = [question for cell in lab.cells for question in cell.checked]
    assert {cell.question for cell in lab.cells if cell.question} == {question.id for question in known}
    assert sorted(checked) == sorted(question.id for question in known if question.kind != "text")


def test_known_misconceptions_get_their_own_message(repository):
    new_lab(repository, "08_my_lab")
    with_own = [q for q in questions("my_lab").values() if q.misconceptions and q.kind != "model"]
    assert len(with_own) >= 4
    for question in with_own:
        for known in question.misconceptions:
            verdict = judge(question.id, known["answer"])
            assert (verdict.passed, verdict.message) == (False, known["en"])


def test_the_function_that_is_expected_agrees_with_the_examples(repository):
    _, path = new_lab(repository, "08_my_lab")
    asked = tomllib.loads(path.read_text(encoding="utf-8"))["side_after"]
    names = {}
    exec(asked["expect"], names)
    assert [names["expect"](*arguments) for arguments, _ in asked["accept"]] == [
        r for _, r in asked["accept"]
    ]


@pytest.mark.parametrize("name", ["08_my_lab", LONGEST])
def test_the_editions_are_built(repository, name):
    (source, _) = new_lab(repository, name)
    remarks = build(repository)
    assert {f"{path.name}" for path in repository.notebooks.rglob("*.ipynb")} == {f"{name}.ipynb"}
    assert len(remarks) == len(EDITIONS) + 1  # and the README
    student, french = (sources(make(read(source), edition, repository)) for edition in (STUDENT, FRENCH))
    assert "13 * 13 * 8" not in student
    assert "most_confused" not in student
    assert "**Question.** How many" in student
    assert "**Question.** Combien" in french


@pytest.mark.parametrize("name", ["08_my_lab", LONGEST])
def test_the_source_is_linted_and_formatted(repository, name):
    source, _ = new_lab(repository, name)
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--stdin-filename", f"notebooks/src/{name}.py", "-"],
            input=source.read_bytes(), cwd=Repository.find().root, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_the_remark_says_whether_these_question_files_are_read(repository, monkeypatch):
    assert "LABKIT_QUESTIONS names their folder" in questions_remark(repository)
    monkeypatch.delenv("LABKIT_QUESTIONS")
    remark = questions_remark(repository)
    assert f"set LABKIT_QUESTIONS={(repository.root / QUESTIONS).resolve()}" in remark
    own = Repository.find()
    assert questions_remark(own) == "labkit runs from this checkout and reads its question files."


def test_the_command_writes_a_lab_and_says_what_is_next(repository, monkeypatch):
    monkeypatch.chdir(repository.root / "notebooks")
    result = CliRunner().invoke(app, ["new", "08_my_lab", "--title", "Kernels"])
    assert result.exit_code == 0, result.output
    source, own_questions, remark, following = result.output.splitlines()
    assert source.endswith("08_my_lab.py: written")
    assert own_questions.endswith("my_lab.toml: written")
    assert "LABKIT_QUESTIONS" in remark
    assert "labkit run 08" in following
    assert read(repository.sources()[0]).header["title"]["en"] == "Kernels"


def test_the_command_refuses_in_one_line(repository, monkeypatch):
    monkeypatch.chdir(repository.root)
    result = CliRunner().invoke(app, ["new", "my_lab"])
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith("labkit: a lab is called NN_slug")
    assert repository.sources() == []


@pytest.mark.slow
def test_the_new_lab_passes_in_smoke(repository, tmp_path):
    new_lab(repository, "08_my_lab")
    (result,) = run_labs(repository, ["08"], profile="smoke", out=tmp_path / "out")
    assert result.passed, result.problems
    assert {check.question for check in result.checks} == {
        question.id for question in questions("my_lab").values() if question.kind != "text"
    }
    score = next(check for check in result.checks if check.question == "my_lab.accuracy")
    assert score.value > score.contract

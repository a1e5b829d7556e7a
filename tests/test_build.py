import nbformat
import pytest

from labkit.notebooks import Repository, build
from labkit.notebooks.editions import EDITIONS, FRENCH, SOLUTION, STUDENT, fingerprint, make, text_of
from labkit.notebooks.labs import run_labs, store_solution
from labkit.notebooks.rerun import Rerun
from labkit.notebooks.source import SourceError, read
from tests.test_source import ANSWER, CHECK, HEADER, PROSE, SETUP

OWN_WORDS = """# %% [markdown] tags=["answer", "lang:en"] question="mnist.why_convolution"
# Because.

# %% [markdown] tags=["answer", "lang:fr"] question="mnist.why_convolution"
# Parce que.

"""
ONLY_SOLUTION = '# %% tags=["solution"]\nprint("only for teachers")\n\n'
LIVE = '# %% tags=["live"]\nlk.release_gpu()\n\n'
INDENTED = """# %% question="mnist.stride"
def width():
    ### BEGIN SOLUTION
    return 13
    ### END SOLUTION

"""
LAB = HEADER + SETUP + PROSE + ANSWER + OWN_WORDS + ONLY_SOLUTION + LIVE + INDENTED + CHECK
ADDRESS = "https://github.com/some_one/fork"
PYPROJECT = f'[project.urls]\nRepository = "{ADDRESS}"\n[tool.labkit]\nbranch = "spring"\n'
README = "before\n<!-- labs: written by labkit build -->\nold\n<!-- /labs -->\nafter\n"


@pytest.fixture
def repository(tmp_path):
    source = tmp_path / "notebooks" / "src"
    source.mkdir(parents=True)
    (source / "01_lab.py").write_text(LAB, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "README.md").write_text(README)
    return Repository(tmp_path)


@pytest.fixture
def lab(repository):
    return read(repository.sources()[0])


def sources(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


def cell_with(notebook, text):
    return next(cell for cell in notebook.cells if text in cell.source)


def test_students_get_an_error_that_names_the_question(lab, repository):
    student = make(lab, STUDENT, repository)
    text = sources(student)
    assert "13 * 13 * 32" not in text
    assert 'raise NotImplementedError("mnist.flatten_size: replace this line with your answer")' in text
    assert "    # YOUR CODE HERE\n    raise NotImplementedError" in cell_with(student, "def width").source
    assert "only for teachers" not in text
    assert "Because." not in text
    assert "**Your answer** (`mnist.why_convolution`)" in text


def test_the_solution_keeps_everything_but_the_markers(lab, repository):
    text = sources(make(lab, SOLUTION, repository))
    assert "size = 13 * 13 * 32" in text
    assert "only for teachers" in text
    assert "**Model answer.**\n\nBecause." in text
    assert "SOLUTION" not in text


def test_prose_is_in_one_language_and_code_is_the_same(lab, repository):
    english, french = make(lab, STUDENT, repository), make(lab, FRENCH, repository)
    assert "Hello" in sources(english)
    assert "Hello" not in sources(french)
    assert 'lk.setup(language="fr")' in sources(french)
    assert "VOTRE CODE ICI" in sources(french)
    ids = [
        [cell.id for cell in notebook.cells if cell.metadata.get("labkit")] for notebook in (english, french)
    ]
    assert ids[0] == ids[1]


def test_cells_name_their_question_their_tasks_and_what_nbval_does(lab, repository):
    notebook = make(lab, SOLUTION, repository)
    answer, check = cell_with(notebook, "13 * 13"), cell_with(notebook, "lk.check")
    assert answer.metadata["labkit"] == {"question": "mnist.flatten_size", "tasks": ["S2.6"]}
    assert check.metadata["labkit"] == {"checks": ["mnist.flatten_size"]}
    assert check.metadata["tags"] == ["check", "nbval-check-output"]
    assert cell_with(notebook, "release_gpu").metadata["tags"] == ["live", "nbval-skip"]
    assert cell_with(notebook, "google.colab").metadata["tags"] == ["install", "nbval-skip"]
    assert (answer.id, check.id) == ("mnist-flatten_size", "check-mnist-flatten_size")


def test_an_answer_has_the_same_id_in_every_edition(lab, repository):
    for edition in EDITIONS:
        ids = [cell.id for cell in make(lab, edition, repository).cells]
        assert {"mnist-flatten_size", "mnist-why_convolution", "check-mnist-flatten_size"} <= set(ids)
        assert len(ids) == len(set(ids))


def test_the_public_address_comes_from_one_place(lab, repository):
    text = sources(make(lab, STUDENT, repository))
    assert "%pip install -q git+https://github.com/some_one/fork@spring" in text
    assert "https://colab.research.google.com/github/some_one/fork/blob/spring/notebooks/01_lab.ipynb" in text


def test_a_lab_installs_the_extras_that_it_names(lab, repository):
    lab.header["extras"] = ["explain"]
    wanted = '%pip install -q "labkit[explain] @ git+https://github.com/some_one/fork@spring"'
    assert wanted in sources(make(lab, STUDENT, repository))


def test_a_gpu_is_asked_for_where_the_lab_wants_one(lab, repository, tmp_path):
    assert "accelerator" not in make(lab, STUDENT, repository).metadata
    lab.header["gpu"] = True
    metadata = make(lab, STUDENT, repository).metadata
    assert (metadata["accelerator"], metadata["colab"]["gpuType"]) == ("GPU", "T4")


def test_pictures_stand_in_the_text(lab, repository):
    source = repository.sources()[0]
    picture = repository.root / "images" / "one.png"
    picture.parent.mkdir()
    picture.write_bytes(b"png")
    source.write_text(LAB.replace("# Hello", "# ![one](../../images/one.png)"), encoding="utf-8")
    assert "![one](data:image/png;base64,cG5n)" in sources(make(read(source), STUDENT, repository))


def test_two_builds_are_byte_identical(lab, repository):
    assert build(repository)
    first = {path: path.read_bytes() for path in repository.root.rglob("*") if path.is_file()}
    assert build(repository) == []
    assert {path: path.read_bytes() for path in repository.root.rglob("*") if path.is_file()} == first
    for edition in EDITIONS:
        assert text_of(make(lab, edition, repository)) == text_of(make(lab, edition, repository))


def test_the_readme_lists_the_labs_between_its_marks(repository):
    build(repository)
    text = (repository.root / "README.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| 01 | A lab |" in text
    assert "old" not in text


def test_check_names_what_is_out_of_date_and_writes_nothing(repository):
    remarks = build(repository, check=True)
    assert "notebooks/01_lab.ipynb: out of date, run labkit build" in remarks
    assert not (repository.notebooks / "01_lab.ipynb").exists()
    build(repository)
    assert build(repository, check=True) == [
        "notebooks/solutions/01_lab.ipynb: has no outputs of its present code, "
        "run labkit run 01 --profile course --store"
    ]
    student = repository.notebooks / "01_lab.ipynb"
    student.write_text(student.read_text().replace("Hello", "Hallo"))
    assert build(repository, check=True)[0] == "notebooks/01_lab.ipynb: out of date, run labkit build"


def ran(lab, repository):
    """A run in which every cell printed its own id."""
    notebook = make(lab, SOLUTION, repository)
    for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        cell.outputs = [nbformat.v4.new_output("stream", text=f"{cell.id}\n")]
        cell.execution_count = number + 1
    return Rerun(lab.name, "passed", 1.0, notebook=notebook, facts={"profile": "course"})


def test_stored_outputs_stay_with_their_code_only(lab, repository):
    build(repository)
    store_solution(repository, lab, ran(lab, repository))
    assert build(repository, check=True) == []
    stored = nbformat.read(SOLUTION.path(repository, lab), 4)
    assert cell_with(stored, "13 * 13").outputs[0].text == "mnist-flatten_size\n"
    assert stored.metadata["labkit"]["run"]["code"] == fingerprint(stored)

    source = repository.sources()[0]
    source.write_text(LAB.replace("# Hello", "# Hello again"), encoding="utf-8")
    build(repository)
    assert build(repository, check=True) == []  # prose may change
    assert cell_with(nbformat.read(SOLUTION.path(repository, lab), 4), "13 * 13").outputs

    (repository.root / "pyproject.toml").write_text(PYPROJECT.replace("some_one", "some_one_else"))
    build(repository)
    assert build(repository, check=True) == []  # and so may the public address

    source.write_text(LAB.replace("13 * 13 * 32", "32 * 13 * 13"), encoding="utf-8")
    build(repository)
    assert "has no outputs of its present code" in build(repository, check=True)[0]
    assert not cell_with(nbformat.read(SOLUTION.path(repository, lab), 4), "32 * 13").outputs


def test_a_fork_elsewhere_has_no_colab_badges_and_installs_from_its_own_address(lab, repository):
    elsewhere = "https://gitlab.com/me/labkit.git"
    (repository.root / "pyproject.toml").write_text(PYPROJECT.replace(ADDRESS, elsewhere))
    text = sources(make(lab, STUDENT, repository))
    assert "colab.research" not in text
    assert "git+https://gitlab.com/me/labkit@spring" in text
    build(repository)
    assert "[en](notebooks/01_lab.ipynb)" in (repository.root / "README.md").read_text()


def test_a_missing_address_is_one_line(lab, repository):
    (repository.root / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(ValueError, match=r"\[project.urls\] Repository"):
        build(repository)


def test_a_missing_picture_is_named_with_file_and_line(repository):
    source = repository.sources()[0]
    source.write_text(LAB.replace("# Hello", "# ![one](../../images/gone.png)"), encoding="utf-8")
    with pytest.raises(SourceError, match=r"01_lab.py:15: there is no picture images/gone.png"):
        build(repository)


def test_editions_without_a_source_are_reported(repository):
    build(repository)
    repository.sources()[0].rename(repository.notebooks / "src" / "01_renamed.py")
    remarks = build(repository, check=True)
    for folder in ("", "fr/", "solutions/"):
        assert f"notebooks/{folder}01_lab.ipynb: has no source, remove it" in remarks


def test_two_labs_of_one_number_are_refused(repository):
    (repository.notebooks / "src" / "01_other.py").write_text(LAB, encoding="utf-8")
    with pytest.raises(SourceError, match="another lab has the number 01"):
        build(repository)


def test_a_lab_that_cannot_be_run_does_not_take_the_report_away(repository, monkeypatch, tmp_path):
    def broken(*_, **__):
        raise RuntimeError("no kernel here")

    monkeypatch.setattr("labkit.notebooks.labs.run_lab", broken)
    (result,) = run_labs(repository, [], profile="smoke", out=tmp_path / "out")
    assert result.problems == ["could not be run: RuntimeError: no kernel here"]
    assert "no kernel here" in (tmp_path / "out" / "index.html").read_text()


def test_labs_are_chosen_by_number_or_name(repository):
    (path,) = repository.sources()
    assert repository.select([]) == repository.select(["1"]) == repository.select(["01", "01_lab"]) == [path]
    with pytest.raises(ValueError, match=r"no lab '7': there are 01_lab"):
        repository.select(["7"])


def test_the_checkout_is_found_from_below(repository):
    assert Repository.find(repository.notebooks / "src").root == repository.root

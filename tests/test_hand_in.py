"""Handing in: every check finds what it is there for and nothing else, the copy is clean, the original untouched."""

import base64
import io
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import v4
from PIL import Image
from typer.testing import CliRunner

from labkit import config, quiz
from labkit.cli import app
from labkit.grading.hand_ins import gather
from labkit.grading.records import Rejected
from labkit.hand_in import asked as asking
from labkit.hand_in import environment as versions
from labkit.hand_in import fresh, looks, order, prepare
from labkit.hand_in.answers import check_lines
from labkit.hand_in.asked import Asked
from labkit.hand_in.preparing import _ending
from labkit.hand_in.tidying import LARGE_PICTURE, STATE, VIEW, tidy
from labkit.hand_in.words import _WORDS, CHECKS
from labkit.notebooks import Repository
from labkit.notebooks.rerun import Rerun
from labkit.notebooks.source import read
from labkit.notebooks.template import new_lab
from labkit.quiz.questions import forget
from tests.grading.filled_labs import BENIGN, HOSTILE_FILES, as_bytes, filled
from tests.grading.hand_in_cases import BROKEN_FILES
from tests.test_template import empty_checkout

TINY = """
[two]
tasks = ["S9.1"]
kind = "number"
accept = [2]

[why]
tasks = ["S9.2"]
kind = "text"

[score]
tasks = ["S9.3"]
kind = "metric"
contract = { smoke = 0.1, course = 0.2, full = 0.3 }
"""


def stream(text):
    return v4.new_output("stream", text=text)


def failure(name, value):
    return v4.new_output("error", ename=name, evalue=value, traceback=[f"{name}: {value}"])


def code(source, *outputs, count=None, **labkit):
    tags = labkit.pop("tags", [])
    metadata = {"tags": tags, "labkit": labkit} if labkit or tags else {}
    return v4.new_code_cell(source, outputs=list(outputs), execution_count=count, metadata=metadata)


def words(text, question):
    source = f"**Your answer** (`{question}`): {text}"
    return v4.new_markdown_cell(source, metadata={"labkit": {"question": question}})


def book(*cells, **metadata):
    return v4.new_notebook(cells=list(cells), metadata=metadata)


def png(side, noise=True):
    shape = (side, side, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape) if noise else np.zeros(shape)
    written = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def shown(data):
    return v4.new_output("display_data", data=data)


def tiny_lab(two="PASS", score="PASS", why="because", answer="two = 2"):
    """A lab of three questions as a student hands it in."""
    return book(
        code("import labkit as lk", stream("python 3.0.0, labkit 0.0.1, keras 3.15.1\nx\n"), count=1),
        code(answer, count=2, question="tiny.two"),
        code('lk.check("tiny.two", two)', stream(f"tiny.two {two}\n"), count=3, checks=["tiny.two"]),
        code("%pip install x", tags=["nbval-skip"]),
        words(why, "tiny.why"),
        code('lk.check("tiny.score", run)', stream(f"tiny.score {score}\n"), count=4, checks=["tiny.score"]),
        labkit={"lab": "09_tiny", "language": "en", "edition": "student"},
    )


@pytest.fixture(autouse=True)
def tiny_questions(tmp_path, monkeypatch):
    """The question file of the tiny lab, of which there is no source."""
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "tiny.toml").write_text(TINY)
    monkeypatch.setenv("LABKIT_QUESTIONS", str(folder))
    forget()
    yield
    forget()


@pytest.fixture
def handed(tmp_path):
    """Write a notebook and prepare it, without a fresh run."""

    def handed(notebook, **wishes):
        path = tmp_path / "mine.ipynb"
        path.write_bytes(notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode())
        return prepare(path, out=tmp_path / "out", **{"fresh_run": False, **wishes})

    return handed


def statuses(done):
    return {finding.check: finding.status for finding in done.findings}


# The whole of it


def test_a_finished_lab_can_be_handed_in_and_the_original_is_not_touched(handed, tmp_path):
    done = handed(tiny_lab(), name="Ada Lovelace")
    assert done.passed
    assert set(statuses(done).values()) - {"ok"} == {"left out", "warning"}
    assert {f.check for f in done.findings if f.status == "warning"} == {"versions"}
    assert done.notebook == tmp_path / "out" / "09_tiny_Ada_Lovelace.ipynb"
    assert (tmp_path / "mine.ipynb").read_text() == nbformat.writes(nbformat.read(tmp_path / "mine.ipynb", 4))
    before, after = nbformat.read(tmp_path / "mine.ipynb", 4), nbformat.read(done.notebook, 4)
    assert after.cells == before.cells
    assert sorted(p.name for p in done.notebook.parent.iterdir()) == [
        "09_tiny_Ada_Lovelace.ipynb", "09_tiny_Ada_Lovelace_environment.txt",
    ]  # fmt: skip


def test_what_is_missing_is_said_and_the_copy_is_written_all_the_same(handed):
    stub = 'given = 1\n# YOUR CODE HERE\nraise NotImplementedError("tiny.two: ...")'
    done = handed(tiny_lab(why="*write here.*", answer=stub))
    assert not done.passed
    assert done["questions"].items == ("tiny.two", "tiny.why")
    assert "2 of 2 questions have no answer yet: tiny.two, tiny.why" in done["questions"].sentence
    assert done.notebook.is_file()


def test_a_deleted_answer_is_missed_without_the_lab(handed):
    notebook = tiny_lab()
    del notebook.cells[4]
    done = handed(notebook)
    assert done["questions"].items == ("tiny.why",)
    assert "tiny.why (its cell is gone)" in done["questions"].sentence


def test_checks_that_do_not_pass_are_a_warning(handed):
    done = handed(tiny_lab(two="NOT YET it is even."))
    assert done.passed
    assert done["checks"].status == "warning"
    assert done["checks"].items == ("tiny.two",)
    assert "1 of 2 checks do not say PASS: tiny.two (NOT YET it is even.)" in done["checks"].sentence
    notebook = tiny_lab()
    notebook.cells[5].outputs = []
    assert handed(notebook)["checks"].items == ("tiny.score",)


def test_the_solution_edition_is_told(handed):
    notebook = tiny_lab()
    notebook.metadata.labkit.edition = "solution"
    done = handed(notebook)
    assert (done["lab"].status, done.passed) == ("warning", True)


def test_a_notebook_of_ones_own_gets_the_general_checks(handed):
    done = handed(book(code("1 / 0", failure("ZeroDivisionError", "division by zero"), count=1)))
    assert done["lab"].status == "warning"
    assert "no questions are known" in done["lab"].sentence
    assert {"questions", "checks"}.isdisjoint(statuses(done))
    assert done["errors"].status == "missing"
    assert done.notebook.name == "mine_hand_in.ipynb"


def test_french_is_the_notebooks_or_the_one_that_is_wished(handed):
    notebook = tiny_lab(two="PAS ENCORE non")
    assert handed(notebook)["checks"].sentence.startswith("1 of 2")
    assert "ne disent pas PASS" in handed(notebook, language="fr")["checks"].sentence
    notebook.metadata.labkit.language = "fr"
    assert "ne disent pas PASS" in handed(notebook)["checks"].sentence
    assert config.language() == "en"


def test_both_languages_say_everything_with_the_same_facts():
    for texts in (*_WORDS.values(), *CHECKS.values()):
        assert set(texts) == {"en", "fr"}
        fields = [sorted(re.findall(r"\{(\w+)[:}]", text)) for text in texts.values()]
        assert fields[0] == fields[1], texts


@pytest.mark.parametrize(
    ("name", "ending"),
    [("Ada", "_Ada"), ("", "_hand_in"), ("../../x", "_x"), ("a/b\\c:d", "_a_b_c_d"), ("Zoe\u0301", "_Zoé"), ("李", "_李")],
)  # fmt: skip
def test_a_name_becomes_part_of_a_files_name(name, ending):
    assert _ending(name) == ending


def test_a_lab_that_calls_itself_a_path_stays_in_the_folder(handed, tmp_path):
    notebook = tiny_lab()
    notebook.metadata.labkit.lab = "../../evil"
    assert handed(notebook).notebook == tmp_path / "out" / "evil_hand_in.ipynb"


def test_the_copy_never_takes_the_notebooks_place(tmp_path):
    path = tmp_path / "mine_hand_in.ipynb"
    nbformat.write(book(code("1", count=1)), path)
    prepare(path, name="x", out=tmp_path, fresh_run=False)
    (tmp_path / "mine_hand_in_hand_in.ipynb").symlink_to(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="would take the place"):
        prepare(path, out=tmp_path, fresh_run=False)
    assert path.read_bytes() == before


def test_the_grader_finds_one_notebook_in_the_folder_that_is_handed_in(handed, tmp_path):
    done = handed(tiny_lab(), name="Ada")
    (found,) = gather(done.notebook.parent, tmp_path / "scratch")
    assert (found.name, found.rejected) == ("09_tiny_Ada.ipynb", "")


# What cannot be read


@pytest.mark.parametrize("case", sorted(BROKEN_FILES))
def test_what_is_no_notebook_is_refused_in_one_line_and_nothing_is_written(case, handed, tmp_path):
    with pytest.raises(Rejected) as caught:
        handed(BROKEN_FILES[case])
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nbformat": 3}, "old notebook format 3"),
        ({"nbformat": 5}, "format 5, which this labkit does not know"),
        ({"metadata": {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}}, "not a Python notebook"),
        ({"cells": []}, "without cells"),
    ],
)  # fmt: skip
def test_other_formats_and_languages_are_refused(change, message, handed):
    raw = {**json.loads(nbformat.writes(tiny_lab())), **change}
    with pytest.raises(Rejected, match=message):
        handed(json.dumps(raw).encode())


def test_format_3_with_its_worksheets_is_refused(handed):
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [
        {"cell_type": "code", "input": "1", "outputs": [], "language": "python"}]}]}  # fmt: skip
    with pytest.raises(Rejected, match="old notebook format 3"):
        handed(json.dumps(old).encode())


LONG = {
    "outputs_of_50_megabytes",
    "names_of_questions_repeated",
    "eighteen_hundred_copies",
    "eighteen_hundred_variants",
}
AWKWARD = sorted({**BENIGN, **HOSTILE_FILES}.keys() - LONG)


@pytest.mark.slow
@pytest.mark.parametrize("case", AWKWARD)
def test_whatever_an_editor_made_of_a_lab_the_copy_is_valid_or_refused(case, handed, monkeypatch):
    monkeypatch.setattr(asking.Repository, "find", no_checkout)
    made = {**BENIGN, **HOSTILE_FILES}[case](filled())
    try:
        done = handed(made if isinstance(made, bytes) else as_bytes(made))
    except Rejected:
        return  # in words, as the grader would
    copy = nbformat.read(done.notebook, as_version=4)
    nbformat.validate(copy)
    assert copy.nbformat_minor == 5


# Run in order, without errors


def counted(*counts):
    return book(*[code(f"x = {n}", count=count) for n, count in enumerate(counts)])


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ((1, 2, 3), None),
        ((2, 3), r"Cell 1 \(x = 0\) is numbered \[2\], not \[1\]"),
        ((1, 3), r"Cell 2 \(x = 1\) is numbered \[3\], not \[2\]"),
        ((1, 3, 2), r"Cell 2 \(x = 1\) is numbered \[3\]"),
        ((2, 1), r"numbered \[2\]"),
        ((1, 2, 1), r"Cell 3 \(x = 2\) was run before cell 2 \(x = 1\)"),
        ((1, 1), r"carry the same number \[1\]"),
        ((1, None, 2), r"Not run: cell 2 \(x = 1\)"),
        ((None, None), r"No cell has been run"),
    ],
)
def test_counts_ascend_without_holes(counts, says):
    finding = order.in_order(counted(*counts))
    assert finding.status == ("missing" if says else "ok")
    assert re.search(says or "All 3 cells", finding.sentence)
    assert not says or "Restart and Run All" in finding.sentence


def test_what_the_lab_leaves_out_may_be_left_out_or_run():
    left = [code("%pip install x", tags=["install"]), code("lk.release_gpu()", tags=["live"]), code(""),
            code("# nothing"), code("1", tags=["nbval-skip"])]  # fmt: skip
    assert order.in_order(book(code("x", count=1), *left, code("y", count=2))).status == "ok"
    left[0].execution_count = 2
    assert order.in_order(book(code("x", count=1), *left, code("y", count=3))).status == "ok"
    assert order.in_order(book(code("x", count=1), *left, code("y", count=2))).status == "missing"


def test_an_error_is_named_with_its_cell_however_large_the_count():
    cells = [
        v4.new_markdown_cell("text"),
        code("1 / 0", failure("ZeroDivisionError", "division by zero"), count=1),
    ]
    finding = order.without_errors(book(*cells))
    assert finding.status == "missing"
    assert finding.sentence == "Cell 2 (1 / 0) stopped with ZeroDivisionError: division by zero"
    again = [code("y", failure("E", ""), count=n) for n in range(2, 6)]
    many = order.without_errors(book(*cells, *again))
    assert many.sentence.endswith("and 2 more")
    assert order.without_errors(book(code("print('Error: no')", stream("Error: no"), count=1))).status == "ok"


# Widgets, pictures, size, paths


def test_widgets_go_and_their_words_stay(handed):
    notebook = book(
        code("tqdm(x)", shown({VIEW: {"model_id": "a"}, "text/plain": "100%"}), shown({VIEW: {}}), count=1),
        **{STATE: {"application/vnd.jupyter.widget-state+json": {"a": {}}}},
    )
    done = handed(notebook)
    assert done["widgets"].status == "mended"
    text = done.notebook.read_text()
    assert "widget" not in text
    assert "100%" in text
    assert len(nbformat.read(done.notebook, 4).cells[0].outputs) == 1
    assert tidy(book(code("x", count=1), widgets={"state": {}})).widgets == 1
    assert handed(book(code("x", shown({"text/plain": "1"}), count=1)))["widgets"].status == "ok"
    before = nbformat.writes(notebook)
    tidy(notebook)
    assert nbformat.writes(notebook) == before


def test_pictures_are_made_small_also_those_that_were_pasted(handed):
    picture = png(200)
    text = v4.new_markdown_cell("![](attachment:a.png)", attachments={"a.png": {"image/png": picture}})
    done = handed(
        book(code("plot()", shown({"image/png": picture, "text/plain": "<Figure>"}), count=1), text)
    )
    assert done["pictures"].status == "mended"
    assert "2, made smaller" in done["pictures"].sentence
    cells = nbformat.read(done.notebook, 4).cells
    small = (cells[0].outputs[0].data["image/png"], cells[1].attachments["a.png"]["image/png"])
    for written in small:
        assert len(written) < len(picture) / 2
        assert Image.open(io.BytesIO(base64.b64decode(written))).size == (200, 200)
    assert cells[0].outputs[0].data["text/plain"] == "<Figure>"


def test_a_picture_that_stays_large_is_named_with_its_cell():
    svg = "<svg>" + " " * LARGE_PICTURE + "</svg>"
    found = tidy(book(code("plot()", shown({"image/svg+xml": svg}), count=1))).findings()[1]
    assert found.status == "warning"
    assert "The picture of cell 1 (plot()) has 1.0 MB" in found.sentence
    pasted = v4.new_markdown_cell(f"![](data:image/png;base64,{'A' * 2 * LARGE_PICTURE})")
    assert tidy(book(pasted)).findings()[1].status == "warning"
    assert tidy(book(code("x", shown({"image/svg+xml": "<svg/>"})))).findings()[1].status == "ok"


def test_a_broken_picture_is_kept_as_it_is(handed):
    done = handed(book(code("x", shown({"image/png": "bm8gcGljdHVyZQ=="}), count=1)))
    assert nbformat.read(done.notebook, 4).cells[0].outputs[0].data["image/png"] == "bm8gcGljdHVyZQ=="


@pytest.mark.parametrize(
    ("size", "status"),
    [
        (looks.LARGE, "ok"),
        (looks.LARGE + 1, "warning"),
        (looks.TOO_LARGE, "warning"),
        (looks.TOO_LARGE + 1, "missing"),
    ],
)
def test_a_large_file_names_its_largest_cells(size, status):
    finding = looks.small_enough(book(code("1"), code("print(all)", stream("x" * 1_000))), size)
    assert finding.status == status
    assert status == "ok" or finding.items[0] == "cell 2 (print(all))"


@pytest.mark.slow
def test_the_size_is_that_of_the_copy(handed):
    done = handed(book(code("print(all)", stream("x" * looks.TOO_LARGE), count=1)))
    assert done["size"].status == "missing"
    assert "10.0 MB: above 10.0 MB GitLab" in done["size"].sentence
    picture = code("plot()", shown({"image/png": png(730)}), count=1)
    assert len(json.dumps(picture)) > looks.LARGE
    assert handed(book(picture))["size"].status == "ok"


@pytest.mark.parametrize(
    "said",
    ["/home/ada/cats/1.png", "C:\\Users\\Ada\\x.png", "see '/Users/ada/x'", "C:/Users/ada/x"],
)
def test_a_folder_of_the_students_own_is_told(said):
    for cell in (code("1", stream(said)), code(f"open(r'{said}')"), code("1", failure("E", said))):
        finding = looks.without_own_folders(book(cell))
        assert finding.status == "warning", said
        assert "cell 1" in finding.sentence


@pytest.mark.parametrize(
    "said", ["/content/x", "https://a.org/home/ada", "/home/", "data/home/x", "~/home/x"]
)
def test_other_folders_are_not(said):
    assert looks.without_own_folders(book(code("1", stream(said)))).status == "ok"


# The copy


def test_ids_and_outputs_that_are_none_are_mended(handed):
    raw = json.loads(nbformat.writes(tiny_lab()))
    raw["cells"][1]["id"] = raw["cells"][0]["id"]
    raw["cells"][2]["outputs"].append({"output_type": "nonsense"})
    raw["cells"][5]["metadata"]["tags"] = "no list"
    raw["cells"][0]["outputs"][0]["text"] = "half a pair: \ud800"
    raw["cells"][4]["source"] = ["half ", "a pair: \ud800"]
    done = handed(json.dumps(raw).encode())
    assert done["file"].status == "mended"
    assert len(done["file"].items) == 3
    copy = nbformat.read(done.notebook, 4)
    nbformat.validate(copy)
    kept = [cell.id for cell in copy.cells]
    assert kept[0] == raw["cells"][0]["id"]
    assert len(set(kept)) == len(kept)
    assert check_lines(copy)["tiny.two"] == "PASS"


def test_an_older_format_4_becomes_the_present_one(handed):
    raw = json.loads(nbformat.writes(tiny_lab()))
    raw["nbformat_minor"] = 0
    for cell in raw["cells"]:
        del cell["id"]
    done = handed(json.dumps(raw).encode())
    assert "format 4.0 is now 4.5" in done["file"].sentence
    assert done.passed


def test_the_environment_file_has_versions_and_no_addresses(handed):
    notebook = tiny_lab()
    notebook.cells[
        1
    ].source = "from PIL import Image\nimport nbformat.v4, no_such_module\n%matplotlib inline\ntwo = 2"
    text = handed(notebook).environment.read_text()
    packages = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+", line) for line in packages)
    names = {line.split("==")[0].lower() for line in packages}
    assert {"keras", "numpy", "matplotlib", "pillow", "nbformat", config.keras_backend()} <= names
    assert "labkit" not in names  # an index may have something else of that name
    assert f"nbformat=={nbformat.__version__}" in packages
    assert "made with: python 3.0.0, labkit 0.0.1, keras 3.15.1" in text
    assert not re.search("://|file:", text)


def test_an_import_is_known_by_its_package_and_labkit_is_none_of_an_index(monkeypatch):
    packages = {"cv2": ["opencv-python"], "labkit": ["labkit"], "jax": ["jax-metal", "jax"]}
    monkeypatch.setattr(versions, "_distributions", lambda: packages)
    monkeypatch.setattr(versions, "_version", lambda name: "1.0")
    found = versions.installed(book(code("import cv2, labkit, own_file\nimport jax.numpy")))
    assert {"opencv-python", "jax"} <= set(found)
    assert not {"cv2", "labkit", "own_file", "jax-metal"} & set(found)


def test_versions_that_differ_from_the_stored_ones_are_told(handed):
    done = handed(tiny_lab())
    assert done["versions"].items == ("python", "labkit")
    notebook = tiny_lab()
    notebook.cells[0].outputs = []
    assert handed(notebook)["versions"].status == "ok"
    assert versions.stored_versions(book(code("1", stream("I have python 3, and")))) == {}
    assert versions.environment(book()).startswith("# Python 3.")


# The fresh run


def again(monkeypatch, notebook, problems=()):
    """A fresh run that gives `notebook`."""
    result = Rerun("x", "passed", 1.0, notebook=notebook, problems=list(problems))
    monkeypatch.setattr(fresh, "_run", lambda *_: result)


ASKED = Asked("09_tiny", {}, frozenset(), ("tiny.two", "tiny.score"))


@pytest.mark.parametrize(
    ("stored", "now", "status", "says"),
    [
        ({}, {}, "ok", "all 2 checks say the same"),
        ({"two": "PASS a"}, {"two": "PASS b"}, "missing", "tiny.two (stored: PASS a; now: PASS b)"),
        ({"two": "PASS"}, {"two": "NOT YET"}, "missing", "tiny.two"),
        ({"two": "NOT YET"}, {"two": "PASS"}, "missing", "tiny.two"),
        ({"two": "NOT YET 3"}, {"two": "NOT YET 4"}, "ok", "the same"),
        ({"score": "PASS"}, {"score": "NOT YET"}, "warning", "Smoke has other data"),
    ],
)
def test_a_fresh_run_compares_the_lines_of_the_checks(monkeypatch, stored, now, status, says):
    again(monkeypatch, tiny_lab(**now))
    finding = fresh.compared(ASKED, tiny_lab(**stored), minutes=1)
    assert finding.status == status
    assert says in finding.sentence


def test_a_line_that_does_not_come_again_is_missed(monkeypatch):
    silent = tiny_lab()
    silent.cells[5].outputs = []
    again(monkeypatch, silent)
    finding = fresh.compared(ASKED, tiny_lab(), minutes=1)
    assert (finding.status, finding.items) == ("missing", ("tiny.score",))


def test_an_error_that_was_not_stored_is_missed_and_one_that_was_is_not_told_twice(monkeypatch):
    stops = tiny_lab()
    stops.cells[1].outputs = [failure("NameError", "name 'x' is not defined")]
    told = f"cell 2 ({stops.cells[1].id}): Cell execution caused an exception"
    again(monkeypatch, stops, [told])
    finding = fresh.compared(ASKED, tiny_lab(), minutes=1)
    assert finding.status == "missing"
    assert "cell 2 (two = 2) stops with NameError: name 'x' is not defined" in finding.sentence
    assert fresh.compared(ASKED, stops, minutes=1).status == "ok"


def test_a_kernel_that_died_is_told(monkeypatch):
    again(monkeypatch, tiny_lab(), ["cell 2 (a): the kernel died while this cell ran"])
    finding = fresh.compared(ASKED, tiny_lab(), minutes=1)
    assert finding.status == "missing"
    assert "kernel died" in finding.sentence


def test_without_nbval_or_checks_or_the_wish_there_is_no_fresh_run(monkeypatch):
    assert fresh.left_out(ASKED, True) is None
    assert "as you wished" in fresh.left_out(ASKED, False).sentence
    assert "nothing to compare" in fresh.left_out(Asked("x", {}, frozenset(), ()), True).sentence
    monkeypatch.setattr(fresh.importlib.util, "find_spec", lambda name: None if name == "nbval" else name)
    finding = fresh.left_out(ASKED, True)
    assert finding.status == "left out"
    assert "pip install nbval" in finding.sentence


@pytest.mark.slow
def test_a_fresh_run_finds_hidden_state_and_a_cell_without_end_and_tells_its_progress():
    told = []
    hidden = book(
        code("two = two_of_a_deleted_cell", count=1),
        code("print('tiny.two PASS')", stream("tiny.two PASS\n"), count=2),
        code("1 / 0", failure("ZeroDivisionError", "division by zero"), count=3),
        code("raise SystemError('never run')", tags=["nbval-skip"]),
    )
    finding = fresh.compared(ASKED, hidden, 1, lambda done, total: told.append((done, total)))
    assert "cell 1 (two = two_of_a_deleted_cell) stops with NameError" in finding.sentence
    assert len(finding.items) == 1
    assert told[-1] == (4, 4)
    endless = fresh.compared(ASKED, book(code("while True: pass", count=1)), minutes=0.05)
    assert endless.status == "warning"
    assert "after 0.05 minutes" in endless.sentence


# Real labs


def no_checkout(*_):
    raise FileNotFoundError("no labs found")


LAB = "02_fashion_mnist"


@pytest.mark.parametrize("checkout", [True, False])
@pytest.mark.parametrize("folder", ["", "fr"])
def test_an_unanswered_lab_names_all_its_questions(handed, monkeypatch, checkout, folder):
    if not checkout:
        monkeypatch.setattr(asking.Repository, "find", no_checkout)
    path = Repository.find(Path(__file__)) if checkout else None
    root = path.root if path else Path(__file__).resolve().parents[1]
    done = handed((root / "notebooks" / folder / f"{LAB}.ipynb").read_bytes())
    expected = [f"fashion.{name}" for name in quiz.questions("fashion")]
    checked_only = {"fashion.raw_accuracy", "fashion.accuracy"}
    assert sorted(done["questions"].items) == sorted(set(expected) - checked_only)
    assert done.language == (folder or "en")
    assert not done.passed
    assert done["order"].status == "missing"
    assert set(done["checks"].items) <= set(expected)
    assert checked_only <= set(done["checks"].items)


@pytest.mark.parametrize("checkout", [True, False])
def test_an_answered_lab_has_all_its_answers_also_renamed_and_without_its_metadata(
    handed, monkeypatch, checkout
):
    root = Path(__file__).resolve().parents[1]
    if not checkout:
        monkeypatch.setattr(asking.Repository, "find", no_checkout)
    raw = json.loads((root / "notebooks" / "solutions" / f"{LAB}.ipynb").read_text(encoding="utf-8"))
    if checkout:
        raw["metadata"] = {}
    else:
        raw["metadata"]["labkit"]["edition"] = "student"
    done = handed(json.dumps(raw).encode(), name="ada")
    assert done.passed, done.findings
    assert done["questions"].sentence == "All 21 questions are answered."
    assert done["checks"].sentence.startswith("All 16 checks")
    assert done["order"].status == done["errors"].status == done["pictures"].status == "ok"
    assert done.notebook.name == f"{LAB}_ada.ipynb"
    copy, original = nbformat.read(done.notebook, 4), nbformat.reads(json.dumps(raw), as_version=4)
    assert list(map(without_pictures, copy.cells)) == list(map(without_pictures, original.cells))


def without_pictures(cell):
    for output in cell.get("outputs", []):
        output.get("data", {}).pop("image/png", None)
    return cell


@pytest.mark.slow
def test_the_templates_solution_can_be_handed_in_after_a_fresh_run(tmp_path, monkeypatch):
    from labkit.notebooks.labs import run_labs

    repository = empty_checkout(tmp_path / "checkout", monkeypatch)
    monkeypatch.chdir(repository.root)
    forget()
    new_lab(repository, "08_my_lab")
    (result,) = run_labs(repository, ["08"], profile="smoke", out=tmp_path / "run")
    assert result.passed, result.problems
    path = tmp_path / "run" / "08_my_lab" / "08_my_lab.ipynb"
    ended = CliRunner().invoke(app, ["hand-in", str(path), "--name", "Ada", "--out", str(tmp_path / "out")])
    assert ended.exit_code == 0, ended.output
    said = " ".join(ended.output.split())
    assert re.search(r"Run again in smoke: every cell ran, and all \d+ checks say the same", said)
    assert "made from the solution edition" in said
    assert (tmp_path / "out" / "08_my_lab_Ada.ipynb").is_file()


# The command


def invoked(*arguments):
    ended = CliRunner().invoke(app, ["hand-in", *map(str, arguments)])
    assert "Traceback" not in ended.output
    return ended.exit_code, " ".join(ended.output.split())


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.ipynb"
    nbformat.write(tiny_lab(), path)
    return path


def test_the_command_prints_a_line_a_check_and_the_two_files(mine, tmp_path):
    status, said = invoked(mine, "--no-run", "--out", tmp_path / "out", "--name", "Ada")
    assert status == 0
    for what in CHECKS.values():
        assert what["en"] in said
    assert "It can be handed in." in said
    assert said.endswith("09_tiny_Ada_environment.txt")


def test_the_command_ends_with_1_where_something_is_missing_and_shows_code_as_it_is(mine, tmp_path):
    notebook = book(code("x = [red]", failure("E", "[/bold] [link]"), count=1))
    nbformat.write(notebook, mine)
    status, said = invoked(mine, "--no-run", "--out", tmp_path / "out", "--language", "fr")
    assert status == 1
    assert "La cellule 1 (x = [red]) s'est arrêtée sur E: [/bold] [link]" in said
    assert "Il manque quelque chose" in said


def test_the_command_refuses_what_is_no_notebook_with_1_in_the_chosen_language(tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_bytes(BROKEN_FILES["cut_short"])
    assert invoked(broken) == (1, f"labkit: {broken} cannot be handed in: it is cut short: "
                                  "the download or the upload broke off; save and hand it in again.")  # fmt: skip
    assert "ne peut pas être rendu" in invoked(broken, "--language", "fr")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no_such.ipynb"], "there is no file no_such.ipynb"),
        (["."], "is a folder"),
        (["MINE", "--name", "///"], "a name has letters"),
        (["MINE", "--language", "de"], "de"),
        (["MINE", "--minutes", "0"], "minutes"),
        (["MINE", "--out", "MINE"], "choose a folder of yours"),
        ([], "Missing argument"),
    ],
)
def test_misuse_is_exit_code_2(arguments, message, mine):
    status, said = invoked(*[str(mine) if a == "MINE" else a for a in arguments], "--no-run")
    assert status == 2
    assert message in said


@pytest.mark.parametrize("language", ["en", "fr"])
def test_lab_7_says_what_the_check_of_its_careless_notebook_answers(language, tmp_path, monkeypatch):
    """That cell is live, so the lab quotes the answer: it must be the present one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    lab = read(Repository.find().select(["07"])[0])
    exec(
        next(cell.source for cell in lab.cells if "careless = " in cell.source),
        {"nbformat": nbformat, "Path": Path},
    )
    table = prepare("careless.ipynb", name="me", fresh_run=False, language=language).table()
    found = {
        f"| {check} | {mark} {sentence} |"
        for check, (mark, sentence) in zip(table.index, table.values, strict=True)
    }
    prose = next(
        c.source
        for c in lab.cells
        if c.kind == "markdown" and c.language == language and "careless.ipynb" in c.source
    )
    quoted = [
        line
        for line in prose.splitlines()
        if line.startswith("| ") and "✓" not in line and "| | |" not in line
    ]
    assert len(quoted) == 4
    assert set(quoted) <= found

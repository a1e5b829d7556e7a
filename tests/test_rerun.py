"""Re-execution under nbval must fail where a lab is wrong, and must not fail where nbval's traps lie."""

import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from labkit.notebooks.labs import _emptied
from labkit.notebooks.rerun import rerun

pytestmark = pytest.mark.slow


def cell(source, *, name, checked=None, checks=(), skip=False):
    """A code cell; `checked` is the text that the reference printed, if nbval is to compare it."""
    tags = ["nbval-check-output"] if checked is not None else ["nbval-skip"] if skip else []
    metadata = {"tags": tags, "labkit": {"checks": list(checks)}}
    found = v4.new_code_cell(source, id=name, metadata=metadata)
    if checked is not None:
        found.outputs = [v4.new_output("stream", text=checked)]
        found.execution_count = 1
    return found


def run(folder, *cells, **more):
    return rerun("lab", v4.new_notebook(cells=list(cells)), folder, profile="smoke", **more)


def test_a_right_lab_passes_and_its_outputs_are_kept(tmp_path):
    result = run(
        tmp_path,
        cell("import labkit as lk\nprint('moving', 1 / 3)", name="free"),
        cell("lk.check('mnist.flatten_size', 5408)", name="check", checks=["mnist.flatten_size"],
             checked="mnist.flatten_size PASS 5,408 values\n"),
        cell("1 / 0", name="never", skip=True),
        cell("%matplotlib inline\nimport matplotlib.pyplot as plt\n_ = plt.plot([1, 2])", name="figure"),
    )  # fmt: skip
    assert result.passed, result.problems
    assert [(check.question, check.passed) for check in result.checks] == [("mnist.flatten_size", True)]
    assert result.compared == 1
    stored = nbformat.read(tmp_path / "lab.ipynb", 4)
    assert [c.execution_count for c in stored.cells] == [1, 2, None, 3]
    assert stored.cells[0].outputs[0].text == "moving 0.3333333333333333\n"
    assert "image/png" in stored.cells[3].outputs[0].data


def test_a_changed_result_fails(tmp_path):
    result = run(tmp_path, cell("print(41)", name="same", checked="42\n"))
    assert not result.passed
    assert "same" in result.problems[0]
    assert "Cell outputs differ" in result.problems[0]


def test_a_raised_error_fails_and_later_cells_still_run(tmp_path):
    result = run(tmp_path, cell("1 / 0", name="breaks"), cell("print('on')", name="later", checked="on\n"))
    assert not result.passed
    assert len(result.problems) == 1
    assert "ZeroDivisionError" in result.problems[0]
    assert "\x1b" not in result.problems[0]


def test_a_dead_kernel_fails_at_once(tmp_path):
    start = time.monotonic()
    result = run(tmp_path, cell("import os\nos._exit(1)", name="dies"), cell("print(1)", name="after"))
    assert not result.passed
    assert "kernel died" in result.problems[0]
    assert any("after" in problem for problem in result.problems)
    assert time.monotonic() - start < 300  # nbval alone waits 2,000 s


def test_a_cell_without_end_is_stopped(tmp_path):
    result = run(
        tmp_path, cell("while True: pass", name="endless"), cell("print(1)", name="next"), cell_timeout=2
    )
    assert not result.passed
    assert "Timeout of 2 seconds" in result.problems[0]


def test_a_wrong_answer_fails_without_any_reference(tmp_path):
    wrong = cell(
        "import labkit as lk\nlk.check('mnist.flatten_size', 1)", name="w", checks=["mnist.flatten_size"]
    )
    result = run(tmp_path, wrong)
    assert result.problems == ["mnist.flatten_size was not answered rightly."]


def test_a_check_that_was_never_reached_counts_as_not_answered(tmp_path):
    result = run(
        tmp_path, cell("if False:\n    lk.check('mnist.stride', 13)", name="c", checks=["mnist.stride"])
    )
    assert not result.passed


TRAPS = {
    "figure-with-semicolon": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "clear-output": "from IPython.display import clear_output\nprint(1)\nclear_output(wait=True)\nprint(2)",
    "update-display": "from IPython.display import display\nh = display(1, display_id='x')\nh.update(2)",
    "styler": "import pandas as pd\npd.DataFrame({'a': [1]}).style",
    "address": "object()",
    "warning": "import warnings\nwarnings.warn('careful')",
    "stderr": "import sys\nprint('log', file=sys.stderr)",
    "bar": "from tqdm import tqdm\nfor _ in tqdm(range(3)): pass",
    "svg": "%config InlineBackend.figure_formats = ['svg']\nplt.plot([1])\nplt.show()",
    "flood": "for i in range(20_000): print(i, flush=True)",
}


def test_nbvals_traps_are_met(tmp_path):
    """The table in section 2 of the research on nbval: none of it may fail a cell that is not compared."""
    cells = [cell(source, name=name) for name, source in TRAPS.items()]
    result = run(tmp_path, *cells, cell("print('end')", name="end", checked="end\n"))
    assert result.passed, result.problems
    flood = next(c for c in result.notebook.cells if c.id == "flood")
    assert flood.outputs[0].text.endswith("19999\n")


def test_the_kernel_gets_the_profile_and_no_progress_bars(tmp_path):
    source = "import labkit.config as c\nprint(c.profile(), c.shows_progress())"
    result = run(tmp_path, cell(source, name="ask", checked="smoke False\n"))
    assert result.passed, result.problems


def test_a_killed_run_leaves_no_kernel_behind(tmp_path):
    pid = tmp_path / "pid"
    endless = (
        f"import os, pathlib, time\npathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    )
    code = (
        "from nbformat import v4; from pathlib import Path; from labkit.notebooks.rerun import rerun\n"
        f"cell = v4.new_code_cell({endless!r}, id='endless')\n"
        f"rerun('lab', v4.new_notebook(cells=[cell]), Path({str(tmp_path)!r}), profile='smoke')"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    assert wait_for(lambda: pid.is_file() and pid.read_text())
    process.kill()
    process.wait()
    assert wait_for(lambda: not Path(f"/proc/{pid.read_text()}").exists())


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)
    return condition()


def test_progress_is_told(tmp_path):
    told = []
    run(
        tmp_path, *[cell("import time\ntime.sleep(0.4)", name=f"c{i}") for i in range(3)], on_cell=told.append
    )
    assert told == sorted(told)
    assert told[-1] == 3


def test_a_lab_starts_in_a_folder_without_an_earlier_runs_files(tmp_path):
    ours, other = tmp_path / "02_lab", tmp_path / "03_lab"
    for folder in (ours, other):
        folder.mkdir()
        (folder / "runs.jsonl").write_text("{}")
    (ours / "02_lab.ipynb").write_text("{}")
    assert not (_emptied(ours) / "runs.jsonl").exists()
    assert (_emptied(other) / "runs.jsonl").exists()  # not made by a run: somebody else's

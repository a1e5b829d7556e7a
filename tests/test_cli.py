import subprocess
import sys

import pytest
from typer.testing import CliRunner

import labkit
from labkit import cli
from labkit.cli import app
from labkit.notebooks.rerun import Check, Rerun

runner = CliRunner()


def test_help_names_the_commands():
    result = runner.invoke(app, ["--help"])
    assert result.exit_code == 0
    for command in ("run", "build", "data", "doctor"):
        assert command in result.output


def test_version():
    assert runner.invoke(app, ["--version"]).output.strip() == labkit.__version__


def test_python_m_labkit_is_the_same_command():
    done = subprocess.run([sys.executable, "-m", "labkit", "--version"], capture_output=True, text=True)
    assert done.stdout.strip() == labkit.__version__


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "99"], "there is no lab '99'"),
        (["run", "--profile", "quick"], "quick"),
        (["run", "--jobs", "0"], "jobs"),
        (["nothing"], "nothing"),
    ],
)
def test_a_bad_argument_is_exit_code_2_and_no_traceback(arguments, message):
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_outside_a_checkout_the_message_says_where_to_go(monkeypatch, tmp_path):
    from labkit.notebooks import repository

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(repository, "__file__", str(tmp_path / "site" / "labkit" / "notebooks" / "x.py"))
    result = runner.invoke(app, ["build"])
    assert result.exit_code == 2
    assert "run labkit inside a checkout" in " ".join(result.output.split())


def rerun_of(status, problems=()):
    checks = [Check("mnist.stride", status == "passed")]
    return Rerun("01_lab", status, 61.0, checks=checks, problems=list(problems))


@pytest.mark.parametrize(("status", "code"), [("passed", 0), ("failed", 1)])
def test_the_exit_code_of_run_is_that_of_the_labs(monkeypatch, status, code):
    import labkit.notebooks

    def fake(repository, names, *, on_cell, on_end, **options):
        assert (names, options["profile"], options["jobs"]) == (["01"], "course", 2)
        lab = labkit.notebooks.labs.read(repository.sources()[0])
        result = rerun_of(status, ["cell 3 (x): [boom]"] if code else [])
        on_cell(lab, 1, 2)
        on_cell(lab, 2, 2)
        on_end(lab, result)
        return [result]

    monkeypatch.setattr(labkit.notebooks, "run_labs", fake)
    result = runner.invoke(app, ["run", "01", "--profile", "course", "--jobs", "2"])
    assert result.exit_code == code, result.output
    assert status in result.output
    assert "1 min 1 s" in result.output
    assert ("[boom]" in result.output) == bool(code)


def test_a_failed_run_prints_one_line_a_problem_and_five_at_most(monkeypatch):
    import labkit.notebooks

    traceback = (
        "cell 1 (a): Cell execution caused an exception\n\nTraceback ...\n  File x\n"
        + "DataNotFoundError: "
        + "y" * 200
    )
    result = rerun_of("failed", [traceback, *[f"cell {n}: gone" for n in range(2, 9)]])
    monkeypatch.setattr(labkit.notebooks, "run_labs", lambda *_, **__: [result])
    lines = [line for line in runner.invoke(app, ["run"]).output.splitlines() if line.strip()]
    assert (
        lines[0] == "  01_lab: cell 1 (a): Cell execution caused an exception DataNotFoundError: " + "y" * 200
    )
    assert lines[4:6] == ["  01_lab: cell 5: gone", "  01_lab: 3 more in the report"]


def test_doctor_says_what_is_there_and_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    result = runner.invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert "backend" in result.output
    assert "labkit data fetch mnist" in result.output


def test_doctor_fails_where_keras_has_no_backend(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "no_such_backend")
    result = runner.invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "pip install no_such_backend" in " ".join(result.output.split())


def test_build_check_is_exit_code_1_where_something_is_out_of_date(monkeypatch):
    import importlib

    module = importlib.import_module("labkit.notebooks.build")
    monkeypatch.setattr(module, "build", lambda repository, check: ["x: out of date"])
    assert runner.invoke(app, ["build", "--check"]).exit_code == 1
    assert runner.invoke(app, ["build"]).exit_code == 0
    monkeypatch.setattr(module, "build", lambda repository, check: [])
    assert runner.invoke(app, ["build", "--check"]).exit_code == 0


def test_the_profiles_are_those_of_the_library():
    assert tuple(profile.value for profile in cli.Profile) == labkit.config.PROFILES

"""labkit data: tables, exit codes, one-line errors, and a start that imports nothing heavy."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from labkit import config
from labkit.cli_data import data_app
from labkit.data import archive, sources

ROOT = Path(archive.__file__).parents[2]


def write_mnist(place):
    x, y = np.zeros((20, 28, 28), np.uint8), np.repeat(np.arange(10), 2)
    archive.write(place, {"x_train": x, "y_train": y, "x_test": x, "y_test": y})
    return place


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("LABKIT_PROFILE", raising=False)
    monkeypatch.setattr(config, "_chosen", config._Chosen())
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def offline(known):
        raise sources.DataNotFoundError(f"{known.title} is nowhere: put a file there.")

    monkeypatch.setattr(sources, "_from_keras", offline)
    return tmp_path / "data"


def run(*arguments):
    return CliRunner().invoke(data_app, [str(argument) for argument in arguments])


def row(output, name):
    return next(line for line in output.splitlines() if f" {name} " in line)


def test_list_says_where_each_would_come_from(folder, tmp_path):
    write_mnist(folder / "mnist.npz")
    (tmp_path / "keras" / "datasets").mkdir(parents=True)
    (tmp_path / "keras" / "datasets" / "cifar-100-python-target_archive").touch()
    result = run("list")
    assert result.exit_code == 0
    assert "data folder" in row(result.stdout, "mnist")
    assert "60,000 + 10,000" in row(result.stdout, "mnist")
    assert row(result.stdout, "fashion_mnist").rstrip(" │").endswith("download")
    assert "170 MB" in row(result.stdout, "cifar10")
    assert "download, about 40 min" in row(result.stdout, "cifar10")
    assert "Keras cache" in row(result.stdout, "cifar100")


def test_list_in_the_smoke_profile(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "smoke")
    assert "offline sample" in row(run("list").stdout, "mnist")
    monkeypatch.setenv("LABKIT_PROFILE", "huge")
    result = run("list")
    assert result.exit_code == 1
    assert result.stderr == "unknown profile (LABKIT_PROFILE) 'huge': choose one of smoke, course, full.\n"


def test_fetch_tries_all_and_fails_with_one_line_each(folder):
    place = write_mnist(folder / "mnist.npz")
    result = run("fetch", "cifar10", "mnist", "nope")
    assert result.exit_code == 1
    assert result.stdout == f"mnist: {place}\n"
    first, second = result.stderr.splitlines()
    assert first == "CIFAR-10 is nowhere: put a file there."
    assert second.startswith("there is no data set 'nope': labkit has mnist")
    assert run("fetch", "mnist").exit_code == 0
    assert len(run("fetch", "--all").stderr.splitlines()) == 3


@pytest.mark.parametrize("command", ["fetch", "pack"])
def test_a_name_is_needed(command):
    result = run(command)
    assert result.exit_code == 1
    assert result.stderr.startswith("name one or more of mnist, fashion_mnist")


def test_pack(folder, tmp_path):
    write_mnist(folder / "mnist.npz")
    result = run("pack", "mnist", "--to", tmp_path / "stick")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"mnist: {tmp_path / 'stick' / 'mnist.npz'} (" in result.stdout
    assert (tmp_path / "stick" / "mnist.npz").exists()
    (tmp_path / "file").touch()
    result = run("pack", "mnist", "--to", tmp_path / "file" / "below")
    assert result.exit_code == 1
    assert result.stderr.startswith("cannot write to ")
    assert result.stderr.count("\n") == 1


def test_verify(folder):
    assert run("verify").stderr.startswith("no data set is on this machine yet")
    write_mnist(folder / "mnist.npz")
    result = run("verify")
    assert result.exit_code == 1
    assert "fingerprint" in result.stdout
    assert "differs" in result.stdout
    assert result.stderr == "not the canonical release: mnist. Labs run; figures may differ.\n"
    (folder / "cifar10.npz").write_bytes(b"half")
    result = run("verify", "cifar10", "mnist")
    assert result.exit_code == 1
    assert "is cut short" in result.stderr
    assert "Traceback" not in result.output


def test_verify_ends_well_where_all_is_canonical(folder, monkeypatch):
    import pandas as pd

    write_mnist(folder / "mnist.npz")
    good = pd.DataFrame({"expected": ["1", "unknown"], "found": ["1", "2"], "result": ["ok", "unknown"]})
    good.index = ["images", "fingerprint"]
    monkeypatch.setattr("labkit.data.verify", lambda name: good)
    result = run("verify", "mnist")
    assert (result.exit_code, result.stderr) == (0, "")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from typer.testing import CliRunner; from labkit.cli_data import data_app;"
        "assert 'pack' in CliRunner().invoke(data_app, ['--help']).output;"
        "print({'numpy', 'keras', 'pandas', 'sklearn', 'tensorflow', 'filelock'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True)
    assert done.stdout == "set()\n"

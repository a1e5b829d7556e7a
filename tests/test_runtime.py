import logging
import random
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from types import ModuleType, SimpleNamespace

import keras
import numpy as np
import pytest

import labkit
from labkit import config, machine, record, runtime


@pytest.fixture(autouse=True)
def as_before():
    """Tests must not leave their seeds and log level behind."""
    states = random.getstate(), np.random.get_state(), logging.getLogger("tensorflow").level
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])
    logging.getLogger("tensorflow").setLevel(states[2])


@pytest.fixture
def colab(monkeypatch):
    """A Colab kernel; its list tells how often the machine was given back."""
    given_back = []
    package = ModuleType("google.colab")
    package.runtime = SimpleNamespace(unassign=lambda: given_back.append(1))
    monkeypatch.setitem(sys.modules, "google.colab", package)
    monkeypatch.setattr(runtime.time, "sleep", lambda seconds: None)
    return given_back


def devices(monkeypatch, *names):
    monkeypatch.setattr(keras.distribution, "list_devices", lambda *_: list(names))


def nvidia_smi(monkeypatch, stdout="", returncode=0, error=None):
    def run(command, **_):
        if error:
            raise error
        assert "--query-gpu=name" in command
        return SimpleNamespace(stdout=stdout, returncode=returncode)

    monkeypatch.setattr(machine.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(machine.subprocess, "run", run)


def test_setup_says_where_the_notebook_runs(capsys):
    runtime.setup(profile="smoke", seed=3)
    said = capsys.readouterr().out
    assert f"labkit {labkit.__version__}" in said
    assert f"keras {keras.__version__}" in said
    assert "Computing on" in said
    assert "Profile smoke: the offline sample, not the real data. Seed 3." in said


def test_setup_in_french(capsys):
    runtime.setup("fr")
    said = capsys.readouterr().out
    assert "Calcul sur" in said
    assert "Profil course : les vraies données. Graine 0." in said
    assert config.language() == "fr"


def test_setup_seeds_everything():
    def drawn():
        return random.random(), float(np.random.rand()), float(keras.random.uniform((1,))[0])

    runtime.setup(seed=7)
    first = drawn()
    runtime.setup(seed=7)
    assert drawn() == first
    runtime.setup(seed=8)
    assert all(a != b for a, b in zip(drawn(), first, strict=True))


def test_setup_is_noted_where_a_re_execution_asks(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LABKIT_RECORD", str(tmp_path / "record"))
    runtime.setup(profile="smoke", seed=5)
    (note,) = record.read(tmp_path / "record")
    assert (note["what"], note["profile"], note["seed"]) == ("setup", "smoke", 5)
    assert note["versions"]["keras"] == keras.__version__


@pytest.mark.parametrize(("argument", "value"), [("language", "de"), ("profile", "quick")])
def test_setup_refuses_what_it_does_not_know(argument, value):
    with pytest.raises(ValueError, match=f"unknown {argument} '{value}'"):
        runtime.setup(**{argument: value})


def test_versions_know_labkit_without_its_being_installed(monkeypatch):
    def not_installed(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(machine, "version", not_installed)
    found = machine.versions()
    assert found["labkit"] == labkit.__version__
    assert found["keras"] == keras.__version__
    assert found[keras.backend.backend()] == "?"


def test_the_processor_is_named_where_there_is_no_accelerator(monkeypatch):
    devices(monkeypatch, "cpu:0", "cpu:1")
    assert machine.device().endswith("cores")
    assert "CPU" in machine.device()


@pytest.mark.parametrize("kind", ["gpu", "cuda"])
def test_an_nvidia_card_is_called_by_its_name(monkeypatch, kind):
    devices(monkeypatch, f"{kind}:0", f"{kind}:1")
    nvidia_smi(monkeypatch, stdout="Tesla T4\nTesla T4\n")
    assert machine.device() == "2 x Tesla T4"


@pytest.mark.parametrize(
    "trouble",
    [
        {"stdout": "NVIDIA-SMI has failed", "returncode": 9},
        {"stdout": "\n"},
        {"error": OSError("no")},
        {"error": subprocess.TimeoutExpired("nvidia-smi", 20)},
    ],
)
def test_a_card_that_says_nothing_is_a_gpu(monkeypatch, trouble):
    devices(monkeypatch, "gpu:0")
    nvidia_smi(monkeypatch, **trouble)
    assert machine.device() == "1 x gpu"


def test_without_nvidia_smi_and_on_a_tpu(monkeypatch):
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    devices(monkeypatch, "gpu:0")
    assert machine.device() == "1 x gpu"
    devices(monkeypatch, *(f"tpu:{i}" for i in range(8)))
    assert machine.device() == "8 x tpu"


@pytest.mark.parametrize(
    "error", [AttributeError("torch has no list"), NotImplementedError(), RuntimeError("no")]
)
def test_a_backend_without_a_list_of_devices_is_asked_for_a_tensor(monkeypatch, error):
    def nothing(*_):
        raise error

    monkeypatch.setattr(keras.distribution, "list_devices", nothing)
    monkeypatch.setattr(keras.ops, "zeros", lambda shape: SimpleNamespace(device="cuda:0"))
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    assert machine.device() == "1 x cuda"
    monkeypatch.setattr(keras.ops, "zeros", lambda shape: SimpleNamespace(device="cpu"))
    assert "CPU" in machine.device()


@pytest.mark.parametrize("missing", ["keras", "tensorflow"])
def test_a_missing_keras_or_backend_is_one_line(monkeypatch, missing):
    import builtins

    real = builtins.__import__

    def no_keras(name, *rest):
        if name == "keras":
            raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_keras)
    with pytest.raises(ModuleNotFoundError, match=f"(?i){missing}.*pip install") as caught:
        machine.import_keras()
    assert "\n" not in str(caught.value)


def test_colab_without_a_gpu_is_told_the_menu(monkeypatch, colab):
    devices(monkeypatch, "cpu:0")
    assert "Change runtime type" in runtime.report()[-1]
    config.choose(language="fr")
    assert "Modifier le type d'exécution" in runtime.report()[-1]
    devices(monkeypatch, "gpu:0")
    nvidia_smi(monkeypatch, stdout="Tesla T4\n")
    assert not any("Exécution" in line for line in runtime.report())


def test_elsewhere_nobody_is_told_about_colab(monkeypatch):
    devices(monkeypatch, "cpu:0")
    assert len(runtime.report()) == 3


def test_the_machine_is_given_back_only_on_colab_and_on_demand(colab):
    assert "confirm=True" in runtime.release_gpu()
    assert colab == []
    assert runtime.release_gpu(confirm=True) == "Released."
    assert colab == [1]


def test_there_is_nothing_to_release_elsewhere():
    assert "not Colab" in runtime.release_gpu(confirm=True)


@pytest.mark.slow
def test_the_first_cell_shows_no_greeting_of_tensorflow():
    """A fresh process, as a notebook starts one: Python's errors would come, C++ log lines must not."""
    done = subprocess.run(
        [sys.executable, "-c", "import labkit as lk; lk.setup()"], capture_output=True, text=True, check=True
    )
    assert "Profile course" in done.stdout
    assert done.stderr == ""

"""The plan of the house: imports run one way, and `import labkit` is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "labkit"

# Each layer may import from those before it, and from itself.
LAYERS = (
    {"config"},
    {"decoding", "files", "record", "machine"},
    {"downloads", "photo"},
    {"data", "runtime", "models"},
    {"metrics"},
    {"classifier"},
    {"plots", "training", "saving"},
    {"experiments", "explain"},
    {"quiz", "doctor"},
    {"app"},
    {"notebooks"},
    {"grading"},
    {"hand_in"},
    {"cli_say"},
    {"cli_app", "cli_data", "cli_grade", "cli_hand_in"},
    {"cli"},
    {"__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# Only these files may know a backend, or the library that knows one.
BACKENDS = {"tensorflow": "explain/differentiation.py", "jax": "explain/differentiation.py", "torch": None}
ENGINES = {"tf_keras_vis": "explain/cams.py"}


def module_of(path: Path) -> str:
    """The layer's name: the file's, or that of its package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if module_of(path) != "__init__")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    own = module_of(path)
    assert own in LEVEL, f"give {own} its place in LAYERS"
    used = {name.split(".")[1] for name in imports(path) if name.startswith("labkit.")} & set(LEVEL)
    upwards = {name for name in used - {own} if LEVEL[name] >= LEVEL[own]}
    assert not upwards


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_backends_and_engines_have_one_file_each(path):
    used = {name.split(".")[0] for name in imports(path)}
    own = path.relative_to(PACKAGE).as_posix()
    assert not {name for name, home in {**BACKENDS, **ENGINES}.items() if name in used and home != own}


def test_only_config_reads_the_environment():
    readers = {module_of(path) for path in SOURCES if "os.environ" in path.read_text(encoding="utf-8")}
    # rerun hands the environment on to the process that it starts
    assert readers == {"config", "notebooks"}


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_import_labkit_is_light():
    heavy = {"keras", "tensorflow", "numpy", "pandas", "matplotlib", "sklearn", "nbformat", "typer"}
    assert not loaded_after("import labkit") & heavy


def test_the_help_of_the_command_line_is_light():
    heavy = {"keras", "tensorflow", "numpy", "pandas", "matplotlib", "sklearn", "nbformat"}
    assert not loaded_after("from labkit.cli import app") & heavy


def test_plots_and_metrics_work_without_keras():
    assert not loaded_after("import labkit.plots, labkit.metrics") & {"keras", "tensorflow"}


def test_explain_is_imported_without_keras():
    assert not loaded_after("import labkit.explain") & {"keras", "tensorflow", "numpy", "matplotlib"}


def test_every_public_name_is_there():
    import labkit

    for name in labkit.__all__:
        assert getattr(labkit, name) is not None
    with pytest.raises(AttributeError, match="labkit has no 'nothing'"):
        labkit.nothing  # noqa: B018

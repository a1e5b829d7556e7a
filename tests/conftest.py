"""What all tests share: a clean environment, pictures without a screen, the real data sets where they are.

`make test` shares them out among processes (pytest-xdist): a file's tests stay together, since fixtures of a module and
networks that were built are made once in a process; `long` ones go first and each by itself. So no test may count on
another, nor on having the machine to itself: folders, ports and marks on processes are its own.
"""

import os
import urllib.error
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["MPLBACKEND"] = "Agg"
REAL_DATA = os.environ.get("LABKIT_TEST_DATA")
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
CORES = max(1, (os.cpu_count() or 1) // WORKERS)  # that this process may count on
if WORKERS > 1:  # else as many threads a process as the machine has cores, which wait for one another
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(CORES))

import pytest  # noqa: E402

from labkit import config  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """No LABKIT_* variable from outside, no choice from another test, a data folder that is empty."""
    for name in [name for name in os.environ if name.startswith("LABKIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "no-data"))
    monkeypatch.setattr(config, "_chosen", config._Chosen())


@pytest.fixture(autouse=True)
def closed_figures():
    """Figures of one test are gone before the next."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture
def keras_home(monkeypatch, tmp_path):
    """An empty folder of Keras, and no network."""

    def unreachable(*_, **__):
        raise urllib.error.URLError("name resolution failed")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    return tmp_path / "keras"


@pytest.fixture
def real_data(monkeypatch):
    """LABKIT_DATA at the real data sets; the test is skipped where there are none."""
    if not REAL_DATA or not Path(REAL_DATA).is_dir():
        pytest.skip("no real data sets: LABKIT_TEST_DATA names no folder")
    monkeypatch.setenv("LABKIT_DATA", REAL_DATA)
    return Path(REAL_DATA)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items):
    """The mark `real` brings the data along."""
    for item in items:
        if item.get_closest_marker("real"):
            item.fixturenames.append("real_data")
    if WORKERS > 1:
        share_out(items)


def share_out(items):
    """The order of work and its units: a `long` test is one, the rest of a file is one."""
    items.sort(key=lambda item: not item.get_closest_marker("long"))
    for item in items:
        if not (item.get_closest_marker("long") or item.get_closest_marker("xdist_group")):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))

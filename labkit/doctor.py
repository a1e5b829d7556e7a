"""What a machine offers for the labs, and what is missing."""

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from labkit import __version__, config
from labkit.machine import device, quiet_stderr
from labkit.runtime import on_colab

# package -> the extra that brings it ("" for labkit's own dependencies)
PACKAGES = {
    "keras": "", "numpy": "", "pandas": "", "matplotlib": "", "seaborn": "", "scikit-learn": "",
    "tensorflow": "tensorflow", "jupyterlab": "notebooks", "nbval": "notebooks", "jupytext": "notebooks",
    "tf-keras-vis": "explain", "gradio": "app",
}  # fmt: skip
NEEDED = {"keras", "numpy", "pandas", "matplotlib", "seaborn", "scikit-learn"}
LITTLE_MEMORY, LITTLE_DISK = 4, 2  # GiB


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `optional`: the labs can do without it."""

    what: str
    state: str
    good: bool = True
    remedy: str = ""
    optional: bool = True


def examine() -> list[Finding]:
    """Look at Python, packages, backend, device, memory, disk and data sets.

    Example:
        >>> [finding.what for finding in examine()][:2]
        ['labkit', 'Python']
    """
    place = "Colab" if on_colab() else f"{platform.system()} {platform.machine()}"
    return [
        Finding("labkit", f"{__version__}, profile {config.profile()}"),
        Finding("Python", f"{platform.python_version()} on {place}"),
        *[_package(name, extra) for name, extra in PACKAGES.items()],
        _backend(),
        _memory(),
        _disk(),
        *_data_sets(),
    ]


def _package(name: str, extra: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "not installed", False, f"pip install {name}{_for(extra)}", name not in NEEDED)


def _for(extra: str) -> str:
    return f" (the extra '{extra}')" if extra else ""


def _backend() -> Finding:
    wanted = config.keras_backend()
    if find_spec("keras") is None or find_spec(wanted) is None:
        remedy = f"Keras computes with {wanted}, which is not installed: pip install {wanted}"
        return Finding("backend", "none", False, remedy, optional=False)
    with quiet_stderr():
        where = device()
    return Finding("backend", f"{wanted}, computing on {where}")


def _memory() -> Finding:
    try:
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") / 2**30
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):  # Windows, macOS
        return Finding("memory", "unknown")
    remedy = "" if free > LITTLE_MEMORY else "close other programs: the CIFAR labs want 4 GiB"
    return Finding("memory", f"{free:.1f} of {total:.1f} GiB free", free > LITTLE_MEMORY, remedy)


def _disk() -> Finding:
    free = shutil.disk_usage(config.keras_datasets_folder().anchor or "/").free / 2**30
    remedy = "" if free > LITTLE_DISK else "make room: data sets and models want 2 GiB"
    return Finding("disk", f"{free:.0f} GiB free", free > LITTLE_DISK, remedy)


def _data_sets() -> list[Finding]:
    from labkit.data import CATALOG, locate

    findings = []
    for entry in CATALOG.values():
        place = locate(entry.name)
        remedy = "" if place else f"labkit data fetch {entry.name} (the smoke profile does without)"
        findings.append(Finding(entry.title, str(place or "not on this machine"), bool(place), remedy))
    return findings

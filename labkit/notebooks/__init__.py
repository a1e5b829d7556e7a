"""Lab notebooks: build their editions from one source, re-execute them under nbval, report."""

from labkit.notebooks.build import build
from labkit.notebooks.labs import run_labs
from labkit.notebooks.repository import Repository
from labkit.notebooks.rerun import Rerun, rerun
from labkit.notebooks.source import SourceError

__all__ = ["Repository", "Rerun", "SourceError", "build", "rerun", "run_labs"]

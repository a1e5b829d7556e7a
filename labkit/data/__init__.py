"""Data sets: `load()` one, see what there is in `CATALOG`."""

from labkit.data.catalog import CATALOG, class_names
from labkit.data.dataset import Dataset
from labkit.data.loading import load

__all__ = ["CATALOG", "Dataset", "class_names", "load"]

"""Data sets: `load()` one, see what there is in `CATALOG`; fetch, pack and verify the real data."""

from labkit.data.archive import BadArchiveError
from labkit.data.catalog import CATALOG, class_names
from labkit.data.dataset import Dataset
from labkit.data.loading import fetch, load, pack, verify
from labkit.data.sources import DataNotFoundError, locate

__all__ = [
    "CATALOG",
    "BadArchiveError",
    "DataNotFoundError",
    "Dataset",
    "class_names",
    "fetch",
    "load",
    "locate",
    "pack",
    "verify",
]

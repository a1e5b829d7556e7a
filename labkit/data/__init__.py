"""Data sets: `load()` one, see what there is in `CATALOG`; fetch, pack and verify the real data.

Photos in class folders: `from_folder()`, and those of the labs by name: `load_photos()`, `photo_folder()`.
Images and labels that are in memory already, of scikit-learn, OpenML or Keras: `from_arrays()`.
Single pictures of one's own as images of a data set: `own_images()`, `extend()`.
"""

from labkit.data.archive import BadArchiveError
from labkit.data.arrays import from_arrays
from labkit.data.catalog import CATALOG, class_names
from labkit.data.dataset import Dataset
from labkit.data.extending import extend
from labkit.data.folders import from_folder
from labkit.data.loading import fetch, load, pack, verify
from labkit.data.own import OwnImage, OwnImages
from labkit.data.own_reading import own_images
from labkit.data.photos import load_photos, photo_folder
from labkit.data.sources import DataNotFoundError, locate

__all__ = [
    "CATALOG",
    "BadArchiveError",
    "DataNotFoundError",
    "Dataset",
    "OwnImage",
    "OwnImages",
    "class_names",
    "extend",
    "fetch",
    "from_arrays",
    "from_folder",
    "load",
    "load_photos",
    "locate",
    "own_images",
    "pack",
    "photo_folder",
    "verify",
]

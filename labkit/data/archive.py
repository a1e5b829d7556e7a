"""One data set in one .npz file: written in one step, read with suspicion, known by its fingerprint."""

import hashlib
import os
import zipfile
from pathlib import Path

import numpy as np

from labkit.data.catalog import Entry
from labkit.files import replacing

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


class BadArchiveError(ValueError):
    """A data file that cannot be used; the message names the file, what is wrong and what to do."""


def read(path: str | Path, entry: Entry) -> dict[str, np.ndarray]:
    """The arrays of `<name>.npz`, checked, as `x_train, y_train, x_test, y_test`, all uint8.

    The number of images is free: a class room may share a part of a data set. Labels may be any
    integers, `(n,)` or `(n, 1)`, and grey images may carry a channel axis. Python objects are never
    unpickled: a file that a stranger wrote cannot run code here.

    Raises:
        BadArchiveError: damaged, or not the arrays of this data set.

    Example:
        >>> import tempfile
        >>> from labkit.data.catalog import entry
        >>> place = Path(tempfile.mkdtemp()) / "mnist.npz"
        >>> x, y = np.zeros((10, 28, 28), np.uint8), np.arange(10)
        >>> write(place, {"x_train": x, "y_train": y, "x_test": x, "y_test": y})
        >>> read(place, entry("mnist"))["y_test"].dtype
        dtype('uint8')
    """
    path = Path(path)
    if path.is_dir():
        raise BadArchiveError(
            f"{path} is a folder; expected a file of that name: move it away. {_cure(entry)}"
        )
    try:
        with path.open("rb"):  # a file that may not be read is not a damaged one
            pass
    except OSError as error:
        raise BadArchiveError(
            f"{path} cannot be read ({error.strerror}): ask its owner. {_cure(entry)}"
        ) from None
    return check(_arrays(path, entry), entry, str(path))


def write(path: str | Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays to a compressed .npz in one step: a reader sees the old file or the new one, never half.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    with replacing(path) as part:
        try:
            np.savez_compressed(part, **arrays)
        except OSError as error:
            raise OSError(f"cannot write {path} ({error.strerror or error}): free some space.") from None


def check(arrays: dict[str, np.ndarray], entry: Entry, where: str) -> dict[str, np.ndarray]:
    """The arrays as labkit uses them: images uint8 `(n, *entry.image_shape)`, labels uint8 `(n,)`.

    Args:
        where: the file's name or the like, for the message.

    Raises:
        BadArchiveError: a wrong shape, type, length or label.
    """
    checked = {}
    for split in ("train", "test"):
        x, y = f"x_{split}", f"y_{split}"
        checked[x] = _images(arrays[x], entry, f"{where}: {x}")
        checked[y] = _labels(arrays[y], entry, f"{where}: {y}")
        if len(checked[x]) != len(checked[y]):
            raise BadArchiveError(
                f"{where}: expected one label an image, found {len(checked[x]):,} images in {x} "
                f"and {len(checked[y]):,} labels in {y}. {_cure(entry)}"
            )
    return checked


def fingerprint(arrays: dict[str, np.ndarray]) -> str:
    """SHA-256 over the bytes of `x_train, y_train, x_test, y_test`, in this order.

    It tells the same images in the same order, however the file was compressed.

    Example:
        >>> fingerprint(dict.fromkeys(ARRAYS, np.zeros(1, np.uint8)))[:8]
        'df3f6198'
    """
    digest = hashlib.sha256()
    for name in ARRAYS:
        digest.update(np.ascontiguousarray(arrays[name]))
    return digest.hexdigest()


def _cure(entry: Entry) -> str:
    return f"Replace it by a good {entry.name}.npz (`labkit data pack {entry.name}` writes one) or delete it."


def _arrays(path: Path, entry: Entry) -> dict[str, np.ndarray]:
    if not zipfile.is_zipfile(path):
        size = os.path.getsize(path)
        raise BadArchiveError(f"{path} ({size:,} bytes) is cut short or not an .npz file. {_cure(entry)}")
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in ARRAYS if name not in file.files]
            if missing:
                raise BadArchiveError(
                    f"{path}: expected the arrays {', '.join(ARRAYS)}, found {', '.join(file.files) or 'none'}: "
                    f"{', '.join(missing)} missing. {_cure(entry)}"
                )
            return {name: np.asarray(file[name]) for name in ARRAYS}
    except (BadArchiveError, MemoryError):
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise a dozen types for a damaged file
        if "allow_pickle" in str(error):
            what = "holds Python objects, expected arrays of numbers; labkit never unpickles data"
        else:
            what = "is damaged"
        raise BadArchiveError(f"{path} {what}. {_cure(entry)}") from None


def _images(x: np.ndarray, entry: Entry, where: str) -> np.ndarray:
    shape = entry.image_shape
    if len(shape) == 2 and x.shape[1:] == (*shape, 1):
        x = x[..., 0]
    if len(shape) == 3 and x.shape[1:] == (shape[2], *shape[:2]):  # Keras set to channels_first
        x = np.moveaxis(x, 1, -1)
    if x.shape[1:] != shape or x.dtype != np.uint8:
        n = ", ".join(str(side) for side in shape)
        raise BadArchiveError(
            f"{where} should hold uint8 images of shape (n, {n}), found {x.dtype} {x.shape}. {_cure(entry)}"
        )
    if len(x) == 0:
        raise BadArchiveError(f"{where} is empty: expected at least one image. {_cure(entry)}")
    return np.require(x, requirements=["C", "W"])  # Keras hands out some read-only views


def _labels(y: np.ndarray, entry: Entry, where: str) -> np.ndarray:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    highest = entry.num_classes - 1
    expected = f"{where} should hold integer labels from 0 to {highest} of shape (n,)"
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise BadArchiveError(f"{expected}, found {y.dtype} {y.shape}. {_cure(entry)}")
    if len(y) and not (y.min() >= 0 and y.max() <= highest):
        raise BadArchiveError(f"{expected}, found labels from {y.min()} to {y.max()}. {_cure(entry)}")
    return np.require(y.astype(np.uint8), requirements=["C", "W"])

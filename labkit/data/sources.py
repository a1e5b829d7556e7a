"""Where the arrays come from: data folder, Keras cache, official download, offline sample."""

import gzip
import hashlib
import os
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from labkit import config
from labkit.data import archive
from labkit.data.catalog import Entry, entry
from labkit.downloads import polite

SOURCES = ("data folder", "keras", "sample")


class DataNotFoundError(OSError):
    """A data set is not on this machine and cannot be had; the message says what to put where."""


def find(known: Entry, source: str | None = None) -> tuple[dict[str, np.ndarray], str]:
    """The four arrays of a data set and where they came from, in the words of `Dataset.source`.

    Args:
        source: `"data folder"`, `"keras"` (its cache or a download), `"sample"`, or None for the data
            folder first and Keras next. None never means the sample.

    Raises:
        DataNotFoundError: no copy and no network.
        BadArchiveError: there is a file, but it is damaged.
    """
    if source is not None:
        config.one_of("source", source, SOURCES)
    if source == "sample":
        from labkit.data.sample import sample

        return archive.check(sample(known.name), known, "the offline sample"), config.OFFLINE_SAMPLE
    path = archive_path(known.name)
    if source != "keras" and os.path.exists(path):
        return archive.read(path, known), "data folder"
    if source == "data folder":
        raise DataNotFoundError(
            f"{known.title} is not in the data folder: put a copy at {path}{_or_sample(known)}"
        )
    return _from_keras(known)


def locate(name: str) -> Path | None:
    """Where the real data of `name` would be read from now, or None where they would be downloaded.

    Returns:
        The .npz in the data folder, else the (last) file in the Keras cache.

    Example:
        >>> from labkit.data import locate
        >>> locate("mnist") is None or locate("mnist").exists()
        True
    """
    known = entry(name)
    path = archive_path(name)
    if os.path.exists(path):
        return path
    files = _cached_files(known)
    return files[-1] if all(os.path.exists(file) for file in files) else None


def archive_path(name: str) -> Path:
    """The file in the data folder that is looked for first."""
    return config.data_folder() / f"{name}.npz"


def keras_folder() -> Path:
    """Where Keras will really look: its own folder, or one in /tmp where that cannot be written to."""
    folder = config.keras_datasets_folder()
    home = folder.parent
    standing = next((place for place in (home, *home.parents) if place.exists()), home)
    if os.access(standing, os.W_OK):
        return folder
    temporary = "/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()
    return Path(temporary) / ".keras" / "datasets"


def _cached_files(known: Entry) -> list[Path]:
    return [keras_folder() / file for file in known.keras_files]


def _from_keras(known: Entry) -> tuple[dict[str, np.ndarray], str]:
    """What `keras.datasets` has or downloads.

    Keras downloads straight to the final name, so a process that is killed leaves half a file there.
    Where it knows a checksum it notices and downloads again; for Fashion-MNIST it knows none. So
    every file is read through first, and a broken one is put aside until a good one is there.
    """
    from labkit.machine import import_keras

    loader = getattr(import_keras().datasets, known.name)
    files, broken = _cached_files(known), []
    try:
        with _alone(known):
            broken = [file for file in files if file.exists() and not _is_whole(file)]
            before = [_stamp(file) for file in files]
            if broken or None in before:
                _announce(known)
            with _aside(broken), polite():
                (x_train, y_train), (x_test, y_test) = loader.load_data()
            source = "Keras cache" if [_stamp(file) for file in files] == before else "download"
    except MemoryError:
        raise
    except Exception as error:  # Keras raises plain Exception for a failed download
        raise DataNotFoundError(_what_failed(known, broken, error)) from None
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    return archive.check(arrays, known, f"{known.title} from Keras"), source


@contextmanager
def _alone(known: Entry) -> Iterator[None]:
    """One process at a time for each data set: nobody reads what another is still downloading."""
    from filelock import FileLock, Timeout

    folder = hashlib.sha256(str(keras_folder()).encode()).hexdigest()[:8]
    path = Path(tempfile.gettempdir()) / f"labkit-{known.name}-{folder}.lock"
    lock = FileLock(path, mode=0o666)  # the folder may be shared by several users
    try:
        lock.acquire(timeout=3)
    except Timeout:
        _say(f"{known.title}: another program is loading it now; waiting for it to finish.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _aside(broken: list[Path]) -> Iterator[None]:
    """Put broken files out of Keras's way; each comes back unless a good one took its place."""
    kept = {file: file.with_name(f"{file.name}.broken") for file in broken}
    for file, place in kept.items():
        os.replace(file, place)
    try:
        yield
    finally:
        for file, place in kept.items():
            if _is_whole(file):
                place.unlink()
            else:
                os.replace(place, file)


def _is_whole(file: Path) -> bool:
    """Whether a cached download (.npz or gzip) can be read to its end, by the checksums inside it."""
    try:
        if file.suffix == ".npz":
            with zipfile.ZipFile(file) as opened:
                return opened.testzip() is None
        with gzip.open(file) as stream:
            while stream.read(1 << 20):
                pass
        return file.stat().st_size > 0  # gzip takes an empty file for a whole one
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
        return False


def _stamp(file: Path) -> tuple | None:
    """Changes when the file is written anew."""
    if not file.exists():
        return None
    stat = file.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _announce(known: Entry) -> None:
    if known.slow_minutes:
        _say(
            f"{known.title}: downloading {known.megabytes} MB from its official server, which is slow: "
            f"expect about {known.slow_minutes} minutes. Faster: put {known.name}.npz of a class-mate "
            f"(who runs `labkit data pack {known.name}`) at {archive_path(known.name)}."
        )


def _say(text: str) -> None:
    if config.shows_progress():
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)


def _what_failed(known: Entry, broken: list[Path], error: Exception) -> str:
    reason = str(error).split(" -- ")[-1].strip().splitlines() or [type(error).__name__]
    if broken:
        what = f"the cached file {broken[0]} is broken and {known.title} could not be downloaded again"
    else:
        what = f"{known.title} is not on this machine and could not be downloaded"
    return f"{what} ({reason[0][:160]}): put a copy at {archive_path(known.name)}{_or_sample(known)}"


def _or_sample(known: Entry) -> str:
    return (
        f" (a class-mate writes one with `labkit data pack {known.name}`),"
        f' or use source="sample" for the small offline stand-in.'
    )

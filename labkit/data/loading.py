"""load() and the commands around it: fetch, pack and verify the real data."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labkit import config, record
from labkit.data import archive, sources
from labkit.data.catalog import Entry, class_names, entry
from labkit.data.dataset import Dataset
from labkit.data.splitting import check_share

if TYPE_CHECKING:
    import pandas as pd


def load(
    name: str,
    validation: float = 0.0,
    source: str | None = None,
    language: str | None = None,
    seed: int | None = None,
) -> Dataset:
    """A data set in uint8 and the order of `keras.datasets`, its class names, and where it came from.

    Looked for in this order: `<name>.npz` in the data folder (LABKIT_DATA), the Keras cache, the
    official download through `keras.datasets`. Real data are never replaced by the offline sample
    silently: it is asked for by name, or by the `smoke` profile.

    Args:
        name: `"mnist"`, `"fashion_mnist"`, `"cifar10"` or `"cifar100"` (fine labels).
        validation: the fraction of the training images, `0 <= validation < 1`, that becomes `x_val`;
            every class in its proportion, chosen by `seed`. 0 leaves `x_val` empty.
        source: `"data folder"`, `"keras"` (its cache or a download) or `"sample"` to look there only.
        language: of the class names, `"en"` or `"fr"`; `config.language()` if not given.
        seed: of the validation split; `config.seed()` if not given.

    Returns:
        Images `(n, 28, 28)` or `(n, 32, 32, 3)` uint8 0..255, labels `(n,)` uint8. (Keras itself
        returns CIFAR's labels as `(n, 1)`.) Training and validation images keep their order.

    Raises:
        ValueError: an unknown name, source or language, a fraction that cannot be, a damaged file.
        DataNotFoundError: no copy and no network; the message says what to put where.

    Example:
        >>> digits = load("mnist", validation=0.25, source="sample", language="fr")
        >>> digits.source, digits.class_names[4]
        ('offline sample', 'QUATRE')
        >>> 3 * len(digits.x_val) - len(digits.x_train) in (-2, -1, 0, 1, 2)
        True
    """
    known = entry(name)
    check_share("validation", validation)
    language = config.one_of("language", language or config.language(), config.LANGUAGES)
    seed = config.seed() if seed is None else seed
    if source is None and config.profile() == "smoke":
        source = "sample"
    arrays, came_from = sources.find(known, source)
    record.note("data", name=name, source=came_from)
    x, y = arrays["x_train"], arrays["y_train"]
    train, val = _split(y, validation, seed)
    return Dataset(
        name=name,
        x_train=x[train],
        y_train=y[train],
        x_val=x[val],
        y_val=y[val],
        x_test=arrays["x_test"],
        y_test=arrays["y_test"],
        class_names=class_names(name, language),
        source=came_from,
        language=language,
        seed=seed,
    )


def fetch(name: str) -> Path:
    """Have the real data on this machine: downloads them unless they are here already.

    Returns:
        Where they lie, see `locate`.

    Raises:
        DataNotFoundError: no copy and no network.
        BadArchiveError: the file in the data folder is damaged.
    """
    sources.find(entry(name))
    return sources.locate(name)


def pack(name: str, folder: str | Path | None = None) -> Path:
    """Write `<name>.npz`, the file that others put into their data folder (a USB stick, a class room's disk).

    Packs the real data, from where `load` finds them, whatever the profile is. The offline sample is
    never packed: under the real name it could pass for the real data. A file that is already in its
    place is checked and left alone.

    Args:
        folder: where to write; the data folder (LABKIT_DATA) if not given.

    Returns:
        The file.

    Raises:
        OSError: the folder cannot be written to; DataNotFoundError: no data to pack.
    """
    known = entry(name)
    place = Path(folder or config.data_folder()).expanduser() / f"{name}.npz"
    found = sources.locate(name)
    arrays, _ = sources.find(known)
    if found is None or found.resolve() != place.resolve():
        archive.write(place, arrays)
    return place


def verify(name: str, source: str | None = None) -> "pd.DataFrame":
    """Compare the data on this machine with the canonical release. Downloads nothing.

    The fingerprint says whether every pixel, label and position is the canonical one; labkit knows
    it for MNIST and Fashion-MNIST only.

    Args:
        source: as in `load`; here None never means the sample.

    Returns:
        One row a check with `expected`, `found` and `result`: `"ok"`, `"differs"` or `"unknown"`.

    Raises:
        DataNotFoundError: there is no copy to verify.

    Example:
        >>> verify("mnist", source="sample").loc["fingerprint", "result"]
        'differs'
    """
    import pandas as pd

    known = entry(name)
    if source != "sample" and sources.locate(name) is None:
        raise sources.DataNotFoundError(
            f"{known.title} is not on this machine: run `labkit data fetch {name}` first."
        )
    arrays, _ = sources.find(known, source)
    rows = _checks(known, arrays)
    for row in rows.values():
        unknown = row["expected"] == "unknown"
        row["result"] = "unknown" if unknown else "ok" if row["expected"] == row["found"] else "differs"
    return pd.DataFrame.from_dict(rows, orient="index")


def _checks(known: Entry, arrays: dict[str, np.ndarray]) -> dict[str, dict[str, str]]:
    def row(expected: object, found: object) -> dict[str, str]:
        return {"expected": str(expected), "found": str(found)}

    classes = min(len(np.unique(arrays[y])) for y in ("y_train", "y_test"))
    per_class = np.bincount(arrays["y_train"], minlength=known.num_classes)
    return {
        "training images": row(f"{known.sizes[0]:,}", f"{len(arrays['x_train']):,}"),
        "test images": row(f"{known.sizes[1]:,}", f"{len(arrays['x_test']):,}"),
        "classes": row(known.num_classes, classes),
        "training images per class": row(_range(*known.per_class), _range(per_class.min(), per_class.max())),
        "fingerprint": row(known.fingerprint or "unknown", archive.fingerprint(arrays)),
    }


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _split(labels: np.ndarray, validation: float, seed: int) -> tuple[np.ndarray | slice, np.ndarray | slice]:
    """Sorted indices for training and for validation, every class in its proportion."""
    from sklearn.model_selection import train_test_split

    if validation == 0:
        return slice(None), slice(0)
    n, per_class = len(labels), np.unique(labels, return_counts=True)[1]
    count, classes = round(validation * n), len(per_class)
    if min(count, n - count) < classes or per_class.min() < 2:
        raise ValueError(
            f"validation={validation} splits {n:,} images into {n - count:,} and {count:,}, which cannot both "
            f"hold all {classes} classes: choose another fraction, or load more images."
        )
    train, val = train_test_split(np.arange(n), test_size=count, random_state=seed, stratify=labels)
    return np.sort(train), np.sort(val)

"""from_folder(): photos in class folders, or in a zip, as a Dataset."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from labkit import config, record
from labkit.data import layout, pictures, places
from labkit.data.dataset import SPLITS, Dataset
from labkit.data.findings import report_on
from labkit.data.image_files import ImageFiles, in_threads
from labkit.data.layout import Placed
from labkit.data.pictures import Picture, Wanted
from labkit.data.reports import amount
from labkit.data.splitting import check_share, share_of
from labkit.decoding import BadPictureError
from labkit.photo import RESIZES

ROOM = 2**30  # bytes of pixels that are kept in memory without being asked
SHARE = 0.2
_FIRST = ("test", "val", "train", "")  # of two copies of a file the one stays that is rather for testing


@dataclass
class Found:
    """A file on its way into the data set."""

    placed: Placed
    reason: str = ""
    digest: bytes = b""
    size: int = 0
    picture: Picture | None = None
    split: str = ""
    index: int = -1


def from_folder(
    path: str | os.PathLike,
    image_size: int | tuple[int, int],
    *,
    validation: float | None = None,
    test: float | None = None,
    resize: str = "crop",
    channels: int = 3,
    in_memory: bool | str = "auto",
    class_names: Mapping[str, str] | None = None,
    name: str | None = None,
    language: str | None = None,
    seed: int | None = None,
    max_pixels: int = Wanted.max_pixels,
    max_bytes: int = Wanted.max_bytes,
) -> Dataset:
    """Photos in one folder a class, as a Dataset; `dataset.report` says what was found, and what was skipped and why.

    Understood are `train/<class>/*.jpg` with `validation/` and `test/` beside it, and `<class>/*.jpg`, which is
    split here; also inside an outer folder. Every file is looked at once: photos are turned upright by their
    EXIF tag, transparent ones laid on white, palettes and 16 bits understood; damaged files, pictures of too
    many pixels, links and second copies of a file are skipped and named; hidden files count as nothing.
    A zip is read in place. Pictures in a split stand in an order that the seed chooses.

    Args:
        path: of the folder, or of a `.zip` of it.
        image_size: pixels, a side of a square or `(height, width)`.
        validation: the fraction of the training photos that becomes `x_val` where the folder has no validation
            photos; 0.2 if not given.
        test: the fraction of all photos that becomes `x_test` (before `validation` is taken of the rest), where
            the folder has no test photos; 0.2 if not given.
        resize: `"crop"` keeps the proportions and the middle, `"pad"` keeps everything between black bars,
            `"stretch"` changes the proportions.
        channels: 3 for RGB, 1 for grey.
        in_memory: True reads everything into arrays; False leaves it on the disk, to be read batch by batch;
            `"auto"` does the first up to 1 GB of pixels (7,000 photos of 224x224).
        class_names: what to call the classes, by the names of their folders; labels follow the folders' order.
        name: of the data set; the folder's if not given.
        language: of `Dataset.language`; `config.language()` if not given.
        seed: of the split and the order; `config.seed()` if not given.
        max_pixels, max_bytes: a picture with more is skipped.

    Returns:
        Images uint8 `(n, height, width, channels)`, labels `(n,)`; `.source` is `"folder"` or `"zip"`.

    Raises:
        FileNotFoundError: there is nothing at the path.
        ValueError: no folder and no zip, fewer than two classes with photos, an argument that makes no sense.

    Example:
        >>> from labkit.data import photo_folder
        >>> photos = from_folder(photo_folder("clothing_small", source="sample"), 32)
        >>> photos.image_shape, photos.class_names[:2], photos.report.skipped.empty
        ((32, 32, 3), ['dress', 'hat'], True)
    """
    wanted = Wanted(_size(image_size), resize, channels, max_pixels, max_bytes)
    _check(wanted, in_memory, validation, test)
    seed = config.checked_seed(config.seed() if seed is None else seed)
    language = config.one_of("language", language or config.language(), config.LANGUAGES)
    place = places.opened(path)
    placed, folders = layout.arranged(place.members())
    files = [one for one in placed if one.class_name and not one.fault]
    keep = len(files) * np.prod(wanted.shape) <= ROOM if in_memory == "auto" else in_memory
    found = _looked_at(place, placed, wanted, bool(keep))
    _skip_copies(found)
    classes = _classes(found, path)
    _split(found, validation, test, seed)
    arrays = _arrays(found, classes, place, wanted, bool(keep), seed)
    report = report_on(name or place.name, found, folders, class_names or {})
    source = config.OFFLINE_SAMPLE if _is_drawn(placed) else place.kind
    if keep:
        place.close()
    record.note("data", name=name or place.name, source=source)
    return Dataset(
        name=name or place.name,
        **arrays,
        class_names=[(class_names or {}).get(c, c) for c in classes],
        source=source,
        language=language,
        seed=seed,
        report=report,
    )


def _size(image_size: Any) -> tuple[int, int]:
    sides = image_size if isinstance(image_size, tuple | list) else (image_size, image_size)
    if len(sides) == 2 and all(_whole(side) and 1 <= side <= 4096 for side in sides):
        return int(sides[0]), int(sides[1])
    raise ValueError(
        f"image_size is a number of pixels such as 96, or (height, width), from 1 to 4096, not {image_size!r}."
    )


def _whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check(wanted: Wanted, in_memory: Any, validation: Any, test: Any) -> None:
    config.one_of("resize", wanted.resize, RESIZES)
    if wanted.channels not in (1, 3):
        raise ValueError(f"channels must be 3 (RGB) or 1 (grey), not {wanted.channels!r}.")
    if not isinstance(in_memory, bool) and in_memory != "auto":
        raise ValueError(f"in_memory must be 'auto', True or False, not {in_memory!r}.")
    for what in ("max_pixels", "max_bytes"):
        if not _whole(getattr(wanted, what)) or getattr(wanted, what) < 1:
            raise ValueError(f"{what} must be a whole number of 1 or more, not {getattr(wanted, what)!r}.")
    for what, share in (("validation", validation), ("test", test)):
        if share is not None:
            check_share(what, share)


def _looked_at(place: Any, placed: list[Placed], wanted: Wanted, keep: bool) -> list[Found]:
    """Every file read and decoded once; the pixels are kept if they fit."""
    from tqdm import tqdm

    def look(one: Placed) -> Found:
        found = Found(one, one.fault, split=one.split)
        if one.fault or one.member.hidden:
            return found
        try:
            data = place.read(one.member, wanted.max_bytes)
            found.size, found.digest = len(data), hashlib.sha256(data).digest()
            picture = pictures.read(data, wanted)
            found.picture = picture if keep else replace(picture, pixels=None)
        except BadPictureError as why:
            found.reason = str(why)
        return found

    with pictures.quietly():
        looked = in_threads(look, placed)
        bar = tqdm(
            looked,
            f"{place.name}: looking at the photos",
            len(placed),
            unit="file",
            mininterval=0.5,
            delay=1,  # seconds: a small folder needs no bar
            disable=not config.shows_progress(),
        )
        return list(bar)


def _skip_copies(found: list[Found]) -> None:
    """No file in two splits, or twice in one: of copies the first for testing stays, else the first by name."""
    first: dict[bytes, Found] = {}
    for one in sorted((f for f in found if f.picture), key=lambda f: _FIRST.index(f.split)):
        other = first.setdefault(one.digest, one)
        if other is not one:
            one.reason, one.picture = f"is the same file as {other.placed.member}", None
            if other.placed.class_name != one.placed.class_name:
                one.reason += ", in another class: one of the two labels is wrong"


def _classes(found: list[Found], path: Any) -> list[str]:
    classes = sorted({f.placed.class_name for f in found if f.picture})
    if classes and all(layout.is_split_folder(name) for name in classes):
        raise ValueError(
            f"{Path(path)} holds photos in {' and '.join(classes)} without a folder for each class: "
            "make train/<class>/photo.jpg of it."
        )
    if len(classes) >= 2:
        return classes
    faults = [f"{f.placed.member} {f.reason}" for f in found if f.reason]
    seen = f"photos of one class, {classes[0]}" if classes else "no usable photo"
    skipped = f"; {amount(len(faults), 'file')} skipped, the first: {faults[0]}" if faults else ""
    raise ValueError(
        f"{Path(path)} holds {seen}{skipped}. Expected one folder of photos a class, or these in train, "
        "validation and test."
    )


def _split(found: list[Found], validation: float | None, test: float | None, seed: int) -> None:
    """Give photos a split: that of their folder; where there is none, a share of the class."""
    used = [f for f in found if f.picture]
    for f in used:
        f.split = f.split or "train"
    for split, share in (("test", test), ("val", validation)):
        there = [f for f in used if f.split == split]
        if there and share is not None:
            what = "validation" if split == "val" else split
            raise ValueError(
                f"the folder has {len(there):,} {what} photos of its own: leave {what}={share} out."
            )
        train = [f for f in used if f.split == "train"]
        if train and not there:
            chosen = share_of([f.placed.class_name for f in train], SHARE if share is None else share, seed)
            for i in chosen:
                train[i].split = split


def _arrays(
    found: list[Found], classes: list[str], place: Any, wanted: Wanted, keep: bool, seed: int
) -> dict[str, Any]:
    """`x_train, y_train, ...`, each split in an order of its own; pixels move, so that they are not held twice."""
    arrays = {}
    for number, split in enumerate(SPLITS):
        files = [f for f in found if f.picture and f.split == split]
        files = [files[i] for i in np.random.default_rng([seed, number]).permutation(len(files))]
        labels = [classes.index(f.placed.class_name) for f in files]
        arrays[f"y_{split}"] = np.array(labels, dtype=np.uint8 if len(classes) <= 256 else np.int64)
        arrays[f"x_{split}"] = x = (
            np.empty((len(files), *wanted.shape), np.uint8)
            if keep
            else ImageFiles(place, [f.placed.member for f in files], wanted)
        )
        for i, f in enumerate(files):
            f.index = i
            if keep:
                x[i] = f.picture.pixels
                f.picture = replace(f.picture, pixels=None)
    return arrays


def _is_drawn(placed: list[Placed]) -> bool:
    """Whether labkit drew these photos: its mark lies beside them."""
    return any(one.member.parts[-1] == places.DRAWN_MARK for one in placed)

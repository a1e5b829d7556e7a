"""own_images(): the pictures in a folder of one's own, made into images of a data set; bad ones named and skipped."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labkit import config
from labkit.data import lookalikes, own_notes, pictures, places
from labkit.data.catalog import entry
from labkit.data.dataset import Dataset
from labkit.data.labels import label_in, names_of, plain
from labkit.data.own import OwnImage, OwnImages, OwnReport
from labkit.data.own_notes import NOTES, Note, Notes
from labkit.data.pictures import Wanted
from labkit.data.places import Member
from labkit.data.recipes import Recipe, prepare
from labkit.data.reports import amount
from labkit.data.sources import DataNotFoundError
from labkit.decoding import BadPictureError, decoded

# Data sets of single things on black, and the longest side of a thing in pixels.
ALONE = {"fashion_mnist": 28, "mnist": 20}
# The course's drawings: in a checkout, and inside an installed wheel or the grader's kit.
DRAWINGS = ("cifar10", "fashion_mnist")
SHIPPED = (Path(__file__).resolve().parents[2] / "data" / "own_images", Path(__file__).parent / "own_images")


@dataclass
class Looked:
    """A file on its way: its image, or why there is none."""

    file: str
    reason: str = ""
    image: OwnImage | None = None
    signature: np.ndarray | None = None
    digest: bytes = b""
    format: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Form:
    """What the pictures shall become: the data set's name, class names, shape of an image, and whether it is scaled."""

    name: str
    class_names: list[str]
    shape: tuple[int, ...]
    is_scaled: bool
    language: str

    def recipe(self, note: Note) -> Recipe:
        alone = self.name in ALONE
        # In images that in_shape() has enlarged the things are larger, too.
        box = round(ALONE[self.name] * min(self.shape[:2]) / entry(self.name).image_shape[0]) if alone else 0
        return Recipe(self.shape, alone, max(1, box) if alone else 0, note.crop, note.invert)


def own_images(folder: str | os.PathLike, like: Dataset | str | None = None) -> OwnImages:
    """Pictures of one's own, photos or drawings of any size, as images of a data set (sheets S3.9, S3.10).

    Every step is kept: `own.images[0].steps`, shown by `plots.steps`. A picture's class is that of the folder it
    lies in, `cat/tom.jpg` or `chat/tom.jpg`, or else what its name begins with, `cat_tom.jpg`. A file
    `own_images.toml` beside the class folders may say more: label, crop by hand, inversion, origin and licence, see
    `labkit.data.own_notes`. `own.report` names what was skipped and why.

    Args:
        folder: its path (or that of a zip), or the name of one in `own_images/` of the data folder (LABKIT_DATA), or of
            the course's: `"cifar10"`, `"fashion_mnist"`.
        like: the data set whose form, classes and range the images shall have, or its name; the folder's name if
            not given.

    Raises:
        DataNotFoundError: there is no such folder.
        ValueError: no picture could be used, own_images.toml cannot be read, or an unknown data set.

    Example:
        >>> own = own_images("fashion_mnist")
        >>> own.x.shape, own.images[0].file, own.images[0].licence
        ((6, 28, 28), 'trouser/jeans.jpg', 'CC0-1.0')
    """
    place = places.opened(_found(folder))
    try:
        form = _form(like, place.name)
        members = [m for m in place.members() if not m.is_folder and not m.hidden]
        notes = _notes(place, members)
        names = names_of(form.class_names, form.name)
        with pictures.quietly():
            looked = [_look(place, m, notes.of(str(m)), form, names) for m in members if _may_be_picture(m)]
    finally:
        place.close()
    _skip_copies(looked)
    images = tuple(one.image for one in looked if one.image)
    report = OwnReport(place.name, _table(looked), tuple(_warnings(looked, notes)))
    if not images:
        seen = repr(report).partition("\n")[2].strip() or "there is no picture in it"
        raise ValueError(
            f"{Path(folder)} holds no usable own image ({seen.splitlines()[0]}): put photos or drawings into folders "
            f"named after their classes ({_few(form.class_names)})."
        )
    images = tuple(sorted(images, key=lambda image: (image.label, image.file)))
    own = OwnImages(place.name, form.name, images, form.class_names, form.shape, False, form.language, report)
    return own.in_form(form.shape, form.is_scaled)


def drawings(name: str) -> Path:
    """The folder of the course's own drawings for a data set, one of `DRAWINGS`.

    Raises:
        DataNotFoundError: this labkit was installed without them.
    """
    for base in SHIPPED:
        if (base / name).is_dir():
            return base / name
    raise DataNotFoundError(
        f"labkit's drawings for {name} are in neither {SHIPPED[0]} nor {SHIPPED[1]}: install labkit again."
    )


def _found(folder: str | os.PathLike) -> Path:
    """The folder at a path; else one of that name in the data folder, else the course's."""
    path = Path(folder).expanduser()
    inner = [base / path for base in (config.data_folder() / "own_images", *SHIPPED)]
    for place in (path, *inner):
        if place.exists():
            return place
    raise DataNotFoundError(
        f"there is no folder {path}: give the path of a folder of own pictures; the course's, cifar10 and "
        f"fashion_mnist, are looked for in {inner[0].parent} and beside labkit: copy data/own_images of the course there."
    )


def _form(like: Dataset | str | None, folder: str) -> Form:
    if isinstance(like, Dataset):
        x = like.x_train if len(like.x_train) else like.x_test
        return Form(like.name, like.class_names, like.image_shape, x.dtype.kind == "f", like.language)
    language = config.language()
    known = entry(like if like is not None else folder)
    return Form(known.name, list(known.class_names[language]), known.image_shape, False, language)


def _notes(place: places.Folder | places.Zip, members: list[Member]) -> Notes:
    for member in members:
        if member.parts[-1] == NOTES and not member.fault:
            text = place.read(member, Wanted.max_bytes).decode("utf-8", "replace")
            outer = "".join(f"{part}/" for part in member.parts[:-1])
            notes = own_notes.read_notes(text)
            return Notes(notes.common, {f"{outer}{file}": note for file, note in notes.single.items()})
    return Notes()


def _may_be_picture(member: Member) -> bool:
    """Whatever is neither the notes nor a text about the folder: a file that is none is named in the report."""
    name = member.parts[-1].casefold()
    return name != NOTES and not name.startswith("readme")


def _look(place: places.Folder | places.Zip, member: Member, note: Note, form: Form, names: dict) -> Looked:
    looked = Looked(str(member))
    try:
        if member.fault or note.fault:
            raise BadPictureError(member.fault or note.fault)
        data = place.read(member, Wanted.max_bytes)
        photo = decoded(data)  # first of all: a text in the wrong place is no picture without a label
        label = _label(member, note, names, form)
        made = prepare(photo, form.recipe(note))
    except BadPictureError as why:
        looked.reason = str(why)
        return looked
    looked.digest, looked.signature = hashlib.sha256(data).digest(), pictures.signature(photo.image)
    small = made.seen[2] < form.shape[1] and made.seen[3] < form.shape[0]
    looked.format = photo.format
    looked.notes = "; ".join([*photo.notes, *["smaller than asked for: enlarged"] * small])
    looked.image = OwnImage(
        looked.file, label, form.class_names[label], made.pixels, made.steps, photo.width, photo.height,
        made.seen, note.origin, note.licence,
    )  # fmt: skip
    return looked


def _label(member: Member, note: Note, names: dict[str, int], form: Form) -> int:
    if note.label:
        if plain(note.label) in names:
            return names[plain(note.label)]
        raise BadPictureError(f"is labelled {note.label!r} in {NOTES}, {_no_class(form)}")
    for folder in reversed(member.parts[:-1]):
        if plain(folder) in names:
            return names[plain(folder)]
    label = label_in(Path(member.parts[-1]).stem, names)
    if label is not None:
        return label
    if len(member.parts) > 1:
        raise BadPictureError(f"lies in the folder {member.parts[-2]}, {_no_class(form)}")
    raise BadPictureError(
        f"has no label: put it into a folder named after its class ({_few(form.class_names)})"
    )


def _no_class(form: Form) -> str:
    return f"which is no class of {form.name} ({_few(form.class_names)})"


def _few(names: list[str]) -> str:
    return ", ".join(names if len(names) <= 10 else [*names[:5], "..."])


def _skip_copies(looked: list[Looked]) -> None:
    """No picture twice: one copy could be trained on and the other one tested."""
    first: dict[bytes, Looked] = {}
    for one in (one for one in looked if one.image):
        other = first.setdefault(one.digest, one)
        if other is not one:
            one.reason, one.image = f"is the same file as {other.file}", None


def _warnings(looked: list[Looked], notes: Notes) -> list[str]:
    used = [one for one in looked if one.image]
    signatures = np.array([one.signature for one in used], np.uint64).reshape(-1, 4)
    lines = [
        f"{used[a].file} and {used[b].file} look alike: train on both of them, or on neither"
        for a, b, _ in lookalikes.pairs(signatures)[:5]
    ]
    gone = sorted({*notes.single} - {one.file for one in looked})
    if gone:
        lines.append(f"{NOTES} names {amount(len(gone), 'file')} that are not there: {', '.join(gone[:3])}")
    return lines


def _table(looked: list[Looked]):
    import pandas as pd

    columns = ["file", "status", "reason", "class", "width", "height", "format", "notes", "origin", "licence"]
    rows = [
        [
            one.file,
            "used" if one.image else "skipped",
            one.reason,
            *((one.image.class_name, one.image.width, one.image.height) if one.image else ("", 0, 0)),
            one.format,
            one.notes,
            *((one.image.origin, one.image.licence) if one.image else ("", "")),
        ]
        for one in looked
    ]
    return pd.DataFrame(rows, columns=columns)

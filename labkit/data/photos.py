"""Photo folders that labs use by name: the real one, found or downloaded, or a drawn one that stands in for it."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from labkit import config, record
from labkit.data.dataset import Dataset
from labkit.data.drawing import Style, draw, read_figures
from labkit.data.folders import from_folder
from labkit.data.places import DRAWN_MARK
from labkit.data.sources import DataNotFoundError, keras_folder
from labkit.downloads import download, reason

SEED = 2026
SIDE = 96  # of the drawn photos, the shorter side; 128 in clothing_small
STYLE = Style(128, (0.6, 0.85), shift=0.06, tilt=8, warp=0.05, backdrop=True, weave=0.03, noise=6)


@dataclass(frozen=True)
class PhotoEntry:
    """A folder of photos that labkit knows by name.

    Attributes:
        folders: of the classes, in label order.
        class_names: by language, in the same order.
        address: of a zip that is downloaded; of one commit, so that it is the same for ever.
        megabytes: of the zip.
        drawn: how many photos of each class are drawn for train, validation and test.
        image_size: pixels, a side, by profile: what the labs read them at.
    """

    name: str
    title: str
    folders: tuple[str, ...]
    class_names: dict[str, tuple[str, ...]]
    citation: str
    address: str
    megabytes: int
    drawn: dict[str, tuple[int, ...]]
    image_size: dict[str, int]

    @property
    def num_classes(self) -> int:
        return len(self.folders)


_CLOTHES = (
    "dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts", "skirt", "t-shirt",
)  # fmt: skip

PHOTOS = {
    "clothing_small": PhotoEntry(
        name="clothing_small",
        title="Clothing, ten classes",
        folders=_CLOTHES,
        class_names={
            "en": _CLOTHES,
            "fr": (
                "robe", "chapeau", "manches longues", "manteau", "pantalon",
                "chemise", "chaussures", "short", "jupe", "t-shirt",
            ),
        },
        citation="The clothing dataset, collected by Alexey Grigorev and contributors, 2020, CC0",
        address="https://github.com/alexeygrigorev/clothing-dataset-small/archive/"
        "11961516512414bf9f6c150a832cfd21b54a6b54.zip",
        megabytes=106,
        # The real classes are as unequal: from 112 skirts to 795 t-shirts in training.
        drawn={
            "train": (24, 12, 46, 18, 47, 29, 20, 20, 11, 80),
            "validation": (5, 4, 8, 4, 8, 5, 4, 4, 4, 12),
            "test": (6, 6, 8, 6, 8, 6, 8, 6, 6, 10),
        },
        image_size={"smoke": 32, "course": 64, "full": 224},
    )
}  # fmt: skip


def photo_folder(name: str, source: str | None = None) -> Path:
    """Where the photos of a lab lie: `train/<class>/*.jpg` and the like, to look into and for `from_folder`.

    That is the folder `name`, or `name.zip`, in the data folder (LABKIT_DATA); where neither is there, the zip is
    downloaded into the folder of Keras, once. In the `smoke` profile, or with
    `source="sample"`, labkit draws a small folder that is gone when Python ends; photos read from it have the
    source `"offline sample"`.

    Args:
        name: `"clothing_small"`.
        source: `"data folder"`, `"download"` or `"sample"` to look there only. The real photos are never replaced
            silently.

    Raises:
        ValueError: an unknown name or source.
        DataNotFoundError: not in the data folder, and no network; the message says what to put where.

    Example:
        >>> sorted(place.name for place in photo_folder("clothing_small", source="sample").iterdir())
        ['DRAWN_BY_LABKIT.txt', 'test', 'train', 'validation']
    """
    known = photo_entry(name)
    if source is not None:
        config.one_of("source", source, ("data folder", "download", "sample"))
    if source == "sample" or (source is None and config.profile() == "smoke"):
        return _drawn(known.name)
    places = (config.data_folder() / known.name, config.data_folder() / f"{known.name}.zip")
    for place in places:
        if place.exists() and source != "download":
            return place
    put = (
        f'put the folder at {places[0]} (or {places[1].name} beside it), or use source="sample" for a small drawn '
        "stand-in."
    )
    if source == "data folder":
        raise DataNotFoundError(f"{known.title} is not in the data folder: {put}")
    return _downloaded(known, put)


def load_photos(
    name: str, image_size: int | tuple[int, int], *, source: str | None = None, **options: Any
) -> Dataset:
    """The photos of a lab as a Dataset: `from_folder(photo_folder(name))` with class names in the language.

    Args:
        name: `"clothing_small"`: 3,781 photos of ten garments, CC0.
        image_size: pixels, a side of a square or `(height, width)`.
        source: see `photo_folder`.
        options: further arguments of `from_folder`.

    Returns:
        Images uint8 `(n, height, width, 3)`; `.source` is `"data folder"`, `"download"` or `"offline sample"`.

    Example:
        >>> photos = load_photos("clothing_small", 32, source="sample", language="fr")
        >>> photos.source, photos.class_names[2], len(photos.x_train)
        ('offline sample', 'manches longues', 307)
    """
    known = photo_entry(name)
    language = config.one_of("language", options.pop("language", None) or config.language(), config.LANGUAGES)
    names = dict(zip(known.folders, known.class_names[language], strict=True))
    options = {"class_names": names, "language": language, "name": known.name} | options
    place = photo_folder(name, source)
    found = from_folder(place, image_size, **options)
    if found.is_sample:
        return found
    found = replace(found, source="download" if place == _zip_of(known) else "data folder")
    record.note("data", name=found.name, source=found.source)
    return found


def photo_entry(name: str) -> PhotoEntry:
    """What labkit knows of a folder of photos.

    Raises:
        ValueError: there is no such folder; the message lists those that labkit knows.
    """
    if name not in PHOTOS:
        raise ValueError(
            f"there are no photos {name!r}: labkit knows {', '.join(PHOTOS)}; for photos of your own take "
            "from_folder(path, image_size)."
        )
    return PHOTOS[name]


def _zip_of(known: PhotoEntry) -> Path:
    return keras_folder() / f"{known.name}.zip"


def _downloaded(known: PhotoEntry, otherwise: str) -> Path:
    path = _zip_of(known)
    try:
        download(known.address, path)
    except Exception as error:  # Keras raises plain Exception for a failed download
        raise DataNotFoundError(
            f"{known.title} could not be downloaded ({known.megabytes} MB; {reason(error)}): {otherwise}"
        ) from None
    return path


@cache
def _drawn(name: str) -> Path:
    """The drawn photos of a folder, written once in each process."""
    folder = Path(tempfile.mkdtemp(prefix="labkit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    draw_folder(folder / name, name)
    return folder / name


def draw_folder(
    place: Path, name: str, seed: int = SEED, drawn: Mapping[str, Sequence[int]] | None = None
) -> None:
    """Draw the photos of a folder at a new place: upright and lying ones, the same each time.

    Args:
        drawn: how many photos of each class, by split; if not given, as many as the folder's stand-in has.

    Raises:
        OSError: the place cannot be written to.
    """
    from PIL import Image

    known = photo_entry(name)
    figures = read_figures((files("labkit.data") / "figures" / f"{name}.txt").read_text(encoding="utf-8"))
    for label, garment in enumerate(known.folders):
        rng = np.random.default_rng([seed, label])
        counts = {split: numbers[label] for split, numbers in (drawn or known.drawn).items()}
        pictures = iter(draw(figures[garment], sum(counts.values()), STYLE, rng))
        for split, count in counts.items():
            folder = place / split / garment
            folder.mkdir(parents=True)
            for i in range(count):
                photo = Image.fromarray(_framed(next(pictures), rng))
                photo.save(folder / f"drawn_{i:03}.jpg", quality=85)
    (place / DRAWN_MARK).write_text("labkit drew these pictures: they are no photos.\n", encoding="utf-8")


def _framed(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A photo of 3:4, four of five upright, cut from the middle of a square picture."""
    cut = (STYLE.size - SIDE) // 2
    columns = picture[:, cut : cut + SIDE]
    return columns if rng.random() < 0.8 else picture[cut : cut + SIDE]

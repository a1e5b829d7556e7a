"""Held-out photos: what grading draws and splits where the data set is a folder of photos."""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from labkit.data.dataset import Dataset
from labkit.data.folders import from_folder
from labkit.data.photos import draw_folder, load_photos, photo_entry, photo_folder
from labkit.data.pictures import Wanted
from labkit.data.places import Folder, Member, Zip, opened
from labkit.data.sources import DataNotFoundError
from labkit.data.splitting import share_of
from labkit.decoding import BadPictureError
from labkit.files import replacing

TIMES = 6  # the drawn test photos of each class, so many are drawn anew
SEED = 0  # of the notebook, which chooses the order of its photos: nothing in the sandbox says another
_STAMP = (1980, 1, 1, 0, 0, 0)  # when files in a zip were made: the same photos give the same zip


@dataclass(frozen=True)
class Photos:
    """How images are had of a folder of photos that labkit knows by name; `held_out.Arrays` is its like for arrays.

    Images are uint8 `(n, side, side, 3)`, labels in the order of `PHOTOS[name].folders`.

    Attributes:
        side: of the images, in pixels: what the labs read the photos at.
    """

    name: str
    side: int

    @property
    def file(self) -> str:
        """Name of the file of hidden images. When labs read them larger one day, it is another file."""
        return f"{self.name}_{self.side}.npy"

    @property
    def public(self) -> str:
        """Name of the file that the sandbox gets."""
        return f"{self.name}.zip"

    def drawn_again(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Photos and labels like those of the drawn test photos, and others, in the same mixture of classes.

        They take the way of a notebook's photos: drawn as files, read by `from_folder`.
        """
        counts = [TIMES * count for count in photo_entry(self.name).drawn["test"]]
        with TemporaryDirectory(prefix="labkit-") as folder:
            place = Path(folder) / self.name
            draw_folder(place, self.name, seed, {"train": counts})
            photos = _checked(from_folder(place, self.side, validation=0, test=0, seed=SEED), self.name)
        return photos.x_train, photos.y_train

    def sample(self) -> dict[str, np.ndarray]:
        """What a notebook loads in the smoke profile."""
        return _arrays(load_photos(self.name, self.side, source="sample", seed=SEED))

    def split(self, seed: int, public: Path) -> tuple[np.ndarray, np.ndarray]:
        """Half of the real test photos of each class and their labels; every other file goes into the zip `public`.

        Raises:
            DataNotFoundError: the photos are not in the data folder, and cannot be downloaded.
            ValueError: they have other classes than labkit knows.
        """
        folder = _real(self.name)
        photos = _checked(from_folder(folder, self.side, in_memory=False, seed=SEED), self.name)
        used = photos.report.used
        test = used[used["split"] == "test"].sort_values("file")
        ours = test.iloc[share_of(test["class"].tolist(), 0.5, seed)]
        _write_without(set(ours["file"]), opened(folder), public)
        index = ours["index"].to_numpy(dtype=int)
        return photos.x_test[index], photos.y_test[index]

    def read(self, public: Path) -> dict[str, np.ndarray]:
        """What a notebook loads where there is that zip; images stay in it until they are asked for."""
        return _arrays(from_folder(public, self.side, in_memory=False, seed=SEED))


def _real(name: str) -> Path:
    """The real photos, whatever the profile of this process."""
    try:
        return photo_folder(name, "data folder")
    except DataNotFoundError:
        return photo_folder(name, "download")


def _checked(photos: Dataset, name: str) -> Dataset:
    """The photos, if their labels mean what they mean in the notebook."""
    wanted = photo_entry(name).folders
    if tuple(photos.class_names) != wanted:
        raise ValueError(
            f"the photos {name} in the data folder have the classes {', '.join(photos.class_names)}; expected "
            f"{', '.join(wanted)}: fetch the folder anew."
        )
    return photos


def _arrays(photos: Dataset) -> dict[str, np.ndarray]:
    return {name: getattr(photos, name) for name in ("x_train", "y_train", "x_test", "y_test")}


def _write_without(hidden: set[str], place: Folder | Zip, public: Path) -> None:
    """A zip of the place, every file byte by byte, without those hidden and without copies of them."""
    files = [member for member in place.members() if not (member.is_folder or member.fault)]
    digests = {_digest(_bytes(place, member)) for member in files if str(member) in hidden}
    with replacing(public) as part, zipfile.ZipFile(part, "w") as archive:
        for member in files:
            data = _bytes(place, member)
            if data is not None and _digest(data) not in digests:
                archive.writestr(zipfile.ZipInfo(str(member), _STAMP), data)
    place.close()


def _bytes(place: Folder | Zip, member: Member) -> bytes | None:
    """What is in a file; None where from_folder would not read it either."""
    try:
        return place.read(member, Wanted.max_bytes)
    except BadPictureError:
        return None


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()

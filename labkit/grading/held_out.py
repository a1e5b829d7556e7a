"""Held-out images: what a network is tried on, with labels that never enter a sandbox; and the data that do."""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from labkit.config import one_of
from labkit.data import archive, sources
from labkit.data.catalog import Entry, entry
from labkit.data.photos import PHOTOS, PhotoEntry
from labkit.data.sample import drawn_again, sample
from labkit.files import replacing
from labkit.grading.held_photos import Photos

DRAWN = 1000  # fresh images of a drawn data set
NOISE = 1  # grey levels: an image that was known before is not found by its bytes


@dataclass(frozen=True)
class Known:
    """The images of a split that a sandbox has, by digest, with their labels."""

    labels: Mapping[bytes, int] = field(repr=False)

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray) -> "Known":
        return cls({digest(image): int(label) for image, label in zip(x, y, strict=True)})

    def label(self, image: np.ndarray) -> int | None:
        """The label of a uint8 image, None if it is none of these."""
        return self.labels.get(digest(image))


def known(name: str) -> Entry | PhotoEntry:
    """What labkit knows of a data set, or of a folder of photos.

    Raises:
        ValueError: there is none of that name.

    Example:
        >>> known("mnist").num_classes, known("clothing_small").num_classes
        (10, 10)
    """
    return PHOTOS[name] if name in PHOTOS else entry(name)


def digest(image: np.ndarray) -> bytes:
    """Of the pixels, whatever their shape."""
    return hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=12).digest()


@dataclass(frozen=True)
class Arrays:
    """How images are had of a data set of arrays; `held_photos.Photos` is its like for a folder of photos."""

    name: str

    @property
    def file(self) -> str:
        """Name of the file of hidden images."""
        return f"{self.name}.npy"

    @property
    def public(self) -> str:
        """Name of the file that the sandbox gets."""
        return f"{self.name}.npz"

    def drawn_again(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Images and labels like those of the sample, and others."""
        return drawn_again(self.name, seed, DRAWN // entry(self.name).num_classes)

    def sample(self) -> dict[str, np.ndarray]:
        """What a notebook loads in the smoke profile."""
        return sample(self.name)

    def split(self, seed: int, public: Path) -> tuple[np.ndarray, np.ndarray]:
        """Half of the real test images and their labels; everything else is written to the file `public`."""
        arrays, _ = sources.find(entry(self.name))
        x, y = arrays["x_test"], arrays["y_test"]
        order = np.random.default_rng([seed, 1]).permutation(len(x))
        ours, theirs = np.sort(order[: len(x) // 2]), np.sort(order[len(x) // 2 :])
        archive.write(public, {**arrays, "x_test": x[theirs], "y_test": y[theirs]})
        return x[ours], y[ours]

    def read(self, public: Path) -> dict[str, np.ndarray]:
        """What a notebook loads where there is that file."""
        return archive.read(public, entry(self.name))


@dataclass(frozen=True)
class Held:
    """One data set as grading knows it.

    Attributes:
        inputs: the file of the hidden images, uint8, without labels: for the sandbox.
        labels: of those images; they stay outside.
        load: gives `arrays`. Drawing or decoding them takes seconds, and a score needs none of them.
    """

    name: str
    inputs: Path
    labels: np.ndarray = field(repr=False)
    load: Callable[[], Mapping[str, np.ndarray]] = field(repr=False)

    @cached_property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """What the notebook loads in the sandbox: `x_train, y_train, x_test, y_test`."""
        return self.load()

    @cached_property
    def train(self) -> Known:
        return Known.of(self.arrays["x_train"], self.arrays["y_train"])

    @cached_property
    def test(self) -> Known:
        return Known.of(self.arrays["x_test"], self.arrays["y_test"])

    def of(self, split: str) -> Known:
        """The images of `"train"` or `"test"`."""
        return {"train": self.train, "test": self.test}[split]


class HeldOut:
    """The data sets of a lab's probes.

    In the `smoke` profile the notebook draws its offline sample, and the hidden images are drawn with a seed of
    their own. Otherwise the real test set is split in two: one half is the test set of the sandbox, the other one is
    hidden. The seed comes from the store's secret; the files are written once.

    Attributes:
        inputs: folder of the hidden images, to be bound into the sandbox read-only.
        sandbox_folder: LABKIT_DATA of the sandbox, to be bound likewise; None where the notebook draws its data.
        sets: by name.
    """

    def __init__(self, folder: Path, names: Iterable[str], profile: str, secret: bytes):
        """Write what is not in the folder yet.

        Raises:
            DataNotFoundError: the real data are not on this machine and cannot be had.
            OSError: the folder cannot be written to.
            ValueError: there is no data set of that name, or its folder of photos has other classes.
        """
        self._folder, self._secret, self._profile = Path(folder) / profile, secret, profile
        self.inputs = self._folder / "inputs"
        self.sandbox_folder = None if profile == "smoke" else self._folder / "data"
        self.inputs.mkdir(parents=True, exist_ok=True)
        make = self._drawn if profile == "smoke" else self._split
        self.sets: dict[str, Held] = {known(name).name: make(name) for name in names}

    def files(self) -> dict[str, Path]:
        """The file of the hidden images of each data set."""
        return {name: held.inputs for name, held in self.sets.items()}

    def of(self, name: str) -> Held:
        """The data set of that name.

        Raises:
            ValueError: the lab's probes name none such.
        """
        one_of("data set of the probes", name, tuple(self.sets))
        return self.sets[name]

    def _drawn(self, name: str) -> Held:
        kind = self._kind(name)
        place, hidden = self._places(kind.file)
        if not (place.is_file() and hidden.is_file()):
            self._write(kind, *kind.drawn_again(self._seed(name)))
        return Held(name, place, _read(hidden), kind.sample)

    def _split(self, name: str) -> Held:
        kind = self._kind(name)
        place, hidden = self._places(kind.file)
        public = self.sandbox_folder / kind.public
        if not (place.is_file() and hidden.is_file() and public.is_file()):
            x, y = kind.split(self._seed(name), public)
            _open(public)
            self._write(kind, x, y)
        return Held(name, place, _read(hidden), partial(kind.read, public))

    def _kind(self, name: str) -> Arrays | Photos:
        return Photos(name, PHOTOS[name].image_size[self._profile]) if name in PHOTOS else Arrays(name)

    def _places(self, file: str) -> tuple[Path, Path]:
        return self.inputs / file, self._folder / "hidden" / file

    def _write(self, kind: Arrays | Photos, x: np.ndarray, y: np.ndarray) -> None:
        """The images in a shuffled order with a little noise; the labels apart, for the grader's eyes only."""
        place, hidden = self._places(kind.file)
        rng = np.random.default_rng([self._seed(kind.name), 2])
        order = rng.permutation(len(x))
        noisy = x[order].astype(np.int16) + rng.integers(-NOISE, NOISE + 1, x.shape, dtype=np.int16)
        hidden.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(hidden) as part:
            np.save(part, y[order])
            part.chmod(0o600)
        with replacing(place) as part:
            np.save(part, noisy.clip(0, 255).astype(np.uint8))
        _open(place)

    def _seed(self, name: str) -> int:
        mac = hmac.new(self._secret, f"held out: {name}".encode(), hashlib.sha256)
        return int.from_bytes(mac.digest()[:8], "big")


def _open(path: Path) -> None:
    """The sandbox's user is another one: it may read the file, and its folder."""
    path.chmod(0o644)
    os.chmod(path.parent, 0o755)


def _read(path: Path) -> np.ndarray:
    return np.load(path, allow_pickle=False).astype(np.int64)

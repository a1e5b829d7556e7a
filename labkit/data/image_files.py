"""ImageFiles: images that stay on the disk and are read when they are asked for."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from labkit.data import pictures
from labkit.data.pictures import Wanted
from labkit.data.places import Folder, Member, Zip
from labkit.decoding import BadPictureError

T, R = TypeVar("T"), TypeVar("R")

THREADS = 8  # more than cores: small files wait for the disk, or for Google Drive
FEW = 4  # files that are read sooner than threads are started
AT_ONCE = 256


class ImageFiles:
    """Images on a disk that look like an array `(n, height, width, channels)`: `x[3]`, `x[:25]`, `x[[1, 5]]`.

    What is asked for is read, decoded and returned as an array; nothing is kept. It stands in a `Dataset` for
    images that would not fit into memory: `train`, `evaluate` and the plots take it batch by batch.

    Attributes:
        shape: `(n, height, width, channels)`.
        dtype: uint8, or float32 in 0..1 after `scaled()`.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> folder = Path(tempfile.mkdtemp())
        >>> Image.new("RGB", (40, 30), "red").save(folder / "a.png")
        >>> place = Folder(folder)
        >>> x = ImageFiles(place, place.members(), Wanted((8, 8)))
        >>> x.shape, x[0][4, 4].tolist(), x.scaled()[:1].max()
        ((1, 8, 8, 3), [255, 0, 0], np.float32(1.0))
    """

    def __init__(
        self, place: Folder | Zip, members: Sequence[Member], wanted: Wanted, scale: bool = False
    ) -> None:
        self.place, self.members, self.wanted, self.scale = place, list(members), wanted, scale
        self.shape = (len(self.members), *wanted.shape)
        self.dtype = np.dtype(np.float32 if scale else np.uint8)

    ndim = 4

    def __len__(self) -> int:
        return len(self.members)

    def __repr__(self) -> str:
        return f"ImageFiles {self.shape} {self.dtype}, read from {self.place.name} when asked for"

    def __getitem__(self, index: Any) -> np.ndarray:
        """One image, or those of a slice or of a list of positions, as an array.

        Raises:
            OSError: a file that was good is gone or damaged now.
        """
        places = np.arange(len(self))[index]
        if places.ndim == 0:
            return self._read(self.members[places])
        images = np.empty((len(places), *self.wanted.shape), self.dtype)
        with pictures.quietly():
            for i, image in enumerate(in_threads(self._read, [self.members[i] for i in places])):
                images[i] = image
        return images

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """All images at once: what NumPy asks for. It may be more than the memory holds."""
        return self[:].astype(dtype or self.dtype, copy=False)

    def take(self, indices: np.ndarray | slice) -> "ImageFiles":
        """Some of the images, still on the disk."""
        kept = np.arange(len(self))[indices]
        return ImageFiles(self.place, [self.members[i] for i in kept], self.wanted, self.scale)

    def scaled(self) -> "ImageFiles":
        """The same images as float32 in 0..1."""
        return ImageFiles(self.place, self.members, self.wanted, scale=True)

    def extremes(self) -> tuple[float, float, float]:
        """Smallest and largest pixel and the mean, in one pass over the files."""
        lows, highs, sums = [], [], []
        for start in range(0, len(self), AT_ONCE):
            some = self[start : start + AT_ONCE]
            lows.append(some.min())
            highs.append(some.max())
            sums.append(some.sum(dtype=np.float64))
        return min(lows), max(highs), float(sum(sums)) / max(1, int(np.prod(self.shape)))

    def _read(self, member: Member) -> np.ndarray:
        try:
            image = pictures.read(self.place.read(member, self.wanted.max_bytes), self.wanted).pixels
        except BadPictureError as why:
            raise OSError(
                f"{member} {why}, and was good when the folder was read: call from_folder again."
            ) from None
        return np.divide(image, 255, dtype=np.float32) if self.scale else image


def in_threads(function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """`map(function, items)` on a few threads, in order; whoever stops asking stops the work."""
    if len(items) <= FEW:
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(THREADS)
    try:
        yield from pool.map(function, items)
    finally:
        pool.shutdown(cancel_futures=True)

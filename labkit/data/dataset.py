"""Dataset: the arrays of a classification problem, their class names, and where they came from."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from labkit.config import OFFLINE_SAMPLE, one_of
from labkit.data import shapes
from labkit.data.image_files import ImageFiles

if TYPE_CHECKING:
    import pandas as pd

    from labkit.data.reports import FolderReport

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels of a classification problem, in the names that the field uses.

    Attributes:
        x_train, x_val, x_test: images `(n, height, width)` or `(n, height, width, channels)`;
            uint8 0..255 as loaded, float32 0..1 after `scaled()`. `x_val` may be empty. Where a folder of
            photos would not fit into memory these are `ImageFiles`, which are read when asked for.
        y_train, y_val, y_test: integer labels `(n,)`, or float32 `(n, num_classes)` after `one_hot()`.
        class_names: in label order.
        source: where the arrays came from: `"data folder"`, `"Keras cache"`, `"download"`
            or `"offline sample"`; `"folder"` or `"zip"` with `from_folder`, `"arrays"` with `from_arrays`.
        seed: of the validation split.
        report: what `from_folder` found, of the whole folder; else None.

    Example:
        >>> from labkit.data import load
        >>> digits = load("mnist", source="sample", validation=0.2)
        >>> digits.x_train.shape[1:], digits.x_train.dtype, digits.num_classes
        ((28, 28), dtype('uint8'), 10)
        >>> digits.scaled().image_shape
        (28, 28, 1)
    """

    name: str
    x_train: np.ndarray = field(repr=False)
    y_train: np.ndarray = field(repr=False)
    x_val: np.ndarray = field(repr=False)
    y_val: np.ndarray = field(repr=False)
    x_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)
    class_names: list[str] = field(repr=False)
    source: str
    language: str = "en"
    seed: int = 0
    report: "FolderReport | None" = field(default=None, repr=False)

    @property
    def num_classes(self) -> int:
        return len(self.class_names)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one image, e.g. `(28, 28)` as loaded or `(28, 28, 1)` with its channel axis."""
        return self.x_train.shape[1:]

    @property
    def is_sample(self) -> bool:
        """Whether this is the offline stand-in and not the real data."""
        return self.source == OFFLINE_SAMPLE

    def __repr__(self) -> str:
        counts = " / ".join(f"{len(x):,} {split}" for split, (x, _) in self.splits().items() if len(x))
        return f"Dataset {self.name}: {counts}, images {self.image_shape} {self.x_train.dtype}, from {self.source}"

    def splits(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """`{"train": (x_train, y_train), "val": ..., "test": ...}`."""
        return {s: (getattr(self, f"x_{s}"), getattr(self, f"y_{s}")) for s in SPLITS}

    def labels(self, split: str) -> np.ndarray:
        """Integer labels `(n,)` of a split, whether or not the data set is one-hot."""
        one_of("split", split, SPLITS)
        y = getattr(self, f"y_{split}")
        return y.argmax(axis=1) if y.ndim == 2 else y

    def with_channels(self) -> "Dataset":
        """The same images with a channel axis: `(n, 28, 28)` becomes `(n, 28, 28, 1)`."""
        if len(self.image_shape) == 3:
            return self
        return self._images(lambda x: x[..., np.newaxis])

    def scaled(self) -> "Dataset":
        """Images as float32 in 0..1 with a channel axis: what a convolutional network likes to be fed.

        Whole numbers 0..255 are divided by 255; floats are taken to be scaled already and left alone.
        """
        with_channels = self.with_channels()
        if with_channels.x_train.dtype.kind not in "iu":
            return with_channels
        return with_channels._images(_divided)

    def in_shape(self, shape: tuple[int, ...]) -> "Dataset":
        """Every image in one shape, `(32, 32, 3)`, `(28, 28, 1)` or `(28, 28)`: one network for several data sets.

        Images are resized without aliasing (bilinear, as `labkit.photo` does it) and stretched if the proportions
        differ; grey is copied to three channels, colours are made grey by Pillow's weights. uint8 stays uint8.

        Raises:
            ValueError: no such shape, standardised pixels, or photos that are read from the disk.

        Example:
            >>> from labkit.data import load
            >>> load("mnist", source="sample").in_shape((32, 32, 3))
            Dataset mnist: 1,440 train / 357 test, images (32, 32, 3) uint8, from offline sample
        """
        shape = shapes.checked_shape("shape", shape)
        return self._images(lambda x: shapes.in_shape(x, shape))

    def one_hot(self) -> "Dataset":
        """Labels as float32 rows with a single 1, the form that CategoricalCrossentropy takes."""
        rows = np.eye(self.num_classes, dtype=np.float32)
        return replace(self, **{f"y_{s}": rows[self.labels(s)] for s in SPLITS})

    def subset(
        self, n: int, *, n_val: int | None = None, n_test: int | None = None, seed: int | None = None
    ) -> "Dataset":
        """Keep `n` training images, chosen at random with every class in its proportion.

        Validation and test stay whole unless `n_val` or `n_test` says how many to keep. A number
        larger than what there is keeps all.

        Raises:
            ValueError: a number is not whole, or too small to hold one image of each class.

        Example:
            >>> from labkit.data import load
            >>> load("mnist", source="sample").subset(50, n_test=20)
            Dataset mnist: 50 train / 20 test, images (28, 28) uint8, from offline sample
        """
        wanted = {"train": n, "val": n_val, "test": n_test}
        changes = {}
        for split, count in wanted.items():
            if count is None or len(getattr(self, f"x_{split}")) == 0:
                continue
            called = f"subset({count!r})" if split == "train" else f"subset(n_{split}={count!r})"
            keep = _stratified(self.labels(split), count, self.seed if seed is None else seed, called)
            x, y = self.splits()[split]
            changes |= {
                f"x_{split}": x.take(keep) if isinstance(x, ImageFiles) else x[keep],
                f"y_{split}": y[keep],
            }
        return replace(self, **changes)

    def describe(self) -> "pd.DataFrame":
        """One row a split: images, shape, dtype, smallest and largest value, mean, images per class.

        Returns:
            A table indexed by split: what sheet S4.3.2 asks about the data. Empty splits are left out.

        Example:
            >>> from labkit.data import load
            >>> load("mnist", source="sample").describe()["per class"].to_dict()
            {'train': '139 to 147', 'test': '35 to 36'}
        """
        import pandas as pd

        rows = {
            s: _describe(x, self.labels(s), self.num_classes) for s, (x, _) in self.splits().items() if len(x)
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    def coarse(self) -> "Dataset":
        """CIFAR-100 with its 20 superclasses as labels.

        Raises:
            ValueError: this data set has no superclasses, or its labels are coarse already.
        """
        names, superclass = self._superclasses()
        of = np.array(superclass, dtype=np.uint8)
        labels = {f"y_{s}": of[self.labels(s)] for s in SPLITS}
        return replace(self, class_names=names, **labels)

    def superclasses(self) -> dict[str, list[str]]:
        """The classes of each superclass by name: 20 of five classes each in CIFAR-100.

        Raises:
            ValueError: this data set has no superclasses, or its labels are coarse already.

        Example:
            >>> from labkit.data import load
            >>> load("cifar100", source="sample").superclasses()["people"]
            ['baby', 'boy', 'girl', 'man', 'woman']
        """
        names, superclass = self._superclasses()
        members: dict[str, list[str]] = {name: [] for name in names}
        for class_name, of in zip(self.class_names, superclass, strict=True):
            members[names[of]].append(class_name)
        return members

    def _superclasses(self) -> tuple[list[str], tuple[int, ...]]:
        """The superclasses' names, and which of them each class belongs to."""
        from labkit.data.catalog import CATALOG

        entry = CATALOG.get(self.name)
        if entry is None or entry.superclasses is None:
            raise ValueError(
                f"{self.name} has no coarse labels: among labkit's data sets only cifar100 has them."
            )
        if self.num_classes != entry.num_classes:
            raise ValueError(
                f"{self.name} has its {self.num_classes} coarse labels already: call coarse() once."
            )
        return list(entry.superclass_names[self.language]), entry.superclasses

    def _images(self, change: Callable[[np.ndarray], np.ndarray]) -> "Dataset":
        return replace(self, **{f"x_{s}": change(getattr(self, f"x_{s}")) for s in SPLITS})


def _divided(x: np.ndarray | ImageFiles) -> np.ndarray | ImageFiles:
    return x.scaled() if isinstance(x, ImageFiles) else np.divide(x, 255, dtype=np.float32)


def _describe(x: np.ndarray | ImageFiles, labels: np.ndarray, num_classes: int) -> dict:
    per_class = np.bincount(labels, minlength=num_classes)
    low, high = per_class.min(), per_class.max()
    smallest, largest, mean = (
        x.extremes() if isinstance(x, ImageFiles) else (x.min(), x.max(), float(x.mean()))
    )
    return {
        "images": len(x),
        "shape": x.shape,
        "dtype": str(x.dtype),
        "min": smallest,
        "max": largest,
        "mean": round(mean, 4),
        "per class": f"{low:,}" if low == high else f"{low:,} to {high:,}",
    }


def _stratified(labels: np.ndarray, count: int, seed: int, called: str) -> np.ndarray:
    """Sorted indices of `count` items, each class in proportion; `called` names the call in an error."""
    from sklearn.model_selection import train_test_split

    if not isinstance(count, int | np.integer) or isinstance(count, bool):
        raise ValueError(
            f"{called} needs a whole number of images: for a fifth of them write len(x_train) // 5."
        )
    if count >= len(labels):
        return np.arange(len(labels))
    per_class = np.unique(labels, return_counts=True)[1]
    classes = len(per_class)
    if count < classes:
        raise ValueError(
            f"{called} cannot hold one image of each of {classes} classes: ask for {classes} or more."
        )
    # Too few left over, or of one class, for scikit-learn to stratify: drop some at random.
    if len(labels) - count < classes or per_class.min() < 2:
        return np.sort(np.random.default_rng(seed).permutation(len(labels))[:count])
    keep, _ = train_test_split(np.arange(len(labels)), train_size=count, random_state=seed, stratify=labels)
    return np.sort(keep)

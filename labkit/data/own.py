"""OwnImages: pictures of one's own as images of a data set, each with its steps, label, origin and licence."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labkit.data.dataset import Dataset
from labkit.data.recipes import Box, Step
from labkit.data.reports import SHOWN, amount
from labkit.files import replacing

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "own images"
DIVIDED = "divided by 255"


@dataclass(frozen=True, eq=False)
class OwnImage:
    """One picture and the image made of it.

    Attributes:
        file: its path in the folder.
        label: number of its class.
        pixels: uint8, in the shape of the data set's images.
        steps: from the picture in the file to these pixels.
        width, height: of the upright picture.
        seen: left, top, width and height of the part of it that the image shows.
        origin, licence: as noted, or "not stated".
    """

    file: str
    label: int
    class_name: str
    pixels: np.ndarray = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    width: int
    height: int
    seen: Box = field(repr=False)
    origin: str
    licence: str

    @property
    def original(self) -> np.ndarray:
        """The upright picture, uint8 `(height, width, 3)`; made smaller if it has more than 512 pixels a side."""
        return next(
            step.image for step in reversed(self.steps[:2]) if step.name in ("turned upright", "original")
        )

    @property
    def recipe(self) -> str:
        """The steps in one line."""
        return " → ".join(map(repr, self.steps))


@dataclass(frozen=True, eq=False)
class OwnReport:
    """What was found in a folder of own pictures.

    Attributes:
        folder: its name.
        files: one row a file: `file`, `status` (`"used"` or `"skipped"`), `reason` of what was skipped, `class`,
            `width`, `height`, `format`, `notes` (what had to be done to it), `origin`, `licence`.
        warnings: one line each.
    """

    folder: str
    files: "pd.DataFrame" = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def skipped(self) -> "pd.DataFrame":
        """The files that could not be used, and why."""
        return self.files.loc[self.files["status"] == "skipped", ["file", "reason"]].reset_index(drop=True)

    def __repr__(self) -> str:
        used, skipped = self.files[self.files["status"] == "used"], self.skipped
        lines = [
            f"{self.folder}: {amount(len(used), 'own image')} of {used['class'].nunique()} classes, "
            f"{amount(len(skipped), 'file')} skipped",
            *(f"  {line}" for line in self.warnings),
            *(f"  skipped: {row.file} {row.reason}" for row in skipped.head(SHOWN).itertuples()),
        ]
        if len(skipped) > SHOWN:
            lines.append(f"  and {len(skipped) - SHOWN:,} more: see report.skipped")
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class OwnImages:
    """Images of one's own in the form of a data set, which `own_images` reads and `extend` shares out.

    Attributes:
        name: of the folder.
        like: name of the data set whose form the images have.
        images: an `OwnImage` each, in the order of `x` and `y`.
        class_names: of the data set, in label order.
        shape: of one image, as `Dataset.image_shape`.
        is_scaled: whether `x` is float32 in 0..1, or uint8 in 0..255.
        report: what was found in the folder, also after `extend`.

    Example:
        >>> from labkit.data import own_images
        >>> own = own_images("cifar10")
        >>> own
        OwnImages cifar10: 40 images (32, 32, 3) uint8 of 10 classes, like cifar10
        >>> own.scaled().x.dtype, own.y.shape
        (dtype('float32'), (40,))
    """

    name: str
    like: str
    images: tuple[OwnImage, ...] = field(repr=False)
    class_names: list[str] = field(repr=False)
    shape: tuple[int, ...]
    is_scaled: bool = False
    language: str = "en"
    report: OwnReport | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        classes, kind = len(np.unique(self.y)), "float32" if self.is_scaled else "uint8"
        return (
            f"OwnImages {self.name}: {amount(len(self), 'image')} {self.shape} {kind} of {classes} classes, "
            f"like {self.like}"
        )

    @property
    def x(self) -> np.ndarray:
        """The images `(n, *shape)`, uint8 0..255, or float32 0..1 after `scaled()`."""
        x = np.array([image.pixels for image in self.images], np.uint8).reshape(len(self), *self.shape)
        return np.divide(x, 255, dtype=np.float32) if self.is_scaled else x

    @property
    def y(self) -> np.ndarray:
        """Labels `(n,)`, as in the data set."""
        return np.array(
            [image.label for image in self.images], np.uint8 if len(self.class_names) <= 256 else np.int64
        )

    @property
    def dataset(self) -> Dataset:
        """The images as the test split of a Dataset, for `evaluate` and `plots`; nothing is in its other splits."""
        x, y = self.x, self.y
        arrays = {
            f"{array}_{split}": value[:0]
            for split in ("train", "val")
            for array, value in (("x", x), ("y", y))
        }
        return Dataset(
            name=self.name, **arrays, x_test=x, y_test=y, class_names=self.class_names, source=SOURCE,
            language=self.language,
        )  # fmt: skip

    def scaled(self) -> "OwnImages":
        """The same images as float32 in 0..1 with a channel axis: as `Dataset.scaled()` gives them."""
        return self.in_form(self.shape if len(self.shape) == 3 else (*self.shape, 1), True)

    def in_form(self, shape: tuple[int, ...], is_scaled: bool) -> "OwnImages":
        """The same images in another form of the same data set, with or without channel axis, scaled or not."""
        images = tuple(_ranged(image, is_scaled) for image in self.images)
        return replace(self, images=images, shape=shape, is_scaled=is_scaled)

    def take(self, indices: Sequence[int] | np.ndarray) -> "OwnImages":
        """Some of the images, by their positions.

        Example:
            >>> from labkit.data import own_images
            >>> len(own_images("fashion_mnist").take([0, 3]))
            2
        """
        return replace(self, images=tuple(self.images[i] for i in indices))

    def table(self) -> "pd.DataFrame":
        """One row an image: file, class, size of the picture, recipe, origin and licence."""
        import pandas as pd

        rows = [
            {
                "file": image.file,
                "class": image.class_name,
                "width": image.width,
                "height": image.height,
                "recipe": image.recipe,
                "origin": image.origin,
                "licence": image.licence,
            }
            for image in self.images
        ]
        return pd.DataFrame(rows)

    def save(self, folder: str | Path) -> list[Path]:
        """Write the images as PNG files of their own size, in class folders as the pictures lie.

        Returns:
            The files.

        Raises:
            OSError: the folder cannot be written to.
        """
        from PIL import Image

        paths = []
        for image in self.images:
            paths.append(Path(folder, image.file).with_suffix(".png"))
            pixels = image.pixels[..., 0] if image.pixels.shape[2:] == (1,) else image.pixels
            with replacing(paths[-1]) as part:
                Image.fromarray(pixels).save(part, optimize=True)
        return paths


def _ranged(image: OwnImage, is_scaled: bool) -> OwnImage:
    """The image with the step that divides, or without it."""
    steps = [step for step in image.steps if step.name != DIVIDED]
    if is_scaled:
        x = np.divide(image.pixels, 255, dtype=np.float32)
        steps.append(Step(DIVIDED, x, f"float32, {x.min():.2f} to {x.max():.2f}"))
    return replace(image, steps=tuple(steps))

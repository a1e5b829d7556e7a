"""Recipes: from a picture of any size to one image of a data set, every step on the way kept and named."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from labkit.decoding import BadPictureError, Photo
from labkit.photo import SMOOTH, fitted

SHOWN = 512  # pixels: steps of larger pictures are kept at this size, to be looked at
TRIM = 0.05  # of the largest distance between two colours: what is nearer to the ground's colour is ground
FEW = 0.005  # of a row or column: fewer pixels that are not ground are specks
CORNER = 0.08  # of the shorter side: the squares in the four corners that tell the ground

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Step:
    """A picture on its way.

    Attributes:
        name: what was done, in English; `labkit.plots` says it in the chosen language.
        image: `(height, width)` or `(height, width, channels)`; large ones made smaller, to be looked at.
        detail: the numbers of this step.
    """

    name: str
    image: np.ndarray
    detail: str = ""

    def __repr__(self) -> str:
        return f"{self.name} ({self.detail})" if self.detail else self.name


@dataclass(frozen=True)
class Recipe:
    """How a picture becomes an image of a data set.

    Attributes:
        shape: of the image, `(height, width)` or `(height, width, 1 or 3)`.
        alone: the data set shows single things on black that fill the image (Fashion-MNIST, MNIST): the ground
            is cut off and made black. Else the picture is cropped as it is (CIFAR-10).
        box: pixels, the longest side of such a thing: 28 in Fashion-MNIST, 20 in MNIST.
        crop: `"centre"`, the largest crop in the middle with the image's proportions; `"whole"`, everything,
            between black bars if need be; or by hand, in pixels of the upright picture: `(left, top, width)`,
            or `(left, top, width, height)`. Not given: the centre, or the whole of a thing that is alone.
        invert: light and dark, where `alone`; decided by the ground in the corners if not given.
    """

    shape: tuple[int, ...]
    alone: bool = False
    box: int = 28
    crop: str | tuple[int, ...] | None = None
    invert: bool | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a recipe made: uint8 pixels in its shape, the steps, and which part of the upright picture is left."""

    pixels: np.ndarray
    steps: tuple[Step, ...]
    seen: Box


def prepare(photo: Photo, recipe: Recipe) -> Prepared:
    """Follow a recipe: upright, cropped, resized without aliasing; trimmed, grey and on black where it stands alone.

    That of Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv:1708.07747, section 2) trims what has nearly the
    colour of the corners, makes the longest side 28, extends the other one, negates and makes grey. Here the
    resizing averages instead of skipping rows, nothing is sharpened, and a ground that is not quite
    black after inversion is made so.

    Raises:
        BadPictureError: the crop leads out of the picture.

    Example:
        >>> photo = Photo(Image.new("RGB", (60, 40), "red"), 60, 40, "PNG", [])
        >>> made = prepare(photo, Recipe((32, 32, 3)))
        >>> made.pixels.shape, made.seen
        ((32, 32, 3), (10, 0, 40, 40))
        >>> made.steps[1:]
        (crop (40 x 40, x 10, y 0), resized (32 x 32), range (uint8, 0 to 255))
    """
    steps = [Step("original", _shown(photo.as_stored()), _size(photo.as_stored(), photo.format))]
    if photo.orientation > 1:
        steps.append(Step("turned upright", _shown(photo.image), f"EXIF {photo.orientation}"))
    box = _crop(photo.image.size, recipe)
    picture = photo.image.convert("RGB").crop(_edges(box))
    if picture.size != photo.image.size:
        by_hand = "crop by hand" if isinstance(recipe.crop, tuple) else "crop"
        steps.append(Step(by_hand, _shown(picture), f"{_size(picture)}, x {box[0]}, y {box[1]}"))
    pixels, box = (_alone if recipe.alone else _scene)(picture, box, recipe, steps)
    steps.append(Step("range", pixels.reshape(recipe.shape), f"uint8, {pixels.min()} to {pixels.max()}"))
    return Prepared(steps[-1].image, tuple(steps), box)


def _scene(picture: Image.Image, box: Box, recipe: Recipe, steps: list[Step]) -> tuple[np.ndarray, Box]:
    """As in CIFAR-10: the crop, resized; grey where the data set is."""
    small = fitted(picture, *recipe.shape[:2], "pad" if recipe.crop == "whole" else "crop")
    steps.append(Step("resized", np.asarray(small), _size(small)))
    if recipe.shape[2:] != (3,):
        small = small.convert("L")
        steps.append(Step("grey", np.asarray(small)))
    return np.asarray(small), box


def _alone(picture: Image.Image, box: Box, recipe: Recipe, steps: list[Step]) -> tuple[np.ndarray, Box]:
    """As in Fashion-MNIST: trimmed, its longest side as long as the box, grey, light on black, in the middle."""
    inner = _trimmed(picture)
    picture = picture.crop(_edges(inner))
    box = (box[0] + inner[0], box[1] + inner[1], *inner[2:])
    steps.append(Step("trimmed", _shown(picture), _size(picture)))
    ground = steps[-2].image  # before it was trimmed, when its corners were surely ground
    small = _scaled(picture, recipe)
    steps.append(Step("resized", np.asarray(small), _size(small)))
    grey = np.asarray(small.convert("L"))
    steps.append(Step("grey", grey))
    level = int(np.median(_corners(np.asarray(Image.fromarray(ground).convert("L")))))
    if level > 127 if recipe.invert is None else recipe.invert:
        grey = 255 - grey
        steps.append(Step("inverted", grey, f"{level} > 127" if level > 127 else f"{level}"))
        level = 255 - level
    grey = _above(grey, level)
    steps.append(Step("ground made black", grey, f"{level} → 0"))
    canvas = np.zeros(recipe.shape[:2], np.uint8)
    top, left = ((whole - part) // 2 for whole, part in zip(canvas.shape, grey.shape, strict=True))
    canvas[top : top + grey.shape[0], left : left + grey.shape[1]] = grey
    steps.append(Step("centred", canvas, "{1} x {0}".format(*canvas.shape)))
    channels = 3 if recipe.shape[2:] == (3,) else 1
    return canvas[..., np.newaxis].repeat(channels, axis=-1), box


def _crop(size: tuple[int, int], recipe: Recipe) -> Box:
    """Left, top, width and height of what is kept of a picture of this size."""
    crop = recipe.crop or ("whole" if recipe.alone else "centre")
    width, height = size
    if crop == "whole":
        return 0, 0, width, height
    ratio = recipe.shape[1] / recipe.shape[0]
    if crop == "centre":
        wide, high = min(width, round(height * ratio)), min(height, round(width / ratio))
        return (width - wide) // 2, (height - high) // 2, wide, high
    left, top, wide = crop[:3]
    high = crop[3] if len(crop) == 4 else round(wide / ratio)
    if left < 0 or top < 0 or wide < 1 or high < 1 or left + wide > width or top + high > height:
        raise BadPictureError(
            f"is {width} x {height} pixels, and the crop {list(crop)} leads out of it: left, top, width (and height) "
            "are pixels of the upright picture"
        )
    return left, top, wide, high


def _trimmed(picture: Image.Image) -> Box:
    """The part that holds all that has not nearly the colour of the corners."""
    colours = np.asarray(picture, dtype=float)
    far = np.linalg.norm(colours - np.median(_corners(colours), axis=0), axis=2) > TRIM * 255 * np.sqrt(3)
    rows, columns = (np.flatnonzero(far.mean(axis=axis) > FEW) for axis in (1, 0))
    if not len(rows) or not len(columns):
        raise BadPictureError("shows nothing on its ground: all of it has nearly the colour of its corners")
    return (
        int(columns[0]),
        int(rows[0]),
        int(columns[-1] - columns[0]) + 1,
        int(rows[-1] - rows[0]) + 1,
    )


def _corners(pixels: np.ndarray) -> np.ndarray:
    """The pixels of the four corners, one after another."""
    n = max(1, round(CORNER * min(pixels.shape[:2])))
    parts = (pixels[:n, :n], pixels[:n, -n:], pixels[-n:, :n], pixels[-n:, -n:])
    return np.concatenate([part.reshape(-1, *pixels.shape[2:]) for part in parts])


def _scaled(picture: Image.Image, recipe: Recipe) -> Image.Image:
    scale = min(recipe.box, *recipe.shape[:2]) / max(picture.size)
    return picture.resize([max(1, round(side * scale)) for side in picture.size], SMOOTH)


def _above(grey: np.ndarray, level: int) -> np.ndarray:
    """Brightness above that of the ground; white stays white."""
    if level >= 255:
        return np.zeros_like(grey)
    return np.clip((grey.astype(float) - level) * 255 / (255 - level), 0, 255).round().astype(np.uint8)


def _edges(box: Box) -> Box:
    left, top, width, height = box
    return left, top, left + width, top + height


def _shown(picture: Image.Image) -> np.ndarray:
    if max(picture.size) > SHOWN:
        picture = picture.copy()
        picture.thumbnail((SHOWN, SHOWN), SMOOTH)
    return np.asarray(picture.convert("RGB"))


def _size(picture: Image.Image, *more: str) -> str:
    return ", ".join((f"{picture.width} x {picture.height}", *more))

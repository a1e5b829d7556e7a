"""Deletion and insertion: does the network's answer depend on the pixels that a map calls important?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np

from labkit.explain.grids import checked_images, checked_maps
from labkit.explain.inputs import as_classes
from labkit.metrics import to_probabilities

FILLS = ("mean", "blur")
_ROOM = 2**26  # bytes of changed images that are shown to the network at once
_BLUR = 1 / 8  # sigma of the blur as a share of the image's shorter side


@dataclass(frozen=True, eq=False)
class Curves:
    """The probability of a class while an image is deleted, or comes back, pixel by pixel.

    Attributes:
        fractions: of the pixels that have been changed, `(steps + 1,)`, from 0 to 1.
        probabilities: `(n, steps + 1)`, of each image's class.
    """

    fractions: np.ndarray
    probabilities: np.ndarray = field(repr=False)

    @property
    def auc(self) -> np.ndarray:
        """The area under each curve by the trapezoidal rule, `(n,)`, from 0 to 1."""
        return np.trapezoid(self.probabilities, self.fractions, axis=1)


def deletion(
    model: Any, images: np.ndarray, maps: Any, classes: Any = None, *, fill: str | float = "mean",
    steps: int = 16, batch_size: int = 256, seed: int = 0,
) -> Curves:  # fmt: skip
    """Take the most important pixels away first and watch the class's probability fall: a low area is good.

    Petsiuk, Das & Saenko, RISE: randomized input sampling for explanation of black-box models, BMVC 2018,
    who put grey in the place of the pixels. The images that arise are none the network was trained on, and
    how fast it falls depends on the fill too: compare methods under the same fill, and with the baselines.

    Args:
        model: anything with Keras's `predict`; logits go through a softmax.
        images: `(n, height, width, channels)`, in the form the model was trained on.
        maps: an Explanation or `(n, h, w)` of any grid, larger is more important; brought to the images
            bilinearly. Pixels of the same value come in an order drawn by lot, so that an empty map is judged as a random one.
        classes: integers, one an image; if not given, those of the Explanation, else the predicted ones.
        fill: what stands in the place of a deleted pixel: `"mean"`, the image's mean colour, `"blur"`, the
            blurred image, or a number such as 0.
        steps: in how many steps, all of the same number of pixels.
        seed: of the order among pixels of the same value.

    Raises:
        ValueError: maps, images, classes or fill do not fit; the message says which.

    Example:
        >>> from labkit import models
        >>> x = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
        >>> deletion(models.softmax_regression((8, 8, 1)), x, np.ones((2, 4, 4)), steps=4).fractions.tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    images = checked_images(images)
    classes = told_classes({"the Explanation": maps}, classes)
    judge = Judge(model, images, classes, steps, batch_size, seed)
    return judge.curves(images, filled(images, fill), maps)


def insertion(
    model: Any, images: np.ndarray, maps: Any, classes: Any = None, *, fill: str | float = "blur",
    steps: int = 16, batch_size: int = 256, seed: int = 0,
) -> Curves:  # fmt: skip
    """Start from a blurred image and bring the most important pixels back first: a high area is good.

    Petsiuk, Das & Saenko, RISE, BMVC 2018, who start from a blur, since pixels put on a flat ground make
    sharp edges. Arguments, errors and the rule for pixels of the same value are those of `deletion`.

    Example:
        >>> from labkit import models
        >>> x = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
        >>> insertion(models.softmax_regression((8, 8, 1)), x, np.ones((2, 4, 4)), steps=4).auc.shape
        (2,)
    """
    images = checked_images(images)
    classes = told_classes({"the Explanation": maps}, classes)
    judge = Judge(model, images, classes, steps, batch_size, seed)
    return judge.curves(filled(images, fill), images, maps)


def deleted(
    images: np.ndarray, maps: Any, fractions: Sequence[float] = (0, 0.05, 0.1, 0.25, 0.5, 1),
    *, fill: str | float = "mean", seed: int = 0,
) -> np.ndarray:  # fmt: skip
    """What `deletion` shows to the network: the images without the most important share of their pixels.

    Returns:
        `(n, len(fractions), height, width, channels)`, float32.

    Example:
        >>> x = np.ones((1, 2, 2, 1)); x[0, 0, 0] = 5
        >>> deleted(x, x[..., 0], [0, 0.25], fill=0)[0, :, 0, 0, 0].tolist()
        [5.0, 0.0]
    """
    images = checked_images(images)
    places = ranks(checked_maps(maps, images), seed)[..., np.newaxis]
    end, pixels = filled(images, fill), places[0].size
    mixed = [np.where(places < round(pixels * share), end, images) for share in fractions]
    return np.stack(mixed, axis=1).astype(np.float32)


def filled(images: np.ndarray, fill: str | float) -> np.ndarray:
    """What an image becomes when all of it is deleted, float32 in the shape of the images.

    Example:
        >>> filled(np.array([[[[0.0], [1.0]]]]), "mean").ravel().tolist()
        [0.5, 0.5]
    """
    images = images.astype(np.float32)
    if fill == "mean":
        return np.broadcast_to(images.mean(axis=(1, 2), keepdims=True), images.shape)
    if fill == "blur":
        from scipy import ndimage

        sigma = _BLUR * min(images.shape[1:3])
        return ndimage.gaussian_filter(images, (0, sigma, sigma, 0))
    if isinstance(fill, str) or not np.isfinite(fill):
        raise ValueError(f"fill must be 'mean', 'blur' or a number such as 0, not {fill!r}.")
    return np.full_like(images, fill)


def ranks(maps: np.ndarray, seed: int = 0) -> np.ndarray:
    """The place of each pixel in the order of importance, 0 the most important; ties are drawn by lot.

    Example:
        >>> ranks(np.array([[[0.1, 0.9], [0.5, -1.0]]])).tolist()
        [[[2, 0], [1, 3]]]
    """
    flat = maps.reshape(len(maps), -1)
    lots = np.random.default_rng(seed).random(flat.shape)
    order = np.lexsort((lots, -flat), axis=1)
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(flat.shape[1])[np.newaxis], axis=1)
    return places.reshape(maps.shape)


class Judge:
    """A network that is asked about changed images: everything that stays the same from map to map.

    Attributes:
        classes: one an image, int32 `(n,)`.
    """

    def __init__(self, model: Any, images: np.ndarray, classes: Any, steps: int, batch_size: int, seed: int):
        if not isinstance(steps, Integral) or steps < 1:
            raise ValueError(f"steps must be a whole number of 1 or more, not {steps!r}.")
        self.model, self.images, self.batch_size, self.seed = model, images, batch_size, seed
        pixels = images.shape[1] * images.shape[2]
        self.changed = [round(pixels * step / steps) for step in range(steps + 1)]
        self.classes = as_classes(classes, self.probabilities(images))

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        images = images.astype(np.float32)
        return to_probabilities(self.model.predict(images, batch_size=self.batch_size, verbose=0))

    def curves(self, start: np.ndarray, end: np.ndarray, maps: Any) -> Curves:
        """The class's probability while the pixels of `start` become those of `end`, the important ones first."""
        places = ranks(checked_maps(maps, self.images), self.seed)[..., np.newaxis]
        # Many steps in one call: Keras needs longer to begin a predict() than a small net for its answer.
        at_once = max(1, _ROOM // (len(self.changed) * self.images[0].size * 4))
        points = []
        for first in range(0, len(places), at_once):
            some = slice(first, first + at_once)
            mixed = [np.where(places[some] < count, end[some], start[some]) for count in self.changed]
            of = self.classes[some]
            answers = self.probabilities(np.concatenate(mixed)).reshape(len(mixed), len(of), -1)
            points.append(answers[:, np.arange(len(of)), of].T)
        return Curves(np.array(self.changed) / self.changed[-1], np.concatenate(points))


def told_classes(maps: Mapping[str, Any], classes: Any) -> Any:
    """The classes that the Explanations among the maps are about; these must be the ones that were asked for.

    Raises:
        ValueError: they are not.

    Example:
        >>> told_classes({"flat": np.ones((2, 4, 4))}, [3, 5])
        [3, 5]
    """
    for name, found in maps.items():
        told = getattr(found, "classes", None)
        if told is None:
            continue
        classes = told if classes is None else classes
        wanted = np.full_like(told, classes) if np.ndim(classes) == 0 else np.asarray(classes)
        if not np.array_equal(wanted, told):
            raise ValueError(
                f"{name} explains other classes than asked for, or than the maps before it: "
                "give the same to every method, explain(..., classes=...)."
            )
    return classes

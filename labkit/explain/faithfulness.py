"""Faithfulness: does the network's answer depend on the pixels that a map calls important?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labkit.explain.agreement import rank_correlation
from labkit.explain.baselines import baseline_maps
from labkit.explain.grids import checked_classes, checked_images, checked_maps
from labkit.explain.pointing import energy_inside, pointing_game
from labkit.explain.scores import Faithfulness
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
    model: Any, images: np.ndarray, maps: np.ndarray, classes: Any = None, *, fill: str | float = "mean",
    steps: int = 16, batch_size: int = 256, seed: int = 0,
) -> Curves:  # fmt: skip
    """Take the most important pixels away first and watch the class's probability fall: a low area is good.

    Petsiuk, Das & Saenko, RISE: randomized input sampling for explanation of black-box models, BMVC 2018,
    who put grey in the place of the pixels. The images that arise are none the network was trained on, and
    how fast it falls depends on the fill too: compare methods under the same fill, and with the baselines.

    Args:
        model: anything with Keras's `predict`; logits go through a softmax.
        images: `(n, height, width, channels)`, in the form the model was trained on.
        maps: `(n, h, w)` of any grid, larger is more important; brought to the images bilinearly. Pixels of
            the same value come in an order drawn by lot, so that an empty map is judged as a random one.
        classes: integers, one an image; the predicted class if not given.
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
    start, end = images, filled(images, fill)
    return _curves(model, images, start, end, maps, classes, steps, batch_size, seed)


def insertion(
    model: Any, images: np.ndarray, maps: np.ndarray, classes: Any = None, *, fill: str | float = "blur",
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
    start, end = filled(images, fill), images
    return _curves(model, images, start, end, maps, classes, steps, batch_size, seed)


def deleted(
    images: np.ndarray, maps: np.ndarray, fractions: Sequence[float] = (0, 0.05, 0.1, 0.25, 0.5, 1),
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


def measure_faithfulness(
    model: Any, images: np.ndarray, maps: Mapping[str, np.ndarray], classes: Any = None, *,
    masks: np.ndarray | None = None, reference: np.ndarray | None = None, deletion_fill: str | float = "mean",
    insertion_fill: str | float = "blur", steps: int = 16, margin: int = 0, batch_size: int = 256, seed: int = 0,
) -> Faithfulness:  # fmt: skip
    """Judge one or several methods on the same images, always beside the three baselines.

    Args:
        maps: name of the method -> maps `(n, h, w)`, raw: an all-zero map is a result and is counted as empty.
        classes: that the maps speak of, one an image; the predicted classes if not given.
        masks: `(n, height, width)`, true on the object: adds the pointing game and the energy inside.
        reference: maps `(n, h, w)` that the methods should agree with: adds Spearman's rank correlation.
        margin: of the pointing game, in pixels.
        seed: of the random baseline and of the order among pixels of the same value.

    The other arguments and the errors are those of `deletion`, `pointing_game` and `rank_correlation`.

    Returns:
        The scores of every image, tables with bootstrap intervals, and the curves: see `Faithfulness`.

    Example:
        >>> from labkit import models
        >>> x = np.random.default_rng(0).random((4, 8, 8, 1), np.float32)
        >>> judged = measure_faithfulness(models.softmax_regression((8, 8, 1)), x, {"flat": np.ones((4, 2, 2))})
        >>> list(judged.table().index)
        ['flat', 'random', 'centred Gaussian', 'Sobel']
    """
    images = checked_images(images)
    baselines = baseline_maps(images, seed=seed)
    _check_names(maps, baselines)
    if classes is None:
        classes = _predicted(model, images, batch_size)
    common = {"steps": steps, "batch_size": batch_size, "seed": seed}
    scores, curves = {}, {"deletion": {}, "insertion": {}}
    for name, given in {**maps, **baselines}.items():
        found = checked_maps(given, images, f"the maps of {name}")
        down = deletion(model, images, found, classes, fill=deletion_fill, **common)
        up = insertion(model, images, found, classes, fill=insertion_fill, **common)
        curves["deletion"][name], curves["insertion"][name] = down.probabilities, up.probabilities
        scores[name] = {"deletion": down.auc, "insertion": up.auc}
        if masks is not None:
            pointing = pointing_game(found, masks, margin=margin)
            scores[name] |= {"pointing": pointing, "energy": energy_inside(found, masks)}
        if reference is not None:
            scores[name]["agreement"] = rank_correlation(reference, found)
        scores[name]["empty"] = (np.asarray(given) <= 0).all(axis=(1, 2)).astype(float)
    return Faithfulness.of(scores, curves, down.fractions, tuple(baselines))


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


def _curves(model, images, start, end, maps, classes, steps, batch_size, seed) -> Curves:
    """The class's probability while the pixels of `start` become those of `end`, the important ones first."""
    if steps < 1:
        raise ValueError(f"steps must be a whole number of 1 or more, not {steps!r}.")
    places = ranks(checked_maps(maps, images), seed)[..., np.newaxis]
    pixels = places[0].size
    changed = [round(pixels * step / steps) for step in range(steps + 1)]
    if classes is None:
        classes = _predicted(model, images, batch_size)
    # Many steps in one call: Keras needs longer to begin a predict() than a small net for its answer.
    at_once = max(1, _ROOM // (len(changed) * images[0].size * 4))
    points = []
    for first in range(0, len(images), at_once):
        some = slice(first, first + at_once)
        mixed = [np.where(places[some] < count, end[some], start[some]) for count in changed]
        answers = _probabilities(model, np.concatenate(mixed).astype(np.float32), batch_size)
        of = checked_classes(classes, len(images), answers.shape[1])[some]
        answers = answers.reshape(len(changed), len(of), -1)
        points.append(answers[:, np.arange(len(of)), of].T)
    return Curves(np.array(changed) / pixels, np.concatenate(points))


def _probabilities(model: Any, images: np.ndarray, batch_size: int) -> np.ndarray:
    return to_probabilities(model.predict(images, batch_size=batch_size, verbose=0))


def _predicted(model: Any, images: np.ndarray, batch_size: int) -> np.ndarray:
    return _probabilities(model, images.astype(np.float32), batch_size).argmax(axis=1)


def _check_names(maps: Any, baselines: Mapping) -> None:
    if not isinstance(maps, Mapping) or not maps:
        raise ValueError("maps must be a dict, name of the method -> maps, such as {'Grad-CAM++': maps}.")
    if taken := set(maps) & set(baselines):
        raise ValueError(
            f"{taken.pop()!r} is the name of a baseline, which is added by itself: choose another."
        )

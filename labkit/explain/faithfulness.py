"""Faithfulness: every measure of a map that we have, for several methods on the same images, beside the baselines."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labkit.explain.agreement import rank_correlation
from labkit.explain.baselines import baseline_maps
from labkit.explain.grids import checked_images, checked_maps
from labkit.explain.perturbation import Judge, filled, told_classes
from labkit.explain.pointing import energy_inside, pointing_game
from labkit.explain.scores import Faithfulness


def measure_faithfulness(
    model: Any, images: np.ndarray, maps: Mapping[str, Any], classes: Any = None, *,
    masks: np.ndarray | None = None, reference: Any = None, deletion_fill: str | float = "mean",
    insertion_fill: str | float = "blur", steps: int = 16, margin: int = 0, batch_size: int = 256, seed: int = 0,
) -> Faithfulness:  # fmt: skip
    """Judge one or several methods on the same images, always beside the three baselines.

    Args:
        maps: name of the method -> Explanation, or maps `(n, h, w)`, raw: an all-zero map is a result and is
            counted as empty.
        classes: that the maps speak of, one an image; if not given, those of the Explanations, else the
            predicted ones.
        masks: `(n, height, width)`, true on the object: adds the pointing game and the energy inside.
        reference: Explanation or maps `(n, h, w)` that the methods should agree with: adds Spearman's rank correlation.
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
    reference = None if reference is None else checked_maps(reference, images, "the reference")
    _check_names(maps, baselines)
    judge = Judge(model, images, told_classes(maps, classes), steps, batch_size, seed)
    without = filled(images, deletion_fill), filled(images, insertion_fill)
    scores, curves = {}, {"deletion": {}, "insertion": {}}
    for name, given in {**maps, **baselines}.items():
        found = checked_maps(given, images, f"the maps of {name}")
        down, up = judge.curves(images, without[0], found), judge.curves(without[1], images, found)
        curves["deletion"][name], curves["insertion"][name] = down.probabilities, up.probabilities
        scores[name] = {"deletion": down.auc, "insertion": up.auc}
        if masks is not None:
            pointing = pointing_game(found, masks, margin=margin)
            scores[name] |= {"pointing": pointing, "energy": energy_inside(found, masks)}
        if reference is not None:
            scores[name]["agreement"] = rank_correlation(reference, found)
        scores[name]["empty"] = (found <= 0).all(axis=(1, 2)).astype(float)
    return Faithfulness.of(scores, curves, down.fractions, tuple(baselines))


def _check_names(maps: Any, baselines: Mapping) -> None:
    if not isinstance(maps, Mapping) or not maps:
        raise ValueError(
            "maps must be a dict, name of the method -> maps, such as {'Grad-CAM++': explain(...)}."
        )
    if taken := set(maps) & set(baselines):
        raise ValueError(
            f"{taken.pop()!r} is the name of a baseline, which is added by itself: choose another."
        )

"""Occlusion: cover a part of the image and see how much the logit falls. No gradients, nothing to misread."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np


def occlusion(
    logits_of: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    classes: np.ndarray,
    *,
    baseline: np.ndarray,
    cells: int,
) -> np.ndarray:
    """How much the class's logit falls when each cell of a grid is covered.

    Args:
        logits_of: `images -> logits`, for any number of images.
        x: images `(n, height, width, channels)`.
        classes: `(n,)`.
        baseline: what covers, images of the shape of `x`.
        cells: rows and columns of the grid, at most one a pixel; where they do not divide the image, cells differ
            by a pixel.

    Returns:
        `(n, rows, columns)`: positive where the network needs the cell, negative where it is in the way.

    Source:
        Zeiler & Fergus, Visualizing and understanding convolutional networks, arXiv:1311.2901, 2013, section 4.2.

    Example:
        >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
        >>> logits_of = lambda x: x.sum(axis=(1, 2))  # of one class: the sum of the pixels
        >>> occlusion(logits_of, x, np.array([0]), baseline=0 * x, cells=2)[0].tolist()
        [[10.0, 18.0], [42.0, 50.0]]
    """
    rows, columns = _edges(x.shape[1], cells), _edges(x.shape[2], cells)
    places = [(slice(*r), slice(*c)) for r in pairwise(rows) for c in pairwise(columns)]
    maps = []
    for image, cover, label in zip(x, baseline, classes, strict=True):
        covered = np.repeat(image[np.newaxis], len(places) + 1, axis=0)  # the last one stays as it is
        for copy, place in zip(covered, places, strict=False):
            copy[place] = cover[place]
        logits = logits_of(covered)[:, label]
        maps.append((logits[-1] - logits[:-1]).reshape(len(rows) - 1, len(columns) - 1))
    return np.stack(maps)


def _edges(pixels: int, cells: int) -> list[int]:
    return np.linspace(0, pixels, min(cells, pixels) + 1).round().astype(int).tolist()

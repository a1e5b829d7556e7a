"""Several explanations of the same images side by side: methods, layers, or classes."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from labkit.plots.maps import DRAWN_CELLS, draw_cells
from labkit.plots.pixels import as_images, draw_map, in_range
from labkit.plots.style import new, sign, word

STEP = 1.06  # from one picture to the next, in widths of an image
LONGEST_NAME = 14  # letters a line
LINE = 0.14  # height of a line, in inches


def compare_explanations(
    explanations: Mapping[str, Any],
    images: np.ndarray | None = None,
    *,
    captions: Sequence[str] = (),
    smooth: bool = False,
    peaks: bool = True,
    opacity: float = 1.0,
    size: float = 1.0,
    source: str = "",
    ax: Axes | None = None,
) -> Axes:
    """One row an image: the image itself, then its map by every method (or layer, or class) under the name of that.

    Every map has its own scale, from 0 to its maximum, and one without a positive cell stays empty, as in
    `plot_explanation`. Below each name is the grid that was computed; its cells are shown as they are.

    Args:
        explanations: name -> Explanation, or maps `(n, h, w)`, such as `explain.baseline_maps` gives.
        images: that the maps are of; if not given, those of the first Explanation.
        captions: one an image, at the left.
        smooth: enlarge maps that are coarser than the image bilinearly: it looks like more than was computed.
        peaks: whether a cross marks the largest number of each map.
        opacity: of the maps; below 1 the image shines through.
        size: of one image, in inches.
        source: of the images, for the note in the corner.

    Raises:
        ValueError: there are no images, or not as many maps or captions.

    Example:
        >>> ax = compare_explanations({"a": np.eye(2)[None], "b": np.ones((1, 4, 4))}, np.zeros((1, 8, 8, 1)))
        >>> len(ax.images)
        5
    """
    pictures = in_range(as_images(_images(explanations, images)))
    _check_counts(explanations, pictures, captions)
    columns, rows = len(explanations) + 1, len(pictures)
    names = {name: _wrapped(name) for name in explanations}
    margin = 1.3 if captions else 0.0
    head = LINE * (1.5 + max(name.count("\n") + 1 for name in names.values())) / size
    ax = ax or new((size * (columns * STEP + margin), size * (rows * STEP + head)))
    for row, picture in enumerate(pictures):
        for column in range(columns):
            ax.imshow(picture, cmap="gray", extent=_place(row, column), interpolation="nearest")
        if captions:
            ax.text(-0.08, -STEP * row - 0.5, captions[row], ha="right", va="center", fontsize=8)
    _name(ax, 0, word("image"))
    for column, (name, found) in enumerate(explanations.items(), 1):
        maps = np.asarray(getattr(found, "maps", found))
        _name(ax, column, f"{names[name]}\n{maps.shape[1]}×{maps.shape[2]}")
        is_signed = bool(getattr(found, "signed", False))
        for row, values in enumerate(maps):
            _draw(
                ax, values, _place(row, column), smooth=smooth, peak=peaks, signed=is_signed, opacity=opacity
            )
    ax.set(xlim=(-margin - 0.02, columns * STEP), ylim=(-rows * STEP, head))
    ax.axis("off")
    return sign(ax, source)


def _draw(
    ax: Axes, values: np.ndarray, place: tuple, *, smooth: bool, peak: bool, signed: bool, opacity: float
) -> None:
    draw_map(ax, values, place, signed=signed, opacity=opacity, fontsize=6, smooth=smooth)
    if max(values.shape) <= DRAWN_CELLS:
        draw_cells(ax, values.shape, place)
    if peak and values.max() > 0:
        row, column = np.unravel_index(values.argmax(), values.shape)
        left, right, bottom, top = place
        x = left + (column + 0.5) / values.shape[1] * (right - left)
        y = top - (row + 0.5) / values.shape[0] * (top - bottom)
        ax.plot(x, y, "x", color="white", markersize=6, markeredgewidth=2.4)
        ax.plot(x, y, "x", color="black", markersize=5, markeredgewidth=1)


def _place(row: int, column: int) -> tuple[float, float, float, float]:
    left, top = column * STEP, -row * STEP
    return left, left + 1, top - 1, top


def _wrapped(name: str) -> str:
    return fill(name, LONGEST_NAME, replace_whitespace=False, break_long_words=False)


def _name(ax: Axes, column: int, name: str) -> None:
    ax.text(column * STEP + 0.5, 0.05, name, ha="center", va="bottom", fontsize=8)


def _images(explanations: Mapping[str, Any], images: np.ndarray | None) -> np.ndarray:
    if images is not None:
        return images
    for found in explanations.values():
        if hasattr(found, "images"):
            return found.images
    raise ValueError("maps alone do not know their images: give images=, or an Explanation among the maps.")


def _check_counts(explanations: Mapping[str, Any], pictures: np.ndarray, captions: Sequence[str]) -> None:
    if captions and len(captions) != len(pictures):
        raise ValueError(f"captions must be one an image: {len(pictures)}, not {len(captions)}.")
    for name, found in explanations.items():
        shape = np.shape(getattr(found, "maps", found))
        if len(shape) != 3 or shape[0] != len(pictures):
            raise ValueError(
                f"{name!r} must have a map for each of {len(pictures)} images, (n, h, w), not {shape}."
            )

"""What a network looks at: its images with the maps of an explanation upon them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from labkit.plots.pixels import as_images, draw_map, in_range
from labkit.plots.style import new, sign, word

PITCH = 2.28  # from one pair of rows to the next, in widths of an image
DRAWN_CELLS = 16  # finer grids are left undrawn: their lines would hide the picture


def plot_explanation(
    explanation: Any,
    *,
    class_names: Sequence[str] | None = None,
    columns: int = 6,
    opacity: float = 0.55,
    cell_grid: bool = True,
    size: float = 1.9,
    source: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Each image above, and below it the same with its map upon it (sheet S3.6).

    The map is enlarged bilinearly, and the lines show the cells that it really has: between them nothing was
    measured. Each map has its own scale, from 0 (dark) to its maximum (bright); a method with negative cells
    has red for the class, blue against it, white for 0. A map without a positive cell is not stretched to a
    picture: "no positive evidence" stands there. Below is the class that the map is about, and its logit.

    Args:
        explanation: an Explanation, what `labkit.explain.explain` gave.
        class_names: in label order, instead of numbers.
        columns: pairs side by side; more go below.
        opacity: of the map upon its image, 0 to 1.
        cell_grid: whether to draw the cells' borders, for grids of up to 16x16.
        size: of one image, in inches.
        source: of the images, for the note in the corner.

    Returns:
        The Axes, with the method, the layer and its grid as the title.

    Raises:
        ValueError: there are fewer names than classes, or a number makes no sense.

    Example:
        >>> from types import SimpleNamespace
        >>> found = SimpleNamespace(
        ...     maps=np.eye(2)[None], images=np.zeros((1, 8, 8, 1)), classes=[1], scores=[2.5], empty=[False],
        ...     signed=False, method="gradcam", layer="conv1", grid=(2, 2))
        >>> plot_explanation(found, class_names=["cat", "dog"]).get_title(loc="left")
        'gradcam, conv1: 2x2 cells'
    """
    if columns < 1 or not 0 <= opacity <= 1:
        raise ValueError(f"columns is 1 or more and opacity 0 to 1, not {columns} and {opacity}.")
    pictures = in_range(as_images(explanation.images))
    captions = _captions(explanation, class_names)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    ax = ax or new((size * columns, size * 2.3 * rows + 0.2))
    low, high = float(pictures.min()), float(pictures.max())
    for i, picture in enumerate(pictures):
        left, top = (i % columns) * 1.06, -(i // columns) * PITCH
        above, below = (left, left + 1, top - 1, top), (left, left + 1, top - 2.06, top - 1.06)
        for place in (above, below):
            ax.imshow(picture, cmap="gray", vmin=low, vmax=max(high, low + 1e-9), extent=place)
        draw_map(ax, explanation.maps[i], below, signed=explanation.signed, opacity=opacity)
        if cell_grid and max(explanation.grid) <= DRAWN_CELLS:
            draw_cells(ax, explanation.grid, below)
        ax.text(left + 0.5, top - 2.09, captions[i], ha="center", va="top", fontsize=10)
    ax.set(xlim=(-0.03, columns * 1.06 - 0.03), ylim=(-rows * PITCH, 0.03))
    ax.axis("off")
    ax.set_title(_title(explanation), fontsize=10, loc="left")
    return sign(ax, source)


def draw_cells(ax: Axes, grid: tuple[int, int], place: tuple) -> None:
    """The borders of a map's cells, `place` as `(left, right, bottom, top)`.

    Example:
        >>> ax = new((1, 1))
        >>> draw_cells(ax, (2, 2), (0, 1, 0, 1))
        >>> len(ax.collections)
        2
    """
    left, right, bottom, top = place
    ax.hlines(np.linspace(bottom, top, grid[0] + 1), left, right, colors="white", linewidths=0.4, alpha=0.7)
    ax.vlines(np.linspace(left, right, grid[1] + 1), bottom, top, colors="white", linewidths=0.4, alpha=0.7)


def _captions(explanation: Any, class_names: Sequence[str] | None) -> list[str]:
    classes = [int(label) for label in explanation.classes]
    if class_names is not None and max(classes) >= len(class_names):
        raise ValueError(f"a class is {max(classes)} but there are only {len(class_names)} class names.")
    names = [str(label) if class_names is None else class_names[label] for label in classes]
    return [f"{name}  {score:+.1f}" for name, score in zip(names, explanation.scores, strict=True)]


def _title(explanation: Any) -> str:
    rows, columns = explanation.grid
    return f"{explanation.method}, {explanation.layer}: {rows}x{columns} {word('cells')}"

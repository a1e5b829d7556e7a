"""What all pictures made of pixels share: images and maps as matplotlib wants them."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from labkit.plots.style import GREY, word


def as_images(x: Any) -> np.ndarray:
    """Images as `(n, height, width)` or `(n, height, width, 3)`.

    Raises:
        ValueError: these are none.

    Example:
        >>> as_images(np.zeros((2, 8, 8, 1))).shape
        (2, 8, 8)
    """
    x = np.asarray(x)
    if x.ndim == 4 and x.shape[-1] == 1:
        x = x[..., 0]
    if x.dtype.kind not in "biuf":
        raise ValueError(f"images are arrays of numbers, not of {x.dtype}: np.stack() makes one of a list.")
    if not x.size or not (x.ndim == 3 or (x.ndim == 4 and x.shape[-1] == 3)):
        raise ValueError(f"images have the shape (n, height, width) or (n, height, width, 3), not {x.shape}.")
    return x


def in_range(x: np.ndarray) -> np.ndarray:
    """Colours as matplotlib wants them: floats (0..255 or any other range) brought to 0..1 together.

    Grey images, uint8 and what is in 0..1 already stay as they are.

    Example:
        >>> in_range(np.full((1, 1, 1, 3), 51.0)).ravel().tolist()
        [0.2, 0.2, 0.2]
    """
    if x.ndim == 3 or x.dtype.kind != "f":
        return x
    low, high = value_range(x)
    return x if (low, high) == (0, 1) else (x - low) / (high - low)


def value_range(x: np.ndarray) -> tuple[float, float]:
    """The range that pixels are meant to be in: 0 to 1 or 0 to 255 where they fit into it, else their own.

    Example:
        >>> value_range(np.array([0.2, 0.9])), value_range(np.array([3.0, 90.0])), value_range(np.array([-1.0, 2.0]))
        ((0, 1), (0, 255), (-1.0, 2.0))
    """
    low, high = float(x.min()), float(x.max())
    if low >= 0 and high <= 255:
        return (0, 1) if high <= 1 else (0, 255)
    return low, high if high > low else low + 1


def signed(maps: np.ndarray) -> np.ndarray:
    """Colours for numbers of both signs: red positive, blue negative, white 0, in one common range.

    Example:
        >>> signed(np.zeros((1, 2, 2))).shape
        (1, 2, 2, 3)
    """
    maps = np.asarray(maps, dtype=float)
    return plt.get_cmap("RdBu_r")(0.5 + 0.5 * maps / (np.abs(maps).max() or 1.0))[..., :3]


def draw_map(
    ax: Axes,
    values: np.ndarray,
    place: tuple,
    *,
    signed: bool = False,
    opacity: float = 1.0,
    fontsize: float = 8,
    smooth: bool = True,
) -> None:
    """One map of an explanation on its own scale, from 0 (dark) to its maximum (bright).

    A signed one has red for the class, blue against it, white for 0. A map without a positive cell is not
    stretched to a picture: "no positive evidence" stands there.

    Args:
        values: `(rows, columns)`.
        place: `(left, right, bottom, top)` on the Axes.
        smooth: enlarge bilinearly, or show the cells as they are.

    Example:
        >>> ax = plt.figure().add_subplot()
        >>> draw_map(ax, np.zeros((2, 2)), (0, 1, 0, 1))
        >>> ax.texts[0].get_text().replace(chr(10), " ")
        'no positive evidence'
    """
    if values.max() <= 0:
        left, right, bottom, top = place
        note = "\n".join(word("no positive evidence").rsplit(" ", 1))
        ax.text(
            (left + right) / 2, (bottom + top) / 2, note, ha="center", va="center", fontsize=fontsize,
            bbox={"facecolor": "white", "edgecolor": GREY, "alpha": 0.85},
        )  # fmt: skip
        return
    largest = float(np.abs(values).max())
    colours, lowest = ("RdBu_r", -largest) if signed else ("inferno", 0.0)
    look = {"cmap": colours, "vmin": lowest, "vmax": largest, "alpha": opacity}
    ax.imshow(values, extent=place, interpolation="bilinear" if smooth else "nearest", **look)

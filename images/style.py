"""What the figures share: one palette, a canvas with rows downwards, cells, frames, arrows, and saving."""

import argparse
import io
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from PIL import Image  # comes with matplotlib

# Told apart by colour-blind readers too: the four differ in lightness as well as in hue.
BLUE, ORANGE, TEAL, GREY = "#1f4e79", "#d9822b", "#2a9d8f", "#6b7280"
LIGHT_BLUE, LIGHT_ORANGE, LIGHT_TEAL, LIGHT_GREY = "#d3e0ee", "#fce3c7", "#cdebe6", "#eef0f2"
INK, LINE, PAPER = "#1f2937", "#c3c9d2", "#ffffff"

WIDTH_INCHES, DPI = 8.6, 120  # 1032 pixels wide: a notebook's column
FONT_SIZE = 11


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure whose coordinates are square units, y downwards like the rows of an image."""
    figure = Figure(figsize=(WIDTH_INCHES, WIDTH_INCHES * height / width), dpi=DPI, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def shade(colour: str, strength: float) -> tuple[float, float, float]:
    """`colour` mixed into the white of the paper: 0 is white, 1 is the colour itself."""
    rgb, white = (np.array(matplotlib.colors.to_rgb(c)) for c in (colour, PAPER))
    return tuple(white + (rgb - white) * strength)


def text(axes: Axes, x: float, y: float, words: str, **options) -> None:
    """Text centred on `(x, y)`, unless `ha` or `va` say otherwise."""
    axes.text(x, y, words, **{"ha": "center", "va": "center", "color": INK, "fontsize": FONT_SIZE, **options})


def cells(
    axes: Axes, values: Sequence, x: float, y: float, size: float, fill: Callable | str, **options
) -> None:
    """A grid of squares with a value in each; `fill` is a colour, or gives one for `(row, column, value)`."""
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            left, top = x + column * size, y + row * size
            colour = fill(row, column, value) if callable(fill) else fill
            axes.add_patch(
                Rectangle((left, top), size, size, facecolor=colour, edgecolor=LINE, linewidth=0.8)
            )
            if value is not None:
                text(axes, left + size / 2, top + size / 2, minus(value), **options)


def minus(value: object) -> str:
    """The value as text, with a true minus sign instead of a hyphen."""
    return str(value).replace("-", "−")


def frame(axes: Axes, x: float, y: float, width: float, height: float, colour: str, **options) -> None:
    """An outline over what is already drawn."""
    options = {"linewidth": 2.4, "facecolor": "none", "joinstyle": "miter", "zorder": 3, **options}
    axes.add_patch(Rectangle((x, y), width, height, edgecolor=colour, **options))


def arrow(axes: Axes, start: tuple, end: tuple, colour: str = GREY, **options) -> None:
    """An arrow from `start` to `end`."""
    options = {
        "arrowstyle": "-|>",
        "mutation_scale": 13,
        "linewidth": 1.5,
        "shrinkA": 0,
        "shrinkB": 0,
        **options,
    }
    axes.add_patch(FancyArrowPatch(start, end, color=colour, **options))


def seven(size: int = 28) -> np.ndarray:
    """A hand-made 7, white (1) on black (0), float `(size, size)`: two strokes with soft edges."""
    rows, columns = np.mgrid[:size, :size] * 28 / size
    ink = np.zeros((size, size))
    corners = [(7.0, 7.5), (7.0, 20.0), (22.0, 12.0)]
    for (r0, c0), (r1, c1) in pairwise(corners):
        along = ((rows - r0) * (r1 - r0) + (columns - c0) * (c1 - c0)) / ((r1 - r0) ** 2 + (c1 - c0) ** 2)
        along = along.clip(0, 1)
        distance = np.hypot(rows - r0 - along * (r1 - r0), columns - c0 - along * (c1 - c0))
        ink = np.maximum(ink, (2.1 - distance).clip(0, 1))
    return ink


def png(draw: Callable[[], Figure]) -> bytes:
    """The figure as a PNG of at most 128 colours, whatever the reader's own matplotlib settings are."""
    drawn, small = io.BytesIO(), io.BytesIO()
    with matplotlib.style.context("default"):
        draw().savefig(drawn, format="png")
    # A flat drawing loses nothing visible by a palette, and a repository keeps every version of it.
    Image.open(drawn).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def main(draw: Callable[[], Figure], script: str, arguments: list[str] | None = None) -> Path:
    """Write the figure beside its script, or into the folder given by `--out`."""
    script = Path(script).resolve()
    parser = argparse.ArgumentParser(prog=script.name, description=f"Draw {script.stem}.png.")
    parser.add_argument("--out", type=Path, default=script.parent, metavar="DIR", help="where to write it")
    folder = parser.parse_args(arguments).out
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{script.stem}.png"
    place.write_bytes(png(draw))
    return place

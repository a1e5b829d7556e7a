"""The first network of the lab: a 28x28 digit, Conv2D, MaxPooling2D, Flatten, Dense 64, Dense 10.

The size after Flatten and the numbers of parameters are left as "?": finding them is the reader's work.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
    INK,
    LIGHT_BLUE,
    LIGHT_GREY,
    LIGHT_ORANGE,
    LIGHT_TEAL,
    LINE,
    ORANGE,
    TEAL,
    arrow,
    canvas,
    cells,
    frame,
    main,
    seven,
    text,
)

SCALE = 0.58  # units per pixel of height and width
DEPTH = 5.0  # units for 32 channels, to the right and half as much upwards
MIDDLE = 25  # height at which everything stands
SHAPES_Y, PARAMETERS_Y, TOTAL_Y = 44.5, 50.5, 55
EDGE = np.array([[-1, 0, 1]] * 3)


def maps() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The digit, one map of it after a convolution and ReLU, and that map pooled: 28, 26 and 13 wide."""
    image = seven()
    windows = np.lib.stride_tricks.sliding_window_view(image, EDGE.shape)
    convolved = np.maximum((windows * EDGE).sum(axis=(2, 3)), 0)
    return image, convolved, convolved.reshape(13, 2, 13, 2).max(axis=(1, 3))


def draw_block(axes: Axes, x: float, values: np.ndarray, depth: float, colour: str, light: str) -> float:
    """A block whose front shows `values` and whose depth stands for the channels; gives its right edge."""
    side = len(values) * SCALE
    top, up = MIDDLE - side / 2, depth / 2
    outline = [(x, top + side), (x, top), (x + depth, top - up), (x + side + depth, top - up)]
    outline += [(x + side + depth, top + side - up), (x + side, top + side)]
    axes.add_patch(Polygon(outline, facecolor=light, edgecolor=colour, linewidth=1.2))
    for part in np.arange(1, 8) / 8:  # a few of the maps, one behind the other
        across, rise = part * depth, part * up
        xs = [x + across, x + side + across, x + side + across]
        axes.plot(xs, [top - rise, top - rise, top + side - rise], color=colour, linewidth=0.5)
    gray = {"cmap": "gray", "vmin": 0, "vmax": 1, "zorder": 3}
    axes.imshow(1 - 0.75 * values / values.max(), extent=(x, x + side, top + side, top), **gray)
    frame(axes, x, top, side, side, colour, linewidth=1.6, zorder=4)
    return x + side + depth


def draw_units(axes: Axes, x: float, half: int, size: float, colour: str, light: str) -> float:
    """A column of units, three dots for those left out in its middle; gives its right edge."""
    for top in (MIDDLE - half * size - 1.7, MIDDLE + 1.7):
        cells(axes, [[None]] * half, x, top, size, light)
        frame(axes, x, top, size, half * size, colour, linewidth=1.4)
    for y in (-0.8, 0, 0.8):
        axes.add_patch(Circle((x + size / 2, MIDDLE + y), 0.22, color=colour))
    return x + size


def draw_logits(axes: Axes, x: float, size: float) -> float:
    """The ten outputs, a class in each; gives the column's right edge."""
    top = MIDDLE - 5 * size
    cells(
        axes,
        [[k] for k in range(10)],
        x,
        top,
        size,
        LIGHT_ORANGE,
        fontsize=FONT_SIZE - 2,
        va="center_baseline",
    )
    frame(axes, x, top, size, 10 * size, ORANGE, linewidth=1.4)
    text(axes, x + size / 2, top - 1.8, "logits", color=ORANGE, weight="bold")
    return x + size


def write_shape(axes: Axes, left: float, right: float, shape: str, colour: str) -> None:
    """The shape of what comes out, under its drawing; what the reader has to find is large."""
    size = FONT_SIZE + (5 if shape == "?" else 0)
    text(axes, (left + right) / 2, SHAPES_Y, shape, color=colour, weight="bold", fontsize=size)


def draw_layer(axes: Axes, start: float, end: float, name: str, settings: str) -> None:
    """The arrow between two stages, the layer above it, its unknown number of parameters below."""
    centre = (start + end) / 2
    arrow(axes, (start + 0.8, MIDDLE), (end - 0.8, MIDDLE))
    text(axes, centre, 3.2, name, weight="bold")
    text(axes, centre, 5.4, settings, color=GREY, va="top", linespacing=1.4)
    text(axes, centre, PARAMETERS_Y, "?", weight="bold", fontsize=FONT_SIZE + 3)


def draw() -> Figure:
    figure, axes = canvas(100, 58)
    image, convolved, pooled = maps()
    lefts = [2.5, 28.5, 58.5, 77.3, 85.7, 94]
    rights = [
        draw_block(axes, lefts[0], image, 0, GREY, LIGHT_GREY),
        draw_block(axes, lefts[1], convolved, DEPTH, BLUE, LIGHT_BLUE),
        draw_block(axes, lefts[2], pooled, DEPTH, TEAL, LIGHT_TEAL),
        draw_units(axes, lefts[3], 6, 2.1, GREY, LIGHT_GREY),
        draw_units(axes, lefts[4], 4, 2.1, BLUE, LIGHT_BLUE),
        draw_logits(axes, lefts[5], 2.1),
    ]
    shapes = ["28×28×1", "26×26×32", "13×13×32", "?", "64", "10"]
    for left, right, shape, colour in zip(
        lefts, rights, shapes, [GREY, BLUE, TEAL, INK, BLUE, ORANGE], strict=True
    ):
        write_shape(axes, left, right, shape, colour)
    layers = ["Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]
    settings = ["32 (3×3)\nReLU", "(2×2)", "", "64\nReLU", "10"]
    for start, end, name, setting in zip(rights, lefts[1:], layers, settings, strict=False):
        draw_layer(axes, start, end, name, setting)
    axes.plot([2.5, 97.6], [47.7, 47.7], color=LINE, linewidth=0.8)
    text(axes, 2.5, PARAMETERS_Y, "Param #", ha="left", color=GREY)
    text(axes, 97.6, TOTAL_Y, r"$\sum$  =  ?", ha="right", weight="bold", fontsize=FONT_SIZE + 3)
    return figure


if __name__ == "__main__":
    main(draw, __file__)

"""A 3x3 convolution of a colour image: three planes, three kernel slices, three sums and a bias, one number."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
    LIGHT_GREY,
    LIGHT_ORANGE,
    LINE,
    ORANGE,
    arrow,
    canvas,
    cells,
    frame,
    main,
    minus,
    shade,
    text,
)

SKY, ROOF, GRASS = (1, 5, 9), (8, 1, 2), (3, 7, 2)  # red, green and blue, from 0 to 9
IMAGE = np.array(
    [
        [SKY, SKY, SKY, SKY, ROOF],
        [SKY, SKY, SKY, ROOF, ROOF],
        [SKY, SKY, ROOF, ROOF, ROOF],
        [SKY, SKY, ROOF, ROOF, GRASS],
        [GRASS, SKY, ROOF, GRASS, GRASS],
    ]
)
# Answers to an edge from blue on the left to red on the right, less where there is green: (3, 3, channel).
KERNEL = np.stack([[[-1, 0, 1]] * 3, [[0, -1, 0]] * 3, [[1, 0, -1]] * 3], axis=-1)
BIAS = -5
ROW, COLUMN = 2, 1  # the window that is worked out
CHANNELS = (("R", "#b23a48"), ("G", "#3f8f3f"), ("B", BLUE))
CELL, TOP, STEP = 3.9, 6.5, 14.1  # the side of a cell, the first channel's top, from one channel to the next
MIDDLE = TOP + STEP + 1.5 * CELL
PLANE_X, KERNEL_X, PRODUCT_X, SUM_X, RESULT_X = 26, 41.4, 56.8, 74.6, 84.6
RESULT_CELL = 4.5


def convolve(image: np.ndarray, kernel: np.ndarray, bias: float) -> np.ndarray:
    """'valid' convolution with one kernel: `(height, width, channels)` becomes `(height - 2, width - 2)`."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[:, :, 0]
    return (windows * kernel).sum(axis=(2, 3, 4)) + bias


def partial_sums() -> np.ndarray:
    """The sum of nine products for each channel of the window, `(3,)`."""
    return (IMAGE[ROW : ROW + 3, COLUMN : COLUMN + 3] * KERNEL).sum(axis=(0, 1))


def draw_image(axes: Axes, x: float, size: float) -> None:
    """The image in its colours, the window framed, an arrow to each of the window's planes."""
    top = MIDDLE - (ROW + 1.5) * size  # the window stands at the height of the planes
    for i, k in np.ndindex(IMAGE.shape[:2]):
        pixel = {"facecolor": tuple(IMAGE[i, k] / 9), "edgecolor": LINE, "linewidth": 0.8}
        axes.add_patch(Rectangle((x + k * size, top + i * size), size, size, **pixel))
    for colour, width in (("white", 6.5), (ORANGE, 3)):  # the white keeps the orange apart from the red
        frame(axes, x + COLUMN * size, top + ROW * size, 3 * size, 3 * size, colour, linewidth=width)
    text(axes, x + 2.5 * size, top - 2, "$x$   5×5×3", color=GREY)
    for channel in (-1, 0, 1):
        arrow(axes, (x + 5 * size + 0.7, MIDDLE + channel), (22.9, MIDDLE + channel * STEP), GREY)


def draw_channel(axes: Axes, channel: int) -> None:
    """One channel of the window, times its slice of the kernel, and the sum of the nine products."""
    (name, colour), top = CHANNELS[channel], TOP + channel * STEP
    middle = top + 1.5 * CELL
    plane, slice_ = IMAGE[ROW : ROW + 3, COLUMN : COLUMN + 3, channel], KERNEL[:, :, channel]
    cells(axes, plane, PLANE_X, top, CELL, lambda i, k, v: shade(colour, v / 9 * 0.5))
    cells(axes, slice_, KERNEL_X, top, CELL, LIGHT_GREY)
    cells(axes, plane * slice_, PRODUCT_X, top, CELL, "white", color=GREY)
    for x in (PLANE_X, KERNEL_X):
        frame(axes, x, top, 3 * CELL, 3 * CELL, colour, linewidth=1.6)
    text(axes, PLANE_X - 1.6, middle, f"${name}$", color=colour, fontsize=FONT_SIZE + 2)
    text(axes, (PLANE_X + 3 * CELL + KERNEL_X) / 2, middle, "×", fontsize=16)
    text(axes, (KERNEL_X + 3 * CELL + PRODUCT_X) / 2, middle, "=", fontsize=16)
    arrow(axes, (PRODUCT_X + 3 * CELL + 0.6, middle), (SUM_X - 3.1, middle), GREY, mutation_scale=10)
    total = minus(partial_sums()[channel])
    text(axes, SUM_X, middle, total, color=colour, fontweight="bold", fontsize=FONT_SIZE + 3)
    text(axes, SUM_X, middle + STEP / 2, "+", color=GREY, fontsize=FONT_SIZE + 3)


def draw_result(axes: Axes) -> None:
    """The bias under the three sums, the number that comes out, and its place in the map."""
    result = convolve(IMAGE, KERNEL, BIAS)
    bottom, strongest = TOP + 3 * STEP + 0.7 * CELL, abs(result).max()
    bold = {"fontweight": "bold", "fontsize": FONT_SIZE + 3}
    cells(axes, [[BIAS]], SUM_X - CELL / 2, bottom - CELL / 2, CELL, LIGHT_GREY, **bold)
    text(axes, SUM_X - 3.5, bottom, "$b$", fontsize=FONT_SIZE + 2)
    x = RESULT_X + (COLUMN + 0.5) * RESULT_CELL
    box = {"facecolor": shade(LIGHT_ORANGE, 0.5), "linewidth": 1.2, "zorder": 1}
    frame(axes, x - 3.5, bottom - 2.5, 7, 5, ORANGE, **box)
    text(axes, (SUM_X + x) / 2 - 0.4, bottom, "=", fontsize=16)
    text(axes, x, bottom, minus(partial_sums().sum() + BIAS), **bold)

    cell, top = RESULT_CELL, MIDDLE - 1.5 * RESULT_CELL
    tint = {True: ORANGE, False: BLUE}
    cells(axes, result, RESULT_X, top, cell, lambda i, k, v: shade(tint[v > 0], abs(v) / strongest * 0.55))
    frame(axes, RESULT_X + COLUMN * cell, top + ROW * cell, cell, cell, ORANGE, linewidth=3)
    arrow(axes, (x, bottom - 2.5), (x, top + 3 * cell + 0.5), ORANGE)
    text(axes, RESULT_X + 1.5 * cell, top - 2, "$y$   3×3×1", color=GREY)


def draw() -> Figure:
    figure, axes = canvas(100, 55.5)
    draw_image(axes, x=2, size=3.2)
    for channel in range(3):
        draw_channel(axes, channel)
    draw_result(axes)
    for x, words in ((PLANE_X, "3×3×3"), (KERNEL_X, "$w$   3×3×3")):
        text(axes, x + 1.5 * CELL, 3.2, words, color=GREY)
    text(axes, SUM_X, 3.2, r"$\sum$", color=GREY, fontsize=FONT_SIZE + 2)
    return figure


if __name__ == "__main__":
    main(draw, __file__)

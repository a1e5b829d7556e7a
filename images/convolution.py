"""A 3x3 convolution at work: the image, the kernel, one sum of nine products, the whole result."""

import numpy as np
from matplotlib.figure import Figure
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
    INK,
    LIGHT_GREY,
    LIGHT_ORANGE,
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

IMAGE = np.array(  # a hand-made 1, ink from 0 to 9
    [
        [0, 0, 0, 2, 9, 0, 0],
        [0, 0, 3, 9, 9, 0, 0],
        [0, 2, 8, 6, 9, 1, 0],
        [0, 0, 1, 0, 9, 2, 0],
        [0, 0, 0, 0, 9, 2, 0],
        [0, 0, 0, 1, 9, 1, 0],
        [0, 1, 7, 9, 9, 8, 2],
    ]
)
KERNEL = np.array([[-1, 0, 1]] * 3)  # answers to vertical edges: right column minus left column
ROW, COLUMN = 4, 2  # the window that is worked out
CELL = 4.4


def convolve(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """'valid' convolution as networks mean it (the kernel is not flipped)."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))


def write_sum(axes, x: float, y: float) -> None:
    """The nine products, a row of the window in each line, in a box whose corner is `(x, y)`."""
    window = IMAGE[ROW : ROW + 3, COLUMN : COLUMN + 3]
    frame(axes, x, y, 50.5, 12.4, ORANGE, linewidth=1.2, facecolor=shade(LIGHT_ORANGE, 0.5), zorder=1)
    for (i, k), pixel in np.ndenumerate(window):
        weight = KERNEL[i, k]
        product = f"{pixel}·({minus(weight)})" if weight < 0 else f"{pixel}·{weight}"
        text(axes, x + 8 + 11 * k, y + 2.6 + 3.6 * i, product)
        if i + k:
            text(axes, x + 2.5 + 11 * k, y + 2.6 + 3.6 * i, "+", color=GREY)
    total = minus((window * KERNEL).sum())
    text(axes, x + 42.4, y + 6.2, f"=  {total}", fontweight="bold", fontsize=FONT_SIZE + 3)


def draw() -> Figure:
    figure, axes = canvas(100, 48)
    result = convolve(IMAGE, KERNEL)
    image_x, kernel_x, result_x, top = 4, 45.5, 74, 5.5
    middle = top + 2.5 * CELL

    cells(axes, IMAGE, image_x, top, CELL, lambda i, k, v: shade(GREY, v / 9 * 0.65))
    cells(axes, KERNEL, kernel_x, middle - 1.5 * CELL, CELL, LIGHT_GREY)
    biggest = abs(result).max()
    cells(
        axes,
        result,
        result_x,
        top,
        CELL,
        lambda i, k, v: shade(ORANGE if v > 0 else BLUE, abs(v) / biggest * 0.55),
    )

    window = (image_x + COLUMN * CELL, top + ROW * CELL)
    frame(axes, *window, 3 * CELL, 3 * CELL, ORANGE, linewidth=3)
    frame(axes, kernel_x, middle - 1.5 * CELL, 3 * CELL, 3 * CELL, INK, linewidth=1.2)
    frame(axes, result_x + COLUMN * CELL, top + ROW * CELL, CELL, CELL, ORANGE, linewidth=3)

    text(axes, (image_x + 7 * CELL + kernel_x) / 2, middle, "∗", fontsize=20)
    text(axes, (kernel_x + 3 * CELL + result_x) / 2, middle, "=", fontsize=20)
    for x, n, name in ((image_x, 7, "x"), (kernel_x, 3, "w"), (result_x, 5, "y")):
        text(axes, x + n * CELL / 2, 2.8, f"${name}$   {n}×{n}", color=GREY)
    write_sum(axes, kernel_x, 33)
    bottom = top + 7 * CELL
    arrow(
        axes,
        (window[0] + 1.5 * CELL, bottom),
        (kernel_x, 42),
        ORANGE,
        connectionstyle="angle,angleA=90,angleB=0",
    )
    cell_x = result_x + (COLUMN + 0.5) * CELL
    arrow(axes, (cell_x, 33), (cell_x, top + 5 * CELL + 0.5), ORANGE)
    return figure


if __name__ == "__main__":
    main(draw, __file__)

"""Max pooling 2x2, twice: the same map, then the map moved by one pixel, and how little the result changes."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
    INK,
    LIGHT_BLUE,
    LIGHT_GREY,
    LIGHT_ORANGE,
    LIGHT_TEAL,
    ORANGE,
    TEAL,
    arrow,
    canvas,
    cells,
    frame,
    main,
    text,
)

# Five columns are known, a 4x4 window looks at them: moving the window left moves the map right.
MAP = np.array(
    [
        [0, 6, 2, 5, 1],
        [1, 3, 0, 1, 4],
        [2, 1, 0, 6, 3],
        [0, 8, 4, 2, 7],
    ]
)
COLOURS = [[BLUE, ORANGE], [TEAL, GREY]]
FILLS = [[LIGHT_BLUE, LIGHT_ORANGE], [LIGHT_TEAL, LIGHT_GREY]]
CELL = 5


def pool(values: np.ndarray) -> np.ndarray:
    """The largest of each 2x2 block: `(4, 4)` becomes `(2, 2)`."""
    height, width = values.shape
    return values.reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3))


def draw_pooling(axes: Axes, values: np.ndarray, x: float, y: float) -> None:
    """The map in four coloured blocks, the largest of each in bold, and the pooled map."""
    pooled, out = pool(values), (x + 52, y + CELL)
    cells(axes, [[None] * 4] * 4, x, y, CELL, lambda i, k, _: FILLS[i // 2][k // 2])
    for (i, k), value in np.ndenumerate(values):
        largest = value == pooled[i // 2, k // 2]
        style = {"fontweight": "bold", "fontsize": FONT_SIZE + 4} if largest else {"color": GREY}
        text(axes, x + (k + 0.5) * CELL, y + (i + 0.5) * CELL, str(value), **style)
    cells(
        axes,
        pooled,
        *out,
        CELL,
        lambda i, k, _: FILLS[i][k],
        fontweight="bold",
        fontsize=FONT_SIZE + 4,
        color=INK,
    )
    for (i, k), colour in np.ndenumerate(COLOURS):
        inset, side = 0.2, 2 * CELL - 0.4
        frame(axes, x + 2 * k * CELL + inset, y + 2 * i * CELL + inset, side, side, colour)
        frame(axes, out[0] + k * CELL + inset, out[1] + i * CELL + inset, CELL - 0.4, CELL - 0.4, colour)
    arrow(axes, (x + 4 * CELL + 1.5, y + 2 * CELL), (x + 50.5, y + 2 * CELL))
    text(axes, x + 36, y + 2 * CELL - 2.2, "max")
    text(axes, x + 2 * CELL, y - 2, "4×4", color=GREY)
    text(axes, out[0] + CELL, out[1] - 2, "2×2", color=GREY)


def draw() -> Figure:
    figure, axes = canvas(100, 59)
    before, after = MAP[:, 1:], MAP[:, :4]
    draw_pooling(axes, before, 19, 5)
    draw_pooling(axes, after, 19, 37)
    for x, old, new in ((29, before, after), (76, pool(before), pool(after))):
        arrow(axes, (x, 26.5), (x, 32.5), INK)
        text(axes, x + 2, 29.5, f"≠  {(old != new).sum()} / {old.size}", ha="left", fontweight="bold")
    arrow(axes, (20.5, 29.5), (25.5, 29.5), ORANGE)
    text(axes, 18, 29.5, "+1", color=ORANGE, fontweight="bold")
    return figure


if __name__ == "__main__":
    main(draw, __file__)

"""Ten logits, some of them negative, and the ten probabilities that softmax makes of them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
    INK,
    LIGHT_ORANGE,
    LINE,
    ORANGE,
    TEAL,
    arrow,
    canvas,
    main,
    minus,
    shade,
    text,
)

LOGITS = np.array([-0.7, -1.6, 1.5, 0.2, -0.6, -0.2, -1.5, 4.4, -0.3, 2.6])  # of an image of a 7
TOP, ROW = 7.5, 3.6  # where the first class stands, and the height of one


def softmax(z: np.ndarray) -> np.ndarray:
    """Probabilities `(n,)` of logits `(n,)`."""
    powers = np.exp(z - z.max())  # the shift changes nothing but keeps exp from overflowing
    return powers / powers.sum()


def draw_bars(axes: Axes, values: np.ndarray, zero: float, scale: float, digits: int, colour: str) -> None:
    """A bar for each class from the line at `zero`, its value at its end, the largest in orange."""
    bottom = TOP + ROW * len(values)
    axes.plot([zero, zero], [TOP, bottom], color=GREY, linewidth=1)
    for i, value in enumerate(values):
        y, length = TOP + ROW * i, value * scale
        best = i == values.argmax()
        bar = ORANGE if best else colour
        axes.add_patch(Rectangle((zero, y + 0.6), length, ROW - 1.2, color=bar))
        end, side = (zero + length - 0.8, "right") if value < 0 else (zero + length + 0.8, "left")
        weight = "bold" if best else "normal"
        text(
            axes, end, y + ROW / 2, minus(f"{value:.{digits}f}"), ha=side, va="center_baseline", weight=weight
        )


def draw() -> Figure:
    figure, axes = canvas(100, 51)
    p = softmax(LOGITS)
    best, middle = LOGITS.argmax(), TOP + ROW * len(p) / 2
    axes.add_patch(Rectangle((2, TOP + ROW * best), 96, ROW, facecolor=shade(LIGHT_ORANGE, 0.6)))
    for i in range(len(p)):
        colour = ORANGE if i == best else INK
        for x in (4.5, 67):
            text(axes, x, TOP + ROW * (i + 0.5), str(i), weight="bold", va="center_baseline", color=colour)

    draw_bars(axes, LOGITS, zero=20.5, scale=4.4, digits=1, colour=BLUE)
    draw_bars(axes, p, zero=69.5, scale=24, digits=3, colour=TEAL)
    text(axes, 23, 3.8, "logits  $z$", fontsize=FONT_SIZE + 2, color=BLUE, weight="bold")
    text(axes, 79.5, 3.8, "softmax($z$)  =  $p$", fontsize=FONT_SIZE + 2, color=TEAL, weight="bold")
    arrow(axes, (45, middle), (62, middle))
    text(axes, 53.5, middle - 6.5, r"$p_i = \dfrac{e^{z_i}}{\sum_j e^{z_j}}$", fontsize=FONT_SIZE + 5)
    axes.plot([2, 98], [TOP + ROW * len(p) + 0.8] * 2, color=LINE, linewidth=0.8)
    bottom = TOP + ROW * len(p) + 3.6
    text(axes, 23, bottom, f"argmax $z$ = {best}", color=ORANGE, weight="bold")
    text(axes, 79.5, bottom, f"argmax $p$ = {p.argmax()}", color=ORANGE, weight="bold")
    text(axes, 53.5, bottom, rf"$\sum_i \, p_i$ = {p.sum():.0f}")
    return figure


if __name__ == "__main__":
    main(draw, __file__)

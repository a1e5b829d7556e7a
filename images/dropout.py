"""Dropout of eight activations: three training steps, each with other zeros, and prediction, without any."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
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
    shade,
    text,
)

RATE = 0.25
ACTIVATIONS = np.array([3, 6, 3, 9, 3, 6, 3, 3])
# Drawn by hand: 3, 2 and 1 of 8 are dropped, 6 of 24 in all, so that the three means are 4.5 on average.
DROPPED = np.array([[0, 1, 0, 0, 1, 0, 0, 1], [1, 0, 0, 0, 0, 0, 1, 0], [0, 0, 0, 1, 0, 0, 0, 0]], dtype=bool)
CELL, TOP = 4, 11
FIT_X, STEPS_X, COPY_X, PREDICT_X = 7.5, (26, 38.5, 51), 74, 89
BOTTOM = TOP + 8 * CELL
HATCHED = {"facecolor": LIGHT_GREY, "edgecolor": LINE, "hatch": "////", "linewidth": 0.8}


def dropout(activations: np.ndarray, dropped: np.ndarray, rate: float) -> np.ndarray:
    """What the layer hands on in training: 0 where `dropped`, the others divided by `1 - rate`."""
    return np.where(dropped, 0, activations / (1 - rate))


def draw_units(
    axes: Axes, x: float, values: np.ndarray, dropped: np.ndarray, colour: str, light: str
) -> None:
    """A column of units with their activations, those dropped hatched; the mean below."""
    for i, (value, off) in enumerate(zip(values, dropped, strict=True)):
        y = TOP + i * CELL
        cells(axes, [[None]], x, y, CELL, light)
        if off:
            axes.add_patch(Rectangle((x, y), CELL, CELL, **HATCHED))
        weight = {"color": GREY} if off else {"fontweight": "bold"}
        text(axes, x + CELL / 2, y + CELL / 2, f"{value:.0f}", fontsize=FONT_SIZE + 2, **weight)
    frame(axes, x, TOP, CELL, 8 * CELL, colour, linewidth=1.6)
    mean = {"color": colour, "fontweight": "bold", "fontsize": FONT_SIZE + 2}
    text(axes, x + CELL / 2, BOTTOM + 3.4, f"{values.mean():.1f}", **mean)


def draw_factors(axes: Axes, y: float) -> None:
    """What the two kinds of unit are multiplied by, and what that makes on average."""
    axes.add_patch(Rectangle((7, y - 1.6), 3.2, 3.2, **HATCHED))
    text(axes, 11.6, y, r"$\times\; 0$", ha="left", fontsize=FONT_SIZE + 2)
    cells(axes, [[None]], 22, y - 1.6, 3.2, LIGHT_ORANGE)
    factor = rf"$\times\; \dfrac{{1}}{{1 - {RATE}}} \;\approx\; {1 / (1 - RATE):.2f}$"
    text(axes, 26.6, y, factor, ha="left", fontsize=FONT_SIZE + 2)
    kept = 1 - RATE
    average = rf"${RATE} \cdot 0 \;+\; {kept} \cdot \dfrac{{a}}{{{kept}}} \;=\; a$"
    text(axes, 93, y, average, ha="right", fontsize=FONT_SIZE + 2)


def draw() -> Figure:
    figure, axes = canvas(100, 66)
    for x, width, light in ((1.5, 62.5, LIGHT_ORANGE), (67.5, 31, LIGHT_TEAL)):
        axes.add_patch(Rectangle((x, 1.5), width, BOTTOM + 10, facecolor=shade(light, 0.35)))
    middle, none = TOP + 4 * CELL, np.zeros(8, dtype=bool)
    for x, end in ((FIT_X, STEPS_X[0]), (COPY_X, PREDICT_X)):
        draw_units(axes, x, ACTIVATIONS, none, BLUE, LIGHT_BLUE)
        text(axes, x + CELL / 2, TOP - 2, "$a$", color=BLUE, fontsize=FONT_SIZE + 3)
        arrow(axes, (x + CELL + 1.5, middle), (end - 1.5, middle))
    text(axes, (COPY_X + CELL + PREDICT_X) / 2, middle - 2.5, r"$\times\; 1$", fontsize=FONT_SIZE + 2)

    steps = [dropout(ACTIVATIONS, dropped, RATE) for dropped in DROPPED]
    for number, (x, values, dropped) in enumerate(zip(STEPS_X, steps, DROPPED, strict=True), start=1):
        draw_units(axes, x, values, dropped, ORANGE, LIGHT_ORANGE)
        text(axes, x + CELL / 2, TOP - 2, str(number), color=GREY)
    draw_units(axes, PREDICT_X, ACTIVATIONS, none, TEAL, LIGHT_TEAL)

    code = {"family": "monospace", "fontsize": FONT_SIZE + 1, "fontweight": "bold"}
    text(axes, 32.75, 4.5, "fit", color=ORANGE, **code)
    text(axes, 83, 4.5, "predict", color=TEAL, **code)
    means = [values.mean() for values in steps]
    total = " + ".join(f"{mean:.1f}" for mean in means)
    text(axes, STEPS_X[1] + CELL / 2, BOTTOM + 7.8, f"({total}) / 3  =  {np.mean(means):.1f}")
    text(axes, 4.5, BOTTOM + 3.4, r"$\bar{a}$", color=GREY, fontsize=FONT_SIZE + 2)
    draw_factors(axes, 60.7)
    return figure


if __name__ == "__main__":
    main(draw, __file__)

"""ReLU and LeakyReLU, and under each its derivative: 0 and 0.3 where x is negative."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from style import (
    BLUE,
    DPI,
    FONT_SIZE,
    GREY,
    INK,
    LIGHT_ORANGE,
    LINE,
    ORANGE,
    PAPER,
    TEAL,
    WIDTH_INCHES,
    main,
    minus,
)

SLOPE = 0.3  # `negative_slope`
LIMITS = (-3.0, 3.0)
X = np.linspace(*LIMITS, 601)


def leaky_relu(x: np.ndarray, slope: float) -> np.ndarray:
    """`x` where it is positive, `slope` times `x` elsewhere; a slope of 0 makes it ReLU."""
    return np.where(x > 0, x, slope * x)


def derivative(x: np.ndarray, slope: float) -> np.ndarray:
    """1 where `x` is positive, `slope` where it is negative; it has no value at 0."""
    return np.where(x > 0, 1.0, np.where(x < 0, slope, np.nan))


def draw_axes(axes: Axes, ylim: tuple[float, float], yticks: list[float]) -> None:
    """Lines where x and y are 0, few ticks; the side where x is negative is tinted."""
    axes.axvspan(LIMITS[0], 0, color=LIGHT_ORANGE, alpha=0.5, linewidth=0, zorder=0)
    axes.set(xlim=LIMITS, ylim=ylim)
    axes.set_xticks(range(-3, 4), [minus(tick) for tick in range(-3, 4)])
    axes.set_yticks(yticks, [minus(f"{tick:g}") for tick in yticks])
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=FONT_SIZE - 1, color=GREY)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.axhline(0, color=GREY, linewidth=1)


def draw_function(axes: Axes, slope: float, colour: str, name: str, formula: str) -> None:
    """The graph, its name and its formula."""
    draw_axes(axes, (-1.4, 3.2), [-1, 0, 1, 2, 3])
    axes.plot(X, leaky_relu(X, slope), color=colour, linewidth=2.6, zorder=4)
    axes.set_title(name, color=colour, fontsize=FONT_SIZE + 2, weight="bold", pad=10)
    axes.text(-1.5, 2.5, formula, color=colour, fontsize=FONT_SIZE + 3, ha="center", va="center")


def draw_derivative(axes: Axes, slope: float, colour: str) -> None:
    """The two levels of the derivative, each with its value, open where x is 0."""
    draw_axes(axes, (-0.25, 1.45), [0, 0.5, 1])
    axes.plot(X, derivative(X, slope), color=colour, linewidth=2.6, zorder=4)
    open_end = {
        "color": colour,
        "markerfacecolor": PAPER,
        "markersize": 7,
        "markeredgewidth": 1.8,
        "zorder": 5,
    }
    bold = {"fontsize": FONT_SIZE + 4, "weight": "bold", "ha": "center", "va": "bottom"}
    for x in (-1.5, 1.5):
        level = float(derivative(np.array(x), slope))
        axes.plot(0, level, "o", **open_end)
        axes.text(x, level + 0.06, f"{level:g}", color=ORANGE if x < 0 else colour, **bold)


def draw() -> Figure:
    figure = Figure(figsize=(WIDTH_INCHES, 5.4), dpi=DPI, facecolor=PAPER)
    leaky = rf"$\max({SLOPE}\,x,\; x)$"
    columns = ((0.0, BLUE, "ReLU", r"$\max(0,\; x)$"), (SLOPE, TEAL, "LeakyReLU", leaky))
    for k, (slope, colour, name, formula) in enumerate(columns):
        left = 0.1 + 0.475 * k
        top = figure.add_axes((left, 0.44, 0.4, 0.48))
        bottom = figure.add_axes((left, 0.06, 0.4, 0.3))
        draw_function(top, slope, colour, name, formula)
        draw_derivative(bottom, slope, colour)
    for y, name in ((0.68, "$f(x)$"), (0.21, "$f'(x)$")):
        figure.text(0.035, y, name, color=INK, fontsize=FONT_SIZE + 3, ha="center", va="center", rotation=90)
    return figure


if __name__ == "__main__":
    main(draw, __file__)

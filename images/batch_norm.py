"""Batch normalisation of one channel: its values over a batch, normalised, then scaled and moved again."""

from statistics import NormalDist

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from style import BLUE, DPI, FONT_SIZE, GREY, INK, LINE, ORANGE, PAPER, TEAL, WIDTH_INCHES, arrow, main, minus

GAMMA, BETA = 2.0, 3.0
EPSILON = 1e-3  # the default of Keras
RANGE = (-5, 28)
BINS = 20
HEIGHT = 0.185  # of each histogram, as a part of the figure's


def activations(n: int = 512) -> np.ndarray:
    """One channel's values over a batch, `(n,)`: quantiles of a skewed bell, far from 0 and wide."""
    bell = NormalDist()
    z = np.array([bell.inv_cdf((i + 0.5) / n) for i in range(n)])
    return 12 + 4 * z + 0.35 * (z**2 - 1)


def normalise(x: np.ndarray) -> np.ndarray:
    """The values minus their mean, divided by their standard deviation."""
    return (x - x.mean()) / np.sqrt(x.var() + EPSILON)


def draw_histogram(axes: Axes, values: np.ndarray, colour: str) -> None:
    """The values on the common axis, as high as the others; a line at their mean, a span of one deviation."""
    counts, edges = np.histogram(values, BINS)
    axes.bar(edges[:-1], counts / counts.max(), np.diff(edges), align="edge", color=colour, alpha=0.45)
    mean, deviation = values.mean(), values.std()
    axes.plot([mean, mean], [0, 1.1], color=colour, linewidth=2)
    axes.annotate(
        "",
        (mean + deviation, 0.5),
        (mean, 0.5),
        arrowprops={"arrowstyle": "<->", "color": INK, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9},
    )
    size = {"color": INK, "fontsize": FONT_SIZE, "va": "center"}
    axes.text(mean + deviation + 0.3, 0.5, r"$\sigma$", ha="left", **size)
    axes.text(mean, 1.24, r"$\mu$", ha="center", **size)
    axes.plot([0, 0], [0, 1.1], color=GREY, linewidth=1.2, linestyle=":", zorder=1)
    axes.set(xlim=RANGE, ylim=(0, 1.35), yticks=[], xticks=range(-5, 26, 5))
    axes.tick_params(colors=INK, labelsize=FONT_SIZE - 1, color=GREY)
    axes.set_xticks(axes.get_xticks(), [minus(f"{tick:.0f}") for tick in axes.get_xticks()])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GREY)


def write_moments(axes: Axes, y: float, name: str, values: np.ndarray, colour: str) -> None:
    """The name of the values, their mean and their standard deviation, at the height of their histogram."""
    axes.text(0.05, y, f"${name}$", color=colour, fontsize=FONT_SIZE + 6, ha="center", va="center")
    mean = round(values.mean(), 1) + 0.0  # no "-0.0"
    words = rf"$\mu = {mean:.1f}$     $\sigma = {values.std():.1f}$"
    axes.text(0.745, y, words, color=colour, fontsize=FONT_SIZE + 2, ha="left", va="center")


def draw() -> Figure:
    figure = Figure(figsize=(WIDTH_INCHES, 5.6), dpi=DPI, facecolor=PAPER)
    page = figure.add_axes((0, 0, 1, 1))
    page.set(xlim=(0, 1), ylim=(0, 1))
    page.axis("off")

    x = activations()
    normalised = normalise(x)
    scaled = GAMMA * normalised + BETA
    bottoms = (0.77, 0.43, 0.08)
    stages = (("x", x, BLUE), (r"\hat{x}", normalised, ORANGE), ("y", scaled, TEAL))
    for bottom, (name, values, colour) in zip(bottoms, stages, strict=True):
        draw_histogram(figure.add_axes((0.1, bottom, 0.56, HEIGHT)), values, colour)
        write_moments(page, bottom + HEIGHT / 2, name, values, colour)

    formulas = (
        r"$\hat{x} = \dfrac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}$",
        rf"$y = \gamma\,\hat{{x}} + \beta$" "\n" rf"$\gamma = {GAMMA:.0f}$   $\beta = {BETA:.0f}$",
    )
    for above, below, formula in zip(bottoms, bottoms[1:], formulas, strict=False):
        middle = (above + below + HEIGHT) / 2
        arrow(page, (0.72, middle + 0.055), (0.72, middle - 0.055))
        page.text(
            0.745, middle, formula, color=INK, fontsize=FONT_SIZE + 2, ha="left", va="center", linespacing=1.6
        )
    page.plot([0.69, 0.69], [0.06, 0.97], color=LINE, linewidth=0.8)
    return figure


if __name__ == "__main__":
    main(draw, __file__)

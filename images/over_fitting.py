"""Losses by epoch, drawn from formulas and not measured: over-fitting (1), under-fitting (2), a good fit (3)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from style import BLUE, DPI, FONT_SIZE, GREY, INK, LIGHT_ORANGE, ORANGE, PAPER, WIDTH_INCHES, main

EPOCHS = np.linspace(0, 40, 401)


def over_fitting(epochs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Training loss on its way to 0; validation loss that turns and rises."""
    train = 0.04 + 0.96 * np.exp(-epochs / 7)
    return train, train + 0.06 * (1 - np.exp(-epochs / 3)) + 0.013 * epochs


def under_fitting(epochs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both losses stay high and close."""
    train = 0.58 + 0.42 * np.exp(-epochs / 6)
    return train, train + 0.05 * (1 - np.exp(-epochs / 3))


def good_fit(epochs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both losses come down and stay close."""
    train = 0.08 + 0.92 * np.exp(-epochs / 7)
    return train, train + 0.08 * (1 - np.exp(-epochs / 3))


def draw_curves(axes: Axes, number: int, train: np.ndarray, val: np.ndarray) -> None:
    """The two losses over the epochs, named at their ends; no ticks, for nothing was measured."""
    axes.plot(EPOCHS, train, color=BLUE, linewidth=2.4)
    axes.plot(EPOCHS, val, color=ORANGE, linewidth=2.4, linestyle=(0, (5, 1.5)))
    for losses, name, colour, side in ((train, "train", BLUE, "top"), (val, "val", ORANGE, "bottom")):
        offset = (0, -7) if side == "top" else (0, 7)
        place = {"xytext": offset, "textcoords": "offset points", "ha": "right", "va": side}
        axes.annotate(
            name, (EPOCHS[-1], losses[-1]), color=colour, fontsize=FONT_SIZE + 1, weight="bold", **place
        )
    axes.set(xlim=(0, 42), ylim=(-0.2, 1.2), xticks=[], yticks=[])
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.set_xlabel("epoch", fontsize=FONT_SIZE, color=INK, loc="right")
    axes.set_ylabel("loss", fontsize=FONT_SIZE, color=INK, loc="top")
    badge = {"boxstyle": "circle,pad=0.3", "facecolor": PAPER, "edgecolor": GREY}
    where = {"transform": axes.transAxes, "ha": "center", "va": "center"}
    axes.text(0.93, 0.9, str(number), fontsize=FONT_SIZE + 1, color=INK, bbox=badge, **where)


def mark_minimum(axes: Axes, val: np.ndarray) -> None:
    """The epoch of the lowest validation loss; what comes after it is tinted."""
    lowest = val.argmin()
    epoch = EPOCHS[lowest]
    axes.axvspan(epoch, axes.get_xlim()[1], color=LIGHT_ORANGE, alpha=0.5, linewidth=0, zorder=0)
    axes.plot([epoch, epoch], [axes.get_ylim()[0], val[lowest]], color=INK, linewidth=1.2, linestyle=":")
    axes.plot(epoch, val[lowest], "o", color=INK, markersize=7, zorder=4)
    place = {"xytext": (0, 12), "textcoords": "offset points", "ha": "center", "va": "bottom"}
    axes.annotate("min(val)", (epoch, val[lowest]), fontsize=FONT_SIZE, color=INK, weight="bold", **place)


def draw() -> Figure:
    figure = Figure(figsize=(WIDTH_INCHES, 4.2), dpi=DPI, facecolor=PAPER)
    large = figure.add_axes((0.045, 0.09, 0.57, 0.87))
    draw_curves(large, 1, *over_fitting(EPOCHS))
    mark_minimum(large, over_fitting(EPOCHS)[1])
    draw_curves(figure.add_axes((0.68, 0.58, 0.3, 0.38)), 2, *under_fitting(EPOCHS))
    draw_curves(figure.add_axes((0.68, 0.09, 0.3, 0.38)), 3, *good_fit(EPOCHS))
    return figure


if __name__ == "__main__":
    main(draw, __file__)

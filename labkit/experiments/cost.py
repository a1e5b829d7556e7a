"""Cost: what accuracy costs in minutes of training, one point a run (sheet S4.5.7)."""

import math
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from matplotlib.transforms import Bbox

from labkit.experiments.curves import source
from labkit.experiments.table import FAILED, compare, score
from labkit.plots.style import GREY, RED, new, sign, word
from labkit.training import Run

_NAMED = 8  # runs whose names fit into the picture; more of them are numbered
# Where a label may stand as seen from its point (right or left, lines up or down), the best place first.
_SIDES = [*product((1, -1), (0.4, -0.4)), (0, 1.4), (0, -1.4), *product((1, -1), (1.2, -1.2, 2.0, -2.0))]


def plot_cost(runs: Iterable[Run], *, by: str = "test", ax: Axes | None = None) -> Axes:
    """Accuracy against the minutes of training: up is better, left is cheaper, dark is over-fitted.

    Up to eight runs have their names beside them; more are numbered, from the best, with the names in a list.

    Args:
        runs: a `Ledger`, or any runs; failed ones are crosses, those without that score are left out.
        by: `"test"`, `"val"` or `"train"`.

    Raises:
        ValueError: no run has that score.

    Example:
        >>> runs = [Run(name=n, seconds=60.0 * m, test={"accuracy": a}, history={"loss": [1.0]},
        ...             data={"num_classes": 10}) for n, m, a in (("A", 1, 0.6), ("B", 5, 0.7))]
        >>> sorted(text.get_text() for text in plot_cost(runs).texts)
        ['A', 'B']
    """
    runs = [run for run in runs if not math.isnan(score(run, by))]
    if not runs:
        raise ValueError(f"no run has a {by} score: train(..., ledger=ledger) measures it.")
    table = compare(runs, columns="all").sort_values(by, ascending=False, kind="stable")
    table["minutes"] = table["minutes"].clip(lower=0.01)
    numbered = len(table) > _NAMED
    ax = ax or new((10.6, 5.6) if numbered else (8.6, 5.2))
    _scatter(table, by, ax)
    _scale(ax, table["minutes"])
    ax.set_ylabel(f"{word('accuracy')} ({by})")
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    names = [str(name) for name in table.index]
    if numbered:
        _list(ax, names)
        names = [str(number + 1) for number in range(len(names))]
    _label(ax, table["minutes"], table[by], names)
    return sign(ax, source(runs))


def _scatter(table: pd.DataFrame, by: str, ax: Axes) -> None:
    failed = table["diagnosis"].isin(FAILED)
    good, bad = table[~failed], table[failed]
    unknown = good["gap"].isna()
    known = good[~unknown]
    points = ax.scatter(known["minutes"], known[by], c=known["gap"], cmap="viridis_r", s=60, zorder=2)
    ax.scatter(good[unknown]["minutes"], good[unknown][by], color=GREY, s=60, zorder=2)
    ax.scatter(bad["minutes"], bad[by], marker="x", color=RED, s=60, zorder=2)
    if len(known):
        name = word("gap: train - val")
        ax.figure.colorbar(points, ax=ax, location="bottom", shrink=0.5, ticks=MaxNLocator(5), label=name)


def _scale(ax: Axes, minutes: pd.Series) -> None:
    """A logarithmic axis where the minutes differ by more than a few times."""
    ax.margins(x=0.15, y=0.1)
    ax.set_xlabel(word("minutes of training"))
    if minutes.max() >= 4 * minutes.min():
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_formatter("{x:g}")


def _list(ax: Axes, names: Sequence[str]) -> None:
    """The names beside the picture, each with its number."""
    handles = [Line2D([], [], ls="none")] * len(names)
    labels = [f"{number}  {name}" for number, name in enumerate(names, 1)]
    place = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5)}
    ax.legend(handles, labels, handlelength=0, handletextpad=0, frameon=False, fontsize=8, **place)


def _label(ax: Axes, x: pd.Series, y: pd.Series, texts: Sequence[str]) -> None:
    """A text beside each point, on the first side where it covers no point and no other text."""
    ax.figure.draw_without_rendering()  # now the layout is known
    centres = ax.transData.transform(np.column_stack([x, y]))
    size = 9 * ax.figure.dpi / 72  # a line of text, a little wider than its letters; also a point
    taken = [Bbox.from_bounds(*(centre - size / 2), size, size) for centre in centres]
    for text, place, centre in zip(texts, zip(x, y, strict=True), centres, strict=True):
        label = ax.annotate(text, place, (0, 0), textcoords="offset points", fontsize=8, va="center")
        box = label.get_window_extent()
        shifts = [_shift(side, box.width, size) for side in _SIDES]
        boxes = [Bbox.from_bounds(*(centre + shift - (0, size / 2)), box.width, size) for shift in shifts]
        best = min(range(len(boxes)), key=lambda n: _covered(boxes[n], taken, ax))  # the first of equals
        label.set_position(shifts[best] * 72 / ax.figure.dpi)
        taken.append(boxes[best])


def _shift(side: tuple[float, float], width: float, size: float) -> np.ndarray:
    """From a point to the left end of its label, in pixels."""
    x, y = side
    across = {1: 0.8 * size, -1: -width - 0.8 * size, 0: -width / 2}[x]
    return np.array([across, y * size])


def _covered(box: Bbox, taken: Sequence[Bbox], ax: Axes) -> float:
    """How much of other things a label would hide, and of itself outside the axes, in square pixels."""
    overlaps = [Bbox.intersection(box, other) for other in taken]
    inside = Bbox.intersection(box, ax.bbox)
    hidden = sum(overlap.width * overlap.height for overlap in overlaps if overlap)
    return hidden + box.width * box.height - (inside.width * inside.height if inside else 0)

"""Accuracy against the number of labels: what a pre-trained net is worth, and when (sheet S0.T5)."""

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes

from labkit.config import one_of
from labkit.experiments.curves import source
from labkit.experiments.table import SCORES, compare
from labkit.plots.style import COLOURS, new, sign, word
from labkit.training import Run


def plot_labels(
    runs: Iterable[Run], split: str = "test", *, by: str = "model", ax: Axes | None = None
) -> Axes:
    """Accuracy against the number of training images, a line a net: its mean, and every run as a dot.

    The band goes from the worst to the best run of a net: with three seeds it is what was seen, not an
    interval of confidence.

    Args:
        runs: a `Ledger`, or any runs, trained on different numbers of images (`dataset.subset`).
        split: `"train"`, `"val"` or `"test"`.
        by: the column of the synthesis table that tells the lines apart.

    Raises:
        ValueError: there is no run with that score, or no such column.

    Example:
        >>> runs = [Run(name="net", model="net", test={"accuracy": a}, data={"train": n, "num_classes": 10})
        ...         for n, a in ((100, 0.2), (100, 0.3), (1000, 0.5))]
        >>> [float(y) for y in plot_labels(runs).lines[0].get_ydata()]
        [0.25, 0.5]
    """
    one_of("split", split, SCORES)
    runs = list(runs)
    table = compare(runs, columns=list(dict.fromkeys(["images", by, split]))).dropna(subset=split)
    if table.empty:
        raise ValueError(f"no run has a {split} score: train(..., ledger=ledger) measures it.")
    ax = ax or new((7.6, 4.8))
    for number, (name, group) in enumerate(table.groupby(by, sort=False)):
        _line(str(name), group, split, COLOURS[number % len(COLOURS)], ax)
    several = sorted(table["images"].unique())
    ax.set_xscale("log")
    ax.set_xticks(several, [f"{n:,}" for n in several])
    ax.minorticks_off()
    ax.set(xlabel=word("training images"), ylabel=word(f"{split} accuracy"), ylim=(0, None))
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return sign(ax, source(runs))


def _line(name: str, group: pd.DataFrame, split: str, colour: str, ax: Axes) -> None:
    spread = group.groupby("images")[split].agg(["mean", "min", "max"])
    ax.plot(spread.index, spread["mean"], color=colour, label=name)
    ax.fill_between(spread.index, spread["min"], spread["max"], color=colour, alpha=0.2, linewidth=0)
    ax.scatter(group["images"], group[split], color=colour, s=16, zorder=3)

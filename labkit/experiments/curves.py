"""Runs as pictures: what a choice changed, and what accuracy costs (sheets S3.5, S4.5.7)."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from labkit import config
from labkit.experiments.table import FAILED, RESULTS, compare, score
from labkit.plots.style import COLOURS, RED, new, sign, word
from labkit.training import Run

# Columns that do not tell two experiments apart: results, and repetitions of the same thing.
_NO_CHOICE = {*RESULTS, "seed", "loss", "error", "device", "source", "profile", "parameters"}


def plot_compare(
    runs: Iterable[Run], metric: str = "val_accuracy", *, by: str | None = None, ax: Axes | None = None
) -> Axes:
    """How runs differ: a metric against the epochs, or its last value against a hyperparameter.

    Args:
        runs: a `Ledger`, or any runs.
        metric: of the history, such as `"val_accuracy"` or `"loss"`; with `by` also a number of the synthesis
            table, such as `"test"`, `"gap"` or `"minutes"`.
        by: a hyperparameter, e.g. `"learning_rate"`. One line joins the runs that differ in nothing else but
            the seed; failed runs (at chance, diverged) are crosses.

    Raises:
        ValueError: no run has that metric or that hyperparameter.

    Example:
        >>> runs = [Run(name=f"{lr:g}", hyperparameters={"learning_rate": lr}, data={"num_classes": 10},
        ...             history={"loss": [2.0, 1.0], "val_accuracy": [0.5, 0.5 + lr]}) for lr in (0.001, 0.01, 0.1)]
        >>> len(plot_compare(runs).lines), len(plot_compare(runs, by="learning_rate").lines)
        (3, 1)
    """
    runs = list(runs)
    ax = ax or new((7.2, 4.4))
    if by is None:
        _against_epochs(runs, metric, ax)
    else:
        _against_choice(runs, metric, by, ax)
    ax.set_ylabel(word(metric))
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(frameon=False, fontsize=9, **_beside(ax))
    return sign(ax, _source(runs))


def plot_cost(runs: Iterable[Run], *, by: str = "test", ax: Axes | None = None) -> Axes:
    """Accuracy against the minutes of training: up is better, left is cheaper, dark is over-fitted.

    Args:
        runs: a `Ledger`, or any runs; failed ones are crosses.
        by: `"test"`, `"val"` or `"train"`.

    Raises:
        ValueError: no run has that score.

    Example:
        >>> runs = [Run(name=n, seconds=60.0 * m, test={"accuracy": a}, history={"loss": [1.0]},
        ...             data={"num_classes": 10}) for n, m, a in (("A", 1, 0.6), ("B", 5, 0.7))]
        >>> [text.get_text() for text in plot_cost(runs).texts]
        ['A', 'B']
    """
    runs = [run for run in runs if not math.isnan(score(run, by))]
    if not runs:
        raise ValueError(f"no run has a {by} score: train(..., ledger=ledger) measures it.")
    ax = ax or new((8.6, 5.2))
    table = compare(runs, columns="all")
    failed = table["diagnosis"].isin(FAILED).to_numpy()
    good, bad = table[~failed], table[failed]
    points = ax.scatter(
        good["minutes"].clip(lower=0.01), good[by], c=good["gap"], cmap="viridis_r", s=60, zorder=2
    )
    ax.scatter(bad["minutes"].clip(lower=0.01), bad[by], marker="x", color=RED, s=60, zorder=2)
    for name, row in table.iterrows():
        place = (max(row["minutes"], 0.01), row[by])
        ax.annotate(str(name), place, xytext=(6, 4), textcoords="offset points", fontsize=8)
    ax.set(xscale="log", xlabel=word("minutes of training"), ylabel=f"{word('accuracy')} ({by})")
    ax.margins(x=0.18, y=0.08)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.figure.colorbar(points, ax=ax, label=word("gap: train - val"))
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    return sign(ax, _source(runs))


def _against_epochs(runs: list[Run], metric: str, ax: Axes) -> None:
    for number, run in enumerate(runs):
        curve = run.history.get(metric, [])
        if len(curve):
            # Six colours and then the same six dashed: more than twelve curves say nothing anyway.
            style = {"color": COLOURS[number % len(COLOURS)], "ls": "-" if number < len(COLOURS) else "--"}
            ax.plot(
                range(1, len(curve) + 1),
                curve,
                label=run.name,
                marker="o" if len(curve) < 3 else None,
                **style,
            )
    if not ax.lines:
        known = sorted({name for run in runs for name in run.history})
        raise ValueError(f"no run has the metric {metric!r}: there is {', '.join(known) or 'nothing yet'}.")
    ax.set_xlabel(word("epoch"))
    ax.xaxis.get_major_locator().set_params(integer=True)


def _against_choice(runs: list[Run], metric: str, by: str, ax: Axes) -> None:
    table = compare(runs, columns="all")
    if by not in table:
        raise ValueError(f"no run has a hyperparameter {by!r}: there are {', '.join(table)}.")
    table["_y"] = [_last(run, metric, row) for run, (_, row) in zip(runs, table.iterrows(), strict=True)]
    others = [
        name
        for name in table.columns.drop("_y")
        if name not in {*_NO_CHOICE, by} and table[name].astype(str).nunique() > 1
    ]
    groups = table.groupby(others, dropna=False, sort=True) if others else [((), table)]
    for number, (values, group) in enumerate(groups):
        colour = COLOURS[number % len(COLOURS)]
        label = ", ".join(f"{name} {value}" for name, value in zip(others, values, strict=True))
        means = group.groupby(by)["_y"].mean()
        ax.plot(_places(means.index), means, "-", color=colour, label=label or None, zorder=1)
        failed = group["diagnosis"].isin(FAILED)
        ax.scatter(_places(group[~failed][by]), group[~failed]["_y"], color=colour, zorder=2)
        ax.scatter(
            _places(group[failed][by]),
            group[failed]["_y"].fillna(0),
            color=colour,
            marker="x",
            s=60,
            zorder=2,
        )
    _scale(ax, table[by])
    ax.set_xlabel(by)


def _places(values: Any) -> Any:
    """Numbers as they are, everything else as text: matplotlib then gives each its own place."""
    values = pd.Index(values)
    return values if pd.api.types.is_numeric_dtype(values) else values.astype(str)


def _scale(ax: Axes, values: pd.Series) -> None:
    """A logarithmic axis for numbers that span more than a factor of ten, with the values themselves as ticks."""
    if not pd.api.types.is_numeric_dtype(values):
        return
    several = sorted(set(values))
    if several[0] > 0 and several[-1] >= 8 * several[0]:
        ax.set_xscale("log")
    ax.set_xticks(several, [f"{value:g}" for value in several])
    ax.minorticks_off()


def _last(run: Run, metric: str, row: pd.Series) -> float:
    if metric in run.history:
        return run.last(metric)
    if metric in row.index and isinstance(row[metric], float | int | np.number):
        return float(row[metric])
    known = sorted({*run.history, *(name for name in RESULTS if name != "diagnosis")})
    raise ValueError(f"{run.name} has no metric {metric!r}: there is {', '.join(known)}.")


def _beside(ax: Axes) -> dict:
    """The legend outside, where there are many lines."""
    many = len(ax.get_legend_handles_labels()[1]) > 5
    return {"loc": "center left", "bbox_to_anchor": (1.01, 0.5)} if many else {}


def _source(runs: list[Run]) -> str:
    sources = {run.source for run in runs}
    return config.OFFLINE_SAMPLE if config.OFFLINE_SAMPLE in sources else next(iter(sources), "")

"""Runs as curves: a metric against the epochs, or against a hyperparameter (sheet S3.5)."""

from collections.abc import Iterable
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pandas.api import types

from labkit import config
from labkit.experiments.table import FACTS, FAILED, RESULTS, compare, varies
from labkit.plots.style import COLOURS, new, sign, word
from labkit.training import Run

# Columns that do not tell two experiments apart: results, and repetitions of the same thing.
_NO_CHOICE = {*RESULTS, *FACTS, "seed", "error", "parameters"} - {"data", "images"}
_OF_TRAINING = {
    "optimizer",
    "learning_rate",
    "batch_size",
    "epochs",
    "augmentation",
    "label_smoothing",
    "seed",
}
_LINES = ("-", "--", ":", "-.")
_MANY = 12  # lines that can still be told apart
_FEW = 5  # lines whose names fit into the picture
_LETTERS = 70  # that fit under it, side by side
_LONG = 50  # letters of a name that leave no room beside it


def plot_compare(
    runs: Iterable[Run], metric: str = "val_accuracy", *, by: str | None = None, ax: Axes | None = None
) -> Axes:
    """How runs differ: a metric against the epochs, or its last value against a hyperparameter.

    Args:
        runs: a `Ledger`, or any runs.
        metric: of the history, such as `"val_accuracy"` or `"loss"`; with `by` also a number of the synthesis
            table, such as `"test"`, `"gap"` or `"minutes"`.
        by: a hyperparameter, e.g. `"learning_rate"`; runs without it are left out. One line joins the runs that
            differ in nothing else but the seed; failed runs (at chance, diverged, error) are crosses, on the
            lower edge where they have no number.

    Raises:
        ValueError: no run has that metric or that hyperparameter.

    Example:
        >>> runs = [Run(name=f"{lr:g}", hyperparameters={"learning_rate": lr}, data={"num_classes": 10},
        ...             history={"loss": [2.0, 1.0], "val_accuracy": [0.5, 0.5 + lr]}) for lr in (0.001, 0.01, 0.1)]
        >>> len(plot_compare(runs).lines), len(plot_compare(runs, by="learning_rate").lines)
        (3, 1)
    """
    runs = list(runs)
    if by is None:
        curves = _curves(runs, metric)
        ax = ax or new((7.2 if len(curves) <= _FEW else 9.6, 4.4))
        _against_epochs(curves, ax)
    else:
        table = _final(runs, metric, by)
        ax = ax or new((8.4, 4.8))
        _against_choice(table, by, ax)
    ax.set_ylabel(word(metric))
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(frameon=False, **_beside(ax))
    return sign(ax, source(runs))


def source(runs: Iterable[Run]) -> str:
    """Where the data of a picture came from: the offline sample, if some of them did."""
    sources = {run.source for run in runs}
    return config.OFFLINE_SAMPLE if config.OFFLINE_SAMPLE in sources else next(iter(sources), "")


def _curves(runs: list[Run], metric: str) -> list[tuple[str, list[float]]]:
    curves = [(run.name, run.history[metric]) for run in runs if run.history.get(metric)]
    if not curves:
        known = sorted({name for run in runs for name in run.history})
        raise ValueError(f"no run has the metric {metric!r}: there is {', '.join(known) or 'nothing yet'}.")
    return curves


def _against_epochs(curves: list[tuple[str, list[float]]], ax: Axes) -> None:
    for number, (name, values) in enumerate(curves):
        ax.plot(
            range(1, len(values) + 1),
            values,
            label=name,
            color=COLOURS[number % len(COLOURS)],
            linestyle=_LINES[number // len(COLOURS) % len(_LINES)],
            marker="o" if len(values) < 3 else None,
        )
    ax.set_xlabel(word("epoch"))
    ax.xaxis.get_major_locator().set_params(integer=True)


def _final(runs: list[Run], metric: str, by: str) -> pd.DataFrame:
    """The table of all runs that have the hyperparameter, with the metric's last value as `_y`."""
    table = compare(runs, columns="all")
    # Those asked for: a run that diverged in its first epoch belongs to its line all the same.
    table["epochs"] = [run.hyperparameters.get("epochs", run.epochs_run) for run in runs]
    if by not in table or table[by].isna().all():
        raise ValueError(f"no run has a hyperparameter {by!r}: there are {', '.join(table)}.")
    numbers = [name for name in table if types.is_numeric_dtype(table[name])]
    known = sorted({*numbers, *(name for run in runs for name in run.history)})
    if metric not in known:
        raise ValueError(f"no run has the metric {metric!r}: there is {', '.join(known)}.")
    measured = any(metric in run.history for run in runs)
    values = [run.last(metric) for run in runs] if measured else table[metric]
    table["_y"] = np.asarray(values, dtype=float)
    table.loc[~np.isfinite(table["_y"]), "_y"] = np.nan
    return table[table[by].notna()]


def _against_choice(table: pd.DataFrame, by: str, ax: Axes) -> None:
    groups = _groups(table, by)
    if len(groups) > _MANY:  # nearly every run is a combination of its own, as in a study: nothing to join
        groups, lines = {"": table}, "none"
    else:
        lines = "-"
    for number, (label, group) in enumerate(groups.items()):
        colour = COLOURS[number % len(COLOURS)]
        means = group.groupby(by)["_y"].mean().dropna()
        ax.plot(_places(means.index), means, ls=lines, color=colour, label=fill(label, 90) or None, zorder=1)
        _points(group, by, colour, ax)
    _scale(ax, table[by])
    ax.set_xlabel(by)


def _points(group: pd.DataFrame, by: str, colour: str, ax: Axes) -> None:
    failed, nowhere = group["diagnosis"].isin(FAILED), group["_y"].isna()
    good, bad, lost = group[~failed], group[failed & ~nowhere], group[failed & nowhere]
    cross = {"color": colour, "marker": "x", "s": 60, "zorder": 3}
    ax.scatter(_places(good[by]), good["_y"], color=colour, zorder=2)
    ax.scatter(_places(bad[by]), bad["_y"], **cross)
    edge = {"transform": ax.get_xaxis_transform(), "clip_on": False}
    ax.scatter(_places(lost[by]), np.zeros(len(lost)), **cross, **edge)
    if len(lost):  # what has no height of its own does not widen the axis by itself
        places = np.asarray(ax.convert_xunits(_places(lost[by])), dtype=float)
        ax.update_datalim(np.column_stack([places, places]), updatey=False)
        ax.autoscale_view()


def _groups(table: pd.DataFrame, by: str) -> dict[str, pd.DataFrame]:
    """The runs that differ in nothing but `by` and the seed, under what sets them apart from the others."""
    others = [
        name for name in table.columns.drop("_y") if name not in {*_NO_CHOICE, by} and varies(table[name])
    ]
    if by in _OF_TRAINING and _several_nets(table, others):
        others.append("parameters")
    groups: dict[str, list] = {}
    for place, (_, row) in enumerate(table.iterrows()):
        label = ", ".join(f"{name} {_short(row[name])}" for name in others if pd.notna(row[name]))
        groups.setdefault(label, []).append(place)
    return {label: table.iloc[groups[label]] for label in groups}


def _several_nets(table: pd.DataFrame, others: list[str]) -> bool:
    """Whether the columns leave nets of different sizes together: those that have no name of their own."""
    began = table[table["diagnosis"] != "error"]
    keys = began[others].astype(str).agg(" ".join, axis=1) if others else pd.Series("", index=began.index)
    return bool((began.groupby(keys)["parameters"].nunique() > 1).any())


def _places(values: Any) -> Any:
    """Numbers as they are, everything else as text: matplotlib then gives each its own place."""
    values = pd.Index(values)
    if types.is_numeric_dtype(values) and not types.is_bool_dtype(values):
        return values.astype(float)
    return values.map(lambda value: fill(str(value) or "none", 24))


def _scale(ax: Axes, values: pd.Series) -> None:
    """A logarithmic axis for numbers that span more than a factor of ten, with the values themselves as ticks."""
    several = sorted(set(_places(values)))
    if isinstance(several[0], str):
        if len(several) * max(len(line) for name in several for line in name.splitlines()) > _LETTERS:
            ax.tick_params(axis="x", rotation=30)
        return
    if several[0] > 0 and several[-1] >= 8 * several[0]:
        ax.set_xscale("log")
    if len(several) <= _MANY:
        ax.set_xticks(several, [f"{value:g}" for value in several])
        ax.minorticks_off()


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"


def _beside(ax: Axes) -> dict[str, Any]:
    """The legend on the right where there are many lines, above where their names are long."""
    names = ax.get_legend_handles_labels()[1]
    size = {"fontsize": 9 if len(names) <= _MANY else 8}
    if max(map(len, names)) > _LONG and len(names) <= _MANY:
        return {"loc": "lower left", "bbox_to_anchor": (0, 1.03), **size}
    return size if len(names) <= _FEW else {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), **size}

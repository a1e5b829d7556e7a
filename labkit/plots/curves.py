"""Curves and tables as pictures: a metric against the epochs, the confusion matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from labkit import config
from labkit.metrics import Evaluation
from labkit.plots.style import COLOURS, new, plain, sign, word


def history(runs: Any, metric: str = "accuracy", *, ax: Axes | None = None) -> Axes:
    """A metric against the epochs: training dashed, validation solid, one colour a run.

    Args:
        runs: a Run, a Keras History, a dict of lists (or a table with a column a metric), or several:
            a list, or a dict name -> run.
        metric: `"accuracy"`, `"loss"` or another one in the history; `val_` is added by itself.

    Raises:
        ValueError: no run has that metric.

    Example:
        >>> ax = history({"loss": [2.3, 1.1], "val_loss": [2.0, 1.4]}, "loss")
        >>> [line.get_linestyle() for line in ax.lines]
        ['--', '-']
    """
    ax = ax or new((6.4, 4))
    named = {name: _full_names(curves) for name, curves in _named_histories(runs).items()}
    for colour, (name, curves) in zip(_cycle(len(named)), named.items(), strict=True):
        label = f"{name}: " if len(named) > 1 else ""
        for key, style, what in ((metric, "--", "training"), (f"val_{metric}", "-", "validation")):
            if len(curves.get(key, ())):
                epochs = np.arange(1, len(curves[key]) + 1)
                marker = "o" if len(epochs) < 3 else None
                ax.plot(epochs, curves[key], style, color=colour, marker=marker, label=label + word(what))
    if not ax.lines:
        known = sorted({key for curves in named.values() for key in curves})
        raise ValueError(f"no run has the metric {metric!r}: there is {', '.join(known) or 'nothing yet'}.")
    ax.set(xlabel=word("epoch"), ylabel=word(metric))
    ax.xaxis.get_major_locator().set_params(integer=True)
    return sign(plain(ax), _source_of(runs))


def learning_curves(runs: Any, *, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Loss and accuracy side by side, see `history`.

    Example:
        >>> curves = {"loss": [2.3, 1.1], "accuracy": [0.2, 0.6]}
        >>> len(learning_curves(curves))
        2
    """
    if axes is not None and len(axes) != 2:
        raise ValueError(f"learning curves need 2 Axes, loss and accuracy, not {len(axes)}.")
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for ax, metric in zip(axes, ("loss", "accuracy"), strict=True):
        history(runs, metric, ax=ax)
    return axes


def confusion_matrix(
    result: Evaluation | pd.DataFrame | np.ndarray, *, normalise: bool = False, ax: Axes | None = None
) -> Axes:
    """The confusion matrix as a seaborn heatmap, rows the true classes (sheets S2.T, S4.3.11, S4.4.4).

    The colour scale leaves out the diagonal, so that the errors can be told apart.

    Args:
        result: an Evaluation, the table that `metrics.confusion` gives, or scikit-learn's array of counts.
        normalise: show the share of each true class instead of counts.

    Raises:
        ValueError: this is no square table.

    Example:
        >>> result = Evaluation.of([0, 1, 1], np.eye(2)[[0, 0, 1]], ["cat", "dog"])
        >>> [text.get_text() for text in confusion_matrix(result).texts]
        ['1', '0', '1', '1']
    """
    import seaborn

    table = result.confusion() if isinstance(result, Evaluation) else pd.DataFrame(result)
    if len(table) == 0 or table.shape[0] != table.shape[1]:
        raise ValueError(f"a confusion matrix has as many rows as columns, not {table.shape}.")
    shown = table.div(table.sum(axis=1).clip(lower=1), axis=0) if normalise else table
    errors = shown.to_numpy() - np.diag(np.diagonal(shown.to_numpy()))
    few = len(table) <= 20
    ax = ax or new((8, 6.8) if len(table) <= 12 else (10.5, 9) if few else (12, 10.5))
    seaborn.heatmap(
        shown,
        annot=few,
        fmt="d" if all(kind.kind in "iu" for kind in shown.dtypes) else ".2f",
        annot_kws={"fontsize": 9},
        cmap="Blues",
        vmin=0,
        vmax=errors.max() * 1.25 or 1,
        square=True,
        linewidths=0.5 if few else 0,
        cbar_kws={"label": word("share of the class" if normalise else "images"), "extend": "max"},
        ax=ax,
    )
    ax.set(ylabel=word("true class"), xlabel=word("predicted class"))
    ax.tick_params(axis="x", rotation=45)
    ax.tick_params(axis="y", rotation=0)
    plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")
    return sign(ax, getattr(result, "source", ""))


def _full_names(curves: Mapping) -> dict:
    """The curves of a Keras History under the same names, however its metric was spelt (`acc`)."""
    return {
        {"acc": "accuracy", "val_acc": "val_accuracy"}.get(key, key): curve for key, curve in curves.items()
    }


def _cycle(n: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(n)]


def _named_histories(runs: Any) -> dict[str, Mapping]:
    """name -> dict of lists, from any of the forms that `history` takes."""
    if isinstance(runs, Mapping) and not any(
        hasattr(v, "history") or isinstance(v, Mapping) for v in runs.values()
    ):
        return {"": runs}
    if isinstance(runs, Mapping):
        return {name: getattr(run, "history", run) for name, run in runs.items()}
    several = runs if isinstance(runs, list | tuple) else [runs]
    named = {
        f"{i} {getattr(run, 'name', '')}".strip(): getattr(run, "history", run)
        for i, run in enumerate(several, start=1)
    }
    for curves in named.values():
        if not isinstance(curves, Mapping | pd.DataFrame):
            raise ValueError(
                f"a Run, a Keras History or a dict of lists is expected, not {type(curves).__name__}."
            )
    return named


def _source_of(runs: Any) -> str:
    several = (
        list(runs.values())
        if isinstance(runs, Mapping)
        else runs
        if isinstance(runs, list | tuple)
        else [runs]
    )
    sources = {getattr(run, "source", "") for run in several}
    return config.OFFLINE_SAMPLE if config.OFFLINE_SAMPLE in sources else sources.pop()

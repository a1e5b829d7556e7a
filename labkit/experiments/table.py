"""The synthesis table: one row a run, one column a choice or a result (sheet S3.5)."""

import math
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from labkit.experiments.ledger import diagnosis
from labkit.training import Run

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

SCORES = ("train", "val", "test")
RESULTS = ("s/epoch", "minutes", *SCORES, "gap", "diagnosis")
FAILED = ("at chance", "diverged", "error")
# What follows from a choice or from the machine; a training that never began knows less of it.
FACTS = ("loss", "data", "images", "source", "profile", "device")
# What a reader wants to see even where it is the same in every row.
ALWAYS = ("model", "parameters", "epochs", *RESULTS)
ON_REQUEST = ("loss",)  # long, and label_smoothing says what was chosen
_AUTOMATIC = re.compile(r"^(sequential|functional)_\d+$")  # names that Keras numbers anew in every session


def compare(
    runs: Iterable[Run], *, columns: Sequence[str] | str | None = None, styled: bool = False
) -> "pd.DataFrame | Styler":
    """The synthesis table of several runs (sheet S3.5).

    Args:
        runs: a `Ledger`, or any runs.
        columns: those to show, in their order; `"all"` for all. Left out, the columns that are the same in
            every row are not shown, unless they are model, parameters, epochs or a result.
        styled: a pandas Styler instead: the best scores in bold, failed runs in red. Needs jinja2.

    Returns:
        A table indexed by the runs' names. `train`, `val` and `test` are accuracies, `gap` is train - val,
        `s/epoch` and `minutes` are wall time of the training alone. Without a ledger (or `record()`), `train`
        and `val` are those of the last epoch.

    Raises:
        ValueError: there is no run, or no such column.

    Example:
        >>> runs = [Run(name=f"lr {lr:g}", hyperparameters={"learning_rate": lr}, test={"accuracy": 0.5 + lr},
        ...             history={"loss": [1.0]}, data={"num_classes": 10}) for lr in (0.1, 0.01)]
        >>> compare(runs, columns=["learning_rate", "test"])
                 learning_rate  test
        run
        lr 0.1            0.10  0.60
        lr 0.01           0.01  0.51
    """
    runs = list(runs)
    if not runs:
        raise ValueError("there is no run to compare yet: train(..., ledger=ledger) adds one.")
    table = pd.DataFrame([row(run) for run in runs], index=pd.Index(_names(runs), name="run"))
    table = table[_wanted(table, columns)].apply(_whole)
    return _styled(table) if styled else table


def row(run: Run) -> dict[str, Any]:
    """Everything that the table says about one run."""
    chosen = {
        name: str(value) if isinstance(value, list | tuple) else value  # pandas cannot group by lists
        for name, value in run.hyperparameters.items()
        if not isinstance(value, dict)
    }
    return {
        "model": _AUTOMATIC.sub(r"\1", run.model),
        "parameters": run.parameters,
        **chosen,
        "epochs": run.epochs_run,
        "s/epoch": round(run.seconds_per_epoch, 2),
        "minutes": round(run.seconds / 60, 2),
        **{split: round(score(run, split), 4) for split in SCORES},
        "gap": round(math.nan if run.stopped == "nan" else run.gap, 4),
        "diagnosis": diagnosis(run),
        "loss": run.loss,
        "data": run.data.get("name", ""),
        "images": run.data.get("train", 0),
        "source": run.source,
        "profile": run.profile,
        "device": run.device,
        "error": run.error,
    }


def score(run: Run, split: str) -> float:
    """The run's accuracy on a split, NaN if it was not measured.

    Of the trained network where that was measured, else of its last epoch; a net that answers NaN has none.
    """
    if run.stopped == "nan":
        return math.nan
    measured = getattr(run, split)
    if measured:
        return measured["accuracy"]
    return math.nan if split == "test" else run.last("accuracy" if split == "train" else "val_accuracy")


def _names(runs: list[Run]) -> list[str]:
    """The runs' names; one that has come before is numbered, as the rows of a styled table must differ."""
    names: list[str] = []
    for run in runs:
        count = sum(run.name == other.name for other in runs[: len(names)])
        names.append(f"{run.name} ({count + 1})" if count else run.name)
    return names


def _whole(column: pd.Series) -> pd.Series:
    """Whole numbers stay whole where some run has none: 16 and not 16.0."""
    known = column.dropna()
    if column.name in RESULTS or column.dtype.kind != "f" or len(known) in (0, len(column)):
        return column
    return column.astype("Int64") if (known % 1 == 0).all() and known.abs().max() < 2**53 else column


def varies(column: pd.Series) -> bool:
    """Whether a column is not the same in every row; to have no value is one, too."""
    return column.astype(str).nunique(dropna=False) > 1


def _wanted(table: pd.DataFrame, columns: Sequence[str] | str | None) -> list[str]:
    if columns is None:
        began = table[table["diagnosis"] != "error"]
        several = [name for name in table if varies((began if name in FACTS else table)[name])]
        return [name for name in table if name in ALWAYS or (name in several and name not in ON_REQUEST)]
    wanted = list(table) if columns == "all" else [columns] if isinstance(columns, str) else list(columns)
    unknown = [name for name in wanted if name not in table]
    if unknown:
        raise ValueError(f"there is no column {unknown[0]!r}: there are {', '.join(table)}.")
    return wanted


def _styled(table: pd.DataFrame) -> "Styler":
    try:
        style = table.style
    except (ImportError, AttributeError):
        raise ImportError("a styled table needs jinja2: pip install jinja2, or leave styled=False.") from None
    shown = [name for name in SCORES if name in table]
    formats = {name: _number for name in table if table[name].dtype.kind in "fO"}
    formats |= dict.fromkeys((*shown, "gap"), "{:.4f}")
    formats |= {"s/epoch": "{:.2f}", "minutes": "{:.2f}", "parameters": "{:,}"}
    formats = {name: pattern for name, pattern in formats.items() if name in table}
    style = style.format(formats, na_rep="–", escape="html").format_index(escape="html")
    style = style.highlight_max(subset=shown, props="font-weight: bold")
    if "diagnosis" not in table:
        return style
    return style.apply(_red_if_failed, axis=1)


def _number(value: Any) -> str:
    """Numbers without further zeros, also in a column that holds the name of a schedule, too."""
    if not isinstance(value, float | np.floating):
        return value if isinstance(value, str) else escape(str(value))  # pandas has escaped texts before
    return "–" if math.isnan(value) else f"{value:g}"


def _red_if_failed(cells: pd.Series) -> list[str]:
    return ["color: #b23a48" if cells["diagnosis"] in FAILED else ""] * len(cells)

"""What a benchmark's figures depend on, for its CSV and the title of its figure; and bars with their numbers."""

from pathlib import Path
from typing import Any

import pandas as pd


def conditions(**more: object) -> dict[str, Any]:
    """Device and versions, and what else the caller names (seed, rounds): one column each."""
    import numpy as np

    from labkit import machine

    versions = machine.versions() | {"numpy": np.__version__}
    said = ", ".join(f"{name} {number}" for name, number in versions.items())
    return {**more, "device": machine.device(), "versions": said}


def bars(table: pd.DataFrame, panel: str, value: str, label: str, path: Path) -> None:
    """One panel a value of the column `panel`, one bar a contestant (column `who`), labelled."""
    import matplotlib.pyplot as plt

    from labkit.plots import COLOURS

    cases = table.groupby(panel, sort=False)
    figure, axes = plt.subplots(
        1, len(cases), figsize=(max(6, 4.2 * len(cases)), 2.8), layout="constrained", squeeze=False
    )
    for i, (ax, (name, rows)) in enumerate(zip(axes[0], cases, strict=True)):
        rows = rows.iloc[::-1]
        drawn = ax.barh(
            rows["who"], rows[value], color=[COLOURS[who.startswith("labkit")] for who in rows["who"]]
        )
        ax.bar_label(
            drawn, [f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for v in rows[value]], padding=2, fontsize=8
        )
        ax.set(title=str(name), xlabel=label, xlim=(0, rows[value].max() * 1.3))
        ax.tick_params(labelleft=i == 0)
    said = table.iloc[0]
    figure.suptitle(f"{said['device']}; medians of {said['rounds']} rounds\n{said['versions']}", fontsize=7)
    figure.savefig(path, dpi=110)

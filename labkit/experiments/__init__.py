"""Experiments: a ledger of runs, the table and the curves that compare them, the best of them, and sweeps."""

from labkit.experiments.choice import Best, best
from labkit.experiments.cost import plot_cost
from labkit.experiments.curves import plot_compare
from labkit.experiments.labels import plot_labels
from labkit.experiments.ledger import Ledger
from labkit.experiments.sweeping import sweep
from labkit.experiments.table import compare

__all__ = ["Best", "Ledger", "best", "compare", "plot_compare", "plot_cost", "plot_labels", "sweep"]

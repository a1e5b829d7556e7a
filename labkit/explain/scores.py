"""Faithfulness: the scores of several methods on the same images, with intervals and beside the baselines."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from labkit.explain.intervals import curve_interval, mean_interval

# Which way a score is good; empty maps are counted and not judged.
BETTER = {
    "deletion": "lower",
    "insertion": "higher",
    "pointing": "higher",
    "energy": "higher",
    "agreement": "higher",
}


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """What `measure_faithfulness` found.

    Attributes:
        scores: a row a method and image, columns `method`, `image`, then the scores: `deletion` and
            `insertion` (areas under the curves), `pointing` and `energy` where masks were given,
            `agreement` where a reference was given, `empty` (1 for a map without anything positive).
        curves: `"deletion"` or `"insertion"` -> method -> probabilities `(n, steps + 1)`.
        fractions: of the pixels that have been changed at each point of the curves.
        baselines: names of those methods that know nothing of the network.
    """

    scores: pd.DataFrame = field(repr=False)
    curves: dict[str, dict[str, np.ndarray]] = field(repr=False)
    fractions: np.ndarray = field(repr=False)
    baselines: tuple[str, ...]

    @classmethod
    def of(
        cls,
        scores: Mapping[str, Mapping[str, np.ndarray]],
        curves: dict[str, dict[str, np.ndarray]],
        fractions: np.ndarray,
        baselines: tuple[str, ...],
    ) -> "Faithfulness":
        """From method -> score -> one number an image."""
        tables = [pd.DataFrame({"method": name, **columns}) for name, columns in scores.items()]
        for table in tables:
            table.insert(1, "image", range(len(table)))
        return cls(pd.concat(tables, ignore_index=True), curves, fractions, baselines)

    @property
    def methods(self) -> list[str]:
        """All names, the methods first and the baselines last."""
        return list(dict.fromkeys(self.scores["method"]))

    @property
    def metrics(self) -> list[str]:
        """The scores that were measured."""
        return [name for name in BETTER if name in self.scores]

    def table(self, *, level: float = 0.95) -> pd.DataFrame:
        """One row a method: the mean of each score over the images, and its bootstrap interval.

        Returns:
            Columns in two levels, `(score, "mean" | "low" | "high")`, and `("empty", "share")`.
        """
        return pd.DataFrame({name: self._row(name, level) for name in self.methods}).T

    def against(self, baseline: str = "centred Gaussian", *, level: float = 0.95) -> pd.DataFrame:
        """How much better each method is than a baseline, image by image, with the interval of that difference.

        Differences are turned so that above 0 is better, deletion too. An interval that holds 0 says:
        on these images the method is not told apart from something that never saw the network.

        Returns:
            One row a method, columns as in `table`.

        Raises:
            ValueError: there is no such method.
        """
        if baseline not in self.methods:
            raise ValueError(f"there is no {baseline!r} here: there is {', '.join(self.methods)}.")
        rows = {}
        for name in self.methods:
            if name != baseline:
                rows[name] = {}
                for metric in self.metrics:
                    gain = self.of_method(name, metric) - self.of_method(baseline, metric)
                    rows[name] |= _columns(metric, gain * (-1 if BETTER[metric] == "lower" else 1), level)
        return pd.DataFrame(rows).T

    def curve(self, kind: str, method: str, *, level: float = 0.95) -> np.ndarray:
        """The mean curve of a method and its interval at each point, `(3, steps + 1)`: mean, low, high."""
        return curve_interval(self.curves[kind][method], level=level)

    def of_method(self, method: str, metric: str) -> np.ndarray:
        """One number an image, `(n,)`."""
        return self.scores.loc[self.scores["method"] == method, metric].to_numpy()

    def _row(self, name: str, level: float) -> dict:
        row = {}
        for metric in self.metrics:
            row |= _columns(metric, self.of_method(name, metric), level)
        return row | {("empty", "share"): self.of_method(name, "empty").mean()}


def _columns(metric: str, values: np.ndarray, level: float) -> dict:
    interval = mean_interval(values, level=level)
    return {(metric, end): number for end, number in zip(("mean", "low", "high"), interval, strict=True)}

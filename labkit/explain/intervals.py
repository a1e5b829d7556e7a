"""Intervals: how far a mean over a few images can be trusted."""

import numpy as np

RESAMPLES = 2000


def mean_interval(
    values: np.ndarray, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float, float]:
    """The mean of a sample and its percentile bootstrap interval.

    The sample is drawn again `resamples` times with replacement; the interval holds the middle `level` of
    the means. (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.) It speaks of other
    images from the same source, not of other trainings of the net.

    Args:
        values: one number an image, `(n,)`; NaN, "not defined for this image", are left out.
        level: between 0 and 1.

    Returns:
        `(mean, low, high)`; three NaN where no number is left.

    Example:
        >>> mean, low, high = mean_interval(np.array([0.0, 1.0] * 50))
        >>> mean, 0.38 < low < 0.42, 0.58 < high < 0.62
        (0.5, True, True)
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, not {level!r}.")
    values = np.asarray(values, dtype=np.float64).ravel()
    values = values[~np.isnan(values)]
    if not len(values):
        return (np.nan, np.nan, np.nan)
    draws = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(values.mean()), float(low), float(high)


def curve_interval(
    values: np.ndarray, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> np.ndarray:
    """`mean_interval` at each point of curves `(n, points)`: `(3, points)`, mean, low and high.

    Example:
        >>> curve_interval(np.zeros((5, 3))).shape
        (3, 3)
    """
    columns = np.asarray(values).T
    points = [mean_interval(column, level=level, resamples=resamples, seed=seed) for column in columns]
    return np.array(points).T

"""Splitting: a share of every class at random, also of classes with few images."""

import zlib
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from labkit.data.reports import brief


def check_share(what: str, share: Any) -> None:
    """Raise a one-line ValueError unless `share` is a fraction, `0 <= share < 1`; `what` is the argument's name.

    Example:
        >>> check_share("validation", 20)
        Traceback (most recent call last):
        ValueError: validation must be a fraction from 0 to below 1, not 20: for 20 % write 0.2.
    """
    if not isinstance(share, Real) or isinstance(share, bool) or not 0 <= share < 1:
        raise ValueError(
            f"{what} must be a fraction from 0 to below 1, not {brief(share)}: for 20 % write 0.2."
        )


def share_of(classes: Sequence[str] | np.ndarray, share: float, seed: int) -> list[int]:
    """Positions of a share of the items, every class in its proportion, chosen by the seed.

    Of a class with two or more at least one is taken and at least one stays; a class of one stays whole, which
    scikit-learn's stratified split would refuse. Each class draws from a stream of its own, so that a photo
    more in one leaves the others as they were.

    Args:
        classes: of each item.
        share: from 0 to below 1.

    Returns:
        Sorted positions.

    Example:
        >>> share_of(["a"] * 8 + ["b"] * 4 + ["c"], 0.25, seed=0)
        [1, 7, 8]
    """
    names, counts = np.unique(np.asarray(classes, dtype=str), return_counts=True)
    taken = []
    for name, count in zip(names, _counts(counts, share), strict=True):
        where = np.flatnonzero(np.asarray(classes) == name)
        order = np.random.default_rng([seed, zlib.crc32(name.encode())]).permutation(len(where))
        taken += where[order[:count]].tolist()
    return sorted(taken)


def _counts(counts: np.ndarray, share: float) -> np.ndarray:
    """How many to take of each class: rounded down, what is missing in sum where most was lost."""
    if share == 0:
        return np.zeros_like(counts)
    exact = counts * share
    taken = np.floor(exact).astype(int)
    missing = round(counts.sum() * share) - taken.sum()
    taken[np.argsort(taken - exact, kind="stable")[: max(0, missing)]] += 1
    return np.clip(taken, np.minimum(1, counts - 1), counts - 1)

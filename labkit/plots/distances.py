"""How far sets of images are from the training images: one curve a set, and what lies beyond the known ones."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from labkit.plots.style import GREY, MANY, new, plain, sign, word

NEARER = 0.95  # of the known images: the paper's threshold
FEW = 100  # up to so many images, each has a mark of its own


def distances(found: Mapping[str, np.ndarray], *, source: str = "", ax: Axes | None = None) -> Axes:
    """The share of each set's images that are farther from the training images than x.

    The line marks the distance within which 95 % of the known images lie; the height of a curve there is the
    share of its set beyond it, which the legend gives too: 5 % if the set is like the known one. Curves of shares
    are fair to sets of any size, where histograms of 40 images and of 2,000 are not. Each image of a set of up to
    100 has a mark at the bottom.

    Args:
        found: name -> what `explain.feature_distances` gives for these images, all of one layer, reference and k;
            the first is the known set, such as the data set's own test images.
        source: of the images, for the note in the corner.

    Raises:
        ValueError: there is no set, an empty one, or something else than finite numbers `(n,)`.

    Example:
        >>> ax = distances({"test images": np.linspace(0, 1, 101), "own images": np.array([0.5, 0.97, 1.2, 2])})
        >>> [text.get_text() for text in ax.get_legend().texts]
        ['test images', '95 % of them are nearer', 'own images: 75 % beyond']
    """
    sets = _checked(found)
    ax = ax or new((8.4, 4.2))
    known, *others = sets
    limit = float(np.quantile(sets[known], NEARER))
    ax.ecdf(sets[known], complementary=True, color=GREY, linewidth=2, label=known)
    ax.axvline(
        limit, color=GREY, linestyle="--", linewidth=1, label=_percent("{} of them are nearer", NEARER)
    )
    for i, name in enumerate(others):
        beyond = float((sets[name] > limit).mean())
        label = f"{name}: {_percent('{} beyond', beyond)}"
        ax.ecdf(sets[name], complementary=True, color=MANY[i % len(MANY)], label=label)
        ax.plot(limit, beyond, "o", color=MANY[i % len(MANY)], markersize=5)
    _marks(ax, sets)
    ax.set(xlabel=word("distance to the training images"), ylabel=word("share of the images farther away"))
    return sign(plain(ax, outside=True), source)


def _marks(ax: Axes, sets: Mapping[str, np.ndarray]) -> None:
    """One row of marks below the curves for each small set, in the set's colour."""
    colours = [GREY, *(MANY[i % len(MANY)] for i in range(len(sets) - 1))]
    small = [(values, colours[i]) for i, values in enumerate(sets.values()) if len(values) <= FEW]
    for row, (values, colour) in enumerate(small):
        height = np.full(len(values), -0.035 - 0.045 * row)
        ax.plot(values, height, "|", color=colour, markersize=7, alpha=0.7)
    ax.set_ylim(-0.02 - 0.045 * len(small), 1.02)


def _percent(text: str, share: float) -> str:
    return word(text).format(f"{100 * share:.0f} %")


def _checked(found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    if not isinstance(found, Mapping) or not found:
        raise ValueError(
            'give a dict, the known set first: {"test images": distances, "own images": distances}.'
        )
    sets = {name: np.asarray(values) for name, values in found.items()}
    for name, values in sets.items():
        if values.dtype.kind not in "biuf" or values.ndim != 1 or not len(values):
            raise ValueError(
                f"{name}: distances are numbers (n,), one an image, not {values.dtype} of the shape {values.shape}."
            )
        if not np.isfinite(values).all():
            raise ValueError(f"{name}: the distances hold NaN or infinity.")
    return sets

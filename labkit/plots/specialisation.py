"""What the filters of a layer have learnt, as pictures: what excites them, which classes they answer to."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from labkit.plots.pixels import value_range
from labkit.plots.style import GREY, new, sign, word


def favourites(
    painted: Any,
    patches: Any,
    *,
    names: Sequence[str] | None = None,
    columns: int = 4,
    source: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Beside each other, for each filter: the picture painted for it, and the real patches that excite it most.

    Args:
        painted: what `explain.maximise` gives.
        patches: what `explain.top_patches` gives for the same layer; only filters in both are shown. One
            that answers to none of them is called silent.
        names: of the filters by their numbers, such as `class_names` for the last layer; else the numbers.
        columns: filters side by side.
        source: of the images, for the note in the corner.

    Raises:
        ValueError: they are of other layers, or have no filter in common.

    Example:
        >>> from labkit.explain.feature_maps import Patches
        >>> from labkit.explain.maximisation import Painted
        >>> one = np.arange(1)
        >>> painted = Painted("conv1", one, np.zeros((1, 8, 8, 3)), np.ones(1))
        >>> nine = np.zeros((1, 9, 3, 3, 3)), np.ones((1, 9)), np.zeros((1, 9)), np.zeros((1, 9, 2))
        >>> len(favourites(painted, Patches("conv1", one, *nine)).images)
        10
    """
    common = [number for number in painted.filters if number in patches.filters]
    if painted.layer != patches.layer or not common:
        raise ValueError(
            f"the pictures are of {painted.layer} and the patches of {patches.layer}, without a filter in common."
        )
    columns = min(columns, len(common))
    rows = -(-len(common) // columns)
    ax = ax or new((2.75 * columns, 1.55 * rows))
    low, high = value_range(np.r_[painted.pictures.ravel(), patches.patches.ravel()])
    for i, number in enumerate(common):
        at, real = (int(np.flatnonzero(one.filters == number)[0]) for one in (painted, patches))
        shown = [(x - low) / (high - low) for x in (painted.pictures[at], patches.patches[real])]
        silent = patches.responses[real].max() <= 0
        left, top = 2.25 * (i % columns), -1.22 * (i // columns)
        _mosaic(ax, shown[0][np.newaxis], left, top)
        ground = {"color": "0.9", "linewidth": 0, "zorder": -1}  # below the patches, which may be white
        ax.add_patch(Rectangle((left + 1.05, top - 1), 1, 1, **ground))
        if not silent:
            _mosaic(ax, shown[1], left + 1.05, top)
        name = str(number) if names is None else names[number]
        note, colour = (f"{name}: {word('silent')}", GREY) if silent else (name, "black")
        ax.text(left, top + 0.03, note, ha="left", va="bottom", fontsize=8, color=colour)
    ax.set(xlim=(-0.05, 2.25 * columns - 0.15), ylim=(-1.22 * rows + 0.15, 0.22))
    ax.axis("off")
    return sign(ax, source)


def selectivity_map(means: pd.DataFrame, *, source: str = "", ax: Axes | None = None) -> Axes:
    """The mean response of each filter of a layer to each class, as a share of its largest one.

    The filters are sorted by their favourite class; those that never respond are left out and counted.

    Args:
        means: of one layer: `explain.class_selectivity(...).means[layer]`.
        source: of the images, for the note in the corner.

    Raises:
        ValueError: no filter of the layer responds.

    Example:
        >>> means = pd.DataFrame([[0.0, 1.0], [2.0, 0.0]], columns=["cat", "dog"])
        >>> selectivity_map(means).images[0].get_array().tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    numbers = means.to_numpy(dtype=float)
    numbers = numbers[numbers.max(axis=1) > 0]
    if not len(numbers):
        raise ValueError("no filter of this layer responds to anything: there is nothing to show.")
    shares = numbers / numbers.max(axis=1, keepdims=True)
    order = np.lexsort((shares.mean(axis=1), numbers.argmax(axis=1)))
    ax = ax or new((1.6 + 0.5 * means.shape[1], min(9.0, 1.8 + 0.09 * len(numbers))))
    picture = ax.imshow(shares[order], cmap="magma", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    ax.figure.colorbar(picture, ax=ax, label=word("response, share of the largest"))
    ax.set_xticks(range(means.shape[1]), means.columns, rotation=45, ha="right", rotation_mode="anchor")
    silent = len(means) - len(numbers)
    rest = f", {silent} {word('silent')}" if silent else ""
    ax.set(yticks=[], ylabel=f"{len(numbers)} {word('filters')}{rest}")
    return sign(ax, source)


def similarity(table: pd.DataFrame, *, source: str = "", ax: Axes | None = None) -> Axes:
    """Linear CKA between the layers of two nets, as a map from 0 to 1.

    Args:
        table: what `explain.compare_layers` gives: rows the layers of one net, columns those of the other.
        source: of the images, for the note in the corner.

    Example:
        >>> len(similarity(pd.DataFrame(np.eye(2), ["a", "b"], ["a", "b"])).texts)
        4
    """
    rows, columns = table.shape
    ax = ax or new((2.2 + 0.62 * columns, 1.4 + 0.5 * rows))
    picture = ax.imshow(table.to_numpy(dtype=float), cmap="viridis", vmin=0, vmax=1, aspect="auto")
    ax.figure.colorbar(picture, ax=ax, label="CKA")
    if rows * columns <= 150:
        for (y, x), number in np.ndenumerate(table.to_numpy(dtype=float)):
            ax.text(
                x,
                y,
                f"{number:.2f}",
                ha="center",
                va="center",
                fontsize=8,
                color="white" if number < 0.6 else "black",
            )
    ax.set_xticks(range(columns), table.columns, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(rows), table.index)
    return sign(ax, source)


def _mosaic(ax: Axes, pictures: np.ndarray, left: float, top: float) -> None:
    """One picture or several in a square of side 1."""
    side = int(np.ceil(np.sqrt(len(pictures))))
    gap = 0.0 if side == 1 else 0.02
    size = (1 - gap * (side + 1)) / side
    for i, picture in enumerate(pictures):
        x, y = left + gap + (i % side) * (size + gap), top - gap - (i // side) * (size + gap)
        ax.imshow(picture, cmap="gray", vmin=0, vmax=1, extent=(x, x + size, y - size, y))

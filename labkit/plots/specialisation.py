"""What the layers of a net have learnt, as pictures: its filters' favourites, selectivity, probes, similarity."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from labkit.plots.images import in_range
from labkit.plots.style import COLOURS, GREY, new, word


def favourites(
    painted: Any,
    patches: Any,
    *,
    names: Sequence[str] | None = None,
    columns: int = 4,
    ax: Axes | None = None,
) -> Axes:
    """Beside each other, for each filter: the picture painted for it, and the real patches that excite it most.

    Args:
        painted: what `explain.maximise` gives.
        patches: what `explain.top_patches` gives for the same layer; only filters in both are shown. One
            that answers to none of them is called silent.
        names: of the filters by their numbers, such as `class_names` for the last layer; else the numbers.
        columns: filters side by side.

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
    pictures, real = in_range(painted.pictures), _patches_in_range(patches.patches)
    for i, number in enumerate(common):
        left, top = 2.25 * (i % columns), -1.22 * (i // columns)
        at = int(np.flatnonzero(patches.filters == number)[0])
        silent = patches.responses[at].max() <= 0
        picture = pictures[int(np.flatnonzero(painted.filters == number)[0])]
        ax.imshow(picture, cmap="gray", vmin=0, vmax=1, extent=(left, left + 1, top - 1, top))
        _mosaic(ax, np.full((1, 1, 1, 3), 0.9) if silent else real[at], left + 1.05, top)
        name = str(number) if names is None else names[number]
        note = f"{name}: {word('silent')}" if silent else name
        ax.text(left, top + 0.03, note, ha="left", va="bottom", fontsize=8, color=GREY if silent else "black")
    ax.set(xlim=(-0.05, 2.25 * columns - 0.15), ylim=(-1.22 * rows + 0.15, 0.22))
    ax.axis("off")
    return ax


def selectivity(found: Any, *, ax: Axes | None = None) -> Axes:
    """Class selectivity layer by layer: the median of the filters, their middle half as a band.

    Args:
        found: what `explain.class_selectivity` gives, whose filters are then drawn as points too; or a dict
            name of the net -> that, for several nets on one axis.

    Example:
        >>> from labkit.explain.selectivity import Selectivity
        >>> filters = pd.DataFrame({"layer": ["a", "a", "b"], "filter": [0, 1, 0], "selectivity": [0.2, 0.4, 0.9]})
        >>> ax = selectivity(Selectivity(filters, {"a": None, "b": None}))
        >>> ax.lines[0].get_ydata().round(1).tolist()
        [0.3, 0.9]
    """
    named = found if isinstance(found, Mapping) else {"": found}
    tables = {name: one.table() for name, one in named.items()}
    ax, places = _layer_axis(tables, ax)
    for i, (name, table) in enumerate(tables.items()):
        colour, x = COLOURS[i % len(COLOURS)], [places[layer] for layer in table.index]
        ax.plot(x, table["median"], "o-", color=colour, label=name, zorder=3)
        ax.fill_between(x, table["low"], table["high"], color=colour, alpha=0.15, linewidth=0)
    if len(named) == 1:
        filters = next(iter(named.values())).filters
        x = filters["layer"].map(places) + np.random.default_rng(0).uniform(-0.16, 0.16, len(filters))
        ax.scatter(x, filters["selectivity"], s=9, color=COLOURS[1], alpha=0.6, linewidth=0, zorder=2)
        for layer, row in tables[next(iter(tables))].iterrows():
            if row["silent"]:
                note = f"{row['silent']:.0f} {word('silent')}"
                ax.text(places[layer], 1.02, note, ha="center", va="bottom", fontsize=8, color=GREY)
    ax.set(ylabel=word("class selectivity"), ylim=(0, 1))
    return _finished(ax, tables)


def selectivity_map(means: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The mean response of each filter of a layer to each class, as a share of its largest one.

    The filters are sorted by their favourite class; those that never respond are left out and counted.

    Args:
        means: of one layer: `explain.class_selectivity(...).means[layer]`.

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
    return ax


def probes(tables: Any, *, chance: float | None = None, ax: Axes | None = None) -> Axes:
    """The accuracy of a linear probe on each layer, with its bootstrap interval.

    Args:
        tables: what `explain.linear_probes` gives, or a dict name of the net -> that, on one axis.
        chance: what guessing gets, drawn as a line: 0.1 for ten classes.

    Example:
        >>> table = pd.DataFrame({"accuracy": [0.3, 0.5], "low": [0.2, 0.4], "high": [0.4, 0.6]}, ["pixels", "fc1"])
        >>> probes({"mnist": table}).get_legend() is None
        False
    """
    named = tables if isinstance(tables, Mapping) else {"": tables}
    ax, places = _layer_axis(named, ax)
    for i, (name, table) in enumerate(named.items()):
        x = np.array([places[layer] for layer in table.index]) + 0.07 * (i - (len(named) - 1) / 2)
        error = np.abs(table[["low", "high"]].to_numpy().T - table["accuracy"].to_numpy())
        ax.errorbar(
            x, table["accuracy"], error, fmt="o-", color=COLOURS[i % len(COLOURS)], capsize=3, label=name
        )
    if chance is not None:
        ax.axhline(chance, color=GREY, linestyle=":", linewidth=1)
        ax.text(
            1,
            chance,
            word("chance"),
            transform=ax.get_yaxis_transform(),
            ha="right",
            va="bottom",
            fontsize=8,
            color=GREY,
        )
    ax.set(ylabel=word("accuracy of a linear probe"))
    ax.set_ylim(bottom=0)
    return _finished(ax, named)


def similarity(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Linear CKA between the layers of two nets, as a map from 0 to 1.

    Args:
        table: what `explain.compare_layers` gives: rows the layers of one net, columns those of the other.

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
    return ax


def similarity_curves(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Linear CKA of the same layers of several nets: one line a pair of nets.

    Args:
        table: what `explain.same_layers` gives: a row a layer, a column a pair.

    Example:
        >>> len(similarity_curves(pd.DataFrame({"a and b": [0.9, 0.5]}, ["conv1", "fc1"])).lines)
        1
    """
    ax, places = _layer_axis({"": table}, ax)
    for i, pair in enumerate(table.columns):
        x = [places[layer] for layer in table.index]
        ax.plot(x, table[pair], "o-", color=COLOURS[i % len(COLOURS)], label=pair)
    ax.set(ylabel="CKA", ylim=(0, 1.02))
    return _finished(ax, table.columns)


def _mosaic(ax: Axes, patches: np.ndarray, left: float, top: float) -> None:
    """Patches in a square as large as the painted picture."""
    side = int(np.ceil(np.sqrt(len(patches))))
    step = 1 / side
    for i, patch in enumerate(patches):
        x, y = left + (i % side) * step, top - (i // side) * step
        ax.imshow(patch, cmap="gray", vmin=0, vmax=1, extent=(x, x + 0.95 * step, y - 0.95 * step, y))


def _patches_in_range(patches: np.ndarray) -> np.ndarray:
    """The patches of all filters as colours, in one common range."""
    return in_range(patches.reshape(-1, *patches.shape[2:])).reshape(patches.shape)


def _layer_axis(tables: Mapping[str, pd.DataFrame], ax: Axes | None) -> tuple[Axes, dict[str, int]]:
    """Axes with the layers of all tables along x, in the order in which they come; and the place of each."""
    places: dict[str, int] = {}
    for table in tables.values():
        for layer in table.index:
            places.setdefault(layer, len(places))
    ax = ax or new((max(5.6, 0.62 * len(places) + 2.2), 4.2))
    ax.set_xticks(list(places.values()), list(places), rotation=40, ha="right", rotation_mode="anchor")
    ax.set_xlim(-0.4, len(places) - 0.6)
    return ax, places


def _finished(ax: Axes, names: Any) -> Axes:
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    if any(names):
        ax.legend(frameon=False, fontsize=9)
    return ax

"""What a net has learnt layer by layer, as curves: selectivity, probes, dead filters, similarity, domain shift."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from labkit.plots.style import COLOURS, GREY, MANY, new, plain, sign, word


def selectivity(found: Any, *, source: str = "", ax: Axes | None = None) -> Axes:
    """Class selectivity layer by layer: the median of the filters, their middle half as a band.

    Args:
        found: what `explain.class_selectivity` gives, whose filters are then drawn as points too; or a dict
            name of the net -> that, for several nets on one axis.
        source: of the images, for the note in the corner.

    Example:
        >>> from labkit.explain.selectivity import Selectivity
        >>> filters = pd.DataFrame({"layer": ["a", "a", "b"], "filter": [0, 1, 0], "selectivity": [0.2, 0.4, 0.9]})
        >>> ax = selectivity(Selectivity(filters, {"a": None, "b": None}))
        >>> ax.lines[0].get_ydata().round(1).tolist()
        [0.3, 0.9]
    """
    named = _named(found)
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
                ax.text(places[layer], 1.03, note, ha="center", va="bottom", fontsize=8, color=GREY)
    ax.set(ylabel=word("class selectivity"), ylim=(0, 1.1))
    return sign(plain(ax), source)


def probes(tables: Any, *, chance: float | None = None, source: str = "", ax: Axes | None = None) -> Axes:
    """The accuracy of a linear probe on each layer, with its bootstrap interval.

    Args:
        tables: what `explain.linear_probes` gives, or a dict name of the net -> that, on one axis.
        chance: what guessing gets, drawn as a line: 0.1 for ten classes.
        source: of the images, for the note in the corner.

    Example:
        >>> table = pd.DataFrame({"accuracy": [0.3, 0.5], "low": [0.2, 0.4], "high": [0.4, 0.6]}, ["pixels", "fc1"])
        >>> probes({"mnist": table}).get_legend() is None
        False
    """
    named = _named(tables)
    ax, places = _layer_axis(named, ax)
    for i, (name, table) in enumerate(named.items()):
        x = np.array([places[layer] for layer in table.index]) + 0.07 * (i - (len(named) - 1) / 2)
        error = np.abs(table[["low", "high"]].to_numpy().T - table["accuracy"].to_numpy())
        ax.errorbar(
            x, table["accuracy"], error, fmt="o-", color=COLOURS[i % len(COLOURS)], capsize=3, label=name
        )
    if chance is not None:
        ax.axhline(chance, color=GREY, linestyle=":", linewidth=1)
        note = {
            "transform": ax.get_yaxis_transform(),
            "ha": "right",
            "va": "bottom",
            "fontsize": 8,
            "color": GREY,
        }
        ax.text(1, chance, word("chance"), **note)
    ax.set(ylabel=word("accuracy of a linear probe"))
    ax.set_ylim(bottom=0)
    return sign(plain(ax), source)


def dead_filters(tables: Any, *, source: str = "", ax: Axes | None = None) -> Axes:
    """The share of each layer's filters that are dead.

    Args:
        tables: what `explain.dead_filters` gives, whose counts are then written in; or a dict name of the
            net -> that, on one axis.
        source: of the images, for the note in the corner.

    Example:
        >>> table = pd.DataFrame({"filters": [8, 16], "dead": [0, 4], "share": [0.0, 0.25]}, ["conv1", "conv2"])
        >>> [text.get_text() for text in dead_filters(table).texts]
        ['0/8', '4/16']
    """
    named = _named(tables)
    ax, places = _layer_axis(named, ax)
    for i, (name, table) in enumerate(named.items()):
        x = [places[layer] for layer in table.index]
        ax.plot(x, table["share"], "o-", color=COLOURS[i % len(COLOURS)], label=name)
    if len(named) == 1:
        for layer, row in table.iterrows():
            at = (places[layer], row["share"])
            note = {
                "xytext": (0, 6),
                "textcoords": "offset points",
                "ha": "center",
                "fontsize": 8,
                "color": GREY,
            }
            ax.annotate(f"{row['dead']:.0f}/{row['filters']:.0f}", at, **note)
    ax.set(ylabel=word("share of dead filters"), ylim=(0, 1.02))
    return sign(plain(ax), source)


def similarity_curves(table: pd.DataFrame, *, source: str = "", ax: Axes | None = None) -> Axes:
    """Linear CKA of the same layers of several nets: one line a pair of nets.

    Args:
        table: what `explain.same_layers` gives: a row a layer, a column a pair.
        source: of the images, for the note in the corner.

    Example:
        >>> len(similarity_curves(pd.DataFrame({"a and b": [0.9, 0.5]}, ["conv1", "fc1"])).lines)
        1
    """
    ax, places = _layer_axis({"": table}, ax)
    for i, pair in enumerate(table.columns):
        x = [places[layer] for layer in table.index]
        ax.plot(x, table[pair], "o-", color=COLOURS[i % len(COLOURS)], label=pair)
    ax.set(ylabel="CKA", ylim=(0, 1.02))
    return sign(plain(ax), source)


def shift_curves(table: pd.DataFrame, *, source: str = "", ax: Axes | None = None) -> Axes:
    """How well the distance from the training images tells each set of images from the known ones, by layer.

    Args:
        table: what `explain.domain_shift` gives: a row a layer, a column a set, 0.5 where they are not told apart.
        source: of the images, for the note in the corner.

    Example:
        >>> ax = shift_curves(pd.DataFrame({"own images": [0.6, 0.9]}, ["conv1", "fc1"]))
        >>> [text.get_text() for text in ax.get_legend().texts]
        ['own images', 'not told apart']
    """
    ax, places = _layer_axis({"": table}, ax)
    x = [places[layer] for layer in table.index]
    for i, name in enumerate(table.columns):
        ax.plot(x, table[name], "o-", color=MANY[i % len(MANY)], label=name)
    ax.axhline(0.5, color=GREY, linestyle=":", linewidth=1, label=word("not told apart"))
    ax.set(ylabel=word("AUROC of the distance"), ylim=(0, 1.02))
    return sign(plain(ax), source)


def _named(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {"": found}


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

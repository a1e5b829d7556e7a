"""Whether maps can be believed, as pictures: deletion and insertion, scores with intervals, randomisation."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from labkit.plots.pixels import as_images, draw_map, in_range
from labkit.plots.style import COLOURS, GREY, MANY, new, plain, sign, word

MOST_WITHIN = 6  # names in a legend that leave the curves room
_DASHES = ("--", ":", "-.")


def faithfulness_curves(
    judged: Any, *, source: str = "", axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """Deletion and insertion side by side: methods in colour, baselines grey and dashed, with their intervals.

    The number behind each name is the area under its curve: low is good for deletion, high for insertion.

    Args:
        judged: what `explain.measure_faithfulness` gives.
        source: of the images, for the note in the corner.
        axes: two of them.

    Example:
        >>> from labkit.explain.scores import Faithfulness
        >>> kinds, curve = ("deletion", "insertion"), np.ones((3, 5))
        >>> judged = Faithfulness.of({"LayerCAM": dict.fromkeys(kinds, np.ones(3))},
        ...     dict.fromkeys(kinds, {"LayerCAM": curve}), np.linspace(0, 1, 5), ())
        >>> [ax.get_title() for ax in faithfulness_curves(judged)]
        ['deletion: lower is better', 'insertion: higher is better']
    """
    beside = len(judged.methods) > MOST_WITHIN
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(14.5 if beside else 11, 4.2), layout="constrained", sharey=True)
    for ax, kind in zip(axes, ("deletion", "insertion"), strict=True):
        for name, look in _looks(judged).items():
            mean, low, high = judged.curve(kind, name)
            area = judged.of_method(name, kind).mean()
            ax.plot(judged.fractions, mean, label=f"{name}  {area:.3f}", **look)
            alpha = 0.06 if name in judged.baselines else 0.15
            ax.fill_between(judged.fractions, low, high, color=look["color"], alpha=alpha, linewidth=0)
        ax.set_title(word(f"{kind}: {_better(kind)}"), fontsize=11)
        ax.set(
            xlabel=word(f"share of the pixels {kind.replace('ion', 'ed')}"),
            ylabel=word("probability of the class"),
        )
        ax.set(xlim=(0, 1), ylim=(0, None))
        sign(plain(ax, outside=beside), source)
    return axes


def faithfulness_scores(
    judged: Any, *, source: str = "", axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """Each score as a point with its bootstrap interval: one panel a score, one row a method.

    The best baseline is drawn as a line through all rows: a method whose interval reaches it has shown nothing.

    Args:
        judged: what `explain.measure_faithfulness` gives.
        source: of the images, for the note in the corner.
        axes: as many as there are scores.

    Example:
        >>> from labkit.explain.scores import Faithfulness
        >>> scores = {"LayerCAM": {"deletion": np.ones(3), "insertion": np.ones(3), "empty": np.zeros(3)}}
        >>> len(faithfulness_scores(Faithfulness.of(scores | {"random": scores["LayerCAM"]}, {}, (), ("random",))))
        2
    """
    metrics, looks = judged.metrics, _looks(judged)
    if axes is None:
        height = 1.2 + 0.34 * len(looks)
        figsize = (1.8 + 2.5 * len(metrics), height)
        _, axes = plt.subplots(
            1, len(metrics), figsize=figsize, layout="constrained", sharey=True, squeeze=False
        )
        axes = axes[0]
    table = judged.table()
    for ax, metric in zip(axes, metrics, strict=True):
        for row, (name, look) in enumerate(looks.items()):
            mean, low, high = table.loc[name, metric][["mean", "low", "high"]]
            ax.plot([low, high], [row, row], color=look["color"], linewidth=2)
            ax.plot(mean, row, "s" if name in judged.baselines else "o", color=look["color"], markersize=6)
        of_baselines = table.loc[list(judged.baselines), (metric, "mean")]
        if len(of_baselines):
            best = of_baselines.min() if metric == "deletion" else of_baselines.max()
            ax.axvline(best, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
        ax.set_title(f"{word(metric)}\n{word(_better(metric))}", fontsize=10, loc="left")
        ax.set(yticks=range(len(looks)), yticklabels=list(looks), ylim=(len(looks) - 0.5, -0.5))
        ax.margins(x=0.12)
        plain(ax)
    sign(axes[-1], source)
    return axes


def randomisation(
    checks: Any, score: str = "rank correlation", *, source: str = "", ax: Axes | None = None
) -> Axes:
    """How alike the maps stay to the first ones while the net is randomised from its output down.

    Args:
        checks: what `explain.sanity_check` gives, or a dict name of the method -> that.
        score: `"rank correlation"` or `"ssim"`.
        source: of the images, for the note in the corner.

    Example:
        >>> import pandas as pd
        >>> from labkit.explain.randomisation import Randomisation
        >>> scores = pd.DataFrame({"layer": ["fc1", "fc1"], "rank correlation": [0.1, 0.3], "ssim": [0.0, 0.1]})
        >>> len(randomisation({"LayerCAM": Randomisation(("fc1",), np.zeros((2, 2, 4, 4)), scores)}).lines)
        2
    """
    named = checks if isinstance(checks, Mapping) else {"": checks}
    layers = next(iter(named.values())).layers
    steps = range(len(layers) + 1)
    ax = ax or new((max(6.4, 0.62 * len(steps) + 2.5), 4.4))
    for i, (name, check) in enumerate(named.items()):
        mean, low, high = (np.r_[1, check.table()[(score, end)]] for end in ("mean", "low", "high"))
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(steps, mean, "o-", color=colour, label=name, markersize=4)
        ax.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.set(xlabel=word("randomised from the output down to"), ylabel=word(f"{score} with the first map"))
    ax.set_xticks(list(steps), [word("trained"), *layers], rotation=40, ha="right", rotation_mode="anchor")
    ax.set_ylim(min(-0.1, ax.get_ylim()[0]), 1.05)
    return sign(plain(ax, outside=True), source)


def randomisation_strip(
    check: Any,
    images: np.ndarray,
    *,
    rows: int = 4,
    columns: int = 8,
    source: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Images, their maps by the trained net, and by the net randomised further and further.

    Each map has its own scale, see `plot_explanation`.

    Args:
        check: what `explain.sanity_check` gives.
        images: the same images.
        rows: how many of them.
        columns: how many steps at most; where there are more, some are left out evenly, never the last.
        source: of the images, for the note in the corner.

    Example:
        >>> import pandas as pd
        >>> from labkit.explain.randomisation import Randomisation
        >>> check = Randomisation(("fc1",), np.ones((2, 3, 4, 4)), pd.DataFrame())
        >>> len(randomisation_strip(check, np.zeros((3, 4, 4, 3)), rows=2).images)
        6
    """
    count = min(columns, len(check.layers) + 1)
    steps = np.unique(np.linspace(0, len(check.layers), count).round().astype(int))
    shown = in_range(as_images(images)[:rows])
    names = [word("image"), *[word("trained") if step == 0 else check.layers[step - 1] for step in steps]]
    lefts = [0, *(1.06 * column + 0.12 for column in range(1, len(names)))]
    ax = ax or new((1.25 * len(names), 1.2 * len(shown) + 0.6))
    for row, picture in enumerate(shown):
        top = -1.06 * row
        ax.imshow(picture, cmap="gray", extent=(0, 1, top - 1, top))
        for left, step in zip(lefts[1:], steps, strict=True):
            place = (left, left + 1, top - 1, top)
            draw_map(ax, check.maps[step, row], place, signed=check.maps.min() < 0, fontsize=6)
    for left, name in zip(lefts, names, strict=True):
        two_lines = name.replace("_", "\n", 1)
        ax.text(left + 0.5, 0.06, two_lines, ha="center", va="bottom", fontsize=8)
    ax.set(xlim=(-0.02, lefts[-1] + 1.02), ylim=(-1.06 * len(shown), 0.5))
    ax.axis("off")
    return sign(ax, source)


def _looks(judged: Any) -> dict[str, dict]:
    """A colour a method; the baselines grey, told apart by their dashes."""
    of_methods = [name for name in judged.methods if name not in judged.baselines]
    looks = {name: {"color": MANY[i % len(MANY)], "linestyle": "-"} for i, name in enumerate(of_methods)}
    dashes = enumerate(judged.baselines)
    return looks | {name: {"color": GREY, "linestyle": _DASHES[i % len(_DASHES)]} for i, name in dashes}


def _better(metric: str) -> str:
    return "lower is better" if metric == "deletion" else "higher is better"

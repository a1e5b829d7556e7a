"""Grids of images: a data set, the errors of a network, its filters and feature maps."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from labkit.data.dataset import Dataset
from labkit.data.image_files import ImageFiles
from labkit.metrics import Evaluation, to_labels
from labkit.plots.pixels import as_images, in_range, signed
from labkit.plots.style import RED, new, sign


def images(
    x: np.ndarray | Dataset,
    labels: Any = None,
    class_names: Sequence[str] | None = None,
    *,
    rows: int = 5,
    columns: int = 5,
    captions: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
    size: float = 2.0,
    source: str = "",
    ax: Axes | None = None,
) -> Axes:
    """A grid of images with a name under each, without ticks (sheets S2.2, S2.3, S4.1.5, S4.3.4).

    Args:
        x: images `(n, height, width)` or `(n, height, width, 1 or 3)`, uint8 or floats; the first
            `rows * columns` are shown. Or a Dataset, whose training images and names are taken.
        labels: integers or one-hot rows; named through `class_names` if these are given.
        captions: texts to write instead of the labels.
        colours: of the captions.
        size: of one image, in inches.
        source: of the images, for the note in the corner; a Dataset brings its own.

    Raises:
        ValueError: `x` holds no images, or labels, names or captions are too few for them.

    Example:
        >>> ax = images(np.zeros((4, 8, 8)), [0, 1, 1, 0], ["cat", "dog"], rows=2, columns=2)
        >>> len(ax.images)
        4
    """
    if isinstance(x, Dataset):
        x, labels, class_names, source = x.x_train, x.labels("train"), class_names or x.class_names, x.source
    if rows < 1 or columns < 1:
        raise ValueError(f"a grid has 1 or more rows and columns, not {rows} and {columns}.")
    x = x[: rows * columns] if isinstance(x, ImageFiles) else x
    x = in_range(as_images(x)[: rows * columns])
    captions = _captions(captions, labels, class_names, len(x))
    columns = min(columns, len(x))
    rows = -(-len(x) // columns)
    ax = ax or new((size * columns, size * (1.0 if captions is None else 1.13) * rows))
    step = 1.06 if captions is None else 1.24
    low, high = (0, 255) if x.dtype == np.uint8 else (float(x.min()), float(x.max()))
    for i, image in enumerate(x):
        left, top = (i % columns) * 1.06, -(i // columns) * step
        ax.imshow(image, cmap="gray", vmin=low, vmax=high, extent=(left, left + 1, top - 1, top))
        if captions is not None:
            colour = colours[i] if colours is not None else "black"
            ax.text(left + 0.5, top - 1.03, captions[i], ha="center", va="top", fontsize=11, color=colour)
    ax.set(xlim=(-0.03, columns * 1.06 - 0.03), ylim=(-rows * step + 0.02, 0.03), xticks=[], yticks=[])
    ax.axis("off")
    return sign(ax, source)


def errors(
    x: np.ndarray,
    result: Evaluation,
    *,
    n: int = 25,
    true: int | None = None,
    predicted: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Wrongly classified images, the most confident errors first, with what was said and how surely.

    Args:
        x: the images that were evaluated, in the same order.
        n: how many to show at most.
        true, predicted: show only errors of this class, or towards this class.

    Raises:
        ValueError: `x` is not what was evaluated, or there is no such error.

    Example:
        >>> result = Evaluation.of([0, 1], [[0.9, 0.1], [0.8, 0.2]], ["cat", "dog"])
        >>> errors(np.zeros((2, 8, 8)), result).texts[0].get_text()
        'dog → cat\\n80%'
    """
    _check_same(x, result)
    wrong = result.errors(true=true, predicted=predicted)[:n]
    if not len(wrong):
        raise ValueError("there is no such error to show: the network got all of these right.")
    names = result.class_names
    captions = [
        f"{names[result.y_true[i]]} → {names[result.y_pred[i]]}\n{result.probabilities[i].max():.0%}"
        for i in wrong
    ]
    columns = min(5, len(wrong))
    ax = ax or new((2.2 * columns, 2.75 * -(-len(wrong) // columns)))
    return images(
        _only(x, wrong), captions=captions, rows=n, columns=columns, colours=[RED] * len(wrong),
        source=result.source, ax=ax,
    )  # fmt: skip


def errors_per_class(x: np.ndarray, result: Evaluation, *, n: int = 10, ax: Axes | None = None) -> Axes:
    """The first `n` errors of each class, one row a true class, with the wrong answer under each (S2.T).

    Raises:
        ValueError: `x` is not what was evaluated.

    Example:
        >>> result = Evaluation.of([0, 1], [[0.9, 0.1], [0.8, 0.2]], ["cat", "dog"])
        >>> len(errors_per_class(np.zeros((2, 8, 8)), result, n=3).images)
        1
    """
    _check_same(x, result)
    missed = result.y_true != result.y_pred
    shown = [np.flatnonzero(missed & (result.y_true == row))[:n] for row in range(len(result.class_names))]
    place = {i: k for k, i in enumerate(np.concatenate(shown))}
    x = in_range(as_images(_only(x, list(place)))) if place else x
    ax = ax or new((1.25 * (n + 1.5), 1.5 * len(result.class_names)))
    for row, (name, wrong) in enumerate(zip(result.class_names, shown, strict=True)):
        ax.text(-0.15, -row * 1.3 - 0.5, name, ha="right", va="center", fontsize=11, fontweight="bold")
        for column, i in enumerate(wrong):
            left, top = column * 1.06, -row * 1.3
            ax.imshow(x[place[i]], cmap="gray", extent=(left, left + 1, top - 1, top))
            answer = result.class_names[result.y_pred[i]]
            ax.text(left + 0.5, top - 1.02, answer, ha="center", va="top", fontsize=8, color=RED)
    ax.set(xlim=(-1.6, n * 1.06), ylim=(-len(result.class_names) * 1.3, 0.05))
    ax.axis("off")
    return sign(ax, result.source)


def filters(weights: np.ndarray, *, columns: int = 8, ax: Axes | None = None) -> Axes:
    """The kernels of a convolution as small pictures: blue negative, red positive.

    Args:
        weights: `(height, width, channels, filters)`, as `layer.get_weights()[0]` gives; kernels of
            three channels are shown in colour, others as the mean over their channels.

    Raises:
        ValueError: the weights have another shape.

    Example:
        >>> len(filters(np.ones((3, 3, 1, 32))).images)
        32
    """
    weights = np.asarray(weights, dtype=float)
    if weights.ndim != 4:
        raise ValueError(
            f"a convolution's weights have 4 axes (h, w, channels, filters), not {weights.shape}."
        )
    if weights.shape[2] == 3:
        pictures = 0.5 + 0.5 * weights.transpose(3, 0, 1, 2) / (np.abs(weights).max() or 1.0)
    else:
        pictures = signed(weights.mean(axis=2).transpose(2, 0, 1))
    rows = -(-len(pictures) // columns)
    ax = ax or new((1.1 * columns, 1.1 * rows))
    return images(pictures, rows=rows, columns=columns, ax=ax)


def feature_maps(maps: np.ndarray, *, columns: int = 8, ax: Axes | None = None) -> Axes:
    """The channels of one image's activation `(height, width, channels)` side by side, each in its own range.

    Raises:
        ValueError: the maps have another shape, such as those of a batch.

    Example:
        >>> len(feature_maps(np.random.default_rng(0).random((26, 26, 32))).images)
        32
    """
    maps = np.asarray(maps, dtype=float)
    if maps.ndim != 3:
        raise ValueError(f"feature maps of one image have 3 axes (h, w, channels), not {maps.shape}.")
    low, high = maps.min(axis=(0, 1)), maps.max(axis=(0, 1))
    pictures = ((maps - low) / np.maximum(high - low, 1e-9)).transpose(2, 0, 1)
    rows = -(-len(pictures) // columns)
    ax = ax or new((1.1 * columns, 1.1 * rows))
    return images(plt.get_cmap("magma")(pictures)[..., :3], rows=rows, columns=columns, ax=ax)


def _only(x: Any, indices: Any) -> np.ndarray:
    """The images at these places; of image files, the others are not read."""
    return (x if isinstance(x, ImageFiles) else np.asarray(x))[indices]


def _check_same(x: Any, result: Evaluation) -> None:
    if len(x) != len(result.y_true):
        raise ValueError(
            f"{len(x):,} images but {len(result.y_true):,} predictions: give the images evaluated."
        )


def _captions(captions, labels, class_names, n: int) -> list[str] | None:
    if captions is None and labels is None:
        return None
    given = captions if captions is not None else labels
    if len(given) < n:
        what = "captions" if captions is not None else "labels"
        raise ValueError(f"{n} images but {len(given)} {what}: give one an image.")
    if captions is not None:
        return list(captions)
    labels = to_labels(labels[:n], "labels")
    if class_names is not None and labels.max() >= len(class_names):
        raise ValueError(f"a label is {labels.max()} but there are only {len(class_names)} class names.")
    return [str(label) if class_names is None else class_names[label] for label in labels]

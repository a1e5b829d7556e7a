"""Pictures of a folder of photos: how many of each class, what they look like, how large, how augmentation changes one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from labkit.data.dataset import SPLITS, Dataset
from labkit.plots.images import images
from labkit.plots.style import BLUE, GREEN, ORANGE, new, sign, word


def class_counts(dataset: Dataset, *, ax: Axes | None = None) -> Axes:
    """Images per class, the commonest class on top, one bar a split (sheet S1.4: count the images).

    Example:
        >>> from labkit.data import load
        >>> ax = class_counts(load("mnist", source="sample"))
        >>> len(ax.patches), [text.get_text() for text in ax.get_legend().get_texts()]
        (20, ['train', 'test'])
    """
    counts = {
        split: np.bincount(dataset.labels(split), minlength=dataset.num_classes)
        for split in SPLITS
        if len(dataset.labels(split))
    }
    order = np.argsort(-sum(counts.values()), kind="stable")
    ax = ax or new((7, 1 + 0.42 * len(order)))
    width = 0.8 / len(counts)
    for i, (split, numbers) in enumerate(counts.items()):
        places = np.arange(len(order)) + (i - (len(counts) - 1) / 2) * width
        colour = dict(zip(SPLITS, (BLUE, GREEN, ORANGE), strict=True))[split]
        bars = ax.barh(places, numbers[order], width, label=split, color=colour)
        ax.bar_label(bars, fmt="{:,.0f}", padding=2, fontsize=8)
    ax.set_yticks(range(len(order)), [dataset.class_names[i] for i in order])
    ax.invert_yaxis()
    ax.margins(x=0.08)
    ax.set_xlabel(word("images"))
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="lower right")
    return sign(ax, dataset.source)


def examples(dataset: Dataset, *, n: int = 8, split: str = "train", ax: Axes | None = None) -> Axes:
    """The first `n` images of every class, one row a class, its name at the left.

    Raises:
        ValueError: there is no such split.

    Example:
        >>> from labkit.data import load
        >>> len(examples(load("mnist", source="sample"), n=3).images)
        30
    """
    labels = dataset.labels(split)
    rows = [np.flatnonzero(labels == label)[:n] for label in range(dataset.num_classes)]
    x = getattr(dataset, f"x_{split}")
    ax = ax or new((1.2 * (n + 1.5), 1.25 * len(rows)))
    for row, (name, chosen) in enumerate(zip(dataset.class_names, rows, strict=True)):
        middle = -row * 1.06 - 0.5
        ax.text(-0.15, middle, name, ha="right", va="center", fontsize=11, fontweight="bold")
        for column, image in enumerate(x[chosen]):
            left = column * 1.06
            shown = image[..., 0] if image.shape[-1] == 1 else image
            ax.imshow(shown, cmap="gray", extent=(left, left + 1, middle - 0.5, middle + 0.5))
    longest = max(map(len, dataset.class_names))
    ax.set(xlim=(-0.3 - 0.14 * longest, n * 1.06), ylim=(-len(rows) * 1.06, 0.05))
    ax.axis("off")
    return sign(ax, dataset.source)


def photo_sizes(dataset: Dataset, *, ax: Axes | None = None) -> Axes:
    """Width and height of the photos before they were resized: the larger a dot, the more photos.

    Raises:
        ValueError: the data set is no folder of photos.

    Example:
        >>> from labkit.data import load_photos
        >>> ax = photo_sizes(load_photos("clothing_small", 32, source="sample"))
        >>> ax.get_xlabel()
        'width in pixels'
    """
    if dataset.report is None:
        raise ValueError(
            f"{dataset.name} was not read by from_folder: only its photos have sizes of their own."
        )
    sizes = dataset.report.used.groupby(["width", "height"]).size().reset_index(name="photos")
    ax = ax or new((6, 5))
    area = 20 + 600 * sizes["photos"] / sizes["photos"].sum()
    ax.scatter(sizes["width"], sizes["height"], area, color=BLUE, alpha=0.5, linewidths=0)
    height, width = dataset.image_shape[:2]
    far = 1.08 * max(width, height, *sizes[["width", "height"]].max())
    ax.set(xlabel=word("width in pixels"), ylabel=word("height in pixels"), xlim=(0, far), ylim=(0, far))
    ax.plot(width, height, "s", color=ORANGE, label=f"{word('in the data set')}: {width} x {height}")
    ax.set_aspect("equal")
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="lower right")
    return sign(ax, dataset.source)


def augmentations(
    image: np.ndarray, augment: Any, *, n: int = 9, source: str = "", ax: Axes | None = None
) -> Axes:
    """One image as it is, and as random layers of Keras change it `n` times (sheet S1.5).

    Args:
        image: `(height, width, channels)`, 0..255 or 0..1.
        augment: a layer or several, as `train(augment=...)` takes them.
        source: of the image, for the note in the corner: `dataset.source`.

    Raises:
        ValueError: this is not one image.

    Example:
        >>> import keras
        >>> ax = augmentations(np.zeros((8, 8, 3), np.uint8), keras.layers.RandomFlip("horizontal"), n=4)
        >>> len(ax.images)
        5
    """
    image = np.asarray(image)
    if image.ndim != 3:
        raise ValueError(
            f"one image is needed, (height, width, channels), not {image.shape}: take x_train[0]."
        )
    copies = np.repeat(image[np.newaxis], n, axis=0).astype("float32")
    for layer in augment if isinstance(augment, Sequence) else [augment]:
        copies = layer(copies, training=True)
    high = 255 if image.dtype.kind in "iu" else 1
    shown = np.concatenate([image[np.newaxis].astype("float32"), np.asarray(copies)]).clip(0, high) / high
    columns = min(5, n + 1)
    captions = [word("as it is")] + [""] * n
    rows = -(-(n + 1) // columns)
    return images(shown, captions=captions, rows=rows, columns=columns, source=source, ax=ax)

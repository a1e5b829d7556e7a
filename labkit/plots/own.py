"""Pictures of own images: the desk, originals beside results and the network's answers, and the steps of one image."""

from os import PathLike
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from labkit.data.own import SOURCE, OwnImage, OwnImages
from labkit.data.own_reading import own_images
from labkit.metrics import Evaluation, evaluate
from labkit.plots.style import GREEN, ORANGE, RED, new, sign, word

CELL, ROW = 2.25, 1.62  # width and height of a place on the desk, where a picture is 1 by 1
PIXELS = 64  # up to this size a picture's pixels are shown as such


def desk(
    own: OwnImages | str | PathLike,
    model: Any = None,
    *,
    columns: int = 4,
    size: float = 1.5,
    ax: Axes | None = None,
) -> Axes:
    """Each original with what is used of it framed, the image made of it, its recipe and the network's answer.

    Args:
        own: own images, or their folder, see `labkit.data.own_images`.
        model: a trained network (in the form of `own.x`: for one trained on `scaled()` images give
            `own.scaled()`), a `Classifier` as `labkit.load` gives it, or an `Evaluation` of these images; without it
            only the images are shown. An answer is green if right, else red.
        columns: originals in a row.
        size: of one picture, in inches.

    Raises:
        ValueError: the network has other classes, or the evaluation is of other images.

    Example:
        >>> from labkit.data import own_images
        >>> ax = desk(own_images("fashion_mnist"), columns=2)
        >>> len(ax.images), ax.texts[0].get_text().splitlines()[0]
        (12, 'Trouser')
    """
    own = own if isinstance(own, OwnImages) else own_images(own)
    answers = None if model is None else _answers(own, model)
    columns = max(1, min(columns, len(own)))
    rows = -(-len(own) // columns)
    step = ROW if answers is not None else ROW - 0.14
    ax = ax or new((size * CELL * columns, size * step * rows))
    for i, image in enumerate(own.images):
        _place(ax, image, (i % columns) * CELL, -(i // columns) * step)
        if answers is not None:
            _say(ax, answers, i, (i % columns) * CELL + 1.03, -(i // columns) * step - 1.33, size)
        text = image.class_name + "\n" + _short(image)
        ax.text(
            (i % columns) * CELL + 1.03,
            -(i // columns) * step - 1.04,
            text,
            ha="center",
            va="top",
            fontsize=6 * size,
        )
    ax.set(xlim=(-0.05, columns * CELL - 0.1), ylim=(-rows * step + 0.05, 0.05))
    ax.axis("off")
    return sign(ax, SOURCE)


def steps(image: OwnImage, *, size: float = 1.7, ax: Axes | None = None) -> Axes:
    """The steps from a picture in a file to an image of a data set, side by side; small ones enlarged as pixels.

    Example:
        >>> from labkit.data import own_images
        >>> ax = steps(own_images("cifar10").images[0])
        >>> [text.get_text().splitlines()[0] for text in ax.texts]
        ['original', 'crop', 'resized', 'range']
    """
    ax = ax or new((1.1 * size * len(image.steps), 1.35 * size))
    for i, step in enumerate(image.steps):
        _show(ax, step.image, i * 1.1, 0.0)
        text = f"{word(step.name)}\n{step.detail}"
        ax.text(i * 1.1 + 0.5, -1.04, text, ha="center", va="top", fontsize=4.6 * size)
    ax.set(xlim=(-0.05, len(image.steps) * 1.1 - 0.05), ylim=(-1.3, 0.05))
    ax.axis("off")
    return sign(ax, SOURCE)


def _answers(own: OwnImages, model: Any) -> Evaluation:
    if isinstance(model, Evaluation):
        result = model
    elif hasattr(model, "probabilities"):  # a Classifier, whose network takes pixels from 0 to 255
        pixels = np.stack([image.pixels for image in own.images])
        shape = (len(own), *pixels.shape[1:3], -1)
        result = Evaluation.of(
            own.y, model.probabilities(pixels.reshape(shape)), own.class_names, source=SOURCE
        )
    else:
        result = evaluate(model, own.dataset.with_channels())
    if not np.array_equal(result.y_true, own.y):
        raise ValueError(
            f"this is an evaluation of {len(result.y_true):,} other images: evaluate(model, own.dataset) is of these."
        )
    return result


def _place(ax: Axes, image: OwnImage, left: float, top: float) -> None:
    """The original with its frame, and the result."""
    x, y, scale = _show(ax, image.original, left, top)
    scale *= max(image.original.shape[:2]) / max(image.width, image.height)
    across, down, width, height = (number * scale for number in image.seen)
    frame = Rectangle(
        (x + across, y - down - height), width, height, fill=False, edgecolor=ORANGE, linewidth=1.5
    )
    ax.add_patch(frame)
    _show(ax, image.pixels, left + 1.06, top)


def _show(ax: Axes, pixels: np.ndarray, left: float, top: float) -> tuple[float, float, float]:
    """A picture in a square of side 1, in its proportions; its left, its top and the length of a pixel."""
    height, width = pixels.shape[:2]
    scale = 1 / max(height, width)
    left, top = left + (1 - width * scale) / 2, top - (1 - height * scale) / 2
    ax.imshow(
        pixels[..., 0] if pixels.shape[2:] == (1,) else pixels,
        cmap="gray",
        vmin=0,
        vmax=255 if pixels.dtype == np.uint8 else 1,
        extent=(left, left + width * scale, top - height * scale, top),
        interpolation="antialiased" if max(height, width) > PIXELS else "nearest",
    )
    return left, top, scale


def _say(ax: Axes, answers: Evaluation, i: int, x: float, y: float, size: float) -> None:
    said, sure = answers.y_pred[i], answers.probabilities[i].max()
    colour = GREEN if said == answers.y_true[i] else RED
    text = f"{answers.class_names[said]} {sure:.0%}"
    ax.text(x, y, text, ha="center", va="top", fontsize=7 * size, color=colour, fontweight="bold")


def _short(image: OwnImage) -> str:
    """The recipe in a line: the sizes, and the steps that not every picture needs."""
    height, width = image.pixels.shape[:2]
    names = {step.name for step in image.steps}
    between = [
        word(name)
        for name in ("turned upright", "crop", "crop by hand", "trimmed", "inverted")
        if name in names
    ]
    return " → ".join((f"{image.width}x{image.height}", *between, f"{width}x{height}"))

"""Table: a net as the papers print it, and `build`, the loop that turns a table into a Keras model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from numbers import Integral, Real

import keras
from keras import layers

from labkit.config import one_of

PADDINGS = ("same", "valid")
BATCH_NORM_PLACES = ("conv", "block", "dense")
POOLINGS = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}


@dataclass(frozen=True, kw_only=True)
class Table:
    """One plain stack: blocks of convolutions, each block closed by a pooling, then Dense layers.

    Attributes:
        name: of the model.
        image_shape: `(height, width, channels)`.
        num_classes: outputs of the last Dense layer.
        blocks: the filters of each convolution, block by block: `((64, 64), (128, 128))`.
        kernel_sizes: one a block; left empty, every kernel is 3x3.
        dense: units of the hidden Dense layers.
        pooling: `"max"`, `"average"` or `None`; 2x2, stride 2.
        batch_norm: where BatchNormalization stands, always after the activation: any of `"conv"` (after
            each convolution), `"block"` (after a block's last one), `"dense"` (after each hidden Dense).
        conv_dropout: rate after each convolution that has no pooling behind it.
        pool_dropout: rate after each pooling.
        dense_dropout: rate after each hidden Dense layer.
        leaky_slope: slope of LeakyReLU below zero, in place of `activation`.
        softmax: whether the outputs are probabilities; otherwise they are logits.
        include_top: whether the stack goes on after its last block.
    """

    name: str
    image_shape: tuple[int, int, int]
    num_classes: int
    blocks: tuple[tuple[int, ...], ...] = ()
    kernel_sizes: tuple[int, ...] = ()
    dense: tuple[int, ...] = ()
    padding: str = "same"
    activation: str = "relu"
    pooling: str | None = "max"
    batch_norm: tuple[str, ...] = ()
    conv_dropout: float = 0.0
    pool_dropout: float = 0.0
    dense_dropout: float = 0.0
    leaky_slope: float | None = None
    softmax: bool = False
    include_top: bool = True

    def layout(self) -> list[tuple[str, tuple[int, ...], int]]:
        """`(name, filters, kernel size)` of each block."""
        sizes = self.kernel_sizes or (3,) * len(self.blocks)
        rows = enumerate(zip(self.blocks, sizes, strict=True), start=1)
        return [(f"block{number}", filters, size) for number, (filters, size) in rows]


def build(table: Table) -> keras.Model:
    """The Keras model that a table describes, with freshly initialised weights.

    Args:
        table: what to build. Images enter as float `(batch, height, width, channels)`; the outputs are
            `(batch, num_classes)`, or the last block's map where `include_top` is false.

    Raises:
        ValueError: an argument makes no sense, or a map gets too small for a layer; the message names it.

    Example:
        >>> table = Table(name="tiny", image_shape=(8, 8, 1), num_classes=2, blocks=((4,), (8, 8)), dense=(5,))
        >>> [layer.name for layer in build(table).layers]  # doctest: +NORMALIZE_WHITESPACE
        ['images', 'block1_conv1', 'block1_pool', 'block2_conv1', 'block2_conv2', 'block2_pool',
         'flatten', 'fc1', 'predictions']
    """
    check(table)
    x = images = keras.Input(tuple(table.image_shape), name="images")
    for layer in chain(_base(table), _top(table) if table.include_top else ()):
        x = layer(x)
    return keras.Model(images, x, name=table.name)


def _base(table: Table) -> Iterator[keras.Layer]:
    for block, filters, size in table.layout():
        yield from _convolutions(table, block, filters, size)
        if "block" in table.batch_norm:
            yield layers.BatchNormalization(name=f"{block}_bn")
        if table.pooling:
            yield POOLINGS[table.pooling](2, name=f"{block}_pool")
            if table.pool_dropout:
                yield layers.Dropout(table.pool_dropout, name=f"{block}_dropout")


def _convolutions(table: Table, block: str, filters: tuple[int, ...], size: int) -> Iterator[keras.Layer]:
    for i, count in enumerate(filters, start=1):
        yield layers.Conv2D(
            count, size, padding=table.padding, activation=_activation(table), name=f"{block}_conv{i}"
        )
        if table.leaky_slope is not None:
            yield layers.LeakyReLU(negative_slope=table.leaky_slope, name=f"{block}_leaky{i}")
        if "conv" in table.batch_norm:
            yield layers.BatchNormalization(name=f"{block}_bn{i}")
        before_pooling = i == len(filters) and table.pooling
        if table.conv_dropout and not before_pooling:
            yield layers.Dropout(table.conv_dropout, name=f"{block}_dropout{i}")


def _top(table: Table) -> Iterator[keras.Layer]:
    yield layers.Flatten(name="flatten")
    for i, units in enumerate(table.dense, start=1):
        yield layers.Dense(units, activation=_activation(table), name=f"fc{i}")
        if table.leaky_slope is not None:
            yield layers.LeakyReLU(negative_slope=table.leaky_slope, name=f"fc{i}_leaky")
        if "dense" in table.batch_norm:
            yield layers.BatchNormalization(name=f"fc{i}_bn")
        if table.dense_dropout:
            yield layers.Dropout(table.dense_dropout, name=f"fc{i}_dropout")
    yield layers.Dense(table.num_classes, activation="softmax" if table.softmax else None, name="predictions")


def _activation(table: Table) -> str | None:
    # LeakyReLU is a layer of its own: a saved model then needs no custom object to be read again.
    return table.activation if table.leaky_slope is None else None


def check(table: Table) -> None:
    """Raise a one-line ValueError if the table describes no net."""
    _check_image_shape(table.image_shape)
    if not isinstance(table.num_classes, Integral) or table.num_classes < 2:
        raise ValueError(
            f"num_classes must be a whole number of at least 2, but it is {table.num_classes!r}."
        )
    check_sizes("dense", table.dense)
    check_sizes("kernel_size", table.kernel_sizes)
    for filters in table.blocks:
        check_sizes("filters", filters)
    one_of("padding", table.padding, PADDINGS)
    one_of("pooling", table.pooling or "max", tuple(POOLINGS))
    for place in table.batch_norm:
        one_of("place for batch_norm", place, BATCH_NORM_PLACES)
    for what in ("conv_dropout", "pool_dropout", "dense_dropout"):
        check_rate(what, getattr(table, what))
    slope = table.leaky_slope
    if slope is not None and not (isinstance(slope, Real) and 0 <= slope < 1):
        raise ValueError(f"leaky_slope must be a number from 0 to below 1, such as 0.3, but it is {slope!r}.")
    if problem := _misfit(table):
        raise ValueError(f"{problem} {_remedy(table)}")


def check_sizes(what: str, sizes: object) -> tuple[int, ...]:
    """`sizes` as a tuple, or a ValueError if it is no row of whole numbers of at least 1."""
    if isinstance(sizes, Integral):
        raise ValueError(f"{what} must be a tuple, but it is {sizes!r}: write ({sizes},), with its comma.")
    if not isinstance(sizes, tuple | list):
        raise ValueError(f"{what} must be a tuple of whole numbers such as (64, 32), but it is {sizes!r}.")
    for size in sizes:
        if not isinstance(size, Integral) or size < 1:
            raise ValueError(f"{what}: every size must be a whole number of at least 1, but one is {size!r}.")
    return tuple(sizes)


def check_rate(what: str, rate: object) -> None:
    """Raise a ValueError unless `rate` is a dropout rate."""
    if not isinstance(rate, Real) or not 0 <= rate < 1:
        hint = f": {rate} percent is {rate / 100:g}" if isinstance(rate, Real) and 1 <= rate < 100 else ""
        raise ValueError(f"{what} must be a rate from 0 to below 1, such as 0.25, but it is {rate!r}{hint}.")


def _check_image_shape(shape: object) -> None:
    numbers = tuple(shape) if isinstance(shape, tuple | list) else ()
    if len(numbers) == 3 and all(isinstance(n, Integral) and n >= 1 for n in numbers):
        return
    hint = ""
    if len(numbers) == 2:
        height, width = numbers
        hint = f": the channel axis is missing, grey images are ({height}, {width}, 1)"
    raise ValueError(
        f"image_shape must be three whole numbers (height, width, channels), but it is {shape!r}{hint}."
    )


def _misfit(table: Table) -> str | None:
    """Which layer finds the map too small for it, and why; None where all fit."""
    start = height, width = tuple(table.image_shape[:2])
    passed = {"pooling": 0, "valid convolution": 0}
    for layer, kind, size in _shrinking_layers(table):
        if min(height, width) < size:
            past = " and ".join(f"{n} {what}{'s' * (n > 1)}" for what, n in passed.items() if n)
            story = f": after {past} {start[0]}x{start[1]} pixels are {height}x{width}" if past else ""
            needs = f"a {size}x{size} {kind} needs a map of at least {size}x{size}"
            return f"{layer}: {needs}, but the map is {height}x{width} here{story}."
        passed[kind] += 1
        pooled = kind == "pooling"
        height, width = (n // size if pooled else n - size + 1 for n in (height, width))
    return None


def _shrinking_layers(table: Table) -> Iterator[tuple[str, str, int]]:
    for block, filters, size in table.layout():
        if table.padding == "valid":
            yield from ((f"{block}_conv{i}", "valid convolution", size) for i in range(1, len(filters) + 1))
        if table.pooling:
            yield f"{block}_pool", "pooling", 2


def _remedy(table: Table) -> str:
    first = "Remove a pooling" if table.pooling else "Use a smaller kernel"
    if _misfit(replace(table, padding="same")) is None:
        return f"{first} or use padding='same'."
    return f"{first} or start from larger images."

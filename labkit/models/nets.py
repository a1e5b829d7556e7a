"""The smaller nets of the sheets, each a table."""

from numbers import Integral

import keras

from labkit.models.stack import Table, build, check_sizes

Shape = tuple[int, int, int]


def first_cnn(image_shape: Shape = (28, 28, 1), num_classes: int = 10) -> keras.Model:
    """The first net of the course (sheet S2.4): one convolution, one pooling, two Dense layers; logits.

    347,146 parameters: conv 32 3x3 without padding, pool, Dense 64, Dense 10.

    Example:
        >>> first_cnn().count_params()
        347146
    """
    return build(
        Table(
            name="first_cnn", image_shape=image_shape, num_classes=num_classes,
            blocks=((32,),), padding="valid", dense=(64,),
        )
    )  # fmt: skip


def cnn(
    filters: tuple[int | tuple[int, ...], ...],
    dense: tuple[int, ...] = (64,),
    *,
    image_shape: Shape = (28, 28, 1),
    num_classes: int = 10,
    kernel_size: int = 3,
    padding: str = "same",
    pool: bool = True,
    pool_dropout: float = 0.0,
    dense_dropout: float = 0.0,
    batch_norm: bool = False,
    leaky_slope: float | None = None,
    softmax: bool = False,
) -> keras.Model:
    """The general plain stack (sheet S2.T): convolutions, each with a pooling, then Dense layers; logits.

    `cnn((32, 16, 8))` has 11,426 parameters, 408,226 without poolings: the sheet can be read both ways.
    `cnn((256, 128, 64, 32), image_shape=(32, 32, 3))` has 403,370; with `padding="valid"` it cannot exist.

    Args:
        filters: of each convolution; a tuple in the place of a number is a block of several convolutions
            with one pooling: `((16, 16), (32, 32))`.
        dense: units of the hidden Dense layers.
        image_shape: `(height, width, channels)`.
        num_classes: outputs.
        kernel_size: side of every square kernel.
        padding: `"same"` keeps the size of a map, `"valid"` takes off `kernel_size - 1`.
        pool: whether a 2x2 max pooling closes each block.
        pool_dropout: rate after each pooling; the sheet takes 0.25.
        dense_dropout: rate after each hidden Dense layer.
        batch_norm: BatchNormalization after the activation of every convolution.
        leaky_slope: LeakyReLU with this slope instead of ReLU.
        softmax: probabilities instead of logits.

    Raises:
        ValueError: an argument makes no sense, or a map gets too small for a layer; the message names it.

    Example:
        >>> cnn((32, 16, 8)).count_params()
        11426
        >>> cnn((256, 128, 64, 32), image_shape=(32, 32, 3), padding="valid")
        Traceback (most recent call last):
        ValueError: block4_conv1: a 3x3 valid convolution needs a map of at least 3x3, but the map is 2x2 here:
        after 3 poolings and 3 valid convolutions 32x32 pixels are 2x2. Remove a pooling or use padding='same'.
    """
    if not isinstance(kernel_size, Integral):
        raise ValueError(
            f"kernel_size must be one whole number, such as 3 for 3x3, but it is {kernel_size!r}."
        )
    if not isinstance(filters, tuple | list):
        check_sizes("filters", filters)
    blocks = tuple(tuple(block) if isinstance(block, tuple | list) else (block,) for block in filters)
    return build(
        Table(
            name="cnn", image_shape=image_shape, num_classes=num_classes,
            blocks=blocks, kernel_sizes=(kernel_size,) * len(blocks), padding=padding,
            pooling="max" if pool else None, dense=dense, batch_norm=("conv",) if batch_norm else (),
            pool_dropout=pool_dropout, dense_dropout=dense_dropout, leaky_slope=leaky_slope, softmax=softmax,
        )
    )  # fmt: skip


def fashion_cnn(
    image_shape: Shape = (28, 28, 1),
    num_classes: int = 10,
    *,
    extra_dense: bool = False,
    padding: str = "valid",
    pool_dropout: float = 0.0,
    dense_dropout: float = 0.0,
) -> keras.Model:
    """Two convolutions with poolings, Dense 256 and 128, softmax (sheets S4.2.2 and S4.3.5).

    244,298 parameters (440,906 with `padding="same"`; 260,810 with `extra_dense`); for 32x32x3 images
    335,210 (564,586). The sheet does not say the padding: "valid", the default of Keras, is labkit's reading.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: outputs.
        extra_dense: a further Dense 128 (S4.2.7).
        padding: `"valid"` or `"same"`, of both convolutions (16 of 5x5, 32 of 3x3).
        pool_dropout: rate after each pooling (S4.2.5).
        dense_dropout: rate after each hidden Dense layer (S4.2.5; 0.5 in S4.3.9).

    Raises:
        ValueError: an argument makes no sense, or a map gets too small for a layer; the message names it.

    Example:
        >>> fashion_cnn().count_params(), fashion_cnn((32, 32, 3)).count_params()
        (244298, 335210)
    """
    return build(
        Table(
            name="fashion_cnn", image_shape=image_shape, num_classes=num_classes,
            blocks=((16,), (32,)), kernel_sizes=(5, 3), padding=padding,
            dense=(256, 128, 128) if extra_dense else (256, 128),
            pool_dropout=pool_dropout, dense_dropout=dense_dropout, softmax=True,
        )
    )  # fmt: skip


def deep_cnn(
    image_shape: Shape = (32, 32, 3),
    num_classes: int = 10,
    *,
    blocks: int = 2,
    padding: str = "valid",
    batch_norm: bool = False,
    pool_dropout: float = 0.0,
    dense_dropout: float = 0.0,
    leaky_slope: float | None = None,
) -> keras.Model:
    """Pairs of 3x3 convolutions, 16, 32, 64... filters, a pooling a pair, Dense 256 and 128, softmax.

    Sheets S4.4.2 and S4.5. 255,898 parameters, 575,386 with `padding="same"`; three blocks, same, 368,666;
    with BatchNormalization too (Ioffe & Szegedy 2015) 370,650, of which 992 are not trained. Three blocks
    without padding cannot exist at 32x32. S4.4.2 does not say the filters: 16, 16, 32, 32 is labkit's
    reading; the other, 16, 32, 16, pool, 32, pool, is `cnn(((16, 32, 16), (32,)), (256, 128), ...)`.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: outputs.
        blocks: how many pairs; each has twice the filters of the one before.
        padding: `"valid"` or `"same"`.
        batch_norm: one BatchNormalization a pair (before its pooling) and one after each hidden Dense layer.
        pool_dropout: rate after each pooling; the sheet takes 0.25.
        dense_dropout: rate after each hidden Dense layer.
        leaky_slope: LeakyReLU with this slope instead of ReLU everywhere; 0.3 in S4.5.6.

    Raises:
        ValueError: an argument makes no sense, or a map gets too small for a layer; the message names it.

    Example:
        >>> deep_cnn().count_params()
        255898
        >>> deep_cnn(blocks=3, padding="same", batch_norm=True, leaky_slope=0.3).count_params()
        370650
    """
    if not isinstance(blocks, Integral) or blocks < 1:
        raise ValueError(f"blocks must be a whole number of at least 1, but it is {blocks!r}.")
    return build(
        Table(
            name="deep_cnn", image_shape=image_shape, num_classes=num_classes,
            blocks=tuple((16 * 2**i, 16 * 2**i) for i in range(blocks)), padding=padding, dense=(256, 128),
            batch_norm=("block", "dense") if batch_norm else (),
            pool_dropout=pool_dropout, dense_dropout=dense_dropout, leaky_slope=leaky_slope, softmax=True,
        )
    )  # fmt: skip


def softmax_regression(image_shape: Shape = (32, 32, 3), num_classes: int = 10) -> keras.Model:
    """No hidden layer at all, the simplest model of sheet S3.1: 30,730 parameters; logits.

    Example:
        >>> softmax_regression().count_params()
        30730
    """
    return build(Table(name="softmax_regression", image_shape=image_shape, num_classes=num_classes))


def mlp(image_shape: Shape = (32, 32, 3), num_classes: int = 10) -> keras.Model:
    """One hidden Dense layer of 128, the plain neural network of sheet S3.1: 394,634 parameters; logits.

    Example:
        >>> mlp().count_params()
        394634
    """
    return build(Table(name="mlp", image_shape=image_shape, num_classes=num_classes, dense=(128,)))


def lenet5(image_shape: Shape = (32, 32, 3), num_classes: int = 10) -> keras.Model:
    """LeNet-5 as sheet S3.1 has it: tanh, average pooling, 5x5 kernels; 62,006 parameters; logits.

    After LeCun, Bottou, Bengio & Haffner, Gradient-based learning applied to document recognition, 1998,
    which had grey images, a trainable pooling, a sparse second convolution and Gaussian outputs.

    Example:
        >>> lenet5().count_params()
        62006
    """
    return build(
        Table(
            name="lenet5", image_shape=image_shape, num_classes=num_classes,
            blocks=((6,), (16,)), kernel_sizes=(5, 5), padding="valid",
            activation="tanh", pooling="average", dense=(120, 84),
        )
    )  # fmt: skip


def small_cnn(image_shape: Shape = (32, 32, 3), num_classes: int = 10) -> keras.Model:
    """Three 3x3 convolutions (32, 64, 128) with poolings and Dense 128: sheet S3.1; 356,810 parameters; logits.

    Example:
        >>> small_cnn().count_params()
        356810
    """
    return build(
        Table(
            name="small_cnn", image_shape=image_shape, num_classes=num_classes,
            blocks=((32,), (64,), (128,)), dense=(128,),
        )
    )  # fmt: skip


def alexnet(image_shape: Shape = (32, 32, 3), num_classes: int = 10) -> keras.Model:
    """AlexNet cut down to small images, as sheet S3.1 has it: 36,930,826 parameters; logits.

    After Krizhevsky, Sutskever & Hinton, ImageNet classification with deep convolutional neural networks,
    2012: its five convolutions (96, 256, 384, 384, 256) and two Dense 4096 with dropout 0.5. Here every
    kernel is 3x3, poolings are 2x2, and BatchNormalization (Ioffe & Szegedy 2015) follows each convolution.

    Example:
        >>> alexnet().count_params()
        36930826
    """
    return build(
        Table(
            name="alexnet", image_shape=image_shape, num_classes=num_classes,
            blocks=((96,), (256,), (384, 384, 256)), batch_norm=("conv",), dense=(4096, 4096), dense_dropout=0.5,
        )
    )  # fmt: skip

"""VGG-16 and VGG-19 with the layer names of keras.applications, so that its weight files fit."""

from numbers import Real

import keras

from labkit.models.stack import Table, build, check_rate, check_sizes

# Configurations D and E of Simonyan & Zisserman, table 1: 3x3 convolutions, a pooling behind each block.
VGG16 = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
VGG19 = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512, 512, 512, 512))


def vgg16(
    num_classes: int = 1000,
    image_shape: tuple[int, int, int] = (224, 224, 3),
    *,
    batch_norm: bool = False,
    dropout: float = 0.0,
    width: float = 1.0,
    head: tuple[int, ...] = (4096, 4096),
    head_dropout: float = 0.0,
    include_top: bool = True,
) -> keras.Model:
    """VGG-16, untrained: 13 convolutions and 3 Dense layers, softmax outputs (sheets S0.1, S0.5, S0.T2).

    138,357,544 parameters as published; 34,006,948 for 100 classes of 32x32 images, 34,023,844 with
    BatchNormalization; the convolutional base has 14,714,688. A weights file of keras.applications fits:
    `model.load_weights(path)`, with `by_name=True` if the net has BatchNormalization, which the file lacks.
    Those weights want images prepared by `keras.applications.vgg16.preprocess_input`.

    Dropout stands after a convolution, "but never just before or after a pooling layer" (S0.T2): no Dropout
    is the direct neighbour of a pooling. So the last convolution of a block has none, the first one of the
    next block has one (it lies between the pooling and the Dropout): 8 in all.

    Args:
        num_classes: outputs.
        image_shape: `(height, width, channels)`, at least 32x32.
        batch_norm: BatchNormalization after the ReLU of every convolution (13 layers, 16,896 parameters).
        dropout: rate of the Dropout layers in the base; the sheet takes 0.2.
        width: factor on the filters of every convolution (rounded, at least 1). The head is not scaled:
            `head` says it.
        head: units of the hidden Dense layers; `()` leaves only `predictions`.
        head_dropout: rate after each hidden Dense layer; the paper trained with 0.5.
        include_top: false leaves out everything behind `block5_pool`.

    Source:
        Simonyan & Zisserman, Very deep convolutional networks for large-scale image recognition,
        arXiv:1409.1556, configuration D; BatchNormalization: Ioffe & Szegedy, arXiv:1502.03167, 2015.

    Raises:
        ValueError: an argument makes no sense, or the images are smaller than 32x32.

    Example:
        >>> vgg16(include_top=False).count_params()
        14714688
        >>> vgg16(10, (32, 32, 3), width=0.125, head=(64,)).output.shape
        (None, 10)
    """
    return _vgg(
        "vgg16", VGG16, width, num_classes=num_classes, image_shape=image_shape, dense=check_sizes("head", head),
        batch_norm=("conv",) if batch_norm else (), conv_dropout=dropout, dense_dropout=head_dropout,
        include_top=include_top,
    )  # fmt: skip


def vgg19(
    num_classes: int = 1000,
    image_shape: tuple[int, int, int] = (224, 224, 3),
    *,
    batch_norm: bool = False,
    dropout: float = 0.0,
    width: float = 1.0,
    head: tuple[int, ...] = (4096, 4096),
    head_dropout: float = 0.0,
    include_top: bool = True,
) -> keras.Model:
    """VGG-19, untrained: VGG-16 with a fourth convolution in blocks 3, 4 and 5, softmax outputs (sheet S1.2).

    143,667,240 parameters as published; the convolutional base has 20,024,384. The arguments, the place of
    Dropout and the errors are those of `vgg16`.

    Source:
        Simonyan & Zisserman, arXiv:1409.1556, configuration E.

    Example:
        >>> vgg19(include_top=False).count_params()
        20024384
    """
    return _vgg(
        "vgg19", VGG19, width, num_classes=num_classes, image_shape=image_shape, dense=check_sizes("head", head),
        batch_norm=("conv",) if batch_norm else (), conv_dropout=dropout, dense_dropout=head_dropout,
        include_top=include_top,
    )  # fmt: skip


def _vgg(name: str, blocks: tuple[tuple[int, ...], ...], width: float, **rest) -> keras.Model:
    if not isinstance(width, Real) or not 0 < width < float("inf"):
        raise ValueError(
            f"width must be a number above 0, such as 0.25 for a quarter of the filters, not {width!r}."
        )
    check_rate("dropout", rest["conv_dropout"])
    check_rate("head_dropout", rest["dense_dropout"])
    thinned = tuple(tuple(max(1, round(filters * width)) for filters in block) for block in blocks)
    return build(Table(name=name, blocks=thinned, softmax=True, **rest))

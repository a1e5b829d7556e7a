"""A net that reaches a given accuracy with few operations: a whitening stem, then convolutions that begin as the identity."""

from collections.abc import Iterator
from numbers import Real

import keras
from keras import layers

from labkit.models.stack import Table, check

# Filters of each convolution at width 1; a pooling after the last one of the first two blocks.
BLOCKS = ((64, 128), (128, 256), (256,))
PATCH, STRIDE = 4, 2  # of the stem: a quarter of the positions from the first layer on
STEM = "whitening"
_MOMENTUM = 0.8  # of the running mean: a few hundred steps are all there are
_LOGITS = (
    1 / 9
)  # what Page's and Jordan's nets multiply their logits by; before the Dense layer it is the same


def speed_cnn(
    image_shape: tuple[int, int, int] = (32, 32, 3),
    num_classes: int = 10,
    *,
    width: float = 0.5,
    identity: bool = True,
) -> keras.Model:
    """The net of `train(recipe="fast")`: a 4x4 convolution with stride 2, five 3x3 ones, one Dense layer; logits.

    After D. Page, How to train your ResNet (2018), and K. Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU
    (2024): the first layer whitens the patches of the images (`whiten`) and is not trained, convolutions have no
    bias, pooling comes before BatchNormalization, a global maximum takes the place of the Dense layers. A width of
    0.5 has 289,799 parameters and costs 16.9 M multiplications an image, 1 has 1,150,983 and 66.8 M.

    Args:
        image_shape: `(height, width, channels)`, each side 16 or more; pixels 0..255 or 0..1.
        num_classes: outputs.
        width: factor of all filter counts, 1/8 or more.
        identity: each convolution begins by passing its channels on, see `begin_as_identity`.

    Raises:
        ValueError: an argument makes no sense, or the images are too small.

    Example:
        >>> net = speed_cnn(width=0.5)
        >>> [layer.name for layer in net.layers][:5]
        ['images', 'standardised', 'whitening', 'whitening_relu', 'block1_conv1']
        >>> net.get_layer("whitening").trainable
        False
    """
    check(Table(name="speed_cnn", image_shape=image_shape, num_classes=num_classes))
    if isinstance(width, bool) or not isinstance(width, Real) or not 0.125 <= width <= 16:
        raise ValueError(f"width must be a number from 0.125 to 16, such as 0.5, not {width!r}.")
    if min(image_shape[:2]) < 16:
        raise ValueError(f"speed_cnn needs images of 16x16 or larger, not {image_shape[0]}x{image_shape[1]}.")
    x = images = keras.Input(tuple(image_shape), name="images")
    for layer in (*_stem(image_shape[2], width), *_blocks(width), *_top(num_classes)):
        x = layer(x)
    model = keras.Model(images, x, name="speed_cnn")
    if identity:
        for layer in model.layers:
            if isinstance(layer, layers.Conv2D) and layer.name != STEM:
                begin_as_identity(layer)
    return model


def begin_as_identity(layer: layers.Conv2D) -> None:
    """Let the first filters of a convolution pass on one input channel each; the others keep their random weights.

    What the layer is given reaches the layers behind it unharmed from the first step on. After Zagoruyko &
    Komodakis, DiracNets (2017), as Jordan (2024) uses it.

    Example:
        >>> import numpy as np
        >>> conv = layers.Conv2D(4, 3, padding="same", use_bias=False)
        >>> images = np.random.default_rng(0).random((1, 8, 8, 3), np.float32)
        >>> _ = conv(images)
        >>> begin_as_identity(conv)
        >>> bool(np.allclose(conv(images)[..., :3], images))
        True
    """
    kernel = keras.ops.convert_to_numpy(layer.kernel).copy()
    height, width, channels, filters = kernel.shape
    passed = min(channels, filters)
    kernel[:, :, :, :passed] = 0
    kernel[height // 2, width // 2, range(passed), range(passed)] = 1
    layer.kernel.assign(kernel)


def _count(filters: int, width: float) -> int:
    return max(8, round(filters * width / 8) * 8)  # multiples of 8: what vector units take at once


def _stem(channels: int, width: float) -> Iterator[keras.Layer]:
    pairs = min(_count(64, width) // 2, PATCH * PATCH * channels)
    yield layers.Normalization(name="standardised", dtype="float32")
    yield layers.Conv2D(2 * pairs, PATCH, strides=STRIDE, padding="same", name=STEM, trainable=False)
    yield layers.ReLU(name=f"{STEM}_relu")


def _blocks(width: float) -> Iterator[keras.Layer]:
    for block, filters in enumerate(BLOCKS, start=1):
        for i, count in enumerate(filters, start=1):
            conv = f"block{block}_conv{i}"
            yield layers.Conv2D(
                _count(count, width), 3, padding="same", use_bias=False,
                kernel_initializer="he_normal", name=conv,
            )  # fmt: skip
            if i == len(filters) and block < len(BLOCKS):
                yield layers.MaxPooling2D(2, name=f"block{block}_pool")
            yield layers.BatchNormalization(
                momentum=_MOMENTUM, epsilon=1e-5, scale=False, name=f"block{block}_bn{i}"
            )
            yield layers.ReLU(name=f"block{block}_relu{i}")


def _top(num_classes: int) -> Iterator[keras.Layer]:
    yield layers.GlobalMaxPooling2D(name="global_pool")
    yield layers.Rescaling(_LOGITS, name="logit_scale", dtype="float32")
    yield layers.Dense(num_classes, use_bias=False, name="predictions", dtype="float32")

"""Transfer learning: a convolutional base that is trained already, a new classifier on it, frozen or fine-tuned."""

import math
from collections.abc import Sequence
from os import PathLike

import keras
from keras import layers

from labkit.config import one_of
from labkit.models.base import copied, find_base, last_map
from labkit.models.preprocessing import steps
from labkit.models.stack import Table, check, check_rate, check_sizes
from labkit.models.weights import block_of

POOLINGS = {"avg": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D}


def transfer(
    base: str | keras.Model,
    num_classes: int,
    image_shape: tuple[int, int, int],
    *,
    weights: str | PathLike | None,
    head: tuple[int, ...] = (512,),
    head_dropout: float = 0.0,
    pooling: str | None = None,
    preprocessing: str | keras.Layer | Sequence[keras.Layer] | None = None,
    trainable_from: str | None = None,
) -> keras.Model:
    """A classifier on a trained convolutional base, which is frozen: feature extraction (sheets S0.T5, S1.6).

    Feed it RGB pixels from 0 to 255, uint8 or float, and do not scale them: the model prepares its images
    itself, and takes that along when it is saved. The graph is flat: `model.get_layer("block5_conv3")`.

    With VGG-16, 32x32 images and the head of the sheet it has 14,982,474 parameters for 10 classes (267,786
    of them trained), 15,028,644 for 100 (313,956); preparing the images adds none. `unfreeze` goes on to
    fine-tuning.

    Args:
        base: `"vgg16"`, `"vgg19"` or `"mobilenetv2"`; or a Keras model with one image input, of which the
            part up to its last map is copied, without its Dropout, and which stays as it is.
        num_classes: outputs, softmax.
        image_shape: `(height, width, channels)`; a named base wants 3 channels.
        weights: `"imagenet"` for the file that Keras offers; or the path of a file with the layer names of
            the base: `.h5`, `.weights.h5`, or a whole `.keras` model, of which the base is taken.
            `None` loads nothing: a named base is untrained then, a model of your own keeps its weights.
        head: units of the hidden Dense layers, `fc1`, `fc2`...; `()` leaves only `predictions`.
        head_dropout: rate after each hidden Dense layer.
        pooling: `"avg"` or `"max"` takes one number of each map, in place of `Flatten`.
        preprocessing: how the base wants its images. In Keras's words: `"caffe"` (BGR, ImageNet's mean
            subtracted), `"tf"` (-1 to 1), `"torch"` (ImageNet's mean and deviation); in ours: `"unit"` (0 to
            1), `"none"`; or Keras layers. If not given, a named base takes what its ImageNet weights were
            trained with. A model of your own or in a `.keras` file keeps what it begins with, a `Rescaling`
            or `Normalization`, and takes `"unit"` if it has no such layer.
        trainable_from: calls `unfreeze` with this block, in place of freezing the whole base.

    Source:
        Yosinski, Clune, Bengio & Lipson, How transferable are features in deep neural networks?,
        arXiv:1411.1792, 2014. VGG: Simonyan & Zisserman, arXiv:1409.1556. MobileNetV2: Sandler, Howard,
        Zhu, Zhmoginov & Chen, arXiv:1801.04381, 2018.

    Raises:
        ValueError: an argument makes no sense.
        BadWeightsError: the file is damaged or belongs to another net.
        WeightsNotFoundError: no file, and no network; the message says which file to put where.

    Example:
        >>> from labkit import models
        >>> trained = models.vgg16(100, (32, 32, 3), width=0.125, head=(16,))
        >>> model = transfer(trained, 10, (32, 32, 3), weights=None)
        >>> model.output.shape, model.get_layer("block5_conv3").trainable
        ((None, 10), False)
    """
    check_sizes("head", head)
    check_rate("head_dropout", head_dropout)
    check(Table(name="head", image_shape=image_shape, num_classes=num_classes))
    if pooling is not None:
        one_of("pooling", pooling, tuple(POOLINGS))
    found = find_base(base, tuple(image_shape), weights)
    images = keras.Input(tuple(image_shape), name="images")
    features = copied(found, images, steps(preprocessing, found.preprocessing, found.model))
    outputs = _head(features, num_classes, head, head_dropout, pooling)
    model = keras.Model(images, outputs, name=f"{found.model.name.removesuffix('_transfer')}_transfer")
    if trainable_from is None:
        freeze(model)
    else:
        unfreeze(model, trainable_from)
    return model


def freeze(model: keras.Model) -> int:
    """Freeze the convolutional base and train what stands behind it: feature extraction.

    BatchNormalization in a frozen base uses its stored mean and variance, in training too. Compile the model
    afterwards (`labkit.train` does): Keras looks at what is frozen when it compiles.

    Returns:
        The number of parameters that training changes from now on.

    Raises:
        ValueError: the model has no convolutional base.

    Example:
        >>> from labkit import models
        >>> freeze(models.first_cnn())  # Dense 64 and Dense 10
        346826
    """
    return _train_from(model, last_map(model) + 1)


def unfreeze(model: keras.Model, from_block: str = "block5") -> int:
    """Train the layers from a block to the end, and freeze those before it: fine-tuning.

    Train the head first, then fine-tune at a small learning rate such as 1e-5: large steps destroy what the
    base has learnt. BatchNormalization in the base stays frozen, as Keras's guide to fine-tuning advises.
    Compile the model afterwards (`labkit.train` does).

    Args:
        model: what `transfer` returns, or any model with a flat graph.
        from_block: a block, `"block5"`, or a layer, `"block5_conv3"`.

    Returns:
        The number of parameters that training changes from now on.

    Raises:
        ValueError: the model has no such block or layer; the message names its blocks.

    Example:
        >>> from labkit import models
        >>> net = models.vgg16(10, (32, 32, 3), width=0.125, head=())
        >>> unfreeze(net, "block5")  # three convolutions of 64 filters, and predictions
        111434
        >>> unfreeze(net, "block6")
        Traceback (most recent call last):
        ValueError: vgg16 has no block or layer 'block6'; its blocks: block1, block2, block3, block4, block5.
    """
    for i, layer in enumerate(model.layers):
        if from_block in (layer.name, block_of(layer.name) or layer.name):
            return _train_from(model, i)
    blocks = dict.fromkeys(block for layer in model.layers if (block := block_of(layer.name)))
    raise ValueError(
        f"{model.name} has no block or layer {from_block!r}; its blocks: {', '.join(blocks) or 'none'}."
    )


def _train_from(model: keras.Model, start: int) -> int:
    head = last_map(model) + 1
    model.trainable = True  # a model that was frozen as a whole would hide what its layers say
    for i, layer in enumerate(model.layers):
        stays = i < head and isinstance(layer, layers.BatchNormalization)
        layer.trainable = i >= start and not stays
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


def _head(features, num_classes: int, head: tuple, dropout: float, pooling: str | None) -> keras.KerasTensor:
    if pooling is None:
        x = layers.Flatten(name="flatten")(features)
    else:
        x = POOLINGS[pooling](name=f"{pooling}_pool")(features)
    for i, units in enumerate(head, start=1):
        x = layers.Dense(units, activation="relu", name=f"fc{i}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"fc{i}_dropout")(x)
    return layers.Dense(num_classes, activation="softmax", name="predictions")(x)

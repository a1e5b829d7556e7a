"""Augmentation: Keras layers that change the images in training and are no part of the trained model."""

import inspect
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from labkit.data.dataset import Dataset

_NO_CHOICE = ("name", "seed", "data_format", "dtype", "trainable", "autocast", "activity_regularizer")


def as_layers(augment: Any) -> list[Any]:
    """The layers of `train(augment=...)`: one, several, or none; those of a `Sequential` or a `Pipeline` one by one.

    Raises:
        ValueError: something in it is no Keras layer.
    """
    import keras

    layers = [] if augment is None else list(augment) if isinstance(augment, list | tuple) else [augment]
    for layer in layers:
        if not isinstance(layer, keras.Layer):
            raise ValueError(
                "augment takes Keras layers, such as keras.layers.RandomFlip('horizontal'), or one FlipAndShift alone, "
                f"not {layer!r}."
            )
    return [single for layer in layers for single in _singly(layer)]


def augmented(model: Any, layers: Sequence[Any], dataset: Dataset) -> Any:
    """A model that changes its images before `model` sees them, in training only; the weights are `model`'s.

    Raises:
        ValueError: the layers do not return images of the size they were given, or leave the range of the pixels.

    Example:
        >>> import keras
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample").scaled()
        >>> net = models.first_cnn()
        >>> augmented(net, [keras.layers.RandomRotation(0.05)], digits).count_params() == net.count_params()
        True
    """
    import keras

    _check(layers, dataset)
    return keras.Sequential([keras.Input(dataset.image_shape), *layers, model], name=model.name)


def described(layers: Sequence[Any]) -> str:
    """The layers as a run records them, with what was chosen: `RandomFlip(horizontal), RandomRotation(0.1)`.

    Example:
        >>> import keras
        >>> described([keras.layers.RandomFlip("horizontal"), keras.layers.RandomTranslation(0.1, 0.1)])
        'RandomFlip(horizontal), RandomTranslation(0.1, 0.1)'
    """
    return ", ".join(_described(layer) for layer in layers)


def _described(layer: Any) -> str:
    given = inspect.signature(type(layer).__init__).parameters
    config = layer.get_config()
    chosen = [
        _setting(config[name])
        for name, parameter in given.items()
        if name in config and name not in _NO_CHOICE and config[name] != parameter.default
    ]
    return f"{type(layer).__name__}({', '.join(chosen)})"


def _setting(value: Any) -> str:
    """A number as it was written; Keras keeps 0.1 as (-0.1, 0.1) where it means up to 0.1 either way."""
    if isinstance(value, list | tuple):
        if len(value) == 2 and value[0] == -value[1]:
            return _setting(value[1])
        return f"({', '.join(map(_setting, value))})"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _singly(layer: Any) -> list[Any]:
    import keras

    if not isinstance(layer, keras.Sequential | keras.layers.Pipeline):
        return [layer]
    return [single for inner in layer.layers for single in _singly(inner)]


def _check(layers: Sequence[Any], dataset: Dataset) -> None:
    """Try the layers on two images, each alone, so that the error can name the one."""
    images = np.asarray(dataset.x_train[:2], dtype="float32")
    wanted = _value_range(dataset)
    for layer in layers:
        name = type(layer).__name__
        low, high = getattr(layer, "value_range", wanted)
        # A range that is somewhat too wide does no harm; colours cut off or spread over 255 steps do.
        if not (2 * wanted[0] <= low <= wanted[0] and wanted[1] <= high <= 2 * wanted[1]):
            raise ValueError(f"augment: give {name} value_range={wanted}: that is the range of these images.")
        changed = np.asarray(layer(images, training=True))
        if changed.shape != images.shape:
            raise ValueError(
                f"augment: {name} makes {changed.shape[1:]} of images {images.shape[1:]}, but the model needs "
                "them as they were: keep the size."
            )


def _value_range(dataset: Dataset) -> tuple[int, int]:
    """0 to 255, 0 to 1, or (where a mean was subtracted) the whole numbers around the first hundred images."""
    images = dataset.x_train[:100]
    low, high = float(images.min()), float(images.max())
    if low < 0:
        return math.floor(low), max(1, math.ceil(high))
    return (0, 255) if images.dtype.kind in "iu" or high > 1 else (0, 1)

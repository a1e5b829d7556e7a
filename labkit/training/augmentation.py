"""Augmentation: Keras layers that change the images in training and are no part of the trained model."""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from labkit.data.dataset import Dataset


def as_layers(augment: Any) -> list[Any]:
    """The layers of `train(augment=...)`: one, several, or none.

    Raises:
        ValueError: something in it is no Keras layer.
    """
    import keras

    layers = [] if augment is None else list(augment) if isinstance(augment, list | tuple) else [augment]
    for layer in layers:
        if not isinstance(layer, keras.Layer):
            raise ValueError(
                f"augment takes Keras layers, such as keras.layers.RandomFlip('horizontal'), not {layer!r}."
            )
    return layers


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
    if hasattr(layer, "layers"):  # a Sequential of them
        return described(layer.layers)
    given = inspect.signature(type(layer).__init__).parameters
    config = layer.get_config()
    chosen = {
        name: config[name]
        for name, parameter in given.items()
        if name in config
        and name not in ("name", "seed", "data_format")
        and config[name] != parameter.default
    }
    return f"{type(layer).__name__}({', '.join(str(value) for value in chosen.values())})"


def _check(layers: Sequence[Any], dataset: Dataset) -> None:
    """Try the layers on two images, each alone, so that the error can name the one."""
    images = np.asarray(dataset.x_train[:2], dtype="float32")
    whole = dataset.x_train.dtype.kind in "iu"
    for layer in layers:
        name = type(layer).__name__
        top = max(getattr(layer, "value_range", (0, 255 if whole else 1)))
        if (top > 1) != whole:
            wanted = "(0, 255)" if whole else "(0, 1)"
            raise ValueError(f"augment: give {name} value_range={wanted}: that is the range of these images.")
        changed = np.asarray(layer(images, training=True))
        if changed.shape != images.shape:
            raise ValueError(
                f"augment: {name} makes {changed.shape[1:]} of images {images.shape[1:]}, but the model needs "
                "them as they were: keep the size."
            )

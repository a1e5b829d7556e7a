"""A convolutional base: what a net is up to its last map; had by its name, from a model, or from a file."""

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import keras
from keras import layers

from labkit.config import one_of
from labkit.models.imagenet import OFFICIAL, load_imagenet
from labkit.models.vgg import vgg16, vgg19
from labkit.models.weights import (
    Weights,
    check_weights,
    existing,
    first_line,
    open_model,
    put,
    read_weights,
    weights_of,
)

DROPOUTS = (
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.AlphaDropout,
)


@dataclass(frozen=True)
class Base:
    """A base and what belongs to it.

    Attributes:
        model: the layers, from the images to the last map. They may be somebody's: only copies are trained.
        weights: what the copy shall have; `None` if it is to start untrained.
        preprocessing: how its images are usually prepared, a name in `preprocessing.STEPS`.
    """

    model: keras.Model
    weights: Weights | None
    preprocessing: str


def find_base(base: str | keras.Model, image_shape: tuple, weights: str | PathLike | None) -> Base:
    """The base that `transfer` was asked for; its arguments and errors are described there."""
    named = isinstance(base, str)
    model = _named(base, image_shape) if named else until_last_map(base)
    usual = OFFICIAL[base].preprocessing if named else "unit"
    if weights is None:
        return Base(model, None if named else weights_of(model), usual)
    if not isinstance(weights, str | PathLike):
        raise ValueError(f"weights must be 'imagenet', the path of a file, or None, not {weights!r}.")
    if weights != "imagenet":
        return _from_file(existing(weights), model, usual)
    if not named:
        raise ValueError(f"ImageNet weights are for a base given by its name: {', '.join(OFFICIAL)}.")
    load_imagenet(model, base)
    return Base(model, weights_of(model), usual)


def until_last_map(model: keras.Model) -> keras.Model:
    """The part of a model that ends in its last map; the layers are the same, not copies.

    Example:
        >>> from labkit import models
        >>> until_last_map(models.first_cnn()).output.shape
        (None, 13, 13, 32)
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"base must be one of {', '.join(OFFICIAL)}, or a Keras model, not {model!r}.")
    inputs = getattr(model, "inputs", None) or ()
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        raise ValueError(
            f"{model.name} must have one input, images: begin it with keras.Input((height, width, channels))."
        )
    return keras.Model(inputs[0], model.layers[last_map(model)].output, name=model.name)


def last_map(model: keras.Model) -> int:
    """Which layer is the last to give a map, `(batch, height, width, channels)`: the base ends there."""
    maps = [i for i, layer in enumerate(model.layers) if len(layer.output.shape) == 4]
    if not any(model.layers[i].weights for i in maps):
        raise ValueError(f"{model.name} has no convolutional base: no layer with weights gives a map.")
    return maps[-1]


def copied(base: Base, images: keras.KerasTensor, steps: list[Callable]) -> keras.KerasTensor:
    """The last map of a copy of the base, which sees the images after these steps, in one flat graph.

    The copy is without the Dropout that the base was trained with: its features are to be the same each time.
    """
    name, wanted, given = base.model.name, base.model.inputs[0].shape[-1], images.shape[-1]
    if wanted != given:
        raise ValueError(f"{name} takes images of {wanted} channels, but image_shape has {given}.")
    prepared = images
    for step in steps:
        prepared = step(prepared)

    def call(layer, *args, **kwargs):
        if isinstance(layer, DROPOUTS):
            return args[0]
        return layer(*(prepared if arg is images else arg for arg in args), **kwargs)

    reason = "nothing would be left of its last map"
    try:
        copy = keras.models.clone_model(base.model, input_tensors=images, call_function=call)
        fits = min(copy.outputs[0].shape[1:3]) >= 1  # older versions of Keras build a map of 0x0
    except ValueError as error:
        fits, reason = False, first_line(error)
    if not fits:
        raise ValueError(f"{name} cannot take images of {images.shape[1]}x{images.shape[2]} ({reason}).")
    if base.weights is not None:
        put(base.weights, copy)
    return copy.outputs[0]


def _named(name: str, image_shape: tuple) -> keras.Model:
    one_of("base", name, tuple(OFFICIAL))
    if image_shape[2] != 3 or min(image_shape[:2]) < 32:
        raise ValueError(
            f"{name} takes colour images of at least 32x32, such as (32, 32, 3), not {image_shape}: "
            f"enlarge small images, repeat the channel of grey ones three times."
        )
    if name == "mobilenetv2":
        model = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=image_shape)
        return keras.Model(model.inputs[0], model.outputs[0], name=name)
    return {"vgg16": vgg16, "vgg19": vgg19}[name](image_shape=image_shape, include_top=False)


def _from_file(path: Path, model: keras.Model, usual: str) -> Base:
    if path.suffix != ".keras":
        arrays = read_weights(path)
        check_weights(arrays, model, path)
        return Base(model, arrays, usual)
    found = until_last_map(open_model(path))  # with the layers that prepare its images, if it has them
    check_weights(weights_of(found), model, path)
    return Base(found, weights_of(found), "unit")

"""The graph of a net: which layer feeds which, and where the response of a filter is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers as kinds

_WITH_FILTERS = (kinds.Conv2D, kinds.DepthwiseConv2D, kinds.SeparableConv2D, kinds.Dense)
_NORMALISING = (kinds.BatchNormalization, kinds.LayerNormalization, kinds.GroupNormalization)
_ACTIVATING = (kinds.Activation, kinds.ReLU, kinds.LeakyReLU, kinds.PReLU, kinds.ELU, kinds.Softmax)


@dataclass(frozen=True)
class Readout:
    """Where a layer of filters is read.

    Attributes:
        layer: with the filters.
        linear: the last layer before the non-linearity: `layer` itself, or its BatchNormalization.
        response: the layer after whose non-linearity the filters are said to respond; often `layer` itself.
    """

    layer: str
    linear: str
    response: str


def predecessors(model: keras.Model) -> dict[str, list[str]]:
    """Layer -> the layers that feed it, in the order of the computation, as the model's own config says.

    Example:
        >>> from labkit import models
        >>> predecessors(models.softmax_regression())
        {'images': [], 'flatten': ['images'], 'predictions': ['flatten']}
    """
    entries = _config(model)["layers"]
    if isinstance(model, keras.Sequential):
        names = [entry["config"]["name"] for entry in entries]
        return {name: names[max(i - 1, 0) : i] for i, name in enumerate(names)}
    return {entry["name"]: list(dict.fromkeys(_sources(entry["inbound_nodes"]))) for entry in entries}


def readouts(
    model: keras.Model, layers: Sequence[str] | None = None, *, output: bool = False
) -> list[Readout]:
    """Where the filters of each layer are read; layers without filters are read at their own output.

    A convolution without an activation of its own is read after the BatchNormalization and the activation
    that follow it, since this is what the rest of the net sees.

    Args:
        layers: names; every convolution and Dense layer if not given.
        output: whether the layer that gives the model's answer is among them.

    Raises:
        ValueError: the model is no Sequential or functional one, or has no such layer.

    Example:
        >>> from labkit import models
        >>> net = models.deep_cnn(leaky_slope=0.3)
        >>> readouts(net)[0]
        Readout(layer='block1_conv1', linear='block1_conv1', response='block1_leaky1')
    """
    feeds = predecessors(model)
    by_name = {layer.name: layer for layer in model.layers}
    if layers is None:
        names = [name for name, layer in by_name.items() if isinstance(layer, _WITH_FILTERS)]
        found = [_followed(name, by_name, feeds) for name in names]
        last = model.layers[-1].name
        found = [one for one in found if output or one.response != last]
        if not found:
            raise ValueError(f"{model.name} has no hidden layer with filters: name the layers yourself.")
        return found
    for name in layers:
        if name not in by_name:
            raise ValueError(f"{model.name} has no layer {name!r}: it has {', '.join(by_name)}.")
    return [_followed(name, by_name, feeds) for name in layers]


def part_of(model: keras.Model, layers: Sequence[str]) -> keras.Model:
    """The part of a model that computes these layers, sharing its weights; one output a layer.

    Example:
        >>> from labkit import models
        >>> part_of(models.first_cnn(), ["block1_conv1"]).outputs[0].shape
        (None, 26, 26, 32)
    """
    try:
        return keras.Model(model.inputs[0], [model.get_layer(name).output for name in layers], name="part")
    except (ValueError, AttributeError, KeyError, IndexError) as error:
        raise ValueError(
            f"the layers {', '.join(layers)} of {model.name} cannot be reached from its input "
            f"({str(error).splitlines()[0]:.100})."
        ) from None


def _followed(name: str, by_name: dict[str, Any], feeds: dict[str, list[str]]) -> Readout:
    if not isinstance(by_name[name], _WITH_FILTERS) or not _is_linear(by_name[name]):
        return Readout(name, name, name)
    linear = name
    while True:
        following = [after for after, before in feeds.items() if linear in before]
        layer = by_name.get(following[0]) if len(following) == 1 else None
        if isinstance(layer, _ACTIVATING):
            return Readout(name, linear, layer.name)
        if not isinstance(layer, _NORMALISING):
            return Readout(name, linear, linear)
        linear = layer.name


def _is_linear(layer: Any) -> bool:
    return getattr(layer, "activation", None) in (None, keras.activations.linear)


def _config(model: Any) -> dict:
    wanted = "give a Sequential or functional Keras model that begins with keras.Input(shape)."
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        raise ValueError(f"the layers of {type(model).__name__} cannot be followed: {wanted}")
    try:
        config = model.get_config()
    except (NotImplementedError, TypeError):
        config = {}
    if "layers" not in config:
        raise ValueError(f"the layers of {type(model).__name__} cannot be followed: {wanted}")
    return config


def _sources(nodes: Any) -> Iterator[str]:
    """Every `keras_history` in a config of nodes: `[name of the layer, node, tensor]`."""
    if isinstance(nodes, dict):
        if "keras_history" in nodes:
            yield nodes["keras_history"][0]
            return
        nodes = list(nodes.values())
    if isinstance(nodes, list | tuple):
        for node in nodes:
            yield from _sources(node)

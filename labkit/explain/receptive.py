"""Receptive fields: which part of the image a place in a feature map has seen."""

from dataclasses import dataclass, replace
from typing import Any

import keras
from keras import layers as kinds

from labkit.explain.flat_graph import Graph, Node
from labkit.explain.prepare import graph_of
from labkit.explain.readouts import readouts

_SLIDING = (
    kinds.Conv2D,
    kinds.DepthwiseConv2D,
    kinds.SeparableConv2D,
    kinds.MaxPooling2D,
    kinds.AveragePooling2D,
)


@dataclass(frozen=True)
class Axis:
    """The fields along one axis, in pixels of the image.

    Attributes:
        size: of a field.
        stride: from one field to the next.
        low: where the first field begins; below 0 if it begins in the padding.
        count: of places in the map.
    """

    size: int
    stride: int
    low: int
    count: int

    def slid(self, kernel: int, stride: int, padding: str) -> "Axis":
        """The fields after a kernel, or a pooling, has slid over the map."""
        before = 0
        count = (self.count - kernel) // stride + 1
        if padding == "same":
            count = -(-self.count // stride)
            before = max((count - 1) * stride + kernel - self.count, 0) // 2
        size = self.size + (kernel - 1) * self.stride
        return Axis(size, self.stride * stride, self.low - before * self.stride, count)


Field = tuple[Axis, Axis]


def receptive_field(
    model: keras.Model, layer: str, image_shape: tuple[int, int, int] | None = None
) -> Field | None:
    """What of the image each place of a layer's map has seen; the arithmetic needs no images.

    Araujo, Norris & Sim, Computing receptive fields of convolutional neural networks, Distill 2019. Layers
    that neither slide nor pad (BatchNormalization, activations, dropout) see what those before them see.

    Args:
        layer: its name.
        image_shape: taken where the model leaves height or width open.

    Returns:
        The fields along the height and along the width, or None where a place sees the whole image, as
        after Flatten, a global pooling or a Dense layer.

    Example:
        >>> from labkit import models
        >>> rows, _ = receptive_field(models.vgg16(image_shape=(224, 224, 3), include_top=False), "block5_conv3")
        >>> rows.size, rows.stride
        (196, 16)
    """
    graph = graph_of(model, image_shape)
    (name,) = readouts(graph, [layer])
    return fields(graph)[name]


def fields(graph: Graph) -> dict[str, Field | None]:
    """The receptive field at the output of every call, by its name.

    Example:
        >>> from labkit import models
        >>> fields(graph_of(models.first_cnn()))["block1_pool"][0].size
        4
    """
    height, width, _ = graph.image_shape
    images = (Axis(1, 1, 0, height), Axis(1, 1, 0, width))
    found: dict[str, Field | None] = {}
    for node in graph.nodes:
        before = [graph.producer(tensor) for tensor in node.inputs]
        found[node.name] = _through(
            node, _merged([images if one is None else found[one.name] for one in before])
        )
    return found


def _through(node: Node, field: Field | None) -> Field | None:
    layer = node.operation
    if field is None:
        return None
    if isinstance(layer, kinds.ZeroPadding2D):
        pads = layer.padding
        return tuple(
            replace(axis, low=axis.low - pad[0] * axis.stride, count=axis.count + sum(pad))
            for axis, pad in zip(field, pads, strict=True)
        )
    if isinstance(layer, _SLIDING):
        return tuple(axis.slid(*step) for axis, step in zip(field, _steps(layer), strict=True))
    return field if node.grid == tuple(axis.count for axis in field) else None


def _steps(layer: Any) -> list[tuple[int, int, str]]:
    """Kernel, stride and padding of a layer that slides, along height and width."""
    if hasattr(layer, "pool_size"):
        return [(k, s, layer.padding) for k, s in zip(layer.pool_size, layer.strides, strict=True)]
    kernels = [d * (k - 1) + 1 for k, d in zip(layer.kernel_size, layer.dilation_rate, strict=True)]
    return [(k, s, layer.padding) for k, s in zip(kernels, layer.strides, strict=True)]


def _merged(fields: list[Field | None]) -> Field | None:
    """What a sum, or a concatenation, of several maps has seen: all that any of them has."""
    if None in fields or len({tuple(axis.count for axis in field) for field in fields}) > 1:
        return None
    merged = []
    for axes in zip(*fields, strict=True):
        low = min(axis.low for axis in axes)
        high = max(axis.low + axis.size for axis in axes)
        merged.append(replace(axes[0], low=low, size=high - low))
    return tuple(merged)

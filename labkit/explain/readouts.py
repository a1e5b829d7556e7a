"""Readouts: where in a net the responses of a layer's filters are read, and the responses themselves."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from labkit.explain.flat_graph import Graph, Node
from labkit.explain.inputs import as_batch, shape_of
from labkit.explain.prepare import CUT, graph_of
from labkit.explain.target import CONVOLUTIONS, activated, is_activation

FILTERS = (*CONVOLUTIONS, keras.layers.Dense)
_BEHIND_THE_ANSWER = (*CUT, "activation", "dropout", "identity")


def readouts(graph: Graph, layers: Sequence[str] | None = None) -> dict[str, Node]:
    """Where the filters of each layer are read; layers without filters are read at their own output.

    A convolution without an activation of its own is read after the BatchNormalization and the activation
    that follow it, since this is what the rest of the net sees.

    Args:
        layers: names; every hidden convolution and Dense layer if not given.

    Returns:
        Name of the layer -> the call that gives its responses.

    Raises:
        ValueError: the model has no such layer.

    Example:
        >>> from labkit import models
        >>> graph = graph_of(models.deep_cnn(leaky_slope=0.3))
        >>> readouts(graph, ["block1_conv1"])["block1_conv1"].name
        'block1_leaky1'
    """
    if isinstance(layers, str):
        raise ValueError(f"layers is a list of names, such as [{layers!r}], not one name.")
    nodes = _hidden(graph) if layers is None else [_named(graph, name) for name in layers]
    if not nodes:
        raise ValueError(f"{graph.name} has no hidden layer with filters: name the layers yourself.")
    has_filters = [isinstance(node.operation, FILTERS) for node in nodes]
    return {
        node.name: activated(graph, node, shortcuts=False) if found else node
        for node, found in zip(nodes, has_filters, strict=True)
    }


def before_activation(place: Node) -> keras.KerasTensor:
    """The tensor that goes into the non-linearity of a readout; its output where there is none."""
    if is_activation(place):
        return place.inputs[0]
    return place.without_activation() if place.is_active else place.output


def collect(
    model: keras.Model,
    images: Any,
    layers: Sequence[str] | None,
    reduce: Callable[[np.ndarray], np.ndarray],
    batch_size: int = 128,
) -> dict[str, np.ndarray]:
    """What `reduce` makes of each layer's responses, a row an image, batch by batch so that they fit into memory.

    Args:
        images: `(n, height, width, channels)`, in the form the model was trained on.
        layers: names; every hidden convolution and Dense layer if not given.
        reduce: from responses `(batch, h, w, filters)` or `(batch, units)` to `(batch, ...)`.

    Returns:
        Name of the layer -> `(n, ...)`.

    Example:
        >>> from labkit import models
        >>> collect(models.first_cnn(), np.zeros((3, 28, 28, 1)), None, mean_response)["block1_conv1"].shape
        (3, 32)
    """
    graph = graph_of(model, shape_of(images))
    places = readouts(graph, layers)
    batch = as_batch(images, graph)
    part = graph.part(*(place.output for place in places.values()))
    rows = {name: [] for name in places}
    for start in range(0, len(batch), batch_size):
        outputs = keras.tree.flatten(part([batch[start : start + batch_size]], training=False))
        for name, output in zip(rows, outputs, strict=True):
            rows[name].append(reduce(_finite(keras.ops.convert_to_numpy(output), graph, name)))
    return {name: np.concatenate(parts) for name, parts in rows.items()}


def mean_response(responses: np.ndarray) -> np.ndarray:
    """Each filter's mean over the map: `(batch, h, w, filters)` to `(batch, filters)`.

    Example:
        >>> mean_response(np.ones((2, 4, 4, 3))).shape
        (2, 3)
    """
    return responses.mean(axis=tuple(range(1, responses.ndim - 1)))


def pooled(responses: np.ndarray, grid: int) -> np.ndarray:
    """Means over `grid x grid` fields of the map, one after the other: `(batch, grid * grid * filters)`.

    Example:
        >>> pooled(np.arange(4.0).reshape(1, 2, 2, 1), 2).tolist()
        [[0.0, 1.0, 2.0, 3.0]]
    """
    if responses.ndim == 2:
        return responses
    rows, columns = (np.array_split(np.arange(side), min(grid, side)) for side in responses.shape[1:3])
    fields = [
        responses[:, r[0] : r[-1] + 1, c[0] : c[-1] + 1].mean(axis=(1, 2)) for r in rows for c in columns
    ]
    return np.concatenate(fields, axis=1)


def _finite(responses: np.ndarray, graph: Graph, layer: str) -> np.ndarray:
    if not np.isfinite(responses).all():
        raise ValueError(
            f"{layer} of {graph.name} gives NaN or infinity: the net has diverged or its weights are damaged; "
            "train it again, with a smaller learning rate."
        )
    return responses.astype(np.float32)


def _hidden(graph: Graph) -> list[Node]:
    """The calls of layers with filters, but for the one that gives the answer."""
    answer = graph.producer(graph.outputs)
    while answer is not None and answer.kind in _BEHIND_THE_ANSWER:
        answer = graph.producer(answer.inputs[0])
    return [node for node in graph.nodes if isinstance(node.operation, FILTERS) and node is not answer]


def _named(graph: Graph, name: str) -> Node:
    node = graph.node(name)
    if node is None:
        known = ", ".join(dict.fromkeys(one.name for one in graph.nodes))
        raise ValueError(f"{graph.name} has no layer {name!r}: it has {known}.")
    return node

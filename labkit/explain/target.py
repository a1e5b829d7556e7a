"""Which layer to look at: the last convolution's map after its activation, never a coarse one without a word."""

import keras
from keras import layers

from labkit.explain.flat_graph import Graph, Node
from labkit.explain.prepare import View, prepare

MIN_CELLS = 4
CONVOLUTIONS = (
    layers.Conv2D,
    layers.SeparableConv2D,
    layers.DepthwiseConv2D,
    layers.Conv2DTranspose,
)
# The names of layers and of keras.ops alike: `layers.ReLU()` and `keras.ops.relu(x)`.
NORMALISATIONS = {"batchnormalization", "layernormalization", "groupnormalization"}
ACTIVATIONS = {"activation", "relu", "relu6", "leakyrelu", "prelu", "elu", "selu", "gelu", "silu", "tanh"}


def find_layer(view: View, layer: str | keras.Layer | None) -> Node:
    """The layer to explain: the one that was asked for, or the default.

    The default is the last convolution whose map has at least 4x4 cells, taken where its numbers have passed
    BatchNormalization, the shortcut and the activation behind it. A coarser layer must be asked for by name.

    Raises:
        ValueError: there is no such layer, it gives no map, or no map is fine enough.
    """
    return _default(view) if layer is None else _named(view, layer)


def explainable(model: keras.Model) -> dict[str, tuple[int, int]]:
    """The layers that `explain(..., layer=)` takes, and the grid of each, from the images to the logits.

    Example:
        >>> from labkit import models
        >>> explainable(models.first_cnn())
        {'block1_conv1': (26, 26), 'block1_pool': (13, 13)}
    """
    return _maps(prepare(model))


def _maps(view: View) -> dict[str, tuple[int, int]]:
    """From the first convolution on: what stands before it prepares the images."""
    nodes = view.graph.nodes
    start = next((i for i, node in enumerate(nodes) if isinstance(node.operation, CONVOLUTIONS)), len(nodes))
    return {node.name: node.grid for node in nodes[start:] if node.grid}


def _named(view: View, layer: str | keras.Layer) -> Node:
    node = view.graph.node(layer)
    if node is None:
        name = layer if isinstance(layer, str) else getattr(layer, "name", layer)
        raise ValueError(f"{view.name} has no layer {name!r}; layers with a map: {_list(view)}.")
    if node.grid is None:
        raise ValueError(f"layer {node.name} of {view.name} gives no map; those that do: {_list(view)}.")
    return node


def _default(view: View) -> Node:
    convolutions = [node for node in view.graph.nodes if isinstance(node.operation, CONVOLUTIONS)]
    if not convolutions:
        raise ValueError(
            f'{view.name} has no convolution to look at: take method="integrated_gradients", '
            '"saliency", "smoothgrad" or "occlusion".'
        )
    for node in reversed(convolutions):
        if min(node.grid) >= MIN_CELLS:
            return activated(view.graph, node)
    finest = max(convolutions, key=lambda node: min(node.grid))
    raise ValueError(
        f"no convolution of {view.name} has a map of {MIN_CELLS}x{MIN_CELLS} cells or more; the finest is "
        f"{finest.name}, {finest.grid[0]}x{finest.grid[1]}. Ask for it with layer= if you want it all the same."
    )


def activated(graph: Graph, node: Node, *, shortcuts: bool = True) -> Node:
    """Follow BatchNormalization, shortcut and Dropout to the activation; if there is none, as far as they go.

    Args:
        shortcuts: whether to follow through a sum, behind which the numbers are no longer the layer's alone.

    Example:
        >>> from labkit import models
        >>> from labkit.explain.prepare import graph_of
        >>> graph = graph_of(models.deep_cnn(leaky_slope=0.3))
        >>> activated(graph, graph.node("block1_conv1")).name
        'block1_leaky1'
    """
    best, active = node, node.is_active
    while True:
        after = graph.consumers(node.output)
        if len(after) != 1 or after[0].grid != node.grid:
            return best
        node = after[0]
        if is_activation(node):
            best, active = node, True
        elif node.kind == "add" and shortcuts:
            best, active = node, False
        elif node.kind in NORMALISATIONS:
            best = best if active else node
        elif node.kind not in ("dropout", "spatialdropout2d"):
            return best


def is_activation(node: Node) -> bool:
    """Whether a call is an activation and nothing else; softmax, which makes an answer, is none."""
    softmax = getattr(node.operation, "activation", None) is keras.activations.softmax
    return node.kind in ACTIVATIONS and not softmax


def _list(view: View) -> str:
    return ", ".join(_maps(view)) or "none"

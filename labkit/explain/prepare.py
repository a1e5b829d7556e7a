"""View: a safe view of somebody's model, from its images to its logits, with the maps in between."""

from collections.abc import Callable
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
from keras import layers

from labkit.explain import differentiation
from labkit.explain.flat_graph import Graph, Node, flat_graph, has_graph

CUT = ("softmax", "sigmoid")


class View:
    """What `explain` sees of a model. It shares the weights and leaves no trace on the layers.

    Attributes:
        graph: its calls, nested models unrolled.
        num_classes: how many logits there are.
        is_cut: whether a softmax or sigmoid at the end was left out.
        model: `[images] -> logits`, float32.
    """

    def __init__(self, graph: Graph) -> None:
        logits = _cut(graph)
        self.graph, self.name = graph, graph.name
        self.is_cut = logits is not graph.outputs
        self.num_classes = logits.shape[-1]
        self.model = graph.part(logits)
        self._gradients_at: dict[str, Callable] = {}
        self._maps_at: dict[str, Callable] = {}

    @cached_property
    def logits(self) -> Callable:
        """`images -> logits`, compiled."""
        return differentiation.compiled_predictions(self.model)

    @cached_property
    def image_gradients(self) -> Callable:
        """`images, classes -> gradients` of the classes' logits by the pixels, compiled."""
        return differentiation.compiled_image_gradients(self.model)

    def layer_gradients(self, node: Node) -> Callable:
        """`images, classes -> maps, gradients` of the classes' logits by these maps, compiled."""
        if node.name not in self._gradients_at:
            model = self.graph.part(node.output, self.model.outputs[0])
            self._gradients_at[node.name] = differentiation.compiled_layer_gradients(model)
        return self._gradients_at[node.name]

    def layer_maps(self, node: Node) -> Callable:
        """`images -> maps` of a layer, compiled."""
        if node.name not in self._maps_at:
            self._maps_at[node.name] = differentiation.compiled_predictions(self.graph.part(node.output))
        return self._maps_at[node.name]


_views: WeakKeyDictionary[keras.Model, tuple[Any, View]] = WeakKeyDictionary()


def prepare(model: keras.Model, image_shape: tuple[int, ...] | None = None) -> View:
    """The view of a model, made at its first explanation and kept as long as the model lives.

    Args:
        model: functional or Sequential, built, of one image input, with one number a class at its end.
        image_shape: taken where the model leaves height or width open.

    Raises:
        ValueError: the model cannot be explained; one line says why.

    Example:
        >>> from labkit import models
        >>> view = prepare(models.fashion_cnn())
        >>> view.is_cut, view.num_classes
        (True, 10)
    """
    _check_model(model)
    _check_answer(model)
    shape = _image_shape(model, image_shape)
    # A View reads the weights as they are, but its compiled functions know the rest as it was when they were
    # compiled: another output, variable or activation asks for a new one.
    state = (shape, *map(id, model.outputs), *map(id, model.variables), *_activations(model))
    kept = _views.get(model)
    if kept is None or kept[0] != state:
        _views[model] = kept = (state, View(graph_of(model, shape)))
    return kept[1]


def graph_of(model: keras.Model, image_shape: tuple[int, ...] | None = None) -> Graph:
    """The calls of any net of images, with or without a classifier at its end; arguments and errors as for `prepare`.

    Example:
        >>> from labkit import models
        >>> [node.name for node in graph_of(models.first_cnn()).nodes][:2]
        ['block1_conv1', 'block1_pool']
    """
    _check_model(model)
    graph = flat_graph(model, keras.Input(_image_shape(model, image_shape), name="images"))
    for node in graph.nodes:
        if getattr(node.operation, "data_format", None) == "channels_first" and node.grid:
            raise ValueError(
                f"{model.name} has its channels first (layer {node.name}): labkit.explain takes channels_last."
            )
    return graph


def _check_model(model: Any) -> None:
    if not isinstance(model, keras.Model):
        raise ValueError(f"labkit.explain takes a Keras model, not {type(model).__name__}.")
    if not has_graph(model):
        if isinstance(model, keras.Sequential):
            raise ValueError(
                f"{model.name} is not built: begin it with keras.Input((height, width, channels)), "
                "or call it once on a batch of images."
            )
        raise ValueError(
            f"{model.name} is a subclassed model, whose layers Keras cannot follow: "
            "build it as keras.Sequential or as keras.Model(inputs, outputs)."
        )
    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        shapes = ", ".join(str(x.shape) for x in model.inputs)
        raise ValueError(
            f"labkit.explain takes models of one input, images (height, width, channels); {model.name} has {shapes}."
        )
    if len(model.outputs) != 1:
        raise ValueError(f"labkit.explain takes models of one output; {model.name} has {len(model.outputs)}.")


def _check_answer(model: keras.Model) -> None:
    if len(model.outputs[0].shape) != 2:
        raise ValueError(
            f"explain() takes classifiers, one number a class; {model.name} gives {model.outputs[0].shape}."
        )


def _image_shape(model: keras.Model, given: tuple[int, ...] | None) -> tuple[int, int, int]:
    shape = tuple(model.inputs[0].shape[1:])
    if None not in shape:
        return shape
    if given is None or len(given) != 3 or any(w not in (None, g) for w, g in zip(shape, given, strict=True)):
        raise ValueError(f"{model.name} takes images of {shape}, not of {given}.")
    return tuple(given)


def _activations(model: keras.Model) -> list[int]:
    found = []
    for layer in model.layers:
        found.append(id(getattr(layer, "activation", None)))
        if isinstance(layer, keras.Model):
            found += _activations(layer)
    return found


def _cut(graph: Graph) -> keras.KerasTensor:
    """The tensor before the last softmax or sigmoid; the outputs themselves where there is none."""
    node = graph.producer(graph.outputs)
    while node is not None and _passes_on(node.operation):
        node = graph.producer(node.inputs[0])
    if node is None:
        return graph.outputs
    operation, activation = node.operation, getattr(node.operation, "activation", None)
    if node.kind in CUT or (isinstance(operation, layers.Activation) and _is_cut(activation)):
        return node.inputs[0]
    if isinstance(operation, keras.Layer) and _is_cut(activation) and len(node.inputs) == 1:
        return node.without_activation()
    return graph.outputs


def _passes_on(operation: keras.Operation) -> bool:
    """Whether an operation leaves numbers as they are: Dropout, or what brings outputs back to float32."""
    if isinstance(operation, layers.Activation):
        return operation.activation is keras.activations.linear
    return isinstance(operation, layers.Dropout | layers.Identity)


def _is_cut(activation: Any) -> bool:
    return getattr(activation, "__name__", type(activation).__name__).lower() in CUT


def check_logits(view: View, logits: np.ndarray) -> None:
    """Refuse numbers that cannot be explained: not finite, or probabilities that could not be cut.

    Raises:
        ValueError: see above.
    """
    if not np.isfinite(logits).all():
        first = int(np.argmin(np.isfinite(logits).all(axis=1)))
        raise ValueError(
            f"{view.name} gives NaN or infinity for image {first}: it has diverged or its weights are damaged; "
            "train it again, with a smaller learning rate."
        )
    is_distribution = (logits >= 0).all() and np.allclose(logits.sum(axis=1), 1, atol=5e-3)
    if is_distribution and not view.is_cut and view.num_classes > 1:
        raise ValueError(
            f"{view.name} ends in probabilities that cannot be taken apart: end it in Dense(classes), with "
            'activation="softmax" or a Softmax layer behind it if you want one.'
        )

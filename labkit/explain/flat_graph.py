"""One flat graph of somebody's model: nested models unrolled, its weights shared, nothing of it changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import tree


class Shared(keras.Layer):
    """One call of a layer or an operation of somebody's model; its output is brought to float32.

    Calling the model's own layers on new inputs would add nodes to them, more with each explanation, and
    `layer.output` would still be the first of them, which in a Sequential filled by `add()` leads nowhere.
    A `Shared` has a node of its own. Float32 outputs make maps and gradients of a network in mixed precision
    float32, while its layers go on computing as they did.

    Attributes:
        inner: the caller's own layer or operation.
        arguments: puts tensors back among the other arguments of the call, `tensors -> args, kwargs`.
    """

    def __init__(self, inner: keras.Operation, arguments: Callable) -> None:
        super().__init__(dtype="float32", autocast=False)
        self.inner, self.arguments = inner, arguments
        self.built = True

    def call(self, *tensors: Any) -> Any:
        args, kwargs = self.arguments(tensors)
        return tree.map_structure(_float32, self.inner(*args, **kwargs))

    def compute_output_spec(self, *tensors: Any) -> Any:
        args, kwargs = self.arguments(tensors)
        return tree.map_structure(_float32_spec, self.inner.compute_output_spec(*args, **kwargs))


class Linear(Shared):
    """A layer without its activation. A twin computes, on the weights that the layer has at that moment."""

    def __init__(self, inner: keras.Layer, arguments: Callable, input_shape: tuple) -> None:
        super().__init__(inner, arguments)
        self.twin = type(inner).from_config(inner.get_config() | {"activation": "linear"})
        self.twin.build(input_shape)

    def call(self, *tensors: Any) -> Any:
        args, kwargs = self.arguments(tensors)
        pairs = zip(self.twin.variables, self.inner.variables, strict=True)
        with keras.StatelessScope(state_mapping=[(twin, own.value) for twin, own in pairs]):
            return _float32(self.twin(*args, **kwargs))


@dataclass(frozen=True, eq=False)
class Node:
    """One call in the graph: which operation, on what, with what result.

    Attributes:
        name: what a student calls it: the layer's name, `base/conv1` where a nested model's would be ambiguous.
        shared: what stands for the call in the graph.
        inputs: the tensors that went in.
        output: the tensor, or tensors, that came out.
    """

    name: str
    shared: Shared
    inputs: list[keras.KerasTensor]
    output: Any

    @property
    def operation(self) -> keras.Operation:
        """The caller's own layer or operation."""
        return self.shared.inner

    @property
    def kind(self) -> str:
        """What the operation is, in small letters: `"relu"` for `layers.ReLU()` and `keras.ops.relu(x)` alike."""
        return type(self.operation).__name__.lower()

    @property
    def is_active(self) -> bool:
        """Whether the operation has an activation of its own, such as `Conv2D(..., activation="relu")`."""
        return getattr(self.operation, "activation", None) not in (None, keras.activations.linear)

    def without_activation(self) -> keras.KerasTensor:
        """What the layer would give without its own activation."""
        return Linear(self.operation, self.shared.arguments, self.inputs[0].shape)(*self.inputs)

    @property
    def grid(self) -> tuple[int, int] | None:
        """Rows and columns of its map; None if it gives no map."""
        shape = getattr(self.output, "shape", ())
        return (shape[1], shape[2]) if len(shape) == 4 else None


@dataclass
class Graph:
    """All calls of a model, in the order in which they are made, and the tensors at both ends.

    Attributes:
        name: of the model.
        images: the tensor that goes in.
        nodes: the calls.
        outputs: the tensor that comes out.
    """

    name: str
    images: keras.KerasTensor
    nodes: list[Node] = field(default_factory=list)
    outputs: Any = None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)`."""
        return tuple(self.images.shape[1:])

    def node(self, wanted: str | keras.Layer) -> Node | None:
        """The call of this name, or of this layer; None if there is none."""
        return next((n for n in self.nodes if wanted is n.operation or wanted == n.name), None)

    def part(self, *tensors: keras.KerasTensor) -> keras.Model:
        """`[images] -> tensors`, a model that shares the weights."""
        return keras.Model([self.images], list(tensors) if len(tensors) > 1 else tensors[0])

    def scales_images(self) -> bool:
        """Whether something stands before the first weights that may turn pixels into small numbers."""
        for node in self.nodes:
            if isinstance(node.operation, keras.layers.Rescaling | keras.layers.Normalization):
                return True
            if not isinstance(node.operation, keras.Layer):
                return True
            if node.operation.weights:
                return False
        return False

    def producer(self, tensor: keras.KerasTensor) -> Node | None:
        """The call that made a tensor; None for the images."""
        return next((node for node in self.nodes if node.output is tensor), None)

    def consumers(self, tensor: keras.KerasTensor) -> list[Node]:
        """The calls that take a tensor."""
        return [node for node in self.nodes if any(x is tensor for x in node.inputs)]


def flat_graph(model: keras.Model, images: keras.KerasTensor) -> Graph:
    """Follow a model's graph on new images, through the models nested in it.

    Args:
        model: with one input and a graph: functional, or a Sequential that is built.
        images: what `keras.Input` gave.

    Example:
        >>> net = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="conv1")])
        >>> flat_graph(net, keras.Input((8, 8, 3))).nodes[0].name
        'conv1'
    """
    graph = Graph(model.name, images)
    graph.outputs = _follow(model, images, graph, path="")
    return graph


def has_graph(model: keras.Model) -> bool:
    """Whether Keras knows what a model consists of: not if it is subclassed, or was never built."""
    try:
        return bool(model.inputs) and bool(model.outputs)
    except (AttributeError, ValueError):
        return False


def _follow(model: keras.Model, images: keras.KerasTensor, graph: Graph, path: str) -> Any:
    def call(operation: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        tensors, arguments = _split(args, kwargs)
        if _is_nested(operation):
            return _follow(operation, tensors[0], graph, f"{path}{operation.name}/")
        shared = Shared(operation, arguments)
        name = _free_name(operation.name, path, graph)
        graph.nodes.append(Node(name, shared, tensors, shared(*tensors)))
        return graph.nodes[-1].output

    # A plain view first: cloning would compile what is compiled, and cannot do this for a Sequential.
    plain = keras.Model(model.inputs[0], model.outputs[0])
    keras.models.clone_model(plain, input_tensors=images, clone_function=_as_it_is, call_function=call)
    # The clone's own tensors are other ones where a nested model was followed; ours are in the nodes, and with
    # one output the last call made it.
    return graph.nodes[-1].output if graph.nodes else images


def _as_it_is(operation: keras.Operation) -> keras.Operation:
    return operation


def _split(args: tuple, kwargs: dict) -> tuple[list[keras.KerasTensor], Callable]:
    """The tensors among the arguments of a call, and what puts others in their places."""
    leaves = tree.flatten((args, kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, keras.KerasTensor)]

    def arguments(tensors: Sequence[Any]) -> tuple[tuple, dict]:
        filled = list(leaves)
        for place, tensor in zip(places, tensors, strict=True):
            filled[place] = tensor
        return tree.pack_sequence_as((args, kwargs), filled)

    return [leaves[i] for i in places], arguments


def _is_nested(operation: keras.Operation) -> bool:
    is_model = isinstance(operation, keras.Model) and has_graph(operation)
    return is_model and len(operation.inputs) == len(operation.outputs) == 1


def _free_name(name: str, path: str, graph: Graph) -> str:
    taken = {node.name for node in graph.nodes}
    names = [name, path + name, *(f"{path}{name}:{i}" for i in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _float32(x: Any) -> Any:
    return keras.ops.cast(x, "float32") if keras.backend.standardize_dtype(x.dtype) in _LOW else x


def _float32_spec(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.KerasTensor(x.shape, "float32") if x.dtype in _LOW else x


_LOW = ("float16", "bfloat16")

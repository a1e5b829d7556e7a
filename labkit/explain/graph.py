"""One flat graph of somebody's model: nested models unrolled, its weights shared, nothing of it changed."""

from dataclasses import dataclass, field
from typing import Any

import keras
from keras import tree


class Shared(keras.Layer):
    """A layer or an operation of somebody's model, called as it is, its output brought to float32.

    Calling the model's own layers on new inputs would add nodes to them, more with each explanation, and
    `layer.output` would still be the first of them, which in a Sequential filled by `add()` leads nowhere.
    A `Shared` has exactly one node. Float32 outputs make maps and gradients of a network in mixed precision
    float32, while its layers go on computing as they did.
    """

    def __init__(self, inner: keras.Operation) -> None:
        super().__init__(dtype="float32", autocast=False)
        self.inner = inner
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return tree.map_structure(_float32, self.inner(*args, **kwargs))

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        return tree.map_structure(_float32_spec, self.inner.compute_output_spec(*args, **kwargs))


class Linear(Shared):
    """A layer without its activation. A twin computes, on the weights that the layer has at that moment."""

    def __init__(self, inner: keras.Layer, input_shape: tuple) -> None:
        super().__init__(inner)
        self.twin = type(inner).from_config(inner.get_config() | {"activation": "linear"})
        self.twin.build(input_shape)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        pairs = zip(self.twin.variables, self.inner.variables, strict=True)
        with keras.StatelessScope(state_mapping=[(twin, own.value) for twin, own in pairs]):
            return _float32(self.twin(*args, **kwargs))


@dataclass(frozen=True, eq=False)
class Node:
    """One call in the graph: which operation, on what, with what result.

    Attributes:
        name: what a student calls it: the layer's name, `base/conv1` where a nested model's would be ambiguous.
        operation: the caller's own layer or operation.
        shared: what stands for it in the graph.
        args, kwargs: of the call, with the tensors of this graph.
        output: the tensor, or tensors, that came out.
    """

    name: str
    operation: keras.Operation
    shared: Shared
    args: tuple
    kwargs: dict
    output: Any

    @property
    def inputs(self) -> list[keras.KerasTensor]:
        return [x for x in tree.flatten((self.args, self.kwargs)) if isinstance(x, keras.KerasTensor)]

    @property
    def grid(self) -> tuple[int, int] | None:
        """Rows and columns of its map; None if it gives no map."""
        shape = getattr(self.output, "shape", ())
        return (shape[1], shape[2]) if len(shape) == 4 else None


@dataclass
class Graph:
    """All calls of a model, in the order in which they are made, and the tensors at both ends."""

    images: keras.KerasTensor
    nodes: list[Node] = field(default_factory=list)
    outputs: Any = None

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
    graph = Graph(images)
    graph.outputs = _follow(model, images, graph, path="")
    return graph


def has_graph(model: keras.Model) -> bool:
    """Whether Keras knows what a model consists of: not if it is subclassed, or was never built."""
    try:
        return bool(model.inputs) and bool(model.outputs)
    except (AttributeError, ValueError):
        return False


def _follow(model: keras.Model, tensors: Any, graph: Graph, path: str) -> Any:
    def stand_in(operation: keras.Operation) -> keras.Operation:
        return operation if _is_nested(operation) else Shared(operation)

    def call(operation: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(operation, Shared):
            return _follow(operation, tree.flatten((args, kwargs))[0], graph, f"{path}{operation.name}/")
        output = operation(*args, **kwargs)
        name = _free_name(operation.inner.name, path, graph)
        graph.nodes.append(Node(name, operation.inner, operation, args, kwargs, output))
        return output

    # A plain view first: cloning would compile what is compiled, and cannot do this for a Sequential.
    plain = keras.Model(model.inputs[0], model.outputs[0])
    keras.models.clone_model(plain, input_tensors=tensors, clone_function=stand_in, call_function=call)
    # The clone's own tensors are other ones where a nested model was followed; ours are in the nodes, and with
    # one output the last call made it.
    return graph.nodes[-1].output if graph.nodes else tensors


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

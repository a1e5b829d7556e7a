"""Stand-ins: objects with just what the public judges look at, made of evidence and of nothing else."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


def unreadable(name: str) -> Any:
    """An object of a class of that name, and with nothing in it.

    Example:
        >>> from labkit.quiz.reading import described
        >>> described(unreadable("Tensor"))
        'a value of type Tensor'
    """
    return type(name if name.isidentifier() else "object", (), {})()


@dataclass
class Layer:
    """A layer of a network; `layer()` makes one, of a class that has the layer's name."""

    weights: list[list[int]]
    activation: Any = None
    rate: float | None = None
    name: str = ""
    output: list[int | None] | None = None

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for shape in self.weights)


def layer(kind: str, activation: str | None, **facts: Any) -> Layer:
    """A stand-in for a layer of that kind."""
    function = None if activation is None else SimpleNamespace(__name__=activation)
    return type(kind, (Layer,), {})(activation=function, **facts)


@dataclass
class Model:
    """A network: its parameters are counted from the shapes of its weights, whatever it said of them."""

    layers: list[Layer]
    built: bool
    output_shape: tuple[int | None, ...] = ()

    def count_params(self) -> int:
        return sum(layer.parameters for layer in self.layers)


@dataclass(eq=False)
class Axes:
    """What was drawn in: as many images as were found."""

    images: Sequence[Any]
    axes: Any = field(init=False, repr=False)
    figure: Any = field(init=False, repr=False)

    def __post_init__(self):
        self.axes, self.figure = self, SimpleNamespace(axes=[self])


@dataclass
class Evaluation:
    """True and predicted labels."""

    y_true: Any
    y_pred: Any
    class_names: list[str]

    def confusion(self) -> Any:
        from labkit.metrics import confusion

        return confusion(self.y_true, self.y_pred, self.class_names)


def scored(form: str, score: Any) -> Any:
    """What a score came in: itself, a Run, a Keras History."""
    if form == "run":
        return SimpleNamespace(test={} if score is None else {"accuracy": score})
    if form == "history":
        return type("History", (), {"history": {} if score is None else {"val_accuracy": [score]}})()
    return score

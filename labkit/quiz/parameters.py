"""The parameter-count tutor: where a network's weights are, layer by layer and neuron by neuron."""

import math
from typing import Any

_COLUMNS = {
    "en": ("kind", "output", "formula", "parameters", "neurons", "per neuron"),
    "fr": ("type", "sortie", "formule", "paramètres", "neurones", "par neurone"),
}


def count_parameters(model: Any):
    """Weights of each layer, with the formula that gives them (sheets S2.7, S4.2.3, S4.3.6, S4.4.3).

    A "neuron" of a convolution is one filter: all positions share its weights. Batch normalisation
    has four numbers a channel, two of which are not trained. Layers of a nested model are listed one by
    one as `model/layer`; a layer that is used twice has its weights once.

    Args:
        model: a built Keras model.

    Returns:
        pandas.DataFrame, one row a layer, and the total.

    Raises:
        ValueError: this is no model, or it has no weights yet.

    Example:
        >>> from labkit.models import first_cnn
        >>> table = count_parameters(first_cnn())
        >>> table.loc["fc1", "formula"], table.loc["total", "parameters"]
        ('(5408 + 1) · 64', np.int64(347146))
    """
    import pandas as pd

    from labkit import config
    from labkit.quiz.messages import say
    from labkit.quiz.models import is_model, layers_of
    from labkit.quiz.reading import described

    if not is_model(model):
        raise ValueError(say("not a model", got=described(model)))
    if not getattr(model, "built", False):
        raise ValueError(say("not built"))
    layers: dict[int, tuple] = {}
    for name, layer in layers_of(model):
        layers.setdefault(id(layer), (name, layer))
    names = [*(name for name, _ in layers.values()), "total"]
    rows = [*(_row(layer) for _, layer in layers.values()), ("", "", "", model.count_params(), "", "")]
    return pd.DataFrame(rows, index=names, columns=list(_COLUMNS[config.language()]))


def _row(layer: Any) -> tuple:
    formula, neurons = _formula(layer)
    parameters = layer.count_params() if formula else 0
    per_neuron = parameters // neurons if neurons else ""
    return type(layer).__name__, _output(layer), formula, parameters, neurons or "", per_neuron


def _formula(layer: Any) -> tuple[str, int]:
    """How the weights are counted, and over how many neurons; ("", 0) where there are none.

    A layer that Keras does not bring gets the plain sum of its weights.
    """
    shapes = [tuple(weight.shape) for weight in layer.weights]
    known = _FORMULAS.get(type(layer).__name__) if type(layer).__module__.startswith("keras.") else None
    if shapes and known:
        return known(shapes, " + 1" if getattr(layer, "use_bias", False) else "")
    return " + ".join(str(math.prod(shape)) for shape in shapes), 0


def _convolution(shapes: list, bias: str) -> tuple[str, int]:
    *window, filters = shapes[0]
    return f"({'·'.join(map(str, window))}{bias}) · {filters}", filters


def _depthwise(shapes: list, bias: str) -> tuple[str, int]:
    height, width, channels, multiplier = shapes[0]
    return f"({height}·{width}{bias}) · {channels * multiplier}", channels * multiplier


def _separable(shapes: list, bias: str) -> tuple[str, int]:
    """First one window a channel, then a 1×1 convolution: no single number a neuron."""
    (height, width, channels, multiplier), (*_, inputs, filters) = shapes[:2]
    return f"{height}·{width}·{channels * multiplier} + ({inputs}{bias}) · {filters}", 0


def _batch_normalization(shapes: list, bias: str) -> tuple[str, int]:
    channels = shapes[0][0]
    return f"{len(shapes)} · {channels}", channels


_FORMULAS = {
    "BatchNormalization": _batch_normalization,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "Dense": _convolution,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
}


def _output(layer: Any) -> str:
    try:
        return "×".join(map(str, layer.output.shape[1:]))
    except (AttributeError, ValueError):  # a layer that was never called in a graph, or in several places
        return ""

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
    has four numbers a channel, two of which are not trained.

    Args:
        model: a built Keras model.

    Returns:
        pandas.DataFrame, one row a layer, and the total.

    Raises:
        ValueError: the model has no weights yet.

    Example:
        >>> from labkit.models import first_cnn
        >>> table = count_parameters(first_cnn())
        >>> table.loc["fc1", "formula"], table.loc["total", "parameters"]
        ('(5408 + 1) · 64', np.int64(347146))
    """
    import pandas as pd

    from labkit import config

    if not getattr(model, "built", False):
        raise ValueError("the model has no weights to count yet: start it with keras.Input(shape).")
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    rows = {layer.name: _row(layer) for layer in layers}
    rows["total"] = ("", "", "", model.count_params(), "", "")
    columns = list(_COLUMNS[config.language()])
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _row(layer: Any) -> tuple:
    formula, neurons = _formula(layer)
    parameters = layer.count_params()
    per_neuron = parameters // neurons if neurons else ""
    return type(layer).__name__, _output(layer), formula, parameters, neurons or "", per_neuron


def _formula(layer: Any) -> tuple[str, int]:
    """How the weights are counted, and over how many neurons; ("", 0) where there are none."""
    shapes = [tuple(weight.shape) for weight in layer.weights]
    if not shapes:
        return "", 0
    kind, kernel = type(layer).__name__, shapes[0]
    bias = " + 1" if len(shapes) == 2 else ""
    if kind == "Conv2D":
        height, width, channels, filters = kernel
        return f"({height}·{width}·{channels}{bias}) · {filters}", filters
    if kind == "Dense":
        return f"({kernel[0]}{bias}) · {kernel[1]}", kernel[1]
    if kind == "BatchNormalization":
        return f"{len(shapes)} · {kernel[0]}", kernel[0]
    return " + ".join(str(math.prod(shape)) for shape in shapes), 0


def _output(layer: Any) -> str:
    shape = layer.output.shape[1:]
    return "×".join(map(str, shape))

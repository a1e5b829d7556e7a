"""Identity: what makes two trainings the same, so that a sweep finds a finished one again in a later session."""

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from typing import Any

import numpy as np

from labkit.data.dataset import Dataset
from labkit.training import optimizers
from labkit.training.augmentation import described

_LOOKED_AT = 100  # images whose brightness tells scaled from standardised ones


def experiment(title: str, model: Any, dataset: Dataset, settings: Mapping[str, Any]) -> str:
    """A short code for a training: the net layer by layer, the data, every setting.

    Names that Keras numbers anew in every session do not count, nor do the weights, which follow from the seed.

    Args:
        model: None for a net that could not be built.

    Example:
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample").scaled()
        >>> codes = [experiment("first", models.first_cnn(), digits, {"epochs": n}) for n in (3, 3, 4)]
        >>> codes[0] == codes[1], codes[0] == codes[2]
        (True, False)
    """
    layers = [] if model is None else [_layer(layer) for layer in _flat(model)]
    facts = [title, layers, _data(dataset), {key: plain(value) for key, value in sorted(settings.items())}]
    text = json.dumps(facts, default=_text)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(value: Any) -> Any:
    """A setting as JSON knows it; an object by its class and its configuration.

    Example:
        >>> plain([np.float32(0.5), np.tanh, (3, 3)])
        [0.5, 'tanh', [3, 3]]
    """
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "get_config"):
        return f"{type(value).__name__}({plain(_configuration(value))})"
    return value if value is None or isinstance(value, str | int | float | bool) else _text(value)


def short(value: Any) -> str:
    """A setting as it stands in the name of a run.

    Example:
        >>> short(1e-4), short([32, 64]), short([]), short(None)
        ('0.0001', '32+64', 'none', 'None')
    """
    import keras

    if isinstance(value, float | np.floating):
        return f"{value:g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "+".join(map(short, value)) or "none"
    if isinstance(value, keras.optimizers.Optimizer):
        return "{optimizer} at {learning_rate}".format(**optimizers.describe(value))
    return described([value]) if hasattr(value, "get_config") else str(plain(value))


def _data(dataset: Dataset) -> list[Any]:
    images, labels = dataset.x_train[:_LOOKED_AT], dataset.labels("train")
    counts = [len(x) for x, _ in dataset.splits().values()]
    brightness = [round(float(f(images, dtype=np.float64)), 4) for f in (np.mean, np.std)]
    return [
        dataset.name,
        dataset.source,
        dataset.seed,
        counts,
        dataset.image_shape,
        str(images.dtype),
        brightness,
        zlib.crc32(labels.astype(np.int64).tobytes()),
    ]


def _flat(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield from _flat(layer) if hasattr(layer, "layers") else [layer]


def _layer(layer: Any) -> list[Any]:
    return [type(layer).__name__, plain(_configuration(layer)), [list(w.shape) for w in layer.weights]]


def _configuration(thing: Any) -> dict[str, Any]:
    return {key: value for key, value in thing.get_config().items() if key != "name"}


def _text(value: Any) -> str:
    """A function by its name; anything else by its class and what it was made with, if it has kept that."""
    if hasattr(value, "__name__"):
        return value.__name__
    if type(value).__repr__ is not object.__repr__:
        return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
    kept = getattr(value, "__dict__", {})
    # Keras's callbacks turn the sign of min_delta in training.
    made_with = {
        name: abs(kept[name]) if isinstance(kept[name], float | int) else kept[name]
        for name in signature(type(value).__init__).parameters
        if isinstance(kept.get(name), str | int | float)
    }
    return f"{type(value).__name__}({made_with})"

"""Precision: short numbers in the multiplications of a training, where the device is quicker with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from labkit import machine
from labkit.config import one_of
from labkit.training.features import leaves

FLOAT32 = "float32"
POLICIES = (FLOAT32, "mixed_bfloat16", "mixed_float16", "auto")


def policy(asked: Any) -> str:
    """The Keras dtype policy that a training takes; `"auto"` asks the device, see `machine.mixed_precision`.

    Raises:
        ValueError: an unknown name.

    Example:
        >>> policy("mixed_bfloat16")
        'mixed_bfloat16'
    """
    asked = one_of("mixed_precision", asked, POLICIES)
    return machine.mixed_precision() if asked == "auto" else asked


@contextmanager
def computing_in(name: str, *models: Any) -> Iterator[None]:
    """Let the layers of models compute by a dtype policy inside the block, and as before after it.

    Weights stay float32 all the time, so the trained model is a plain one. The last layer with weights and what
    follows it keep float32: cross-entropy needs the digits (Micikevicius et al., Mixed precision training, 2018).

    Example:
        >>> from labkit.models import first_cnn
        >>> net = first_cnn()
        >>> with computing_in("mixed_bfloat16", net):
        ...     print([layer.compute_dtype for layer in net.layers[1:]])
        ['bfloat16', 'bfloat16', 'bfloat16', 'bfloat16', 'float32']
        >>> net.layers[1].compute_dtype
        'float32'
    """
    import keras

    if name == FLOAT32:
        yield
        return
    changed = [*models, *_inner(models)]
    before = [each.dtype_policy for each in changed]
    for each in changed:
        each.dtype_policy = keras.dtype_policies.get(name)
    try:
        yield
    finally:
        for each, was in zip(changed, before, strict=True):
            each.dtype_policy = was
        for model in models:  # they were traced with the short numbers
            model.train_function = model.test_function = model.predict_function = None


def _inner(models: tuple[Any, ...]) -> list[Any]:
    """The layers before the last one with weights that are free to compute in short numbers, each once."""
    import keras

    found = {}
    for model in models:
        layers = list(leaves(model))
        last = max((i for i, layer in enumerate(layers) if layer.weights), default=0)
        found |= {id(layer): layer for layer in layers[:last]}
    kept = keras.layers.Normalization, keras.layers.Rescaling, keras.layers.InputLayer
    return [layer for layer in found.values() if not isinstance(layer, kept)]

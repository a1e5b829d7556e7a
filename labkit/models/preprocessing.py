"""What a trained base wants done to its images, as parts of the model: they are saved and travel with it."""

from collections.abc import Callable

import keras
from keras import layers

from labkit.config import one_of


def bgr(images: keras.KerasTensor) -> keras.KerasTensor:
    """The colour channels in the reverse order."""
    # Turning round the first kernel instead of the images would do the same sums, but the layer would then not
    # be what the file holds: `model.load_weights(file)` and a second transfer from this model would go wrong
    # without a word. Nor can a Lambda be opened in Keras's safe mode, or a layer of ours where labkit is
    # missing. An operation of Keras can, everywhere.
    return keras.ops.flip(images, axis=-1)


def standardised(mean: list[float], deviation: list[float]) -> keras.Layer:
    """A layer that subtracts a mean and divides by a deviation, both fixed, one number a channel."""
    # Given its numbers, Normalization has no weights: nothing is counted, and nothing can adapt it.
    return layers.Normalization(mean=mean, variance=[d * d for d in deviation], name="normalization")


# The numbers of keras.applications: ImageNet's mean in the order BGR; its mean and deviation of pixels 0 to 1.
STEPS: dict[str, Callable[[], list[Callable]]] = {
    "caffe": lambda: [bgr, standardised([103.939, 116.779, 123.68], [1.0, 1.0, 1.0])],
    "tf": lambda: [layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")],
    "torch": lambda: [standardised([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])],
    "unit": lambda: [layers.Rescaling(1 / 255, name="rescaling")],
    "none": list,
}
COLOUR = ("caffe", "torch")


def steps(chosen: object, usual: str, base: keras.Model) -> list[Callable]:
    """What to call, one after the other, on the images before the base sees them.

    Args:
        chosen: a name in `STEPS`, a Keras layer, a list of them, or `None` for what is usual.
        usual: a name in `STEPS`, taken unless the base begins with such layers itself.

    Raises:
        ValueError: `chosen` is none of these, or the base prepares its images itself.

    Example:
        >>> from labkit import models
        >>> [step.name for step in steps(None, "unit", models.first_cnn())]
        ['rescaling']
    """
    own = prepares(base)
    if own and chosen is not None:
        raise ValueError(
            f"{base.name} prepares its images itself, in its layer {own}: leave preprocessing out."
        )
    if own:
        return []
    chosen = usual if chosen is None else chosen
    if isinstance(chosen, str):
        return named_steps(chosen, base)
    chosen = list(chosen) if isinstance(chosen, list | tuple) else [chosen]
    for layer in chosen:
        if not isinstance(layer, keras.Layer):
            raise ValueError(
                f"preprocessing must be one of {', '.join(STEPS)}, or Keras layers, not {layer!r}."
            )
    return chosen


def prepares(base: keras.Model) -> str | None:
    """The name of the layer that `preparing_layer` finds."""
    layer = preparing_layer(base)
    return None if layer is None else layer.name


def preparing_layer(base: keras.Model) -> keras.Layer | None:
    """The layer before the first convolution that scales or shifts the pixels."""
    for layer in base.layers:
        if isinstance(layer, layers.Rescaling | layers.Normalization):
            return layer
        if isinstance(layer, layers.Conv2D):
            break
    return None


def named_steps(name: str, base: keras.Model) -> list[Callable]:
    """What a name in `STEPS` stands for, checked against the images that a base takes.

    Raises:
        ValueError: there is no such name, or it is for images of three channels and the base takes others.
    """
    one_of("preprocessing", name, tuple(STEPS))
    channels = base.inputs[0].shape[-1]
    if name in COLOUR and channels != 3:
        raise ValueError(
            f"preprocessing {name!r} is for images of 3 channels, but {base.name} takes {channels}."
        )
    return STEPS[name]()

"""Features: what the frozen layers of a net make of the images, computed once and not in every epoch."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

import numpy as np

from labkit import config
from labkit.data import feeding
from labkit.data.dataset import Dataset
from labkit.training.run import Run

ROOM = (
    2**30
)  # bytes of features that are kept without being asked; to make them takes twice as much for a moment

# Any other callback may look at the model or save it, and would find the head alone.
_LOOK_AT_NUMBERS = (
    "CSVLogger",
    "EarlyStopping",
    "LearningRateScheduler",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
)
_TRIED = 8  # images on which the frozen layers must answer alike in training and outside it


@dataclass(frozen=True)
class Frozen:
    """A net cut in two, sharing its layers: to train the head is to train the net.

    Attributes:
        base: images -> features; nothing in it learns or draws at random.
        head: features -> the net's outputs.
        size: of the features of one image, in bytes.
    """

    base: Any
    head: Any
    size: int

    def features(self, dataset: Dataset, run: Run) -> Dataset:
        """The data set with the features of its training and validation images in the images' place.

        Batches are as large as in the training, so that what fits there fits here.
        """
        from tqdm import tqdm

        batch_size = run.hyperparameters["batch_size"]
        images = {split: dataset.splits()[split][0] for split in ("train", "val")}
        with tqdm(
            total=sum(math.ceil(len(x) / batch_size) for x in images.values()),
            desc=f"{run.name}: features of the frozen layers, only once",
            unit="step",
            disable=not config.shows_progress(),
            mininterval=0.5,
        ) as bar:
            counted = {"batch_size": batch_size, "callbacks": [_counter(bar)]}
            made = {f"x_{s}": feeding.predict(self.base, x, **counted) for s, x in images.items() if len(x)}
        return replace(dataset, **made)


def frozen(
    model: Any,
    dataset: Dataset,
    asked: bool | str,
    *,
    epochs: int,
    augmented: bool,
    callbacks: Sequence[Any] = (),
) -> Frozen | None:
    """The two parts of a net whose first layers are frozen; None where there is no use in it, or no way.

    Args:
        asked: True insists. `"auto"` cuts if there is more than one epoch and the features take at most 1 GB.
            False never cuts.

    Raises:
        ValueError: `asked` is none of the three, or True where the net cannot be cut; the message says why.

    Example:
        >>> import keras
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample").scaled()
        >>> net = models.first_cnn()
        >>> for layer in net.layers[:-1]:
        ...     layer.trainable = False
        >>> parts = frozen(net, digits, "auto", epochs=5, augmented=False)
        >>> parts.head.count_params() + parts.base.count_params() == net.count_params()
        True
    """
    if not isinstance(asked, bool) and asked != "auto":
        raise ValueError(f"cache_features must be 'auto', True or False, not {asked!r}.")
    if asked is False or (asked == "auto" and (epochs == 1 or not _has_frozen(model))):
        return None
    try:
        _check_surroundings(augmented, callbacks)
        parts = _cut(model, dataset.x_train[:_TRIED])
    except _NoWayError as why:
        if asked == "auto":
            return None
        raise ValueError(f"cache_features=True cannot be done: {why}. Leave it out.") from None
    images = len(dataset.x_train) + len(dataset.x_val)
    return parts if asked is True or images * parts.size <= ROOM else None


def leaves(layer: Any) -> Iterator[Any]:
    """The layers of a net one by one, those of nets inside it too."""
    for inner in getattr(layer, "layers", ()):
        yield from leaves(inner)
    if not hasattr(layer, "layers"):
        yield layer


class _NoWayError(Exception):
    """Why the features cannot be kept, half a sentence."""


def _has_frozen(model: Any) -> bool:
    return any(leaf.weights and not leaf.trainable for leaf in leaves(model))


def _check_surroundings(augmented: bool, callbacks: Sequence[Any]) -> None:
    import keras

    if augmented:
        raise _NoWayError("augment= changes the images in every epoch, and their features with them")
    harmless = [getattr(keras.callbacks, name) for name in _LOOK_AT_NUMBERS]
    for callback in callbacks:
        if type(callback) not in harmless:
            raise _NoWayError(f"the callback {type(callback).__name__} would see the head of the model only")


def _cut(model: Any, images: np.ndarray) -> Frozen:
    """Follow the images through the net as long as nothing learns, and cut there."""
    import keras

    if not type(model).__module__.startswith("keras.") or not getattr(model, "inputs", None):
        raise _NoWayError(f"what {type(model).__name__} does with its layers is known to itself alone")
    calls = []

    def noted(layer: Any, *args: Any, **kwargs: Any) -> Any:
        outputs = layer(*args, **kwargs)
        calls.append((layer, _tensors((args, kwargs)), _tensors(outputs)))
        return outputs

    # Not compiled: that would be copied, too. With names, else Keras would count on and call the next net functional_4.
    plain = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    twin = keras.models.clone_model(plain, clone_function=lambda layer: layer, call_function=noted)
    border = _border(twin, calls)
    base = keras.Model(twin.inputs[0], border, name=f"{model.name}_base")
    if not _has_frozen(base):
        raise _NoWayError("the model does not begin with frozen layers")
    features = _answers(base, images)
    head = keras.Model(border, twin.outputs[0], name=f"{model.name}_head")
    return Frozen(base, head, features[0].nbytes)


def _border(twin: Any, calls: list[tuple]) -> Any:
    """The one tensor through which everything that is frozen reaches what learns."""
    still = {id(tensor) for tensor in twin.inputs}
    crossing = {}
    for layer, inputs, outputs in calls:
        if _is_still(layer) and still.issuperset(map(id, inputs)):
            still.update(map(id, outputs))
        else:
            crossing |= {id(tensor): tensor for tensor in inputs if id(tensor) in still}
    if len(crossing) != 1:
        raise _NoWayError(f"{len(crossing)} connections lead from the frozen layers to the others, not one")
    return next(iter(crossing.values()))


def _is_still(layer: Any) -> bool:
    """Whether a layer gives the same answer in every epoch: nothing in it learns, adapts or draws at random."""
    if not hasattr(layer, "weights"):  # an operation of keras.ops
        return True
    # Generators of random numbers are variables and no weights.
    if layer.trainable_weights or len(layer.variables) > len(layer.weights):
        return False
    # BatchNormalization without scale and centre has no weights to train, but follows the images all the same.
    adapt = (leaf for leaf in leaves(layer) if leaf.trainable and leaf.weights)
    return not any("training" in signature(leaf.call).parameters for leaf in adapt)


def _answers(base: Any, images: np.ndarray) -> np.ndarray:
    """The features of a few images; whoever draws at random in secret is found out here."""
    import keras

    outside, inside = (keras.ops.convert_to_numpy(base(images, training=mode)) for mode in (False, True))
    if not np.allclose(outside, inside):
        raise _NoWayError("its frozen layers answer differently from one time to the next")
    if base.losses:
        raise _NoWayError("its frozen layers add to the loss")
    return outside


def _tensors(nest: Any) -> list[Any]:
    import keras

    return [leaf for leaf in keras.tree.flatten(nest) if isinstance(leaf, keras.KerasTensor)]


def _counter(bar: Any) -> Any:
    import keras

    class Counter(keras.callbacks.Callback):
        def on_predict_batch_end(self, batch, logs=None):
            bar.update(1)

    return Counter()

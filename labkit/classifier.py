"""Classifier: a network with all that is needed to show it a picture, and to understand its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from labkit.config import one_of
from labkit.data.dataset import Dataset
from labkit.metrics import to_probabilities
from labkit.models.base import Base, copied
from labkit.models.preprocessing import STEPS, named_steps, preparing_layer
from labkit.models.weights import weights_of
from labkit.photo import RESIZES, as_picture, fitted


@dataclass(frozen=True, eq=False)
class Classifier:
    """A network that takes pixels from 0 to 255, the names of its classes, and how a picture becomes its input.

    `labkit.load` returns one; `Classifier.of` makes one of a network that was just trained.

    Attributes:
        model: its images are pixels from 0 to 255, uint8 or float; what else has to be done to them it does itself.
        class_names: in the order of its outputs.
        resize: how a picture of other proportions is made to fit, see `labkit.photo.fitted`.
        data: name and source of the images that it has learnt from, as far as known: `"mnist"`, `"offline sample"`.

    Example:
        >>> from labkit import models
        >>> net = models.cnn((4,), image_shape=(8, 8, 1), num_classes=2)
        >>> classifier = Classifier.of(net, class_names=["dark", "light"], preprocessing="unit")
        >>> sorted(classifier.predict(np.zeros((30, 20), "uint8")))
        ['dark', 'light']
    """

    model: keras.Model = field(repr=False)
    class_names: list[str]
    resize: str = "crop"
    data: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        model: keras.Model,
        dataset: Dataset | None = None,
        *,
        class_names: Sequence[str] | None = None,
        preprocessing: str | None = None,
        resize: str = "crop",
    ) -> "Classifier":
        """A classifier from a network as it was trained; the network is copied and stays as it is.

        Args:
            model: Sequential or functional; one input, images; one output a class.
            dataset: what it was trained on: brings the names of the classes, and says by the range of its
                pixels how they were prepared.
            class_names: in the order of the outputs, where there is no data set.
            preprocessing: what was done to the pixels from 0 to 255 before the model saw them: `"unit"`
                (divided by 255: `scaled()`), `"caffe"`, `"tf"`, `"torch"` (see `labkit.models.transfer`) or
                `"none"`. It becomes the model's first layers. Not needed with a data set, or where the model
                begins with a layer that prepares pixels, as those of `transfer` do.
            resize: see `labkit.photo.fitted`.

        Raises:
            ValueError: an argument is missing or does not fit the model; the message says which.
        """
        _check_model(model)
        one_of("resize", resize, RESIZES)
        if class_names is None and dataset is not None:
            class_names = dataset.class_names
        names = _checked_names(class_names, model)
        if preprocessing is None:
            preprocessing = _seen_in(dataset) if dataset is not None else _own(model)
        data = {} if dataset is None else {"name": dataset.name, "source": dataset.source}
        return cls(_prepared(model, preprocessing), names, resize, data)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` of what the network takes."""
        return tuple(self.model.inputs[0].shape[1:])

    def prepare(self, picture: Any) -> np.ndarray:
        """What the network is shown of a picture: uint8, `(1, height, width, channels)`.

        Args:
            picture: a file's path, a Pillow image or an array, see `labkit.photo.as_picture`.
        """
        height, width, channels = self.image_shape
        small = fitted(as_picture(picture), height, width, self.resize)
        array = np.asarray(small.convert("L") if channels == 1 else small)
        return array.reshape(1, height, width, channels)

    def predict(self, picture: Any) -> dict[str, float]:
        """The probability of each class, the most probable first.

        Args:
            picture: a file's path, a Pillow image or an array, see `labkit.photo.as_picture`.

        Raises:
            FileNotFoundError, ValueError: it is no picture.
        """
        return self.named(self.probabilities(self.prepare(picture)))

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """`(n, num_classes)` for images as `prepare` gives them.

        Raises:
            ValueError: the network answers with NaN.
        """
        outputs = keras.ops.convert_to_numpy(self.model.predict_on_batch(images)).astype(np.float32)
        if not np.isfinite(outputs).all():
            raise ValueError(f"{self.model.name} answers with NaN: its training diverged, train it anew.")
        return to_probabilities(outputs)

    def named(self, probabilities: np.ndarray) -> dict[str, float]:
        """The probabilities `(1, num_classes)` by the names of their classes, the most probable first."""
        order = np.argsort(-probabilities[0], kind="stable")
        return {self.class_names[i]: float(probabilities[0, i]) for i in order}

    def __repr__(self) -> str:
        size = "x".join(map(str, self.image_shape))
        learnt = f", learnt from {self.data['name']} ({self.data['source']})" if self.data else ""
        return f"Classifier {self.model.name}: {size} pixels 0..255, {len(self.class_names)} classes{learnt}"


def _check_model(model: Any) -> None:
    if not isinstance(model, keras.Model):
        raise ValueError(f"model must be a Keras model, not {type(model).__name__}.")
    shapes = [tuple(tensor.shape) for tensor in [*(getattr(model, "inputs", None) or ())]]
    if not isinstance(model, keras.Sequential) and type(model).__name__ != "Functional":
        raise ValueError(
            f"{model.name} is a class of your own ({type(model).__name__}), which no file can hold whole: "
            "build it as keras.Sequential or as keras.Model(inputs, outputs)."
        )
    if len(shapes) != 1 or len(shapes[0]) != 4 or None in shapes[0][1:] or shapes[0][3] not in (1, 3):
        raise ValueError(
            f"{model.name} must take images of one size, grey or RGB: begin it with "
            f"keras.Input((height, width, channels)), not {shapes or 'without'}."
        )


def _checked_names(class_names: Sequence[str] | None, model: keras.Model) -> list[str]:
    shapes = [tuple(tensor.shape) for tensor in model.outputs]
    if len(shapes) != 1 or len(shapes[0]) != 2:
        raise ValueError(f"{model.name} must end in one number a class, not in outputs of shape {shapes}.")
    outputs = shapes[0][1]
    if class_names is None or isinstance(class_names, str):
        raise ValueError(
            f"class_names is missing: list the names of {model.name}'s {outputs} classes in their order, "
            "such as dataset.class_names."
        )
    names = [str(name) for name in class_names]
    if outputs < 2 or len(names) != outputs:
        raise ValueError(
            f"{model.name} has {outputs} output{'s' * (outputs != 1)}, but there are {len(names)} class names: "
            "it needs one output a class."
        )
    if len(set(names)) < len(names):
        raise ValueError(f"class_names has {max(names, key=names.count)!r} twice: each class needs its own.")
    return names


def _seen_in(dataset: Dataset) -> str:
    """How the pixels of a data set were prepared, by their kind and range."""
    x = dataset.x_train if len(dataset.x_train) else dataset.x_test
    if x.dtype.kind in "iu":
        return "none"
    some = np.asarray(x[:: max(1, len(x) // 100)])
    low, high = float(some.min()), float(some.max())
    if low >= 0 and high <= 1:
        return "unit"
    raise ValueError(
        f"the images of {dataset.name} go from {low:g} to {high:g}, which is neither 0 to 255 nor 0 to 1: "
        f"say what was done to the pixels, preprocessing= one of {', '.join(STEPS)}."
    )


def _own(model: keras.Model) -> str:
    """`"none"` where the model's first layers clearly take pixels from 0 to 255; else only the caller knows."""
    layer = preparing_layer(model)
    scale, mean = getattr(layer, "scale", 1.0), getattr(layer, "input_mean", None)
    if np.max(scale) < 0.1 or (mean is not None and np.max(mean) > 2):
        return "none"
    raise ValueError(
        f"{model.name} does not say which pixels it takes: give the data set it was trained on, or "
        "preprocessing='unit' if its images went from 0 to 1 (scaled()), 'none' if from 0 to 255."
    )


def _prepared(model: keras.Model, preprocessing: str) -> keras.Model:
    """A copy, not compiled, whose first layers do the preprocessing; in one flat graph, as Grad-CAM++ needs it."""
    one_of("preprocessing", preprocessing, tuple(STEPS))
    functional = keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    images = keras.Input(tuple(model.inputs[0].shape[1:]), name="images")
    base = Base(functional, weights_of(functional), preprocessing)
    outputs = copied(base, images, named_steps(preprocessing, functional))
    return keras.Model(images, outputs, name=model.name)

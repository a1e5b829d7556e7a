"""Activation maximisation: pictures painted so that a filter answers as strongly as it can."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from labkit.explain.feature_maps import checked_filters, responses
from labkit.explain.prepare import graph_of
from labkit.explain.readouts import before_activation, readouts


@dataclass(frozen=True, eq=False)
class Painted:
    """Pictures that excite filters.

    Attributes:
        layer: where the filters are.
        filters: their numbers, `(f,)`.
        pictures: `(f, height, width, channels)`, float32 within the range of the images.
        responses: `(f,)`, the strongest response of each filter to its own picture, after the activation.
            0 with ReLU: nothing that was painted wakes the filter.
    """

    layer: str
    filters: np.ndarray
    pictures: np.ndarray = field(repr=False)
    responses: np.ndarray


def maximise(
    model: keras.Model, layer: str, filters: Sequence[int] | None = None, *, steps: int = 120,
    learning_rate: float = 0.1, jitter: int = 2, smoothness: float = 10.0, calm: float = 0.3,
    value_range: tuple[float, float] = (0.0, 1.0), seed: int = 0,
) -> Painted:  # fmt: skip
    """Paint, for each filter, a picture that it answers to strongly: the picture learns, the net does not.

    Erhan, Bengio, Courville & Vincent, Visualizing higher-layer features of a deep network, 2009. What climbs
    is the filter's mean response over the map; below 0 it counts a tenth, so that a filter that is silent at
    the start has a slope too. The picture is moved by a few pixels in each step (Olah, Mordvintsev & Schubert,
    Feature visualization, Distill 2017); its total variation costs, and so does strong colour (Mahendran &
    Vedaldi, Understanding deep image representations by inverting them, CVPR 2015): without that one gets
    noise that no image looks like.
    Any backend of Keras will do: the picture is a weight, and Keras trains it.

    Args:
        filters: their numbers; the first 16 if not given.
        steps: of Adam.
        learning_rate: of Adam, in the logits of the pixels.
        jitter: by how many pixels the picture is moved at most.
        smoothness: weight of the total variation; the response is measured by its spread on white noise. Less
            of it gives a grain that excites the filter still more, much more of it leaves some filters silent.
        calm: weight of the distance from grey.
        value_range: of the images that the net was trained on.
        seed: of the grey noise at the start and of the moves.

    Raises:
        ValueError: there is no such layer or filter.

    Example:
        >>> from labkit import models
        >>> maximise(models.first_cnn(), "block1_conv1", [0, 3], steps=2).pictures.shape
        (2, 28, 28, 1)
    """
    graph = graph_of(model)
    place = readouts(graph, [layer])[layer]
    net = graph.part(before_activation(place))
    count = net.output_shape[-1]
    filters = checked_filters(range(min(16, count)) if filters is None else filters, count, layer)
    settings = _Settings(jitter, smoothness, calm, value_range, seed)
    canvas = _Canvas(net, filters, settings)
    canvas.compile(
        keras.optimizers.Adam(learning_rate), jit_compile=False
    )  # compiling takes longer than it saves
    canvas.fit(np.zeros((steps, 1), np.float32), batch_size=1, shuffle=False, verbose=0)
    pictures = ops.convert_to_numpy(canvas.pictures())
    found = responses(model, pictures, layer)
    strongest = found.reshape(len(found), -1, count).max(axis=1)[np.arange(len(filters)), filters]
    return Painted(layer, filters, pictures, strongest)


class _Canvas(keras.Model):
    """Its one weight is the pictures; training it is painting."""

    def __init__(self, net: keras.Model, filters: np.ndarray, settings: "_Settings") -> None:
        super().__init__(name="canvas")
        rng = np.random.default_rng(settings.seed)
        shape = (len(filters), *net.input_shape[1:])
        # A function, not a layer: Keras would count the net's weights as this model's own and train them.
        self.answers = lambda pictures: net([pictures], training=False)
        self.settings = settings
        self.chosen = np.eye(net.output_shape[-1], dtype=np.float32)[filters][:, np.newaxis]
        self.unit = _spread(self.answers, rng.uniform(*settings.value_range, (8, *shape[1:])))[
            filters, np.newaxis
        ]
        self.paint = self.add_weight(shape=shape, initializer="zeros", name="paint")
        self.paint.assign(rng.normal(0, 0.1, shape))
        self.moves = keras.random.SeedGenerator(settings.seed)

    def shares(self) -> Any:
        """The pictures from 0 to 1."""
        return ops.sigmoid(self.paint)

    def pictures(self) -> Any:
        """The pictures in the range of the images."""
        low, high = self.settings.value_range
        return low + (high - low) * self.shares()

    def call(self, _: Any) -> Any:
        found = self.answers(self._moved(self.pictures()))
        found = ops.reshape(found, (len(self.chosen), -1, self.chosen.shape[-1]))
        own = ops.sum(found * self.chosen, axis=-1) / self.unit  # each filter's response to its own picture
        climbed = ops.mean(ops.leaky_relu(own, 0.1), axis=1)
        rough = _variation(self.shares(), 1) + _variation(self.shares(), 2)
        strong = ops.mean(ops.square(2 * self.shares() - 1), axis=(1, 2, 3))
        self.add_loss(ops.sum(self.settings.smoothness * rough + self.settings.calm * strong - climbed))
        return climbed

    def _moved(self, pictures: Any) -> Any:
        for axis in (1, 2):
            by = keras.random.randint((1,), 0, 2 * self.settings.jitter + 1, seed=self.moves)
            side = pictures.shape[axis]
            pictures = ops.take(pictures, (ops.arange(side) + by) % side, axis=axis)
        return pictures


@dataclass(frozen=True)
class _Settings:
    jitter: int
    smoothness: float
    calm: float
    value_range: tuple[float, float]
    seed: int


def _spread(answers: Callable, images: np.ndarray) -> np.ndarray:
    """The standard deviation of each filter's response to these images."""
    found = ops.convert_to_numpy(answers(images.astype(np.float32)))
    return found.reshape(-1, found.shape[-1]).std(axis=0) + 1e-6


def _variation(pictures: Any, axis: int) -> Any:
    """Mean squared step from one pixel to the next along an axis, one number a picture."""
    side = pictures.shape[axis]
    after = ops.take(pictures, np.arange(1, side), axis=axis)
    before = ops.take(pictures, np.arange(side - 1), axis=axis)
    return ops.mean(ops.square(after - before), axis=(1, 2, 3))

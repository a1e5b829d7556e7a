"""Activation maximisation: pictures painted so that a filter answers as strongly as it can."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from labkit.explain.feature_maps import checked_filters, responses
from labkit.explain.graph import Readout, part_of, readouts


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
    learning_rate: float = 0.1, jitter: int = 2, smoothness: float = 1.0,
    value_range: tuple[float, float] = (0.0, 1.0), seed: int = 0,
) -> Painted:  # fmt: skip
    """Paint, for each filter, a picture that it answers to strongly: the picture learns, the net does not.

    Erhan, Bengio, Courville & Vincent, Visualizing higher-layer features of a deep network, 2009. What climbs
    is the filter's mean over the map before its activation, so that a filter that is silent at the start has
    a slope too. The picture is moved by a few pixels in each step (Olah, Mordvintsev & Schubert, Feature
    visualization, Distill 2017) and its total variation costs (Mahendran & Vedaldi, Understanding deep image
    representations by inverting them, CVPR 2015): without both one gets noise that no image looks like.
    Only a copy of the net is used. Any backend of Keras will do: the picture is a weight, and Keras trains it.

    Args:
        filters: their numbers; the first 16 if not given.
        steps: of Adam.
        learning_rate: of Adam, in the logits of the pixels.
        jitter: by how many pixels the picture is moved at most.
        smoothness: weight of the total variation; the climb is measured in units of its start.
        value_range: of the images that the net was trained on.
        seed: of the grey noise at the start and of the moves.

    Raises:
        ValueError: there is no such layer or filter.

    Example:
        >>> from labkit import models
        >>> maximise(models.first_cnn(), "block1_conv1", [0, 3], steps=2).pictures.shape
        (2, 28, 28, 1)
    """
    place = readouts(model, [layer])[0]
    net = _climbed(model, place)
    count = net.output_shape[-1]
    filters = checked_filters(range(min(16, count)) if filters is None else filters, count, layer)
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.1, (len(filters), *model.input_shape[1:])).astype(np.float32)
    canvas = _canvas(net, noise, filters, jitter, smoothness, value_range, seed)
    canvas.compile(keras.optimizers.Adam(learning_rate))
    canvas.fit(np.zeros((steps, 1), np.float32), batch_size=1, shuffle=False, verbose=0)
    pictures = ops.convert_to_numpy(canvas.picture())
    found = responses(model, pictures, layer)
    strongest = found.reshape(len(found), -1, count).max(axis=1)[np.arange(len(filters)), filters]
    return Painted(layer, filters, pictures, strongest)


def _climbed(model: keras.Model, place: Readout) -> keras.Model:
    """A frozen copy of the net that ends before the activation of the layer."""
    part = part_of(model, [place.linear])
    part = keras.Model(part.inputs[0], part.outputs[0], name="part")
    copy = keras.models.clone_model(part)
    copy.set_weights(part.get_weights())
    copy.trainable = False
    last = copy.get_layer(place.linear)
    if hasattr(last, "activation"):
        last.activation = keras.activations.linear
    return copy


def _canvas(net, noise, filters, jitter: int, smoothness: float, value_range, seed: int) -> Any:
    low, high = value_range
    height, width = noise.shape[1:3]
    chosen = np.eye(net.output_shape[-1], dtype=np.float32)[filters]  # one row a picture: its own filter

    def own(found: Any) -> Any:
        """Each filter's response to its own picture, at every place of the map: `(f, places)`."""
        found = ops.reshape(found, (len(filters), -1, chosen.shape[1]))
        return ops.sum(found * chosen[:, np.newaxis], axis=-1)

    class Canvas(keras.Model):
        """Its one weight is the pictures; training it is painting."""

        def __init__(self) -> None:
            super().__init__(name="canvas")
            self.net = net
            self.paint = self.add_weight(shape=noise.shape, initializer="zeros", name="paint")
            self.paint.assign(noise)
            self.moves = keras.random.SeedGenerator(seed)
            start = ops.convert_to_numpy(own(net(self.picture(), training=False)))
            self.unit = np.abs(start).mean(axis=1) + start.std(axis=1) + 1e-6

        def picture(self) -> Any:
            return low + (high - low) * ops.sigmoid(self.paint)

        def call(self, _: Any) -> Any:
            picture = self.picture()
            moved = picture
            for axis, side in ((1, height), (2, width)):
                by = keras.random.randint((1,), 0, 2 * jitter + 1, seed=self.moves)
                moved = ops.take(moved, (ops.arange(side) + by) % side, axis=axis)
            climbed = ops.mean(own(self.net(moved, training=False)), axis=1) / self.unit
            rough = (_variation(picture, 1) + _variation(picture, 2)) / (high - low)
            self.add_loss(ops.sum(smoothness * rough - climbed))
            return climbed

    return Canvas()


def _variation(pictures: Any, axis: int) -> Any:
    """Mean squared step from one pixel to the next along an axis, one number a picture."""
    side = pictures.shape[axis]
    after = ops.take(pictures, np.arange(1, side), axis=axis)
    before = ops.take(pictures, np.arange(side - 1), axis=axis)
    return ops.mean(ops.square(after - before), axis=(1, 2, 3))

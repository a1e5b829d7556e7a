"""Nets and images whose explanation is known without measuring it."""

import keras
import numpy as np
from keras import layers

COLOURS = np.eye(3, dtype=np.float32)


class Linear:
    """A classifier of two classes whose logits are `sum(w x)` and 0: what deleting a pixel costs is known."""

    def __init__(self, weights, as_probabilities=False):
        self.weights = np.asarray(weights, dtype=np.float64)
        self.as_probabilities = as_probabilities

    def predict(self, images, batch_size=None, verbose=0):
        scores = (images[..., 0] * self.weights).sum(axis=(1, 2))
        if self.as_probabilities:
            return np.stack([sigmoid(scores), 1 - sigmoid(scores)], axis=1)
        return np.stack([scores, np.zeros(len(scores))], axis=1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def coloured(per_class=4, side=4):
    """Images of pure red, green and blue, and their labels."""
    labels = np.arange(3 * per_class) % 3
    return np.broadcast_to(COLOURS[labels][:, None, None], (len(labels), side, side, 3)).copy(), labels


def colour_net(side=4):
    """Four 1x1 filters: one answers to red alone, one to green alone, one to all colours, one to nothing."""
    net = keras.Sequential(
        [
            keras.Input((side, side, 3)),
            layers.Conv2D(4, 1, activation="relu", name="conv"),
            layers.GlobalAveragePooling2D(name="gap"),
            layers.Dense(3, name="out"),
        ]
    )
    kernel = np.array([[1, 0, 1, 0], [0, 2, 1, 0], [0, 0, 1, 0]], np.float32)
    net.get_layer("conv").set_weights([kernel[None, None], np.array([0, 0, 0, -1], np.float32)])
    return net


def small_net(seed=0, side=12):
    """Two convolutions and a Dense layer with random weights."""
    start = [keras.initializers.GlorotUniform(seed=seed * 10 + i) for i in range(3)]
    return keras.Sequential(
        [
            keras.Input((side, side, 3)),
            layers.Conv2D(8, 3, padding="same", activation="relu", kernel_initializer=start[0], name="conv1"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(8, 3, padding="same", activation="relu", kernel_initializer=start[1], name="conv2"),
            layers.Flatten(name="flatten"),
            layers.Dense(4, kernel_initializer=start[2], name="out"),
        ]
    )


def noise(n=6, side=12, seed=0):
    return np.random.default_rng(seed).random((n, side, side, 3), np.float32)


def waves(*shape, step):
    """Numbers of both signs, the same on every machine and in every version of NumPy."""
    return np.sin(step * np.arange(1, np.prod(shape) + 1)).reshape(shape)


def wave_net():
    """A net with a softmax whose weights are written down, not drawn."""
    net = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="out"),
        ]
    )
    net.set_weights([waves(*w.shape, step=0.7 + 0.1 * i) for i, w in enumerate(net.get_weights())])
    return net


def nested_net():
    """A base inside a net, as in transfer learning, and a Normalization that has seen the data."""
    base = keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Conv2D(4, 3, activation="relu", name="inner")], name="base"
    )
    scale = layers.Normalization(name="scale")
    scale.adapt(noise(8))
    parts = [scale, base, layers.Conv2D(4, 3, activation="relu", name="outer"), layers.Flatten()]
    return keras.Sequential([keras.Input((12, 12, 3)), *parts, layers.Dense(3, name="out")])

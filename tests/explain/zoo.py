"""Small networks of every kind that a student builds: what can be explained, and what cannot."""

import keras
import numpy as np
from keras import layers

from labkit import models

SIZE = 12
CLASSES = 3


def pictures(n=3, size=SIZE, seed=0):
    return np.random.default_rng(seed).random((n, size, size, 3), np.float32)


def body():
    """Two convolutions; the second map has 5x5 cells."""
    return [
        layers.Conv2D(6, 3, padding="same", activation="relu", name="conv1"),
        layers.MaxPooling2D(name="pool"),
        layers.Conv2D(8, 2, activation="relu", name="conv2"),
    ]


def head(activation=None):
    return [
        layers.Flatten(),
        layers.Dense(10, activation="relu"),
        layers.Dense(CLASSES, activation, name="out"),
    ]


def sequential(parts, name="net"):
    return keras.Sequential([keras.Input((SIZE, SIZE, 3)), *parts], name=name)


def functional(parts, name="net"):
    x = images = keras.Input((SIZE, SIZE, 3))
    for part in parts:
        x = part(x)
    return keras.Model(images, x, name=name)


def filled_by_add():
    net = keras.Sequential(name="net")
    net.add(keras.Input((SIZE, SIZE, 3)))
    for part in [*body(), *head("softmax")]:
        net.add(part)
    return net


def called_once():
    net = keras.Sequential([*body(), *head("softmax")], name="net")
    net(pictures(1))
    return net


def conv_bn_relu():
    convolution = layers.Conv2D(8, 3, use_bias=False, name="conv")
    normalised = layers.BatchNormalization(name="bn")
    net = functional(
        [convolution, normalised, layers.ReLU(name="relu"), layers.GlobalAveragePooling2D(), *head()[2:]]
    )
    gamma, beta, mean, variance = normalised.get_weights()
    normalised.set_weights([gamma, beta - 0.2, mean + 0.1, variance * 0.5])
    return net


def residual():
    images = keras.Input((SIZE, SIZE, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="stem")(images)
    y = layers.Conv2D(8, 3, padding="same", name="inside")(x)
    y = layers.BatchNormalization(name="bn")(y)
    y = layers.Add(name="add")([layers.Conv2D(8, 1, name="shortcut")(x), y])
    y = layers.ReLU(name="sum")(y)
    return keras.Model(images, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(y)), name="net")


def activations_as_functions():
    images = keras.Input((SIZE, SIZE, 3))
    x = keras.ops.relu(layers.Conv2D(8, 3, name="conv")(images / 2.0))
    x = layers.Dense(CLASSES)(layers.Flatten()(x))
    return keras.Model(images, keras.activations.softmax(x), name="net")


def one_layer_twice():
    images = keras.Input((SIZE, SIZE, 3))
    conv = layers.Conv2D(3, 3, padding="same", activation="relu", name="conv")
    x = conv(conv(images))
    return keras.Model(images, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(x)), name="net")


def nested(kind):
    """A base of its own, called as a layer: transfer learning as it stands in most tutorials."""
    base = kind(body(), "base")
    return kind([base, *head("softmax")])


def frozen():
    net = sequential([*body(), *head("softmax")])
    net.trainable = False
    return net


def mixed(policy):
    def build():
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            return sequential([*body(), *head(), layers.Activation("softmax", dtype="float32")])
        finally:
            keras.config.set_dtype_policy(before)

    return build


def transferred():
    trained = models.cnn((4, 8), (6,), image_shape=(SIZE, SIZE, 3), num_classes=5)
    return models.transfer(trained, CLASSES, (SIZE, SIZE, 3), weights=None, head=(6,))


def compiled():
    net = functional([*body(), layers.Dropout(0.5), *head("softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net


EXPLAINED = {  # how it is built, and the layer and grid that are chosen
    "functional, logits": (lambda: functional([*body(), *head()]), "conv2", (5, 5)),
    "functional, softmax": (lambda: functional([*body(), *head("softmax")]), "conv2", (5, 5)),
    "Softmax layer": (lambda: functional([*body(), *head(), layers.Softmax()]), "conv2", (5, 5)),
    "Activation layer": (
        lambda: sequential([*body(), *head(), layers.Activation("softmax")]),
        "conv2",
        (5, 5),
    ),
    "activations as functions": (activations_as_functions, "relu", (10, 10)),
    "sigmoid": (lambda: functional([*body(), *head("sigmoid")]), "conv2", (5, 5)),
    "Sequential with Input": (lambda: sequential([*body(), *head("softmax")]), "conv2", (5, 5)),
    "Sequential filled by add()": (filled_by_add, "conv2", (5, 5)),
    "Sequential called once": (called_once, "conv2", (5, 5)),
    "nested Sequential": (lambda: nested(sequential), "conv2", (5, 5)),
    "nested functional": (lambda: nested(functional), "conv2", (5, 5)),
    "conv, BatchNormalization, ReLU": (conv_bn_relu, "relu", (10, 10)),
    "residual": (residual, "sum", (12, 12)),
    "one layer twice": (one_layer_twice, "conv:2", (12, 12)),
    "frozen": (frozen, "conv2", (5, 5)),
    "compiled, Dropout": (compiled, "conv2", (5, 5)),
    "transfer()": (transferred, "block2_conv1", (6, 6)),
    "mixed_float16": (mixed("mixed_float16"), "conv2", (5, 5)),
    "mixed_bfloat16": (mixed("mixed_bfloat16"), "conv2", (5, 5)),
}


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__(name="own")
        self.parts = [*body(), *head()]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x


def called_subclassed():
    net = Subclassed()
    net(pictures(1))
    return net


def two_inputs():
    left, right = keras.Input((SIZE, SIZE, 3)), keras.Input((4,))
    x = layers.Concatenate()([layers.Flatten()(left), right])
    return keras.Model([left, right], layers.Dense(CLASSES)(x), name="net")


def two_outputs():
    net = functional([*body(), layers.Flatten()])
    return keras.Model(
        net.inputs, [layers.Dense(1)(net.outputs[0]), layers.Dense(2)(net.outputs[0])], name="net"
    )


def ensemble():
    members = [functional([*body(), *head("softmax")], name) for name in ("one", "two")]
    images = keras.Input((SIZE, SIZE, 3))
    return keras.Model(images, layers.Average()([member(images) for member in members]), name="net")


def diverged():
    net = functional([*body(), *head()])
    net.set_weights([np.full_like(w, np.nan) for w in net.get_weights()])
    return net


REFUSED = {  # how it is built, and what the line says
    "never built": (
        lambda: keras.Sequential([*body(), *head()], name="net"),
        "net is not built: begin it with",
    ),
    "subclassed": (called_subclassed, "own is a subclassed model"),
    "two inputs": (two_inputs, "models of one input, images"),
    "two outputs": (two_outputs, "models of one output; net has 2"),
    "maps as output": (lambda: functional(body()), "one number a class; net gives"),
    "no convolution": (lambda: models.mlp((SIZE, SIZE, 3), CLASSES), 'take method="integrated_gradients"'),
    "too coarse": (
        lambda: sequential([layers.MaxPooling2D(4), *body()[:1], *head()]),
        "the finest is conv1, 3x3",
    ),
    "mean of probabilities": (ensemble, "probabilities that cannot be taken apart"),
    "weights that are NaN": (diverged, "gives NaN or infinity for image 0: it has diverged"),
    "no model": (lambda: "vgg16", "takes a Keras model, not str"),
}

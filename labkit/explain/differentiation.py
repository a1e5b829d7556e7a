"""Gradients and compiled functions: the only file of labkit that knows the backends of Keras.

Every function takes a model of the explaining graph, called as `model([images])`, and returns a compiled
function on NumPy arrays: images `(n, height, width, channels)` float32, classes `(n,)` integers.
"""

from collections.abc import Callable

import keras
import numpy as np


def compiled_predictions(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """`images -> outputs`, in inference mode. It works with every backend."""

    def predict(images):
        return model([images], training=False)

    return _on_arrays(_compiled(predict, model, with_classes=False))


def compiled_image_gradients(model: keras.Model) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """`images, classes -> gradients`: how each image's logit of its class changes with each pixel.

    Raises:
        ValueError: the backend is neither TensorFlow nor JAX.
    """
    if _needs("gradients") == "jax":
        import jax

        def score(images, classes):
            return keras.ops.sum(_picked(model([images], training=False), classes))

        return _on_arrays(jax.grad(score))  # jit would keep the weights of its first call
    import tensorflow as tf

    def gradients(images, classes):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            scores = _picked(model([images], training=False), classes)
        return tape.gradient(scores, images, unconnected_gradients="zero")

    return _on_arrays(_compiled(gradients, model, with_classes=True))


def compiled_layer_gradients(model: keras.Model) -> Callable:
    """`images, classes -> maps, gradients`: a layer's maps, and how the logit changes with each of their cells.

    Args:
        model: with two outputs, the maps and the logits.

    Raises:
        ValueError: the backend is not TensorFlow.
    """
    if _needs("gradients at a layer") == "jax":
        return _jax_layer_gradients(model)
    import tensorflow as tf

    def maps_and_gradients(images, classes):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)  # so that the maps are on the tape
            maps, logits = model([images], training=False)
            scores = _picked(logits, classes)
        return maps, tape.gradient(scores, maps, unconnected_gradients="zero")

    return _on_arrays(_compiled(maps_and_gradients, model, with_classes=True))


def _jax_layer_gradients(model: keras.Model) -> Callable:
    """JAX differentiates functions, not records: the part behind the layer must be one of its maps alone."""
    import jax

    try:
        behind = keras.Model([model.outputs[0]], model.outputs[1])
    except ValueError:
        raise ValueError(
            "with JAX, labkit explains a layer only if everything behind it depends on this layer alone: "
            "choose a layer after the branches meet, or set KERAS_BACKEND=tensorflow."
        ) from None

    def score(maps, classes):
        return keras.ops.sum(_picked(behind([maps], training=False), classes))

    def maps_and_gradients(images, classes):
        maps = model([images], training=False)[0]
        return maps, jax.grad(score)(maps, classes)

    return _on_arrays(maps_and_gradients)


def _needs(what: str) -> str:
    backend = keras.backend.backend()
    if backend not in ("tensorflow", "jax"):
        raise ValueError(
            f"labkit has no {what} with the {backend} backend: set KERAS_BACKEND=tensorflow before Python "
            'starts, or take method="occlusion", which needs none.'
        )
    return backend


def _picked(logits, classes):
    return keras.ops.take_along_axis(logits, classes[:, None], axis=1)[:, 0]


def _compiled(function: Callable, model: keras.Model, with_classes: bool) -> Callable:
    """Traced once for all sizes of a batch, where the backend is TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *model.inputs[0].shape[1:]), tf.float32)]
    if with_classes:
        signature.append(tf.TensorSpec((None,), tf.int32))
    return tf.function(function, input_signature=signature)


def _on_arrays(function: Callable) -> Callable:
    def call(*arrays: np.ndarray):
        found = function(*(keras.ops.convert_to_tensor(array) for array in arrays))
        return keras.tree.map_structure(keras.ops.convert_to_numpy, found)

    return call

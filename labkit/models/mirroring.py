"""Mirroring: a net that looks at each image and at its mirror image, and answers with the average."""

import keras


def mirrored(model: keras.Model) -> keras.Model:
    """The same net with mirrored test-time prediction: the mean of its answers to an image and to its mirror image.

    The new model shares all weights. It costs twice the time and is meant for `evaluate`, not for training. Not for
    digits and letters: a mirrored 2 is none. After Krizhevsky et al. 2012, who averaged ten crops and mirrors.

    Args:
        model: images `(n, height, width, channels)` in, `(n, num_classes)` out.

    Raises:
        ValueError: the model does not take one batch of images.

    Example:
        >>> import numpy as np
        >>> from labkit.models import first_cnn
        >>> both = mirrored(first_cnn())
        >>> images = np.random.default_rng(0).random((2, 28, 28, 1), np.float32)
        >>> bool(np.allclose(both(images), both(images[:, :, ::-1]), atol=1e-5))
        True
    """
    shape = getattr(model, "input_shape", None)
    if not isinstance(model, keras.Model) or not isinstance(shape, tuple) or len(shape) != 4:
        raise ValueError(f"mirrored() needs a model of images (n, height, width, channels), not {model!r}.")
    images = keras.Input(shape[1:], name="images")
    answers = [model(images), model(keras.ops.flip(images, axis=2))]
    return keras.Model(
        images, keras.layers.Average(name="mean_answer")(answers), name=f"{model.name}_mirrored"
    )

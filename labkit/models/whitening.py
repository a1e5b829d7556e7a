"""Whitening: a first convolution whose filters are the principal components of the images' own patches."""

import keras
import numpy as np

from labkit.models.speed import STEM

_IMAGES = 5_000  # more images move no filter by much
_PATCHES = 200_000
_SMALLEST = 5e-4  # added to each variance: directions in which the patches hardly vary are noise


def whiten(model: keras.Model, x: np.ndarray) -> keras.Model:
    """Set the stem of a `speed_cnn` from images: standardised pixels, then patches without correlation.

    Neighbouring pixels are alike, and gradient descent is slow where inputs are. The filters are the eigenvectors
    of the patches' covariance, each divided by the square root of its eigenvalue, strongest first, and their
    negatives, since ReLU lets only one sign through. After Page (2018) and Jordan (2024).

    Args:
        model: made by `speed_cnn`; its stem is changed in place and stays frozen.
        x: training images `(n, height, width, channels)`, uint8 or float, in the range that the model will be given.

    Returns:
        The same model.

    Raises:
        ValueError: the model has no such stem, or the images are of another shape.

    Example:
        >>> from labkit.models import speed_cnn
        >>> images = np.random.default_rng(0).random((50, 32, 32, 3), np.float32)
        >>> net = whiten(speed_cnn(), images)
        >>> round(float(net.get_layer("standardised").mean[0, 0, 0, 0]), 1)
        0.5
    """
    _check(model, x)
    some = np.asarray(x[:: max(1, len(x) // _IMAGES)][:_IMAGES], dtype=np.float32)
    standardise = model.get_layer("standardised")
    standardise.adapt(some)
    some = keras.ops.convert_to_numpy(standardise(some))
    stem = model.get_layer(STEM)
    filters = whitening_filters(some, stem.kernel_size[0])[..., : stem.filters // 2]
    stem.set_weights([np.concatenate([filters, -filters], axis=-1), np.zeros(stem.filters)])
    return model


def whitening_filters(x: np.ndarray, size: int) -> np.ndarray:
    """The whitening filters `(size, size, channels, size * size * channels)` of standardised images, strongest first.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 16, 16, 1)).astype(np.float32)
        >>> filters = whitening_filters(x, 2).reshape(4, 4)
        >>> patches = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2)).reshape(-1, 4)
        >>> bool(np.allclose(np.cov(patches @ filters, rowvar=False), np.eye(4), atol=0.05))
        True
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))[:, ::2, ::2]
    thin = max(1, int(np.prod(windows.shape[:3])) // _PATCHES)
    # an odd step through images, so that no position of the patches is favoured
    patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, size * size * x.shape[-1])[:: thin | 1]
    variances, directions = np.linalg.eigh(patches.T @ patches / len(patches))
    filters = (directions / np.sqrt(np.maximum(variances, 0) + _SMALLEST))[:, ::-1]
    return filters.reshape(size, size, x.shape[-1], -1).astype(np.float32)


def is_whitened(model: keras.Model) -> bool | None:
    """Whether `whiten` has been called; None where the model has no stem for it."""
    if not _has_stem(model):
        return None
    # As built, it lets the pixels through as they are: mean 0.
    return bool(np.any(keras.ops.convert_to_numpy(model.get_layer("standardised").mean)))


def _has_stem(model: keras.Model) -> bool:
    names = {layer.name for layer in model.layers}
    return {"standardised", STEM} <= names


def _check(model: keras.Model, x: np.ndarray) -> None:
    if not isinstance(model, keras.Model) or not _has_stem(model):
        raise ValueError(
            f"whiten() needs a net made by models.speed_cnn(), not {getattr(model, 'name', model)!r}."
        )
    wanted, found = tuple(model.input_shape[1:]), tuple(np.shape(x)[1:])
    if wanted != found or len(x) == 0:
        raise ValueError(
            f"whiten() needs images {wanted}, as the model takes them, but was given {np.shape(x)}."
        )

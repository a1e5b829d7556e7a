"""Maps of pixels from gradients: saliency, SmoothGrad, integrated gradients."""

from collections.abc import Callable

import numpy as np

Gradients = Callable[[np.ndarray, np.ndarray], np.ndarray]


def saliency(gradients: Gradients, x: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The steepest channel of each pixel: the size of the logit's gradient there.

    Args:
        gradients: `images, classes -> gradients`, of the logits by the pixels.
        x: images `(n, height, width, channels)`.
        classes: `(n,)`.

    Returns:
        `(n, height, width)`, 0 or more.

    Source:
        Simonyan, Vedaldi & Zisserman, Deep inside convolutional networks, arXiv:1312.6034, 2013, section 3.

    Example:
        >>> saliency(lambda x, classes: -2 * x, np.ones((1, 2, 2, 3)), np.zeros(1))[0].tolist()
        [[2.0, 2.0], [2.0, 2.0]]
    """
    return np.abs(gradients(x, classes)).max(axis=-1)


def smoothgrad(
    gradients: Gradients, x: np.ndarray, classes: np.ndarray, *, samples: int, noise: float, seed: int
) -> np.ndarray:
    """The mean saliency of copies of an image with noise.

    As in tf-keras-vis, sizes of gradients are averaged, not signed gradients as in the paper. The noise depends on
    the seed and the size of the images alone, so an image has the same map in any batch.

    Args:
        samples: copies of each image.
        noise: standard deviation of the noise, as a share of each image's range.
        seed: of the noise.

    Source:
        Smilkov, Thorat, Kim, Viégas & Wattenberg, SmoothGrad: removing noise by adding noise,
        arXiv:1706.03825, 2017.

    Example:
        >>> maps = smoothgrad(lambda x, classes: x, np.ones((2, 4, 4, 1)), np.zeros(2), samples=3, noise=0.2, seed=0)
        >>> maps.shape, float(maps.max())  # an image of one colour has no range, so there is no noise
        ((2, 4, 4), 1.0)
    """
    random = np.random.default_rng(seed)
    spread = noise * (x.max(axis=(1, 2, 3), keepdims=True) - x.min(axis=(1, 2, 3), keepdims=True))
    total = np.zeros(x.shape, np.float64)
    for _ in range(samples):
        noisy = x + spread * random.standard_normal(x.shape[1:], np.float32)
        total += np.abs(gradients(noisy.astype(x.dtype), classes))
    return (total / samples).max(axis=-1).astype(np.float32)


def integrated_gradients(
    gradients: Gradients, x: np.ndarray, classes: np.ndarray, *, baseline: np.ndarray, steps: int
) -> np.ndarray:
    """How much each pixel adds to the logit on the way from a baseline to the image.

    The integral is taken by the midpoint rule. A map's sum is the logit of the image less that of the baseline
    (completeness), up to the error of the rule, which more steps make smaller.

    Args:
        baseline: images without evidence, such as black ones, of the shape of `x`.
        steps: points on the way.

    Returns:
        `(n, height, width)`, of both signs, summed over the channels.

    Source:
        Sundararajan, Taly & Yan, Axiomatic attribution for deep networks, arXiv:1703.01365, 2017.

    Example:
        >>> x = np.full((1, 1, 1, 1), 3.0)  # of a logit x ** 2, whose gradient is 2 x
        >>> integrated_gradients(lambda x, classes: 2 * x, x, np.zeros(1), baseline=0 * x, steps=10).round(6).item()
        9.0
    """
    total = np.zeros(x.shape, np.float64)
    for share in (np.arange(steps) + 0.5) / steps:
        total += gradients((baseline + share * (x - baseline)).astype(x.dtype), classes)
    return ((x - baseline) * total / steps).sum(axis=-1).astype(np.float32)

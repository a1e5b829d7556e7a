"""Class activation maps in plain NumPy: short, checked against tf-keras-vis, and its stand-in.

`A` are a layer's maps and `G` the gradients of a class's logit by them, both `(n, rows, columns, channels)`.
Each function returns raw maps `(n, rows, columns)`: nothing is stretched to 0..1, so an all-zero map stays one.
"""

from collections.abc import Callable

import numpy as np

from labkit.explain.resize import bilinear


def gradcam(A: np.ndarray, G: np.ndarray) -> np.ndarray:  # noqa: N803 (the papers' letters)
    """Grad-CAM: each channel weighs as much as its mean gradient; what speaks against the class is cut.

    Source:
        Selvaraju et al., Grad-CAM: visual explanations from deep networks via gradient-based localization,
        arXiv:1610.02391, 2016, eq. 1 and 2.

    Example:
        >>> A, G = np.ones((1, 2, 2, 1)), np.full((1, 2, 2, 1), 0.5)
        >>> gradcam(A, G)[0].tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    return _positive((A * G.mean(axis=(1, 2), keepdims=True)).sum(axis=-1))


def gradcam_plus_plus(A: np.ndarray, G: np.ndarray, *, normalise_alpha: bool = True) -> np.ndarray:  # noqa: N803
    """Grad-CAM++: each cell's positive gradient counts with a weight alpha of its own.

    The paper differentiates e^S. That factor is the same for all cells of an image and only scales its map;
    left out, no logit can make it overflow (float32 does from 88 on).

    Args:
        normalise_alpha: divide alpha by its sum over each channel, as the author's code and tf-keras-vis do;
            the paper's eq. 19 and pytorch-grad-cam do not.

    Source:
        Chattopadhay, Sarkar, Howlader & Balasubramanian, Grad-CAM++, arXiv:1710.11063, 2017, eq. 10 and 19.

    Example:
        >>> A, G = np.ones((1, 2, 2, 1)), np.full((1, 2, 2, 1), 0.5)
        >>> gradcam_plus_plus(A, G)[0].tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    denominator = 2 * G**2 + G**3 * A.sum(axis=(1, 2), keepdims=True)
    alpha = _divided(G**2, denominator)
    if normalise_alpha:
        alpha = _divided(alpha, alpha.sum(axis=(1, 2), keepdims=True))
    weights = (alpha * _positive(G)).sum(axis=(1, 2), keepdims=True)
    return _positive((A * weights).sum(axis=-1))


def layercam(A: np.ndarray, G: np.ndarray) -> np.ndarray:  # noqa: N803
    """LayerCAM: each cell weighs as much as its own positive gradient; good at early, fine layers.

    Source:
        Jiang, Zhang, Hou, Cheng & Wei, LayerCAM: exploring hierarchical class activation maps for
        localization, IEEE Transactions on Image Processing 30, 2021, eq. 4 to 6.

    Example:
        >>> layercam(np.array([[[[2.0], [3.0]]]]), np.array([[[[-1.0], [2.0]]]])).tolist()
        [[[0.0, 6.0]]]
    """
    return _positive((A * _positive(G)).sum(axis=-1))


def hirescam(A: np.ndarray, G: np.ndarray) -> np.ndarray:  # noqa: N803
    """HiResCAM: each cell times its own gradient; with one linear layer behind, exactly its share of the logit.

    Source:
        Draelos & Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
        networks, arXiv:2011.08891, 2020.

    Example:
        >>> hirescam(np.array([[[[2.0, 1.0]]]]), np.array([[[[3.0, -1.0]]]])).tolist()
        [[[5.0]]]
    """
    return _positive((A * G).sum(axis=-1))


def scorecam(images: np.ndarray, A: np.ndarray, classes: np.ndarray, logits_of: Callable) -> np.ndarray:  # noqa: N803
    """Score-CAM, without gradients: a channel weighs as much as the class's probability where only it shows.

    As in the author's code and in tf-keras-vis, the weight is the softmax of the class for the image times the
    channel's map (enlarged, stretched to 0..1); the probability of an empty image is not subtracted.

    Args:
        images: `(n, height, width, channels)`.
        classes: `(n,)`.
        logits_of: `images -> logits`, for any number of images.

    Source:
        Wang et al., Score-CAM: score-weighted visual explanations for convolutional neural networks,
        arXiv:1910.01279, 2019.
    """
    maps = []
    for image, a, label in zip(images, A, classes, strict=True):
        masks = bilinear(a.transpose(2, 0, 1), image.shape[:2], corners=True)
        low, high = (limit(axis=(1, 2), keepdims=True) for limit in (masks.min, masks.max))
        masks = (masks - low) / (high - low + 1e-7)
        weights = softmax(logits_of(image[np.newaxis] * masks[..., np.newaxis]))[:, label]
        maps.append(_positive(a @ weights))
    return np.stack(maps)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits `(n, classes)`, of any size without overflow.

    Example:
        >>> softmax(np.array([[900.0, -900.0]])).tolist()
        [[1.0, 0.0]]
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _positive(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def _divided(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`a / b`, and `a` where `b` is 0, as the author's code has it."""
    return a / np.where(b == 0, 1, b)

"""Bilinear interpolation of maps."""

import numpy as np


def bilinear(maps: np.ndarray, size: tuple[int, int], *, corners: bool = False) -> np.ndarray:
    """Maps `(n, rows, columns)` at another size `(height, width)`.

    Args:
        corners: whether the corner cells' centres come to lie on the corner pixels, as `scipy.ndimage.zoom` and
            tf-keras-vis do it. Otherwise every cell keeps its own area, as in `keras.ops.image.resize`.

    Example:
        >>> bilinear(np.array([[[0.0, 1.0]]]), (1, 4))[0, 0].tolist()
        [0.0, 0.25, 0.75, 1.0]
        >>> bilinear(np.array([[[0.0, 1.0]]]), (1, 5), corners=True)[0, 0].tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    down = _weights(maps.shape[1], size[0], corners).astype(maps.dtype)
    across = _weights(maps.shape[2], size[1], corners).astype(maps.dtype)
    return down @ maps @ across.T


def _weights(cells: int, pixels: int, corners: bool) -> np.ndarray:
    """How much of each cell goes into each pixel, `(pixels, cells)`."""
    if corners:
        at = np.linspace(0, cells - 1, pixels)
    else:
        at = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    distance = np.abs(at[:, np.newaxis] - np.arange(cells))
    return np.maximum(1 - distance, 0)

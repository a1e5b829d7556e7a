"""Pointing: does a map point at the object, where a mask says where the object is?"""

import numpy as np

from labkit.explain.grids import checked_images, checked_maps, checked_masks


def pointing_game(maps: np.ndarray, masks: np.ndarray, *, margin: int = 0) -> np.ndarray:
    """Whether the maximum of each map lies on the object: 1 a hit, 0 a miss.

    Zhang, Lin, Brandt, Shen & Sclaroff, Top-down neural attention by excitation backprop, ECCV 2016, who
    allow a margin of 15 pixels in images of about 500. Where several pixels share the maximum the score is
    the share of them on the object, so that a constant map scores what a blind guess does.

    Args:
        maps: an Explanation or maps `(n, h, w)` of any grid; brought to the size of the masks.
        masks: `(n, height, width)`, true on the object.
        margin: how many pixels beside the object still count.

    Returns:
        `(n,)` float64; its mean is the accuracy of the pointing game.

    Example:
        >>> masks = np.zeros((2, 4, 4), bool); masks[:, :2] = True
        >>> maps = np.zeros((2, 4, 4)); maps[0, 1, 1] = maps[1, 3, 3] = 1
        >>> pointing_game(maps, masks).tolist()
        [1.0, 0.0]
    """
    maps, masks = _prepared(maps, masks)
    if margin:
        from scipy import ndimage

        reach = np.ones((1, 2 * margin + 1, 2 * margin + 1), bool)
        masks = ndimage.binary_dilation(masks, structure=reach)
    peaks = maps == maps.max(axis=(1, 2), keepdims=True)
    return (peaks & masks).sum(axis=(1, 2)) / peaks.sum(axis=(1, 2))


def energy_inside(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The share of each map's positive energy that lies on the object, from 0 to 1.

    Wang, Wang, Du, Yang, Zhang, Ding, Mardziel & Hu, Score-CAM, CVPR workshops 2020 (energy-based pointing
    game). Numbers below 0 speak against the class and are left out; a map without positive energy has 0.

    Args:
        maps: an Explanation or maps `(n, h, w)` of any grid; brought to the size of the masks.
        masks: `(n, height, width)`, true on the object.

    Returns:
        `(n,)` float64. Compare it with the share of the image that the object covers.

    Example:
        >>> masks = np.zeros((1, 4, 4), bool); masks[:, :1] = True
        >>> energy_inside(np.ones((1, 4, 4)), masks).tolist()
        [0.25]
    """
    maps, masks = _prepared(maps, masks)
    positive = np.maximum(maps, 0).astype(np.float64)
    whole = positive.sum(axis=(1, 2))
    return (positive * masks).sum(axis=(1, 2)) / np.where(whole > 0, whole, 1)


def _prepared(maps: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    shaped = checked_images(np.asarray(masks, dtype=np.float32)[..., np.newaxis])
    return checked_maps(maps, shaped), checked_masks(masks, shaped)

"""Agreement: how alike two maps of the same image are, in the order of their pixels and in their structure."""

import numpy as np
import pandas as pd

from labkit.explain.grids import as_maps, upsampled

_SIGMA, _RADIUS = 1.5, 5  # the window of SSIM: Gaussian, 11 x 11
_C1, _C2 = 0.01**2, 0.03**2  # for values from 0 to 1


def rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each pair of maps: 1 for the same order of pixels, -1 for the opposite.

    Spearman, The proof and measurement of association between two things, 1904. Ties share their mean rank.

    Args:
        first, second: Explanations or maps `(n, h, w)`, any grids; the coarser are brought to the finer one.

    Returns:
        `(n,)`; 0 where only the second map is constant, NaN where the first one is: there is nothing to keep.

    Example:
        >>> a = np.arange(16.0).reshape(1, 4, 4)
        >>> rank_correlation(a, a**3).tolist(), rank_correlation(a, -a).tolist()
        ([1.0], [-1.0])
    """
    from scipy.stats import rankdata

    first, second = _same_grid(first, second)
    first, second = (rankdata(maps.reshape(len(maps), -1), axis=1) for maps in (first, second))
    first, second = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (first, second))
    spread = (first**2).sum(axis=1), (second**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = (first * second).sum(axis=1) / np.sqrt(spread[0] * spread[1])
    rho[spread[1] == 0] = 0.0
    rho[spread[0] == 0] = np.nan
    return np.clip(rho, -1, 1)


def structural_similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """SSIM of each pair of maps, each stretched to 0..1 before: 1 for the same picture.

    Wang, Bovik, Sheikh & Simoncelli, Image quality assessment: from error visibility to structural
    similarity, 2004: Gaussian window 11x11, sigma 1.5, K1 = 0.01, K2 = 0.03; the border of 5 pixels, where
    the window would leave the map, is left out (less of it in maps of under 11 pixels).

    Args:
        first, second: Explanations or maps `(n, h, w)`, any grids; the coarser are brought to the finer one.

    Returns:
        `(n,)`, at most 1.

    Example:
        >>> a = np.random.default_rng(0).random((1, 16, 16))
        >>> structural_similarity(a, 2 * a + 1).round(6).tolist()
        [1.0]
    """
    from scipy import ndimage

    def local(maps: np.ndarray) -> np.ndarray:
        return ndimage.gaussian_filter(maps, (0, _SIGMA, _SIGMA), radius=(0, _RADIUS, _RADIUS))

    a, b = (_stretched(maps) for maps in _same_grid(first, second))
    mean_a, mean_b = local(a), local(b)
    var_a, var_b = local(a * a) - mean_a**2, local(b * b) - mean_b**2
    both = local(a * b) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + _C1) * (2 * both + _C2)
    ssim = alike / ((mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2))
    y, x = (min(_RADIUS, (side - 1) // 2) for side in ssim.shape[1:])
    return ssim[:, y : ssim.shape[1] - y, x : ssim.shape[2] - x].mean(axis=(1, 2))


def compare_maps(maps: np.ndarray, reference: np.ndarray) -> pd.DataFrame:
    """How well maps agree with those of a reference, a row an image.

    Such as those of tf-keras-vis with labkit's own: `compare_maps(explain(..., engine="tf_keras_vis"),
    explain(..., engine="reference"))`.

    Args:
        maps, reference: Explanations or maps `(n, h, w)`, any grids.

    Returns:
        Columns `rank correlation`, `ssim` and `largest difference`, after both were stretched to 0..1.

    Example:
        >>> a = np.arange(16.0).reshape(1, 4, 4)
        >>> compare_maps(a, 3 * a).iloc[0].round(4).to_list()
        [1.0, 1.0, 0.0]
    """
    first, second = _same_grid(reference, maps)
    return pd.DataFrame(
        {
            "rank correlation": rank_correlation(first, second),
            "ssim": structural_similarity(first, second),
            "largest difference": np.abs(_stretched(first) - _stretched(second)).max(axis=(1, 2)),
        }
    )


def _same_grid(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = (as_maps(maps).astype(np.float64) for maps in (first, second))
    for maps in (first, second):
        if maps.ndim != 3 or len(maps) != len(first) or not np.isfinite(maps).all():
            raise ValueError(
                f"maps must be finite and (n, h, w), the same n in both, not {first.shape} and {second.shape}."
            )
    size = tuple(np.maximum(first.shape[1:], second.shape[1:]))
    return upsampled(first, size), upsampled(second, size)


def _stretched(maps: np.ndarray) -> np.ndarray:
    """Each map from 0 to 1; a constant map is 0 everywhere."""
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return (maps - low) / np.where(high > low, high - low, 1)

import numpy as np
import pytest
from scipy.stats import spearmanr

from labkit import explain

RNG = np.random.default_rng(0)
MAPS = RNG.random((3, 16, 16))


def test_rank_correlation_is_that_of_scipy_with_ties():
    first, second = (RNG.integers(0, 5, (3, 8, 8)) for _ in range(2))
    known = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(first, second, strict=True)]
    assert np.allclose(explain.rank_correlation(first, second), known)


def test_constant_maps_have_no_order():
    flat = np.zeros((3, 16, 16))
    assert explain.rank_correlation(MAPS, flat).tolist() == [0, 0, 0]
    assert np.isnan(explain.rank_correlation(flat, MAPS)).all()


def test_ssim_is_that_of_tensorflow():
    tf = pytest.importorskip("tensorflow")
    low, high = MAPS.min(axis=(1, 2), keepdims=True), MAPS.max(axis=(1, 2), keepdims=True)
    first = (MAPS - low) / (high - low)
    second = np.clip(first + RNG.normal(0, 0.2, first.shape), 0, 1)
    second[:, 0, 0], second[:, 0, 1] = 0, 1  # the whole range already: nothing is stretched
    known = tf.image.ssim(first[..., None], second[..., None], max_val=1.0).numpy()
    assert np.allclose(explain.structural_similarity(first, second), known, atol=1e-4)
    assert 0.3 < known.mean() < 0.98


def test_maps_of_different_grids_are_compared_on_the_finer_one():
    coarse = RNG.random((2, 4, 4))
    fine = np.kron(coarse, np.ones((4, 4)))
    assert (explain.rank_correlation(coarse, fine) > 0.8).all()
    assert np.array_equal(explain.rank_correlation(coarse, fine), explain.rank_correlation(fine, coarse))


def test_the_table_tells_agreement_from_disagreement():
    same, other = (
        explain.compare_maps(5 * MAPS - 2, MAPS),
        explain.compare_maps(RNG.random((3, 16, 16)), MAPS),
    )
    assert np.allclose(same[["rank correlation", "ssim"]], 1)
    assert np.allclose(same["largest difference"], 0)
    assert (other["rank correlation"].abs() < 0.3).all()
    assert (other["ssim"] < 0.3).all()
    assert (other["largest difference"] > 0.5).all()


def test_maps_must_be_of_the_same_images():
    with pytest.raises(ValueError, match="the same n in both"):
        explain.compare_maps(MAPS, MAPS[:2])

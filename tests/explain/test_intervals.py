import numpy as np
import pytest
from scipy import stats

from labkit import explain
from labkit.explain.intervals import curve_interval

SAMPLE = np.random.default_rng(0).gamma(2.0, size=80)


def test_the_interval_is_that_of_scipy():
    mean, low, high = explain.mean_interval(SAMPLE, resamples=9000)
    known = stats.bootstrap((SAMPLE,), np.mean, method="percentile", n_resamples=9000).confidence_interval
    assert mean == pytest.approx(SAMPLE.mean())
    assert (low, high) == pytest.approx((known.low, known.high), abs=0.02)


def test_it_is_as_wide_as_the_normal_law_says():
    _, low, high = explain.mean_interval(SAMPLE, level=0.9, resamples=9000)
    assert high - low == pytest.approx(2 * 1.645 * SAMPLE.std() / np.sqrt(80), rel=0.05)


def test_what_is_not_defined_is_left_out():
    assert explain.mean_interval(np.array([1.0, np.nan, 1.0])) == (1, 1, 1)
    assert np.isnan(explain.mean_interval(np.array([np.nan]))).all()


def test_a_curve_has_an_interval_at_each_point():
    curves = np.stack([SAMPLE, SAMPLE + 1], axis=1)
    mean, low, high = curve_interval(curves)
    assert np.allclose(mean[1] - mean[0], 1)
    assert (low[1], high[1]) == pytest.approx((low[0] + 1, high[0] + 1))


def test_a_level_is_between_0_and_1():
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        explain.mean_interval(SAMPLE, level=95)

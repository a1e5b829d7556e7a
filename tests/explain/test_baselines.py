import numpy as np
import pytest

from labkit import explain


def test_the_hill_stands_in_the_middle_and_has_its_width():
    hill = explain.centred_gaussian(2, (41, 21), sigma=0.25)
    assert np.array_equal(hill[0], hill[1])
    assert hill[0, 20, 10] == 1
    assert np.allclose(hill[0], hill[0, ::-1, ::-1])
    assert np.interp(0.25 * 41, np.arange(21), hill[0, 20:, 10]) == pytest.approx(np.exp(-0.5), abs=0.003)


def test_sobel_follows_the_image_and_nothing_else():
    images = np.random.default_rng(0).random((2, 6, 6, 3))
    edges = explain.sobel(images)
    assert np.allclose(explain.sobel(images.transpose(0, 2, 1, 3)), edges.transpose(0, 2, 1), atol=1e-5)
    assert np.allclose(explain.sobel(images + 7), edges, atol=1e-4)
    y, x = 2, 3  # by the kernel itself, of the grey image
    kernel = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
    for image, found in zip(images, edges, strict=True):
        grey = image.mean(axis=-1)[y - 1 : y + 2, x - 1 : x + 2]
        assert found[y, x] == pytest.approx(
            np.hypot((grey * kernel).sum(), (grey * kernel.T).sum()), abs=1e-5
        )


def test_random_maps_have_their_seed():
    first, again, other = (explain.random_maps(3, (4, 4), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_baselines_fit_the_images():
    maps = explain.baseline_maps(np.zeros((3, 8, 6, 1)))
    assert {name: found.shape for name, found in maps.items()} == dict.fromkeys(maps, (3, 8, 6))

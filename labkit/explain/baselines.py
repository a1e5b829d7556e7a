"""Baselines: maps that know nothing of the network. A method that does no better has explained nothing."""

import numpy as np

from labkit.explain.grids import checked_images


def baseline_maps(images: np.ndarray, *, seed: int = 0) -> dict[str, np.ndarray]:
    """The three baselines of labkit's tables: `"random"`, `"centred Gaussian"`, `"Sobel"`.

    Args:
        images: `(n, height, width, channels)`.
        seed: of the random maps.

    Returns:
        name -> maps `(n, height, width)`, float32.

    Example:
        >>> list(baseline_maps(np.zeros((2, 8, 8, 3))))
        ['random', 'centred Gaussian', 'Sobel']
    """
    images = checked_images(images)
    n, height, width = images.shape[:3]
    return {
        "random": random_maps(n, (height, width), seed=seed),
        "centred Gaussian": centred_gaussian(n, (height, width)),
        "Sobel": sobel(images),
    }


def random_maps(n: int, size: tuple[int, int], *, seed: int = 0) -> np.ndarray:
    """Uniform noise from 0 to 1, `(n, height, width)`: an order of the pixels drawn by lot.

    Example:
        >>> random_maps(2, (4, 4)).shape
        (2, 4, 4)
    """
    return np.random.default_rng(seed).random((n, *size), dtype=np.float32)


def centred_gaussian(n: int, size: tuple[int, int], *, sigma: float = 0.25) -> np.ndarray:
    """The same hill in the middle of every image: photographers put their object there.

    Judd, Ehinger, Durand & Torralba, Learning to predict where humans look, ICCV 2009, found such a centre
    prior to beat every model of saliency of its time.

    Args:
        sigma: of the Gaussian, as a share of height and width.

    Returns:
        `(n, height, width)`, 1 at the centre.

    Example:
        >>> centred_gaussian(1, (3, 3)).argmax()
        np.int64(4)
    """
    height, width = size
    y = (np.arange(height) - (height - 1) / 2) / (sigma * height)
    x = (np.arange(width) - (width - 1) / 2) / (sigma * width)
    hill = np.exp(-(y[:, np.newaxis] ** 2 + x**2) / 2).astype(np.float32)
    return np.repeat(hill[np.newaxis], n, axis=0)


def sobel(images: np.ndarray) -> np.ndarray:
    """The strength of the edges: length of the Sobel gradient of the grey image.

    Adebayo, Gilmer, Muelly, Goodfellow, Hardt & Kim, Sanity checks for saliency maps, NeurIPS 2018, take an
    edge detector as the example of a map that looks like an explanation and depends on no network.

    Returns:
        `(n, height, width)`, float32, in the unit of the pixels.

    Example:
        >>> step = np.zeros((1, 5, 6, 1)); step[:, :, 3:] = 1
        >>> sobel(step)[0, 2].tolist()
        [0.0, 0.0, 4.0, 4.0, 0.0, 0.0]
    """
    from scipy import ndimage

    grey = checked_images(images).astype(np.float32).mean(axis=-1)
    # One image at a time: on the whole stack SciPy would smooth from image to image, too.
    return np.stack([np.hypot(ndimage.sobel(one, axis=0), ndimage.sobel(one, axis=1)) for one in grey])

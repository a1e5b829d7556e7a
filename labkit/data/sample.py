"""Offline samples: small stand-ins with the real shapes, types and class names, for runs without the data."""

import zlib
from importlib.resources import files

import numpy as np

from labkit.data.catalog import entry
from labkit.data.drawing import Style, draw, read_figures

SEED = 2026
DIGIT_SIDE = 20  # MNIST's own box for a digit, within 28 by 28
DIGIT_SHIFT = 2  # pixels that the box may lie off the centre
DIGITS_FOR_TESTING = 357

PER_CLASS = {"fashion_mnist": (200, 50), "cifar10": (200, 50), "cifar100": (50, 10)}  # train, test

# Enough shift and size to spoil a linear classifier, not so much that figures leave the picture.
STYLES = {
    "fashion_mnist": Style(28, (0.6, 1.0), shift=0.1, tilt=8, warp=0.05, backdrop=False, weave=0.1, noise=6),
    "cifar10": Style(32, (0.65, 0.95), shift=0.1, tilt=6, warp=0.05, backdrop=True, weave=0.02, noise=5),
    "cifar100": Style(32, (0.7, 1.0), shift=0.1, tilt=6, warp=0.05, backdrop=True, weave=0.02, noise=5),
}


def sample(name: str) -> dict[str, np.ndarray]:
    """The offline sample of a data set as `x_train, y_train, x_test, y_test`.

    MNIST's is scikit-learn's bundled handwritten digits (Alpaydin and Kaynak, Optical Recognition of
    Handwritten Digits, UCI, 1998) enlarged from 8x8 to 28x28. The others are drawn by labkit from
    `labkit/data/figures/`. The same arrays every time; data/README.md has how well they can be learnt.

    Args:
        name: a name of the catalog, e.g. `"cifar10"`.

    Returns:
        uint8 images `(n, 28, 28)` or `(n, 32, 32, 3)` in a shuffled order, and uint8 labels `(n,)`.

    Raises:
        ValueError: there is no such data set; the message lists those that exist.

    Example:
        >>> arrays = sample("fashion_mnist")
        >>> arrays["x_train"].shape, arrays["y_test"].shape
        ((2000, 28, 28), (500,))
    """
    return _digits() if entry(name).name == "mnist" else _drawings(name)


def drawn_again(name: str, seed: int, per_class: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Images of the same look as the sample's test images, and others than those.

    MNIST's are its test digits in other places of the picture, all 357; the others are drawn anew.

    Args:
        per_class: how many to draw, where they are drawn.

    Returns:
        uint8 images and labels, in a shuffled order.

    Example:
        >>> x, y = drawn_again("cifar10", seed=1, per_class=2)
        >>> x.shape, sorted(y.tolist())[:4]
        ((20, 32, 32, 3), [0, 0, 1, 1])
    """
    known = entry(name).name == "mnist"
    arrays = _digits(seed) if known else _drawings(name, seed, (0, per_class))
    return arrays["x_test"], arrays["y_test"]


def _digits(seed: int = SEED) -> dict[str, np.ndarray]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    enlarged = _enlarged(images.reshape(-1, 8, 8) / 16)
    centre = (28 - DIGIT_SIDE) // 2
    corners = centre + np.random.default_rng(seed).integers(-DIGIT_SHIFT, DIGIT_SHIFT + 1, (len(labels), 2))
    x = np.zeros((len(labels), 28, 28), np.uint8)
    for image, digit, (top, left) in zip(x, enlarged, corners, strict=True):
        image[top : top + DIGIT_SIDE, left : left + DIGIT_SIDE] = digit
    split = train_test_split(
        x, labels.astype(np.uint8), test_size=DIGITS_FOR_TESTING, stratify=labels, random_state=SEED
    )
    return dict(zip(("x_train", "x_test", "y_train", "y_test"), split, strict=True))


def _enlarged(images: np.ndarray) -> np.ndarray:
    """Digits `(n, 8, 8)` in 0..1 as `(n, 20, 20)` uint8, the blur of enlarging sharpened to strokes."""
    from scipy.ndimage import zoom

    factor = DIGIT_SIDE / images.shape[1]
    smooth = zoom(images, (1, factor, factor), order=3, mode="grid-constant", grid_mode=True)
    return (np.clip((smooth - 0.35) / 0.5, 0, 1) * 255).round().astype(np.uint8)


def _drawings(name: str, seed: int = SEED, per_class: tuple[int, int] | None = None) -> dict[str, np.ndarray]:
    figures = read_figures((files("labkit.data") / "figures" / f"{name}.txt").read_text(encoding="utf-8"))
    names, (train, test) = entry(name).class_names["en"], per_class or PER_CLASS[name]
    rngs = [_generator(name, label, seed) for label in range(len(names))]
    x = np.stack([draw(figures[c], train + test, STYLES[name], r) for c, r in zip(names, rngs, strict=True)])
    if len(entry(name).image_shape) == 2:
        x = x[..., 0]
    order = _generator(name, len(names), seed)
    return _shuffled("train", x[:, :train], order) | _shuffled("test", x[:, train:], order)


def _generator(name: str, stream: int, seed: int) -> np.random.Generator:
    """One stream per class, so that a change to one figure leaves the other classes as they were."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), stream])


def _shuffled(split: str, x_by_class: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Images `(classes, n, ...)` as one shuffled split."""
    classes, count, *image_shape = x_by_class.shape
    y = np.repeat(np.arange(classes, dtype=np.uint8), count)
    order = rng.permutation(len(y))
    return {f"x_{split}": x_by_class.reshape(-1, *image_shape)[order], f"y_{split}": y[order]}

"""from_arrays(): images and labels that are in memory already, of scikit-learn, OpenML or Keras, as a Dataset."""

from numbers import Real
from typing import Any

import numpy as np

from labkit import config, record
from labkit.data.classes import Classes, listed
from labkit.data.dataset import Dataset
from labkit.data.reports import amount, brief
from labkit.data.shapes import checked_shape
from labkit.data.splitting import check_share, share_of

SOURCE = "arrays"
AT_ONCE = 64  # images that are divided at a time: no second copy of all of them in a wider type


def from_arrays(
    images: Any,
    labels: Any,
    class_names: Any = None,
    *,
    name: str,
    image_shape: tuple[int, ...] | None = None,
    white: float | None = None,
    test: float | tuple[Any, Any] = 0.2,
    validation: float = 0.0,
    seed: int | None = None,
    language: str | None = None,
) -> Dataset:
    """Images and labels from anywhere as a Dataset: those of scikit-learn, a table of OpenML, arrays of `keras.datasets`.

    `Dataset.in_shape` then brings data sets of several sizes to one, so that one network fits them all.

    Args:
        images: `(n, height, width)`, `(n, height, width, 1 or 3)`, or rows `(n, features)` with `image_shape`; an array,
            a list or a table of pandas. Whole numbers from 0 to 255, or floats from 0 to 1; else give `white`.
        labels: one an image: whole numbers, texts or categories, or one-hot rows. They become 0 to k-1 in the order
            of the numbers, or of the alphabet.
        class_names: in label order; the labels themselves if not given. Whole numbers must then be 0 to k-1.
        name: of the data set.
        image_shape: of one image where `images` are rows: `(28, 28)`; colours last, `(32, 32, 3)`.
        white: the value of the brightest pixel where that is neither 255 nor 1, such as 16 in scikit-learn's digits:
            a pixel becomes `round(255 * pixel / white)`. Whole numbers up to 16 look like very dark bytes: say so here.
        test: the share of the images that becomes `x_test`, every class in its proportion; or `(x_test, y_test)`.
        validation: the share of the training images that becomes `x_val`, likewise.
        seed: of the split; `config.seed()` if not given.
        language: of `Dataset.language`; `config.language()` if not given.

    Returns:
        Images uint8 0..255, or float32 0..1 where floats were given without `white`; labels uint8 `(n,)` (int64 for
        more than 256 classes), in the order in which they came; `.source` is `"arrays"`.

    Raises:
        ValueError: images, labels or an argument that make no sense; the message says what to do.

    Example:
        >>> from sklearn.datasets import load_digits
        >>> found = load_digits()
        >>> digits = from_arrays(found.images, found.target, name="digits", white=16)
        >>> digits
        Dataset digits: 1,438 train / 359 test, images (8, 8) uint8, from arrays
        >>> digits.in_shape((32, 32, 3)).image_shape
        (32, 32, 3)
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f'name must be a text such as "digits", not {brief(name)}.')
    seed = config.checked_seed(config.seed() if seed is None else seed)
    language = config.one_of("language", language or config.language(), config.LANGUAGES)
    x, given = _pair("images", images, "labels", labels, image_shape, white)
    classes = Classes.of(given, class_names)
    y = classes.numbers("labels", given)
    if isinstance(test, tuple | list):
        x_test, y_test = _test_pair(test, x, classes, image_shape, white)
    else:
        x, y, x_test, y_test = _split("test", x, y, test, seed)
    x, y, x_val, y_val = _split("validation", x, y, validation, seed)
    record.note("data", name=name, source=SOURCE)
    return Dataset(
        name=name,
        x_train=x,
        y_train=y,
        x_val=x_val,
        y_val=y_val,
        x_test=x_test,
        y_test=y_test,
        class_names=classes.names,
        source=SOURCE,
        language=language,
        seed=seed,
    )


def _pair(
    called: str, images: Any, labels_called: str, labels: Any, image_shape: Any, white: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Images as pixels and labels as a list, as many of one as of the other."""
    x, given = _array(called, images), listed(labels_called, labels)
    shape = _shape(called, x, image_shape)
    if len(x) != len(given):
        raise ValueError(
            f"{called} has {len(x):,} images, but {labels_called} has {len(given):,} labels: give one label an image."
        )
    # Before the reshaping, which copies a table of pandas: eight times less of it are bytes.
    return _pixels(called, x, white).reshape(len(x), *shape), given


def _test_pair(
    test: Any, x: np.ndarray, classes: Classes, image_shape: Any, white: Any
) -> tuple[np.ndarray, np.ndarray]:
    if len(test) != 2:
        raise ValueError(
            f"test is a share such as 0.2 or a pair (x_test, y_test), not {amount(len(test), 'thing')}."
        )
    x_test, given = _pair("x_test", test[0], "y_test", test[1], image_shape, white)
    if (x_test.shape[1:], x_test.dtype) != (x.shape[1:], x.dtype):
        raise ValueError(
            f"x_test has images {x_test.shape[1:]} {x_test.dtype}, but those for training are {x.shape[1:]} {x.dtype}: "
            "prepare both alike."
        )
    return x_test, classes.numbers("y_test", given)


def _split(what: str, x: np.ndarray, y: np.ndarray, share: Any, seed: int) -> tuple[np.ndarray, ...]:
    """What is left for training, images and labels, and what was taken."""
    check_share(what, share)
    if share == 0:
        return x, y, x[:0], y[:0]
    taken = np.zeros(len(y), bool)
    taken[share_of(y.astype(str), float(share), seed)] = True
    if not taken.any():
        raise ValueError(
            f"{what}={share} takes none of {len(y):,} images of {len(np.unique(y))} classes: a class needs two, one for "
            f"each part; give more images, or {what}=0."
        )
    return x[~taken], y[~taken], x[taken], y[taken]


def _array(called: str, images: Any) -> np.ndarray:
    """The images as an array of numbers with at least one."""
    if np.ma.is_masked(images):
        raise ValueError(f"{called} has masked pixels: fill them first, {called}.filled(0).")
    try:
        x = np.asarray(images)
        x = np.array(x.tolist()) if x.dtype.kind == "O" else x
    except (ValueError, TypeError):
        raise ValueError(
            f"{called} cannot be made one array: all of them must be numbers and of one height and width."
        ) from None
    if x.dtype.kind not in "buif" or x.ndim == 0:
        seen = f"{x.dtype}" if x.ndim else f"one {type(images).__name__}"
        raise ValueError(f"{called} must be an array of numbers, (n, height, width), not {seen}.")
    if not x.size:
        raise ValueError(f"{called} is empty, {x.shape}: give at least two images of each class.")
    return x


def _shape(called: str, x: np.ndarray, image_shape: Any) -> tuple[int, ...]:
    """The shape of one image."""
    wanted = None if image_shape is None else checked_shape("image_shape", image_shape)
    if x.ndim == 2:
        return _shape_of_rows(called, x.shape[1], wanted)
    found = x.shape[1:]
    if wanted not in (None, found):
        raise ValueError(f"{called} has images {found} already, not {wanted}: leave image_shape out.")
    if x.ndim == 4 and found[2] not in (1, 3) and found[0] in (1, 3):
        raise ValueError(f"{called} has its channels first, {found}: give np.moveaxis({called}, 1, -1).")
    if x.ndim not in (3, 4) or found[2:] not in ((), (1,), (3,)):
        raise ValueError(
            f"{called} must be (n, height, width) or (n, height, width, 1 or 3), not {x.shape}: reshape them first."
        )
    return found


def _shape_of_rows(called: str, size: int, wanted: tuple[int, ...] | None) -> tuple[int, ...]:
    if wanted and np.prod(wanted) == size:
        return wanted
    side = round(size**0.5)
    such_as = f"image_shape=({side}, {side})" if side * side == size else "image_shape=(height, width)"
    if wanted is None:
        raise ValueError(f"{called} are rows of {size:,} numbers, and not yet images: give {such_as}.")
    raise ValueError(
        f"{called} are rows of {size:,} numbers, but image_shape={wanted} has {np.prod(wanted):,}: give the shape of one "
        f"image, such as {such_as}."
    )


def _pixels(called: str, x: np.ndarray, white: Any) -> np.ndarray:
    """The same numbers as uint8 0..255 or as float32 0..1."""
    if white is not None and not (
        isinstance(white, Real) and 0 < white < np.inf and not isinstance(white, bool)
    ):
        raise ValueError(
            f"white is the value of a white pixel, a number above 0 such as 16, not {brief(white)}."
        )
    if x.dtype.kind == "b" and white is None:
        raise ValueError(f"{called} are True and False, and not yet grey levels: give white=1.")
    low, high = float(x.min()), float(x.max())
    seen = f"{called} go from {low:g} to {high:g} ({x.dtype})"
    if not np.isfinite([low, high]).all():
        raise ValueError(f"{called} has NaN or infinite pixels: replace them first, np.nan_to_num({called}).")
    if low < 0:
        raise ValueError(f"{seen}, but black is 0: add {-low:g} to all, and give white={high - low:g}.")
    if white is not None:
        if high > white:
            raise ValueError(f"{seen}, which is brighter than white={white:g}: give white={high:g}.")
        return _bytes(x, white)
    if x.dtype.kind in "iu" and high <= 255:
        return x.astype(np.uint8, copy=False)
    if x.dtype.kind == "f" and high <= 1:
        return x.astype(np.float32, copy=False)
    raise ValueError(
        f"{seen}, neither whole numbers from 0 to 255 nor floats from 0 to 1: give the value that is white, such as "
        f"white={high:g}."
    )


def _bytes(x: np.ndarray, white: Real) -> np.ndarray:
    made = np.empty(x.shape, np.uint8)
    for start in range(0, len(x), AT_ONCE):
        some = np.multiply(x[start : start + AT_ONCE], 255, dtype=np.float64)
        made[start : start + AT_ONCE] = np.rint(some / float(white))
    return made

"""from_arrays(): images and labels of any origin; in_shape(): all of them in one shape."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from labkit import config, plots
from labkit.data import from_arrays, from_folder, load, own_images
from labkit.experiments.identity import experiment
from tests.tiny_photos import save

RNG = np.random.default_rng(3)
X = RNG.integers(0, 256, (40, 6, 5), dtype=np.uint8)
Y = np.arange(40) % 4
COLOUR = RNG.integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)


def made(images=X, labels=Y, class_names=None, **options):
    return from_arrays(images, labels, class_names, **{"name": "mine", "seed": 1, **options})


def whole(dataset):
    """Images of all splits by their bytes, with their labels."""
    return sorted(
        (image.tobytes(), int(label))
        for x, y in dataset.splits().values()
        for image, label in zip(x, y, strict=True)
    )


# What from_arrays makes of images


def test_digits_of_scikit_learn():
    from sklearn.datasets import load_digits

    found = load_digits()
    digits = from_arrays(found.images, found.target, name="digits", white=16)
    assert (digits.name, digits.source, digits.seed, digits.language) == ("digits", "arrays", 0, "en")
    assert digits.class_names == list("0123456789")
    expected = np.array([[round(255 * v / 16) for v in row] for row in found.data.tolist()], np.uint8)
    assert whole(digits) == sorted(
        (row.tobytes(), int(label)) for row, label in zip(expected, found.target, strict=True)
    )
    rows = from_arrays(found.data, found.target, name="digits", white=16, image_shape=(8, 8, 1))
    np.testing.assert_array_equal(rows.x_test[..., 0], digits.x_test)


def test_a_table_of_openml():
    table = pd.DataFrame(X.reshape(40, 30).astype(np.int64)).add_prefix("pixel")
    labels = pd.Series(
        [str(2 * y + 5) for y in Y], dtype="category"
    )  # 5, 7, 9, 11: the last as a text would be first
    found = made(table, labels, image_shape=(6, 5), test=0)
    assert found.class_names == ["5", "7", "9", "11"]
    np.testing.assert_array_equal(found.x_train, X)
    np.testing.assert_array_equal(found.y_train, Y)


def test_arrays_of_keras_datasets():
    pair = (X[:8], Y[:8, np.newaxis])
    found = made(X, Y[:, np.newaxis], list("abcd"), test=pair, validation=0.25)
    assert [len(x) for x, _ in found.splits().values()] == [30, 10, 8]
    np.testing.assert_array_equal(found.x_test, X[:8])
    np.testing.assert_array_equal(found.y_test, Y[:8])
    assert found.class_names == list("abcd")


@pytest.mark.parametrize(
    ("images", "dtype", "expected"),
    [
        (X.astype(np.int64), np.uint8, X),
        (X.astype(np.int16), np.uint8, X),
        (X.tolist(), np.uint8, X),
        (COLOUR, np.uint8, COLOUR),
        (list(COLOUR), np.uint8, COLOUR),
        (COLOUR[..., :1], np.uint8, COLOUR[..., :1]),
        (np.ma.array(X), np.uint8, X),
        ((X / 255).astype(np.float32), np.float32, (X / 255).astype(np.float32)),
        (X / 255, np.float32, (X / 255).astype(np.float32)),
        (np.zeros(X.shape), np.float32, np.zeros(X.shape)),
        ([Image.fromarray(image) for image in COLOUR], np.uint8, COLOUR),
    ],
)
def test_pixels_keep_their_values(images, dtype, expected):
    found = made(images, test=0)
    assert found.x_train.dtype == dtype
    np.testing.assert_array_equal(found.x_train, expected)
    assert len(found.x_test) == len(found.x_val) == 0
    assert found.x_test.shape[1:] == expected.shape[1:]


@pytest.mark.parametrize(
    ("images", "white", "expected"),
    [
        (X.astype(float), 255, X),
        (X.astype(np.uint16) * 257, 65535, X),
        (X > 100, 1, np.where(X > 100, 255, 0)),
        (X // 16, 15, X // 16 * 17),
        (np.full(X.shape, 0.1), 0.1, np.full(X.shape, 255)),
    ],
)
def test_white_is_255(images, white, expected):
    found = made(images, white=white, test=0)
    assert found.x_train.dtype == np.uint8
    np.testing.assert_array_equal(found.x_train, expected)


def test_many_images_are_divided_in_parts():
    x = np.arange(150 * 4).reshape(150, 2, 2) % 17
    found = made(x, np.arange(150) % 2, white=16, test=0)
    np.testing.assert_array_equal(
        found.x_train, [[[round(255 * int(v) / 16) for v in r] for r in i] for i in x]
    )


# Labels


@pytest.mark.parametrize(
    ("labels", "numbers", "names"),
    [
        ([0, 1, 2] * 4, [0, 1, 2] * 4, ["0", "1", "2"]),
        ([7, 3, 30] * 4, [1, 0, 2] * 4, ["3", "7", "30"]),
        (np.array([-1, 1] * 6, np.int64), [0, 1] * 6, ["-1", "1"]),
        ([0.0, 2.0] * 6, [0, 1] * 6, ["0", "2"]),
        (["cat", "ant"] * 6, [1, 0] * 6, ["ant", "cat"]),
        (["10", "9"] * 6, [1, 0] * 6, ["9", "10"]),
        (["10", "9", "b"] * 4, [0, 1, 2] * 4, ["10", "9", "b"]),
        (np.array([b"cat", b"dog"] * 6), [0, 1] * 6, ["cat", "dog"]),
        ([True, False] * 6, [1, 0] * 6, ["False", "True"]),
        (np.array([1, 0] * 6, object), [1, 0] * 6, ["0", "1"]),
        (np.array(["b", "a"] * 6, object), [1, 0] * 6, ["a", "b"]),
        (pd.Categorical(["y", "x"] * 6, categories=["z", "y", "x"]), [1, 0] * 6, ["x", "y"]),
        (pd.DataFrame({"class": ["y", "x"] * 6}), [1, 0] * 6, ["x", "y"]),
        (pd.Series([3, 4] * 6, dtype="Int64"), [0, 1] * 6, ["3", "4"]),
        (np.eye(3)[[2, 0, 1] * 4], [2, 0, 1] * 4, ["0", "1", "2"]),
        (np.eye(3, dtype=bool)[[2, 0] * 6], [2, 0] * 6, ["0", "1", "2"]),
        (["nan", "inf"] * 6, [1, 0] * 6, ["inf", "nan"]),
    ],
)
def test_labels_of_every_kind(labels, numbers, names):
    found = made(X[:12], labels, test=0)
    assert (found.y_train.tolist(), found.class_names) == (numbers, names)
    assert found.y_train.dtype == np.uint8


def test_labels_of_many_classes():
    found = made(np.zeros((300, 1, 1), np.uint8), np.arange(300), test=0)
    assert (found.y_train.dtype, found.y_train[299]) == (np.int64, 299)


def test_class_names_rename_numbered_texts_and_put_named_ones_in_order():
    texts = np.array(["0", "1", "2", "10"])[Y]
    assert made(X, texts, ["a", "b", "c", "d"], test=0).y_train.tolist() == Y.tolist()
    found = made(X, np.array(["cat", "dog"])[Y % 2], ["dog", "cat"], test=0)
    assert found.class_names == ["dog", "cat"]
    assert found.y_train.tolist() == (1 - Y % 2).tolist()
    named = made(X, np.eye(4)[Y], np.array([5, 6, 7, 8]), test=0)
    assert named.class_names == ["5", "6", "7", "8"]


# The split


def test_every_class_in_proportion_and_no_image_twice():
    labels = np.repeat([0, 1, 2], [20, 10, 10])
    found = made(X, labels, test=0.3, validation=0.5)
    assert np.bincount(found.y_test).tolist() == [6, 3, 3]
    assert [len(found.x_train), len(found.x_val)] == [14, 14]
    assert np.bincount(found.y_val)[0] == 7
    assert {3, 4} >= {*np.bincount(found.y_val)[1:]}
    assert whole(found) == sorted(
        (image.tobytes(), int(label)) for image, label in zip(X, labels, strict=True)
    )
    place = {image.tobytes(): i for i, image in enumerate(X)}
    order = [place[image.tobytes()] for image in found.x_train]
    assert order == sorted(order)


def test_the_seed_chooses():
    same, other = made(seed=1), made(seed=2)
    np.testing.assert_array_equal(made(seed=1).x_test, same.x_test)
    assert not np.array_equal(other.x_test, same.x_test)
    np.testing.assert_array_equal(made(seed=None).x_test, made(seed=config.seed()).x_test)
    named = made(X, np.array(["ant", "bee", "cat", "dog"])[Y])
    np.testing.assert_array_equal(named.x_test, same.x_test)


def test_a_class_of_one_image_is_trained_on():
    labels = [0] * 39 + [1]
    found = made(X, labels, test=0.2)
    assert (found.y_test.max(), found.y_train.max(), len(found.x_test)) == (0, 1, 8)


def test_the_language_and_the_record(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_RECORD", str(tmp_path / "facts"))
    assert made(language="fr").language == "fr"
    assert json.loads((tmp_path / "facts").read_text()) == {
        "what": "data",
        "name": "mine",
        "source": "arrays",
    }


# What cannot be


def with_pixel(value, dtype=float):
    x = np.zeros(X.shape, dtype)
    x[3, 2, 1] = value
    return x


WRONG = {
    "ragged": ({"images": [X[0], X[1][:3]]}, "images cannot be made one array"),
    "texts": ({"images": np.full(X.shape, "a")}, "images must be an array of numbers, .*not <U1"),
    "complex": ({"images": X * 1j}, "images must be an array of numbers, .*not complex128"),
    "none": ({"images": None}, "images must be an array of numbers, .*not one NoneType"),
    "missing": ({"images": np.full(X.shape, None)}, "images must be an array of numbers, .*not object"),
    "masked": ({"images": np.ma.masked_less(X, 9)}, r"images has masked pixels: .*filled\(0\)"),
    "empty": ({"images": X[:0]}, r"images is empty, \(0, 6, 5\): give at least two"),
    "no pixels": ({"images": X[:, :0]}, r"images is empty, \(40, 0, 5\)"),
    "rows": ({"images": np.zeros((40, 784))}, r"rows of 784 numbers.*: give image_shape=\(28, 28\)\.$"),
    "odd rows": ({"images": X.reshape(40, 30)}, r"rows of 30 numbers.*image_shape=\(height, width\)"),
    "other rows": (
        {"images": np.zeros((40, 64)), "image_shape": (28, 28)},
        r"rows of 64 numbers, but image_shape=\(28, 28\) has 784: .*image_shape=\(8, 8\)",
    ),
    "shape": (
        {"image_shape": (5, 6)},
        r"images has images \(6, 5\) already, not \(5, 6\): leave image_shape out",
    ),
    "no shape": ({"image_shape": 28}, r"image_shape is \(height, width\), .*not 28"),
    "a number a piece": (
        {"images": np.arange(40)},
        r"images must be \(n, height, width\).*not \(40,\): reshape",
    ),
    "two channels": ({"images": COLOUR[..., :2]}, r"images must be .*not \(40, 6, 5, 2\)"),
    "five axes": ({"images": COLOUR[np.newaxis]}, r"images must be .*not \(1, 40, 6, 5, 3\)"),
    "first": (
        {"images": COLOUR.transpose(0, 3, 1, 2)},
        r"channels first, \(3, 6, 5\): give np\.moveaxis\(images, 1, -1",
    ),
    "nan": ({"images": with_pixel(np.nan)}, "images has NaN or infinite pixels"),
    "inf": ({"images": with_pixel(np.inf), "white": 1}, "images has NaN or infinite pixels"),
    "negative": (
        {"images": with_pixel(-0.5)},
        r"go from -0.5 to 0 \(float64\), but black is 0: add 0.5 .*white=0.5",
    ),
    "negative whole": ({"images": with_pixel(-1, int)}, r"go from -1 to 0 \(int64\), but black is 0"),
    "16": (
        {"images": with_pixel(16.0)},
        r"images go from 0 to 16 \(float64\), neither .*such as white=16\.$",
    ),
    "255.0": (
        {"images": X.astype(float)},
        r"images go from 0 to 255 \(float64\), neither .*such as white=255\.$",
    ),
    "256": ({"images": with_pixel(256, int)}, r"images go from 0 to 256 \(int64\), neither .*white=256"),
    "bool": ({"images": X > 99}, "images are True and False.*: give white=1"),
    "too bright": (
        {"images": with_pixel(17.0), "white": 16},
        "go from 0 to 17 .*brighter than white=16: give white=17",
    ),
    "white": ({"white": 0}, "white is the value of a white pixel.*not 0"),
    "white text": ({"white": "16"}, "white is the value of a white pixel.*not '16'"),
    "white true": ({"white": True}, "white is the value of a white pixel.*not True"),
    "name": ({"name": " "}, "name must be a text such as"),
    "name number": ({"name": 3}, "name must be a text such as .*not 3"),
    "seed": ({"seed": -1}, "seed must be a whole number"),
    "language": ({"language": "de"}, "unknown language 'de'"),
    "lengths": ({"labels": Y[:39]}, "images has 40 images, but labels has 39 labels"),
    "fractions": ({"labels": Y + 0.5}, "labels has numbers such as 0.5"),
    "infinite label": ({"labels": [np.inf, 0] * 20}, "labels has numbers such as inf"),
    "huge label": ({"labels": [1e300, 0] * 20}, r"labels has numbers such as 1e\+300"),
    "no label": ({"labels": []}, "labels is empty"),
    "one label": ({"labels": 3}, "labels must be a list .*not one int"),
    "a dict": ({"labels": {0: 1}}, "labels must be a list .*not one dict"),
    "missing label": ({"labels": ["a", None] * 20}, "labels has missing values"),
    "nan label": ({"labels": [0, np.nan] * 20}, "labels has missing values"),
    "pandas's missing label": (
        {"labels": pd.Series([1, None] * 20, dtype="Int64")},
        "labels has missing values",
    ),
    "masked label": ({"labels": np.ma.array(Y, mask=Y == 2)}, "labels has missing values"),
    "ragged labels": ({"labels": [[1], [1, 2]] * 20}, "labels cannot be made one list"),
    "soft labels": (
        {"labels": np.full((40, 2), 0.5)},
        r"labels has the shape \(40, 2\), but its rows are not one-hot",
    ),
    "two ones": ({"labels": np.ones((40, 2), int)}, "its rows are not one-hot"),
    "text rows": ({"labels": np.full((40, 2), "a")}, "its rows are not one-hot"),
    "three axes": ({"labels": np.ones((40, 2, 2))}, "labels must be a list"),
    "dates": ({"labels": pd.date_range("2026", periods=40)}, "labels must be a list .*datetime64"),
    "one class": ({"labels": [5] * 40}, "labels hold one class, 5: .*give two or more"),
    "few names": (
        {"class_names": ["a", "b"]},
        r"class_names has 2 names, but labels hold 4 classes \(0, 1, 2, 3\)",
    ),
    "gap": (
        {"labels": Y * 2, "class_names": list("abcd")},
        "labels are 0, 2, 4, 6, but 4 class names are for .* 0 to 3",
    ),
    "from 1": ({"labels": Y + 1, "class_names": list("abcd")}, "labels are 1, 2, 3, 4, but 4 class names"),
    "names twice": ({"class_names": list("abca")}, "class_names has 'a' twice"),
    "names text": ({"class_names": "abcd"}, "class_names must be a list in label order.*not a str"),
    "names dict": ({"class_names": dict(enumerate("abcd"))}, "class_names must be a list.*not a dict"),
    "names number": ({"class_names": 4}, "class_names must be a list.*not a int"),
    "test": ({"test": 20}, "test must be a fraction from 0 to below 1, not 20"),
    "test one": ({"test": 1.0}, "test must be a fraction"),
    "test nan": ({"test": float("nan")}, "test must be a fraction"),
    "test list": ({"test": [0.2]}, r"a pair \(x_test, y_test\), not 1 thing"),
    "shape array": ({"image_shape": X}, "image_shape is .*not array"),
    "test array": ({"test": X}, "test must be a fraction"),
    "test three": ({"test": (X, Y, Y)}, r"a pair \(x_test, y_test\), not 3 things"),
    "validation": ({"validation": -0.1}, "validation must be a fraction"),
    "validation pair": ({"validation": (X, Y)}, "validation must be a fraction"),
    "too few": ({"images": X[:4], "labels": [0, 1, 2, 3]}, "test=0.2 takes none of 4 images of 4 classes"),
    "x_test dtype": (
        {"test": (X / 255, Y)},
        r"x_test has images \(6, 5\) float32, but those .* \(6, 5\) uint8",
    ),
    "x_test shape": ({"test": (X[:, :3], Y)}, r"x_test has images \(3, 5\) uint8, but"),
    "x_test range": ({"test": (X * -1.0, Y)}, "x_test go from -255 to"),
    "y_test new": (
        {"test": (X, Y + 1)},
        r"y_test has the label 4, which no training image has \(0, 1, 2, 3\)",
    ),
    "y_test text": ({"test": (X, Y.astype(str))}, "y_test has the label '0', which no training image has"),
    "y_test length": ({"test": (X, Y[:5])}, "x_test has 40 images, but y_test has 5 labels"),
}


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_is_said_in_one_line(options, said):
    with pytest.raises(ValueError, match=said) as caught:
        made(**options)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def odd_inputs():
    """Images and labels of every sort against each other."""
    objects = np.empty(6, object)
    objects[:] = list(X[:6])
    images = [
        X[:6], X[:6].tolist(), tuple(X[:6]), X[:6].astype(object), objects, np.ma.array(X[:6]), X[:6].astype(np.float64),
        X[:6] > 9, X[:6] / 255, X[:6].astype(np.float16), np.asfortranarray(X[:6]), X[11:5:-1, ::-1], X[0], X[:0], [], "x", 7,
        X[:6].astype(np.int64) - 1, X[:6].astype(np.uint64) * 2**50, pd.DataFrame(X[:6, 0]), np.zeros((6, 0)), [None] * 6, {},
        X[:6].astype(np.longdouble), iter(X), X[:6].view(np.recarray), X[:6].view([("a", "u1")]), np.datetime64("2026"),
        [[[2**70]]] * 6, range(6), X[:6].astype(">i4"), [["a"], 1], COLOUR[:6], COLOUR[:6].tolist(),
    ]  # fmt: skip
    labels = [
        [0, 1] * 3, list("ababab"), [0] * 6, [], None, np.array([-1, 0] * 3, np.int64), np.eye(6), ["a", 1] * 3, [1j, 2] * 3,
        [True, False] * 3, np.ma.array([0, 1] * 3, mask=[1] + [0] * 5), [0.5] * 6, [2**70, 1] * 3, {1, 2}, "ababab", (0, 1) * 3,
        [(0, 1)] * 6, [[0], [1]] * 3, np.array([0, 1] * 3, ">i8"), pd.Series(list("ababab"), index=list("uvwxyz")), [""] * 6,
        np.zeros((6, 0)), np.zeros((6, 1)), [np.inf, 0] * 3, [-0.0, 1] * 3, [b"\xff", b"a"] * 3, range(6),
    ]  # fmt: skip
    return [(x, y) for x in images for y in labels]


def made_or_said(images, labels, options):
    try:
        return made(images, labels, test=0.34, **options)
    except ValueError as error:
        return str(error)


def test_odd_inputs_give_a_data_set_or_one_line():
    good = 0
    for images, labels in odd_inputs():
        for options in ({}, {"white": 255}):
            found = made_or_said(images, labels, options)
            if isinstance(found, str):
                assert "\n" not in found
                assert len(found) < 300
                continue
            good += 1
            assert len(found.x_train) + len(found.x_test) == 6
            assert found.x_train.dtype in (np.uint8, np.float32)
            assert found.y_train.max() < found.num_classes
            assert found.in_shape((4, 4, 3)).image_shape == (4, 4, 3)
    assert good > 100


# In another shape


def pillow(image, size, mode=None):
    picture = Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(picture.convert(mode) if mode else picture)


@pytest.mark.parametrize("x", [X, X[..., np.newaxis]], ids=["grey", "one channel"])
def test_grey_images_in_every_shape(x):
    dataset = made(x, test=0.25, validation=0.25)
    for shape in ((9, 4), (9, 4, 1), (9, 4, 3), [9, 4, 3]):
        found = dataset.in_shape(shape)
        for split in ("train", "val", "test"):
            before, after = dataset.splits()[split][0], found.splits()[split][0]
            expected = np.stack([pillow(image.reshape(6, 5), (4, 9)) for image in before])
            channels = [after] if len(shape) == 2 else list(np.moveaxis(after, -1, 0))
            assert after.shape == (len(before), *shape)
            assert after.dtype == np.uint8
            for channel in channels:
                np.testing.assert_array_equal(channel, expected)


def test_colours_in_every_shape():
    dataset = made(COLOUR, test=0)
    resized = dataset.in_shape((3, 8, 3)).x_train
    np.testing.assert_array_equal(resized, [pillow(image, (8, 3)) for image in COLOUR])
    grey = np.stack([pillow(image, (8, 3), "L") for image in COLOUR])
    np.testing.assert_array_equal(dataset.in_shape((3, 8)).x_train, grey)
    np.testing.assert_array_equal(dataset.in_shape((3, 8, 1)).x_train[..., 0], grey)
    luma = np.rint(COLOUR @ [0.299, 0.587, 0.114])
    assert np.abs(dataset.in_shape((6, 5)).x_train - luma).max() <= 1
    assert (made(np.stack([X] * 3, -1), test=0).in_shape((6, 5)).x_train == X).all()


def test_floats_stay_floats_in_their_range():
    floats = (COLOUR / 255).astype(np.float32)
    bytes_, found = made(COLOUR, test=0), made(floats, test=0)
    for shape in ((9, 4, 3), (3, 2, 3), (6, 5), (9, 4, 1), (9, 4)):
        after = found.in_shape(shape).x_train
        assert after.dtype == np.float32
        assert 0 <= after.min() <= after.max() <= 1
        np.testing.assert_allclose(after * 255, bytes_.in_shape(shape).x_train, atol=2)
    plane = np.asarray(
        Image.fromarray(np.ascontiguousarray(floats[0, ..., 1])).resize((4, 9), Image.Resampling.BILINEAR)
    )
    np.testing.assert_array_equal(found.in_shape((9, 4, 3)).x_train[0, ..., 1], plane)
    grey = made(X / 255, test=0).in_shape((9, 4, 3)).x_train
    np.testing.assert_array_equal(grey[..., 0], grey[..., 2])
    white = made(np.ones((4, 7, 7)), [0, 1, 0, 1], test=0)
    assert white.in_shape((32, 32, 3)).x_train.min() == white.in_shape((2, 3)).x_train.max() == 1


def test_shrinking_averages():
    stripes = np.zeros((2, 32, 32), np.uint8)
    stripes[:, :, ::2] = 255
    small = made(stripes, [0, 1], test=0).in_shape((8, 8)).x_train
    assert 110 < small.min() <= small.max() < 145


def test_nothing_happens_to_images_of_that_size():
    dataset = made(test=0.25)
    assert dataset.in_shape((6, 5)).x_train is dataset.x_train
    np.testing.assert_array_equal(
        dataset.in_shape((6, 5, 3)).x_train, np.stack([dataset.x_train] * 3, axis=-1)
    )
    np.testing.assert_array_equal(dataset.in_shape((6, 5, 1)).in_shape((6, 5)).x_test, dataset.x_test)
    scaled = dataset.scaled()
    np.testing.assert_array_equal(scaled.in_shape((6, 5, 3)).x_train[..., 1], scaled.x_train[..., 0])
    before = dataset.x_train.copy()
    dataset.in_shape((9, 9, 3)).x_train[:] = 0
    np.testing.assert_array_equal(dataset.x_train, before)


@pytest.mark.parametrize(
    "shape",
    [
        32,
        "32",
        (32,),
        (0, 4),
        (4, 5, 2),
        (3, 32, 32),
        (32.0, 32.0),
        (1, 2, 3, 4),
        (True, 4),
        (9999, 4),
        None,
        (4, -1),
    ],
)
def test_shapes_that_cannot_be(shape):
    with pytest.raises(ValueError, match=r"^shape is \(height, width\), .* such as \(32, 32, 3\), not "):
        made().in_shape(shape)


def test_pixels_that_cannot_be_resized():
    standardised = made()._images(lambda x: x.astype(np.float32) / 50 - 2)
    with pytest.raises(
        ValueError,
        match=r"^pixels are uint8, or floats .* not float32 from -2 to .*: call in_shape\(\) first",
    ):
        standardised.in_shape((9, 9))
    with pytest.raises(ValueError, match="not int64 from 0 to"):
        made()._images(lambda x: x.astype(np.int64)).in_shape((9, 9))
    with pytest.raises(ValueError, match="not float32 from nan to nan"):
        made()._images(lambda x: np.full(x.shape, np.nan, np.float32)).in_shape((9, 9))
    with pytest.raises(ValueError, match=r"not \(6, 5, 2\)"):
        made()._images(lambda x: np.stack([x, x], -1)).in_shape((9, 9))


def test_photos_on_the_disk_are_loaded_at_that_size():
    with tempfile.TemporaryDirectory() as place:
        for i in range(8):
            save(Path(place) / f"{'ab'[i % 2]}" / f"{i}.png", "red", seed=i)
        photos = from_folder(place, 16, in_memory=False)
        assert photos.in_shape((16, 16, 3)).x_train is photos.x_train
        with pytest.raises(
            ValueError, match=r"stay on the disk: .*from_folder\(path, \(32, 24\), channels=1\)"
        ):
            photos.in_shape((32, 24))
        assert from_folder(place, 16).in_shape((32, 24)).image_shape == (32, 24)


# What is done with the result


@pytest.mark.slow
def test_one_shape_goes_through_the_whole_kit():
    import keras

    from labkit.metrics import evaluate
    from labkit.training import train

    codes = set()
    net = keras.Sequential([keras.Input((12, 12, 3)), keras.layers.Flatten(), keras.layers.Dense(4)])
    for images in (X, COLOUR, X / 255):
        dataset = made(images, validation=0.2).in_shape((12, 12, 3)).scaled()
        run = train(net, dataset, epochs=1, batch_size=8)
        assert run.data["source"] == "arrays"
        assert len(evaluate(net, dataset).y_true) == len(dataset.x_test)
        assert len(plots.images(dataset, rows=1, columns=4).images) > 0
        assert dataset.describe()["shape"]["train"][1:] == (12, 12, 3)
        assert dataset.subset(8).image_shape == dataset.one_hot().image_shape == (12, 12, 3)
        codes.add(experiment("a", net, dataset, {}))
    assert len(codes) == 3


def test_own_images_like_a_data_set_in_another_shape():
    fashion = load("fashion_mnist", source="sample")
    grey = own_images("fashion_mnist", like=fashion)
    same = own_images("fashion_mnist", like=fashion.in_shape((28, 28, 3)))
    assert same.x.shape == (6, 28, 28, 3)
    for channel in range(3):
        np.testing.assert_array_equal(same.x[..., channel], grey.x)
    assert same.images[0].steps[-1].image.shape == (28, 28, 3)
    larger = own_images("fashion_mnist", like=fashion.in_shape((32, 32, 3)).scaled())
    assert (larger.x.shape, larger.x.dtype) == ((6, 32, 32, 3), np.float32)
    for small, large in zip(grey.x, larger.x, strict=True):
        for axis in (0, 1):  # a garment that filled its image still does
            assert abs(np.any(large[..., 0] > 0.1, axis).sum() - np.any(small > 25, axis).sum() * 32 / 28) < 3
    assert plots.desk(same).images
    assert plots.steps(larger.images[0]).images
    digit = own_images("fashion_mnist", like=fashion.in_shape((28, 28, 1)))
    np.testing.assert_array_equal(digit.x[..., 0], grey.x)


@pytest.mark.slow
def test_own_images_like_grey_cifar10():
    cifar = load("cifar10", source="sample").in_shape((28, 28))
    own = own_images("cifar10", like=cifar)
    assert own.x.shape == (40, 28, 28)
    coloured = own_images("cifar10", like="cifar10").x
    np.testing.assert_allclose(
        own.x.mean(axis=(1, 2)), (coloured @ [0.299, 0.587, 0.114]).mean(axis=(1, 2)), atol=3
    )

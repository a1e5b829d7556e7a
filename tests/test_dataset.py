"""The catalog, and what a Dataset can do with its arrays."""

from dataclasses import replace

import numpy as np
import pytest

from labkit.data import CATALOG, Dataset, class_names


def tiny(name, per_class=8):
    known = CATALOG[name]
    rng = np.random.default_rng(0)
    arrays = {}
    for split, count in (("train", per_class), ("test", 2)):
        labels = rng.permutation(np.repeat(np.arange(known.num_classes), count)).astype(np.uint8)
        images = rng.integers(0, 256, (len(labels), *known.image_shape)).astype(np.uint8)
        arrays |= {f"x_{split}": images, f"y_{split}": labels}
    return arrays


def test_catalog_is_consistent():
    for name, known in CATALOG.items():
        assert known.name == name
        assert len(known.class_names["fr"]) == len(set(known.class_names["fr"])) == known.num_classes
        assert len(set(known.class_names["en"])) == known.num_classes
    cifar100 = CATALOG["cifar100"]
    assert list(cifar100.class_names["en"]) == sorted(cifar100.class_names["en"])
    assert np.bincount(cifar100.superclasses).tolist() == [5] * 20
    coarse = dict(zip(cifar100.class_names["en"], cifar100.superclasses, strict=True))
    assert cifar100.superclass_names["en"][coarse["willow_tree"]] == "trees"
    assert class_names("mnist", "fr")[:2] == ["ZÉRO", "UN"]


def dataset_of(name, **more):
    arrays = tiny(name, **more)
    x, y = arrays["x_train"], arrays["y_train"]
    empty = {"x_val": x[:0], "y_val": y[:0]}
    return Dataset(name=name, **arrays, **empty, class_names=class_names(name), source="data folder")


def test_scaled_with_channels_and_one_hot():
    dataset = dataset_of("mnist")
    scaled = dataset.scaled()
    assert (scaled.image_shape, scaled.x_train.dtype) == ((28, 28, 1), np.float32)
    np.testing.assert_allclose(scaled.x_train[..., 0], dataset.x_train / 255, rtol=1e-6)
    assert scaled.scaled().x_train.max() == scaled.x_train.max()
    rows = dataset.one_hot()
    assert rows.y_train.shape == (80, 10)
    assert rows.y_val.shape == (0, 10)
    np.testing.assert_array_equal(rows.one_hot().labels("train"), dataset.y_train)


def test_whole_numbers_are_scaled_and_floats_are_left_alone():
    dataset = dataset_of("mnist")
    wide = dataset._images(lambda x: x.astype(np.int32))
    np.testing.assert_array_equal(wide.scaled().x_train, dataset.scaled().x_train)
    floats = dataset._images(lambda x: x.astype(np.float32) / 2)
    assert floats.scaled().x_train.max() == floats.x_train.max() > 1


def test_subset_is_stratified_and_survives_a_rare_class():
    dataset = dataset_of("mnist")
    assert np.bincount(dataset.subset(40, n_test=10).y_train).tolist() == [4] * 10
    assert len(dataset.subset(40, n_test=10).y_test) == 10
    assert len(dataset.subset(1000).y_train) == 80
    with pytest.raises(ValueError, match=r"^subset\(9\) cannot hold one image of each of 10 classes"):
        dataset.subset(9)
    with pytest.raises(ValueError, match=r"^subset\(n_test=9\) cannot hold"):
        dataset.subset(40, n_test=9)
    with pytest.raises(ValueError, match=r"^subset\(0\.2\) needs a whole number"):
        dataset.subset(0.2)
    with pytest.raises(ValueError, match="unknown split 'valid'"):
        dataset.labels("valid")
    rare = dataset.y_train.copy()
    rare[np.flatnonzero(rare == 3)[1:]] = 4
    assert len(replace(dataset, y_train=rare).subset(40).y_train) == 40


def test_coarse_labels_once():
    dataset = dataset_of("cifar100", per_class=1)
    coarse = dataset.coarse()
    assert coarse.num_classes == 20
    at = int(np.flatnonzero(dataset.y_train == class_names("cifar100").index("shark"))[0])
    assert coarse.class_names[coarse.y_train[at]] == "fish"
    with pytest.raises(ValueError, match="20 coarse labels already"):
        coarse.coarse()
    with pytest.raises(ValueError, match="only cifar100 has them"):
        dataset_of("mnist").coarse()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_superclasses_are_those_of_the_coarse_labels(language):
    dataset = replace(dataset_of("cifar100", per_class=1), language=language)
    dataset = replace(dataset, class_names=class_names("cifar100", language))
    groups, coarse = dataset.superclasses(), dataset.coarse()
    assert list(groups) == coarse.class_names
    assert {len(names) for names in groups.values()} == {5}
    for fine, label in zip(dataset.y_train, coarse.y_train, strict=True):
        assert dataset.class_names[fine] in groups[coarse.class_names[label]]
    with pytest.raises(ValueError, match="20 coarse labels already"):
        coarse.superclasses()


def test_describe_and_repr():
    dataset = dataset_of("mnist")
    table = dataset.describe()
    assert table.index.tolist() == ["train", "test"]
    assert table.loc["train", ["images", "dtype", "per class"]].tolist() == [80, "uint8", "8"]
    assert repr(dataset) == "Dataset mnist: 80 train / 20 test, images (28, 28) uint8, from data folder"

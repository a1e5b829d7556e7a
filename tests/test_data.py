"""load, validation split, archive, pack and verify, catalog and Dataset: what works when all is well."""

import hashlib

import numpy as np
import pytest

from labkit import config
from labkit.data import CATALOG, archive, fetch, load, locate, pack, sources, verify
from labkit.data.catalog import entry

SHAPES = {"mnist": (28, 28), "fashion_mnist": (28, 28), "cifar10": (32, 32, 3), "cifar100": (32, 32, 3)}


def tiny(name, per_class=8, seed=0):
    """A few random images with every class in them; image i of a split carries i in its first pixels."""
    classes = CATALOG[name].num_classes
    rng = np.random.default_rng(seed)
    arrays = {}
    for split, count in (("train", per_class), ("test", 2)):
        labels = rng.permutation(np.repeat(np.arange(classes), count))
        images = rng.integers(0, 256, (len(labels), *SHAPES[name]))
        first = images.reshape(len(labels), -1)
        first[:, 0], first[:, 1] = np.arange(len(labels)) // 256, np.arange(len(labels)) % 256
        arrays |= {f"x_{split}": images.astype(np.uint8), f"y_{split}": labels.astype(np.uint8)}
    return arrays


def positions(images):
    flat = images.reshape(len(images), -1).astype(int)
    return flat[:, 0] * 256 + flat[:, 1]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty data folder, an empty Keras cache, and no choice made."""
    for variable in ("LABKIT_PROFILE", "LABKIT_LANGUAGE", "LABKIT_SEED"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(config, "_chosen", config._Chosen())
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "data"


@pytest.fixture
def fake_sample(monkeypatch):
    monkeypatch.setattr("labkit.data.sample.sample", lambda name: tiny(name, per_class=4))


@pytest.fixture
def no_keras(monkeypatch):
    def refuse(known):
        raise AssertionError("Keras was asked")

    monkeypatch.setattr(sources, "_from_keras", refuse)


@pytest.mark.parametrize("name", CATALOG)
def test_data_folder_comes_first_and_nothing_is_changed(name, folder, no_keras):
    arrays = tiny(name)
    archive.write(folder / f"{name}.npz", arrays)
    dataset = load(name)
    assert dataset.source == "data folder"
    for array in archive.ARRAYS:
        loaded = getattr(dataset, array)
        assert loaded.dtype == np.uint8
        np.testing.assert_array_equal(loaded, arrays[array])
    assert dataset.x_val.shape == (0, *SHAPES[name])
    assert dataset.y_val.shape == (0,)


@pytest.mark.parametrize("validation", [0.25, 0.5, 0.9])
def test_validation_is_stratified_whole_and_in_order(validation, folder):
    arrays = tiny("mnist", per_class=20)
    archive.write(folder / "mnist.npz", arrays)
    dataset = load("mnist", validation=validation)
    train, val = positions(dataset.x_train), positions(dataset.x_val)
    assert sorted([*train, *val]) == list(range(200))
    assert (np.diff(train) > 0).all()
    assert (np.diff(val) > 0).all()
    np.testing.assert_array_equal(np.bincount(dataset.y_val), [round(20 * validation)] * 10)
    np.testing.assert_array_equal(arrays["y_train"][val], dataset.y_val)
    np.testing.assert_array_equal(arrays["y_train"][train], dataset.y_train)


def test_validation_depends_on_the_seed_alone(folder):
    archive.write(folder / "mnist.npz", tiny("mnist"))
    first, again, other = (load("mnist", validation=0.5, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.x_val, again.x_val)
    assert not np.array_equal(first.x_val, other.x_val)
    config.choose(seed=4)
    np.testing.assert_array_equal(load("mnist", validation=0.5).x_val, other.x_val)
    assert load("mnist").seed == 4


@pytest.mark.parametrize("validation", [1, 1.5, -0.1, float("nan"), 20, "0.2", None, True, [0.2]])
def test_bad_validation_is_one_line(validation):
    with pytest.raises(ValueError, match=r"^validation must be a fraction .* write 0\.2\.$"):
        load("mnist", validation=validation)


@pytest.mark.parametrize("validation", [0.01, 0.99, 0.001])
def test_validation_that_cannot_hold_every_class(validation, folder):
    archive.write(folder / "mnist.npz", tiny("mnist"))
    with pytest.raises(ValueError, match=r"^validation=.* cannot both hold all 10 classes"):
        load("mnist", validation=validation)


def test_validation_of_a_class_with_one_image(folder):
    arrays = tiny("mnist")
    labels = np.where(arrays["y_train"] == 3, 4, arrays["y_train"])
    labels[0] = 3
    archive.write(folder / "mnist.npz", arrays | {"y_train": labels})
    with pytest.raises(ValueError, match=r"^validation=0\.5 .* cannot both hold all 10 classes"):
        load("mnist", validation=0.5)


def test_language(folder):
    archive.write(folder / "cifar10.npz", tiny("cifar10"))
    assert load("cifar10").class_names[4] == "deer"
    assert load("cifar10", language="fr").class_names[4] == "Biche"
    config.choose(language="fr")
    assert load("cifar10").language == "fr"
    with pytest.raises(ValueError, match=r"^unknown language 'de': choose one of en, fr\.$"):
        load("cifar10", language="de")


def test_sample_by_name_and_by_profile(fake_sample, folder):
    archive.write(folder / "mnist.npz", tiny("mnist"))
    assert load("mnist").source == "data folder"
    assert load("mnist", source="sample").is_sample
    config.choose(profile="smoke")
    assert load("mnist").source == "offline sample"
    assert load("mnist", source="data folder").source == "data folder"


def test_unknown_names_are_listed():
    with pytest.raises(ValueError, match=r"^there is no data set 'mnits': labkit has mnist, fashion_mnist"):
        load("mnits")
    with pytest.raises(
        ValueError, match=r"^unknown source 'web': choose one of data folder, keras, sample\.$"
    ):
        load("mnist", source="web")


def test_archive_accepts_the_common_variants(folder):
    arrays = tiny("mnist")
    variant = {k: (v[..., None] if k[0] == "x" else v.astype(np.int64)[:, None]) for k, v in arrays.items()}
    archive.write(folder / "mnist.npz", variant)
    for name, array in archive.read(folder / "mnist.npz", entry("mnist")).items():
        np.testing.assert_array_equal(array, arrays[name])
        assert array.dtype == np.uint8
    colour = tiny("cifar10")
    first = {k: np.moveaxis(v, -1, 1) if k[0] == "x" else v for k, v in colour.items()}
    checked = archive.check(first, entry("cifar10"), "here")
    np.testing.assert_array_equal(checked["x_test"], colour["x_test"])
    assert checked["x_test"].flags.c_contiguous


def test_arrays_may_be_written_to():
    frozen = tiny("mnist")
    for array in frozen.values():
        array.flags.writeable = False
    checked = archive.check(frozen, entry("mnist"), "here")
    assert all(array.flags.writeable for array in checked.values())


def test_fingerprint_is_sha256_of_the_four_arrays():
    arrays = tiny("mnist")
    oracle = hashlib.sha256(b"".join(arrays[name].tobytes() for name in archive.ARRAYS)).hexdigest()
    assert archive.fingerprint(arrays) == oracle
    assert archive.fingerprint(arrays | {"x_test": np.asfortranarray(arrays["x_test"])}) == oracle
    swapped = arrays | {"x_train": arrays["x_train"][::-1]}
    assert archive.fingerprint(swapped) != oracle


def test_pack_writes_what_load_reads(folder, tmp_path, no_keras):
    archive.write(folder / "cifar100.npz", tiny("cifar100"))
    place = pack("cifar100", tmp_path / "stick" / "share")
    assert place == tmp_path / "stick" / "share" / "cifar100.npz"
    with np.load(place, allow_pickle=False) as packed, np.load(folder / "cifar100.npz") as source:
        assert sorted(packed.files) == sorted(archive.ARRAYS)
        for name in archive.ARRAYS:
            np.testing.assert_array_equal(packed[name], source[name])
    assert [file.name for file in place.parent.iterdir()] == ["cifar100.npz"]


def test_pack_leaves_a_good_file_in_its_place(folder, no_keras):
    archive.write(folder / "mnist.npz", tiny("mnist"))
    before = (folder / "mnist.npz").stat()
    assert pack("mnist") == folder / "mnist.npz"
    assert (folder / "mnist.npz").stat().st_ino == before.st_ino


def test_pack_never_packs_the_sample(folder, fake_sample, monkeypatch):
    def offline(known):
        raise sources.DataNotFoundError("no network")

    monkeypatch.setattr(sources, "_from_keras", offline)
    config.choose(profile="smoke")
    with pytest.raises(sources.DataNotFoundError, match="no network"):
        pack("mnist")
    assert not folder.exists()


def test_locate_and_fetch(folder, tmp_path, no_keras):
    assert locate("fashion_mnist") is None
    cache = tmp_path / "keras" / "datasets" / "fashion-mnist"
    cache.mkdir(parents=True)
    for name in ("train-labels-idx1", "train-images-idx3", "t10k-labels-idx1"):
        (cache / f"{name}-ubyte.gz").touch()
    assert locate("fashion_mnist") is None
    (cache / "t10k-images-idx3-ubyte.gz").touch()
    assert locate("fashion_mnist") == cache / "t10k-images-idx3-ubyte.gz"
    archive.write(folder / "fashion_mnist.npz", tiny("fashion_mnist"))
    assert locate("fashion_mnist") == fetch("fashion_mnist") == folder / "fashion_mnist.npz"


def test_an_unpacked_folder_alone_is_not_keras_cache(tmp_path):
    (tmp_path / "keras" / "datasets" / "cifar-10-batches-py-target").mkdir(parents=True)
    assert locate("cifar10") is None
    (tmp_path / "keras" / "datasets" / "cifar-10-batches-py-target_archive").touch()
    assert locate("cifar10") is not None


def test_verify_says_what_differs_and_what_it_does_not_know(folder, monkeypatch):
    arrays = tiny("mnist")
    archive.write(folder / "mnist.npz", arrays)
    report = verify("mnist")
    assert report["result"].to_dict() == {
        "training images": "differs",
        "test images": "differs",
        "classes": "ok",
        "training images per class": "differs",
        "fingerprint": "differs",
    }
    assert report.loc["training images"].tolist() == ["60,000", "80", "differs"]
    archive.write(folder / "cifar10.npz", tiny("cifar10"))
    assert verify("cifar10").loc["fingerprint", "result"] == "unknown"
    known = CATALOG["mnist"].__class__(
        **{**vars(CATALOG["mnist"]), "sizes": (80, 20), "per_class": (8, 8)}
        | {"fingerprint": archive.fingerprint(arrays)}
    )
    monkeypatch.setitem(CATALOG, "mnist", known)
    assert set(verify("mnist")["result"]) == {"ok"}


def test_verify_downloads_nothing(no_keras):
    with pytest.raises(sources.DataNotFoundError, match=r"run `labkit data fetch mnist` first\.$"):
        verify("mnist")


@pytest.mark.real
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_real_data_are_canonical(name, monkeypatch, real_data):
    monkeypatch.setenv("LABKIT_DATA", str(real_data))
    assert set(verify(name)["result"]) == {"ok"}
    dataset = load(name, validation=0.2, source="data folder")
    assert (len(dataset.x_train), len(dataset.x_val), len(dataset.x_test)) == (48_000, 12_000, 10_000)


@pytest.mark.real
@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_real_colour_data_load(name, monkeypatch, real_data):
    monkeypatch.setenv("LABKIT_DATA", str(real_data))
    assert verify(name).loc[["classes", "test images"], "result"].tolist() == ["ok", "ok"]

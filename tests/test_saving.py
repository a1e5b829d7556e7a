"""Saving: the file does the sums of the network it came from, needs nothing else, and a bad one is one line."""

import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

import labkit
from labkit import models, saving
from labkit.classifier import Classifier
from labkit.data.dataset import Dataset
from labkit.models import BadWeightsError
from labkit.saving import load, save, sidecar

SHAPE = (12, 10, 3)
NAMES = ["cat", "dog", "owl"]


def images(count=6):
    return np.random.default_rng(5).integers(0, 256, (count, *SHAPE)).astype("uint8")


def net():
    """A small network with weights that tell pixels apart."""
    model = models.cnn((4, 6), image_shape=SHAPE, num_classes=3, dense=(5,))
    rng = np.random.default_rng(1)
    for weights in model.weights:
        weights.assign(rng.standard_normal(weights.shape) * 0.3)
    return model


def outputs(model, x):
    return keras.ops.convert_to_numpy(model(x.astype("float32")))


def one_line(raised, *parts):
    message = str(raised.value)
    assert "\n" not in message
    assert len(message) < 400
    for part in parts:
        assert part in message
    return message


@pytest.fixture(scope="module")
def trained():
    return net()


@pytest.fixture(scope="module")
def good(trained, tmp_path_factory):
    """A saved file that no test changes."""
    return save(
        trained, tmp_path_factory.mktemp("good") / "pets.keras", class_names=NAMES, preprocessing="unit"
    )


# --- what is in the file -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["unit", "none", "tf", "caffe", "torch"])
def test_the_file_takes_pixels_and_prepares_them_itself(trained, tmp_path, name):
    x = images().astype("float32")
    if name in ("unit", "none"):
        prepared = x / 255 if name == "unit" else x
    else:
        prepared = keras.applications.imagenet_utils.preprocess_input(x.copy(), mode=name)
    before = [w.copy() for w in trained.get_weights()]
    loaded = load(save(trained, tmp_path / "net.keras", class_names=NAMES, preprocessing=name))
    expected = outputs(trained, prepared)
    assert expected.std() > 0.1
    np.testing.assert_allclose(outputs(loaded.model, x), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        loaded.model.predict(images(), verbose=0), expected, rtol=1e-4, atol=1e-4
    )  # uint8
    for old, new in zip(before, trained.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert len(trained.layers[0]._inbound_nodes) == 1  # its graph was not grown


def test_the_graph_is_flat_and_keeps_its_names(good, trained):
    names = [layer.name for layer in load(good).model.layers]
    assert names == [
        "images",
        "rescaling",
        *(layer.name for layer in keras.Model(trained.inputs, trained.outputs).layers[1:]),
    ]
    assert not any(isinstance(layer, keras.Model) for layer in load(good).model.layers)


def test_keras_alone_opens_the_file_in_safe_mode(good, trained):
    model = keras.saving.load_model(good, safe_mode=True)
    np.testing.assert_allclose(outputs(model, images()), outputs(trained, images() / 255), atol=1e-4)
    config = zipfile.ZipFile(good).read("config.json").decode()
    assert "labkit" not in config


def test_public_names():
    assert (labkit.save, labkit.load) == (save, load)


@pytest.mark.slow
def test_the_optimizer_is_left_out_unless_asked_for(tmp_path):
    model = net()
    model.compile("adam", "sparse_categorical_crossentropy")
    x, y = images(), np.arange(6) % 3
    model.train_on_batch(x / np.float32(255), y)
    small = save(model, tmp_path / "small.keras", class_names=NAMES, preprocessing="unit")
    large = save(model, tmp_path / "large.keras", class_names=NAMES, preprocessing="unit", optimizer=True)
    assert optimizer_arrays(small) == 0
    # Adam has two slots a trained weight, and its step and learning rate
    assert optimizer_arrays(large) == 2 * len(model.trainable_weights) + 2
    assert getattr(load(small).model, "optimizer", None) is None
    with pytest.raises(ValueError, match="holds no optimizer"):
        load(small, optimizer=True)
    # Training goes on as if it had never been saved.
    again = load(large, optimizer=True).model
    assert int(again.optimizer.iterations) == 1
    for _ in range(2):
        model.train_on_batch(x / np.float32(255), y)
        again.train_on_batch(x, y)
    for mine, theirs in zip(again.trainable_weights, model.trainable_weights, strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), atol=1e-5)


def optimizer_arrays(path):
    found = []
    with (
        zipfile.ZipFile(path) as archive,
        archive.open("model.weights.h5") as member,
        h5py.File(member) as file,
    ):
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    return sum(name.startswith("optimizer") for name in found)


def test_no_optimizer_to_keep(trained, tmp_path):
    with pytest.raises(ValueError, match="has no optimizer: train it first"):
        save(trained, tmp_path / "net.keras", class_names=NAMES, preprocessing="unit", optimizer=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_transferred_vgg_travels(tmp_path):
    base = models.vgg16(5, (32, 32, 3), width=0.125, head=(8,))
    model = models.transfer(base, 2, (32, 32, 3), weights=None, preprocessing="caffe", pooling="avg", head=())
    x = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype("uint8")
    path = save(model, tmp_path / "masks.keras", class_names=["mask", "no mask"])
    loaded = load(path)
    np.testing.assert_allclose(loaded.model.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5)
    assert loaded.model.get_layer("block5_conv3").output.shape == (None, 2, 2, 64)
    learning = [[w.path for w in net.trainable_weights] for net in (loaded.model, model)]
    assert learning[0] == learning[1] == ["predictions/kernel", "predictions/bias"]


# --- the sidecar ---------------------------------------------------------------------------------------------


def test_the_sidecar_says_what_a_reader_needs(good):
    said = json.loads(sidecar(good).read_text(encoding="utf-8"))
    assert (said["class_names"], said["image_shape"], said["pixels"]) == (NAMES, list(SHAPE), "0 to 255")
    assert sorted(path.name for path in good.parent.iterdir()) == ["pets.keras", "pets.keras.json"]


def copy_of(good, tmp_path):
    path = tmp_path / "copy.keras"
    path.write_bytes(good.read_bytes())
    sidecar(path).write_bytes(sidecar(good).read_bytes())
    return path


def test_edited_names_are_taken_and_lost_ones_are_in_the_archive(good, tmp_path):
    path = copy_of(good, tmp_path)
    text = sidecar(path).read_text(encoding="utf-8")
    sidecar(path).write_text(text.replace("cat", "chat à poil"), encoding="utf-8")
    assert load(path).class_names == ["chat à poil", "dog", "owl"]
    sidecar(path).unlink()
    assert load(path).class_names == NAMES
    assert load(path, class_names=["a", "b", "c"]).class_names == ["a", "b", "c"]


def test_a_sidecar_of_another_file_is_refused(good, trained, tmp_path):
    path = copy_of(good, tmp_path)
    other = save(trained, tmp_path / "other.keras", class_names=["x", "y", "z"], preprocessing="none")
    sidecar(path).write_bytes(sidecar(other).read_bytes())
    with pytest.raises(ValueError, match=r"copy.keras.json belongs to another file"):
        load(path)
    trained.save(path)  # Keras's own save over ours: the sidecar's preprocessing is not in it
    with pytest.raises(ValueError, match="belongs to another file"):
        load(path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"id": 3}', "\udcff"])
def test_a_damaged_sidecar_is_one_line(good, tmp_path, text):
    path = copy_of(good, tmp_path)
    sidecar(path).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=r"copy.keras.json is damaged: delete it"):
        load(path)


def test_too_few_names_in_an_edited_sidecar(good, tmp_path):
    path = copy_of(good, tmp_path)
    sidecar(path).write_text(sidecar(path).read_text().replace('"cat",', ""))
    with pytest.raises(ValueError, match="2 class names for the 3 outputs"):
        load(path)


# --- what the data set says ----------------------------------------------------------------------------------


def dataset(x):
    y = np.arange(len(x)) % 3
    return Dataset("pets", x, y, x[:0], y[:0], x, y, NAMES, "offline sample")


def test_a_data_set_brings_names_source_and_preprocessing(trained, tmp_path):
    raw = dataset(images())
    for data, factor in ((raw, 1), (raw.scaled(), 255)):
        loaded = load(save(trained, tmp_path / "net.keras", data))
        expected = outputs(trained, images() / np.float32(factor))
        np.testing.assert_allclose(outputs(loaded.model, images()), expected, rtol=1e-4, atol=1e-4)
        assert loaded.class_names == NAMES
        assert loaded.data == {"name": "pets", "source": "offline sample"}
    assert "learnt from pets (offline sample)" in repr(loaded)


def test_pixels_that_are_neither_are_asked_for(trained, tmp_path):
    with pytest.raises(ValueError, match="go from -1 to 1") as raised:
        save(trained, tmp_path / "net.keras", dataset(np.float32(images() / 127.5 - 1)))
    one_line(raised, "preprocessing=")


def test_a_model_that_prepares_pixels_itself_needs_no_word(tmp_path):
    for layer in (
        keras.layers.Rescaling(1 / 255),
        keras.layers.Normalization(mean=[120.0] * 3, variance=[9.0] * 3),
    ):
        model = keras.Sequential([keras.Input(SHAPE), layer, keras.layers.Flatten(), keras.layers.Dense(3)])
        loaded = load(save(model, tmp_path / "net.keras", class_names=NAMES))
        np.testing.assert_allclose(
            outputs(loaded.model, images()), outputs(model, images()), rtol=1e-4, atol=1e-3
        )


def test_a_normalization_of_scaled_images_does_not_take_pixels(tmp_path):
    layer = keras.layers.Normalization(mean=[0.5] * 3, variance=[0.1] * 3)
    model = keras.Sequential([keras.Input(SHAPE), layer, keras.layers.Flatten(), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="does not say which pixels it takes"):
        save(model, tmp_path / "net.keras", class_names=NAMES)
    loaded = load(save(model, tmp_path / "net.keras", class_names=NAMES, preprocessing="unit"))
    expected = outputs(model, images() / np.float32(255))
    np.testing.assert_allclose(outputs(loaded.model, images()), expected, rtol=1e-3, atol=1e-3)


# --- what cannot be saved ------------------------------------------------------------------------------------


class Own(keras.Model):
    def call(self, x):
        return x


def no_size():
    entry = keras.Input((None, None, 3))
    return keras.Model(entry, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(entry)))


def one_output():
    return keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(1)])


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (net, {"class_names": NAMES}, "does not say which pixels it takes"),
        (net, {"preprocessing": "unit"}, "class_names is missing"),
        (net, {"preprocessing": "unit", "class_names": "cat"}, "class_names is missing"),
        (net, {"preprocessing": "unit", "class_names": NAMES[:2]}, "3 outputs, but there are 2 class names"),
        (net, {"preprocessing": "unit", "class_names": ["a", "b", "a"]}, "'a' twice"),
        (net, {"preprocessing": "255", "class_names": NAMES}, "unknown preprocessing '255'"),
        (net, {"preprocessing": "unit", "class_names": NAMES, "resize": "cut"}, "unknown resize 'cut'"),
        (Own, {"preprocessing": "unit", "class_names": NAMES}, "a class of your own"),
        (no_size, {"preprocessing": "unit", "class_names": NAMES}, "must take images of one size"),
        (one_output, {"preprocessing": "unit", "class_names": ["yes"]}, "1 output, but there are 1 class names"),
        (lambda: "net", {"preprocessing": "unit", "class_names": NAMES}, "must be a Keras model, not str"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_one_line(tmp_path, model, options, message):
    with pytest.raises(ValueError, match=message) as raised:
        save(model(), tmp_path / "net.keras", **options)
    one_line(raised)
    assert not list(tmp_path.iterdir())


def test_paths_that_will_not_do(trained, tmp_path):
    names = {"class_names": NAMES, "preprocessing": "unit"}
    with pytest.raises(ValueError, match=r"must end in .keras, such as 'net.keras'"):
        save(trained, tmp_path / "net.h5", **names)
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        save(trained, tmp_path / "folder.keras", **names)


def test_a_full_disk_leaves_the_old_file(trained, good, tmp_path, monkeypatch):
    path = copy_of(good, tmp_path)
    before = path.read_bytes(), sidecar(path).read_bytes()

    def half(self, part, **_):
        part.write_bytes(b"PK\x03\x04 half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", half)
    with pytest.raises(OSError, match="No space left"):
        save(trained, path, class_names=NAMES, preprocessing="unit")
    assert (path.read_bytes(), sidecar(path).read_bytes()) == before
    assert len(list(tmp_path.iterdir())) == 2


# --- files that are wrong ------------------------------------------------------------------------------------


def spoilt(data: bytes, kind: str) -> bytes:
    middle = len(data) // 2
    return {
        "truncated": data[:middle],
        "empty": b"",
        "text": b"this is no model\n",
        "flipped": data[:middle] + bytes(b ^ 255 for b in data[middle : middle + 64]) + data[middle + 64 :],
        "head only": data[:100],
    }[kind]


@pytest.mark.parametrize("kind", ["truncated", "empty", "text", "flipped", "head only"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_damaged_file_is_one_line(good, trained, tmp_path, kind, suffix):
    source = good
    if suffix == ".h5":
        trained.save(source := tmp_path / "whole.h5")
    if (kind, suffix) == ("flipped", ".h5"):
        pytest.skip("HDF5 keeps no checksums: a changed weight cannot be seen")
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(spoilt(source.read_bytes(), kind))
    with pytest.raises(BadWeightsError) as raised:
        load(path, class_names=NAMES, preprocessing="unit")
    one_line(raised, path.name)


def test_other_archives_and_folders(tmp_path):
    with zipfile.ZipFile(tmp_path / "holiday.keras", "w") as archive:
        archive.writestr("photo.txt", "sun")
    with pytest.raises(BadWeightsError) as raised:
        load(tmp_path / "holiday.keras")
    one_line(raised, "holiday.keras")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load(tmp_path / "nothing.keras")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_code_in_a_file_is_not_run(tmp_path, suffix, monkeypatch):
    entry = keras.Input(SHAPE)
    middle = keras.layers.Lambda(lambda x: x * 2, output_shape=SHAPE)(entry)
    keras.Model(entry, keras.layers.Dense(3)(keras.layers.Flatten()(middle))).save(tmp_path / f"trap{suffix}")
    if suffix == ".h5":  # older versions of Keras would run it: it must not even be asked
        monkeypatch.setattr(saving, "open_model", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(BadWeightsError, match="Lambda") as raised:
        load(tmp_path / f"trap{suffix}", class_names=NAMES, preprocessing="unit")
    one_line(raised)


# --- files of elsewhere --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_h5_of_keras_3_with_its_optimizer(trained, tmp_path):
    model = net()
    model.compile("adam", "categorical_crossentropy", metrics=["acc"])
    model.train_on_batch(images() / np.float32(255), np.eye(3, dtype="float32")[np.arange(6) % 3])
    model.save(tmp_path / "masks.h5")
    loaded = load(tmp_path / "masks.h5", class_names=NAMES, preprocessing="unit")
    np.testing.assert_allclose(
        outputs(loaded.model, images()), outputs(model, images() / np.float32(255)), rtol=1e-4, atol=1e-4
    )
    with pytest.raises(ValueError, match="class_names is missing"):
        load(tmp_path / "masks.h5")
    with pytest.raises(ValueError, match="preprocessing='unit'"):
        load(tmp_path / "masks.h5", class_names=NAMES)


def write_as_keras_2(path):
    """A model as Keras 2 wrote it in the days of the sheet: its own config, weights by attribute, Adam's slots."""
    rng = np.random.default_rng(2)
    kernel, bias = rng.standard_normal((3, 3, 3, 4)).astype("f4") * 0.1, rng.standard_normal(4).astype("f4")
    dense, offset = rng.standard_normal((4, 2)).astype("f4"), rng.standard_normal(2).astype("f4")
    conv = {
        "name": "block1_conv1", "trainable": False, "dtype": "float32", "filters": 4, "kernel_size": [3, 3],
        "strides": [1, 1], "padding": "valid", "data_format": "channels_last", "dilation_rate": [1, 1],
        "groups": 1, "activation": "relu", "use_bias": True,
        "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
        "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None,
        "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None,
    }  # fmt: skip
    head = {
        "name": "dense_2", "trainable": True, "dtype": "float32", "units": 2, "activation": "softmax",
        "use_bias": True, "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
        "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None,
        "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None,
    }  # fmt: skip
    entry = {
        "batch_input_shape": [None, *SHAPE], "dtype": "float32", "sparse": False, "ragged": False, "name": "input_1",
    }  # fmt: skip
    pool = {
        "name": "gap",
        "trainable": True,
        "dtype": "float32",
        "data_format": "channels_last",
        "keepdims": False,
    }
    layers = [
        {"class_name": kind, "config": config, "name": config["name"], "inbound_nodes": before}
        for kind, config, before in (
            ("InputLayer", entry, []),
            ("Conv2D", conv, [[["input_1", 0, 0, {}]]]),
            ("GlobalAveragePooling2D", pool, [[["block1_conv1", 0, 0, {}]]]),
            ("Dense", head, [[["gap", 0, 0, {}]]]),
        )
    ]
    config = {
        "name": "model",
        "layers": layers,
        "input_layers": [["input_1", 0, 0]],
        "output_layers": [["dense_2", 0, 0]],
    }
    arrays = {
        "block1_conv1": {"kernel:0": kernel, "bias:0": bias},
        "dense_2": {"kernel:0": dense, "bias:0": offset},
    }
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.4.0", "tensorflow"
        file.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": config})
        file.attrs["training_config"] = json.dumps({"loss": "categorical_crossentropy", "metrics": ["acc"]})
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [layer["name"].encode() for layer in layers]
        for layer in layers:
            name = layer["name"]
            group = weights.create_group(name)
            parts = arrays.get(name, {})
            group.attrs["weight_names"] = [f"{name}/{part}".encode() for part in parts]
            for part, array in parts.items():
                group[f"{name}/{part}"] = array
    return kernel, bias, dense, offset


def test_an_h5_of_keras_2_as_the_sheet_has_it(tmp_path):
    kernel, bias, dense, offset = write_as_keras_2(tmp_path / "model.h5")
    loaded = load(tmp_path / "model.h5", class_names=["with_mask", "without_mask"], preprocessing="unit")
    picture = images(1)[0]
    windows = np.lib.stride_tricks.sliding_window_view(picture / 255, (3, 3), axis=(0, 1))
    maps = np.maximum(np.einsum("yxcij,ijcf->yxf", windows, kernel) + bias, 0)
    logits = maps.mean(axis=(0, 1)) @ dense + offset
    expected = np.exp(logits) / np.exp(logits).sum()
    said = loaded.predict(picture)
    assert said["with_mask"] == pytest.approx(expected[0], abs=1e-5)
    assert abs(expected[0] - 0.5) > 0.05


def test_weights_without_a_network_say_where_they_can_go(trained, tmp_path):
    trained.save_weights(tmp_path / "best.weights.h5")
    with pytest.raises(BadWeightsError, match="holds weights without their network") as raised:
        load(tmp_path / "best.weights.h5", class_names=NAMES)
    one_line(raised, "transfer(weights=path)")


def test_preprocessing_cannot_be_done_twice(good):
    with pytest.raises(ValueError, match="prepares its images itself"):
        load(good, preprocessing="unit")


def test_a_classifier_can_be_saved_again(good, tmp_path):
    first = load(good)
    again = load(save(Classifier(first.model, ["a", "b", "c"], "pad"), tmp_path / "again.keras"))
    with pytest.raises(ValueError, match="brings its class names"):
        save(first, tmp_path / "again.keras", class_names=NAMES)
    assert (again.class_names, again.resize) == (["a", "b", "c"], "pad")
    np.testing.assert_allclose(outputs(again.model, images()), outputs(first.model, images()), atol=1e-6)

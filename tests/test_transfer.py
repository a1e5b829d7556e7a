"""Transfer: the right weights under the right preprocessing, what learns and what does not, files that are wrong."""

import dataclasses
import hashlib
import json
import re
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest

from labkit import models, training
from labkit.data.dataset import Dataset
from labkit.models import BadWeightsError, WeightsNotFoundError, imagenet
from labkit.models.preprocessing import STEPS

SMALL = (32, 32, 3)
VGG16_FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"


def images(count=3, shape=SMALL, dtype="uint8"):
    return np.random.default_rng(5).integers(0, 256, (count, *shape)).astype(dtype)


def tiny(builder="vgg16", **arguments):
    """A thin VGG with its classifier and telling weights."""
    model = getattr(models, builder)(7, SMALL, width=0.05, head=(6,), **arguments)
    return shaken(model)


def shaken(model):
    """Random weights, strong enough to carry differences through 13 layers; variances stay positive."""
    rng = np.random.default_rng(1)
    for weights in model.weights:
        fan_in = np.prod(weights.shape[:-1]) if len(weights.shape) > 1 else 20
        array = rng.standard_normal(weights.shape, dtype=np.float32) * np.float32(np.sqrt(2 / fan_in))
        weights.assign(1 + abs(array) if "variance" in weights.path or "gamma" in weights.path else array)
    return model


def write_official_format(path, model):
    """The layout of the files that keras.applications downloads: a group a layer, names in attributes."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            parts = [f"{layer.name}_{letter}_1:0".encode() for letter in "Wbmv"[: len(layer.weights)]]
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = np.array(parts, dtype="S40")
            for part, array in zip(parts, layer.get_weights(), strict=True):
                group[part.decode()] = array


def output_of(model, layer, x):
    return keras.ops.convert_to_numpy(keras.Model(model.inputs[0], model.get_layer(layer).output)(x))


def assert_same(found, expected):
    expected = keras.ops.convert_to_numpy(expected)
    assert expected.std() > 0.01
    scale = abs(expected).max()
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found) / scale, expected / scale, atol=1e-5)


def one_line(raised) -> str:
    message = str(raised.value)
    assert "\n" not in message
    assert len(message) < 600
    return message


@pytest.fixture(autouse=True)
def same_random_weights():
    keras.utils.set_random_seed(3)


@pytest.fixture(scope="module")
def official(tmp_path_factory):
    """A file in the format of keras.applications, and Keras's own base with these weights."""
    theirs = shaken(keras.applications.VGG16(include_top=False, weights=None, input_shape=SMALL))
    path = tmp_path_factory.mktemp("official") / VGG16_FILE
    write_official_format(path, theirs)
    return path, theirs


def trusted(monkeypatch, path):
    """Let this file pass for the one that Keras offers."""
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    entry = dataclasses.replace(imagenet.OFFICIAL["vgg16"], md5=md5)
    monkeypatch.setitem(imagenet.OFFICIAL, "vgg16", entry)


# --- the model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("classes", "total", "trained"), [(10, 14_982_474, 267_786), (100, 15_028_644, 313_956)]
)
def test_has_the_parameters_of_the_sheet(classes, total, trained):
    model = models.transfer("vgg16", classes, SMALL, weights=None)
    assert model.count_params() == total
    assert sum(np.prod(w.shape) for w in model.trainable_weights) == trained
    assert trained == 512 * 512 + 512 + 512 * classes + classes
    names = [layer.name for layer in model.layers]
    assert names[-4:] == ["block5_pool", "flatten", "fc1", "predictions"]
    assert names[2:-3] == [layer.name for layer in keras.applications.VGG16(False, None).layers[1:]]
    assert not any(
        isinstance(layer, keras.Model) for layer in model.layers
    )  # flat: Grad-CAM++ finds the maps
    assert model.name == "vgg16_transfer"
    assert (model.get_layer("fc1").activation, model.get_layer("predictions").activation) == (
        keras.activations.relu,
        keras.activations.softmax,
    )


def test_one_number_a_map_and_no_hidden_layer():
    model = models.transfer("vgg16", 2, SMALL, weights=None, pooling="avg", head=())
    assert model.count_params() == 14_715_714  # sheet S1.11
    own = models.transfer(tiny(), 3, (64, 64, 3), weights=None, pooling="max", head=(5, 4), head_dropout=0.5)
    assert [layer.name for layer in own.layers[-6:]] == [
        "max_pool", "fc1", "fc1_dropout", "fc2", "fc2_dropout", "predictions",
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("name", ["caffe", "tf", "torch"])
def test_prepares_images_as_keras_does(name, dtype):
    base = keras.Sequential([keras.Input(SMALL), keras.layers.Conv2D(3, 1, name="see")])
    base.get_layer("see").set_weights([np.eye(3, dtype="float32")[None, None], np.zeros(3, "float32")])
    model = models.transfer(base, 2, SMALL, weights=None, preprocessing=name)
    expected = keras.applications.imagenet_utils.preprocess_input(images(dtype="float32"), mode=name)
    np.testing.assert_allclose(output_of(model, "see", images(dtype=dtype)), expected, atol=1e-4)
    np.testing.assert_allclose(
        keras.Model(model.inputs[0], model.get_layer("see").output).predict(images(dtype=dtype), verbose=0),
        expected,
        atol=1e-4,
    )


def test_own_base_is_copied_up_to_its_last_map_and_takes_pixels_from_0_to_1():
    trained = tiny(batch_norm=True)
    before = [w.copy() for w in trained.get_weights()]
    model = models.transfer(trained, 10, SMALL, weights=None)
    assert "fc2" not in [layer.name for layer in model.layers]
    assert_same(
        output_of(model, "block5_pool", images()), output_of(trained, "block5_pool", images() / 255.0)
    )
    assert_same(
        output_of(
            models.transfer(trained, 10, SMALL, weights=None, preprocessing="none"), "block5_pool", images()
        ),
        output_of(trained, "block5_pool", images()),
    )
    model.get_layer("block1_conv1").set_weights(
        [w * 0 for w in model.get_layer("block1_conv1").get_weights()]
    )
    assert all(layer.trainable for layer in trained.layers)
    for old, new in zip(before, trained.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.slow
@pytest.mark.parametrize("frozen", [True, False])
def test_dropout_of_the_base_stays_behind_so_that_its_features_are_the_same_each_time(frozen):
    base = tiny(dropout=0.4, batch_norm=True, head_dropout=0.5)
    model = models.transfer(base, 3, SMALL, weights=None, trainable_from=None if frozen else "block1")
    assert not any("dropout" in layer.name for layer in model.layers)
    features = keras.Model(model.inputs[0], model.get_layer("block5_pool").output)
    once, again = (np.array(features(images(), training=True)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    data = Dataset("made", images(8), np.arange(8) % 3, images(4), np.arange(4) % 3, images(4), np.arange(4) % 3,
                   ["a", "b", "c"], "made here")  # fmt: skip
    run = training.train(model, data, epochs=2, learning_rate=1e-3)
    assert run.hyperparameters.get("cached_features", False) is frozen
    assert any("dropout" in layer.name for layer in base.layers)


def test_preprocessing_of_the_callers_own():
    model = models.transfer(
        tiny(), 10, (64, 64, 3), weights=None, preprocessing=[keras.layers.Resizing(32, 32), keras.layers.Rescaling(0.5)]
    )  # fmt: skip
    x = images(shape=(64, 64, 3))
    shrunk = keras.layers.Resizing(32, 32)(x.astype("float32")) * 0.5
    assert_same(output_of(model, "block5_pool", x), output_of(tiny(), "block5_pool", shrunk))


def test_other_sizes_and_graphs_that_branch():
    entry = keras.Input((16, 16, 1))
    left = keras.layers.Conv2D(2, 3, padding="same", name="left")(entry)
    right = keras.layers.Conv2D(2, 1, name="right")(entry)
    out = keras.layers.Concatenate(name="both")([keras.layers.Add(name="sum")([left, right]), left])
    base = shaken(keras.Model(entry, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(out))))
    model = models.transfer(base, 4, (24, 20, 1), weights=None)
    assert model.get_layer("both").output.shape == (None, 24, 20, 4)
    x = images(shape=(16, 16, 1))
    same_size = models.transfer(base, 4, (16, 16, 1), weights=None)
    assert_same(output_of(same_size, "both", x), output_of(base, "both", x / 255.0))


def test_saved_model_opens_in_safe_mode_without_labkit(tmp_path):
    model = models.transfer(shaken(tiny(batch_norm=True)), 10, SMALL, weights=None, preprocessing="caffe")
    models.unfreeze(model, "block4")
    model.save(tmp_path / "cat.keras")
    loaded = keras.saving.load_model(tmp_path / "cat.keras", safe_mode=True)
    assert_same(loaded(images()), model(images()))
    trained, expected = ([w.path for w in net.trainable_weights] for net in (loaded, model))
    assert trained == expected
    config = zipfile.ZipFile(tmp_path / "cat.keras").read("config.json").decode()
    assert "labkit" not in config
    assert {layer["module"].split(".")[0] for layer in json.loads(config)["config"]["layers"]} == {"keras"}


@pytest.mark.slow
def test_learns_from_unscaled_images():
    x = images(60)
    y = np.arange(60) % 2
    x[y == 1] //= 4  # dark ones
    names = ("light", "dark")
    parts = {"x_train": x, "y_train": y, "x_val": x[:0], "y_val": y[:0], "x_test": x, "y_test": y}
    dataset = Dataset(name="two", class_names=names, source="test", **parts)
    base = shaken(models.cnn((4, 8), image_shape=SMALL))
    model = models.transfer(base, 2, SMALL, weights=None, head=(), pooling="avg")
    run = training.train(model, dataset, epochs=12, learning_rate=0.1, batch_size=20)
    assert run.history["accuracy"][-1] > 0.9
    for name in ("block1_conv1", "block2_conv1"):
        np.testing.assert_array_equal(model.get_layer(name).kernel, base.get_layer(name).kernel)


# --- what learns ---------------------------------------------------------------------------------------------


def after_a_step(model):
    """Which layers a step of training has changed."""
    before = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy")
    model.train_on_batch(images(8), np.arange(8) % 4)
    return {
        name
        for name, old in before.items()
        if any((a != b).any() for a, b in zip(old, model.get_layer(name).get_weights(), strict=True))
    }


@pytest.mark.slow
def test_frozen_base_stays_and_its_normalisation_only_applies():
    model = models.transfer(tiny(batch_norm=True), 4, SMALL, weights=None, head=(40,))
    assert after_a_step(model) == {"fc1", "predictions"}
    np.testing.assert_array_equal(
        keras.Model(model.inputs[0], model.get_layer("block5_pool").output)(images(), training=True),
        output_of(model, "block5_pool", images()),
    )


@pytest.mark.slow
def test_unfreezing_trains_the_block_and_the_head_without_its_normalisation():
    model = models.transfer(tiny(batch_norm=True), 4, SMALL, weights=None, head=(40,))
    convolutions = {"block5_conv1", "block5_conv2", "block5_conv3"}
    count = models.unfreeze(model)
    assert count == 3 * (9 * 26 * 26 + 26) + 26 * 40 + 40 + 40 * 4 + 4
    assert count == sum(np.prod(w.shape) for w in model.trainable_weights)
    assert after_a_step(model) == convolutions | {"fc1", "predictions"}
    assert models.unfreeze(model, "block5_conv3") == count - 2 * (9 * 26 * 26 + 26)
    assert after_a_step(model) == {"block5_conv3", "fc1", "predictions"}
    assert models.unfreeze(model, "block1") > 1.5 * count
    model.trainable = False
    assert models.freeze(model) == 26 * 40 + 40 + 40 * 4 + 4
    assert after_a_step(model) == {"fc1", "predictions"}


def test_normalisation_in_the_head_learns():
    model = models.deep_cnn(batch_norm=True)
    models.freeze(model)
    trained = [layer.name for layer in model.layers if layer.trainable_weights]
    assert trained == ["fc1", "fc1_bn", "fc2", "fc2_bn", "predictions"]


def test_fine_tuning_from_the_start():
    model = models.transfer(tiny(), 4, SMALL, weights=None, trainable_from="block5", head=())
    assert [layer.name for layer in model.layers if layer.trainable_weights] == [
        "block5_conv1", "block5_conv2", "block5_conv3", "predictions",
    ]  # fmt: skip


def test_unknown_block_names_those_that_there_are():
    model = models.transfer(tiny(), 4, SMALL, weights=None)
    for wrong in ("block6", "block", "Block5", None, 5):
        with pytest.raises(ValueError, match="its blocks: block1, block2, block3, block4, block5") as raised:
            models.unfreeze(model, wrong)
        one_line(raised)
    with pytest.raises(ValueError, match="mlp has no convolutional base"):
        models.freeze(models.mlp())


# --- the weights of ImageNet ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["keras", "data"])
def test_imagenet_weights_are_found_and_used_as_keras_uses_them(
    folder, official, keras_home, monkeypatch, tmp_path
):
    path, theirs = official
    trusted(monkeypatch, path)
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "data"))
    place = keras_home / "models" if folder == "keras" else tmp_path / "data"
    place.mkdir(parents=True)
    (place / VGG16_FILE).symlink_to(path)
    model = models.transfer("vgg16", 10, SMALL, weights="imagenet")
    expected = theirs(keras.applications.vgg16.preprocess_input(images(dtype="float32")))
    assert_same(output_of(model, "block5_pool", images()), expected)
    # The layers are those of the file, untouched.
    for name in ("block1_conv1", "block5_conv3"):
        np.testing.assert_array_equal(model.get_layer(name).kernel, theirs.get_layer(name).kernel)


@pytest.mark.parametrize("name", imagenet.OFFICIAL)
def test_table_is_what_keras_itself_asks_for(name, monkeypatch):
    asked = []

    def get_file(file, url, cache_subdir, file_hash=None):
        asked.append((file, url, cache_subdir, file_hash))
        raise InterruptedError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    application = {"vgg16": "VGG16", "vgg19": "VGG19", "mobilenetv2": "MobileNetV2"}[name]
    with pytest.raises(InterruptedError):
        getattr(keras.applications, application)(include_top=False, input_shape=(224, 224, 3))
    official = imagenet.OFFICIAL[name]
    url = f"{imagenet.SERVER}/{official.address}"
    assert asked == [(official.file, url, "models", official.md5)]
    # ... and its images are prepared as Keras says
    module = getattr(keras.applications, {"mobilenetv2": "mobilenet_v2"}.get(name, name))
    x = images(dtype="float32")
    ours = x
    for step in STEPS[official.preprocessing]():
        ours = step(ours)
    np.testing.assert_allclose(ours, module.preprocess_input(x.copy()), atol=1e-4)


def test_no_file_and_no_network_is_one_line(keras_home):
    with pytest.raises(WeightsNotFoundError, match="could not be downloaded") as raised:
        models.transfer("vgg16", 10, SMALL, weights="imagenet")
    message = one_line(raised)
    assert "name resolution failed" in message
    assert f"put {VGG16_FILE} into {keras_home / 'models'} or" in message
    assert "no-data" in message  # the data folder
    assert not [path for path in keras_home.rglob("*") if path.is_file()]


@pytest.mark.slow
def test_download_is_put_in_place_whole_or_not_at_all(keras_home, official, monkeypatch):
    path, _ = official
    trusted(monkeypatch, path)

    def half(name, url, cache_dir, cache_subdir, file_hash):
        (cache_dir / cache_subdir / name).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.utils, "get_file", half)
    with pytest.raises(KeyboardInterrupt):
        models.transfer("vgg16", 10, SMALL, weights="imagenet")
    assert not [file for file in keras_home.rglob("*") if file.is_file()]

    def whole(name, url, cache_dir, cache_subdir, file_hash):
        assert url.endswith(f"/keras-applications/vgg16/{VGG16_FILE}")
        assert file_hash == imagenet.OFFICIAL["vgg16"].md5
        shutil.copy(path, cache_dir / cache_subdir / name)

    monkeypatch.setattr(keras.utils, "get_file", whole)
    models.transfer("vgg16", 10, SMALL, weights="imagenet")
    assert [file.name for file in keras_home.rglob("*") if file.is_file()] == [VGG16_FILE]


def test_file_of_the_right_name_that_is_not_the_official_one(keras_home, official):
    place = keras_home / "models" / VGG16_FILE
    place.parent.mkdir(parents=True)
    place.symlink_to(official[0])
    with pytest.raises(BadWeightsError, match="its checksum differs") as raised:
        models.transfer("vgg16", 10, SMALL, weights="imagenet")
    assert str(place) in one_line(raised)
    assert place.exists()


# --- files ---------------------------------------------------------------------------------------------------


def saved(model, path):
    """`model` at `path`, in the format that its name asks for."""
    if path.name.startswith("official"):
        write_official_format(path, model)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    return path


FORMATS = ["official.h5", "whole.h5", "net.weights.h5", "net.keras"]


@pytest.mark.slow
@pytest.mark.parametrize("file", FORMATS)
def test_weights_of_a_file_go_into_the_base(file, tmp_path):
    trained = tiny()
    trained.compile("adam", "sparse_categorical_crossentropy")  # its slots are not taken for weights
    trained.optimizer.build(trained.trainable_variables)
    path = saved(trained, tmp_path / file)
    untrained = models.vgg16(100, SMALL, width=0.05, include_top=False)
    before = untrained.get_layer("block1_conv1").get_weights()[0].copy()
    model = models.transfer(untrained, 10, (64, 32, 3), weights=path)
    for layer in trained.layers[:-3]:
        for new, old in zip(model.get_layer(layer.name).get_weights(), layer.get_weights(), strict=True):
            np.testing.assert_array_equal(new, old)
    np.testing.assert_array_equal(untrained.get_layer("block1_conv1").get_weights()[0], before)
    same_size = models.transfer(untrained, 10, SMALL, weights=str(path))
    assert_same(
        output_of(same_size, "block5_pool", images()), output_of(trained, "block5_pool", images() / 255.0)
    )


@pytest.mark.slow
def test_named_base_from_a_file_is_fed_as_the_base_wants_it(official):
    path, theirs = official
    x = images(dtype="float32")
    model = models.transfer("vgg16", 10, SMALL, weights=path)
    assert_same(
        output_of(model, "block5_pool", images()), theirs(keras.applications.vgg16.preprocess_input(x.copy()))
    )
    model = models.transfer("vgg16", 10, SMALL, weights=path, preprocessing="unit")
    assert_same(output_of(model, "block5_pool", images()), theirs(x / 255))


def test_base_of_a_saved_model_brings_its_preprocessing(tmp_path):
    first = models.transfer(tiny(), 7, SMALL, weights=None, preprocessing="caffe")
    first.save(tmp_path / "first.keras")
    thin = models.vgg16(width=0.05, include_top=False, image_shape=SMALL)
    for again in (
        models.transfer(thin, 10, SMALL, weights=tmp_path / "first.keras"),
        models.transfer(first, 10, SMALL, weights=None),
    ):
        assert_same(output_of(again, "block5_pool", images()), output_of(first, "block5_pool", images()))
        assert len(again.layers) == len(first.layers)
        assert again.name == "vgg16_transfer"
    with pytest.raises(ValueError, match="prepares its images itself, in its layer normalization") as raised:
        models.transfer(first, 10, SMALL, weights=None, preprocessing="unit")
    one_line(raised)


@pytest.mark.slow
@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (lambda: tiny("vgg19"), "has a layer block._conv4, which vgg16 lacks"),
        (lambda: tiny(batch_norm=True), "has a layer block._bn., which vgg16 lacks"),
        (lambda: models.vgg16(7, SMALL, width=0.1, head=()), "has 3x3x3x6 and 6 in block1_conv1, but vgg16 needs 3x3x3x3"),
        (lambda: models.small_cnn(), "has no layer|but vgg16 needs"),
        (lambda: diverged(), "has NaN or infinity in block3_conv2"),
    ],
    ids=["vgg19", "batch_norm", "width", "small_cnn", "nan"],
)  # fmt: skip
def test_file_of_another_net_is_one_line(file, other, problem, tmp_path):
    path = saved(other(), tmp_path / file)
    base = models.vgg16(width=0.05, include_top=False, image_shape=SMALL)
    before = base.get_weights()
    with pytest.raises(BadWeightsError, match=problem) as raised:
        models.transfer(base, 10, SMALL, weights=path)
    assert str(path) in one_line(raised)
    for old, new in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def diverged():
    model = tiny()
    kernel = model.get_layer("block3_conv2").kernel
    kernel.assign(kernel.numpy() * np.float32("nan"))
    return model


@pytest.mark.slow
@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize("part", [0, 0.01, 0.5, 0.99])
def test_truncated_file_is_one_line(file, part, tmp_path):
    path = saved(tiny(), tmp_path / file)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(BadWeightsError, match=r"damaged or no weights file|no \.keras file") as raised:
        models.transfer(tiny(), 10, SMALL, weights=path)
    assert str(path) in one_line(raised)


def test_files_that_are_none(tmp_path):
    (tmp_path / "notes.h5").write_text("no weights at all")
    (tmp_path / "model.keras").write_text("no model at all")
    for name, problem in (
        ("notes.h5", BadWeightsError),
        ("model.keras", BadWeightsError),
        ("", WeightsNotFoundError),
    ):
        with pytest.raises(problem) as raised:
            models.transfer(tiny(), 10, SMALL, weights=tmp_path / name)
        one_line(raised)
    with pytest.raises(WeightsNotFoundError, match="there is no weights file Imagenet") as raised:
        models.transfer("vgg16", 10, SMALL, weights="Imagenet")
    one_line(raised)


def test_code_in_a_file_is_refused(tmp_path):
    base = models.vgg16(width=0.05, include_top=False, image_shape=SMALL)
    unsafe = keras.Sequential([keras.Input(SMALL), keras.layers.Lambda(lambda x: x), *base.layers[1:]])
    unsafe.save(tmp_path / "unsafe.keras")
    with pytest.raises(BadWeightsError, match="cannot be opened") as raised:
        models.transfer(tiny(), 10, SMALL, weights=tmp_path / "unsafe.keras")
    one_line(raised)


# --- what makes no sense -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"base": "vgg17"}, "unknown base 'vgg17': choose one of vgg16, vgg19, mobilenetv2"),
        ({"base": 16}, "base must be one of vgg16, vgg19, mobilenetv2, or a Keras model, not 16"),
        ({"base": "vgg16", "image_shape": (28, 28, 3)}, "at least 32x32"),
        ({"base": "vgg16", "image_shape": (32, 32, 1)}, "repeat the channel of grey ones three times"),
        ({"image_shape": (32, 32, 1)}, "takes images of 3 channels, but image_shape has 1"),
        ({"image_shape": (8, 8, 3)}, "vgg16 cannot take images of 8x8"),
        ({"image_shape": (32, 32)}, "the channel axis is missing"),
        ({"num_classes": 1}, "num_classes must be a whole number of at least 2"),
        ({"head": 512}, r"write \(512,\), with its comma"),
        ({"head_dropout": 50}, "50 percent is 0.5"),
        ({"pooling": "flatten"}, "unknown pooling 'flatten'"),
        ({"weights": "imagenet"}, "for a base given by its name"),
        ({"weights": 3}, "weights must be 'imagenet', the path of a file, or None, not 3"),
        ({"preprocessing": "vgg"}, "unknown preprocessing 'vgg'"),
        ({"preprocessing": 255}, "Keras layers, not 255"),
        ({"preprocessing": [abs]}, "Keras layers"),
        ({"base": models.mlp()}, "mlp has no convolutional base"),
        ({"base": keras.Sequential([keras.layers.Conv2D(2, 3)])}, "must have one input, images"),
        ({"base": models.first_cnn(), "image_shape": (28, 28, 1), "preprocessing": "caffe"}, "for images of 3 channels"),
    ],
)  # fmt: skip
def test_nonsense_is_one_line(arguments, problem):
    asked = {"num_classes": 10, "image_shape": SMALL, "weights": None, **arguments}
    with pytest.raises(ValueError, match=problem) as raised:
        models.transfer(asked.pop("base", None) or tiny(), **asked)
    one_line(raised)


# --- the other bases -----------------------------------------------------------------------------------------


def test_vgg19():
    model = models.transfer("vgg19", 10, SMALL, weights=None, head=())
    assert model.count_params() == 20_024_384 + 512 * 10 + 10
    assert models.unfreeze(model, "block5_conv4") == 9 * 512 * 512 + 512 + 512 * 10 + 10


@pytest.mark.slow
def test_mobilenetv2_with_the_file_of_keras(keras_home, tmp_path):
    theirs = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(64, 64, 3))
    rng = np.random.default_rng(2)
    for layer in theirs.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([w + 0.2 * rng.random(w.shape, dtype=np.float32) for w in layer.get_weights()])
    place = keras_home / "models" / imagenet.OFFICIAL["mobilenetv2"].file
    place.parent.mkdir(parents=True)
    theirs.save(tmp_path / "whole.h5")
    shutil.copy(tmp_path / "whole.h5", place)
    model = models.transfer("mobilenetv2", 10, (64, 64, 3), weights="imagenet", pooling="avg", head=())
    x = images(shape=(64, 64, 3))
    expected = theirs(keras.applications.mobilenet_v2.preprocess_input(x.astype("float32")))
    assert_same(output_of(model, "out_relu", x), expected)
    assert sum(np.prod(w.shape) for w in model.trainable_weights) == 1280 * 10 + 10
    models.unfreeze(model, "block_16")
    trained = [layer.name for layer in model.layers if layer.trainable_weights]
    assert trained == ["block_16_expand", "block_16_depthwise", "block_16_project", "Conv_1", "predictions"]
    with pytest.raises(ValueError, match="block_15, block_16"):
        models.unfreeze(model, "block_17")
    place.write_bytes(place.read_bytes()[:100_000])
    with pytest.raises(BadWeightsError, match="is damaged or not that of mobilenetv2") as raised:
        models.transfer("mobilenetv2", 10, (64, 64, 3), weights="imagenet")
    assert re.search(r"delete it and try again\.$", one_line(raised))

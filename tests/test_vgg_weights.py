"""Weights of `keras.applications` fit the VGG nets: the same names, the same order, the same outputs."""

import h5py
import keras
import numpy as np
import pytest

from labkit import models

SMALL = (32, 32, 3)


def reference(**arguments):
    """Keras's own VGG16 at 32x32 with random kernels and biases, strong enough to give telling outputs."""
    model = keras.applications.VGG16(weights=None, input_shape=SMALL, **arguments)
    rng = np.random.default_rng(1)
    for weights in model.weights:
        fan_in = np.prod(weights.shape[:-1]) if len(weights.shape) > 1 else 200
        weights.assign(rng.standard_normal(weights.shape, dtype=np.float32) * np.float32(np.sqrt(2 / fan_in)))
    return model


def assert_same_outputs(ours, theirs):
    images = np.random.default_rng(2).random((3, *SMALL), dtype=np.float32)
    expected = keras.ops.convert_to_numpy(theirs(images))
    assert expected.std() > 0.01
    np.testing.assert_allclose(ours(images), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [{"include_top": False}, {"classes": 10}], ids=["base", "top"])
def test_weights_of_keras_applications_fit(tmp_path, arguments):
    theirs = reference(**arguments)
    theirs.save_weights(tmp_path / "vgg.weights.h5")
    ours = models.vgg16(10, SMALL, include_top=arguments.get("include_top", True), dropout=0.2)
    ours.load_weights(tmp_path / "vgg.weights.h5")
    assert_same_outputs(ours, theirs)


def write_official_format(path, model):
    """The layout of the files that keras.applications downloads: a group a layer, names in attributes."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            parts = [f"{layer.name}_{letter}_1:0".encode() for letter in ("W", "b")[: len(layer.weights)]]
            group.attrs["weight_names"] = np.array(parts, dtype="S40")
            for part, array in zip(parts, layer.get_weights(), strict=True):
                group[part.decode()] = array


def test_files_in_the_format_of_the_official_downloads_fit(tmp_path):
    theirs = reference(include_top=False)
    write_official_format(tmp_path / "vgg16_notop.h5", theirs)
    ours = models.vgg16(10, SMALL, include_top=False)
    ours.load_weights(tmp_path / "vgg16_notop.h5")
    assert_same_outputs(ours, theirs)

    normalised = models.vgg16(10, SMALL, batch_norm=True, head=(8,))
    normalised.load_weights(tmp_path / "vgg16_notop.h5", by_name=True)
    for name in ("block1_conv1", "block5_conv3"):
        np.testing.assert_array_equal(normalised.get_layer(name).kernel, theirs.get_layer(name).kernel)
        np.testing.assert_array_equal(normalised.get_layer(name).bias, theirs.get_layer(name).bias)

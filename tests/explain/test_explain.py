"""explain(): its arguments, extreme numbers, batches, and the upstream bug that it goes round."""

from functools import cache

import keras
import numpy as np
import pytest
from keras import layers

from labkit import explain
from labkit.explain import cams, methods
from tests.explain.zoo import SIZE, body, functional, head, pictures, sequential

pytest.importorskip("tensorflow")
needs_engine = pytest.importorskip("tf_keras_vis")


@pytest.fixture(scope="module")
def net():
    keras.utils.set_random_seed(1)
    return sequential([*body(), *head("softmax")])


@cache
def of_size(logit):
    """A network whose logits are about +-`logit`, with a softmax that is saturated."""
    keras.utils.set_random_seed(1)
    net = sequential([*body(), *head("softmax")])
    kernel, bias = net.layers[-1].get_weights()
    net.layers[-1].set_weights([kernel, bias + np.float32([logit, -logit, 0])])
    return net


# Extreme numbers


@pytest.mark.parametrize("engine", explain.ENGINES)
@pytest.mark.parametrize("method", ["gradcam", "gradcam++", "layercam"])
def test_logits_of_900_change_no_map(method, engine):
    small = explain.explain(of_size(0), pictures(), [0, 1, 1], method, engine=engine)
    large = explain.explain(of_size(900), pictures(), [0, 1, 1], method, engine=engine)
    assert large.scores[0] > 890
    assert large.scores[1] < -890
    assert small.maps.max() > 0
    assert np.allclose(small.maps, large.maps, rtol=1e-3, atol=1e-4 * small.maps.max())


@pytest.mark.parametrize("method", explain.METHODS)
def test_every_method_is_finite_at_900(method):
    found = explain.explain(of_size(900), pictures(2), [0, 1], method, samples=2, steps=2, cells=3)
    assert np.isfinite(found.maps).all()


def test_plain_tf_keras_vis_is_not_finite_there():
    """What the shift of the score is for; without it the tests above would not show anything."""
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.utils.scores import CategoricalScore

    net = of_size(900)
    logits = functional([*body(), *head()])
    logits.set_weights(net.get_weights())
    maps = GradcamPlusPlus(logits)(CategoricalScore(0), pictures(1), "conv2", normalize_cam=False)
    assert not np.isfinite(np.asarray(maps)).all()


@pytest.mark.parametrize("engine", explain.ENGINES)
def test_an_all_zero_map_is_kept_and_named(engine):
    net = functional([*body(), layers.GlobalAveragePooling2D(), layers.Dense(2, name="out")])
    net.layers[-1].set_weights([np.tile(np.float32([[1, -1]]), (8, 1)), np.zeros(2, np.float32)])
    found = explain.explain(net, pictures(2), [0, 1], "gradcam", engine=engine)
    assert found.empty.tolist() == [False, True]
    assert not found.maps[1].any()
    assert "1 without positive evidence" in repr(found)


# Batches


@pytest.mark.parametrize("engine", [None, "reference"])
@pytest.mark.parametrize("method", explain.METHODS)
def test_a_batch_equals_its_singles(method, engine, net):
    options = {"samples": 3, "steps": 3, "cells": 3}
    x = pictures(3)
    together = explain.explain(net, x, [2, 0, 1], method, engine=engine, batch_size=2, **options)
    for image, label, values in zip(x, [2, 0, 1], together.maps, strict=True):
        single = explain.explain(net, image, label, method, engine=engine, **options)
        assert single.maps.shape == (1, *together.grid)
        assert np.allclose(single.maps[0], values, rtol=1e-4, atol=1e-5 * np.abs(values).max())


def test_smoothgrad_follows_its_seed_and_touches_no_other(net):
    np.random.seed(7)
    expected = np.random.RandomState(7).rand()
    first, again, other = (
        explain.explain(net, pictures(1), method="smoothgrad", samples=2, seed=s).maps for s in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert np.random.rand() == expected


def test_scorecam_leaves_the_progress_bars_as_they_were(net, capsys):
    keras.utils.enable_interactive_logging()
    explain.explain(net, pictures(1), method="scorecam", engine="tf_keras_vis")
    assert keras.utils.is_interactive_logging_enabled()
    assert capsys.readouterr().out == ""


# Images and classes


def test_classes_are_the_predicted_ones_unless_given(net):
    x = pictures()
    predicted = np.asarray(net(x)).argmax(axis=1)
    assert (explain.explain(net, x, engine="reference").classes == predicted).all()
    assert explain.explain(net, x, np.int64(1), engine="reference").classes.tolist() == [1, 1, 1]
    found = explain.explain(net, x, [0, 1, 2], engine="reference")
    assert found.classes.tolist() == [0, 1, 2]
    turned = explain.explain(net, x[::-1], [2, 1, 0], engine="reference")
    assert np.allclose(turned.maps[::-1], found.maps, atol=1e-6)


def test_grey_images_need_no_channel_axis():
    net = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)])
    x = pictures(2, 8)[..., 0]
    for images, n in ((x, 2), (x[0], 1), (x[..., np.newaxis], 2), (x[0][..., np.newaxis], 1)):
        assert len(explain.explain(net, images, engine="reference")) == n


def test_whole_numbers_are_for_models_that_scale_them(net):
    x = (255 * pictures()).astype(np.uint8)
    scaling = sequential([layers.Rescaling(1 / 255), *body(), *head()])
    assert np.array_equal(
        explain.explain(scaling, x, 0).maps, explain.explain(scaling, x.astype("float32"), 0).maps
    )
    with pytest.raises(ValueError, match=r"dataset.scaled\(\)"):
        explain.explain(net, x)


def test_open_sizes_take_the_images_size():
    net = keras.Sequential(
        [keras.Input((None, None, 3)), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(2)]
    )
    for size in (8, 12):
        assert explain.explain(net, pictures(1, size), engine="reference").grid == (size - 2, size - 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": np.zeros((2, 9, 9, 3))}, "takes images of 12 x 12 x 3"),
        ({"images": np.zeros((0, SIZE, SIZE, 3))}, "no image to explain"),
        ({"images": np.full((1, SIZE, SIZE, 3), np.nan)}, "hold NaN"),
        ({"images": [["a"]]}, "arrays of numbers"),
        ({"classes": [0, 1]}, "3 images but 2 classes"),
        ({"classes": 3}, "class 3 does not exist: the network has the classes 0 to 2"),
        ({"classes": [0, -1, 0]}, "class -1 does not exist"),
        ({"classes": [0.5, 1, 1]}, "whole numbers"),
        ({"method": "cam"}, "unknown method 'cam': choose one of gradcam"),
        ({"engine": "xplique"}, "unknown engine"),
        ({"engine": "tf_keras_vis", "method": "hirescam"}, "tf-keras-vis has no hirescam"),
        ({"layer": "conv9"}, "no layer 'conv9'; layers with a map: conv1, pool, conv2"),
        ({"layer": "out"}, "gives no map"),
        ({"layer": "conv1", "method": "saliency"}, "saliency looks at the pixels"),
        ({"method": "smoothgrad", "samples": 0}, "samples must be a whole number"),
        ({"method": "occlusion", "baseline": np.zeros(5)}, "baseline must be"),
    ],
)
def test_what_makes_no_sense_is_one_line(arguments, message, net):
    arguments = {"images": pictures(), **arguments}
    with pytest.raises(ValueError, match=message) as caught:
        explain.explain(net, **arguments)
    assert "\n" not in str(caught.value)


# Engines


def test_the_reference_stands_in_where_tf_keras_vis_cannot(net, monkeypatch):
    def gone():
        raise ImportError("tf_keras_vis")

    assert explain.explain(net, pictures(1)).engine == "tf_keras_vis"
    monkeypatch.setattr(cams, "_classes", gone)
    assert explain.explain(net, pictures(1)).engine == "reference"
    with pytest.raises(ValueError, match=r"pip install \"labkit\[explain\]\""):
        explain.explain(net, pictures(1), engine="tf_keras_vis")


def test_no_nan_leaves_the_function(net, monkeypatch):
    def broken(*_):
        return lambda x, classes: np.full((len(x), 5, 5), np.nan)

    monkeypatch.setattr(methods.cams, "maps_function", broken)
    assert explain.explain(net, pictures(1)).engine == "reference"
    with pytest.raises(ValueError, match=r"gradcam\+\+ at conv2 of net gives NaN"):
        explain.explain(net, pictures(1), engine="tf_keras_vis")


@pytest.mark.xfail(
    strict=True, raises=AttributeError, reason="tf-keras-vis 0.8.7: a Sequential has no output_names"
)
def test_upstream_takes_a_sequential_with_replace_to_linear(net):
    """When this passes, upstream has repaired it, and labkit's way round can go."""
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    GradcamPlusPlus(net, model_modifier=ReplaceToLinear(), clone=True)(CategoricalScore(0), pictures(1))


def test_the_sizes_of_a_zoom_are_those_of_scipy():
    zoom = pytest.importorskip("scipy.ndimage").zoom
    from labkit.explain.resize import bilinear

    maps = pictures(2, 5)[..., 0]
    assert np.allclose(
        bilinear(maps, (12, 7), corners=True), [zoom(m, (12 / 5, 7 / 5), order=1) for m in maps], atol=1e-6
    )
    resized = keras.ops.image.resize(maps[..., np.newaxis], (12, 7), interpolation="bilinear")
    assert np.allclose(bilinear(maps, (12, 7)), np.asarray(resized)[..., 0], atol=1e-6)

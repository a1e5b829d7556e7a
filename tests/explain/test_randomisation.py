import random

import keras
import numpy as np
import pytest

from labkit import explain
from tests.explain.toys import nested_net, noise, small_net

IMAGES = noise(4)


def gradient(model, images, classes):
    """|d logit / d pixel|, summed over the channels."""
    import tensorflow as tf

    pixels = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        score = tf.reduce_sum(tf.gather(model(pixels), classes, axis=1, batch_dims=1))
    return np.abs(tape.gradient(score, pixels)).sum(axis=-1)


def edges(model, images, classes):
    return explain.sobel(images)


def first_filter(model, images, classes):
    return explain.responses(model, images, "conv1")[..., 0]


def test_a_gradient_depends_on_the_model_and_passes():
    check = explain.sanity_check(small_net(), IMAGES, gradient)
    assert check.passed
    assert check.layers == ("out", "conv2", "conv1")
    assert check.table().loc["conv1", ("rank correlation", "mean")] < 0.5


def test_a_method_is_named():
    check = explain.sanity_check(small_net(), IMAGES, "gradcam")
    own = explain.sanity_check(small_net(), IMAGES, lambda *of: explain.explain(*of, method="gradcam"))
    assert check.passed
    assert np.array_equal(check.maps, own.maps)
    assert np.allclose(check.maps[0], explain.explain(small_net(), IMAGES, method="gradcam").upsampled())
    with pytest.raises(ValueError, match="unknown method 'sobel': choose one of gradcam"):
        explain.sanity_check(small_net(), IMAGES, "sobel")


def test_layers_of_a_nested_model_are_randomised_and_measured_scales_are_not():
    net, seen = nested_net(), []
    check = explain.sanity_check(net, IMAGES, lambda m, *of: seen.append(m.get_weights()) or edges(m, *of))
    assert check.layers == ("out", "outer", "inner")
    first, last = (dict(zip([w.path for w in net.weights], now, strict=True)) for now in (seen[0], seen[-1]))
    same = {path for path in first if np.array_equal(first[path], last[path])}
    assert all("bias" in path or "scale" in path for path in same)  # biases are 0 before and after
    assert len(same) == 3 + sum("scale" in path for path in first)


def test_sobel_depends_on_no_model_and_is_caught():
    check = explain.sanity_check(small_net(), IMAGES, edges)
    assert not check.passed
    assert np.allclose(check.scores[["rank correlation", "ssim"]], 1)
    assert np.array_equal(check.maps[0], check.maps[-1])


def test_the_layers_go_one_after_the_other_from_the_output_down():
    check = explain.sanity_check(small_net(), IMAGES, first_filter)
    mean = check.table()["rank correlation", "mean"]
    assert mean["out"] == mean["conv2"] == 1  # the first layer is still what it was
    assert mean["conv1"] < 0.9
    seen = []
    explain.sanity_check(small_net(), IMAGES, lambda m, *of: seen.append(m.get_weights()) or edges(m, *of))
    kernels = [[weights[i] for i in (0, 2, 4)] for weights in seen]  # conv1, conv2, out
    changed = [[not np.array_equal(a, b) for a, b in zip(now, kernels[0], strict=True)] for now in kernels]
    assert changed == [[False] * 3, [False, False, True], [False, True, True], [True] * 3]


def test_the_model_and_the_random_numbers_of_others_stay_as_they_were():
    model = small_net()
    before, state, numpy_state = model.get_weights(), random.getstate(), np.random.get_state()[1].tolist()
    explain.sanity_check(model, IMAGES, edges)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert random.getstate() == state
    assert np.random.get_state()[1].tolist() == numpy_state


def test_the_seed_decides_the_new_weights():
    def weights(seed):
        seen = []
        explain.sanity_check(
            small_net(), IMAGES[:1], lambda m, *of: seen.append(m.get_weights()) or edges(m, *of), seed=seed
        )
        return seen[-1]

    first, again, other = weights(1), weights(1), weights(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_the_classes_are_those_of_the_trained_model():
    seen = []
    model = small_net()
    explain.sanity_check(model, IMAGES, lambda m, x, classes: seen.append(classes) or explain.sobel(x))
    predicted = model.predict(IMAGES, verbose=0).argmax(axis=1)
    assert all(np.array_equal(classes, predicted) for classes in seen)
    seen.clear()
    explain.sanity_check(
        model, IMAGES, lambda m, x, classes: seen.append(classes) or explain.sobel(x), [3, 2, 1, 0]
    )
    assert all(list(classes) == [3, 2, 1, 0] for classes in seen)


def test_what_cannot_be_checked_is_one_line():
    class Own(keras.layers.Layer):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def call(self, x):
            return self.factor * x

    parts = [Own(2.0), keras.layers.Flatten(), keras.layers.Dense(3)]
    net = keras.Sequential([keras.Input(IMAGES.shape[1:]), *parts])
    diverged = small_net()
    diverged.set_weights([np.full_like(w, np.nan) for w in diverged.get_weights()])
    for model, message in (
        (net, r"the model cannot be copied .* give a Sequential or functional"),
        (diverged, "gives NaN or infinity for image 0"),
        ("vgg16", "takes a Keras model, not str"),
    ):
        with pytest.raises(ValueError, match=message) as caught:
            explain.sanity_check(model, IMAGES, edges)
        assert "\n" not in str(caught.value)

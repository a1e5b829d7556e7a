import keras
import numpy as np
import pytest
from keras import layers

from labkit import explain
from labkit.explain.selectivity import selectivity_index
from tests.explain.toys import colour_net, coloured, nested_net, noise, small_net

NAMES = ["red", "green", "blue"]


def test_the_first_filters_are_the_first_convolution():
    net = small_net()
    assert np.array_equal(explain.first_filters(net), net.get_layer("conv1").get_weights()[0])
    with pytest.raises(ValueError, match="has no convolution"):
        explain.first_filters(keras.Sequential([keras.Input((4, 4, 3)), layers.Flatten(), layers.Dense(2)]))


def test_dead_filters_are_found_and_counted():
    net = small_net()
    bias = np.zeros(8)
    bias[[1, 6]] = -100
    net.get_layer("conv2").set_weights([net.get_layer("conv2").get_weights()[0], bias])
    found = explain.dead_filters(net, noise(20), batch_size=7)
    assert found["dead"].to_dict() == {"conv1": 0, "conv2": 2}
    assert found.loc["conv2"].to_dict() == {"filters": 8, "dead": 2, "share": 0.25, "which": [1, 6]}


def test_a_filter_that_answers_once_is_not_dead():
    images, _ = coloured()
    # Filter 2 adds up the colours, of which each image has one: it says the same of all.
    assert explain.dead_filters(colour_net(), images)["which"].to_dict() == {"conv": [2, 3]}
    only_red = images[:1]
    assert explain.dead_filters(colour_net(), only_red)["which"].to_dict() == {"conv": [0, 1, 2, 3]}
    only_red[0, 0, 0] = 0  # one dark pixel in one image
    assert explain.dead_filters(colour_net(), only_red)["which"].to_dict() == {"conv": [1, 3]}


def test_selectivity_of_planted_filters():
    images, labels = coloured()
    found = explain.class_selectivity(colour_net(), images, labels, NAMES)
    assert found.filters["selectivity"].round(6).to_list()[:3] == [1, 1, 0]
    assert np.isnan(found.filters["selectivity"][3])
    assert found.filters["class"].to_list()[:2] == ["red", "green"]
    assert found.filters["class"][3] == ""
    assert found.means["conv"].loc[1].to_dict() == {"red": 0, "green": 2, "blue": 0}
    row = found.table().loc["conv"]
    assert row[["filters", "silent", "median"]].to_list() == [4, 1, 1]


def test_the_index_by_hand():
    # best 4, rest (2 + 1 + 1) / 3
    assert selectivity_index(np.array([[2.0, 4, 1, 1]]))[0] == pytest.approx((4 - 4 / 3) / (4 + 4 / 3))


def test_classes_weigh_alike_however_many_images_they_have():
    images, labels = coloured(per_class=8)
    keep = np.r_[np.flatnonzero(labels != 2), np.flatnonzero(labels == 2)[:1]]
    rng = np.random.default_rng(0)
    noisy = images + rng.normal(0, 0.01, images.shape).astype(np.float32)
    whole, fewer = (
        explain.class_selectivity(colour_net(), noisy[of], labels[of]).filters["selectivity"][:3]
        for of in (slice(None), keep)
    )
    assert np.allclose(whole, fewer, atol=0.02)


def test_labels_must_fit():
    images, labels = coloured()
    with pytest.raises(ValueError, match="12 images but 11 labels"):
        explain.class_selectivity(colour_net(), images, labels[1:])
    with pytest.raises(ValueError, match="two classes or more"):
        explain.linear_probes(colour_net(), images, np.zeros(12, int), images, labels)


def folded(n, seed):
    """Grey values whose class is their size and not their sign: no line through the pixels tells them apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    values = rng.choice([-1, 1], n) * np.where(labels, 0.8, 0.2) + rng.normal(0, 0.02, n)
    return np.broadcast_to(values[:, None, None, None], (n, 2, 2, 1)).astype(np.float32), labels


def test_a_probe_reads_what_a_layer_has_made_readable():
    net = keras.Sequential(
        [
            keras.Input((2, 2, 1)),
            layers.Conv2D(2, 1, activation="relu", name="fold"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    net.get_layer("fold").set_weights([np.array([[[[1.0, -1.0]]]]), np.zeros(2)])
    found = explain.linear_probes(net, *folded(400, 0), *folded(200, 1))
    assert found.loc["fold", ["train", "accuracy", "low", "high"]].to_list() == [1, 1, 1, 1]
    assert found.loc["pixels", "low"] < 0.65
    assert found["features"].to_dict() == {"pixels": 4, "fold": 8}
    assert explain.linear_probes(net, *folded(40, 0), *folded(20, 1), grid=1)["features"].to_dict() == {
        "pixels": 1,
        "fold": 2,
    }


def test_a_probe_is_judged_on_other_images():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60), rng.integers(0, 2, 300)
    found = explain.linear_probes(small_net(), noise(60), labels[0], noise(300, seed=1), labels[1])
    assert (found["train"] > found["accuracy"]).all()
    assert found["low"].min() < 0.5 < found["high"].max()  # there is nothing to learn


def test_responses_are_those_after_the_activation():
    net = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.Conv2D(2, 3, name="conv"), layers.ReLU(), layers.Flatten()]
    )
    images = noise(3, side=4)
    raw = np.einsum("nyxc,yxcf->nf", images[:, :3, :3], net.get_layer("conv").get_weights()[0])
    assert np.allclose(explain.responses(net, images, "conv")[:, 0, 0], np.maximum(raw, 0), atol=1e-5)


def test_patches_are_cut_where_the_filter_answers_most():
    net = small_net()
    kernel = np.zeros((3, 3, 3, 8), np.float32)
    kernel[1, 1, 0, 0] = 1  # filter 0 looks for red
    net.get_layer("conv1").set_weights([kernel, np.zeros(8)])
    images = 0.2 * noise(5)
    images[3, 6, 7, 0], images[1, 0, 11, 0] = 0.9, 0.8
    found = explain.top_patches(net, images, "conv1", [0, 5], n=3, batch_size=2)
    assert found.images[0, :2].tolist() == [3, 1]
    assert found.responses[0, :2] == pytest.approx([0.9, 0.8])
    assert found.corners[0, :2].tolist() == [[5, 6], [0, 9]]  # the second is moved inside the image
    assert np.array_equal(found.patches[0, 0], images[3, 5:8, 6:9])
    assert (found.responses[1] == 0).all()
    assert (np.diff(found.responses[0]) <= 0).all()


def test_a_field_larger_than_the_image_gives_the_image():
    images = noise(3)
    found = explain.top_patches(small_net(), images, "out", n=1)
    assert found.patches.shape == (4, 1, 12, 12, 3)
    best = explain.responses(small_net(), images, "out").argmax(axis=0)
    assert np.array_equal(found.patches[:, 0], images[best])


@pytest.mark.parametrize("filters", [[8], [-1], [], [0.5], 3])
def test_a_filter_that_is_not_there_is_one_line(filters):
    for call in (explain.maximise, lambda *of: explain.top_patches(of[0], noise(1), *of[1:])):
        with pytest.raises(ValueError, match="filters of conv1 are numbered 0 to 7"):
            call(small_net(), "conv1", filters)


def painter(bias=0.0):
    """One filter that likes red, hates green and does not look at blue."""
    net = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(2, 1, name="conv"), layers.ReLU(), layers.Flatten()]
    )
    kernel = np.array([[1, 0], [-1, 0], [0, 0]], np.float32)
    net.get_layer("conv").set_weights([kernel[None, None], np.array([bias, -1])])
    return net


@pytest.mark.slow
def test_the_painted_picture_is_what_the_filter_likes():
    net = painter()
    before = net.get_weights()
    found = explain.maximise(net, "conv", [0], steps=80, calm=0)
    red, green, blue = found.pictures[0].reshape(-1, 3).mean(axis=0)
    assert red > 0.95
    assert green < 0.05
    assert blue == pytest.approx(0.5, abs=0.05)
    assert found.responses[0] == pytest.approx(1, abs=0.1)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
    assert all(layer.trainable for layer in net.layers)


def test_filters_inside_a_nested_model():
    net, images = nested_net(), noise(4)
    assert list(explain.dead_filters(net, images).index) == ["inner", "outer"]
    assert explain.first_filters(net).shape == (3, 3, 3, 4)
    assert explain.top_patches(net, images, "inner", [1], n=2).patches.shape == (1, 2, 3, 3, 3)


@pytest.mark.slow
def test_painting_for_a_nested_model_leaves_it_as_it_was():
    net = nested_net()
    nodes = [len(layer._inbound_nodes) for layer in net.get_layer("base").layers]
    painted = explain.maximise(net, "inner", [1], steps=2)
    assert painted.responses[0] == explain.responses(net, painted.pictures, "inner")[0, ..., 1].max()
    assert [len(layer._inbound_nodes) for layer in net.get_layer("base").layers] == nodes
    assert net.get_layer("base").trainable


@pytest.mark.slow
def test_a_filter_that_is_silent_at_the_start_is_woken_and_a_dead_one_is_not():
    found = explain.maximise(painter(bias=-0.5), "conv", steps=80, calm=0)
    assert found.responses[0] == pytest.approx(0.5, abs=0.1)
    assert found.responses[1] == 0


@pytest.mark.slow
def test_pictures_keep_to_their_range_and_their_seed():
    paint = [
        explain.maximise(painter(), "conv", [0], steps=5, value_range=(-1, 3), seed=seed)
        for seed in (1, 1, 2)
    ]
    first, again, other = (one.pictures for one in paint)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.min() >= -1
    assert first.max() <= 3
    assert first.mean() == pytest.approx(1, abs=0.3)


@pytest.mark.slow
def test_rough_pictures_cost():
    smooth, rough = (
        explain.maximise(small_net(), "conv1", [0], steps=40, smoothness=weight, jitter=0).pictures
        for weight in (100.0, 0.0)
    )
    assert np.abs(np.diff(smooth, axis=1)).mean() < 0.5 * np.abs(np.diff(rough, axis=1)).mean()

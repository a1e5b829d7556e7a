"""The maps are right: five ways of knowing, none of which is the code under test."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit import explain
from labkit.explain.prepare import prepare
from labkit.explain.target import find_layer
from tests.explain.zoo import CLASSES, SIZE, body, functional, head, pictures

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore:The structure of `inputs`")


def stretched(maps):
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return (maps - low) / np.where(high > low, high - low, 1)


@pytest.fixture(scope="module")
def flat_net():
    keras.utils.set_random_seed(0)
    return functional([*body(), *head()])


@pytest.fixture(scope="module")
def gap_net():
    keras.utils.set_random_seed(0)
    return functional([*body(), layers.GlobalAveragePooling2D(), layers.Dense(CLASSES, name="out")])


# 1. tf-keras-vis as its own documentation uses it, on a model that it can take


def theirs(net, x, classes, method, layer):
    pytest.importorskip("tf_keras_vis")
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.layercam import Layercam
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.scores import CategoricalScore

    keras.utils.disable_interactive_logging()
    if method == "saliency":
        return Saliency(net)(CategoricalScore(list(classes)), x, normalize_map=False)
    cam = {"gradcam": Gradcam, "gradcam++": GradcamPlusPlus, "layercam": Layercam, "scorecam": Scorecam}[
        method
    ]
    options = {"penultimate_layer": layer, "expand_cam": False, "normalize_cam": False}
    return np.asarray(cam(net)(CategoricalScore(list(classes)), x, **options))


@pytest.mark.parametrize("engine", explain.ENGINES)
@pytest.mark.parametrize(
    ("method", "tolerance"),
    [("gradcam", 1e-5), ("gradcam++", 5e-4), ("layercam", 1e-6), ("scorecam", 1e-4), ("saliency", 1e-5)],
)
@pytest.mark.parametrize("net", ["flat_net", "gap_net"])
def test_both_engines_agree_with_plain_tf_keras_vis(method, tolerance, engine, net, request):
    net, x, classes = request.getfixturevalue(net), pictures(), [0, 2, 1]
    expected = theirs(net, x, classes, method, "conv2")
    found = explain.explain(net, x, classes, method, "conv2" if method != "saliency" else None, engine)
    assert found.engine == engine
    assert np.abs(stretched(found.maps) - stretched(expected)).max() <= tolerance


# 2. closed form: with global average pooling and one Dense layer, the gradient is known


def test_on_a_gap_head_the_maps_are_those_of_the_closed_form(gap_net):
    x, classes = pictures(), [0, 1, 2]
    A = np.asarray(keras.Model(gap_net.inputs, gap_net.get_layer("conv2").output)(x))  # noqa: N806
    w = gap_net.get_layer("out").get_weights()[0].T[classes] / (A.shape[1] * A.shape[2])
    cam = np.maximum(np.einsum("nijk,nk->nij", A, w), 0)
    positive = np.einsum("nijk,nk->nij", A, np.maximum(w, 0))
    for engine in explain.ENGINES:
        for method, expected in (("gradcam", cam), ("layercam", positive)):
            maps = explain.explain(gap_net, x, classes, method, engine=engine).maps
            assert np.allclose(maps, expected, atol=2e-6 * expected.max()), (engine, method)
        plus = explain.explain(gap_net, x, classes, "gradcam++", engine=engine).maps
        assert np.allclose(stretched(plus), stretched(positive), atol=2e-6)
    assert np.allclose(explain.explain(gap_net, x, classes, "hirescam").maps, cam, atol=2e-6 * cam.max())


def test_hirescam_is_each_cells_share_of_a_linear_logit():
    net = functional(
        [layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(CLASSES, name="out")]
    )
    x = pictures()
    A = np.asarray(keras.Model(net.inputs, net.layers[1].output)(x))  # noqa: N806
    shares = (A * net.get_layer("out").get_weights()[0][:, 1].reshape(A.shape[1:])).sum(axis=-1)
    maps = explain.explain(net, x, 1, "hirescam").maps
    assert np.allclose(maps, np.maximum(shares, 0), atol=1e-6)


# 3. finite differences, in float64, of the part of the network behind the layer


def tail(net):
    """Flatten, Dense with ReLU, Dense in NumPy."""
    (w1, b1), (w2, b2) = (layer.get_weights() for layer in net.layers[-2:])
    return lambda a: np.maximum(a.reshape(-1) @ np.float64(w1) + b1, 0) @ np.float64(w2) + b2


def test_gradients_at_a_layer_are_those_of_finite_differences(flat_net):
    x, label, step = pictures(1), 2, 1e-6
    view = prepare(flat_net)
    A, G = view.layer_gradients(find_layer(view, "conv2"))(x, np.array([label], np.int32))  # noqa: N806
    logits, a = tail(flat_net), A[0].astype(np.float64)
    assert np.allclose(logits(a), flat_net(x)[0], atol=1e-5)
    checked = 0
    for place in np.argwhere(a > 1e-3)[::3]:
        up, down = a.copy(), a.copy()
        up[tuple(place)] += step
        down[tuple(place)] -= step
        slope = (logits(up) - logits(down))[label] / (2 * step)
        assert abs(slope - G[0][tuple(place)]) < 1e-6
        checked += 1
    assert checked > 10


def test_layer_gradients_are_what_the_maps_are_made_of(gap_net):
    x, classes = pictures(3), [0, 2, 1]
    A, G = explain.layer_gradients(gap_net, x, classes, batch_size=2)  # noqa: N806
    by_hand = np.maximum((A * G.mean(axis=(1, 2), keepdims=True)).sum(axis=-1), 0)
    found = explain.explain(gap_net, x, classes, method="gradcam", engine="reference")
    assert A.shape[1:3] == found.grid
    assert by_hand == pytest.approx(found.maps, abs=1e-6)
    assert np.allclose(G, explain.layer_gradients(gap_net, x, classes)[1], atol=1e-6)
    assert not np.allclose(G, explain.layer_gradients(gap_net, x, 0)[1])
    predicted = explain.explain(gap_net, x, method="gradcam").classes
    assert np.array_equal(
        explain.layer_gradients(gap_net, x)[1], explain.layer_gradients(gap_net, x, predicted)[1]
    )
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        explain.layer_gradients(gap_net, x, layer="conv9")
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1"):
        explain.layer_gradients(gap_net, x, batch_size=0)


# 4. completeness: the pixels of integrated gradients add up to the change of the logit


def test_integrated_gradients_add_up(flat_net):
    x = pictures()
    found = explain.explain(flat_net, x, 1, "integrated_gradients", steps=200)
    change = found.scores - np.asarray(flat_net(np.zeros_like(x)))[:, 1]
    assert np.allclose(found.baseline_scores, found.scores - change, atol=1e-6)
    assert np.allclose(found.maps.sum(axis=(1, 2)), change, atol=2e-3 * np.abs(change).max())


def test_integrated_gradients_of_a_linear_network_are_exact():
    net = functional([layers.Flatten(), layers.Dense(CLASSES)])
    x, weights = pictures(), net.layers[-1].get_weights()[0]
    found = explain.explain(net, x, 2, "integrated_gradients", steps=1, baseline=0.5)
    expected = ((x - 0.5) * weights[:, 2].reshape(x.shape[1:])).sum(axis=-1)
    assert np.allclose(found.maps, expected, atol=1e-6)


# 5. a cause that is known: a network that looks for red on the left hand and blue on the right


@pytest.fixture(scope="module")
def colour_net():
    """Class 0 is the amount of red, class 1 that of blue, above 0.5."""
    net = functional(
        [
            layers.Conv2D(2, 1, activation="relu", name="conv"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )
    kernel = np.zeros((1, 1, 3, 2), np.float32)
    kernel[0, 0, 0, 0] = kernel[0, 0, 2, 1] = 1
    net.set_weights(
        [kernel, np.float32([-0.5, -0.5]), 50 * np.float32([[1, -0.5], [-0.5, 1]]), np.zeros(2, np.float32)]
    )
    return net


@pytest.mark.parametrize("method", explain.METHODS)
def test_every_method_finds_the_known_cause(method, colour_net):
    x = np.full((2, SIZE, SIZE, 3), 0.2, np.float32)
    x[:, 2:4, 2:4, 0] = 1.0  # red
    x[:, 8:10, 8:10, 2] = 1.0  # blue
    found = explain.explain(colour_net, x, [0, 1], method, cells=SIZE, noise=0.01)
    for values, cause in zip(found.upsampled(), (slice(2, 4), slice(8, 10)), strict=True):
        row, column = np.unravel_index(values.argmax(), values.shape)
        assert row in range(SIZE)[cause]
        assert column in range(SIZE)[cause]


def test_occlusion_is_the_fall_of_the_logit(flat_net):
    x = pictures(1)
    found = explain.explain(flat_net, x, 0, "occlusion", cells=3, baseline=0.5)
    covered = x.copy()
    covered[0, 4:8, 8:12] = 0.5
    fall = np.asarray(flat_net(x))[0, 0] - np.asarray(flat_net(covered))[0, 0]
    assert abs(found.maps[0, 1, 2] - fall) < 1e-5


@pytest.mark.slow
def test_clever_hans_is_found_out():
    """A mark in the corner gives the class away: a trained network looks there, and the maps say so."""
    random = np.random.default_rng(0)
    y = random.integers(0, CLASSES, 512)
    x = random.normal(0.5, 0.15, (512, 16, 16, 3)).astype(np.float32)
    mark = np.zeros((512, 16, 16), bool)
    for i, label in enumerate(y):
        mark[i, 1:4, 1 + 5 * label : 4 + 5 * label] = True
    x[mark] = [1, 0, 1]
    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input((16, 16, 3)), *body(), *head("softmax")])
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    net.fit(x, y, epochs=8, batch_size=32, verbose=0)
    assert net.evaluate(x, y, verbose=0)[1] > 0.95
    strip = np.zeros((16, 16), bool)
    strip[:5] = True  # where marks are, and a cell's width around
    for method, share in (("gradcam", 0.7), ("gradcam++", 0.7), ("layercam", 0.9), ("hirescam", 0.9)):
        maps = explain.explain(net, x[:64], y[:64], method, "conv1").upsampled()
        hits = [strip.ravel()[values.argmax()] for values in maps]
        assert np.mean(hits) >= share, method

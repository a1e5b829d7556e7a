"""Every kind of network is explained, safely, or refused in one line."""

import keras
import numpy as np
import pytest

from labkit import explain
from labkit.explain.prepare import prepare
from tests.explain.zoo import EXPLAINED, REFUSED, pictures

pytest.importorskip("tensorflow")
pytest.importorskip("tf_keras_vis")


# The others differ from one of these in nothing that a change of labkit is likely to touch.
QUICK = (
    "functional, softmax",
    "Softmax layer",
    "activations as functions",
    "Sequential filled by add()",
    "nested functional",
    "conv, BatchNormalization, ReLU",
    "residual",
    "one layer twice",
    "compiled, Dropout",
    "transfer()",
    "mixed_bfloat16",
)
KINDS = [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in EXPLAINED]


def state(net, x):
    """Everything of a caller's model that could be changed."""
    weights = [np.array(w) for w in net.get_weights()]
    nodes = [len(layer._inbound_nodes) for layer in net.layers]
    activations = [getattr(layer, "activation", None) for layer in net.layers]
    return weights, nodes, activations, np.asarray(net(x, training=False))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_explained_and_left_as_it_was(kind):
    build, layer, grid = EXPLAINED[kind]
    keras.utils.set_random_seed(3)
    net, x = build(), pictures()
    weights, nodes, activations, outputs = state(net, x)
    ours, theirs = (explain.explain(net, x, engine=e) for e in ("reference", "tf_keras_vis"))
    for found in (ours, theirs):
        assert (found.layer, found.grid) == (layer, grid)
        assert found.maps.shape == (3, *grid)
        assert found.maps.dtype == np.float32
        assert np.isfinite(found.maps).all()
        assert (found.classes == outputs.argmax(axis=1)).all()
    assert theirs.maps.max() > 0  # an empty map would agree with anything
    assert np.allclose(ours.maps, theirs.maps, rtol=1e-3, atol=1e-4 * theirs.maps.max())
    after = state(net, x)
    assert all(np.array_equal(a, b) for a, b in zip(weights, after[0], strict=True))
    assert (nodes, activations) == after[1:3]
    assert np.array_equal(outputs, after[3])


@pytest.mark.parametrize("kind", ["functional, softmax", "Softmax layer", "nested Sequential", "transfer()"])
def test_the_cut_logits_give_the_probabilities_back(kind):
    net, x = EXPLAINED[kind][0](), pictures()
    logits = prepare(net).logits(x)
    assert np.allclose(keras.ops.softmax(logits), net(x, training=False), atol=1e-6)
    assert not np.allclose(logits.sum(axis=1), 1)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_explained_gets_one_line(kind):
    build, message = REFUSED[kind]
    with pytest.raises(ValueError, match=message) as caught:
        explain.explain(build(), pictures())
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_coarse_layer_is_explained_where_it_is_asked_for():
    found = explain.explain(REFUSED["too coarse"][0](), pictures(), layer="conv1")
    assert found.grid == (3, 3)


def test_later_weights_are_seen_and_later_layers_too():
    net, x = EXPLAINED["functional, softmax"][0](), pictures()
    first = explain.explain(net, x, 0, engine="reference")
    net.set_weights([2 * w for w in net.get_weights()])
    assert not np.allclose(explain.explain(net, x, 0, engine="reference").scores, first.scores)
    net.get_layer("conv2").activation = keras.activations.tanh
    same = EXPLAINED["functional, softmax"][0]()
    same.set_weights(net.get_weights())
    same.get_layer("conv2").activation = keras.activations.tanh
    again, fresh = (explain.explain(n, x, 0, engine="reference") for n in (net, same))
    assert np.allclose(again.maps, fresh.maps)


def test_a_view_dies_with_its_model():
    import gc
    import weakref

    net = EXPLAINED["functional, softmax"][0]()
    view = weakref.ref(prepare(net))
    del net
    gc.collect()
    assert view() is None


def test_the_layers_that_can_be_chosen_are_listed():
    net = EXPLAINED["nested functional"][0]()
    assert explain.explainable(net) == {"conv1": (12, 12), "pool": (6, 6), "conv2": (5, 5)}
    assert explain.explain(net, pictures(), layer="conv1", engine="reference").grid == (12, 12)

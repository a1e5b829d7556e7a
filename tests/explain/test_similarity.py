import numpy as np
import pytest
from scipy.stats import ortho_group

from labkit import explain
from tests.explain.toys import colour_net, noise, small_net

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(50, 6)), RNG.normal(size=(50, 4))


def test_a_set_is_like_itself_turned_and_scaled():
    turn = ortho_group.rvs(6, random_state=0)
    assert explain.linear_cka(X, X) == pytest.approx(1)
    assert explain.linear_cka(X, -3 * X @ turn + 100) == pytest.approx(1)
    assert explain.linear_cka(X @ turn, 0.1 * Y) == pytest.approx(explain.linear_cka(X, Y))
    assert explain.linear_cka(X, Y) == pytest.approx(explain.linear_cka(Y, X))


def test_it_is_not_the_same_under_any_linear_map():
    assert explain.linear_cka(X, X * np.array([10, 1, 1, 1, 1, 1])) < 0.8


def test_the_definition_by_features():
    x, y = X - X.mean(axis=0), Y + 0.5 * X[:, :4]
    y = y - y.mean(axis=0)
    norm = np.linalg.norm
    known = norm(y.T @ x) ** 2 / (norm(x.T @ x) * norm(y.T @ y))
    assert explain.linear_cka(X, Y + 0.5 * X[:, :4]) == pytest.approx(known)


def test_few_images_with_many_features_go_another_way_to_the_same_number():
    x, y = X[:5], Y[:5]
    centred = x - x.mean(axis=0), y - y.mean(axis=0)
    norm = np.linalg.norm
    known = norm(centred[1].T @ centred[0]) ** 2 / (
        norm(centred[0].T @ centred[0]) * norm(centred[1].T @ centred[1])
    )
    assert explain.linear_cka(x, y) == pytest.approx(known)


def test_unlike_sets_of_many_images_are_near_0():
    assert explain.linear_cka(RNG.normal(size=(5000, 3)), RNG.normal(size=(5000, 3))) < 0.01


def test_features_that_do_not_vary_have_no_similarity():
    assert np.isnan(explain.linear_cka(X, np.ones((50, 2))))


def test_layers_of_one_net_and_of_two():
    net, other, images = small_net(0), small_net(1), noise(20)
    table = explain.compare_layers(net, net, images)
    assert np.diag(table) == pytest.approx([1, 1])
    assert np.allclose(table, table.T)
    two = explain.compare_layers(net, other, images)
    assert (np.diag(two) < 0.999).all()
    flat = [explain.responses(one, images, "conv2").reshape(20, -1) for one in (net, other)]
    assert two.loc["conv2", "conv2"] == pytest.approx(explain.linear_cka(*flat), abs=1e-4)


def test_nets_with_images_of_different_forms():
    images = noise(10)
    table = explain.compare_layers(small_net(), colour_net(), images, images[:, ::3, ::3])
    assert table.shape == (2, 1)
    with pytest.raises(ValueError, match="the same images, two or more, not 10 with 9"):
        explain.compare_layers(small_net(), colour_net(), images, images[1:, ::3, ::3])


def test_the_same_layers_of_several_nets():
    images, nets = noise(12), {"a": small_net(0), "b": small_net(1), "c": small_net(0)}
    table = explain.same_layers(nets, images)
    assert list(table.columns) == ["a and b", "a and c", "b and c"]
    assert table["a and c"].to_list() == pytest.approx([1, 1])
    assert np.allclose(table["a and b"], table["b and c"])
    diagonal = np.diag(explain.compare_layers(nets["a"], nets["b"], images))
    assert table["a and b"].to_list() == pytest.approx(list(diagonal))
    with pytest.raises(ValueError, match="no layer names in common"):
        explain.same_layers({"a": small_net(), "b": colour_net()}, {"a": images, "b": images[:, ::3, ::3]})
    with pytest.raises(ValueError, match="two nets or more"):
        explain.same_layers({"a": small_net()}, images)

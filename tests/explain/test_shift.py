import keras
import numpy as np
import pytest
from keras import layers

from labkit import data, explain, models
from tests.explain.toys import colour_net, coloured, noise, small_net
from tests.explain.zoo import EXPLAINED, REFUSED, pictures

REFERENCE, IMAGES = noise(30, seed=1), noise(7, seed=2)


def by_hand(reference, images, k, normalised=True):
    """Distance to the k-th nearest row, one pair of rows at a time."""
    rows = [np.asarray(x, np.float64) for x in (reference, images)]
    if normalised:
        rows = [np.array([r / np.sqrt((r * r).sum()) if r.any() else r for r in x]) for x in rows]
    return np.array([sorted(np.sqrt(((a - b) ** 2).sum()) for b in rows[0])[k - 1] for a in rows[1]])


def auroc_by_hand(known, other):
    """How often one of the others is farther than a known one; a tie is half a time."""
    pairs = [(o > n) + 0.5 * (o == n) for n in known for o in other]
    return sum(pairs) / len(pairs)


def hidden(net, layer, images):
    """A layer's features, read off the model itself: means of the maps."""
    found = np.asarray(keras.Model(net.inputs[0], net.get_layer(layer).output)(images))
    return found.mean(axis=(1, 2)) if found.ndim == 4 else found


@pytest.fixture(scope="module")
def dense_net():
    keras.utils.set_random_seed(1)
    return models.first_cnn((12, 12, 3))


@pytest.mark.parametrize("k", [1, 4, 30])
@pytest.mark.parametrize("layer", ["conv1", "conv2"])
def test_the_distance_is_that_to_the_kth_nearest_features(k, layer):
    net = small_net()
    found = explain.feature_distances(net, REFERENCE, IMAGES, layer, k=k)
    known = by_hand(hidden(net, layer, REFERENCE), hidden(net, layer, IMAGES), k)
    assert found.dtype == np.float64
    assert found.shape == (7,)
    assert found == pytest.approx(known, abs=1e-5)


def test_dense_features_and_the_last_hidden_layer(dense_net):
    known = by_hand(hidden(dense_net, "fc1", REFERENCE), hidden(dense_net, "fc1", IMAGES), 3)
    assert explain.feature_distances(dense_net, REFERENCE, IMAGES, k=3) == pytest.approx(known, abs=1e-5)
    net = small_net()  # whose last hidden layer is a convolution
    found = [explain.feature_distances(net, REFERENCE, IMAGES, layer) for layer in (None, "conv2", "conv1")]
    assert np.array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


def test_pixels_are_taken_as_they_are():
    flat = [x.reshape(len(x), -1) for x in (REFERENCE, IMAGES)]
    known = by_hand(*flat, 2, normalised=False)
    assert explain.feature_distances(small_net(), REFERENCE, IMAGES, "pixels", k=2) == pytest.approx(known)
    linear = models.softmax_regression((12, 12, 3))  # has no hidden layer at all
    assert explain.feature_distances(linear, REFERENCE, IMAGES, "pixels", k=2) == pytest.approx(known)


def test_neither_the_order_of_the_reference_nor_the_batches_matter(dense_net):
    found = explain.feature_distances(dense_net, REFERENCE, IMAGES, k=3)
    turned = explain.feature_distances(dense_net, REFERENCE[::-1], IMAGES, k=3)
    in_parts = explain.feature_distances(dense_net, REFERENCE, IMAGES, k=3, batch_size=4)
    assert found == pytest.approx(turned, abs=1e-6)
    assert found == pytest.approx(in_parts, abs=1e-6)


def test_the_scale_of_the_features_does_not_matter():
    net = small_net()
    found = explain.feature_distances(net, REFERENCE, IMAGES, k=3)
    net.get_layer("conv2").set_weights([50 * w for w in net.get_layer("conv2").get_weights()])
    assert explain.feature_distances(net, REFERENCE, IMAGES, k=3) == pytest.approx(found, abs=1e-5)


@pytest.mark.parametrize("layer", ["conv2", "pixels"])  # few features and many are searched in different ways
def test_a_picture_of_the_reference_is_its_own_nearest(layer):
    found = [explain.feature_distances(small_net(), REFERENCE, REFERENCE, layer, k=k) for k in (1, 2)]
    assert found[0].tolist() == [0] * 30
    assert (found[1] > 1e-4).all()


def test_colours_have_known_distances():
    red, green, blue = (coloured(per_class=2)[0][i : i + 1] for i in range(3))
    # The filters answer to red, to green (twice as strongly), to all colours, and never.
    found = explain.feature_distances(colour_net(), red, np.concatenate([red, green, blue]), k=1)
    r, g, b = np.array([1, 0, 1]) / 2**0.5, np.array([0, 2, 1]) / 5**0.5, np.array([0, 0, 1])
    assert found == pytest.approx([0, np.linalg.norm(r - g), np.linalg.norm(r - b)], abs=1e-6)


def test_dead_features_have_distances_too():
    net, black = colour_net(), np.zeros((2, 4, 4, 3), np.float32)
    images, _ = coloured()
    assert explain.feature_distances(net, images, black, k=3) == pytest.approx([1, 1])
    assert explain.feature_distances(net, black, images, k=2) == pytest.approx(np.ones(12))
    assert explain.feature_distances(net, black, black, k=2).tolist() == [0, 0]
    net.get_layer("conv").set_weights([np.zeros((1, 1, 3, 4)), -np.ones(4)])
    assert explain.feature_distances(net, images, images, k=2).tolist() == [0] * 12
    table = explain.domain_shift(net, images, {"known": images, "black": black}, k=2)
    assert table.loc["conv", "black"] == 0.5


def test_the_table_is_the_share_of_pairs_in_the_right_order():
    net, names = small_net(), ["conv1", "conv2"]
    sets = {"known": noise(9, seed=3), "dark": 0.3 * IMAGES, "waves": np.sin(9 * IMAGES) ** 2}
    table = explain.domain_shift(net, REFERENCE, sets, k=3)
    assert (list(table.index), table.index.name, list(table.columns)) == (names, "layer", ["dark", "waves"])
    for layer in names:
        far = {
            name: by_hand(hidden(net, layer, REFERENCE), hidden(net, layer, x), 3) for name, x in sets.items()
        }
        for name in table.columns:
            assert table.loc[layer, name] == pytest.approx(auroc_by_hand(far["known"], far[name]))
    assert 0 < table.min().min() < table.max().max() <= 1


def test_the_same_kind_of_images_is_not_told_apart_and_another_kind_is():
    reference, known, alike = noise(100, seed=4), noise(200, seed=5), noise(200, seed=6)
    stripes = np.broadcast_to(np.arange(12)[:, None] % 2, (20, 12, 12)).astype(np.float32)
    sets = {"known": known, "alike": alike, "red stripes": stripes[..., None] * [1, 0, 0]}
    table = explain.domain_shift(small_net(), reference, sets, ["pixels", "conv1", "conv2"])
    assert table["alike"].to_list() == pytest.approx([0.5] * 3, abs=0.1)  # 0.03 is one standard deviation
    assert table["red stripes"].to_list() == [1, 1, 1]
    nearer = explain.domain_shift(small_net(), reference, {"far": sets["red stripes"], "near": alike})
    assert nearer["near"].to_list() == [0, 0]


def test_layers_are_rows_in_the_order_asked_for():
    sets = {"a": IMAGES, "b": 1 - IMAGES}
    table = explain.domain_shift(small_net(), REFERENCE, sets, ["conv2", "pixels", "pool"])
    assert list(table.index) == ["conv2", "pixels", "pool"]
    assert "pixels" not in explain.domain_shift(small_net(), REFERENCE, sets).index


def test_each_layer_is_computed_once_a_set(monkeypatch):
    calls = []
    real = explain.shift.collect
    monkeypatch.setattr(
        explain.shift, "collect", lambda *args: calls.append((args[1].shape, args[2])) or real(*args)
    )
    explain.domain_shift(small_net(), REFERENCE, {"a": IMAGES, "b": IMAGES[:5]}, ["pixels", "conv1", "conv2"])
    assert [shape[0] for shape, _ in calls] == [30, 7, 5]
    assert all(names == ["conv1", "conv2"] for _, names in calls)


KINDS = (
    "functional, softmax",
    "Sequential filled by add()",
    "nested functional",
    "residual",
    "conv, BatchNormalization, ReLU",
    "mixed_bfloat16",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_net_is_read_and_left_as_it_was(kind):
    net = EXPLAINED[kind][0]()
    weights = [np.array(w) for w in net.get_weights()]
    nodes = [len(layer._inbound_nodes) for layer in net.layers]
    found = explain.feature_distances(net, pictures(12), pictures(3, seed=1), k=2)
    table = explain.domain_shift(net, pictures(12), {"a": pictures(3, seed=1), "b": pictures(2, seed=2)}, k=2)
    assert ((found >= 0) & (found <= 2)).all()
    assert found.max() > 0
    assert table["b"].between(0, 1).all()
    assert all(np.array_equal(a, b) for a, b in zip(weights, net.get_weights(), strict=True))
    assert nodes == [len(layer._inbound_nodes) for layer in net.layers]


def test_random_layers_are_at_rest():
    net = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Dropout(0.5, name="drop"),
            layers.BatchNormalization(name="bn"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    found = [explain.feature_distances(net, REFERENCE, IMAGES, "bn") for _ in range(2)]
    assert np.array_equal(*found)


@pytest.mark.slow
def test_the_sample_of_a_data_set():
    photos = data.load("cifar10", source="sample").scaled()
    own = data.own_images("cifar10", like=photos).scaled()
    sets = {"test": photos.x_test[:60], "own": own.x, "grey": np.full((3, 32, 32, 3), 0.5, np.float32)}
    table = explain.domain_shift(models.first_cnn((32, 32, 3)), photos.x_train[:100], sets)
    assert list(table.columns) == ["own", "grey"]
    assert table.notna().all(axis=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 31}, "k is 31 but the reference has only 30 images: give more of them, or a smaller k"),
        ({"k": 0}, "k must be a whole number of at least 1, but it is 0"),
        ({"k": 2.5}, "k must be a whole number of at least 1, but it is 2.5"),
        ({"layer": "conv9"}, "has no layer 'conv9': it has conv1"),
        ({"images": IMAGES[:, :8]}, "takes images of 12 x 12 x 3"),
        ({"images": IMAGES[:0]}, "there is no image to explain"),
        ({"reference": REFERENCE[:, :8]}, "takes images of 12 x 12 x 3"),
        ({"reference": (255 * REFERENCE).astype(np.uint8)}, r"whole numbers \(uint8\)"),
        ({"images": np.full_like(IMAGES, np.nan)}, "hold NaN or infinity"),
        ({"model": "net"}, "takes a Keras model, not str"),
        ({"model": models.softmax_regression((12, 12, 3))}, "has no hidden layer with filters"),
    ],
)
def test_what_has_no_distance_is_one_line(change, message):
    given = {"model": small_net(), "reference": REFERENCE, "images": IMAGES} | change
    with pytest.raises(ValueError, match=message) as caught:
        explain.feature_distances(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": {"a": IMAGES}}, "images is a dict of two sets or more, the known one first"),
        ({"images": IMAGES}, "images is a dict of two sets or more"),
        ({"images": {"a": IMAGES, "own": IMAGES[:0]}}, "own: there is no image"),
        ({"images": {"a": IMAGES, "own": IMAGES[..., :1]}}, "own: .* takes images of 12 x 12 x 3"),
        ({"images": {"a": None, "own": IMAGES}}, "a: images are arrays of numbers"),
        ({"k": 31}, "k is 31 but the reference has only 30 images"),
        ({"layers": ["conv1", "conv9"]}, "has no layer 'conv9'"),
        ({"layers": "conv1"}, "layers is a list of names"),
        ({"layers": "pixels"}, "layers is a list of names"),
        ({"layers": []}, "name the layers yourself"),
        ({"model": REFUSED["subclassed"][0]()}, "own is a subclassed model"),
    ],
)
def test_what_makes_no_table_is_one_line(change, message):
    given = {"model": small_net(), "reference": REFERENCE, "images": {"a": IMAGES, "b": IMAGES}} | change
    with pytest.raises(ValueError, match=message) as caught:
        explain.domain_shift(**given)
    assert "\n" not in str(caught.value)

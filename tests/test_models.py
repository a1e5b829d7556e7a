"""The nets: totals against sums written out by hand, names, outputs, and the nets that cannot exist."""

import keras
import numpy as np
import pytest

from labkit import models

SMALL = (32, 32, 3)


def conv(kernel, channels, filters):
    """Parameters of a convolution: a kernel a filter, and one bias each."""
    return kernel * kernel * channels * filters + filters


def dense(inputs, units):
    return inputs * units + units


def norm(*channels):
    """Parameters of BatchNormalization layers: scale, shift, moving mean, moving variance a channel."""
    return 4 * sum(channels)


def chain(first, *widths):
    """Parameters of the 3x3 convolutions that lead from one width to the next."""
    return sum(conv(3, a, b) for a, b in zip((first, *widths), widths, strict=False))


def head(inputs, *units):
    return sum(dense(a, b) for a, b in zip((inputs, *units), units, strict=False))


VGG16_BASE = chain(3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
VGG19_BASE = VGG16_BASE + conv(3, 256, 256) + 2 * conv(3, 512, 512)
VGG16_NORMS = norm(64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
VGG_SMALL_HEAD, VGG_HEAD = head(512, 4096, 4096), head(7 * 7 * 512, 4096, 4096)
TO_10, TO_100, TO_1000 = (dense(4096, classes) for classes in (10, 100, 1000))
TWO_PAIRS, THREE_PAIRS = chain(3, 16, 16, 32, 32), chain(3, 16, 16, 32, 32, 64, 64)
GREY, COLOUR = (conv(5, channels, 16) + conv(3, 16, 32) for channels in (1, 3))
THREE = {"padding": "same", "blocks": 3}
TEN, HUNDRED = {"num_classes": 10, "image_shape": SMALL}, {"num_classes": 100, "image_shape": SMALL}

# builder, its arguments, the total (the sheet's, or worked out on paper), the same as a sum over the layers
TOTALS = [
    ("first_cnn", {}, 347_146, conv(3, 1, 32) + head(13 * 13 * 32, 64, 10)),
    ("cnn", {"filters": (32, 16, 8)}, 11_426, chain(1, 32, 16, 8) + head(3 * 3 * 8, 64, 10)),
    ("cnn", {"filters": (32, 16, 8), "pool": False}, 408_226, chain(1, 32, 16, 8) + head(28 * 28 * 8, 64, 10)),
    ("cnn", {"filters": (256, 128, 64, 32), "image_shape": SMALL}, 403_370,
     chain(3, 256, 128, 64, 32) + head(2 * 2 * 32, 64, 10)),
    ("cnn", {"filters": ((16, 32, 16), (32,)), "dense": (256, 128), "padding": "valid", "image_shape": SMALL},
     253_594, chain(3, 16, 32, 16, 32) + head(5 * 5 * 32, 256, 128, 10)),
    ("cnn", {"filters": [8], "kernel_size": 5, "batch_norm": True, "dense": ()}, 15_930,
     conv(5, 1, 8) + norm(8) + dense(14 * 14 * 8, 10)),
    ("fashion_cnn", {}, 244_298, GREY + head(5 * 5 * 32, 256, 128, 10)),
    ("fashion_cnn", {"extra_dense": True}, 260_810, GREY + head(5 * 5 * 32, 256, 128, 128, 10)),
    ("fashion_cnn", {"padding": "same"}, 440_906, GREY + head(7 * 7 * 32, 256, 128, 10)),
    ("fashion_cnn", {"image_shape": SMALL}, 335_210, COLOUR + head(6 * 6 * 32, 256, 128, 10)),
    ("fashion_cnn", {"image_shape": SMALL, "padding": "same"}, 564_586, COLOUR + head(8 * 8 * 32, 256, 128, 10)),
    ("deep_cnn", {}, 255_898, TWO_PAIRS + head(5 * 5 * 32, 256, 128, 10)),
    ("deep_cnn", {"padding": "same"}, 575_386, TWO_PAIRS + head(8 * 8 * 32, 256, 128, 10)),
    ("deep_cnn", THREE, 368_666, THREE_PAIRS + head(4 * 4 * 64, 256, 128, 10)),
    ("deep_cnn", {**THREE, "batch_norm": True}, 370_650,
     THREE_PAIRS + head(4 * 4 * 64, 256, 128, 10) + norm(16, 32, 64, 256, 128)),
    ("deep_cnn", {**THREE, "leaky_slope": 0.3}, 368_666, THREE_PAIRS + head(4 * 4 * 64, 256, 128, 10)),
    ("softmax_regression", {}, 30_730, dense(32 * 32 * 3, 10)),
    ("mlp", {}, 394_634, head(32 * 32 * 3, 128, 10)),
    ("lenet5", {}, 62_006, conv(5, 3, 6) + conv(5, 6, 16) + head(5 * 5 * 16, 120, 84, 10)),
    ("small_cnn", {}, 356_810, chain(3, 32, 64, 128) + head(4 * 4 * 128, 128, 10)),
    ("alexnet", {}, 36_930_826,
     chain(3, 96, 256, 384, 384, 256) + norm(96, 256, 384, 384, 256) + head(4 * 4 * 256, 4096, 4096, 10)),
    ("vgg16", {"include_top": False}, 14_714_688, VGG16_BASE),
    ("vgg19", {"include_top": False}, 20_024_384, VGG19_BASE),
    ("vgg16", HUNDRED, 34_006_948, VGG16_BASE + VGG_SMALL_HEAD + TO_100),
    ("vgg16", {**HUNDRED, "batch_norm": True}, 34_023_844, VGG16_BASE + VGG16_NORMS + VGG_SMALL_HEAD + TO_100),
    ("vgg16", TEN, 33_638_218, VGG16_BASE + VGG_SMALL_HEAD + TO_10),
    ("vgg16", {**TEN, "batch_norm": True}, 33_655_114, VGG16_BASE + VGG16_NORMS + VGG_SMALL_HEAD + TO_10),
    ("vgg16", {}, 138_357_544, VGG16_BASE + VGG_HEAD + TO_1000),
    ("vgg16", {"num_classes": 100}, 134_670_244, VGG16_BASE + VGG_HEAD + TO_100),
    ("vgg19", {}, 143_667_240, VGG19_BASE + VGG_HEAD + TO_1000),
    ("vgg16", {**TEN, "width": 0.001, "head": ()}, 168, chain(3, *[1] * 13) + dense(1, 10)),
    ("vgg16", {**TEN, "width": 0.0625, "head": (9,)}, 58_225,
     chain(3, 4, 4, 8, 8, 16, 16, 16, 32, 32, 32, 32, 32, 32) + head(32, 9, 10)),
]  # fmt: skip


@pytest.fixture
def no_weights(monkeypatch):
    """Let a test build models whose variables have shapes and no memory: VGG-16 would take 550 MB."""
    monkeypatch.setattr(keras.Variable, "_deferred_initialize", lambda variable: None)
    with keras.StatelessScope():
        yield


@pytest.mark.parametrize(("builder", "arguments", "expected", "by_layers"), TOTALS)
def test_totals(no_weights, builder, arguments, expected, by_layers):
    assert expected == by_layers
    model = getattr(models, builder)(**arguments)
    assert model.count_params() == expected
    assert model.name == builder


def test_a_built_net_has_the_weights_that_are_counted():
    model = models.deep_cnn(blocks=3, padding="same", batch_norm=True)
    assert sum(array.size for array in model.get_weights()) == 370_650
    assert sum(int(np.prod(w.shape)) for w in model.non_trainable_weights) == 992


def names(model):
    return [layer.name for layer in model.layers]


def test_layer_names_and_their_order():
    rates = {"pool_dropout": 0.25, "dense_dropout": 0.5}
    net = models.deep_cnn(padding="same", batch_norm=True, leaky_slope=0.3, **rates)
    block = ["conv1", "leaky1", "conv2", "leaky2", "bn", "pool", "dropout"]
    blocks = [f"block{number}_{part}" for number in (1, 2) for part in block]
    hidden = [f"fc{number}{part}" for number in (1, 2) for part in ("", "_leaky", "_bn", "_dropout")]
    assert names(net) == ["images", *blocks, "flatten", *hidden, "predictions"]


PROBABILITIES = ("fashion_cnn", "deep_cnn", "vgg16", "vgg19")


NO_BUILDERS = {
    "Table",
    "build",
    "transfer",
    "freeze",
    "unfreeze",
    "BadWeightsError",
    "WeightsNotFoundError",
} | {
    "begin_as_identity",
    "mirrored",
    "whiten",
}


@pytest.mark.parametrize("builder", sorted(set(models.__all__) - NO_BUILDERS))
def test_every_builder_has_stable_names_and_the_outputs_of_its_sheet(no_weights, builder):
    needed = {
        "cnn": {"filters": (4, 4)},
        "speed_cnn": {"identity": False},
    }  # the identity would need its weights
    arguments = needed.get(builder, {})
    first, second = (getattr(models, builder)(**arguments) for _ in range(2))
    assert names(first) == names(second)
    assert first.name == second.name == builder
    assert (names(first)[0], names(first)[-1]) == ("images", "predictions")
    expected = keras.activations.softmax if builder in PROBABILITIES else keras.activations.linear
    assert first.layers[-1].activation is expected


def test_cnn_gives_probabilities_when_asked():
    model = models.cnn((4,), (), softmax=True, num_classes=3)
    rows = keras.ops.convert_to_numpy(model(np.random.default_rng(0).normal(size=(5, 28, 28, 1))))
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)


def test_activations_of_the_hidden_layers():
    def activations(model):
        return {layer.activation.__name__ for layer in model.layers[:-1] if hasattr(layer, "activation")}

    assert activations(models.lenet5()) == {"tanh"}
    assert activations(models.small_cnn()) == {"relu"}
    leaky = models.deep_cnn(leaky_slope=0.3)
    assert activations(leaky) == {"linear"}
    slopes = [layer.negative_slope for layer in leaky.layers if isinstance(layer, keras.layers.LeakyReLU)]
    np.testing.assert_allclose(slopes, [0.3] * 6)


def test_poolings_and_their_maps():
    assert isinstance(models.lenet5().get_layer("block1_pool"), keras.layers.AveragePooling2D)
    pool = models.first_cnn((20, 9, 2), 3).get_layer("block1_pool")
    assert isinstance(pool, keras.layers.MaxPooling2D)
    assert (pool.input.shape[1:], pool.output.shape[1:]) == ((18, 7, 32), (9, 3, 32))


def rates(model):
    return {layer.name: layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)}


def test_dropout_of_vgg_is_no_neighbour_of_a_pooling_and_normalisation_follows_the_convolution(no_weights):
    model = models.vgg16(10, SMALL, dropout=0.2, batch_norm=True)
    places = {1: [1], 2: [1], 3: [1, 2], 4: [1, 2], 5: [1, 2]}
    assert rates(model) == {f"block{block}_dropout{i}": 0.2 for block, at in places.items() for i in at}
    order = names(model)
    for name, before, after in zip(order[1:], order, order[2:], strict=False):
        assert not (name.endswith("_pool") and "dropout" in before + after)
        assert "_conv" not in name or after == name.replace("conv", "bn")
    assert sum("_bn" in name for name in order) == 13


def test_other_dropouts():
    head_only = {"fc1_dropout": 0.5, "fc2_dropout": 0.5}
    both = {"block1_dropout": 0.25, "block2_dropout": 0.25, **head_only}
    assert rates(models.fashion_cnn(pool_dropout=0.25, dense_dropout=0.5)) == both
    assert rates(models.vgg16(10, SMALL, width=0.1, head=(8,), head_dropout=0.5)) == {"fc1_dropout": 0.5}
    assert rates(models.alexnet()) == head_only
    assert rates(models.deep_cnn()) == {}


# builder, its arguments, and of the message: the layer with its need, the map, the story, the remedy
IMPOSSIBLE = [
    ("cnn", {"filters": (256, 128, 64, 32), "image_shape": SMALL, "padding": "valid"},
     "block4_conv1: a 3x3 valid convolution needs a map of at least 3x3, but the map is 2x2 here: after "
     "3 poolings and 3 valid convolutions 32x32 pixels are 2x2. Remove a pooling or use padding='same'."),
    ("deep_cnn", {"blocks": 3},
     "block3_pool: a 2x2 pooling needs a map of at least 2x2, but the map is 1x1 here: after "
     "2 poolings and 6 valid convolutions 32x32 pixels are 1x1. Remove a pooling or use padding='same'."),
    ("cnn", {"filters": (4, 4, 4), "image_shape": (64, 4, 1)},
     "block3_pool: a 2x2 pooling needs a map of at least 2x2, but the map is 16x1 here: after "
     "2 poolings 64x4 pixels are 16x1. Remove a pooling or start from larger images."),
    ("cnn", {"filters": (4,), "kernel_size": 5, "pool": False, "padding": "valid", "image_shape": (4, 4, 1)},
     "block1_conv1: a 5x5 valid convolution needs a map of at least 5x5, but the map is 4x4 here. "
     "Use a smaller kernel or use padding='same'."),
]  # fmt: skip


@pytest.mark.parametrize(("builder", "arguments", "message"), IMPOSSIBLE)
def test_a_stack_that_cannot_exist_says_at_which_layer(monkeypatch, builder, arguments, message):
    monkeypatch.setattr(keras, "Input", lambda *a, **k: pytest.fail("Keras was called before the check"))
    with pytest.raises(ValueError, match=r"^block") as caught:
        getattr(models, builder)(**arguments)
    assert str(caught.value) == message


def accepts(build):
    try:
        return 0 not in build().shape
    except ValueError:
        return False


def test_the_check_refuses_what_keras_refuses_and_nothing_else(no_weights):
    def by_keras(size):
        x = keras.Input((size, size, 1))
        for filters in (2, 3, 4):
            x = keras.layers.MaxPooling2D(2)(keras.layers.Conv2D(filters, 3)(x))
        return x

    def by_labkit(size):
        return models.cnn((2, 3, 4), (), image_shape=(size, size, 1), padding="valid").output

    sizes = range(1, 40)
    accepted = [size for size in sizes if accepts(lambda: by_labkit(size))]  # noqa: B023
    assert accepted == [size for size in sizes if accepts(lambda: by_keras(size))]  # noqa: B023
    assert accepted[0] == 22


TINY = {"name": "tiny", "image_shape": SMALL, "num_classes": 2}
BAD_ARGUMENTS = [
    (lambda: models.first_cnn(num_classes=1), "num_classes must be a whole number of at least 2, but it is 1"),
    (lambda: models.first_cnn(num_classes=10.0), "num_classes .* 10.0"),
    (lambda: models.first_cnn((28, 28)), r"\(height, width, channels\).*grey images are \(28, 28, 1\)"),
    (lambda: models.first_cnn(28), "image_shape must be three whole numbers"),
    (lambda: models.first_cnn((28, 28, 0)), "image_shape must be three whole numbers"),
    (lambda: models.vgg16(10, (None, None, 3)), "image_shape must be three whole numbers"),
    (lambda: models.deep_cnn(pool_dropout=1.0), "pool_dropout must be a rate from 0 to below 1"),
    (lambda: models.deep_cnn(pool_dropout=-0.1), "pool_dropout must be a rate"),
    (lambda: models.deep_cnn(dense_dropout=25), "dense_dropout .* 25: 25 percent is 0.25"),
    (lambda: models.vgg16(dropout="0.2"), "^dropout must be a rate .* '0.2'"),
    (lambda: models.vgg16(head_dropout=2), "^head_dropout must be a rate"),
    (lambda: models.deep_cnn(padding="Same"), "unknown padding 'Same': choose one of same, valid"),
    (lambda: models.deep_cnn(blocks=0), "blocks must be a whole number of at least 1, but it is 0"),
    (lambda: models.deep_cnn(leaky_slope=3), "leaky_slope must be a number from 0 to below 1"),
    (lambda: models.cnn(32), r"filters must be a tuple, but it is 32: write \(32,\)"),
    (lambda: models.cnn("32"), "filters must be a tuple of whole numbers"),
    (lambda: models.cnn((32, 0)), "filters: every size must be a whole number of at least 1, but one is 0"),
    (lambda: models.cnn((32,), 64), r"dense must be a tuple, but it is 64: write \(64,\)"),
    (lambda: models.cnn((32,), kernel_size=(3, 3)), "kernel_size must be one whole number"),
    (lambda: models.cnn((32,), kernel_size=0), "kernel_size: every size"),
    (lambda: models.vgg16(10, (28, 28, 1)), "block5_pool: .* 1x1 here: after 4 poolings 28x28 pixels are 1x1"),
    (lambda: models.vgg16(head=4096), r"head must be a tuple, but it is 4096"),
    (lambda: models.vgg16(width=0), "width must be a number above 0"),
    (lambda: models.build(models.Table(**TINY, pooling="min")), "unknown pooling"),
    (lambda: models.build(models.Table(**TINY, batch_norm=("fc",))), "unknown place for batch_norm 'fc'"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "message"), BAD_ARGUMENTS)
def test_bad_arguments_are_one_line(build, message):
    with pytest.raises(ValueError, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(("builder", "arguments"), [
    ("first_cnn", {}),
    ("deep_cnn", {**THREE, "batch_norm": True, "pool_dropout": 0.2, "leaky_slope": 0.3}),
    ("vgg16", {**TEN, "width": 0.05, "head": (16,), "batch_norm": True, "dropout": 0.2}),
])  # fmt: skip
def test_trains_a_batch(builder, arguments):
    model = getattr(models, builder)(**arguments)
    before = model.get_layer("block1_conv1").get_weights()[0]
    images = np.random.default_rng(0).random((8, *model.input_shape[1:]), dtype=np.float32)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=builder not in PROBABILITIES)
    model.compile("sgd", loss)
    assert np.isfinite(model.train_on_batch(images, np.arange(8)))
    assert not np.array_equal(before, model.get_layer("block1_conv1").get_weights()[0])


def test_a_saved_net_is_read_again(tmp_path):
    model = models.deep_cnn(batch_norm=True, leaky_slope=0.3, pool_dropout=0.25)
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert names(again) == names(model)
    images = np.random.default_rng(0).random((2, *SMALL), dtype=np.float32)
    np.testing.assert_array_equal(again(images), model(images))

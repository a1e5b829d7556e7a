import keras
import numpy as np
import pytest
from keras import layers

from labkit import explain, models
from labkit.explain.prepare import graph_of
from labkit.explain.readouts import before_activation, readouts


def residual():
    """A block as ResNet has it, whose layers Keras lists in an order that is not that of the graph."""
    x = keras.Input((16, 16, 3), name="images")
    y = layers.Conv2D(4, 3, padding="same", name="conv_a")(x)
    shortcut = layers.Conv2D(4, 1, name="conv_s")(x)
    y = layers.BatchNormalization(name="bn_a")(y)
    shortcut = layers.BatchNormalization(name="bn_s")(shortcut)
    y = layers.Activation("relu", name="relu_a")(y)
    y = layers.Conv2D(4, 5, padding="same", name="conv_b")(y)
    y = layers.ReLU(name="relu_out")(layers.Add(name="add")([y, shortcut]))
    return keras.Model(x, layers.Dense(2, name="out")(layers.GlobalAveragePooling2D(name="gap")(y)))


def read(model, layers_=None):
    """Layer -> the layers after whose output, and before whose non-linearity, it is read."""
    graph = graph_of(model)
    return {name: place.name for name, place in readouts(graph, layers_).items()}


def test_filters_are_read_after_their_own_activation():
    assert read(residual()) == {
        "conv_a": "relu_a",
        "conv_s": "bn_s",  # no activation before the sum
        "conv_b": "conv_b",
    }
    own = models.deep_cnn(batch_norm=True)  # ReLU within the convolution, BatchNormalization after it
    assert read(own)["block1_conv2"] == "block1_conv2"


@pytest.mark.parametrize(
    ("layer", "makes"), [("conv_a", "normalised"), ("conv_b", "itself"), ("own", "linear")]
)
def test_what_goes_into_the_activation(layer, makes):
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    x = keras.Input((8, 8, 3))
    y = layers.BatchNormalization(name="bn")(layers.Conv2D(4, 3, name="conv_a")(x))
    y = layers.Conv2D(4, 3, name="conv_b")(layers.ReLU(name="relu")(y))
    y = layers.Conv2D(4, 3, activation="relu", name="own")(y)
    model = keras.Model(x, layers.Flatten()(y))
    graph = graph_of(model)
    found = graph.part(before_activation(readouts(graph, [layer])[layer]))([images])
    known = {
        "normalised": lambda: keras.Model(x, model.get_layer("bn").output)(images),
        "itself": lambda: keras.Model(x, model.get_layer("conv_b").output)(images),
        "linear": lambda: keras.ops.conv(
            keras.Model(x, model.get_layer("conv_b").output)(images), model.get_layer("own").kernel
        ),
    }
    assert np.allclose(found, known[makes](), atol=1e-5)
    assert np.asarray(found).min() < 0
    assert model.get_layer("own").activation is keras.activations.relu


@pytest.mark.parametrize("end", [[], [layers.Softmax()], [layers.Dropout(0.5), layers.Activation("softmax")]])
def test_the_answer_is_no_hidden_layer(end):
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(2, 3, name="a"),
            layers.Flatten(),
            layers.Dense(3, name="answer"),
            *end,
        ]
    )
    assert list(read(net)) == ["a"]
    assert list(read(net, ["answer"])) == ["answer"]
    headless = models.vgg16(image_shape=(32, 32, 3), include_top=False)
    assert list(read(headless))[-1] == "block5_conv3"


def test_layers_of_a_nested_model_are_found():
    base = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3, name="a"), layers.ReLU(name="relu")])
    net = keras.Sequential([keras.Input((8, 8, 3)), base, layers.Conv2D(2, 3, name="b"), layers.Flatten()])
    images = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    assert read(net) == {"a": "relu", "b": "b"}
    assert np.allclose(explain.responses(net, images, "a"), base(images), atol=1e-6)
    assert explain.receptive_field(net, "b")[0].size == 5


def test_a_sequential_model_that_grew_layer_by_layer():
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for layer in (
        layers.Conv2D(2, 3, name="a"),
        layers.BatchNormalization(name="bn"),
        layers.ReLU(name="relu"),
    ):
        model.add(layer)
    model.add(layers.Conv2D(2, 3, name="b"))
    assert read(model)["a"] == "relu"
    assert explain.receptive_field(model, "b")[0].size == 5
    assert explain.responses(model, np.ones((1, 8, 8, 1)), "a").shape == (1, 6, 6, 2)


@pytest.mark.parametrize(
    ("model", "layers_", "message"),
    [
        (residual(), ["conv9"], "has no layer 'conv9': it has conv_a"),
        (residual(), "conv_a", "layers is a list of names"),
        (models.softmax_regression(), None, "softmax_regression has no hidden layer with filters"),
        (keras.Sequential([layers.Dense(2)], name="net"), None, "net is not built"),
        (residual, None, "takes a Keras model, not function"),
    ],
)
def test_what_cannot_be_read_is_one_line(model, layers_, message):
    for call in (
        lambda: read(model, layers_),
        lambda: explain.dead_filters(model, np.ones((1, 16, 16, 3)), layers_),
    ):
        with pytest.raises(ValueError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_images_of_another_size_or_form_are_one_line():
    net = residual()
    with pytest.raises(ValueError, match="takes images of 16 x 16 x 3"):
        explain.responses(net, np.ones((1, 8, 8, 3)), "conv_a")
    with pytest.raises(ValueError, match=r"whole numbers \(uint8\)"):
        explain.dead_filters(net, np.ones((1, 16, 16, 3), np.uint8))


def test_a_net_that_has_diverged_is_one_line():
    net = residual()
    net.set_weights([np.full_like(w, np.nan) for w in net.get_weights()])
    with pytest.raises(ValueError, match=r"conv_a of .* gives NaN or infinity: the net has diverged"):
        explain.dead_filters(net, np.ones((1, 16, 16, 3)))


def reached(model, layer, place):
    """Rows and columns of the image that a place depends on, found by changing pixels one by one."""
    net = keras.Model(model.inputs[0], model.get_layer(layer).output)
    height, width = model.input_shape[1:3]
    single = np.eye(height * width, dtype=np.float32).reshape(-1, height, width, 1).repeat(3, axis=-1)
    start = np.asarray(net(np.zeros((1, height, width, 3))))[0, *place]
    touched = np.any(np.asarray(net(single))[:, *place] != start, axis=-1).reshape(height, width)
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


@pytest.mark.parametrize("layer", ["conv1", "pool", "conv2", "strided", "add"])
def test_receptive_fields_are_what_changing_pixels_shows(layer):
    x = keras.Input((37, 33, 3))
    y = layers.Conv2D(2, 3, kernel_initializer="ones", name="conv1")(x)
    y = layers.AveragePooling2D(2, name="pool")(y)
    y = layers.Conv2D(2, 3, dilation_rate=2, padding="same", kernel_initializer="ones", name="conv2")(y)
    y = layers.Conv2D(2, (3, 1), strides=2, padding="same", kernel_initializer="ones", name="strided")(y)
    z = layers.Conv2D(2, 3, padding="same", kernel_initializer="ones", name="side")(y)
    model = keras.Model(x, layers.Add(name="add")([y, z]))
    fields = explain.receptive_field(model, layer)
    assert tuple(axis.count for axis in fields) == model.get_layer(layer).output.shape[1:3]
    middle = tuple(axis.count // 2 for axis in fields)
    for place in [(0, 0), (1, 2), middle]:
        ends = []
        for axis, index, side in zip(fields, place, (37, 33), strict=True):
            low = axis.low + index * axis.stride
            ends += [max(low, 0), min(low + axis.size, side)]
        found = reached(model, layer, place)
        assert ends[0] <= found[0] < found[1] <= ends[1]
        assert ends[2] <= found[2] < found[3] <= ends[3]
        if place == middle:  # at the border a kernel with gaps may miss the first pixels of its field
            assert ends == list(found)


def test_receptive_fields_of_vgg16_are_those_in_the_literature():
    model = models.vgg16(image_shape=(224, 224, 3), include_top=False)
    sizes = {
        name: explain.receptive_field(model, name)[0].size
        for name in ("block1_conv2", "block3_pool", "block5_pool")
    }
    assert sizes == {"block1_conv2": 5, "block3_pool": 44, "block5_pool": 212}


def test_after_flatten_a_unit_sees_the_whole_image():
    assert explain.receptive_field(models.first_cnn(), "fc1") is None

import keras
import numpy as np
import pytest
from keras import layers

from labkit import explain, models
from labkit.explain.graph import Readout, part_of, readouts


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


def test_filters_are_read_after_their_own_activation():
    assert readouts(residual()) == [
        Readout("conv_a", "bn_a", "relu_a"),
        Readout("conv_s", "bn_s", "bn_s"),  # no activation before the sum
        Readout("conv_b", "conv_b", "conv_b"),
    ]
    own = models.deep_cnn(batch_norm=True)  # ReLU within the convolution, BatchNormalization after it
    assert readouts(own)[1] == Readout("block1_conv2", "block1_conv2", "block1_conv2")


def test_the_output_is_no_hidden_layer():
    names = [place.layer for place in readouts(models.first_cnn())]
    assert names == ["block1_conv1", "fc1"]
    assert [place.layer for place in readouts(models.first_cnn(), output=True)] == [*names, "predictions"]


def test_a_sequential_model_that_grew_layer_by_layer():
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for layer in (
        layers.Conv2D(2, 3, name="a"),
        layers.BatchNormalization(name="bn"),
        layers.ReLU(name="relu"),
    ):
        model.add(layer)
    model.add(layers.Conv2D(2, 3, name="b"))
    assert readouts(model)[0] == Readout("a", "bn", "relu")
    assert explain.receptive_field(model, "b")[0].size == 5
    assert part_of(model, ["relu"]).outputs[0].shape[1:] == (6, 6, 2)


@pytest.mark.parametrize(
    ("model", "layers_", "message"),
    [
        (residual(), ["conv9"], "has no layer 'conv9': it has images, conv_a"),
        (models.softmax_regression(), None, "softmax_regression has no hidden layer with filters"),
        (keras.Sequential([layers.Dense(2)]), None, "the layers of Sequential cannot be followed"),
    ],
)
def test_what_cannot_be_read_is_one_line(model, layers_, message):
    with pytest.raises(ValueError, match=message) as caught:
        readouts(model, layers_)
    assert "\n" not in str(caught.value)


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

import math

import keras
import pytest

from labkit import config, models
from labkit.quiz import count_parameters

layers = keras.layers


def added() -> keras.Sequential:
    model = keras.Sequential()
    for layer in (keras.Input((8, 8, 3)), layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(),
                  layers.LeakyReLU(), layers.Flatten(), layers.Dense(2, use_bias=False)):  # fmt: skip
        model.add(layer)
    return model


def special() -> keras.Sequential:
    return keras.Sequential([
        keras.Input((9, 9, 3)), layers.DepthwiseConv2D(3, depth_multiplier=2), layers.SeparableConv2D(5, 3),
        layers.SeparableConv2D(4, (2, 1), use_bias=False), layers.Conv2DTranspose(2, 3), layers.Conv2D(4, 3, groups=2),
        layers.BatchNormalization(center=False), layers.GroupNormalization(2), layers.PReLU(), layers.Reshape((-1, 4)),
        layers.Conv1D(3, 5), layers.Bidirectional(layers.LSTM(2)), layers.Dense(1),
    ])  # fmt: skip


def nested() -> keras.Model:
    """Two inner models whose layers have the same names, and one of them used twice."""
    inner = [
        keras.Sequential([keras.Input((6,)), layers.Dense(6, name="same")], name=f"inner{i}") for i in (1, 2)
    ]
    images = keras.Input((6,))
    return keras.Model(images, layers.Dense(2, name="total")(inner[0](inner[1](inner[0](images)))))


def shared() -> keras.Model:
    """One layer in two inner models: its weights are counted once."""
    layer = layers.Dense(6, name="both")
    inner = [keras.Sequential([keras.Input((6,)), layer], name=name) for name in ("a", "b")]
    images = keras.Input((6,))
    return keras.Model(images, inner[1](inner[0](images)))


BUILDERS = {
    "first_cnn": models.first_cnn,
    "cnn": lambda: models.cnn((32, 16, 8), batch_norm=True, leaky_slope=0.3, pool_dropout=0.2),
    "fashion_cnn": lambda: models.fashion_cnn(extra_dense=True, dense_dropout=0.5),
    "deep_cnn": lambda: models.deep_cnn(blocks=3, padding="same", batch_norm=True),
    "softmax_regression": models.softmax_regression,
    "mlp": models.mlp,
    "lenet5": models.lenet5,
    "small_cnn": models.small_cnn,
    "vgg16": lambda: models.vgg16(10, (32, 32, 3), width=0.1, head=(8,), batch_norm=True, dropout=0.2),
    "vgg19": lambda: models.vgg19(10, (32, 32, 3), width=0.1, head=()),
    "added": added,
    "special": special,
    "nested": nested,
    "shared": shared,
}


@pytest.mark.parametrize("name", BUILDERS)
def test_every_formula_gives_the_parameters_of_its_layer(name):
    model = BUILDERS[name]()
    table = count_parameters(model)
    body = table.iloc[:-1]
    assert table.index[-1] == "total"
    assert table["parameters"].iloc[-1] == model.count_params() == body["parameters"].sum()
    for _, row in body.iterrows():
        assert (eval(row["formula"].replace("·", "*")) if row["formula"] else 0) == row["parameters"]
        if row["neurons"] != "":
            assert row["neurons"] * row["per neuron"] == row["parameters"]


def test_every_layer_has_its_row():
    model = models.deep_cnn()
    assert list(count_parameters(model).index) == [layer.name for layer in model.layers[1:]] + ["total"]
    assert list(count_parameters(nested()).index) == ["inner1/same", "inner2/same", "total", "total"]
    assert list(count_parameters(shared()).index) == ["a/both", "total"]


@pytest.mark.parametrize(
    ("model", "parameters", "per_neuron"),
    [  # requirements S4.2.3 and S4.3.6
        (models.fashion_cnn, [416, 4640, 205056, 32896, 1290], [26, 145, 801, 257, 129]),
        (
            lambda: models.fashion_cnn((32, 32, 3)),
            [1216, 4640, 295168, 32896, 1290],
            [76, 145, 1153, 257, 129],
        ),
    ],
)
def test_the_numbers_of_the_sheet(model, parameters, per_neuron):
    table = count_parameters(model())
    weighted = table[table["neurons"] != ""]
    assert list(weighted["parameters"]) == parameters
    assert list(weighted["per neuron"]) == per_neuron


def test_per_neuron_of_other_layers():
    table = count_parameters(added())
    conv, norm = table.iloc[0], table.iloc[1]
    assert (conv["formula"], conv["neurons"], conv["per neuron"]) == ("(3·3·3) · 4", 4, 27)
    assert (norm["formula"], norm["neurons"], norm["per neuron"]) == ("4 · 4", 4, 4)
    depthwise, separable = count_parameters(special()).iloc[0], count_parameters(special()).iloc[1]
    assert (depthwise["formula"], depthwise["per neuron"]) == ("(3·3 + 1) · 6", 10)
    assert (separable["formula"], separable["per neuron"]) == ("3·3·6 + (6 + 1) · 5", "")


def test_the_ways_to_write_a_model_give_one_table():
    def stack():
        return [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, name="c"),
            layers.Flatten(name="f"),
            layers.Dense(2, name="d"),
        ]

    adding = keras.Sequential()
    for layer in stack():
        adding.add(layer)
    images, *rest = stack()
    x = images
    for layer in rest:
        x = layer(x)
    by_list = count_parameters(keras.Sequential(stack()))
    assert by_list.equals(count_parameters(adding))
    assert by_list.equals(count_parameters(keras.Model(images, x)))
    assert list(by_list["output"]) == ["6×6×4", "144", "2", ""]
    assert by_list["parameters"].iloc[-1] == math.prod((3, 3, 4)) + 4 + 144 * 2 + 2


class Own(layers.Layer):
    """A layer that Keras does not bring."""

    def build(self, shape):
        self.a, self.b = self.add_weight(shape=(shape[-1], 3)), self.add_weight(shape=(2,))

    def call(self, x):
        return x @ self.a


def test_a_layer_of_ones_own_gets_the_sum_of_its_weights():
    own_dense = type("Dense", (Own,), {})
    table = count_parameters(keras.Sequential([keras.Input((4,)), own_dense()]))
    assert table["formula"].iloc[0] == "12 + 2"


def test_the_columns_are_in_the_language():
    config.choose(language="fr")
    table = count_parameters(models.first_cnn())
    assert list(table.columns) == ["type", "sortie", "formule", "paramètres", "neurones", "par neurone"]
    assert table["paramètres"].iloc[-1] == 347_146


@pytest.mark.parametrize("language", config.LANGUAGES)
@pytest.mark.parametrize(
    "answer",
    [
        None,
        3,
        "x",
        keras.Sequential,
        layers.Dense(1),
        keras.Sequential(),
        keras.Sequential([layers.Dense(1)]),
    ],
)
def test_what_cannot_be_counted_is_told_in_one_line(answer, language):
    config.choose(language=language)
    with pytest.raises(ValueError, match=r"Keras|keras\.Input") as caught:
        count_parameters(answer)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None

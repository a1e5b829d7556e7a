"""The figures of `images/`: each script draws its PNG, the same each time, with true numbers and no answers."""

import importlib.util
import itertools
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

IMAGES = Path(__file__).parents[1] / "images"
NAMES = sorted(path.stem for path in IMAGES.glob("*.py") if path.stem != "style")
# Words that stand in a figure are the same in English and in French, or are Keras's own names.
WORDS = {"conv", "max", "min", "val", "train", "epoch", "loss", "logits", "softmax", "argmax"}
WORDS |= {"fit", "predict", "LeakyReLU"}
WORDS |= {"VGG", "block", "pool", "fc", "predictions"}
WORDS |= {
    "strides",
    "padding",
    "valid",
    "same",
    "ReLU",
    "Conv",
    "D",
    "MaxPooling",
    "Flatten",
    "Dense",
    "Param",
}


@pytest.fixture
def load(monkeypatch):
    """Import a script of `images/` as Python does when it is run: with its folder on the path."""
    monkeypatch.syspath_prepend(str(IMAGES))

    def load(name):
        spec = importlib.util.spec_from_file_location(f"figure_{name}", IMAGES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    yield load
    sys.modules.pop("style", None)


def texts(figure) -> list[Text]:
    return [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]


def pixels(path, block: int = 1) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB").reduce(block), dtype=int)


def test_there_are_figures():
    assert len(NAMES) == 14
    assert {path.stem for path in IMAGES.glob("*.png")} == {
        *NAMES,
        "app",
    }  # that one: readme/app.py, in a browser


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_script_draws_the_committed_figure(load, name, tmp_path):
    script = load(name)
    first = script.main(script.draw, script.__file__, ["--out", str(tmp_path / "a")])
    second = script.main(script.draw, script.__file__, ["--out", str(tmp_path / "b")])
    assert first == tmp_path / "a" / f"{name}.png"
    assert (pixels(first) == pixels(second)).all()
    committed = IMAGES / f"{name}.png"
    assert committed.stat().st_size < 60_000
    drawn = pixels(first)
    assert drawn.shape == pixels(committed).shape
    assert 900 <= drawn.shape[1] <= 1100
    assert (drawn[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()  # paper in the four corners
    # Another matplotlib smooths letters differently: at most 27 of 255 in a block's mean (3.8 against 3.11);
    # a cell of another colour or a moved line is 49 and more.
    difference = np.abs(pixels(first, block=16) - pixels(committed, block=16)).max()
    assert difference < 40, f"run python images/{name}.py and commit the PNG"


def test_runs_from_the_command_line(tmp_path):
    subprocess.run([sys.executable, IMAGES / "max_pooling.py", "--out", tmp_path], check=True, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["max_pooling.png"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_text_is_whole_apart_and_the_same_in_both_languages(load, name):
    figure = load(name).draw()
    FigureCanvasAgg(figure).draw()  # places the labels of axes
    width, height = figure.bbox.size
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts(figure)]
    for words, box in boxes:
        assert box.x0 >= 4, words
        assert box.y0 >= 4, words
        assert box.x1 <= width - 4, words
        assert box.y1 <= height - 4, words
        plain = re.sub(r"\$[^$]*\$", " ", words)  # formulas speak no language
        assert set(re.findall(r"[^\W\d_]+", plain)) <= WORDS, words
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
        assert apart, f"{one!r} overlaps {other!r}"


def test_first_cnn_keeps_the_answers_to_itself(load):
    words = " ".join(t.get_text() for t in texts(load("first_cnn").draw()))
    digits = re.sub(r"[,.\s]", "", words)
    assert not [answer for answer in ("5408", "347146", "346176", "320", "650") if answer in digits]
    assert words.count("?") == 7  # the flattened size, five layers, the total


def test_convolution_is_the_sum_of_products(load):
    script = load("convolution")
    result = script.convolve(script.IMAGE, script.KERNEL)
    by_hand = [
        [
            sum(script.IMAGE[i + a, k + b] * (-1, 0, 1)[b] for a in range(3) for b in range(3))
            for k in range(5)
        ]
        for i in range(5)
    ]
    assert result.tolist() == by_hand
    assert f"=  {by_hand[script.ROW][script.COLUMN]}" in [t.get_text() for t in texts(script.draw())]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("n", [7, 28])
def test_kernel_places_are_those_of_keras(load, padding, stride, n):
    import keras

    places = load("stride_padding").centres(n, 3, padding, stride)
    kernel = np.zeros((3, 3, 1, 1), dtype="float32")
    kernel[1, 1] = 1  # reads the pixel under its centre
    rows = np.broadcast_to(np.arange(n, dtype="float32")[:, None], (n, n))[None, ..., None]
    read = keras.ops.convert_to_numpy(keras.ops.conv(rows, kernel, strides=stride, padding=padding))
    assert read[0, :, 0, 0].tolist() == places


def test_pooling_nearly_survives_a_shift(load):
    script = load("max_pooling")
    before, after = script.MAP[:, 1:], script.MAP[:, :4]
    blocks = [[before[:2, :2].max(), before[:2, 2:].max()], [before[2:, :2].max(), before[2:, 2:].max()]]
    assert script.pool(before).tolist() == blocks
    assert (before != after).sum() >= 15
    assert (script.pool(before) != script.pool(after)).sum() == 1


def test_receptive_fields_are_what_changes_a_unit(load):
    script = load("receptive_field")

    def seen(depth: int) -> np.ndarray:
        """For each unit after `depth` layers, the pixels of a row of 28 that it depends on."""
        depends = np.eye(28, dtype=bool)
        for _, kernel, stride in script.LAYERS[:depth]:
            starts = range(0, len(depends) - kernel + 1, stride)
            depends = np.array([depends[s : s + kernel].any(axis=0) for s in starts])
        return depends

    for depth, (r, j) in enumerate(script.receptive_fields()):
        units = seen(depth)
        assert (units.sum(axis=1) == r).all()
        assert (np.diff(units.argmax(axis=1)) == j).all()
    assert [r for r, _ in script.receptive_fields()] == [1, 3, 4, 8, 10]
    # the squares that are drawn lie inside each other
    spans = [
        (unit * j, unit * j + r)
        for unit, (r, j) in zip(script.CHAIN, script.receptive_fields()[1:], strict=True)
    ]
    assert all(b <= a and c <= d for (a, c), (b, d) in itertools.pairwise(spans))


def test_softmax_is_shown_truly(load):
    script = load("logits_softmax")
    p = script.softmax(script.LOGITS)
    assert np.allclose(p, np.exp(script.LOGITS) / np.exp(script.LOGITS).sum())
    assert p.round(3).sum() == pytest.approx(1, abs=1e-9)  # as printed, too
    assert p.argmax() == script.LOGITS.argmax() == 7
    assert (script.LOGITS < 0).any()


def test_curves_show_what_they_are_named_for(load):
    script = load("over_fitting")
    train, val = script.over_fitting(script.EPOCHS)
    lowest = val.argmin()
    assert (np.diff(train) < 0).all()
    assert (np.diff(val[: lowest + 1]) < 0).all()
    assert (np.diff(val[lowest:]) > 0).all()
    assert 0.2 < lowest / len(val) < 0.6
    under, good = script.under_fitting(script.EPOCHS), script.good_fit(script.EPOCHS)
    assert min(under[0]) > 0.5 > max(good[0][-1], good[1][-1])
    assert good[1][-1] - good[0][-1] < 0.1 < val[-1] - train[-1]


def test_colour_convolution_is_that_of_keras(load):
    import keras

    script = load("color_convolution")
    image = keras.ops.convert_to_tensor(script.IMAGE[None].astype("float32"))
    kernel = keras.ops.convert_to_tensor(script.KERNEL[..., None].astype("float32"))
    map_ = (
        keras.ops.convert_to_numpy(keras.ops.conv(image, kernel, padding="valid"))[0, :, :, 0] + script.BIAS
    )
    assert map_.tolist() == script.convolve(script.IMAGE, script.KERNEL, script.BIAS).tolist()
    shown = [t.get_text().replace("−", "-") for t in texts(script.draw())]
    number = int(map_[script.ROW, script.COLUMN])
    assert shown.count(str(number)) == 2  # in the sum, and in the map
    assert script.partial_sums().sum() + script.BIAS == number
    assert {str(part) for part in script.partial_sums()} <= set(shown)


def test_dropout_keeps_the_mean_over_the_steps(load):
    script = load("dropout")
    steps = [script.dropout(script.ACTIVATIONS, dropped, script.RATE) for dropped in script.DROPPED]
    assert script.DROPPED.mean() == script.RATE
    assert all(
        (step * 0.75 == np.where(off, 0, script.ACTIVATIONS)).all()
        for step, off in zip(steps, script.DROPPED, strict=True)
    )
    assert all((step == step.round()).all() for step in steps)  # printed without decimals
    means = [step.mean() for step in steps]
    assert np.mean(means) == script.ACTIVATIONS.mean()
    assert len(set(means)) == 3
    assert not script.DROPPED.all(axis=0).any()


def test_batch_normalisation_is_that_of_keras(load):
    import keras

    script = load("batch_norm")
    x = script.activations()
    layer = keras.layers.BatchNormalization()
    assert layer.epsilon == script.EPSILON
    normal = keras.ops.convert_to_numpy(layer(x[:, None].astype("float32"), training=True))[:, 0]
    assert np.allclose(script.normalise(x), normal, atol=1e-4)
    assert script.normalise(x).mean() == pytest.approx(0, abs=1e-9)
    assert script.normalise(x).std() == pytest.approx(1, abs=1e-3)
    low, high = script.RANGE
    assert low < x.min()
    assert x.max() < high
    assert x.mean() > 2 * x.std()  # far from 0


def test_leaky_relu_and_its_derivative(load):
    import keras

    script = load("leaky_relu")
    for slope in (0.0, script.SLOPE):
        y = script.leaky_relu(script.X, slope)
        oracle = keras.ops.leaky_relu(script.X.astype("float32"), negative_slope=slope)
        assert np.allclose(y, keras.ops.convert_to_numpy(oracle), atol=1e-6)
        inside = np.abs(script.X) > 0.02
        assert np.allclose(np.gradient(y, script.X)[inside], script.derivative(script.X, slope)[inside])
    assert {"0", "0.3", "1"} <= {t.get_text() for t in texts(script.draw()) if t.get_weight() == "bold"}


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_stack_has_the_sizes_of_keras(load, padding):
    import keras

    script = load("valid_same_stack")
    x = keras.KerasTensor((1, script.SIZE, script.SIZE, 1))
    built = [script.SIZE]
    for layer, k in script.LAYERS:
        conv = layer == "conv"
        layer = keras.layers.Conv2D(1, k, padding=padding) if conv else keras.layers.MaxPooling2D(k)
        try:
            x = layer(x)
        except ValueError:
            built.append(0)
            break
        built.append(x.shape[1])
    assert script.sizes(padding) == built
    assert (built[-1] == 0) == (padding == "valid")


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_vgg_is_the_net_of_labkit(load, name):
    import keras

    from labkit import models
    from labkit.models import vgg

    script = load(name)
    assert getattr(vgg, name.upper()) == script.BLOCKS
    shown = [t.get_text() for t in texts(script.draw())]
    assert sum(map(len, script.BLOCKS)) + 3 == int(name[3:])
    assert f"{int(name[3:]) - 3} conv + 3 Dense" in shown
    assert sum(word.startswith("conv") and word[4:].isdigit() for word in shown) == int(name[3:]) - 3
    for pixels in (224, 32):
        net = getattr(models, name)(image_shape=(pixels, pixels, 3), width=0.02, include_top=False)
        for layer in net.layers[1:]:
            block, (_, height, width, _) = int(layer.name[5]), layer.output.shape
            assert f"{height}×{width}×{script.BLOCKS[block - 1][0]}" in shown
        flat = keras.layers.Flatten()(np.zeros((1, *net.output.shape[1:3], 512), dtype="float32")).shape[1]
        assert str(flat) in shown

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from labkit import config, plots
from labkit.metrics import Evaluation
from labkit.training.run import Run

NAMES = ["cat", "dog", "ship"]
HISTORY = {"loss": [2.0, 1.0], "val_loss": [1.9, 1.2], "accuracy": [0.1, 0.6], "val_accuracy": [0.2, 0.5]}


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.fixture
def result():
    logits = np.eye(3)[[0, 1, 1, 2, 0, 0]] * 3.0
    return Evaluation.of(np.array([0, 1, 2, 2, 1, 0]), logits, NAMES)


def test_a_grid_shows_each_image_with_its_name_and_no_ticks():
    x = np.random.default_rng(0).integers(0, 255, (30, 8, 8), np.uint8)
    ax = plots.images(x, np.arange(30) % 3, NAMES)
    assert len(ax.images) == 25
    assert texts(ax) == [NAMES[i % 3] for i in range(25)]
    assert not ax.axison
    assert np.array_equal(ax.images[3].get_array(), x[3])


def test_images_share_one_brightness_scale():
    x = np.stack([np.full((4, 4), 0.1), np.full((4, 4), 0.9)])
    first, second = plots.images(x).images
    assert first.get_clim() == second.get_clim() == (0.1, 0.9)


@pytest.mark.parametrize("shape", [(0, 8, 8), (3, 8), (3, 8, 8, 2)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match="images have the shape"):
        plots.images(np.zeros(shape))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: plots.images(x, [0, 1], NAMES), "3 images but 2 labels"),
        (lambda x: plots.images(x, [0, 1, 3], NAMES), "a label is 3 but there are only 3 class names"),
        (lambda x: plots.images(x, captions=["a"]), "3 images but 1 captions"),
        (lambda x: plots.images(x, columns=0), "1 or more rows and columns, not 5 and 0"),
        (lambda x: plots.images(None), "arrays of numbers"),
    ],
)
def test_what_does_not_fit_the_images_is_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call(np.zeros((3, 4, 4)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("low", "high"), [(0.0, 255.0), (-1.0, 1.0), (-123.0, 151.0)])
def test_colours_of_any_range_are_brought_to_0_1(low, high):
    x = np.linspace(low, high, 2 * 4 * 4 * 3).reshape(2, 4, 4, 3)
    shown = np.stack([image.get_array() for image in plots.images(x).images])
    assert np.allclose(shown, (x - low) / (high - low))


def test_colours_in_0_1_stay_as_they_are():
    x = np.full((1, 4, 4, 3), 0.3)
    assert np.array_equal(plots.images(x).images[0].get_array(), x[0])


def test_history_draws_training_dashed_and_validation_solid():
    ax = plots.history(HISTORY)
    assert [line.get_linestyle() for line in ax.lines] == ["--", "-"]
    assert ax.lines[1].get_ydata().tolist() == HISTORY["val_accuracy"]


def test_several_runs_have_a_colour_each_and_their_names():
    runs = [Run("plain", history=HISTORY), Run("dropout", history=HISTORY)]
    ax = plots.history(runs, "loss")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len({line.get_color() for line in ax.lines}) == 2
    assert any("plain" in label for label in labels)
    assert any("dropout" in label for label in labels)


def test_histories_come_in_many_forms():
    arrays = {key: np.array(values) for key, values in HISTORY.items()}
    for runs in (
        arrays,
        [HISTORY, arrays],
        pd.DataFrame(HISTORY),
        {"a": HISTORY, "b": pd.DataFrame(HISTORY)},
    ):
        assert plots.history(runs, "loss").lines[0].get_ydata().tolist() == HISTORY["loss"]
    with pytest.raises(ValueError, match="a dict of lists is expected, not NoneType"):
        plots.history(None)


def test_learning_curves_want_two_axes():
    with pytest.raises(ValueError, match="2 Axes, loss and accuracy, not 3"):
        plots.learning_curves(HISTORY, axes=plt.subplots(1, 3)[1])


def test_a_metric_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="auc"):
        plots.history(HISTORY, "auc")


def test_the_heatmap_shows_the_counts(result):
    ax = plots.confusion_matrix(result)
    assert sorted(texts(ax)) == sorted(str(n) for n in result.confusion().to_numpy().ravel())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == NAMES


def test_the_heatmap_takes_arrays_and_shares(result):
    counts = result.confusion().to_numpy()
    assert texts(plots.confusion_matrix(counts)) == [str(n) for n in counts.ravel()]
    shares = counts / counts.sum(axis=1, keepdims=True)
    wanted = [f"{share:.2f}" for share in shares.ravel()]
    assert texts(plots.confusion_matrix(shares)) == wanted
    assert texts(plots.confusion_matrix(result, normalise=True)) == wanted
    with pytest.raises(ValueError, match="as many rows as columns"):
        plots.confusion_matrix(counts[:2])


def test_a_hundred_classes_are_not_annotated():
    names = [str(i) for i in range(100)]
    result = Evaluation.of(np.arange(100), np.eye(100) * 5, names)
    assert texts(plots.confusion_matrix(result)) == []


def test_errors_show_only_errors_with_both_names(result):
    ax = plots.errors(np.zeros((6, 8, 8)), result)
    assert len(ax.images) == 2
    assert all("→" in text for text in texts(ax))
    with pytest.raises(ValueError, match="no such error"):
        plots.errors(np.zeros((6, 8, 8)), result, true=0)
    with pytest.raises(ValueError, match="5 images but 6 predictions"):
        plots.errors(np.zeros((5, 8, 8)), result)


def test_errors_per_class_has_a_row_a_class(result):
    ax = plots.errors_per_class(np.zeros((6, 8, 8)), result)
    assert texts(ax) == ["cat", "dog", "cat", "ship", "dog"]  # rows cat, dog, ship; wrong answers in between
    assert len(ax.images) == 2
    with pytest.raises(ValueError, match="5 images but 6 predictions"):
        plots.errors_per_class(np.zeros((5, 8, 8)), result)


def test_filters_and_maps_are_one_picture_a_channel():
    assert len(plots.filters(np.ones((3, 3, 1, 6))).images) == 6
    assert len(plots.filters(np.ones((3, 3, 3, 6))).images) == 6
    assert len(plots.feature_maps(np.ones((5, 5, 7))).images) == 7
    with pytest.raises(ValueError, match="4 axes"):
        plots.filters(np.ones((3, 3)))


def test_signed_is_red_above_and_blue_below_zero():
    high, low = plots.signed(np.array([[[1.0]], [[-1.0]]]))[:, 0, 0]
    assert high[0] > high[2]
    assert low[2] > low[0]


def test_the_offline_sample_is_named_in_the_corner(result):
    sample = Run("toy", history=HISTORY, data={"source": config.OFFLINE_SAMPLE})
    real = Run("toy", history=HISTORY, data={"source": "data folder"})
    assert config.OFFLINE_SAMPLE in texts(plots.history(sample))
    assert config.OFFLINE_SAMPLE in texts(plots.history([real, sample]))
    assert config.OFFLINE_SAMPLE not in texts(plots.history(real))
    config.choose(profile="smoke")
    assert config.OFFLINE_SAMPLE in texts(plots.images(np.zeros((1, 4, 4))))


def test_words_follow_the_language(result):
    config.choose(language="fr")
    assert plots.confusion_matrix(result).get_ylabel() == "classe vraie"
    assert plots.history(HISTORY).get_xlabel() == "époque"


def test_plots_draw_on_the_axes_they_are_given_and_change_nothing_else(result):
    before = dict(matplotlib.rcParams)
    _, given = plt.subplots()
    assert plots.history(HISTORY, ax=given) is given
    _, given = plt.subplots()
    assert plots.confusion_matrix(result, ax=given) is given
    _, given = plt.subplots()
    assert plots.images(np.zeros((2, 4, 4)), ax=given) is given
    assert dict(matplotlib.rcParams) == before


def test_a_history_with_keras_short_names_is_drawn_too():
    ax = plots.history({"acc": [0.1, 0.6], "val_acc": [0.2, 0.5]})
    assert ax.lines[1].get_ydata().tolist() == [0.2, 0.5]

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from labkit import config, plots
from labkit.explain.feature_maps import Patches
from labkit.explain.maximisation import Painted
from labkit.explain.randomisation import Randomisation
from labkit.explain.scores import Faithfulness
from labkit.explain.selectivity import Selectivity

RNG = np.random.default_rng(0)
METHODS = ["Grad-CAM++", "random", "Sobel"]
LAYERS = ["conv1", "conv2", "fc1"]


@pytest.fixture
def judged():
    scores = {
        name: {"deletion": RNG.random(9), "insertion": RNG.random(9), "empty": np.zeros(9)}
        for name in METHODS
    }
    curves = {kind: {name: RNG.random((9, 5)) for name in METHODS} for kind in ("deletion", "insertion")}
    return Faithfulness.of(scores, curves, np.linspace(0, 1, 5), ("random", "Sobel"))


def texts(ax):
    return [text.get_text() for text in ax.texts]


def ticks(ax):
    return [label.get_text() for label in ax.get_xticklabels()]


def test_both_curves_show_every_method_with_its_area(judged):
    axes = plots.faithfulness_curves(judged)
    for ax, kind in zip(axes, ("deletion", "insertion"), strict=True):
        assert [
            np.allclose(line.get_ydata(), judged.curves[kind][name].mean(axis=0))
            for line, name in zip(ax.lines, METHODS, strict=True)
        ] == [True] * 3
        areas = [f"{name}  {judged.of_method(name, kind).mean():.3f}" for name in METHODS]
        assert [text.get_text() for text in ax.get_legend().texts] == areas
    colours = [line.get_color() for line in axes[0].lines]
    assert colours[1] == colours[2] != colours[0]  # the baselines are grey
    assert axes[0].lines[1].get_linestyle() != axes[0].lines[2].get_linestyle()


def test_scores_have_their_intervals_and_the_best_baseline(judged):
    axes = plots.faithfulness_scores(judged)
    table = judged.table()
    for ax, metric in zip(axes, ("deletion", "insertion"), strict=True):
        whisker, _, *_, best = ax.lines
        assert list(whisker.get_xdata()) == table.loc["Grad-CAM++", metric][["low", "high"]].to_list()
        means = table.loc[["random", "Sobel"], (metric, "mean")]
        assert best.get_xdata()[0] == (means.min() if metric == "deletion" else means.max())
    assert [label.get_text() for label in axes[0].get_yticklabels()] == METHODS
    assert axes[0].yaxis_inverted()


def check(layers=("fc1", "conv2"), value=0.4):
    scores = pd.DataFrame(
        {
            "layer": np.repeat(layers, 3),
            "rank correlation": value,
            "ssim": value / 2,
            "image": list(range(3)) * len(layers),
        }
    )
    return Randomisation(tuple(layers), RNG.random((1 + len(layers), 3, 8, 8)), scores)


def test_randomisation_begins_at_1():
    ax = plots.randomisation({"gradient": check(), "Sobel": check(value=1.0)})
    assert ax.lines[0].get_ydata() == pytest.approx([1, 0.4, 0.4])
    assert ax.lines[1].get_ydata().tolist() == [1, 1, 1]
    assert ticks(ax) == ["trained", "fc1", "conv2"]
    assert plots.randomisation(check(), "ssim").lines[0].get_ydata() == pytest.approx([1, 0.2, 0.2])


def test_a_strip_has_the_image_and_a_map_a_step_the_last_among_them():
    layers = [f"layer_{i}" for i in range(20)]
    one = check(layers)
    one.maps[-1, 0] = 0
    ax = plots.randomisation_strip(one, np.zeros((3, 8, 8, 3)), rows=2, columns=5)
    assert len(ax.images) == 2 * 6 - 1
    assert texts(ax)[:3] == ["no positive\nevidence", "image", "trained"]
    assert texts(ax)[-1] == "layer\n19"
    assert np.array_equal(ax.images[1].get_array(), one.maps[0, 0])


@pytest.fixture
def painted():
    return Painted("conv1", np.array([0, 3, 5]), RNG.random((3, 8, 8, 3)), np.ones(3))


def test_each_filter_has_its_picture_and_its_patches(painted):
    numbers = np.array([5, 3])
    patches = Patches(
        "conv1",
        numbers,
        RNG.random((2, 4, 3, 3, 3)),
        np.array([[1.0] * 4, [0.0] * 4]),
        np.zeros((2, 4)),
        np.zeros((2, 4, 2)),
    )
    ax = plots.favourites(painted, patches)
    assert texts(ax) == ["3: silent", "5"]
    assert len(ax.images) == 2 + 4  # the silent one has no patches to show
    assert np.array_equal(ax.images[0].get_array(), painted.pictures[1])
    assert np.array_equal(ax.images[2].get_array(), patches.patches[0, 0])
    assert len(ax.patches) == 2
    assert max(one.zorder for one in ax.patches) < min(one.zorder for one in ax.images)  # nothing is hidden
    grey = Painted("conv1", numbers, 255 * RNG.random((2, 8, 8, 1)), np.ones(2))
    bright = Patches(
        "conv1", numbers, np.full((2, 4, 3, 3, 1), 51.0), np.ones((2, 4)), *[np.zeros((2, 4))] * 2
    )
    pictures = plots.favourites(grey, bright).images
    assert np.allclose(pictures[0].get_array(), grey.pictures[0, ..., 0] / 255)
    assert np.allclose(pictures[1].get_array(), 0.2)  # in the range of the pictures, and not in its own
    named = plots.favourites(painted, patches, names=[*"abcdef"])
    assert texts(named) == ["d: silent", "f"]
    with pytest.raises(ValueError, match="the pictures are of conv1 and the patches of conv2"):
        plots.favourites(
            painted,
            Patches(
                "conv2",
                *[
                    getattr(patches, name)
                    for name in ("filters", "patches", "responses", "images", "corners")
                ],
            ),
        )


def selective(shift=0.0):
    filters = pd.DataFrame(
        {
            "layer": np.repeat(LAYERS, 4),
            "filter": list(range(4)) * 3,
            "selectivity": np.tile([0.1, 0.2, 0.3, np.nan], 3) + shift,
        }
    )
    return Selectivity(filters, dict.fromkeys(LAYERS))


def test_selectivity_of_one_net_and_of_several():
    one = plots.selectivity(selective())
    assert one.lines[0].get_ydata() == pytest.approx([0.2] * 3)
    assert texts(one) == ["1 silent"] * 3
    assert len(one.collections) == 2  # a band and the points
    several = plots.selectivity({"mnist": selective(), "cifar10": selective(0.5)})
    assert [line.get_label() for line in several.lines] == ["mnist", "cifar10"]
    assert several.lines[1].get_ydata() == pytest.approx([0.7] * 3)
    assert ticks(several) == LAYERS


def test_the_map_is_sorted_by_class_and_silent_filters_are_counted():
    means = pd.DataFrame([[0.0, 0.0], [1.0, 4.0], [2.0, 1.0]], columns=["cat", "dog"])
    ax = plots.selectivity_map(means)
    assert ax.images[0].get_array().tolist() == [[1, 0.5], [0.25, 1]]
    assert ax.get_ylabel() == "2 filters, 1 silent"
    with pytest.raises(ValueError, match="no filter of this layer responds"):
        plots.selectivity_map(0 * means)


def test_probes_of_several_nets_share_an_axis():
    table = pd.DataFrame({"accuracy": [0.2, 0.5], "low": [0.1, 0.4], "high": [0.3, 0.7]}, ["pixels", "conv1"])
    ax = plots.probes({"mnist": table, "cifar10": table.loc[["pixels"]]}, chance=0.1)
    assert ticks(ax) == ["pixels", "conv1"]
    assert ax.containers[0].lines[0].get_ydata().tolist() == [0.2, 0.5]
    low, high = ax.containers[0].lines[2][0].get_segments()[1][:, 1]
    assert (low, high) == pytest.approx((0.4, 0.7))
    assert texts(ax) == ["chance"]


def test_dead_filters_of_one_net_and_of_several():
    table = pd.DataFrame({"filters": [8, 16], "dead": [0, 4], "share": [0.0, 0.25]}, ["conv1", "conv2"])
    assert texts(plots.dead_filters(table)) == ["0/8", "4/16"]
    ax = plots.dead_filters({"mnist": table, "cifar10": table.iloc[1:]})
    assert texts(ax) == []
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0, 0.25], [0.25]]
    assert ax.lines[1].get_xdata().tolist() == [1]
    assert [text.get_text() for text in ax.get_legend().texts] == ["mnist", "cifar10"]


def test_maps_of_both_signs_are_white_at_zero_in_the_strip():
    one = check()
    assert plots.randomisation_strip(one, np.zeros((3, 8, 8))).images[1].get_cmap().name == "inferno"
    one.maps[0, 0, 0, 0] = -3
    picture = plots.randomisation_strip(one, np.zeros((3, 8, 8))).images[1]
    assert (picture.get_cmap().name, picture.get_clim()) == ("RdBu_r", (-3, 3))


def test_figures_of_the_offline_sample_say_so(judged):
    table = pd.DataFrame({"accuracy": [1], "low": [1], "high": [1]}, ["a"])
    drawn = [
        plots.faithfulness_curves(judged, source=config.OFFLINE_SAMPLE)[0],
        plots.faithfulness_scores(judged, source=config.OFFLINE_SAMPLE)[-1],
        plots.randomisation_strip(check(), np.zeros((3, 8, 8)), source=config.OFFLINE_SAMPLE),
        plots.probes(table, source=config.OFFLINE_SAMPLE),
        plots.similarity(table, source=config.OFFLINE_SAMPLE),
    ]
    assert all(config.OFFLINE_SAMPLE in texts(ax) for ax in drawn)


def test_similarity_writes_its_numbers_in():
    table = pd.DataFrame([[1.0, 0.25]], ["conv1"], ["conv1", "fc1"])
    ax = plots.similarity(table)
    assert texts(ax) == ["1.00", "0.25"]
    assert ax.images[0].get_array().tolist() == [[1, 0.25]]
    lines = plots.similarity_curves(
        pd.DataFrame({"a and b": [0.9, 0.5], "a and c": [0.8, 0.1]}, ["conv1", "fc1"])
    )
    assert [line.get_label() for line in lines.lines] == ["a and b", "a and c"]
    assert lines.lines[1].get_ydata().tolist() == [0.8, 0.1]


def test_figures_speak_french(judged):
    with config.choosing(language="fr"):
        ax = plots.faithfulness_curves(judged)[1]
        assert ax.get_title() == "insertion : grand = bon"
        assert ax.get_xlabel() == "part des pixels rendus"
        assert plots.selectivity(selective()).get_ylabel() == "sélectivité de classe"
        assert plots.randomisation(check()).get_ylabel() == "corrélation de rang avec la première carte"


def test_a_figure_is_drawn_on_given_axes(judged):
    _, axes = plt.subplots(1, 2)
    assert plots.faithfulness_curves(judged, axes=axes)[0] is axes[0]
    assert (
        plots.probes(pd.DataFrame({"accuracy": [1], "low": [1], "high": [1]}, ["a"]), ax=axes[1]) is axes[1]
    )

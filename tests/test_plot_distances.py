import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from labkit import config, plots

KNOWN = np.linspace(0, 1, 201)  # 95 % of them lie within 0.95
FOUND = {
    "test images": KNOWN,
    "own images": np.array([0.2, 0.5, 0.96, 1.5]),
    "far": np.full(300, 3.0),
    "near": np.zeros(9),
}


def texts(ax):
    return [text.get_text() for text in ax.get_legend().texts]


def named(ax, start):
    return next(line for line in ax.lines if line.get_label().startswith(start))


def test_the_legend_says_how_much_of_each_set_is_beyond():
    assert texts(plots.distances(FOUND)) == [
        "test images",
        "95 % of them are nearer",
        "own images: 50 % beyond",
        "far: 100 % beyond",
        "near: 0 % beyond",
    ]


def test_the_line_stands_where_95_of_100_known_images_are_nearer():
    ax = plots.distances({"known": np.array([5.0, 1, 2, 3, 4]), "same": np.array([1.0, 2, 3, 4, 5])})
    assert named(ax, "95 %").get_xdata() == pytest.approx([4.8, 4.8])
    assert texts(ax)[-1] == "same: 20 % beyond"


def test_a_curve_falls_by_one_image_at_each_distance():
    ax = plots.distances(FOUND)
    curve = named(ax, "own images")
    assert curve.get_drawstyle() == "steps-pre"  # the height of a step is that at its right end
    for at in (0.1, 0.3, 0.7, 1.0, 1.4):
        height = curve.get_ydata()[np.searchsorted(curve.get_xdata(), at)]
        assert height == pytest.approx((FOUND["own images"] > at).mean())
    at_line = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_ydata()[0] for line in at_line] == [0.5, 1, 0]
    assert [line.get_xdata()[0] for line in at_line] == pytest.approx([0.95] * 3)


def test_the_known_set_is_grey_and_the_others_are_not():
    ax = plots.distances(FOUND)
    grey = named(ax, "test images").get_color()
    others = [named(ax, name).get_color() for name in ("own images", "far", "near")]
    assert len({grey, *others}) == 4
    assert named(ax, "95 %").get_color() == grey


def test_each_image_of_a_small_set_has_a_mark():
    ax = plots.distances(FOUND)
    marks = [line for line in ax.lines if line.get_marker() == "|"]
    assert [line.get_xdata().tolist() for line in marks] == [FOUND["own images"].tolist(), [0] * 9]
    assert [line.get_color() for line in marks] == [named(ax, n).get_color() for n in ("own images", "near")]
    rows = [line.get_ydata()[0] for line in marks]
    assert ax.get_ylim()[0] < rows[1] < rows[0] < 0


def test_the_known_set_alone_can_be_drawn():
    assert texts(plots.distances({"test images": KNOWN})) == ["test images", "95 % of them are nearer"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({}, "give a dict, the known set first"),
        (KNOWN, "give a dict, the known set first"),
        ({"a": KNOWN, "own": []}, "own: distances are numbers"),
        ({"a": KNOWN, "own": [1, np.nan]}, "own: the distances hold NaN or infinity"),
        ({"a": np.ones((3, 2))}, r"a: .* of the shape \(3, 2\)"),
        ({"a": KNOWN, "own": 3.0}, "own: distances are numbers"),
        ({"a": KNOWN, "own": ["far"]}, "own: distances are numbers"),
    ],
)
def test_what_is_no_distances_is_one_line(found, message):
    with pytest.raises(ValueError, match=message) as caught:
        plots.distances(found)
    assert "\n" not in str(caught.value)


TABLE = pd.DataFrame({"own images": [0.6, 0.9], "noise": [1.0, 0.2]}, ["conv1", "fc1"])


def test_the_table_has_a_curve_a_set_and_a_line_at_one_half():
    ax = plots.shift_curves(TABLE)
    assert texts(ax) == ["own images", "noise", "not told apart"]
    assert named(ax, "noise").get_ydata().tolist() == [1.0, 0.2]
    assert list(named(ax, "not told apart").get_ydata()) == [0.5, 0.5]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["conv1", "fc1"]
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] > 1


def test_both_speak_french():
    with config.choosing(language="fr"):
        ax = plots.distances(FOUND)
        assert texts(ax)[1:3] == ["95 % d'entre elles sont plus proches", "own images: 50 % au-delà"]
        assert ax.get_xlabel() == "distance aux images d'apprentissage"
        assert ax.get_ylabel() == "part des images plus éloignées"
        curves = plots.shift_curves(TABLE)
        assert texts(curves)[-1] == "indiscernables"
        assert curves.get_ylabel() == "AUROC de la distance"


def test_both_are_drawn_on_given_axes_and_say_where_the_images_are_from():
    _, (left, right) = plt.subplots(1, 2)
    assert plots.distances(FOUND, source=config.OFFLINE_SAMPLE, ax=left) is left
    assert plots.shift_curves(TABLE, source=config.OFFLINE_SAMPLE, ax=right) is right
    for ax in (left, right):
        assert config.OFFLINE_SAMPLE in [text.get_text() for text in ax.texts]

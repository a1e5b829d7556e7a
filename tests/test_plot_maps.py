from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from labkit import config, plots


def found(maps, *, signed=False, **changes):
    maps = np.asarray(maps, dtype=np.float32)
    fields = {
        "maps": maps,
        "images": np.full((len(maps), 8, 8, 3), 0.5),
        "classes": np.arange(len(maps)),
        "scores": np.arange(len(maps)) - 0.5,
        "empty": maps.max(axis=(1, 2)) <= 0,
        "signed": signed,
        "method": "gradcam++",
        "layer": "conv2",
        "grid": maps.shape[1:],
    }
    return SimpleNamespace(**fields | changes)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_each_image_stands_above_itself_with_its_map():
    ax = plots.plot_explanation(found([np.eye(4), 3 * np.eye(4)]), class_names=["cat", "dog"])
    assert len(ax.images) == 2 * 3  # plain, again, and the map
    assert texts(ax) == ["cat  -0.5", "dog  +0.5"]
    assert ax.get_title(loc="left") == "gradcam++, conv2: 4x4 cells"
    first, second = ax.images[2], ax.images[5]
    assert np.array_equal(first.get_array(), np.eye(4))
    assert first.get_clim() == (0, 1)
    assert second.get_clim() == (0, 3)


def test_an_empty_map_is_said_to_be_empty_and_not_drawn():
    ax = plots.plot_explanation(found([np.zeros((4, 4)), np.eye(4)]))
    assert len(ax.images) == 2 + 3
    assert "no positive\nevidence" in texts(ax)
    config.choose(language="fr")
    assert "aucun indice\npositif" in texts(plots.plot_explanation(found(np.zeros((1, 4, 4)))))


def test_signed_maps_are_white_at_zero():
    picture = plots.plot_explanation(found([[[1.0, -4.0]]], signed=True)).images[2]
    assert picture.get_clim() == (-4, 4)
    assert picture.get_cmap().name == "RdBu_r"


def test_the_cells_are_drawn_unless_they_are_pixels():
    def lines(maps, **options):
        return sum(len(c.get_segments()) for c in plots.plot_explanation(found(maps), **options).collections)

    assert lines(np.ones((1, 4, 2))) == 5 + 3
    assert lines(np.ones((1, 4, 2)), cell_grid=False) == 0
    assert lines(np.ones((1, 32, 32))) == 0


def test_many_images_go_on_below():
    ax = plots.plot_explanation(found(np.ones((5, 2, 2))), columns=2)
    lefts = {round(image.get_extent()[0], 2) for image in ax.images}
    assert len(lefts) == 2
    assert len({image.get_extent()[3] for image in ax.images}) == 6


def test_the_offline_sample_is_named_and_axes_are_taken():
    _, given = plt.subplots()
    assert plots.plot_explanation(found(np.ones((1, 2, 2))), ax=given, source=config.OFFLINE_SAMPLE) is given
    assert config.OFFLINE_SAMPLE in texts(given)


def test_too_few_names_are_one_line():
    with pytest.raises(ValueError, match="a class is 1 but there are only 1 class names"):
        plots.plot_explanation(found(np.ones((2, 2, 2))), class_names=["cat"])


def test_one_row_an_image_and_one_column_a_method():
    methods = {"a": found([np.eye(4), np.zeros((4, 4))]), "b": np.ones((2, 20, 20))}
    ax = plots.compare_explanations(methods, captions=["cat", "dog"])
    assert (
        len(ax.images) == 2 + 4 + 3
    )  # the images, again below each map, and the three maps that are not empty
    assert {"image", "cat", "dog", "a\n4×4", "b\n20×20", "no positive\nevidence"} <= set(texts(ax))
    assert sum(len(c.get_segments()) for c in ax.collections) == 2 * 2 * 5  # the cells of a; b's are too fine


def test_a_cross_marks_the_peak_of_each_map():
    ax = plots.compare_explanations({"a": found([[[0.0, 9.0], [0.0, 0.0]]])})
    assert [(x, y) for line in ax.lines for x, y in line.get_xydata()] == [(1.06 + 0.75, -0.25)] * 2
    assert not plots.compare_explanations({"a": found(np.ones((1, 2, 2)))}, peaks=False).lines


def test_cells_are_shown_as_they_are_unless_the_map_is_to_be_enlarged():
    def interpolation(**options):
        return (
            plots.compare_explanations({"a": found(np.ones((1, 2, 2)))}, **options)
            .images[-1]
            .get_interpolation()
        )

    assert (interpolation(), interpolation(smooth=True)) == ("nearest", "bilinear")


@pytest.mark.parametrize(
    ("maps", "options", "message"),
    [
        ({"a": np.ones((1, 2, 2))}, {}, "do not know their images"),
        ({"a": found(np.ones((2, 2, 2))), "b": np.ones((1, 2, 2))}, {}, "'b' must have a map for each of 2"),
        ({"a": found(np.ones((2, 2, 2)))}, {"captions": ["cat"]}, "one an image: 2, not 1"),
    ],
)
def test_maps_that_do_not_belong_together_are_refused(maps, options, message):
    with pytest.raises(ValueError, match=message):
        plots.compare_explanations(maps, **options)

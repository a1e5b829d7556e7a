"""The drawing language: areas by the shoelace formula, pictures by what must show in them."""

import numpy as np
import pytest

from labkit.data.drawing import INKS, PALETTES, Style, draw, read_figures

PLAIN = Style(28, (0.9, 0.9), shift=0, tilt=0, warp=0, backdrop=False, weave=0, noise=0)


def only(text):
    (variants,) = read_figures(text).values()
    return variants[0]


def area(points):
    x, y = points.T
    return abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("box 10,20 40,30", 300),
        ("poly 0,0 10,0 0,10", 50),
        ("oval 50,50 30,20", np.pi * 600),
        ("line 4 10,10 40,50", 4 * 50),
        ("line 6 10,50 40,50 90,50", 6 * 80),
        ("curve 5 0,0 30,0 60,0", 5 * 60),
        ("legs 50 90 5 10 30 70", 3 * 5 * 40),
        ("blob 80,50 71,71 50,80 29,71 20,50 29,29 50,20 71,29", np.pi * 900),
    ],
)
def test_a_shape_has_its_area(part, expected):
    assert area(only(f"x (paint): A {part}").points) == pytest.approx(expected, rel=0.03)


def test_a_blob_goes_through_its_points():
    corners = {(20.0, 20.0), (80.0, 25.0), (60.0, 90.0)}
    points = only("x (paint): A blob 20,20 80,25 60,90").points
    assert corners <= {tuple(point) for point in points.tolist()}


def test_variants_remarks_and_continued_lines():
    text = "# remark: not a figure\n\ncup (paint): A box 0,0 9,9;\n    B oval 5,5 2,2\ncup (fur leaf): K box 0,0 9,9\n"
    first, second = read_figures(text)["cup"]
    assert (first.inks, first.palettes) == ("AB", ("paint", "paint"))
    assert (second.inks, second.palettes) == ("K", ("fur", "leaf"))


@pytest.mark.parametrize(
    "part",
    ["Z box 0,0 9,9", "A circle 5,5 3", "A box 0,0 9", "A poly 1,2 3", "A oval a,b 1,1", "A"],
)
def test_a_part_that_cannot_be_drawn_is_shown(part):
    with pytest.raises(
        ValueError, match=r"cannot draw .*a part is an ink \(A, B, .*a shape \(oval, "
    ) as caught:
        read_figures(f"x (paint): K box 0,0 1,1; {part}")
    assert repr(part) in str(caught.value)


def test_a_box_is_where_it_should_be_and_black_around_it():
    picture = draw([only("x (snow): A box 5,20 45,80")], 1, PLAIN, np.random.default_rng(3))[0]
    bright = picture.mean(axis=2) > 40
    left, right = bright[:, :12].sum(), bright[:, -12:].sum()
    assert min(left, right) == 0  # one half only, either as drawn or mirrored
    assert max(left, right) > 120
    assert not bright[[0, 1, 2, -3, -2, -1]].any()


def test_both_mirror_images_occur():
    pictures = draw([only("x (snow): A box 0,0 50,100")], 40, PLAIN, np.random.default_rng(0))
    on_the_left = pictures[:, :, :12].mean(axis=(1, 2, 3)) > 40
    assert 8 < on_the_left.sum() < 32


def test_no_two_pictures_alike_and_every_variant_drawn():
    variants = read_figures("x (paint): A box 10,10 90,90\nx (paint): A box 10,48 90,52")["x"]
    style = Style(32, (0.7, 1.0), shift=0.1, tilt=8, warp=0.05, backdrop=True, weave=0.02, noise=5)
    pictures = draw(variants, 30, style, np.random.default_rng(0))
    assert pictures.shape == (30, 32, 32, 3)
    assert pictures.dtype == np.uint8
    assert len(np.unique(pictures.reshape(30, -1), axis=0)) == 30
    bare = draw(variants, 30, PLAIN, np.random.default_rng(0))
    shares = (bare.mean(axis=3) > 40).mean(axis=(1, 2))
    assert (shares < 0.1).any()
    assert (shares > 0.3).any()


@pytest.mark.parametrize("palette", PALETTES)
def test_the_main_colour_stands_out_from_the_background(palette):
    style = Style(32, (0.9, 0.9), shift=0, tilt=0, warp=0, backdrop=True, weave=0, noise=0)
    pictures = draw(
        [only(f"x ({palette}): A box 10,10 90,90; S oval 50,50 15,15")], 40, style, np.random.default_rng(0)
    )
    inside, hole = pictures[:, 8, 8].max(axis=1).astype(int), pictures[:, 16, 16].max(axis=1).astype(int)
    assert np.mean(abs(inside - hole) > 30) > 0.9


def test_every_ink_can_be_painted():
    text = "x (fur): " + "; ".join(f"{ink} box 10,10 90,90" for ink in INKS)
    assert draw([only(text)], 2, PLAIN, np.random.default_rng(0)).shape == (2, 28, 28, 3)

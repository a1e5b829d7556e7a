from itertools import permutations

import numpy as np
import pytest

from labkit import explain
from labkit.explain.grids import upsampled
from labkit.explain.perturbation import filled, ranks
from tests.explain.toys import Linear, noise, sigmoid, small_net, wave_net, waves

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(4, 4))
WEIGHTS -= WEIGHTS.mean()  # so that both classes are predicted
IMAGES = RNG.random((5, 4, 4, 1))
TRUE = IMAGES[..., 0] * WEIGHTS  # what each pixel adds to the logit
NAMES = ["random", "centred Gaussian", "Sobel"]


def test_deletion_of_a_linear_model_is_known():
    found = explain.deletion(Linear(WEIGHTS), IMAGES, TRUE, np.zeros(5, int), fill=0, steps=16)
    left = np.sort(TRUE.reshape(5, -1), axis=1)[:, ::-1]
    known = [sigmoid(left[:, k:].sum(axis=1)) for k in range(17)]
    assert np.allclose(found.probabilities, np.stack(known, axis=1), atol=1e-6)
    halves = [(known[k] + known[k + 1]) / 2 / 16 for k in range(16)]
    assert np.allclose(found.auc, np.sum(halves, axis=0), atol=1e-6)


def test_insertion_of_a_linear_model_is_known():
    found = explain.insertion(Linear(WEIGHTS), IMAGES, TRUE, np.zeros(5, int), fill=0, steps=8)
    there = np.sort(TRUE.reshape(5, -1), axis=1)[:, ::-1]
    known = [sigmoid(there[:, : 2 * k].sum(axis=1)) for k in range(9)]
    assert np.allclose(found.probabilities, np.stack(known, axis=1), atol=1e-6)


def test_areas_are_those_of_xplique():
    """Written down from xplique 1.3.3, `Deletion` and `Insertion(net, ..., baseline_mode=0.0, steps=16).evaluate`.

    It was given one image at a time; the maps have no two equal pixels, whose order would be anybody's.
    """
    images = (np.arange(4 * 12 * 12 * 3) ** 1.5 % 1).reshape(4, 12, 12, 3).astype(np.float32)
    given = wave_net(), images, waves(4, 12, 12, step=2.1), [0, 2, 2, 0]
    down, up = explain.deletion(*given, fill=0, steps=16), explain.insertion(*given, fill=0, steps=16)
    assert np.allclose(down.auc, [0.1510467, 0.5452273, 0.0909833, 0.1597461], atol=1e-6)
    assert np.allclose(up.auc, [0.2300126, 0.6066488, 0.2657229, 0.0553194], atol=1e-6)


def test_no_order_deletes_faster_than_the_true_one():
    weights, image = RNG.normal(size=(2, 3)), RNG.random((1, 2, 3, 1))
    judge = Linear(weights)
    orders = np.array(list(permutations(range(6)))).reshape(-1, 2, 3)
    many = np.repeat(image, len(orders), axis=0)
    areas = explain.deletion(judge, many, orders, np.zeros(len(orders), int), fill=0, steps=6).auc
    best = explain.deletion(judge, image, image[..., 0] * weights, [0], fill=0, steps=6).auc
    assert best[0] == pytest.approx(areas.min())
    assert areas.max() > best[0] + 0.05


def test_an_empty_map_is_judged_as_one_drawn_by_lot():
    places = ranks(np.zeros((200, 3, 3), np.float32))
    assert places.mean(axis=0) == pytest.approx(np.full((3, 3), 4.0), abs=0.7)  # no pixel is always the first
    assert sorted(places[0].ravel()) == list(range(9))


def test_logits_and_probabilities_are_judged_alike():
    areas = [explain.deletion(Linear(WEIGHTS, kind), IMAGES, TRUE).auc for kind in (False, True)]
    assert np.allclose(*areas)


def test_many_images_are_shown_in_several_goes(monkeypatch):
    whole = explain.deletion(Linear(WEIGHTS), IMAGES, TRUE, [0, 1, 0, 1, 1])
    monkeypatch.setattr("labkit.explain.perturbation._ROOM", 2 * 17 * 16 * 4)  # two images at once
    again = explain.deletion(Linear(WEIGHTS), IMAGES, TRUE, [0, 1, 0, 1, 1])
    assert np.array_equal(whole.probabilities, again.probabilities)


def test_the_predicted_class_is_taken_where_none_is_given():
    predicted = Linear(WEIGHTS).predict(IMAGES).argmax(axis=1)
    assert 0 < predicted.sum() < 5
    found, known = (explain.deletion(Linear(WEIGHTS), IMAGES, TRUE, of) for of in (None, predicted))
    assert np.array_equal(found.probabilities, known.probabilities)
    assert (found.probabilities[:, 0] >= 0.5).all()


def test_fills():
    images = RNG.random((2, 16, 16, 3))
    assert np.allclose(filled(images, "mean")[1, 3, 5], images[1].mean(axis=(0, 1)))
    blurred = filled(images, "blur")
    assert blurred.std() < 0.2 * images.std()
    assert np.allclose(blurred.mean(), images.mean(), atol=0.02)
    purple = np.broadcast_to([0.7, 0.0, 0.3], (1, 8, 8, 3))
    assert np.allclose(filled(purple, "blur"), purple)  # no dark border, and no channel runs into another
    assert (filled(images, 0.25) == 0.25).all()
    with pytest.raises(ValueError, match="fill must be 'mean', 'blur' or a number"):
        filled(images, "black")


def test_coarse_maps_are_brought_to_the_image_linearly():
    coarse = RNG.random((1, 1, 4))
    known = np.interp((np.arange(16) + 0.5) / 4 - 0.5, np.arange(4), coarse[0, 0])
    assert np.allclose(upsampled(coarse, (16, 16))[0], known[None].repeat(16, axis=0), atol=1e-6)


def test_deleted_images_lack_the_most_important_share():
    shown = explain.deleted(IMAGES, TRUE, [0, 0.25, 1], fill=9)
    assert shown.shape == (5, 3, 4, 4, 1)
    gone = shown[:, 1, ..., 0] == 9
    assert (gone.sum(axis=(1, 2)) == 4).all()
    assert all(TRUE[i][gone[i]].min() > TRUE[i][~gone[i]].max() for i in range(5))


@pytest.mark.slow
def test_an_explanation_is_taken_with_its_classes():
    net, images = small_net(), noise(3)
    found = explain.explain(net, images, [2, 0, 1], "gradcam", engine="reference")
    of_maps = explain.deletion(net, images, found.maps, [2, 0, 1])
    assert np.array_equal(explain.deletion(net, images, found).probabilities, of_maps.probabilities)
    judged = explain.measure_faithfulness(net, images, {"Grad-CAM": found}, reference=found, steps=4)
    assert judged.table().loc["Grad-CAM", ("agreement", "mean")] == pytest.approx(1)
    assert np.allclose(judged.curves["deletion"]["Grad-CAM"][:, 0], of_maps.probabilities[:, 0])
    for classes in (1, [2, 0, 2]):
        with pytest.raises(ValueError, match="Grad-CAM explains other classes than asked for"):
            explain.measure_faithfulness(net, images, {"Grad-CAM": found}, classes)
    other = explain.explain(net, images, 1, "gradcam", engine="reference")
    with pytest.raises(ValueError, match="HiResCAM explains other classes"):
        explain.measure_faithfulness(net, images, {"Grad-CAM": found, "HiResCAM": other})


@pytest.fixture(scope="module")
def judged():
    images = np.random.default_rng(1).random((60, 4, 4, 1))
    maps = {"true": images[..., 0] * WEIGHTS, "empty": np.zeros((60, 2, 2))}
    masks = np.zeros((60, 4, 4), bool)
    masks[:, :2] = True
    return explain.measure_faithfulness(
        Linear(WEIGHTS),
        images,
        maps,
        0,
        masks=masks,
        reference=maps["true"],
        deletion_fill=0,
        insertion_fill=0,
    )


def test_the_baselines_are_always_there(judged):
    assert judged.methods == ["true", "empty", *NAMES]
    assert list(judged.baselines) == NAMES
    assert list(judged.table().index) == judged.methods
    assert judged.metrics == ["deletion", "insertion", "pointing", "energy", "agreement"]


def test_the_table_has_means_and_intervals(judged):
    table = judged.table()
    assert table.loc["true", ("deletion", "mean")] == pytest.approx(
        judged.of_method("true", "deletion").mean()
    )
    for metric in judged.metrics:
        ends = table[metric].dropna()
        assert (ends["low"] <= ends["mean"]).all()
        assert (ends["mean"] <= ends["high"]).all()
    assert table.loc["true", ("agreement", "mean")] == pytest.approx(1)
    assert table["empty", "share"].to_dict() == {"true": 0, "empty": 1, **dict.fromkeys(NAMES, 0)}


def test_a_true_map_beats_the_baselines_and_an_empty_one_does_not(judged):
    gain = judged.against("random")
    for metric in ("deletion", "insertion"):
        assert gain.loc["true", (metric, "low")] > 0
        assert gain.loc["empty", (metric, "low")] < 0 < gain.loc["empty", (metric, "high")]
    gained = judged.of_method("random", "deletion") - judged.of_method("true", "deletion")
    assert gain.loc["true", ("deletion", "mean")] == pytest.approx(gained.mean())
    with pytest.raises(ValueError, match="there is no 'LIME' here: there is true"):
        judged.against("LIME")


def test_curves_and_scores_are_of_the_same_numbers(judged):
    assert judged.fractions[[0, -1]].tolist() == [0, 1]
    area = np.trapezoid(judged.curve("insertion", "true")[0], judged.fractions)
    assert area == pytest.approx(judged.of_method("true", "insertion").mean())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"maps": {"a": np.full((5, 4, 4), np.nan)}},
            "the maps of a contain NaN or infinite numbers, first in map 0",
        ),
        ({"maps": {"a": np.zeros((4, 4, 4))}}, "with a map for each of 5 images, not"),
        ({"maps": {"Sobel": TRUE}}, "'Sobel' is the name of a baseline"),
        ({"maps": TRUE}, "maps must be a dict"),
        ({"classes": np.full(5, 2)}, "class 2 does not exist: the network has the classes 0 to 1"),
        ({"classes": [0, 1]}, "5 images but 2 classes"),
        ({"images": IMAGES[0]}, "images must be numbers of the shape"),
        ({"masks": np.zeros((5, 4, 4))}, "a mask is empty"),
        ({"steps": 0}, "steps must be a whole number of 1 or more"),
    ],
)
def test_what_does_not_fit_is_one_line(change, message):
    given = {"model": Linear(WEIGHTS), "images": IMAGES, "maps": {"a": TRUE}} | change
    with pytest.raises(ValueError, match=message) as caught:
        explain.measure_faithfulness(**given)
    assert "\n" not in str(caught.value)

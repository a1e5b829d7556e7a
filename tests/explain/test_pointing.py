import numpy as np
import pytest

from labkit import explain

MASKS = np.zeros((4, 8, 8), bool)
MASKS[:, 2:4, 2:4] = True


def peaked(*places):
    maps = np.zeros((len(places), 8, 8))
    for one, place in zip(maps, places, strict=True):
        one[place] = 1
    return maps


def test_a_hit_is_a_maximum_on_the_object():
    maps = peaked((2, 2), (3, 3), (4, 3), (7, 7))
    assert explain.pointing_game(maps, MASKS).tolist() == [1, 1, 0, 0]
    assert explain.pointing_game(maps, MASKS, margin=1).tolist() == [1, 1, 1, 0]
    assert explain.pointing_game(maps, MASKS, margin=4).tolist() == [1, 1, 1, 1]


def test_a_constant_map_points_as_a_blind_guess_does():
    assert explain.pointing_game(np.zeros((4, 8, 8)), MASKS).tolist() == [4 / 64] * 4


def test_random_maps_hit_as_often_as_the_object_is_large():
    masks = np.zeros((4000, 8, 8), bool)
    masks[:, :4, :4] = True
    assert explain.pointing_game(explain.random_maps(4000, (8, 8)), masks).mean() == pytest.approx(
        0.25, abs=0.02
    )


def test_a_coarse_map_points_too():
    maps = np.zeros((1, 4, 4))
    maps[0, 1, 1] = 1  # its cell is rows and columns 2 and 3
    assert explain.pointing_game(maps, MASKS[:1]).tolist() == [1]


def test_the_share_of_the_energy_on_the_object():
    maps = np.zeros((4, 8, 8))
    maps[0] = 1  # everywhere alike: the share of the object's area
    maps[1][MASKS[1]] = 5
    maps[2] = -1  # what speaks against the class is no energy
    maps[2, 2, 2] = maps[2, 0, 0] = 3
    assert explain.energy_inside(maps, MASKS).tolist() == [4 / 64, 1, 0.5, 0]


def test_masks_must_fit():
    with pytest.raises(ValueError, match="a mask is empty: leave out the images"):
        explain.energy_inside(np.ones((1, 4, 4)), np.zeros((1, 8, 8)))
    with pytest.raises(ValueError, match="with a map for each of 4 images"):
        explain.pointing_game(np.ones((1, 4, 4)), MASKS)

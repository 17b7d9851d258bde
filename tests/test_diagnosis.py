import math

import numpy as np
import pytest

import mosaic_helpers as mh
from mosaic_helpers.features import CHROMA_WEIGHT, DETAIL, MEAN_WEIGHT
from mosaic_helpers.matching import match_cells
from mosaic_helpers.quality import REACH, diagnose


@pytest.fixture(scope="module")
def chelsea():
    return mh.open_target(None, 12)


@pytest.fixture(scope="module")
def diagnosis(tiles, chelsea):
    return diagnose(tiles, chelsea)


def made_of(tiles, numbers):
    """A target whose cells are tiles."""
    return mh.open_target(np.concatenate(list(tiles.read(numbers)), axis=1), len(numbers))


def test_what_the_tiles_have_is_reached(tiles):
    found = diagnose(tiles, made_of(tiles, range(40, 50)))
    assert found.reach == pytest.approx(0, abs=0.1)
    assert found.worst == []
    assert found.least[1] == pytest.approx(0, abs=0.1)
    assert "Every colour" in str(found)


def test_a_colour_that_no_tile_has_is_named(tiles):
    picture = np.concatenate([tiles.read([3])[0], np.full((32, 32, 3), (255, 0, 255))], axis=1)
    found = diagnose(tiles, mh.open_target(picture.astype(np.uint8), 2))
    assert found.reach[0, 0] < 1 and found.reach[0, 1] > REACH
    (worst,) = found.worst
    assert worst.srgb == (255, 0, 255) and worst.name == "purple"
    assert worst.distance == pytest.approx(found.reach[0, 1]) and worst.share == 0.5
    assert "purple (#ff00ff)" in str(found)


def test_the_error_is_that_of_the_best_match(tiles, chelsea, diagnosis):
    assert diagnosis.sample == 1
    settings = DETAIL, CHROMA_WEIGHT, MEAN_WEIGHT
    pool, cells = mh.tile_features(tiles, *settings), mh.cell_features(chelsea, *settings)
    for uses in (1, 2, 3):
        match = match_cells(pool, cells, (8, 12), "optimal", max_uses=uses)
        assert diagnosis.least[uses] ** 2 == pytest.approx(match.cost, rel=1e-6)
    match = match_cells(pool, cells, (8, 12), "nearest")
    assert diagnosis.least[math.inf] ** 2 == pytest.approx(match.cost, rel=1e-6)


def test_freedom_and_more_pictures_never_make_it_worse(diagnosis):
    errors = [diagnosis.least[uses] for uses in (1, 2, 3, math.inf)]
    assert errors == sorted(errors, reverse=True)
    growth = [diagnosis.growth[times] for times in (1, 2, 4)]
    assert growth == sorted(growth, reverse=True)
    assert diagnosis.growth[1] == pytest.approx(diagnosis.least[diagnosis.uses])


def test_what_is_not_possible_is_said(tiles):
    target = mh.open_target(None, 30)
    found = diagnose(tiles, target, detail=1, most=300)
    assert (found.uses, found.least[1], found.least[2]) == (3, None, None)
    assert found.sample == pytest.approx(0.5, abs=0.01)
    for words in ("not possible, too few tiles", "estimated on a random 50%", "at most 3 ×"):
        assert words in str(found)


def test_a_sample_comes_near_to_the_whole(tiles, chelsea):
    whole, part = (diagnose(tiles, chelsea, detail=1, most=most) for most in (1000, 48))
    assert part.sample == 0.5 and whole.sample == 1
    assert part.least[1] == pytest.approx(whole.least[1], rel=0.5)
    assert (part.reach == whole.reach).all()


def test_the_same_on_every_run(tiles, chelsea, diagnosis):
    again = diagnose(tiles, chelsea)
    assert str(again) == str(diagnosis)


def test_colours_have_the_names_people_give_them():
    from mosaic_helpers.quality import _name

    names = {
        (0, 0, 0): "black", (128, 128, 128): "grey", (255, 255, 255): "white",
        (255, 0, 0): "red", (255, 150, 0): "orange", (0, 160, 0): "green",
        (0, 0, 255): "blue", (90, 50, 10): "dark orange", (255, 200, 210): "light greyish pink",
    }  # fmt: skip
    for srgb, name in names.items():
        assert _name(mh.linear_to_lab(mh.srgb_to_linear(np.uint8(srgb)))) == name

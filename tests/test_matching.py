import numpy as np
import pytest
from conftest import assert_spaced
from scipy.optimize import linear_sum_assignment

import mosaic_helpers as mh


def costs(tiles, target, **features):
    points, cells = mh.tile_features(tiles, **features), mh.cell_features(target, **features)
    return ((cells[:, None] - points) ** 2).sum(axis=2)


def test_nearest_is_nearest(tiles):
    target = mh.open_target(None, 20)
    table = costs(tiles, target, detail=2, chroma_weight=0.5, mean_weight=0.7)
    match = mh.match_nearest(tiles, target, detail=2, chroma_weight=0.5, mean_weight=0.7)
    assert match.indices.shape == (13, 20)
    np.testing.assert_array_equal(match.indices.ravel(), table.argmin(axis=1))
    assert match.cost == pytest.approx(table.min(axis=1).mean())
    assert match.gap == 0


@pytest.mark.parametrize(
    ("columns", "max_uses"), [(12, 1), (18, 1), (20, 2), (20, 5), (40, None)]
)
def test_optimal_is_the_optimum_for_fewer_and_more_tiles_than_cells(tiles, columns, max_uses):
    target = mh.open_target(None, columns)
    table = costs(tiles, target, detail=1, chroma_weight=1)
    match = mh.match_optimal(tiles, target, max_uses=max_uses, detail=1, chroma_weight=1)
    k = match.settings["max_uses"]
    assert k == (max_uses or -(-len(target) // len(tiles)))
    assert match.most_used <= k
    repeated = np.tile(table, (1, k))
    best = repeated[linear_sum_assignment(repeated)].mean()
    assert match.cost == pytest.approx(best, rel=1e-9)
    assert match.lower_bound == pytest.approx(best, rel=1e-9)
    assert match.gap == 0


def test_approximate_says_how_far_it_may_be_off(tiles):
    target = mh.open_target(None, 15)
    approximate = mh.match_optimal(tiles, target, approximate=True)
    best = mh.match_optimal(tiles, target)
    assert approximate.most_used == 1
    assert approximate.lower_bound <= best.cost * (1 + 1e-9) <= approximate.cost * (1 + 1e-9)
    assert approximate.cost <= best.cost * 1.05
    assert approximate.gap >= approximate.cost / best.cost - 1 - 1e-9


def test_too_few_tiles_says_what_would_do_and_which_share_of_the_colours_is_missing(tiles):
    fill = r"fill 240 of 2,646 cells: set max_uses to 12, take 18 columns, or add 2,406 photos"
    missing = r"\. \d\d% of the cells have a colour that no tile has\.$"
    with pytest.raises(mh.MosaicError, match=fill + missing):
        mh.match_optimal(tiles, mh.open_target(None, 63), max_uses=1)
    made_of_one = mh.open_target(np.tile(tiles.read([3])[0], (20, 20, 1)), 20)
    with pytest.raises(mh.MosaicError, match=r"or add 160 photos\.$"):
        mh.match_optimal(tiles, made_of_one, max_uses=1)
    with pytest.raises(mh.MosaicError, match=r"whole number from 1 to 1,000,000,000, not 0\.$"):
        mh.match_optimal(tiles, mh.open_target(None, 63), max_uses=0)


@pytest.mark.parametrize("approximate", [False, True])
@pytest.mark.parametrize("min_distance", [1, 3])
def test_every_tile_is_used_if_it_must_be(tiles, approximate, min_distance):
    target = mh.open_target(None, 24)
    options = {"max_uses": 9, "min_distance": min_distance, "approximate": approximate}
    free = mh.match_optimal(tiles, target, **options)
    all_used = mh.match_optimal(tiles, target, min_uses=1, **options)
    assert free.distinct < all_used.distinct == len(tiles)
    assert free.lower_bound <= all_used.lower_bound <= all_used.cost
    assert (free.settings["min_uses"], all_used.settings["min_uses"]) == (0, 1)
    assert_spaced(all_used.indices, min_distance)


def test_more_tiles_than_cells_cannot_all_be_used(tiles):
    with pytest.raises(mh.MosaicError, match=r"240 tiles cannot all be used in 96 cells.*0\.$"):
        mh.match_optimal(tiles, mh.open_target(None, 12), min_uses=1)


def test_copies_kept_apart_cost_more_and_are_told(tiles):
    target = mh.open_target(None, 20)
    free, apart = (
        mh.match_nearest(tiles, target),
        mh.match_nearest(tiles, target, min_distance=4),
    )
    assert apart.cost > free.cost
    assert apart.lower_bound == pytest.approx(free.cost)
    assert apart.settings["min_distance"] == 4
    with pytest.raises(mh.MosaicError, match="min_distance"):
        mh.match_nearest(tiles, target, min_distance=0)


def test_use_limits_and_distance_together(tiles):
    target = mh.open_target(None, 24)
    free = mh.match_optimal(tiles, target, max_uses=3)
    apart = mh.match_optimal(tiles, target, max_uses=3, min_distance=5)
    assert apart.most_used <= 3
    assert_spaced(apart.indices, 5)
    assert apart.lower_bound == pytest.approx(free.cost)
    assert 0 < apart.gap < 0.2


def test_says_what_it_is(tiles):
    match = mh.match_optimal(tiles, mh.open_target(None, 12))
    assert repr(match).startswith("<Match: 12 × 8 cells, optimal, cost ")
    assert repr(match).endswith("96 different tiles, the most used 1 ×>")

import numpy as np
import pytest
from conftest import assert_spaced
from hypothesis import given
from hypothesis import strategies as st

import mosaic_helpers as mh
from mosaic_helpers.features import nearest_tiles
from mosaic_helpers.spacing import nearest_spaced, spread_copies


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.integers(0, 2**32))
def test_copies_stay_apart(rows, columns, distance, seed):
    distance = min(distance, max(rows, columns))
    random = np.random.default_rng(seed)
    points = random.random((81, 3))
    cells = random.random((rows * columns, 3)) * 0.1  # all want the same few
    grid = nearest_spaced(points, cells, (rows, columns), distance).reshape(rows, columns)
    assert_spaced(grid, distance)


def test_copies_that_may_touch_are_nearest():
    random = np.random.default_rng(0)
    points, cells = random.random((50, 3)), random.random((60, 3))
    np.testing.assert_array_equal(
        nearest_spaced(points, cells, (6, 10), 1), nearest_tiles(points, cells)[:, 0]
    )


def test_too_few_tiles_to_keep_apart_says_what_would_do():
    with pytest.raises(
        mh.MosaicError, match=r"need 49 tiles; you have 30.*min_distance to 3 or less"
    ):
        nearest_spaced(np.zeros((30, 3)), np.zeros((400, 3)), (20, 20), 4)


@pytest.mark.parametrize("distance", [-1, 0, 1.5, 1000])
def test_distances_that_make_no_sense(distance):
    with pytest.raises(mh.MosaicError, match="min_distance"):
        nearest_spaced(np.zeros((30, 3)), np.zeros((400, 3)), (20, 20), distance)


@given(st.integers(1, 4), st.integers(2, 3), st.integers(0, 2**32))
def test_swaps_part_copies_and_keep_the_limit(max_uses, distance, seed):
    random = np.random.default_rng(seed)
    shape, cells = (9, 12), random.random((108, 3))
    points = random.random((60, 3))
    answer = mh.solve_exact(points, cells, max(max_uses, 2))
    tiles = spread_copies(points, cells, shape, answer.tile, distance, answer.max_uses)
    assert_spaced(tiles.reshape(shape), distance)
    assert np.bincount(tiles).max() <= answer.max_uses
    assert set(answer.tile) <= set(tiles)  # nobody is left out who was in
    cost = ((points[tiles] - cells) ** 2).sum()
    assert answer.cost <= cost * (1 + 1e-9)
    assert cost <= answer.cost * 2


def test_what_is_apart_already_stays():
    random = np.random.default_rng(0)
    points, cells = random.random((60, 3)), random.random((60, 3))
    answer = mh.solve_exact(points, cells, 1)
    tiles = spread_copies(points, cells, (6, 10), answer.tile, 4, 1)
    np.testing.assert_array_equal(tiles, answer.tile)


def test_copies_that_cannot_be_parted_are_told():
    with pytest.raises(
        mh.MosaicError, match="4 tiles, each used at most 4 ×, cannot all be kept 4"
    ):
        spread_copies(np.eye(4), np.zeros((16, 4)), (4, 4), np.arange(16) % 4, 4, 4)

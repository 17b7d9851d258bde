import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mosaic_helpers as mh
from mosaic_helpers.nearest import nearest, nearest_apart


@pytest.mark.parametrize("dimensions", [1, 3, 12, 13, 48])
@pytest.mark.parametrize("count", [1, 5])
def test_finds_what_the_table_of_all_pairs_says(dimensions, count):
    random = np.random.default_rng(dimensions)
    pool, cells = random.random((200, dimensions)), random.random((300, dimensions))
    table = ((cells[:, None] - pool) ** 2).sum(axis=2)
    np.testing.assert_array_equal(nearest(pool, cells, count), table.argsort(axis=1)[:, :count])


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 4), st.integers(0, 2**32))
def test_copies_stay_apart(rows, columns, apart, seed):
    apart = min(apart, max(rows, columns))
    random = np.random.default_rng(seed)
    pool = random.random((81, 3))
    cells = random.random((rows * columns, 3)) * 0.1  # all want the same few
    grid = nearest_apart(pool, cells, (rows, columns), apart).reshape(rows, columns)
    for row, column in np.ndindex(rows, columns):
        top, left = max(0, row - apart), max(0, column - apart)
        around = grid[top : row + apart + 1, left : column + apart + 1]
        assert (around == grid[row, column]).sum() == 1


def test_apart_by_nothing_is_nearest():
    random = np.random.default_rng(0)
    pool, cells = random.random((50, 3)), random.random((60, 3))
    np.testing.assert_array_equal(
        nearest_apart(pool, cells, (6, 10), 0), nearest(pool, cells)[:, 0]
    )


def test_too_few_tiles_to_keep_apart_says_what_would_do():
    with pytest.raises(mh.MosaicError, match=r"takes 49 tiles; you have 30.*at most 2 apart"):
        nearest_apart(np.zeros((30, 3)), np.zeros((400, 3)), (20, 20), 3)


@pytest.mark.parametrize("apart", [-1, 1.5, 1000])
def test_distances_that_make_no_sense(apart):
    with pytest.raises(mh.MosaicError, match="distance to keep copies apart"):
        nearest_apart(np.zeros((30, 3)), np.zeros((400, 3)), (20, 20), apart)

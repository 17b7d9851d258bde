import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mosaic_helpers as mh
from mosaic_helpers.explorer.approximate import FastMatcher
from mosaic_helpers.matching import cost_per_cell


@pytest.fixture(scope="module", params=[1, 4])
def features(tiles, request):
    """Of the tiles and of some cells, as they are compared."""
    target = mh.open_target("astronaut", 30)
    options = request.param, 0.4, 1.0
    return mh.tile_features(tiles, *options), mh.cell_features(target, *options)


def test_the_nearest_is_nearly_that(features):
    pool, cells = features
    table = ((cells[:, None] - pool) ** 2).sum(axis=2)
    found = FastMatcher(pool).nearest(cells)
    assert found.shape == (len(cells),)
    assert cost_per_cell(pool, cells, found) <= 1.08 * table.min(axis=1).mean()


@pytest.mark.parametrize("max_uses", [4, 10])
def test_the_optimal_is_near_the_optimum(features, max_uses):
    pool, cells = features
    best = mh.solve_exact(pool, cells, max_uses)
    found = FastMatcher(pool).optimal(cells, max_uses)
    assert np.bincount(found).max() <= max_uses
    assert best.cost / len(cells) - 1e-9 <= cost_per_cell(pool, cells, found)
    assert cost_per_cell(pool, cells, found) <= 1.4 * best.cost / len(cells)


@given(
    st.integers(1, 150),
    st.integers(1, 30),
    st.integers(1, 20),
    st.integers(0, 2**32),
    st.data(),
)
def test_answers_are_valid_whatever_the_shapes(n, spare, dimensions, seed, data):
    max_uses = data.draw(st.integers(1, 5))
    m = data.draw(st.integers(1, min(n * max_uses, 300)))
    random = np.random.default_rng(seed)
    # Whole numbers, so that some tiles are the same.
    pool = random.integers(0, spare, (n, dimensions)).astype(float)
    cells = random.integers(0, spare, (m, dimensions)).astype(float)
    matcher = FastMatcher(pool)
    for found in (matcher.nearest(cells), matcher.optimal(cells, max_uses)):
        assert found.shape == (m,)
        assert found.min() >= 0
        assert found.max() < n
    assert np.bincount(matcher.optimal(cells, max_uses)).max() <= max_uses


def test_a_tile_that_is_there_is_found():
    pool = np.random.default_rng(0).random((200, 5))
    np.testing.assert_array_equal(FastMatcher(pool).nearest(pool), np.arange(200))

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mosaic_helpers as mh
from mosaic_helpers.assembly.tint import tint_light, tint_tiles

SEEDS = st.integers(0, 2**32)


def some_tiles(seed, k=4):
    """Tiles of every kind, pure black and white among them, and the means of their cells."""
    rng = np.random.default_rng(seed)
    tiles = rng.integers(0, 256, (k, 6, 6, 3)).astype(np.uint8)
    tiles[0], tiles[1] = rng.choice([0, 255], 2)[:, None, None, None]
    means = rng.random((k, 3)).astype(np.float32)
    means[-1] = rng.choice([0, 1], 3)
    return tiles, means


@given(SEEDS)
def test_in_full_the_averages_are_those_wanted(seed):
    tiles, means = some_tiles(seed)
    # A byte is at most 0.009 of linear light from the next.
    np.testing.assert_allclose(
        mh.area_means(tint_tiles(tiles, means, 1), 1)[:, 0, 0], means, atol=5e-3
    )


@given(SEEDS, st.floats(0, 1))
def test_averages_move_in_proportion_and_nothing_is_clipped(seed, tint):
    tiles, means = some_tiles(seed)
    light = mh.srgb_to_linear(tiles)
    moved = tint_light(light, means, tint)
    assert moved.min() >= -1e-5 and moved.max() <= 1 + 1e-5
    before = light.mean(axis=(1, 2))
    expected = before + tint * (means - before)
    np.testing.assert_allclose(moved.mean(axis=(1, 2)), expected, atol=1e-4)


@given(SEEDS, st.floats(0, 1))
def test_the_tiles_laid_are_the_ones_measured(seed, tint):
    tiles, means = some_tiles(seed)
    expected = tint_light(mh.srgb_to_linear(tiles), means, tint)
    np.testing.assert_allclose(
        mh.srgb_to_linear(tint_tiles(tiles, means, tint)), expected, atol=5e-3
    )


@given(SEEDS, st.floats(0.01, 1))
def test_what_was_brighter_stays_brighter(seed, tint):
    tiles, means = some_tiles(seed)
    before, after = (
        each.reshape(-1, 36, 3) for each in (tiles, tint_tiles(tiles, means, tint))
    )
    order = before.argsort(axis=1)
    assert (np.diff(np.take_along_axis(after, order, 1).astype(int), axis=1) >= 0).all()


def test_no_tint_leaves_every_byte_and_tint_never_writes_to_the_tiles():
    tiles, means = some_tiles(7)
    before = tiles.copy()
    assert (tint_tiles(tiles, means, 0) == before).all()
    assert (tint_tiles(tiles, means, 0.7) != before).any()
    assert (tiles == before).all()


@pytest.mark.parametrize("tint", [-0.1, 1.1, 50, float("nan")])
def test_an_amount_that_is_none_is_refused(tint):
    tiles, means = some_tiles(1)
    for call in (
        lambda: tint_tiles(tiles, means, tint),
        lambda: tint_light(tiles, means, tint),
    ):
        with pytest.raises(mh.MosaicError, match="from 0 to 1"):
            call()

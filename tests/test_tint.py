import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mosaic_helpers as mh
from mosaic_helpers.features import linear_to_srgb
from mosaic_helpers.tint import shift, tinted, wanted_colours

SEEDS = st.integers(0, 2**32)


def some(seed, k=4):
    """Tiles of every kind, pure black and white among them, and the colours wanted."""
    rng = np.random.default_rng(seed)
    tiles = rng.integers(0, 256, (k, 6, 6, 3)).astype(np.uint8)
    tiles[0], tiles[1] = rng.choice([0, 255], 2)[:, None, None, None]
    wanted = rng.random((k, 3)).astype(np.float32)
    wanted[-1] = rng.choice([0, 1], 3)
    return tiles, wanted


@given(SEEDS)
def test_in_full_the_averages_are_those_wanted(seed):
    tiles, wanted = some(seed)
    # A byte is at most 0.009 of linear light from the next.
    np.testing.assert_allclose(
        mh.area_means(tinted(tiles, wanted, 1), 1)[:, 0, 0], wanted, atol=5e-3
    )


@given(SEEDS, st.floats(0, 1))
def test_averages_move_in_proportion_and_nothing_is_clipped(seed, amount):
    tiles, wanted = some(seed)
    light = mh.srgb_to_linear(tiles)
    moved = shift(light, wanted, amount)
    assert moved.min() >= -1e-5 and moved.max() <= 1 + 1e-5
    before = light.mean(axis=(1, 2))
    expected = before + amount * (wanted - before)
    np.testing.assert_allclose(moved.mean(axis=(1, 2)), expected, atol=1e-4)


@given(SEEDS, st.floats(0, 1))
def test_the_tiles_laid_are_the_ones_measured(seed, amount):
    tiles, wanted = some(seed)
    expected = shift(mh.srgb_to_linear(tiles), wanted, amount)
    np.testing.assert_allclose(
        mh.srgb_to_linear(tinted(tiles, wanted, amount)), expected, atol=5e-3
    )


@given(SEEDS, st.floats(0.01, 1))
def test_what_was_brighter_stays_brighter(seed, amount):
    tiles, wanted = some(seed)
    before, after = (each.reshape(-1, 36, 3) for each in (tiles, tinted(tiles, wanted, amount)))
    order = before.argsort(axis=1)
    assert (np.diff(np.take_along_axis(after, order, 1).astype(int), axis=1) >= 0).all()


def test_no_tint_leaves_every_byte_and_tint_never_writes_to_the_tiles():
    tiles, wanted = some(7)
    before = tiles.copy()
    assert (tinted(tiles, wanted, 0) == before).all()
    assert (tinted(tiles, wanted, 0.7) != before).any()
    assert (tiles == before).all()


def test_the_colours_wanted_are_those_of_the_cells():
    picture = np.repeat(np.arange(0, 240, 40, dtype=np.uint8), 8)[None, :, None]
    target = mh.open_target(np.tile(picture, (16, 1, 3)), columns=6)
    wanted = wanted_colours(target)
    assert wanted.shape == (target.rows, 6, 3)
    assert (linear_to_srgb(wanted[0, :, 0]) == np.arange(0, 240, 40)).all()


@pytest.mark.parametrize("amount", [-0.1, 1.1, 50, float("nan")])
def test_an_amount_that_is_none_is_refused(amount):
    tiles, wanted = some(1)
    for call in (lambda: tinted(tiles, wanted, amount), lambda: shift(tiles, wanted, amount)):
        with pytest.raises(mh.MosaicError, match="from 0 to 1"):
            call()

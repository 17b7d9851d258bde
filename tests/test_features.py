import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

import mosaic_helpers as mh
from mosaic_helpers.errors import SETTINGS
from mosaic_helpers.features import (
    REACH,
    lab_features,
    linear_to_srgb,
    nearest_tiles,
    target_means,
    tile_area_means,
    tile_means,
    unreached_share,
)


def pictures(seed, n=3, height=12, width=12):
    return np.random.default_rng(seed).integers(0, 256, (n, height, width, 3), np.uint8)


def test_averages_are_taken_in_linear_light():
    board = np.indices((8, 8)).sum(axis=0) % 2 * 255
    half = mh.area_means(np.repeat(board[None, :, :, None], 3, axis=3).astype(np.uint8), 1)
    assert half == pytest.approx(0.5)
    # Half the light is the grey 188 of sRGB, not 128.
    assert mh.srgb_to_linear(np.uint8(188)) == pytest.approx(0.5, abs=0.005)


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 12))
def test_parts_of_any_number_average_to_the_whole(seed, rows, columns):
    picture = pictures(seed)
    whole = mh.srgb_to_linear(picture).mean(axis=(1, 2))
    parts = mh.area_means(picture, rows, columns)
    assert parts.shape == (3, rows, columns, 3)
    np.testing.assert_allclose(parts.mean(axis=(1, 2)), whole, atol=1e-5)


def test_whole_pixels_are_averaged_as_they_are():
    picture = pictures(1)
    expected = mh.srgb_to_linear(picture).reshape(3, 4, 3, 4, 3, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(mh.area_means(picture, 4), expected, atol=1e-6)


def test_lab_is_that_of_scikit_image():
    picture = pictures(2)
    np.testing.assert_allclose(
        mh.linear_to_lab(mh.srgb_to_linear(picture)), rgb2lab(picture), atol=1e-3
    )


@pytest.mark.parametrize("detail", [1, 3, 8])
def test_distances_mean_the_same_at_every_detail(detail):
    black = np.zeros((1, 16, 16, 3), np.uint8)
    white = np.full((1, 16, 16, 3), 255, np.uint8)
    a, b = (lab_features(mh.area_means(p, detail), 1, 0) for p in (black, white))
    assert a.shape == (1, 3 * detail**2)
    assert ((a - b) ** 2).sum() == pytest.approx(100**2, rel=1e-4)


def test_chroma_weighs_colour_and_not_lightness():
    red, grey = ([[[[1.0, 0, 0]]]], [[[[0.2126, 0.2126, 0.2126]]]])
    distances = [
        ((lab_features(np.array(red), c) - lab_features(np.array(grey), c)) ** 2).sum()
        for c in (0, 1)
    ]
    assert distances[0] < 1
    assert distances[1] > 1000
    for bad in (-1, 11, float("nan"), "much"):
        with pytest.raises(mh.MosaicError, match="chroma_weight must be a number from 0 to 10"):
            lab_features(np.array(red), bad)


def test_a_target_made_of_tiles_has_their_features(tiles):
    laid = np.concatenate(list(tiles.read([4, 9, 30])), axis=1)
    target = mh.open_target(laid, columns=3)
    cells = mh.cell_features(target, detail=4)
    np.testing.assert_allclose(cells, mh.tile_features(tiles, detail=4)[[4, 9, 30]], atol=1e-2)


@pytest.mark.parametrize("detail", [0, 9, 2.5])
def test_detail_that_makes_no_sense(tiles, detail):
    with pytest.raises(mh.MosaicError, match="detail must be a whole number from 1 to 8"):
        mh.tile_features(tiles, detail)


@given(st.integers(0, 2**32), st.sampled_from([2, 3, 4]), st.floats(0, 10))
def test_the_whole_is_averaged_with_the_parts(seed, detail, mean_weight):
    light = np.random.default_rng(seed).random((2, detail, detail, 3))

    def squared(features):
        return ((features[0] - features[1]) ** 2).sum()

    parts = squared(lab_features(light, 0.5, 0))
    average = squared(lab_features(light.mean(axis=(1, 2), keepdims=True), 0.5))
    found = squared(lab_features(light, 0.5, mean_weight))
    assert found == pytest.approx((parts + mean_weight * average) / (1 + mean_weight), rel=1e-6)


def test_one_part_is_the_whole(tiles):
    assert (mh.tile_features(tiles, 1, 0.5, 3.0) == mh.tile_features(tiles, 1, 0.5, 0)).all()
    with pytest.raises(mh.MosaicError, match="mean_weight must be a number from 0 to 10"):
        mh.tile_features(tiles, 2, 0.5, -1)


def test_features_are_by_default_what_matches_compare(tiles):
    target = mh.open_target(None, 12)
    match = mh.match_nearest(tiles, target)
    gap = mh.tile_features(tiles)[match.indices.ravel()] - mh.cell_features(target)
    assert match.cost == pytest.approx((gap**2).sum(axis=1).mean())
    names = "detail", "chroma_weight", "mean_weight"
    assert [match.settings[name] for name in names] == [SETTINGS[n].default for n in names]


def test_means_of_tiles_and_cells_are_those_of_their_pixels(tiles):
    means = tile_means(tiles)
    assert (means.shape, means.dtype) == ((len(tiles), 3), np.float32)
    expected = mh.srgb_to_linear(tiles.read([7, 8])).mean(axis=(1, 2))
    np.testing.assert_allclose(means[[7, 8]], expected, atol=1e-5)
    np.testing.assert_array_equal(
        tile_area_means(tiles, 4, np.array([8, 3])), mh.area_means(tiles.read([8, 3]), 4)
    )
    bands = np.repeat(np.arange(0, 240, 40, dtype=np.uint8), 8)[None, :, None]
    target = mh.open_target(np.tile(bands, (16, 1, 3)), columns=6)
    means = target_means(target)
    assert means.shape == (target.rows, 6, 3)
    assert (linear_to_srgb(means[0, :, 0]) == np.arange(0, 240, 40)).all()


def test_a_colour_that_no_tile_has_is_not_reached(tiles):
    violet = np.full((32, 32, 3), (255, 0, 255), np.uint8)
    laid = np.concatenate([tiles.read([3])[0], violet, tiles.read([5])[0]], axis=1)
    assert unreached_share(tiles, mh.open_target(laid, 3)) == pytest.approx(1 / 3)
    target = mh.open_target(None, 12)
    lab = [
        mh.linear_to_lab(means).reshape(-1, 3)
        for means in (tile_means(tiles), target_means(target))
    ]
    table = np.linalg.norm(lab[1][:, None] - lab[0], axis=2)
    assert unreached_share(tiles, target) == (table.min(axis=1) > REACH).mean() > 0


@pytest.mark.parametrize("dimensions", [1, 3, 12, 13, 48])
@pytest.mark.parametrize("count", [1, 5])
def test_the_nearest_are_those_of_the_table_of_all_pairs(dimensions, count):
    random = np.random.default_rng(dimensions)
    tiles, cells = random.random((200, dimensions)), random.random((300, dimensions))
    table = ((cells[:, None] - tiles) ** 2).sum(axis=2)
    np.testing.assert_array_equal(
        nearest_tiles(tiles, cells, count), table.argsort(axis=1)[:, :count]
    )


def test_bytes_survive_the_way_to_light_and_back():
    every = np.arange(256, dtype=np.uint8)
    assert (linear_to_srgb(mh.srgb_to_linear(every)) == every).all()
    assert linear_to_srgb(np.array([-0.1, 1.2])).tolist() == [0, 255]

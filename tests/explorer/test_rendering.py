import io

import numpy as np
import pytest
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.explorer.rendering import Scene, encode_thumbnail, to_jpeg
from mosaic_helpers.features import target_means


@pytest.fixture(scope="module")
def target():
    return mh.open_target("coffee", 12)


@pytest.fixture(scope="module")
def match(tiles, target):
    return mh.match_nearest(tiles, target)


@pytest.mark.parametrize(
    ("width", "size"), [(1, 1), (12, 1), (24, 2), (60, 4), (96, 8), (190, 16), (384, 32)]
)
def test_tiles_are_as_large_as_the_screen_shows(tiles, match, width, size):
    laid = Scene(tiles).lay(match.indices, width)
    whole = np.asarray(mh.assemble(tiles, match, size).image(), int)
    assert laid.dtype == np.uint8
    assert laid.shape == whole.shape
    # Shrunk in steps, each rounded to bytes.
    assert np.abs(laid - whole).max() <= 3


@pytest.mark.parametrize("most", [1, 5, 12, 20, 32])
def test_nothing_finer_than_the_mosaic_has_is_shown(tiles, match, most):
    laid = Scene(tiles).lay(match.indices, 10_000, most=most)
    whole = np.asarray(mh.assemble(tiles, match, most).image(), int)
    assert laid.shape == whole.shape
    assert np.abs(laid - whole).max() <= 3


@pytest.mark.parametrize("size", [1, 5, 12, 20])
def test_tile_sets_of_any_size(cats, tmp_path, size):
    tiles = mh.build_tiles(cats[:20], tmp_path / "t.h5", size, progress=False)
    scene, indices = Scene(tiles), np.arange(len(tiles))[None]
    for asked in (1, 4, 8, 16, 64):
        laid = scene.lay(indices, asked * len(tiles))
        each = laid.shape[0]
        assert each == min(asked, size)
        assert laid.shape == (each, each * len(tiles), 3)
        own = laid.reshape(each, len(tiles), each, 3).mean(axis=(0, 2))
        assert np.abs(own - tiles.read().mean(axis=(1, 2))).mean() < 3


def test_a_tint_is_that_of_the_pipeline(tiles, match, target):
    laid = Scene(tiles).lay(match.indices, 384, tint=0.6, wanted=target_means(target))
    whole = mh.assemble(tiles, match, tint=0.6, target=target).image()
    np.testing.assert_array_equal(laid, np.asarray(whole))


def test_small_tiles_are_read_from_the_file_once(tiles, match, tmp_path):
    path = tmp_path / "tiles.h5"
    path.write_bytes(tiles.path.read_bytes())
    scene = Scene(mh.open_tiles(path))
    before = scene.lay(match.indices, 12 * 16)
    path.unlink()
    np.testing.assert_array_equal(scene.lay(match.indices, 12 * 16), before)
    assert scene.lay(match.indices, 12 * 4).shape[1] == 12 * 4
    with pytest.raises(mh.MosaicError):
        scene.lay(match.indices, 12 * 32)


def test_a_jpeg_for_the_browser_is_the_picture(tiles, match):
    laid = Scene(tiles).lay(match.indices, 384)
    image = Image.open(io.BytesIO(to_jpeg(laid)))
    assert image.format == "JPEG"
    assert np.abs(np.asarray(image, int) - laid).mean() < 10


def test_a_still_picture_is_small(tiles, match):
    laid = Scene(tiles).lay(match.indices, 384)
    still = Image.open(io.BytesIO(encode_thumbnail(Image.fromarray(laid), 90)))
    assert still.size == (90, 60)
    own = np.asarray(Image.fromarray(laid).resize((90, 60), Image.Resampling.BOX), int)
    assert np.abs(np.asarray(still, int) - own).mean() < 10

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.explorer.rendering import (
    Renderer,
    encode_thumbnail,
    render_differences,
    to_jpeg,
)
from mosaic_helpers.features import target_means


@pytest.fixture(scope="module")
def target():
    return mh.open_target("coffee", 12)


@pytest.fixture(scope="module")
def match(tiles, target):
    return mh.match_nearest(tiles, target)


def shown(indices, tile_size=32, tint=0.0, means=None):
    """What the renderer needs to know of a report."""
    answer = SimpleNamespace(target_means=means)
    match = SimpleNamespace(indices=indices)
    return SimpleNamespace(match=match, tile_size=tile_size, tint=tint, answer=answer)


@pytest.mark.parametrize(
    ("width", "size"), [(1, 1), (12, 1), (24, 2), (60, 4), (96, 8), (190, 16), (384, 32)]
)
def test_tiles_are_as_large_as_the_screen_shows(tiles, match, width, size):
    pixels = Renderer(tiles).render(shown(match.indices), width)
    whole = np.asarray(mh.assemble(tiles, match, size).image(), int)
    assert pixels.dtype == np.uint8
    assert pixels.shape == whole.shape
    # Shrunk in steps, each rounded to bytes.
    assert np.abs(pixels - whole).max() <= 3


@pytest.mark.parametrize("most", [1, 5, 12, 20, 32])
def test_nothing_finer_than_the_mosaic_has_is_shown(tiles, match, most):
    pixels = Renderer(tiles).render(shown(match.indices, most), 10_000)
    whole = np.asarray(mh.assemble(tiles, match, most).image(), int)
    assert pixels.shape == whole.shape
    assert np.abs(pixels - whole).max() <= 3


@pytest.mark.parametrize("size", [1, 5, 12, 20])
def test_tile_sets_of_any_size(cats, tmp_path, size):
    tiles = mh.build_tiles(cats[:20], tmp_path / "t.h5", size, progress=False)
    renderer, report = Renderer(tiles), shown(np.arange(len(tiles))[None], 64)
    for on_screen in (1, 4, 8, 16, 64):
        pixels = renderer.render(report, on_screen * len(tiles))
        each = pixels.shape[0]
        assert each == min(on_screen, size)
        assert pixels.shape == (each, each * len(tiles), 3)
        own = pixels.reshape(each, len(tiles), each, 3).mean(axis=(0, 2))
        assert np.abs(own - tiles.read().mean(axis=(1, 2))).mean() < 3


def test_a_tint_is_that_of_the_pipeline(tiles, match, target):
    report = shown(match.indices, tint=0.6, means=target_means(target))
    pixels = Renderer(tiles).render(report, 384)
    whole = mh.assemble(tiles, match, tint=0.6, target=target).image()
    np.testing.assert_array_equal(pixels, np.asarray(whole))


def test_small_tiles_are_read_from_the_file_once(tiles, match, tmp_path):
    path = tmp_path / "tiles.h5"
    path.write_bytes(tiles.path.read_bytes())
    renderer, report = Renderer(mh.open_tiles(path)), shown(match.indices)
    before = renderer.render(report, 12 * 16)
    path.unlink()
    np.testing.assert_array_equal(renderer.render(report, 12 * 16), before)
    assert renderer.render(report, 12 * 4).shape[1] == 12 * 4
    with pytest.raises(mh.MosaicError):
        renderer.render(report, 12 * 32)


def test_a_jpeg_for_the_browser_is_the_picture(tiles, match):
    pixels = Renderer(tiles).render(shown(match.indices), 384)
    image = Image.open(io.BytesIO(to_jpeg(pixels)))
    assert image.format == "JPEG"
    assert np.abs(np.asarray(image, int) - pixels).mean() < 10


def test_a_still_picture_is_small(tiles, match):
    pixels = Renderer(tiles).render(shown(match.indices), 384)
    still = Image.open(io.BytesIO(encode_thumbnail(Image.fromarray(pixels), 90)))
    assert still.size == (90, 60)
    own = np.asarray(Image.fromarray(pixels).resize((90, 60), Image.Resampling.BOX), int)
    assert np.abs(np.asarray(still, int) - own).mean() < 10


def test_the_map_is_bright_where_tiles_fall_short():
    differences = np.zeros((16, 24))
    differences[:, 12:] = 15
    differences[8:, 12:] = 60
    picture = render_differences(SimpleNamespace(differences=differences))
    image = Image.open(io.BytesIO(picture))
    assert image.size == (24, 16)
    light = np.asarray(image.convert("L"), int)
    dark, middle, bright = (
        light[:, :10].mean(),
        light[:6, 14:].mean(),
        light[10:, 14:].mean(),
    )
    assert dark + 50 < middle < bright - 50

import json
import tracemalloc

import numpy as np
import pytest
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.assembly import check_output, resize_tiles, writers
from mosaic_helpers.quality import likeness


@pytest.fixture(scope="module")
def match(tiles):
    return mh.match_optimal(tiles, mh.open_target(None, 15))


def test_every_tile_lies_in_its_cell(tiles, match):
    pixels = np.asarray(mh.assemble(tiles, match).image())
    assert pixels.shape == (10 * 32, 15 * 32, 3)
    for row, column in np.ndindex(match.indices.shape):
        cell = pixels[row * 32 : (row + 1) * 32, column * 32 : (column + 1) * 32]
        np.testing.assert_array_equal(cell, tiles.read([match.indices[row, column]])[0])


def test_smaller_tiles_are_the_same_tiles_shrunk(tiles, match):
    pixels = np.asarray(mh.assemble(tiles, match, 8).image())
    first = Image.fromarray(tiles.read([match.indices[0, 0]])[0]).resize(
        (8, 8), Image.Resampling.BOX
    )
    assert pixels.shape == (80, 120, 3)
    np.testing.assert_array_equal(pixels[:8, :8], np.asarray(first))


@pytest.mark.parametrize("suffix", [".jpg", ".JPEG", ".png", ".tif"])
def test_saved_files_hold_the_mosaic(tiles, match, tmp_path, suffix):
    mosaic = mh.assemble(tiles, match, 16)
    path = mosaic.save(tmp_path / "new folder" / f"mosaic{suffix}")
    saved = np.asarray(Image.open(path).convert("RGB"), int)
    assert np.abs(saved - np.asarray(mosaic.image(), int)).mean() < 6
    assert not list(path.parent.glob(".*"))


def test_a_manifest_lays_the_mosaic_again_at_another_size(tiles, match, tmp_path):
    mh.assemble(tiles, match, 16).save(tmp_path / "small.png")
    photos, again = mh.open_manifest(tmp_path / "small.json", tiles.root)
    assert all(photo.exists() for photo in photos)
    assert again.cost == match.cost
    larger = mh.build_tiles(photos, tmp_path / "larger.h5", 64, progress=False)
    image = mh.assemble(larger, again).image()
    assert image.size == (15 * 64, 10 * 64)
    row, column = 3, 4
    cell = np.asarray(image)[row * 64 : row * 64 + 64, column * 64 : column * 64 + 64]
    photo = tiles.photo(match.indices[row, column])
    np.testing.assert_array_equal(cell, mh.thumbnail(photo, 64))


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"photos": 3, "folder": "x"}'])
def test_files_that_are_not_manifests(tmp_path, content):
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(mh.MosaicError, match=r"not a manifest .* make the mosaic again"):
        mh.open_manifest(tmp_path / "m.json")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "photo-mosaic manifest 1"}, "not written by this version"),
        ({"cells": [[0, 10**6]]}, "do not agree"),
        ({"cells": [[0, -1]]}, "do not agree"),
        ({"cells": [0, 1]}, "not rows of whole numbers"),
        ({"photos": 3}, "not a list of names"),
    ],
)
def test_a_manifest_of_another_version_or_damaged(tiles, match, tmp_path, change, reason):
    path = mh.assemble(tiles, match, 4).save(tmp_path / "m.png").with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change))
    with pytest.raises(mh.MosaicError, match=rf"\(.*{reason}.*\): .* make the mosaic again"):
        mh.open_manifest(path)


def peak(tiles, rows, path):
    """Bytes that Python holds at most while a mosaic is saved."""
    match = mh.Match(np.zeros((rows, 30), int), 0.0, 0.0, "nearest", 0.0)
    mosaic = mh.assemble(tiles, match)
    tracemalloc.start()
    mosaic.save(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_does_not_grow_with_the_pixels_of_a_tiff(tiles, tmp_path):
    # 350 rows more are 33 MB of pixels more; their indices are in the manifest.
    few, many = (peak(tiles, rows, tmp_path / "mosaic.tif") for rows in (50, 400))
    assert many - few < 3_000_000


def test_limits_of_the_format_are_known_before_the_work(tiles, tmp_path):
    wide = mh.Match(np.zeros((1, 2100), int), 0.0, 0.0, "nearest", 0.0)
    with pytest.raises(mh.MosaicError, match=r"67,200 × 32 pixels.*allows 65,500"):
        mh.assemble(tiles, wide).save(tmp_path / "wide.jpg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_limits_of_memory_are_known_before_the_work(tiles, tmp_path, monkeypatch, suffix):
    target = mh.open_target(None, 15)  # 480 × 320 pixels, 614,400 bytes
    mosaic = mh.assemble(tiles, mh.match_nearest(tiles, target))
    path = tmp_path / f"mosaic{suffix}"
    monkeypatch.setattr(writers, "available_memory", lambda: 800_000)
    message = rf"480 × 320 pixels, and writing it as {suffix} takes 0.0 GB .* save as \.tif"
    for refused in (mosaic.save, lambda path: check_output(path, target, 32)):
        with pytest.raises(mh.MosaicError, match=message):
            refused(path)
    assert not list(tmp_path.iterdir())
    mosaic.save(path.with_suffix(".tif"))
    monkeypatch.setattr(writers, "available_memory", lambda: 900_000)
    check_output(path, target, 32)
    mosaic.save(path)


@pytest.mark.parametrize("name", ["mosaic", "mosaic.xyz"])
def test_names_without_a_known_format(tiles, match, tmp_path, name):
    with pytest.raises(mh.MosaicError, match=r"end it in \.jpg, \.png or \.tif"):
        mh.assemble(tiles, match).save(tmp_path / name)


def test_a_place_that_cannot_be_written(tiles, match, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(mh.MosaicError, match="Cannot write"):
        mh.assemble(tiles, match).save(tmp_path / "file" / "mosaic.png")


@pytest.mark.parametrize(("size", "words"), [(0, "tile size"), (99, "size=99")])
def test_tile_sizes_that_cannot_be(tiles, match, size, words):
    with pytest.raises(mh.MosaicError, match=words):
        mh.assemble(tiles, match, size)


def test_a_match_of_another_tile_set(tiles):
    foreign = mh.Match(np.array([[5000]]), 0.0, 0.0, "nearest", 0.0)
    with pytest.raises(mh.MosaicError, match="tile set that was matched"):
        mh.assemble(tiles, foreign)


def test_a_tint_brings_the_cells_closer_and_is_told(tiles, match):
    target = mh.open_target(None, 15)
    plain = mh.measure(tiles, target, match)
    tinted = mh.measure(tiles, target, match, tint=1)
    picture = np.asarray(mh.assemble(tiles, match, tint=1, target=target).image())
    assert plain.fidelity == 0 < tinted.fidelity
    assert tinted.difference < 0.2 < plain.difference
    laid = mh.area_means(picture[None], target.rows, target.columns)[0]
    assert likeness(laid, target, full=False)["difference"] < 0.5
    for tint in (-0.1, 1.5, "much"):
        with pytest.raises(mh.MosaicError, match="tint must be a number from 0 to 1"):
            mh.assemble(tiles, match, tint=tint, target=target)
    for wrong in (None, mh.open_target(None, 16)):
        with pytest.raises(mh.MosaicError, match="A tint needs the target"):
            mh.assemble(tiles, match, tint=0.5, target=wrong)


def test_a_part_is_that_part(tiles, match):
    mosaic = mh.assemble(tiles, match, 8)
    part = np.asarray(mosaic.part(slice(2, 4), slice(5, 9)).image())
    np.testing.assert_array_equal(part, np.asarray(mosaic.image())[16:32, 40:72])
    assert max(mosaic.preview(60).size) <= 60


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_saving_tells_how_far_it_is(tiles, match, tmp_path, suffix):
    heard = []
    mosaic = mh.assemble(tiles, match, 8)
    mosaic.save(tmp_path / f"mosaic{suffix}", on_progress=lambda *what: heard.append(what))
    assert heard == [(done, 10) for done in range(1, 11)]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_saving_that_is_ended_leaves_nothing_and_harms_nothing(tiles, match, tmp_path, suffix):
    def enough(done, _):
        if done == 3:
            raise KeyboardInterrupt

    mosaic, path = mh.assemble(tiles, match, 8), tmp_path / f"mosaic{suffix}"
    with pytest.raises(KeyboardInterrupt):
        mosaic.save(path, on_progress=enough)
    assert not list(tmp_path.iterdir())
    mosaic.save(path)
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        mosaic.save(path, on_progress=enough)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("size", [1, 2, 8, 16])
def test_shrinking_averages_and_leaves_the_tiles_alone(tiles, size):
    some = tiles.read(slice(0, 9))
    before = some.copy()
    small = resize_tiles(some, size)
    assert small.shape == (9, size, size, 3)
    assert small.dtype == np.uint8
    np.testing.assert_allclose(small.mean(axis=(1, 2)), some.mean(axis=(1, 2)), atol=1.5)
    np.testing.assert_array_equal(some, before)


def test_shrinking_to_their_own_size_changes_nothing(tiles):
    some = tiles.read(slice(0, 9))
    np.testing.assert_array_equal(resize_tiles(some, 32), some)

import json
import os
import shutil
from contextlib import suppress

import numpy as np
import pytest
from conftest import scene
from fuzzing import mutated, rounds

import mosaic_helpers as mh
from mosaic_helpers.photos import remote

GOOD = {
    "format": "photo-mosaic manifest 2",
    "made_by": "photo-mosaic 1",
    "tile_size": 8,
    "tint": 0.0,
    "method": "nearest",
    "settings": {"detail": 4},
    "cost": 1.5,
    "lower_bound": 0,
    "folder": "cats",
    "photos": ["a.png", "b/c.png"],
    "cells": [[0, 1], [1, 1]],
}


def written(place, **changes):
    path = place / "m.json"
    path.write_text(json.dumps(GOOD | changes), "utf-8")
    return path


def test_a_folder_with_photos_tiles_and_manifest_may_be_moved(tmp_path):
    photos = tmp_path / "here" / "photos"
    (photos / "more").mkdir(parents=True)
    for i in range(4):
        scene(seed=i).save(photos / ("more" if i % 2 else "") / f"{i}.png")
    tiles = mh.build_tiles(mh.list_photos(photos), photos.parent / "t.h5", 8, progress=False)
    match = mh.match_nearest(tiles, mh.open_target(scene(), columns=3))
    mh.assemble(tiles, match).save(photos.parent / "m.png")
    shutil.move(photos.parent, tmp_path / "there")
    found, again = mh.open_manifest(tmp_path / "there" / "m.json")
    assert found and all(path.is_relative_to(tmp_path / "there" / "photos") for path in found)
    assert all(path.exists() for path in found)
    np.testing.assert_array_equal(again.indices.shape, match.indices.shape)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["a:b.png", "c\\d.png", "con.png", "e .png "])
def test_any_name_of_this_system_is_read_again(tmp_path, name):
    (tmp_path / "photos").mkdir()
    scene().save(tmp_path / "photos" / name, "PNG")
    photos = mh.list_photos(tmp_path / "photos")
    tiles = mh.build_tiles(photos, tmp_path / "t.h5", 8, progress=False)
    match = mh.match_nearest(tiles, mh.open_target(scene(), columns=2))
    mh.assemble(tiles, match).save(tmp_path / "m.png")
    assert mh.open_manifest(tmp_path / "m.json")[0] == photos == [tiles.photo(0)]


def test_photos_elsewhere_are_read_from_where_the_user_says(tmp_path):
    assert mh.open_manifest(written(tmp_path))[0] == [
        tmp_path / "cats" / "a.png",
        tmp_path / "cats" / "b" / "c.png",
    ]
    path = written(tmp_path, folder="/etc")
    with pytest.raises(mh.MosaicError) as caught:
        mh.open_manifest(path)
    assert f"open_manifest({str(path)!r}, folder='/etc')" in str(caught.value)
    assert mh.open_manifest(path, "/etc")[0][0].as_posix() == "/etc/a.png"
    assert mh.open_manifest(path, tmp_path)[0][0] == tmp_path / "a.png"
    assert mh.open_manifest(path, "s3://cats")[0] == ["s3://cats/a.png", "s3://cats/b/c.png"]


@pytest.mark.parametrize(
    "folder",
    ["/etc", "../cats", "a/../../etc", "..", "C:\\x", "\\\\server\\share", "..\\..", "http://h/x",
     "reference://::data:,x", "s3://cats", "file:///etc"],
)  # fmt: skip
def test_no_manifest_says_where_else_to_read(tmp_path, folder):
    with pytest.raises(mh.MosaicError, match="If you want to read photos from there, say so"):
        mh.open_manifest(written(tmp_path, folder=folder))


@pytest.mark.parametrize(
    "changes",
    [
        *({"photos": ["a.png", name]} for name in (
            "/etc/passwd", "../../etc/passwd", "b/../../x", "..\\..\\x", "C:\\x", "\\x",
            "//server/x", "a\0.png", "x" * 2000, None, 3, ["a"],
        )),
        *({"cells": cells} for cells in (
            [], [[]], [[0], [0, 1]], [[0.0]], [["0"]], [[True]], [[None]], [[10**30]], [[-1]],
            [[2]], [[[0]]], {"0": 0}, "01", 0, [0],
        )),
        *({key: value} for key in ("cost", "lower_bound") for value in (
            None, "1", True, float("nan"), float("inf"), 10**400, [1.0],
        )),
        *({"folder": value} for value in (None, 3, ["cats"])),
        *({"settings": value} for value in (None, 3, [])),
        *({"method": value} for value in (None, 3, [])),
        *({"format": value} for value in (None, 2, ["photo-mosaic manifest 2"])),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path, changes):
    with pytest.raises(mh.MosaicError, match="is not a manifest that can be read"):
        mh.open_manifest(written(tmp_path, **changes), tmp_path)


@pytest.mark.parametrize(
    "text", ["[" * 10**5, '{"format":' * 10**5, "1" * 10**5, "\0", '"\ud800"']
)
def test_what_no_reader_likes_is_refused(tmp_path, text):
    (tmp_path / "m.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(mh.MosaicError, match="is not a manifest that can be read"):
        mh.open_manifest(tmp_path / "m.json")


def test_names_that_are_devices_on_windows(tmp_path, monkeypatch):
    path = written(tmp_path, photos=["con.png", "b/aux"])
    if os.name != "nt":
        assert len(mh.open_manifest(path)[0]) == 2
    monkeypatch.setattr(remote, "_ON_WINDOWS", True)
    with pytest.raises(mh.MosaicError, match="has a name that Windows does not allow"):
        mh.open_manifest(path)


@pytest.mark.fuzz
def test_any_bytes_are_a_manifest_or_get_a_sentence(tmp_path):
    content = json.dumps(GOOD).encode()
    for number in rounds(0.7):
        (tmp_path / "m.json").write_bytes(mutated(content, np.random.default_rng(number)))
        with suppress(mh.MosaicError):
            photos, match = mh.open_manifest(tmp_path / "m.json")
            assert match.indices.min() >= 0
            assert match.indices.max() < len(photos)
            assert abs(match.cost) < np.inf
            assert all(
                os.path.normpath(photo).startswith(str(tmp_path)) for photo in map(str, photos)
            )

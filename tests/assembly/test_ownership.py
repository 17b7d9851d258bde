"""Nothing is replaced that is not ours, and a picture and its manifest belong together."""

import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import scene
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers import errors
from mosaic_helpers.assembly import find_foreign, is_ours, ownership


@pytest.fixture(scope="module")
def mosaics(tiles):
    """Two mosaics of other tiles."""
    grids = np.arange(24).reshape(4, 6), np.arange(24, 48).reshape(4, 6)
    matches = (mh.Match(grid, 0.0, 0.0, "nearest", 0.0) for grid in grids)
    return [mh.assemble(tiles, match, 8) for match in matches]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", [".jpg", ".JPEG", ".png", ".tif"])
def test_what_we_wrote_has_our_mark_and_is_replaced(mosaics, tmp_path, suffix):
    path = tmp_path / f"m{suffix}"
    for mosaic in mosaics:
        mosaic.save(path)
        assert is_ours(path)
        assert not find_foreign(path)
        cells = json.loads((tmp_path / "m.json").read_text("utf-8"))["photos"]
        assert cells == mosaic.tiles.names[mosaic.match.indices[0, 0] :][:24]
    assert len(names(tmp_path)) == 2


def test_a_mosaic_that_is_larger_than_pillow_opens_is_ours(mosaics, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = mosaics[0].save(tmp_path / "m.png")
    assert is_ours(path)


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.tif", "cut.jpg", "text.png"])
def test_pictures_of_others_are_not_ours_and_stay(mosaics, tmp_path, name):
    path = tmp_path / name
    if name == "text.png":
        path.write_text("photo-mosaic")
    else:
        scene().save(path)
    if name == "cut.jpg":
        path.write_bytes(path.read_bytes()[:100])
    before = path.read_bytes()
    (tmp_path / "sub").mkdir()
    spellings = [path, tmp_path / "sub" / ".." / name, str(path)]
    for link in (os.symlink, os.link):
        spellings.append(tmp_path / f"{link.__name__}{path.suffix}")
        link(path, spellings[-1])
    for spelling in spellings:
        with pytest.raises(mh.MosaicError, match=r"destroy .* --overwrite .*overwrite=True"):
            mosaics[0].save(spelling)
        assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.json"))
    mosaics[0].save(tmp_path / f"symlink{path.suffix}", overwrite=True)
    assert (tmp_path / f"symlink{path.suffix}").is_symlink()
    assert is_ours(path)
    assert (tmp_path / f"link{path.suffix}").read_bytes() == before


@pytest.mark.parametrize("content", ["", "{}", '{"photos": ["/home/me"]}', '{"format": 3}'])
def test_a_json_that_is_no_manifest_stays(mosaics, tmp_path, content):
    (tmp_path / "photos.json").write_text(content)
    with pytest.raises(mh.MosaicError, match=r"destroy .*photos\.json.* which is not one"):
        mosaics[0].save(tmp_path / "photos.jpg")
    assert (tmp_path / "photos.json").read_text() == content
    assert names(tmp_path) == ["photos.json"]
    mosaics[0].save(tmp_path / "photos.jpg", overwrite=True)
    assert "cells" in (tmp_path / "photos.json").read_text("utf-8")


def test_the_manifest_of_another_picture_is_not_lost(mosaics, tmp_path):
    one, other = mosaics
    one.save(tmp_path / "x.png")
    before = (tmp_path / "x.json").read_bytes()
    with pytest.raises(mh.MosaicError, match=r"x\.json', the manifest of .*x\.png"):
        other.save(tmp_path / "x.jpg")
    assert (tmp_path / "x.json").read_bytes() == before
    assert not (tmp_path / "x.jpg").exists()
    mh.assemble(one.tiles, one.match, 16).save(tmp_path / "x.jpg")  # the same, larger
    (tmp_path / "x.png").unlink()
    other.save(tmp_path / "x.jpg")
    scene().save(tmp_path / "x.png")  # a photo has no manifest
    one.save(tmp_path / "x.jpg")


def test_folders_and_other_things_in_the_way(mosaics, tmp_path):
    (tmp_path / "m.jpg").mkdir()
    (tmp_path / "n.json").mkdir()
    for name in ("m.jpg", "n.jpg"):
        with pytest.raises(mh.MosaicError, match="is not a file: choose another name"):
            mosaics[0].save(tmp_path / name, overwrite=True)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(mh.MosaicError, match="is not a file"):
            mosaics[0].save(tmp_path / "pipe.jpg")


def test_a_file_that_appears_while_we_work_stays(mosaics, tmp_path):
    path = tmp_path / "m.jpg"

    def appear(done, rows):
        if done == rows:
            path.write_text("precious")

    with pytest.raises(mh.MosaicError, match="destroy"):
        mosaics[0].save(path, on_progress=appear)
    assert path.read_text() == "precious"
    assert names(tmp_path) == ["m.jpg"]


@pytest.mark.parametrize("name", ["CON.jpg", "aux.x.png", "com1.tif", "nul .jpg", "a:b.jpg"])
def test_names_that_windows_keeps_for_itself(mosaics, tmp_path, monkeypatch, name):
    mosaics[0].save(tmp_path / name)
    monkeypatch.setattr(ownership, "_ON_WINDOWS", True)
    with pytest.raises(mh.MosaicError, match="Windows does not allow"):
        mosaics[0].save(tmp_path / name)
    mosaics[0].save(tmp_path / "Conrad.jpg")


def belong_together(path, mosaics):
    """Which of two mosaics a picture and its manifest are, if they agree."""
    photos, match = mh.open_manifest(path.with_suffix(".json"), folder="x")
    first = photos[match.indices[0, 0]].relative_to("x").as_posix()
    (number,) = [
        i for i, m in enumerate(mosaics) if m.tiles.names[m.match.indices[0, 0]] == first
    ]
    np.testing.assert_array_equal(
        np.asarray(Image.open(path)), np.asarray(mosaics[number].image())
    )
    return number


def test_saves_at_once_give_whole_files_that_belong_together(mosaics, tmp_path):
    path, failed = tmp_path / "m.png", []

    def save(mosaic):
        for _ in range(10):
            try:
                mosaic.save(path)
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=save, args=(mosaic,)) for mosaic in mosaics * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    belong_together(path, mosaics)
    assert names(tmp_path) == ["m.json", "m.png"]


KILLED = """
import os, sys
import mosaic_helpers as mh
import numpy as np
from mosaic_helpers import errors
tiles, path, moment = mh.open_tiles(sys.argv[1]), sys.argv[2], int(sys.argv[3])
really = os.replace
def counted(*places):
    global moment
    if not moment:
        os._exit(9)
    moment -= 1
    really(*places)
os.replace = counted
match = mh.Match(np.arange(24, 48).reshape(4, 6), 0.0, 0.0, "nearest", 0.0)
mh.assemble(tiles, match, 8).save(path)
"""


@pytest.mark.parametrize("moment", [0, 1, 2])
def test_a_kill_between_the_two_leaves_no_manifest_of_another(mosaics, tmp_path, moment):
    path = mosaics[0].save(tmp_path / "m.png")
    command = [sys.executable, "-c", KILLED, str(mosaics[0].tiles.path), str(path), str(moment)]
    assert subprocess.run(command, check=False).returncode == 9
    if path.with_suffix(".json").exists():
        belong_together(path, mosaics)
    assert moment or path.with_suffix(".json").exists()
    mosaics[1].save(path)
    assert belong_together(path, mosaics) == 1


def test_a_picture_that_cannot_be_replaced_keeps_its_manifest(mosaics, tmp_path, monkeypatch):
    path, really = mosaics[0].save(tmp_path / "m.png"), os.replace

    def refuse(source, place):
        if str(place).endswith(".png"):
            raise PermissionError(13, "Permission denied")
        really(source, place)

    monkeypatch.setattr(errors.os, "replace", refuse)
    with pytest.raises(mh.MosaicError, match="Cannot write"):
        mosaics[1].save(path)
    assert belong_together(path, mosaics) == 0
    assert names(tmp_path) == ["m.json", "m.png"]

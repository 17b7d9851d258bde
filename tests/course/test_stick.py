import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from conftest import scene

import mosaic_helpers as mh
from mosaic_helpers.course import data as course
from mosaic_helpers.course import places, stick
from mosaic_helpers.photos import read_photo


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder data with all that the notebooks need of 30 cats."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOSAIC_CATS", "30")
        data = tmp_path_factory.mktemp("instructor") / "data"
        course.prepare(data, progress=False)
    return data


@pytest.fixture(scope="module")
def packed(prepared, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOSAIC_CATS", "30")
        file = tmp_path_factory.mktemp("stick") / "course.zip"
        return stick.export_course(file, prepared, progress=False)


@pytest.fixture
def there(tmp_path, monkeypatch):
    """The folder data of another machine, empty."""
    monkeypatch.setenv("MOSAIC_CATS", "30")
    return tmp_path / "learner" / "data"


def import_(file, data):
    return stick.import_course(file, data, progress=False)


def no_tile_is_made(monkeypatch):
    """Photos that are tiles already are not read again; those that are none may be."""
    made = []

    def note(photo, really=read_photo):
        made.append(Path(photo).name)
        return really(photo)

    monkeypatch.setattr("mosaic_helpers.tiles.build.read_photo", note)
    return made


def test_at_another_place_nothing_is_made_again(prepared, packed, there, monkeypatch):
    (there.parent / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(there.parent / "notebooks")
    there = Path("../data")  # as notebooks say
    found = import_(packed, there)
    assert {what: len(names) for what, names in found.items()} == {
        "new": 34,
        "same": 0,
        "replaced": 0,
        "kept": 0,
    }
    made = no_tile_is_made(monkeypatch)
    monkeypatch.setattr("mosaic_helpers.cats.paint.write_picture", None)
    before = [mh.open_tiles(prepared / name) for name in places.TILES]
    for ours, theirs in zip(course.prepare(there, progress=False), before, strict=True):
        assert ours.names == theirs.names
        assert ours.skipped == theirs.skipped
        assert (ours.read() == theirs.read()).all()
    none = {Path(name).name for name, reason in theirs.skipped if "double" not in reason}
    assert set(made) <= none
    assert sorted(path.name for path in there.iterdir()) == sorted(["cats", *places.TILES])


def test_times_are_kept_and_a_second_import_takes_nothing(prepared, packed, there):
    import_(packed, there)
    for photo in mh.list_photos(prepared / "cats"):
        copy = there / photo.relative_to(prepared)
        assert copy.read_bytes() == photo.read_bytes()
        assert abs(copy.stat().st_mtime_ns - photo.stat().st_mtime_ns) < 2 * 10**9
    found = import_(packed, there)
    assert len(found["same"]) == 34
    assert not found["new"] + found["replaced"] + found["kept"]


def test_what_is_newer_here_is_kept_and_what_is_older_replaced(prepared, packed, there):
    newer, older, *_ = [
        photo.relative_to(prepared) for photo in mh.list_photos(prepared / "cats")
    ]
    for name, time in ((newer, 2e9), (older, 1e9)):
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        scene(seed=5).save(there / name, "PNG")
        os.utime(there / name, (time, time))
    found = import_(packed, there)
    assert found["kept"] == [newer.as_posix()]
    assert found["replaced"] == [older.as_posix()]
    assert (there / older).read_bytes() == (prepared / older).read_bytes()
    assert (there / newer).read_bytes() != (prepared / newer).read_bytes()
    # The tile of the one that is kept is that of what is here, not of what came.
    tiles = course.prepare(there, progress=False)[0]
    index = tiles.names.index(newer.relative_to("cats").as_posix())
    assert (tiles.read([index])[0] == mh.thumbnail(there / newer, 64)).all()


def test_photos_of_ones_own_come_along(there, tmp_path, monkeypatch):
    names = ["a.png", "sub/b.png", "grün.png"]
    anything = os.name != "nt"  # may be in names
    mine = tmp_path / ("mine: where?" if anything else "mine")
    (mine / "sub").mkdir(parents=True)
    if anything:
        names += ["a?.png", "a*.png", "SUB.", "A_.png", "gr\udcfcn.png"]
        (mine / "lost.png").symlink_to(tmp_path / "nowhere.png")
    for i, name in enumerate(names):
        scene(seed=i).save(mine / name, "PNG")
    here = tmp_path / "here"
    course.choose_photos([str(mine)], here, progress=False)
    course.prepare(here, progress=False)
    file = stick.export_course(tmp_path / "mine.zip", here, progress=False)
    with zipfile.ZipFile(file) as archive:
        members = archive.namelist()
    assert not any(set(name) & set('<>:"|?*\\') or name.endswith(".") for name in members)
    assert len({name.lower() for name in members}) == len(members)
    shutil.rmtree(mine)
    import_(file, there)
    photos = mh.course_photos(there, progress=False)
    assert len(photos) == len(names)
    assert all(photo.is_relative_to(there) for photo in photos)
    made = no_tile_is_made(monkeypatch)
    tiles = course.prepare(there, progress=False)[0]
    assert not {photo.name for photo in photos} & set(made)
    for photo, tile in zip(photos, tiles.read(), strict=True):
        assert (tile == mh.thumbnail(photo, 64)).all()


def test_photos_at_an_address_are_refused(there, tmp_path):
    scene().save(tmp_path / "a.png")
    course.choose_photos([tmp_path.as_uri()], there, progress=False)
    with pytest.raises(mh.MosaicError, match="cannot be exported: copy them to a folder"):
        stick.export_course(tmp_path / "x.zip", there, progress=False)
    assert not (tmp_path / "x.zip").exists()


def test_the_file_appears_whole_or_not_at_all(prepared, tmp_path, monkeypatch):
    monkeypatch.setenv("MOSAIC_CATS", "30")
    monkeypatch.setattr(stick.shutil, "copyfileobj", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        stick.export_course(tmp_path / "x.zip", prepared, progress=False)
    monkeypatch.undo()
    monkeypatch.setenv("MOSAIC_CATS", "30")
    (tmp_path / "file").touch()
    with pytest.raises(mh.MosaicError, match="Cannot write"):
        stick.export_course(tmp_path / "file" / "x.zip", prepared, progress=False)
    monkeypatch.setattr(
        stick.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 9)
    )
    with pytest.raises(mh.MosaicError, match="MB, and 0 are free"):
        stick.export_course(tmp_path / "x.zip", prepared, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_photo_that_changes_meanwhile_is_noticed(there, tmp_path, monkeypatch):
    photo = mh.course_photos(there, progress=False)[0]
    course.prepare(there, progress=False)

    def change(*how, really=stick._write):
        really(*how)
        photo.write_bytes(b"another")

    monkeypatch.setattr(stick, "_write", change)
    with pytest.raises(mh.MosaicError, match="export them again"):
        stick.export_course(tmp_path / "x.zip", there, progress=False)
    assert not (tmp_path / "x.zip").exists()


def changed(packed, path, **members):
    """The file with other members in place of some."""
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            if item.filename not in members:
                new.writestr(item, old.read(item))
        for name, text in members.items():
            new.writestr(name, text)
    return path


def test_a_damaged_file_or_another_one_gets_one_sentence(packed, there, tmp_path):
    content = packed.read_bytes()
    half, other, bad = tmp_path / "half.zip", tmp_path / "other.zip", tmp_path / "bad.zip"
    half.write_bytes(content[: len(content) // 2])
    spot = len(content) // 2
    bad.write_bytes(content[:spot] + bytes([content[spot] ^ 255]) + content[spot + 1 :])
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("cats/a.jpg", b"no list")
    for file, message in [
        (half, "cannot be unpacked"),
        (bad, "cannot be unpacked"),
        (other, "is no file of the course"),
        (tmp_path / "nowhere.zip", "There is no file"),
        (tmp_path, "There is no file"),
    ]:
        with pytest.raises(mh.MosaicError, match=message):
            import_(file, there)
        assert not there.exists() or not list(there.iterdir())


@pytest.mark.parametrize(
    "name", ["tiles.h5", "../up.jpg", "README.md", "cats/../../up.jpg", "/x"]
)
def test_nothing_else_is_touched_whatever_the_list_says(packed, there, tmp_path, name):
    with zipfile.ZipFile(packed) as archive:
        listing = json.loads(archive.read("course.json"))
    listing["photos"].append([name, "mark", 2 * 10**18])
    file = changed(packed, tmp_path / "x.zip", **{"course.json": json.dumps(listing)})
    with pytest.raises(mh.MosaicError, match="is no file of the course: it has"):
        import_(file, there)
    assert not list(there.iterdir())


def test_a_member_that_would_leave_the_folder_is_refused(packed, there, tmp_path):
    file = changed(packed, tmp_path / "x.zip", **{"../up.jpg": "up"})
    with pytest.raises(mh.MosaicError, match="would leave the folder"):
        import_(file, there)
    assert not (there.parent / "up.jpg").exists()


def test_tiles_that_cannot_be_read_are_made_again(packed, there, tmp_path):
    file = changed(packed, tmp_path / "x.zip", **{"tiles.h5": "no tiles", "first-tiles.h5": ""})
    import_(file, there)
    assert [len(tiles) for tiles in course.prepare(there, progress=False)] == [30, 30]


def test_cats_that_were_painted_here_stay_and_the_others_come(packed, there, monkeypatch):
    mh.paint_cats(there / "cats", 10, progress=False)
    (there / ".import-999999999-x").mkdir()  # of a run that was killed
    found = import_(packed, there)
    assert not found["kept"] + found["replaced"]
    assert len(found["same"]) >= 10
    assert not list(there.glob(".import*"))
    monkeypatch.setattr("mosaic_helpers.cats.paint.write_picture", None)
    assert len(mh.course_photos(there, progress=False)) == 34

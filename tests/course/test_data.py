import io
import json
import os
import re
import shutil
import sys
import tarfile
import types
from pathlib import Path

import nbformat
import numpy as np
import pytest
from conftest import leave_behind, scene
from fuzzing import mutated, rounds

import mosaic_helpers as mh
from mosaic_helpers.course import data as course
from mosaic_helpers.course import doctor
from mosaic_helpers.photos import read_photo

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty folder data, for few cats."""
    monkeypatch.setenv("MOSAIC_CATS", "30")
    return tmp_path / "data"


@pytest.fixture
def mine(tmp_path):
    """A folder of somebody's own photos."""
    folder = tmp_path / "mine"
    (folder / "holidays").mkdir(parents=True)
    for i in range(6):
        scene(seed=i).save(folder / ("holidays" if i % 2 else "") / f"{i}.png")
    return folder


def test_the_photos_of_the_course_are_painted(data):
    photos = mh.course_photos(data, progress=False)
    assert photos == mh.paint_cats(data / "cats", progress=False)
    assert len(photos) == 34
    assert not (data / course.RECORD).exists()


def test_or_those_that_were_chosen(data, mine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    course.choose_photos(["mine"], data, progress=False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert mh.course_photos(data, progress=False) == mh.list_photos(mine)
    assert not (data / "cats").exists()
    course.choose_photos(["painted"], data, progress=False)
    assert len(mh.course_photos(data, progress=False)) == 34


def test_several_sources_and_what_came_to_lie_in_data(data, mine, tmp_path):
    packed = shutil.make_archive(str(tmp_path / "album"), "zip", mine)
    course.choose_photos([packed, str(mine), "painted"], data, progress=False)
    Path(packed).unlink()  # it is unpacked
    moved = data.rename(tmp_path / "moved")
    photos = mh.course_photos(moved, progress=False)
    assert [photo.name for photo in photos[:12]] == 2 * [p.name for p in mh.list_photos(mine)]
    assert len(photos) == 6 + 6 + 34
    assert photos[0].is_relative_to(moved / "album")


def test_painted_cats_are_one_of_the_sources(data, mine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = course.photos_from("painted", progress=False)
    assert found == mh.paint_cats("data/cats", progress=False)
    assert course.photos_from("painted", tmp_path / "x", progress=False)[0].is_relative_to(
        tmp_path / "x"
    )
    assert course.photos_from(mine) == mh.list_photos(mine)
    mine.rename("painted")  # a folder of that name comes first
    assert len(course.photos_from("painted")) == 6


def test_an_address_is_listed_anew(data, mine):
    course.choose_photos([mine.as_uri()], data, progress=False)
    assert len(mh.course_photos(data, progress=False)) == 6


@pytest.mark.parametrize("sources", [["nowhere"], ["nowhere/at all"], [""]])
def test_what_is_not_there_is_not_chosen(data, sources, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(mh.MosaicError, match=r"no folder|no photos"):
        course.choose_photos(sources, data, progress=False)
    assert not (data / course.RECORD).exists()


def test_chosen_photos_that_are_missing_get_one_sentence(data, mine):
    course.choose_photos([str(mine)], data, progress=False)
    shutil.rmtree(mine)
    with pytest.raises(
        mh.MosaicError, match=r"mine', which is missing: bring .* --photos painted"
    ):
        mh.course_photos(data)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", '{"photos": []}', '{"photos": [1]}', "[]", "\xff", "[" * 10**5),
        *('{"photos": "painted"}', '{"photos": ["nonsense"]}', '{"photos": ["a/\\u0000"]}'),
        *('{"photos": ["zip://a::reference://x"]}', '{"photos": NaN}'),
        '{"format": "photo-mosaic manifest 2", "photos": ["painted"], "cells": []}',
    ],
)
def test_a_damaged_record_gets_one_sentence(data, text):
    data.mkdir()
    (data / course.RECORD).write_text(text, "latin-1")
    with pytest.raises(mh.MosaicError, match="is damaged: remove it"):
        mh.course_photos(data)


def test_with_photos_of_ones_own_the_first_notebooks_stay_with_the_cats(data, mine):
    course.choose_photos([str(mine)], data, progress=False)
    tiles, first = course.prepare(data, progress=False)
    assert (len(tiles), len(first)) == (6, 30)
    assert tiles.root == mine


def test_what_is_prepared_is_not_made_again(data, monkeypatch):
    made = course.prepare(data, progress=False)
    assert [(tiles.path.name, tiles.tile_size, len(tiles)) for tiles in made] == [
        ("tiles.h5", 64, 30),
        ("first-tiles.h5", 32, 30),
    ]
    before = [tiles.path.stat().st_mtime_ns for tiles in made]
    read = []

    def note(photo):
        read.append(Path(photo).relative_to(data / "cats").as_posix())
        return read_photo(photo)

    monkeypatch.setattr("mosaic_helpers.tiles.build.read_photo", note)
    monkeypatch.setattr("mosaic_helpers.cats.paint.write_picture", None)
    again = course.prepare(data, progress=False)
    assert set(read) <= {name for name, _ in made[0].skipped}  # may have been repaired
    assert [tiles.path.stat().st_mtime_ns for tiles in again] == before


def test_every_tile_set_that_a_notebook_builds_is_prepared():
    built = set()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        built |= set(re.findall(r'build_tiles\(\s*\w+(\[[^]]*\])?,\s*"\.\./data/(.*?)"', code))
    assert {name for _, name in built} == set(course.TILES)
    assert ("[:500]", "first-tiles.h5") in built


def test_data_is_that_of_the_course_from_wherever_it_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT / "notebooks")
    assert doctor.data_folder() == Path("../data")
    monkeypatch.chdir(ROOT)
    assert doctor.data_folder() == Path("data")
    monkeypatch.chdir(tmp_path)
    assert doctor.data_folder().resolve() == ROOT / "data"
    monkeypatch.setattr(doctor, "course_folder", lambda: None)
    assert doctor.data_folder() == Path("data")


def test_the_record_says_what_was_chosen(data, mine):
    course.choose_photos([str(mine)], data, progress=False)
    assert json.loads((data / course.RECORD).read_text("utf-8")) == {"photos": [str(mine)]}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder data with all that the notebooks need of 30 cats, and the export of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOSAIC_CATS", "30")
        data = tmp_path_factory.mktemp("instructor") / "data"
        course.prepare(data, progress=False)
        file = tmp_path_factory.mktemp("stick") / "course.tar"
        return data, course.export_course(file, data, progress=False)


def import_(file, data):
    return course.import_course(file, data, progress=False)


@pytest.fixture
def read(monkeypatch):
    """Names of the photos that are read from now on."""
    names = []

    def note(photo):
        names.append(Path(photo).name)
        return read_photo(photo)

    monkeypatch.setattr("mosaic_helpers.tiles.build.read_photo", note)
    return names


def test_at_another_place_nothing_is_made_again(prepared, data, tmp_path, read, monkeypatch):
    """No cat is painted, and no photo is read but those that cannot be used."""
    theirs, file = prepared
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    here = Path("../data")  # as notebooks say
    found = import_(file, here)
    assert {outcome: len(names) for outcome, names in found.items()} == {
        "new": 34 + 3,  # the marker and two tile sets
        "same": 0,
        "replaced": 0,
        "kept": 0,
        "yours": 0,
    }
    assert sorted(path.name for path in here.iterdir()) == sorted(["cats", *course.TILES])
    monkeypatch.setattr("mosaic_helpers.cats.paint.write_picture", None)
    for tiles in course.prepare(here, progress=False):
        assert tiles.path.read_bytes() == (theirs / tiles.path.name).read_bytes()
        assert tiles.photo(0).is_relative_to(data)
    assert set(read) == {f"DSC_0000{i}.jpg" for i in range(3)}
    found = import_(file, here)
    assert len(found["same"]) == 36
    assert not found["new"] + found["replaced"] + found["kept"]


def test_a_file_that_is_newer_here_is_kept_and_an_older_one_replaced(prepared, data):
    theirs, file = prepared
    newer, older, *_ = (photo.relative_to(theirs) for photo in mh.list_photos(theirs / "cats"))
    for name, time in ((newer, 4e9), (older, 1e9)):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        scene(seed=5).save(data / name, "PNG")
        os.utime(data / name, (time, time))
    found = import_(file, data)
    assert found["kept"] == [newer.as_posix()]
    assert found["replaced"] == [older.as_posix()]
    assert (data / older).read_bytes() == (theirs / older).read_bytes()
    # The tile of the photo that was kept is that of what is here, not of the export's.
    tiles = course.prepare(data, progress=False)[0]
    index = tiles.names.index(newer.relative_to("cats").as_posix())
    assert (tiles.read([index])[0] == mh.thumbnail(data / newer, 64)).all()


def test_cats_that_were_painted_here_stay_and_the_others_come(prepared, data, monkeypatch):
    mh.paint_cats(data / "cats", 10, progress=False)
    leave_behind(data)
    found = import_(prepared[1], data)
    assert not found["kept"] + found["replaced"]
    assert len(found["same"]) >= 10
    assert not list(data.glob(".*"))
    monkeypatch.setattr("mosaic_helpers.cats.paint.write_picture", None)
    assert len(mh.course_photos(data, progress=False)) == 34


def test_photos_of_ones_own_come_along_from_data_alone(data, mine, tmp_path, read):
    course.choose_photos([str(mine)], data, progress=False)
    with pytest.raises(
        mh.MosaicError, match=r"is not in .* cannot be exported: copy the photos"
    ):
        course.export_course(tmp_path / "x.tar", data, progress=False)
    packed = shutil.make_archive(str(tmp_path / "album"), "zip", mine)
    shutil.copytree(mine, data / "mine")
    os.link(data / "mine" / "0.png", data / "mine" / "linked.png")
    (data / "mine" / "sent.png").symlink_to(mine / "holidays" / "1.png")
    course.choose_photos([str(data / "mine"), packed], data, progress=False)
    course.prepare(data, progress=False)
    file = course.export_course(tmp_path / "mine.tar", data, progress=False)
    shutil.rmtree(mine)
    there = tmp_path / "there" / "data"
    import_(file, there)
    shutil.rmtree(data)
    photos = mh.course_photos(there, progress=False)
    assert len(photos) == 6 + 2 + 6
    assert all(photo.is_relative_to(there) and not photo.is_symlink() for photo in photos)
    read.clear()
    tiles = course.prepare(there, progress=False)[0]
    assert not {photo.name for photo in photos} & set(read)
    assert len(tiles) == 6
    assert (tiles.read([0])[0] == mh.thumbnail(tiles.photo(0), 64)).all()


def test_photos_at_an_address_are_not_exported(data, mine, tmp_path):
    course.choose_photos([mine.as_uri()], data, progress=False)
    with pytest.raises(mh.MosaicError, match="cannot be exported: copy the photos"):
        course.export_course(tmp_path / "x.tar", data, progress=False)
    assert not (tmp_path / "x.tar").exists()


def test_the_export_appears_whole_or_not_at_all(prepared, data, tmp_path, monkeypatch):
    theirs, _ = prepared
    (tmp_path / "file").touch()
    with pytest.raises(mh.MosaicError, match="Cannot write"):
        course.export_course(tmp_path / "file" / "x.tar", theirs, progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(tarfile.TarFile, "addfile", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            course.export_course(tmp_path / "x.tar", theirs, progress=False)
    free = shutil._ntuple_diskusage(9, 9, 9)
    monkeypatch.setattr(course.shutil, "disk_usage", lambda path: free)
    with pytest.raises(mh.MosaicError, match="MB, and 0 are free"):
        course.export_course(tmp_path / "x.tar", theirs, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_damaged_export_or_another_file_gets_one_sentence(prepared, data, tmp_path):
    _, file = prepared
    half, other = tmp_path / "half.tar", tmp_path / "other.tar"
    half.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with tarfile.open(other, "w") as archive:
        archive.add(file, "cats/a.jpg")
    packed = shutil.make_archive(str(tmp_path / "old"), "zip", prepared[0] / "cats")
    for wrong, message in [
        (half, "damaged|cannot be unpacked"),
        (other, "is not an export of the course"),
        (packed, "is not an export of the course"),
        (tmp_path / "nowhere.tar", "There is no file"),
        (tmp_path, "There is no file"),
    ]:
        with pytest.raises(mh.MosaicError, match=message):
            import_(wrong, data)
        assert not data.exists() or not list(data.iterdir())


def test_a_member_that_would_leave_the_folder_is_refused(prepared, data, tmp_path):
    file = shutil.copy(prepared[1], tmp_path / "x.tar")
    with tarfile.open(file, "a") as archive:
        archive.add(__file__, "../up.jpg")
    with pytest.raises(mh.MosaicError, match="would leave the folder"):
        import_(file, data)
    assert not (tmp_path / "up.jpg").exists()


def stick(file, record=None, mtime=0, **files):
    """An export as anybody may make it: the cats' mark, a record, and files by name."""
    mark = json.dumps({"seed": 2026, "version": 1, "count": 2}).encode()
    content = {"cats/.painted.json": mark}
    if record is not None:
        content["photos.json"] = json.dumps({"photos": record}).encode()
    with tarfile.open(file, "w") as tar:
        for name, data in (content | files).items():
            item = tarfile.TarInfo(name)
            item.size, item.mtime = len(data), mtime
            tar.addfile(item, io.BytesIO(data))
    return file


@pytest.mark.parametrize(
    "source",
    [
        *(
            "http://127.0.0.1:9/x/",
            "s3://cats",
            "reference://::data:application/json;base64,e30=",
        ),
        *("/etc", "./../../etc", "..", "./..", "./", "./.", "cats/../..", "~/x", "~root/x"),
        *("C:\\x", "..\\..\\x", ".\\..\\x", "./..\\x", "nonsense", "", 3, None, ["painted"]),
    ],
)
def test_a_stick_says_nothing_of_photos_elsewhere(data, tmp_path, source):
    file = stick(tmp_path / "x.tar", ["./mine", source], **{"mine/a.png": b"x"})
    with pytest.raises(mh.MosaicError, match="is not an export of the course"):
        import_(file, data)
    assert os.listdir(data) == []


@pytest.mark.parametrize(
    "name",
    [
        "mosaic.jpg",
        "README.md",
        "mine/a.png",
        "notebooks/x.ipynb",
        "Photos.json",
        "catsx/a.jpg",
    ],
)
def test_a_stick_brings_no_other_files(data, tmp_path, name):
    with pytest.raises(mh.MosaicError, match=rf"'{name}' in it is no file of the course"):
        import_(stick(tmp_path / "x.tar", **{"cats/a.jpg": b"x", name: b"x"}), data)
    assert os.listdir(data) == []


def test_tiles_of_photos_elsewhere_are_not_taken(data, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    scene().save(secret / "a.png")
    tiles = mh.build_tiles([secret / "a.png"], tmp_path / "far" / "t.h5", 64, progress=False)
    for content, message in (
        (tiles.path.read_bytes(), "it has tiles of photos in"),
        (b"no tiles", "its record or its tiles are damaged"),
    ):
        file = stick(tmp_path / "x.tar", **{"cats/a.jpg": b"x", "tiles.h5": content})
        with pytest.raises(mh.MosaicError, match=message):
            import_(file, data)
        assert os.listdir(data) == []


@pytest.mark.parametrize(
    "mark",
    [
        *(b"", b"{}", b"[" * 10**5, b'{"seed": 1, "version": 1, "count": 9}'),
        b'{"seed": 2026, "version": 1, "count": 100000000}',
    ],
)
def test_a_stick_with_the_mark_of_other_cats_is_refused(data, tmp_path, mark):
    with pytest.raises(mh.MosaicError, match="is missing, or of another version"):
        import_(stick(tmp_path / "x.tar", **{"cats/.painted.json": mark}), data)
    assert os.listdir(data) == []


@pytest.mark.parametrize("stamp", [1e30, float("inf"), float("nan"), 9e12])
def test_a_file_with_a_time_that_nobody_can_have_replaces_nothing(data, tmp_path, stamp):
    (data / "cats").mkdir(parents=True)
    (data / "cats" / "a.jpg").write_bytes(b"mine")
    file = stick(tmp_path / "x.tar", mtime=0, **{"cats/a.jpg": b"theirs"})
    with tarfile.open(file, "a", format=tarfile.PAX_FORMAT) as tar:
        item = tarfile.TarInfo("cats/b.jpg")
        item.pax_headers = {"mtime": str(stamp)}
        tar.addfile(item)
    assert import_(file, data)["kept"] == ["cats/a.jpg"]
    assert (data / "cats" / "a.jpg").read_bytes() == b"mine"


def test_photos_of_ones_own_choice_stay_chosen(data, mine, tmp_path):
    course.choose_photos([str(mine)], data, progress=False)
    chosen = (data / course.RECORD).read_bytes()
    os.utime(data / course.RECORD, (1, 1))  # however old the choice is
    (data / "tiles.h5").write_bytes(b"of mine")
    os.utime(data / "tiles.h5", (1, 1))
    far = tmp_path / "far"
    (far / "mine").mkdir(parents=True)
    scene().save(far / "mine" / "a.png")
    tiles = mh.build_tiles([far / "mine" / "a.png"], far / "tiles.h5", 64, progress=False)
    file = stick(
        tmp_path / "x.tar",
        ["./mine"],
        mtime=10**9,
        **{"mine/a.png": b"x", "tiles.h5": tiles.path.read_bytes()},
    )
    found = import_(file, data)
    assert found["yours"] == ["photos.json", "tiles.h5"]
    assert (data / course.RECORD).read_bytes() == chosen
    assert (data / "tiles.h5").read_bytes() == b"of mine"
    (data / course.RECORD).unlink()
    found = import_(file, data)
    assert found["new"] == ["photos.json"]
    assert found["replaced"] == ["tiles.h5"]


def test_a_folder_in_the_way_is_said_before_anything_is_moved(data, tmp_path):
    (data / "cats" / "b.jpg").mkdir(parents=True)
    file = stick(tmp_path / "x.tar", **{"cats/a.jpg": b"x", "cats/b.jpg": b"x"})
    with pytest.raises(mh.MosaicError, match="is in the way"):
        import_(file, data)
    assert os.listdir(data / "cats") == ["b.jpg"]


@pytest.mark.parametrize(
    "address",
    ["http://tom:SECRET@host/cats/", "http://host/?sig=SECRET", "zip://a::s3://c/z.zip"],
)
def test_no_password_is_recorded(data, address):
    with pytest.raises(mh.MosaicError, match="no password, signature or archive") as caught:
        course.choose_photos([address], data, progress=False)
    assert "SECRET" not in str(caught.value)
    assert not (data / course.RECORD).exists()


def test_cats_from_kaggles_own_cache_are_not_exported(data, mine, tmp_path, monkeypatch):
    shutil.copytree(mine, tmp_path / "cache")
    for photo in (tmp_path / "cache").rglob("*.png"):
        photo.rename(photo.with_suffix(".jpg"))
    # A stand-in with the one function that we call: the real one wants the network.
    module = types.SimpleNamespace(dataset_download=lambda name: str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "kagglehub", module)
    monkeypatch.delenv("MOSAIC_MIRROR", raising=False)
    course.choose_photos(["kaggle"], data, progress=False)
    with pytest.raises(mh.MosaicError, match="cannot be exported: copy the photos"):
        course.export_course(tmp_path / "x.tar", data, progress=False)


@pytest.mark.fuzz
def test_any_bytes_are_a_stick_or_get_a_sentence(data, tmp_path):
    record, mark = ["./mine", "pets"], b'{"seed": 2026, "version": 1, "count": 2}'
    for number in rounds(1.0):
        random = np.random.default_rng(number)
        files = {"cats/.painted.json": mark, "cats/a.jpg": b"x", "mine/b.png": b"y"}
        text = json.dumps({"photos": record}).encode()
        files["photos.json"] = mutated(text, random) if number % 3 else text
        if number % 3 == 1:
            files["cats/.painted.json"] = mutated(mark, random)
        file = stick(tmp_path / "x.tar", **files)
        if number % 3 == 0:
            file.write_bytes(mutated(file.read_bytes(), random))
        try:
            import_(file, data)
            course._read_record(data / course.RECORD)
        except mh.MosaicError:
            assert os.listdir(data) == []
        shutil.rmtree(data)
    assert {path.name for path in tmp_path.iterdir()} == {"x.tar"}


def test_an_export_replaces_an_export_alone(prepared, data, tmp_path):
    thesis, old = tmp_path / "thesis.tar", tmp_path / "course.tar"
    thesis.write_text("my thesis")
    with pytest.raises(mh.MosaicError, match="would be lost: choose another name"):
        course.export_course(thesis, data, progress=False)
    assert thesis.read_text() == "my thesis"
    shutil.copy(prepared[1], old)
    assert course.export_course(old, data, progress=False).stat().st_size > 10_000


def test_no_folder_data_is_made_beside_the_course(tmp_path, monkeypatch):
    """Papermill and some editors run a notebook in the folder above its own."""
    course = tmp_path / "photo-mosaic"
    (course / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(course)
    for make in (mh.course_photos, lambda: mh.paint_cats("../data/cats", 2, progress=False)):
        with pytest.raises(mh.MosaicError, match="%cd notebooks"):
            make()
    assert not (tmp_path / "data").exists()
    (course / "notebooks" / "03_nearest.ipynb").touch()
    monkeypatch.chdir(course / "notebooks")
    monkeypatch.setenv("MOSAIC_CATS", "1")
    assert mh.course_photos(progress=False)
    assert (course / "data" / "cats").is_dir()
    monkeypatch.chdir(tmp_path)
    mh.paint_cats("data/cats", 1, progress=False)  # a folder here is no folder elsewhere

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from conftest import scene

import mosaic_helpers as mh
from mosaic_helpers.course import data as course
from mosaic_helpers.course import places
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
    assert not (data / places.RECORD).exists()


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
    assert not (data / places.RECORD).exists()


def test_chosen_photos_that_are_gone_get_one_sentence(data, mine):
    course.choose_photos([str(mine)], data, progress=False)
    shutil.rmtree(mine)
    with pytest.raises(
        mh.MosaicError, match=r"mine', which is gone: bring .* --photos painted"
    ):
        mh.course_photos(data)


@pytest.mark.parametrize("text", ["", "{}", '{"photos": []}', '{"photos": [1]}', "[]", "\xff"])
def test_a_record_that_makes_no_sense_gets_one_sentence(data, text):
    data.mkdir()
    (data / places.RECORD).write_text(text, "latin-1")
    with pytest.raises(mh.MosaicError, match="does not say which photos"):
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

    def note(photo, really=read_photo):
        read.append(Path(photo).relative_to(data / "cats").as_posix())
        return really(photo)

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
    assert {name for _, name in built} == set(places.TILES)
    assert ("[:500]", "first-tiles.h5") in built


def test_data_is_that_of_the_course_from_wherever_it_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT / "notebooks")
    assert places.data_folder() == Path("../data")
    monkeypatch.chdir(ROOT)
    assert places.data_folder() == Path("data")
    monkeypatch.chdir(tmp_path)
    assert places.data_folder().resolve() == ROOT / "data"
    monkeypatch.setattr(places, "course_folder", lambda: None)
    assert places.data_folder() == Path("data")


def test_the_record_says_what_was_chosen(data, mine):
    course.choose_photos([str(mine)], data, progress=False)
    assert json.loads((data / places.RECORD).read_text("utf-8")) == {"photos": [str(mine)]}

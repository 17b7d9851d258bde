import hashlib
import shutil
import sys
import zipfile

import pytest
from conftest import scene
from test_downloads import Handler, serving

import mosaic_helpers as mh
from mosaic_helpers.photos import sources as room


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOSAIC_MIRROR", raising=False)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cats").mkdir()
    for i in range(3):
        scene(seed=i).save(tmp_path / "cats" / f"{i}.png")
    return tmp_path / "cats"


@pytest.fixture
def stick(tmp_path, monkeypatch):
    """A USB stick with small sets of the same make as the real ones."""
    stick = tmp_path / "stick"
    images = tmp_path / "pack" / "images"
    images.mkdir(parents=True)
    for i, name in enumerate(["Abyssinian_1", "Maine_Coon_2", "beagle_1", "pug_3"]):
        scene(seed=i).save(images / f"{name}.jpg")
    (images / "Abyssinian_100.mat").write_bytes(b"a table")
    shutil.make_archive(stick / "images", "gztar", tmp_path / "pack")
    checksum = hashlib.md5((stick / "images.tar.gz").read_bytes()).hexdigest()
    monkeypatch.setattr(room, "_PETS_CHECKSUM", f"md5:{checksum}")
    with zipfile.ZipFile(stick / "cat-dataset.zip", "w") as packed:
        for album in ("CAT_00", "CAT_01"):
            content = (images / "pug_3.jpg").read_bytes() + album.encode()
            for there in (album, f"cats/{album}"):
                packed.writestr(f"{there}/00000001_000.jpg", content)
                packed.writestr(f"{there}/00000001_000.jpg.cat", "9 175 160 239")
    monkeypatch.setenv("MOSAIC_MIRROR", str(stick))
    return stick


def names(photos):
    return [photo.name for photo in photos]


def test_a_folder_and_an_archive(folder, tmp_path):
    assert mh.fetch_photos(folder) == mh.list_photos(folder)
    archive = shutil.make_archive(tmp_path / "my.cats", "zip", folder)
    found = mh.fetch_photos(archive, progress=False)
    assert names(found) == ["0.png", "1.png", "2.png"]
    assert found[0].parent.as_posix() == "data/my"
    assert names(mh.fetch_photos(archive, tmp_path / "here", progress=False)) == names(found)


def test_painted_cats(monkeypatch, tmp_path):
    monkeypatch.setenv("MOSAIC_CATS", "3")
    found = mh.fetch_photos("painted", progress=False)
    assert found == mh.paint_cats("data/cats", progress=False)
    assert mh.fetch_photos("painted", tmp_path / "x", progress=False)[0].is_relative_to(
        tmp_path
    )


def test_pets_from_a_stick_and_the_cats_among_them(stick, capsys, monkeypatch):
    pets = mh.fetch_photos("pets")
    assert names(pets) == ["Abyssinian_1.jpg", "Maine_Coon_2.jpg", "beagle_1.jpg", "pug_3.jpg"]
    assert "CC BY-SA 4.0" in capsys.readouterr().out
    monkeypatch.setenv("MOSAIC_MIRROR", "/nowhere")  # they are there, and nothing is fetched
    cats = mh.fetch_photos("pet-cats", progress=False)
    assert names(cats) == ["Abyssinian_1.jpg", "Maine_Coon_2.jpg"]
    assert capsys.readouterr().out == ""
    assert (stick / "images.tar.gz").exists()


def test_pets_from_a_server_leave_no_archive_behind(stick, tmp_path, monkeypatch):
    monkeypatch.setattr("test_downloads.CONTENT", (stick / "images.tar.gz").read_bytes())
    with serving(Handler) as server:
        monkeypatch.setenv("MOSAIC_MIRROR", f"http://127.0.0.1:{server.server_port}")
        assert len(mh.fetch_photos("pets", tmp_path / "out" / "pets", progress=False)) == 4
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["pets"]


def test_pets_that_are_not_the_published_ones(stick):
    shutil.copy(stick / "cat-dataset.zip", stick / "images.tar.gz")
    with pytest.raises(mh.MosaicError, match="not as it was published"):
        mh.fetch_photos("pets", progress=False)


def test_the_cats_of_kaggle_once_each(stick, tmp_path, monkeypatch):
    photos = mh.fetch_photos("kaggle", progress=False)
    assert [p.relative_to("data/kaggle").as_posix() for p in photos] == [
        "CAT_00/00000001_000.jpg",
        "CAT_01/00000001_000.jpg",
    ]
    tiles = mh.build_tiles(photos, tmp_path / "t.h5", 8, progress=False)
    assert len(tiles) == 2


def test_kaggle_by_its_own_program(stick, tmp_path, monkeypatch):
    # A stand-in with the one function that we call: the real one wants the network.
    with zipfile.ZipFile(stick / "cat-dataset.zip") as packed:
        packed.extractall(tmp_path / "cache")
    (tmp_path / "lib").mkdir()
    program = tmp_path / "lib" / "kagglehub.py"
    program.write_text(
        "def dataset_download(handle):\n"
        "    assert handle == 'crawford/cat-dataset'\n"
        f"    return {str(tmp_path / 'cache')!r}\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "lib")
    monkeypatch.delitem(sys.modules, "kagglehub", raising=False)
    monkeypatch.delenv("MOSAIC_MIRROR")
    assert len(mh.fetch_photos("kaggle", progress=False)) == 2
    program.write_text("def dataset_download(handle):\n    raise OSError('404 Not Found')\n")
    monkeypatch.delitem(sys.modules, "kagglehub")
    with pytest.raises(mh.MosaicError, match=r"cannot be had \(404 Not Found\).*MOSAIC_MIRROR"):
        mh.fetch_photos("kaggle", progress=False)
    monkeypatch.setitem(sys.modules, "kagglehub", None)  # not installed
    with pytest.raises(mh.MosaicError, match="pip install kagglehub"):
        mh.fetch_photos("kaggle", progress=False)


def test_what_is_there_is_meant_before_a_set(folder, tmp_path):
    folder.rename(tmp_path / "pets")
    assert names(mh.fetch_photos("pets")) == ["0.png", "1.png", "2.png"]


@pytest.mark.parametrize("source", ["nowhere", "dogs.zip"])
def test_a_name_that_means_nothing(source):
    with pytest.raises(mh.MosaicError, match=rf"'{source}'.*painted, pets, pet-cats, kaggle"):
        mh.fetch_photos(source)
    with pytest.raises(mh.MosaicError, match="text or a path, not 7"):
        mh.fetch_photos(7)

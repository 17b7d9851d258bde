import itertools
import os
import pickle
import unicodedata
from pathlib import Path

import fsspec
import pytest
from conftest import scene

import mosaic_helpers as mh
from mosaic_helpers.photos import PhotoList
from mosaic_helpers.photos.find import describe_left_out


def make(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def listed(folder):
    return [path.relative_to(folder).as_posix() for path in mh.list_photos(folder)]


def test_lists_sorted_without_hidden_files_and_litter(tmp_path):
    make(
        tmp_path,
        ["b.jpg", "a/z.JPG", "a/é.png", ".hidden.jpg", ".git/x.jpg", "Thumbs.db", "c"],
    )
    assert listed(tmp_path) == ["a/z.JPG", "a/é.png", "b.jpg", "c"]
    assert mh.list_photos(tmp_path).left_out == {"hidden files": 2}


def test_a_loop_of_links_ends(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "cat.jpg").write_bytes(b"x")
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    assert len(mh.list_photos(tmp_path)) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "no folder"),
        (lambda p: p.mkdir(), "no photos"),
        (lambda p: p.write_text("x"), "is a file"),
    ],
)
def test_says_what_is_wrong_with_the_folder(tmp_path, make, message):
    make(tmp_path / "photos")
    with pytest.raises(mh.MosaicError, match=message):
        mh.list_photos(tmp_path / "photos")


# What other programs keep beside photos, as they name it, and what is left of it.
OTHERS = {
    "thumbnails": [
        "@eaDir/IMG.jpg/SYNOPHOTO_THUMB_XL.jpg",
        "trip/@EADIR/IMG.jpg@SynoEAStream",
        "Pictures.photoslibrary/resources/derivatives/masters/0/0A_4_5005_c.jpeg",
        "Pictures.photoslibrary/Thumbnails/2019/thumb_IMG.jpg",
        "Pictures.photoslibrary/private/com.apple.photoanalysisd/face.jpg",
        "Old.aplibrary/Previews/2011/IMG.jpg",
        "Studio.cocatalog/Cache/Thumbnails/IMG.jpg",
        "Lightroom Catalog Previews.lrdata/0/0A/IMG.jpg",
        "Cloud.lrlibrary/0123abc/previews/IMG.jpg",
        "card/PRIVATE/M4ROOT/THMBNL/C0001T01.JPG",
        "card/MISC/THM/100/DJI_0001.SCR",
        "nextcloud/appdata_oc1a2b3c/preview/1/4/256-256.jpg",
        "photo.THM",
    ],
    "deleted files": [
        "#recycle/IMG.jpg",
        "@Recycle/IMG.jpg",
        "$RECYCLE.BIN/S-1-5-21/$RABC.jpg",
        "RECYCLER/x.jpg",
        "lost+found/#123.jpg",
        "FOUND.000/FILE0000.CHK",
        "tom/files_trashbin/files/IMG.jpg.d1600000000",
    ],
    "older copies": ["#snapshot/daily/IMG.jpg", "@Recently-Snapshot/1/IMG.jpg"],
    "system files": ["System Volume Information/IndexerVolumeGuid", "a/Picasa.INI"],
    "hidden files": ["._IMG.jpg", ".Trash-1000/files/IMG.jpg", ".@__thumb/IMG.jpg", ".x.json"],
    "JSON files": ["IMG.jpg.supplemental-metadata.json", "metadata.JSON"],
    "sidecar files": ["IMG.xmp", "IMG_1.AAE", "IMG.NEF.pp3", "IMG.dop"],
    "photos in the cloud": [".IMG.HEIC.icloud", "a/IMG.jpg.nextcloud"],
    "shortcuts": ["IMG.jpg.lnk", "page.url", "notes.gdoc"],
    "unfinished downloads": ["IMG.jpg.crdownload", "IMG.jpg.part"],
    "HDF5 files": ["tiles-48.h5"],
    "databases": ["photos.lrcat", "digikam4.db"],
}
SILENT = [".DS_Store", "Thumbs.db", "a/desktop.ini", "Icon\r", "__MACOSX/a.jpg"]
SILENT += ["tiles.h5.parts/r2-64-x.part", "tiles.h5.lock", ".unpacked.json"]
# Names that only look like those.
PHOTOS = [
    "IMG.jpg",
    "thumbs/a.jpg",
    "cache/a.jpg",
    "previews/a.jpg",
    "originals/a.jpg",
    "Masters/a.jpg",
    "Trash/a.jpg",
    "#wedding/a.jpg",
    "@home/a.jpg",
    "spare.parts/a.jpg",
    "profile/me.jpg",
    "notes.txt",
    "film.MOV",
    "IMG.NEF",
    "Pictures.photoslibrary/originals/0/0A.heic",
    "Old.aplibrary/Masters/2011/IMG.jpg",
    "Studio.cocatalog/Originals/IMG.jpg",
    "Cloud.lrlibrary/0123abc/originals/2020/IMG.jpg",
    "the recycler.jpg",
    "icloud",
]


@pytest.mark.parametrize("kind", OTHERS)
def test_what_other_programs_keep_beside_photos_is_left_out_and_counted(tmp_path, kind):
    make(tmp_path, ["IMG.jpg", *OTHERS[kind]])
    photos = mh.list_photos(tmp_path)
    assert photos == [tmp_path / "IMG.jpg"]
    assert photos.left_out == {kind: len(OTHERS[kind])}


def test_of_all_that_the_photos_alone_are_listed(tmp_path):
    make(tmp_path, [*PHOTOS, *SILENT, *itertools.chain(*OTHERS.values())])
    photos = mh.list_photos(tmp_path)
    assert sorted(listed(tmp_path)) == sorted(PHOTOS)
    assert photos.left_out == {kind: len(names) for kind, names in OTHERS.items()}


def test_a_bucket_is_listed_as_a_folder_is(tmp_path):
    names = [*PHOTOS, *SILENT, *itertools.chain(*OTHERS.values())]
    files = fsspec.filesystem("memory")
    for name in names:
        files.pipe(f"/others/{name}", b"x")
    make(tmp_path, names)
    there, here = mh.list_photos("memory://others"), mh.list_photos(tmp_path)
    assert there == [f"memory://others/{name}" for name in listed(tmp_path)]
    assert there.left_out == here.left_out
    files.rm("/others", recursive=True)


def test_a_library_that_is_given_itself_is_one(tmp_path):
    library = tmp_path / "My.photoslibrary"
    make(library, ["originals/1/A.heic", "resources/derivatives/1/A.jpeg", "database/p.jpg"])
    assert listed(library) == ["originals/1/A.heic"]
    assert listed(library / "resources") == ["derivatives/1/A.jpeg"]  # it was asked for


@pytest.mark.parametrize(
    ("theirs", "photo"),
    [
        (["thumbs/1.webp", "encoded-video/1.mp4", "profile/me.png"], "library/1.jpg"),
        (["cache/thumbnails/1.jpg", "sidecar/1.jpg"], "originals/1.jpg"),
        (["small/1.jpg", "medium/1.jpg", "thumb/1.jpg"], "big/1.jpg"),
        (["previews/CACHEDIR.TAG", "previews/1.jpg"], "1.jpg"),
    ],
)
def test_names_that_anybody_may_choose_are_a_programs_beside_others(tmp_path, theirs, photo):
    make(tmp_path / "server", [*theirs, photo])
    assert listed(tmp_path) == [f"server/{photo}"]
    alone = tmp_path / "alone"
    make(alone, theirs[:1] if "TAG" not in theirs[0] else theirs[1:])
    assert len(listed(alone)) == 1


def test_nothing_but_others_is_said(tmp_path):
    make(tmp_path, [".a.HEIC.icloud", "b.json", "c.json", "d.xmp"])
    with pytest.raises(mh.MosaicError) as caught:
        mh.list_photos(tmp_path)
    assert str(caught.value).endswith(
        "put some there. 1 photo is still in the cloud: download them first. "
        "3 files are no photos: 2 JSON files, 1 sidecar file."
    )
    assert describe_left_out({"databases": 1}) == ([], ["1 file is no photo: 1 database."])


def test_lists_are_joined_with_their_counts():
    lists = PhotoList([1], {"films": 1}), [2], PhotoList([3], {"films": 2})
    both = pickle.loads(pickle.dumps(sum(lists, PhotoList())))
    assert both == [1, 2, 3]
    assert both.left_out == {"films": 3}


def test_two_spellings_of_a_name_are_in_the_same_order_everywhere(tmp_path, monkeypatch):
    names = [unicodedata.normalize(form, "é.png") for form in ("NFC", "NFD")]
    make(tmp_path, names)
    walk, orders = os.walk, set()
    for order in (names, names[::-1]):  # of another file system
        monkeypatch.setattr("os.walk", lambda *a, o=order, **k: ((*w[:2], o) for w in walk(*a)))
        orders.add(tuple(listed(tmp_path)))
    assert len(orders) == 1


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text(tmp_path):
    names = [b"\xff.jpg", b"a\x1b[31m.jpg", "é.jpg".encode()]
    for name in names:
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(b"x")
    assert {os.fsencode(path.name) for path in mh.list_photos(tmp_path)} == set(names)


def test_a_folder_with_a_tilde_is_not_a_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~root").mkdir()
    scene().save(tmp_path / "~root" / "a.png")
    photos = mh.list_photos(".")
    assert photos == [tmp_path / "~root" / "a.png"]
    assert len(mh.build_tiles(photos, tmp_path / "t.h5", 8, progress=False)) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told_unless_it_is_the_systems(tmp_path):
    make(tmp_path, ["IMG.jpg", "locked/a.jpg", "lost+found/a.jpg"])
    for name in ("locked", "lost+found"):
        (tmp_path / name).chmod(0)
    assert listed(tmp_path) == ["IMG.jpg", "locked"]

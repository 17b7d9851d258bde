import os
import platform
import shutil
import signal
import subprocess
import sys
import time
import zlib

import h5py
import numpy as np
import pytest
from conftest import BAD, scene
from PIL import Image, PngImagePlugin

import mosaic_helpers as mh
from mosaic_helpers.photos import read_photo
from mosaic_helpers.tiles import build as room
from mosaic_helpers.tiles import make_batch
from mosaic_helpers.tiles.checkpoint import Checkpoint


def test_twelve_good_and_twelve_bad(mixed_folder, tmp_path):
    tiles = mh.build_tiles(mh.list_photos(mixed_folder), tmp_path / "t.h5", 16, progress=False)
    assert len(tiles) == 12
    assert [name for name, _ in tiles.skipped] == sorted(BAD)
    for name, reason in tiles.skipped:
        assert BAD[name] in reason


def test_each_tile_is_the_thumbnail_of_its_photo(tiles, cats):
    assert len(tiles) == 240
    for index in (0, 7, 239):
        expected = mh.thumbnail(tiles.photo(index), tiles.tile_size)
        np.testing.assert_array_equal(tiles.read([index])[0], expected)
    assert tiles.photo(5) in cats


def test_one_thread_many_threads_and_a_cluster_agree_to_the_byte(cats, client, tmp_path):
    executors = [{"threads": 1}, {"threads": 4}, {"client": client}]
    made = [
        mh.build_tiles(cats, tmp_path / f"{i}.h5", 24, progress=False, **options)
        for i, options in enumerate(executors)
    ]
    for other in made[1:]:
        assert other.names == made[0].names
        assert other.skipped == made[0].skipped
        np.testing.assert_array_equal(other.read(), made[0].read())


def test_workers_need_not_see_the_folder_of_the_store(cats, client, tmp_path, monkeypatch):
    """Their tiles travel then; else they write them, and only the answer travels."""
    travelled = []

    def save(checkpoint, batch, save=Checkpoint.save):
        travelled.append(isinstance(batch.tiles, np.ndarray))
        return save(checkpoint, batch)

    def elsewhere(work, tile_size, checkpoint):
        checkpoint._run = "/no/such/run"
        return make_batch(work, tile_size, checkpoint)

    monkeypatch.setattr(Checkpoint, "save", save)  # in this process
    shared = mh.build_tiles(cats, tmp_path / "a.h5", 16, client=client, progress=False)
    assert not any(travelled)
    travelled.clear()
    monkeypatch.setattr(room, "make_batch", elsewhere)
    apart = mh.build_tiles(cats, tmp_path / "b.h5", 16, client=client, progress=False)
    assert all(travelled)
    assert shared.path.read_bytes() == apart.path.read_bytes()


def test_adding_photos_reads_them_alone_and_ends_as_if_all_were_new(cats, tmp_path, read):
    store = tmp_path / "t.h5"
    mh.build_tiles(cats[::2], store, 16, progress=False)
    read.clear()
    mh.build_tiles(cats, store, 16, progress=False)
    known = {os.path.basename(cat) for cat in cats[::2]}
    broken = {os.path.basename(name) for name, _ in mh.open_tiles(store).skipped}
    assert not set(read) & (known - broken)
    whole = mh.build_tiles(cats, tmp_path / "whole.h5", 16, progress=False)
    assert store.read_bytes() == whole.path.read_bytes()


@pytest.fixture
def read(monkeypatch):
    """Names of the photos that are really read."""
    names = []

    def note(photo):
        names.append(os.path.basename(photo))
        return read_photo(photo)

    monkeypatch.setattr(room, "read_photo", note)
    return names


def build(folder, store, size=16):
    return mh.build_tiles(mh.list_photos(folder), store, size, progress=False)


def test_only_new_and_changed_photos_are_read_again(tmp_path, read):
    folder, store = tmp_path / "photos", tmp_path / "t.h5"
    folder.mkdir()
    for i in range(5):
        scene(seed=i).save(folder / f"{i}.png")
    before = build(folder, store).read()
    assert len(read) == 5
    read.clear()
    build(folder, store)
    assert read == []
    scene(seed=77).save(folder / "2.png")
    scene(seed=88).save(folder / "1b.png")
    after = build(folder, store)
    assert sorted(read) == ["1b.png", "2.png"]
    assert after.names == ["0.png", "1.png", "1b.png", "2.png", "3.png", "4.png"]
    np.testing.assert_array_equal(after.read([0, 1, 4, 5]), before[[0, 1, 3, 4]])
    assert (after.read([3])[0] != before[2]).any()
    read.clear()
    build(folder, store, 8)
    assert len(read) == 6


def test_duplicates_are_not_read_again(tmp_path, read):
    folder, store = tmp_path / "photos", tmp_path / "t.h5"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        scene(seed=name == "c.png").save(folder / name)
    first = build(folder, store)
    assert len(read) == 3
    again = build(folder, store)
    assert len(read) == 3
    assert again.names == first.names == ["a.png", "c.png"]
    (folder / "a.png").unlink()
    assert build(folder, store).names == ["b.png", "c.png"]
    assert len(read) == 3


def test_two_runs_do_not_make_one_store_at_once(tmp_path):
    folder, store = tmp_path / "photos", tmp_path / "t.h5"
    folder.mkdir()
    scene().save(folder / "a.png")
    with Checkpoint(store, "any").lock(), pytest.raises(mh.MosaicError, match="Another run"):
        build(folder, store)
    assert len(build(folder, store)) == 1
    lock = tmp_path / "t.h5.lock"
    assert not lock.exists()
    # What older versions have left when they were killed.
    for left in ("999999999 1 ", f"{os.getpid()} 1 "):
        lock.write_text(left + platform.node())
        assert len(build(folder, store)) == 1


def test_unfinished_work_for_another_size_stays(tmp_path):
    folder, store = tmp_path / "photos", tmp_path / "t.h5"
    folder.mkdir()
    scene().save(folder / "a.png")
    other = tmp_path / "t.h5.parts" / "r3-64-feed.part"
    other.parent.mkdir()
    other.write_bytes(b"")
    build(folder, store, 16)
    assert other.exists()


def test_a_photo_that_is_gone_leaves_the_set(tmp_path):
    for i in range(3):
        scene(seed=i).save(tmp_path / f"{i}.png")
    photos = mh.list_photos(tmp_path)
    store = tmp_path / "out" / "t.h5"
    mh.build_tiles(photos, store, 8, progress=False)
    assert mh.build_tiles(photos[:2], store, 8, progress=False).names == ["0.png", "1.png"]


def test_a_repaired_photo_is_tried_again(tmp_path):
    folder, store = tmp_path / "p", tmp_path / "t.h5"
    folder.mkdir()
    scene().save(folder / "a.png")
    (folder / "b.png").write_bytes(b"")
    assert len(build(folder, store)) == 1
    scene(seed=3).save(folder / "b.png")
    assert len(build(folder, store)) == 2


def test_a_killed_run_is_taken_up_where_it_ended(cats, tmp_path, read):
    store = tmp_path / "t.h5"
    code = (
        "import sys, time, mosaic_helpers as mh\n"
        "from mosaic_helpers.photos import make_tile\n"
        "from mosaic_helpers.tiles import build\n"
        "def slow(photo, size):\n"
        "    time.sleep(0.004)\n"
        "    return make_tile(photo, size)\n"
        "build.make_tile = slow\n"
        "mh.build_tiles(mh.list_photos(sys.argv[1]), sys.argv[2], 16, threads=1)\n"
    )
    folder = os.path.commonpath([os.path.dirname(cat) for cat in cats])
    running = subprocess.Popen([sys.executable, "-c", code, folder, str(store)])
    parts = tmp_path / "t.h5.parts"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("*.part"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    assert running.wait() != 0
    assert not store.exists()
    whole = mh.build_tiles(mh.list_photos(folder), tmp_path / "u.h5", 16, progress=False)
    read.clear()
    resumed = mh.build_tiles(mh.list_photos(folder), store, 16, progress=False)
    assert 0 < len(read) <= len(cats) - 40
    np.testing.assert_array_equal(resumed.read(), whole.read())
    assert not parts.exists()


HEAD = (
    b'{"fingerprints": ["a"], "digests": ["b"], "reasons": [""], "recipe": "r2-16", '
    b'"shape": [1, 16, 16, 3]}\n'
)
OTHERS = [
    HEAD.replace(b'"a"', b"1"),
    HEAD.replace(b"fingerprints", b"stamps"),
    HEAD.replace(b"16,", b"-16,"),
    HEAD.replace(b"r2-16", b"r2-32"),
    b"[" * 100_000 + b"\n",
]


def signed(content):
    return b"%08x " % zlib.crc32(content) + content


@pytest.mark.parametrize(
    "content",
    [b"", b"no", b"{}", b"[1]", HEAD + bytes(768), signed(HEAD), signed(HEAD + bytes(700))]
    + [signed(HEAD + bytes(768))[:-1] + b"x"]
    + [signed(head + bytes(768)) for head in OTHERS],
)
def test_a_damaged_segment_or_an_old_one_is_done_again(tmp_path, content):
    folder, store = tmp_path / "p", tmp_path / "t.h5"
    folder.mkdir()
    scene().save(folder / "a.png")
    parts = tmp_path / "t.h5.parts"
    parts.mkdir()
    (parts / "r3-16-ffff.part").write_bytes(content)
    assert len(build(folder, store)) == 1
    assert not parts.exists()


def test_names_may_be_anything(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    names = ["with space.png", "emoji 🐈.png", "comma, and 'quote'.png"]
    if os.name == "posix" and sys.platform != "darwin":
        names.append(os.fsdecode(b"not utf-8 \xff.png"))
    folder = folder.rename(tmp_path / names[-1].removesuffix(".png"))
    for i, name in enumerate(names):
        scene(seed=i).save(folder / name)
    tiles = build(folder, tmp_path / "t.h5")
    assert sorted(tiles.names) == sorted(names)
    assert all(tiles.photo(i).exists() for i in range(len(tiles)))


def test_a_photo_that_kills_its_worker_is_given_up(client, tmp_path, monkeypatch):
    folder = tmp_path / "p"
    folder.mkdir()
    for i in range(3):
        scene(seed=i).save(folder / f"{i}.png")

    def deadly(work, **options):
        if any(path.endswith("1.png") for path, _ in work):
            os.kill(os.getpid(), 9)
        return make_batch(work, **options)

    monkeypatch.setattr(room, "make_batch", deadly)
    photos = mh.list_photos(folder)
    tiles = mh.build_tiles(photos, tmp_path / "t.h5", 8, client=client, progress=False)
    assert tiles.names == ["0.png", "2.png"]
    assert "each worker that opened it was killed" in tiles.skipped[0][1]


@pytest.mark.parametrize("size", [0, -3, 5000, 3.5, "large", None])
def test_sizes_that_make_no_sense(cats, tmp_path, size):
    with pytest.raises(
        mh.MosaicError, match=r"tile size \(pixels\) must be a whole number from 1"
    ):
        mh.build_tiles(cats, tmp_path / "t.h5", size)


def test_no_photos_and_no_usable_photos(tmp_path):
    with pytest.raises(mh.MosaicError, match="Give a list of photos"):
        mh.build_tiles(str(tmp_path), tmp_path / "t.h5")
    with pytest.raises(mh.MosaicError, match="No photos were given"):
        mh.build_tiles([], tmp_path / "t.h5")
    (tmp_path / "a.jpg").write_text("no")
    with pytest.raises(mh.MosaicError, match=r"None of the 1 photos can be used \('a.jpg'"):
        mh.build_tiles([tmp_path / "a.jpg"], tmp_path / "t.h5", progress=False)


def test_a_file_that_is_not_ours_is_never_overwritten(cats, tmp_path):
    store = tmp_path / "t.h5"
    for make in (
        lambda: store.write_text("my thesis"),
        lambda: h5py.File(store, "w").close(),
    ):
        make()
        content = store.read_bytes()
        with pytest.raises(mh.MosaicError, match=r"not a tile set: choose another name\."):
            mh.build_tiles(cats, store, progress=False)
        assert store.read_bytes() == content


def test_a_place_that_cannot_be_written(cats, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(mh.MosaicError, match="Cannot write"):
        mh.build_tiles(cats[:3], tmp_path / "file" / "t.h5", progress=False)


def test_whatever_is_copied_or_moved_together_keeps_its_tiles(tmp_path, read):
    """In the folder of the store or in the folder above it; nanoseconds may be lost."""
    tree = tmp_path / "tree"
    (tree / "out").mkdir(parents=True)
    (tree / "out" / "more").mkdir()
    for i in range(4):
        scene(seed=i).save(tree / ("out/more" if i % 2 else "out") / f"{i}.png")
    scene(seed=5).save(tree / "5.png")
    stores = {"t.h5": "out", "u.h5": "out/more", "v.h5": "."}  # of which photos

    def build_all(there):
        for name, folder in stores.items():
            photos = sorted((there / folder).rglob("*.png"))
            tiles = mh.build_tiles(photos, there / "out" / name, 16, progress=False)
            assert tiles.root == there / folder
            assert tiles.photo(0) == photos[0]
            yield tiles.path.read_bytes()

    before = list(build_all(tree))
    archive = shutil.make_archive(tmp_path / "packed", "tar", tree)
    shutil.unpack_archive(archive, tmp_path / "unpacked", filter="data")
    shutil.copytree(tree, tmp_path / "copied")
    tree.rename(tmp_path / "moved")
    read.clear()
    for there in ("unpacked", "copied", "moved"):
        assert list(build_all(tmp_path / there)) == before
    assert read == []


def test_photos_that_are_moved_alone_keep_their_tiles(tmp_path, read):
    folder, store = tmp_path / "disk" / "photos", tmp_path / "a" / "b" / "t.h5"
    folder.mkdir(parents=True)
    for i in range(3):
        scene(seed=i).save(folder / f"{i}.png")
    before = build(folder, store).read()
    assert h5py.File(store).attrs["root"] == os.path.join(folder, "")
    moved = folder.rename(tmp_path / "disk" / "elsewhere")
    read.clear()
    tiles = build(moved, store)
    assert build(moved, store).root == tiles.root == moved
    np.testing.assert_array_equal(tiles.read(), before)
    assert read == []


def test_another_folder_with_the_same_names_is_not_taken_for_the_first(tmp_path, read):
    store = tmp_path / "t.h5"
    for seed, name in enumerate(["train", "test"]):
        (tmp_path / name).mkdir()
        scene(seed=seed).save(tmp_path / name / "0.bmp")  # all of one size
        os.utime(tmp_path / name / "0.bmp", (10**9, 10**9))
        tiles = build(tmp_path / name, store)
        assert (tiles.read([0])[0] == mh.thumbnail(tmp_path / name / "0.bmp", 16)).all()
    assert len(read) == 2


def test_a_photo_from_another_folder_costs_that_photo_alone(tmp_path, read):
    """Although all names then start from another folder."""
    for i in range(3):
        (tmp_path / "album" / str(i)).mkdir(parents=True)
        scene(seed=i).save(tmp_path / "album" / str(i) / "a.png")
    photos = mh.list_photos(tmp_path / "album")
    store = tmp_path / "t.h5"
    assert mh.build_tiles(photos[:1], store, 8, progress=False).names == ["a.png"]
    assert mh.build_tiles(photos, store, 8, progress=False).names == [
        "0/a.png",
        "1/a.png",
        "2/a.png",
    ]
    assert len(read) == 3


def test_tiles_of_another_format_are_refused_and_made_again(tmp_path):
    folder, store = tmp_path / "photos", tmp_path / "t.h5"
    folder.mkdir()
    scene().save(folder / "a.png")
    made = build(folder, store).path.read_bytes()
    store.write_bytes(b"photo-mosaic tiles 2" + made[len("photo-mosaic tiles 3") :])
    with pytest.raises(mh.MosaicError, match="another version of this package: make it again"):
        mh.open_tiles(store)
    assert build(folder, store).path.read_bytes() == made


def test_a_photo_edited_with_size_and_time_kept_is_noticed_by_check(tmp_path, read):
    folder, store = tmp_path / "p", tmp_path / "t.h5"
    folder.mkdir()
    for i in range(3):
        scene(seed=i).save(folder / f"{i}.bmp")
        os.utime(folder / f"{i}.bmp", (10**9, 10**9))
    before = build(folder, store).read()
    scene(seed=9).save(folder / "1.bmp")
    os.utime(folder / "1.bmp", (10**9, 10**9))
    read.clear()
    assert (build(folder, store).read() == before).all()  # by size and time it is the same
    assert read == []
    photos = mh.list_photos(folder)
    tiles = mh.build_tiles(photos, store, 16, check=True, progress=False)
    assert sorted(read) == ["0.bmp", "1.bmp", "2.bmp"]
    assert (tiles.read([1])[0] == mh.thumbnail(folder / "1.bmp", 16)).all()
    assert (tiles.read([0, 2]) == before[[0, 2]]).all()
    # And what has become a duplicate meanwhile, or is one no more.
    scene(seed=0).save(folder / "2.bmp")
    os.utime(folder / "2.bmp", (10**9, 10**9))
    tiles = mh.build_tiles(photos, store, 16, check=True, progress=False)
    assert tiles.skipped == [("2.bmp", "it is an exact duplicate of '0.bmp'")]
    whole = mh.build_tiles(photos, tmp_path / "u.h5", 16, progress=False)
    assert store.read_bytes() == whole.path.read_bytes()


@pytest.mark.parametrize("size", [1, 16])
def test_the_same_picture_with_other_tags_is_the_same(tmp_path, size):
    for i, kind in enumerate([".jpg", ".png", ".webp", ".tif"]):
        for year in ("2009", "2024"):
            tags = Image.Exif()
            tags[0x0132] = f"{year}:01:01 00:00:00"
            scene(seed=i).save(tmp_path / f"{i} {year}{kind}", exif=tags)
    tiles = mh.build_tiles(mh.list_photos(tmp_path), tmp_path / "t.h5", size, progress=False)
    assert [name[:6] for name in tiles.names] == [f"{i} 2009" for i in range(4)]
    assert all("exact duplicate" in reason for _, reason in tiles.skipped)


def test_other_pictures_with_the_same_tile_are_others(tmp_path):
    """Of the same mean colour, and of one that lies on its side."""
    dots = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (40, 40))
    for i, picture in enumerate([dots, dots.T, 255 - dots, dots[::-1]]):
        Image.fromarray(picture).save(tmp_path / f"{i}.png")
    tiles = mh.build_tiles(mh.list_photos(tmp_path), tmp_path / "t.h5", 1, progress=False)
    assert len(tiles) == 4


@pytest.mark.parametrize("kind", [".png", ".jpg", ".tif"])
def test_our_own_mosaics_make_no_tiles(tmp_path, kind):
    mark = Image.Exif()
    mark[305] = "photo-mosaic"
    text = PngImagePlugin.PngInfo()
    text.add_text("Software", "photo-mosaic")
    marked = {"pnginfo": text} if kind == ".png" else {"exif": mark}
    (tmp_path / "p").mkdir()
    scene().save(tmp_path / "p" / "a.png")
    scene(seed=1).save(tmp_path / "p" / f"mosaic{kind}", **marked)
    tiles = build(tmp_path / "p", tmp_path / "t.h5")
    assert tiles.names == ["a.png"]
    assert "a mosaic made by photo-mosaic" in tiles.skipped[0][1]
    assert mh.thumbnail(tmp_path / "p" / f"mosaic{kind}", 8).shape == (8, 8, 3)  # if asked to


def test_memory_error_costs_one_photo(tmp_path, monkeypatch):
    for i in range(3):
        scene(seed=i).save(tmp_path / f"{i}.png")

    def starve(photo):
        if photo.endswith("1.png"):
            raise MemoryError
        return read_photo(photo)

    monkeypatch.setattr(room, "read_photo", starve)
    tiles = mh.build_tiles(mh.list_photos(tmp_path), tmp_path / "t.h5", 8, progress=False)
    assert tiles.names == ["0.png", "2.png"]
    assert "more memory than there is" in tiles.skipped[0][1]

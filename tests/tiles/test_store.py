import os
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

import mosaic_helpers as mh
from mosaic_helpers.tiles.store import sign


def test_reads_what_is_asked_for(tiles):
    everything = tiles.read()
    assert everything.shape == (240, 32, 32, 3)
    assert everything.dtype == np.uint8
    for rows in (
        [200, 3, 3, 17],
        [5, 6, 7, 9, 10, -1],
        [],
        7,
        [[1, 2], [3, 3]],
        slice(9, 2, -2),
    ):
        rows = rows if isinstance(rows, slice) else np.array(rows, int)
        np.testing.assert_array_equal(tiles.read(rows), everything[rows])
    for rows in ([240], [-241]):
        with pytest.raises(IndexError):
            tiles.read(rows)
    np.testing.assert_array_equal(np.concatenate(list(tiles.blocks(77))), everything)


def test_what_was_read_can_be_changed_without_harm(tiles):
    before = tiles.read([0])
    tiles.read([0])[:] = 0
    np.testing.assert_array_equal(tiles.read([0]), before)


def test_is_plain_hdf5(tiles):
    import h5py

    with h5py.File(tiles.path) as file:
        np.testing.assert_array_equal(file["tiles"][10], tiles.read([10])[0])
        assert file["photos/name"].asstr()[10] == tiles.names[10]


def test_opens_again_and_says_what_it_is(tiles):
    again = mh.open_tiles(tiles.path)
    assert again.names == tiles.names
    assert repr(again).startswith("<TileSet: 240 tiles of 32 × 32 pixels")


@pytest.mark.parametrize(("keep", "said"), [(0, "not a tile set"), (50, "d"), (3000, "short")])
def test_a_file_that_is_cut_short_is_said_to_be(tiles, tmp_path, keep, said):
    broken = tmp_path / "broken.h5"
    broken.write_bytes(tiles.path.read_bytes()[:keep])
    with pytest.raises(mh.MosaicError, match=said):
        mh.open_tiles(broken)


def test_tiles_of_a_file_that_was_replaced_are_refused(cats, tmp_path):
    store = tmp_path / "t.h5"
    old = mh.build_tiles(cats[10:20], store, 16, progress=False)
    old.read()
    new = mh.build_tiles(cats[20:30], store, 16, progress=False)
    with pytest.raises(mh.MosaicError, match="replaced after it was opened: open it again"):
        old.read()
    with pytest.raises(mh.MosaicError, match="replaced after"):
        _ = old.names
    assert len(new.names) == len(new.read())


def test_a_missing_file_is_told_how_to_make(tmp_path):
    with pytest.raises(mh.MosaicError, match="make it with build_tiles"):
        mh.open_tiles(tmp_path / "none.h5")


@pytest.fixture
def store(tiles, tmp_path):
    """A copy of the tiles, whose photos it does not find."""
    return mh.open_tiles(shutil.copy(tiles.path, tmp_path / "t.h5"))


def test_a_file_that_is_gone_is_said_to_be_and_a_folder_may_change(
    tiles, tmp_path, monkeypatch
):
    shutil.copy(tiles.path, tmp_path / "t.h5")
    monkeypatch.chdir(tmp_path)
    opened = mh.open_tiles("t.h5")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir("sub")
    np.testing.assert_array_equal(opened.read([3]), tiles.read([3]))
    assert opened.names == tiles.names
    os.rename(tmp_path / "t.h5", tmp_path / "moved.h5")
    for use in (opened.read, lambda: opened.skipped, lambda: opened.fingerprints):
        with pytest.raises(mh.MosaicError, match=r"'t\.h5' is gone: it was moved or removed"):
            use()


def test_the_same_file_with_another_time_or_number_is_the_same(tiles, store):
    os.utime(store.path, (1e9, 1e9))
    np.testing.assert_array_equal(store.read([3]), tiles.read([3]))
    copy = store.path.with_name("copy.h5")
    shutil.copy(store.path, copy)
    os.replace(copy, store.path)
    assert store.names == tiles.names
    shutil.copy(tiles.path, store.path)  # written over in place
    np.testing.assert_array_equal(store.read(), tiles.read())


def test_a_file_that_another_program_shortens_while_it_is_read(store, monkeypatch):
    """Mapped to memory, that would end the process."""
    from mosaic_helpers.tiles import store as room

    really = room._file_state

    def shorten(file):
        state = really(file)
        os.truncate(store.path, 4096)
        return state

    monkeypatch.setattr(room, "_file_state", shorten)
    with pytest.raises(mh.MosaicError, match="is cut short"):
        store.read()


HOLD = """
import h5py, sys
file = h5py.File(sys.argv[1], "a")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("locking", [None, "TRUE", "BEST_EFFORT"])
def test_a_file_that_is_open_elsewhere_can_be_read_and_replaced(
    cats, tiles, store, monkeypatch, locking
):
    if locking:
        monkeypatch.setenv("HDF5_USE_FILE_LOCKING", locking)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(store.path)], **pipes)
    other.stdout.readline()
    try:
        assert mh.open_tiles(store.path).names == tiles.names
        again = mh.build_tiles(cats, store.path, 32, progress=False)
        np.testing.assert_array_equal(again.read([5]), tiles.read([5]))
    finally:
        other.communicate("")
    with h5py.File(store.path, "r+"):  # in this process, too
        assert mh.open_tiles(store.path).names == tiles.names


def test_places_where_nothing_can_be_written(tiles, store):
    store.path.chmod(0o400)
    store.path.parent.chmod(0o500)
    try:
        assert mh.open_tiles(store.path).names == tiles.names
        assert len(mh.open_tiles(store.path).read()) == 240
    finally:
        store.path.parent.chmod(0o700)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_a_name_that_is_not_unicode(tiles, tmp_path):
    path = tmp_path / os.fsdecode(b"\xff.h5")
    shutil.copy(tiles.path, path)
    assert mh.open_tiles(path).names == tiles.names


def test_what_is_no_tile_set_is_not_called_damaged(tmp_path):
    (tmp_path / "folder.h5").mkdir()
    (tmp_path / "text.h5").write_text("my thesis")
    h5py.File(tmp_path / "other.h5", "w").close()
    said = {"folder": "not a file", "text": "not a tile set", "other": "not a tile set"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.h5")
        said["pipe"] = "not a file"
    for name, words in said.items():
        with pytest.raises(mh.MosaicError, match=words) as error:
            mh.open_tiles(tmp_path / f"{name}.h5")
        assert "damaged" not in str(error.value)


def change_tiles(make):
    def change(file):
        data = file["tiles"][()]
        del file["tiles"]
        make(file, data)

    return change


def replace_column(name, **options):
    def change(file):
        del file[name]
        file.create_dataset(name, **options)

    return change


def elsewhere(file):
    del file["tiles"]
    file["tiles"] = h5py.ExternalLink("other.h5", "/tiles")


def virtual(file, data):
    layout = h5py.VirtualLayout(data.shape, np.uint8)
    layout[:] = h5py.VirtualSource("other.h5", "tiles", data.shape)
    file.create_virtual_dataset("tiles", layout)


MANY = {"shape": (10**10,), "chunks": (10**6,), "compression": "gzip"}
TEXT = h5py.string_dtype()
STRANGE = {
    "chunked": change_tiles(lambda f, x: f.create_dataset("tiles", data=x, chunks=True)),
    "gzip": change_tiles(lambda f, x: f.create_dataset("tiles", data=x, compression="gzip")),
    "two bytes": change_tiles(lambda f, x: f.create_dataset("tiles", data=x.astype("u2"))),
    "signed": change_tiles(lambda f, x: f.create_dataset("tiles", data=x.astype("i1"))),
    "narrow": change_tiles(lambda f, x: f.create_dataset("tiles", data=x[:, :, :8])),
    "grey": change_tiles(lambda f, x: f.create_dataset("tiles", data=x[..., :1])),
    "flat": change_tiles(lambda f, x: f.create_dataset("tiles", data=x[0])),
    "group": change_tiles(lambda f, x: f.create_group("tiles")),
    "missing": change_tiles(lambda f, x: None),
    "empty": change_tiles(lambda f, x: f.create_dataset("tiles", data=x[:0])),
    "never written": change_tiles(lambda f, x: f.create_dataset("tiles", x.shape, "u1")),
    "huge": change_tiles(lambda f, x: f.create_dataset("tiles", (10**12, 32, 32, 3), "u1")),
    "more": change_tiles(lambda f, x: f.create_dataset("tiles", data=np.concatenate([x, x]))),
    "virtual": change_tiles(virtual),
    "external": change_tiles(
        lambda f, x: f.create_dataset("tiles", x.shape, "u1", external=[("raw", 0, x.size)])
    ),
    "link": elsewhere,
    "ten billion names": replace_column("photos/name", dtype=TEXT, **MANY),
    "ten billion keys": replace_column("photos/fingerprint", dtype="S16", **MANY),
    "few keys": replace_column("photos/digest", data=np.zeros(3, "S16")),
    "long keys": replace_column("photos/digest", data=np.zeros(240, "S99")),
    "numbers": replace_column("photos/name", data=np.arange(240)),
    "short names": replace_column("photos/name", data=np.zeros(240, "S5")),
    "one name": replace_column("photos/name", data="a"),
    "lists": replace_column("photos/name", shape=(240,), dtype=h5py.vlen_dtype("u1")),
    "few reasons": replace_column("skipped/reason", data=["why"]),
    "root": lambda f: f.attrs.create("root", [1, 2]),
    "no root": lambda f: f.attrs.__delitem__("root"),
    "recipe": lambda f: f.attrs.create("recipe", 5),
}


def change(store, how):
    """Change a store through HDF5, as a stranger would who knows our checksum."""
    end = store._offset + store.read().nbytes
    with h5py.File(store.path, "r+") as file:
        how(file)
    sign(store.path, store._offset, min(end, os.path.getsize(store.path)))


@pytest.mark.parametrize("kind", STRANGE)
def test_a_store_that_is_built_otherwise_is_refused_on_opening(store, kind):
    change(store, STRANGE[kind])
    with pytest.raises(mh.MosaicError, match="damaged, or another program wrote it"):
        mh.open_tiles(store.path)


@pytest.mark.parametrize("kind", STRANGE)
def test_what_another_program_changed_is_noticed_before_hdf5_reads_it(store, kind, monkeypatch):
    with h5py.File(store.path, "r+") as file:
        STRANGE[kind](file)
    monkeypatch.setattr("mosaic_helpers.tiles.store.h5py", None)
    with pytest.raises(mh.MosaicError, match=r"it was changed|is cut short"):
        mh.open_tiles(store.path)


def test_a_file_of_an_older_version_is_made_again(cats, tmp_path):
    store = tmp_path / "t.h5"
    with h5py.File(store, "w") as file:
        file.attrs["format"] = "photo-mosaic tiles 2"
    with pytest.raises(mh.MosaicError, match="another version of this package: make it again"):
        mh.open_tiles(store)
    assert len(mh.build_tiles(cats[10:13], store, 8, progress=False)) == 3


def test_few_bytes_that_claim_a_long_text_many_times_cost_no_memory(store):
    def claim(file):
        file["photos/name"][0] = "x" * 60_000

    change(store, claim)
    with h5py.File(store.path) as file:
        offset = file["photos/name"].id.get_offset()
    content = bytearray(store.path.read_bytes())
    content[offset : offset + 16 * 240] = content[offset : offset + 16] * 240
    store.path.write_bytes(content)
    sign(store.path, store._offset, store._offset + 240 * 32 * 32 * 3)
    with pytest.raises(mh.MosaicError, match="longer than the file"):
        mh.open_tiles(store.path)


def rename(name):
    def change(file):
        file["photos/name"][7] = name

    return change


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "a/../../b", "..", "a/.."])
def test_names_stay_below_their_folder(store, name):
    change(store, rename(name))
    opened = mh.open_tiles(store.path)
    with pytest.raises(mh.MosaicError, match="would leave the folder"):
        opened.photo(7)


def test_names_that_only_look_like_that(store):
    change(store, rename("..a/b../...c"))
    assert mh.open_tiles(store.path).names[7] == "..a/b../...c"

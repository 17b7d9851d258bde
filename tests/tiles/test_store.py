import numpy as np
import pytest

import mosaic_helpers as mh


def test_reads_what_is_asked_for(tiles):
    everything = tiles.read()
    assert everything.shape == (240, 32, 32, 3)
    assert everything.dtype == np.uint8
    rows = [200, 3, 3, 17]
    np.testing.assert_array_equal(tiles.read(rows), everything[rows])
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


@pytest.mark.parametrize("keep", [0, 50, 3000])
def test_damaged_files_are_refused(tiles, tmp_path, keep):
    broken = tmp_path / "broken.h5"
    broken.write_bytes(tiles.path.read_bytes()[:keep])
    with pytest.raises(mh.MosaicError, match="damaged"):
        mh.open_tiles(broken)


def test_flipped_bytes_are_told_and_not_traced(tiles, tmp_path):
    content = bytearray(tiles.path.read_bytes())
    random = np.random.default_rng(0)
    for trial in range(30):
        broken = content.copy()
        for position in random.integers(0, 4000, 20):
            broken[position] ^= 255
        path = tmp_path / f"{trial}.h5"
        path.write_bytes(broken)
        try:
            opened = mh.open_tiles(path)
            assert opened.skipped is not None
            assert opened.names
        except mh.MosaicError as error:
            assert "damaged" in str(error)


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

"""Whatever is in a store, a segment or a lock: an answer, or one sentence, and no memory."""

import os
import shutil
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import scene
from fuzzing import rounds

import mosaic_helpers as mh
from mosaic_helpers.tiles.checkpoint import Batch, Checkpoint
from mosaic_helpers.tiles.store import sign

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for i in range(6):
        scene(seed=i).save(folder / f"IMG_{i}.png")
    (folder / "letter.txt").write_text("Dear cat,")
    shutil.copy(folder / "IMG_0.png", folder / "copy.png")
    return mh.list_photos(folder)


@pytest.fixture(scope="module")
def whole(photos, tmp_path_factory):
    store = tmp_path_factory.mktemp("whole") / "t.h5"
    return mh.build_tiles(photos, store, 4, progress=False).path


def spoil(content, random):
    """Flip, cut, repeat or move some bytes; most of them where the structure is."""
    content = bytearray(content)
    for _ in range(random.integers(1, 5)):
        place = int(random.integers(len(content)) * random.random() ** random.integers(3))
        length = (
            int(random.integers(1, 9)) if random.random() < 0.8 else int(random.integers(3000))
        )
        kind = random.integers(7)
        if kind <= 2:
            content[place : place + 1] = random.bytes(1)
        elif kind == 3:
            content[place : place + length] = bytes([random.choice([0, 255])]) * length
        elif kind == 4:
            other = int(random.integers(len(content)))
            content[place : place + length] = content[other : other + length]
        elif kind == 5:
            content[place : place + 8] = int(random.integers(0, 2**20)).to_bytes(8, "little")
        elif random.random() < 0.2:
            del content[max(1, place) :]
    return bytes(content)


def use(store):
    """Ask for everything that a store has; what comes has the shapes that it should."""
    tiles = mh.open_tiles(store)
    size = tiles.tile_size
    assert tiles.read().shape == (len(tiles), size, size, 3)
    assert len(tiles.names) == len(tiles.fingerprints) == len(tiles)
    assert all(isinstance(text, str) for pair in tiles.skipped for text in pair)
    assert {len(column) for column in tiles.entries()} == {len(tiles) + len(tiles.skipped)}
    assert str(tiles.photo(0))


def answers(store):
    """Whether a store can be used; if not, that is said in a short sentence."""
    try:
        use(store)
    except mh.MosaicError as error:
        assert len(str(error)) < 500
        return False
    return True


@pytest.mark.fuzz
def test_spoilt_stores(whole, tmp_path):
    content, store = whole.read_bytes(), tmp_path / "t.h5"
    counts = Counter()
    for number in rounds():
        store.write_bytes(spoil(content, np.random.default_rng(number)))
        counts[answers(store)] += 1
    print(f"{counts[False]:,} refused, {counts[True]:,} answered")


def strange(random):
    kind = str(random.choice(["u1", "f8", "S16", "S3"]))
    values = (
        np.zeros(random.integers(0, 4, random.integers(0, 5)), kind),
        "x" * int(random.integers(3) * 10_000),
        h5py.Empty("f4"),
        np.array([b"../..", b"/etc"] * 3, object)[: random.integers(7)],
    )
    return values[random.integers(len(values))]


def rebuild(file, random):
    """Change what HDF5 can say: kinds, shapes, pieces, links, attributes."""
    names = ["tiles", "photos", "skipped"]
    names += [
        f"{group}/{name}"
        for group in names[1:]
        for name in getattr(file[group], "keys", list)()
    ]
    name = str(random.choice(names))
    value = strange(random)
    kind = random.integers(7)
    if kind == 0:
        file.attrs[str(random.choice(["format", "recipe", "root"]))] = value
        return
    readable = kind <= 2 and isinstance(data := file[name], h5py.Dataset) and data.nbytes < 1e6
    if kind == 1 and readable:
        old = data[()]
        del file[name]
        count = int(random.integers(0, 9))
        file.create_dataset(
            name, data=np.resize(old, (count, *old.shape[1:])), dtype=data.dtype
        )
        return
    if kind == 2 and readable:
        old = data[()]
        del file[name]
        file.create_dataset(name, data=old, chunks=True, maxshape=(None, *old.shape[1:]))
        return
    del file[name]
    if kind == 3:
        file[name] = h5py.SoftLink(
            str(random.choice(["/tiles", "/photos/name", "/nowhere", name]))
        )
    elif kind == 4:
        file[name] = h5py.ExternalLink(file.filename, "/tiles")
    elif kind == 5:
        shape = tuple(int(n) for n in random.integers(0, 10**6, random.integers(1, 5)))
        file.create_dataset(name, shape, random.choice(["u1", "S16"]), chunks=True)
    else:
        file[name] = value


@pytest.mark.fuzz
def test_stores_that_are_built_otherwise(whole, tmp_path):
    store = tmp_path / "t.h5"
    tiles = mh.open_tiles(whole)
    end = tiles._offset + tiles.read().nbytes
    counts = Counter()
    for number in rounds():
        random = np.random.default_rng(number)
        shutil.copy(whole, store)
        with h5py.File(store, "r+") as file:
            for _ in range(random.integers(1, 3)):
                try:
                    rebuild(file, random)
                except Exception:
                    break  # what was changed before does not allow it
        if random.random() < 0.9:  # a stranger may know our checksum
            sign(store, tiles._offset, min(end, os.path.getsize(store)))
        counts[answers(store)] += 1
    print(f"{counts[False]:,} refused, {counts[True]:,} answered")


@pytest.mark.fuzz
def test_spoilt_segments_are_done_again(tmp_path):
    checkpoint = Checkpoint(tmp_path / "t.h5", "r")
    tiles = np.arange(5 * 2 * 2 * 3, dtype=np.uint8).reshape(5, 2, 2, 3)
    names, count = list("abcde"), 0
    with checkpoint.lock():
        path = checkpoint.save(Batch(names, names, [""] * 5, tiles)).tiles.path
        content = Path(path).read_bytes()
        for number in rounds(1):
            Path(path).write_bytes(spoilt := spoil(content, np.random.default_rng(number)))
            found = list(checkpoint.batches())
            assert os.path.exists(path) == bool(found) == (spoilt == content)
            for batch in found:
                np.testing.assert_array_equal(batch.tiles.read(slice(None)), tiles)
            count += 1
        Path(path).write_bytes(b"")
        assert not list(checkpoint.batches())
    print(f"{count:,} segments")


@pytest.mark.fuzz
def test_strange_locks(photos, tmp_path):
    """Whatever lies where the lock should be: a run, or a sentence, and nothing is lost."""
    lock, notes, count = tmp_path / "t.h5.lock", tmp_path / "notes", 0
    notes.write_text("precious")
    for number in rounds(1):
        random = np.random.default_rng(number)
        kind = random.integers(6)
        if kind == 0:
            lock.write_bytes(random.bytes(random.integers(200)))
        elif kind == 1:
            lock.write_text(f"{random.integers(10**6)} {random.integers(10**10)} host")
        elif kind == 2:
            lock.mkdir()
        elif kind == 3:
            lock.symlink_to(random.choice([str(notes), "nowhere", str(lock), str(tmp_path)]))
        elif kind == 4:
            os.link(notes, lock)
        elif kind == 5 and hasattr(os, "mkfifo"):
            os.mkfifo(lock)
        try:
            assert len(mh.build_tiles(photos[:2], tmp_path / "t.h5", 4, progress=False)) == 2
        except mh.MosaicError as error:
            assert "t.h5.lock" in str(error)
            assert kind in (2, 3, 5)
        assert notes.read_text() == "precious"
        if lock.is_dir() and not lock.is_symlink():
            lock.rmdir()
        lock.unlink(missing_ok=True)
        count += 1
    print(f"{count:,} locks")

"""The file that keeps a tile set: HDF5, opened without being loaded.

Data set ``tiles`` holds the pixels, shape (n, size, size, 3); the groups ``photos`` and
``skipped`` say which photo each tile was made from, and why the other photos have none.

It is written whole and replaced at once, so nobody needs to lock it: it can be read while
another program has it open, and where the file system knows no locks.

HDF5 believes what it reads: one wrong bit may let it search for ever, or crash. So the file
begins with a head of our own, in what HDF5 calls the user block, that has a checksum of all
but the tiles. It is compared first.
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path

import h5py
import numpy as np

from ..errors import MosaicError, atomic_write, check_path, reserve_space
from ..photos import remote
from .index import KEY, portable_path
from .structure import check_structure

_FAMILY = "photo-mosaic tiles "
_FORMAT = _FAMILY + "3"
_HEAD = 512  # bytes
_HDF5 = b"\x89HDF\r\n\x1a\n"  # how its files begin
_NAMES = 512  # bytes that name, fingerprint and digest of a photo take at most, or nearly
_PIECE = 2**20  # bytes of tiles in memory while they are copied


class OutdatedTilesError(MosaicError):
    """The tile set was made by a version of this package with another format."""


class TileSet:
    """Tiles in a file, read when they are asked for.

    Attributes
    ----------
    path : pathlib.Path
        The HDF5 file. Its data set ``tiles`` has shape (n, size, size, 3).
    tile_size : int
        Pixels on a side of a tile.
    root : pathlib.Path, or str for an address
        The folder that the names of the photos start from. If it is in the folder of the
        file, or in the folder above, both may be moved together. Like the names it is only
        what the file says; `build_tiles` reads the photos that it is given.
    recipe : str
        What the tiles depend on besides the photos.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self._file = resolve_store(self.path)  # whole: the working folder may change
        with _open_store(self._file, self.path) as (store, file):
            self._state = _file_state(file)
            check_structure(store, file)
            self._shape = store["tiles"].shape
            self.tile_size = self._shape[1]
            self.root = _find_root(store.attrs["root"], self._file)
            self.recipe = store.attrs["recipe"]
            # Tiles lie in the file one after the other. Knowing where they begin, any of
            # them can be read at once, and no file stays open meanwhile.
            self._offset = store["tiles"].id.get_offset()
            columns = (store[f"photos/{name}"][()] for name in ("fingerprint", "digest"))
            content = hashlib.blake2b(b"".join(column.tobytes() for column in columns))
        self._content = (self._shape, self._offset, self.recipe, content.digest())

    def __len__(self) -> int:
        return self._shape[0]

    def __repr__(self) -> str:
        skipped = f", {len(self.skipped):,} skipped" if self.skipped else ""
        size = self.tile_size
        return f"<TileSet: {len(self):,} tiles of {size} × {size} pixels{skipped}>"

    @cached_property
    def names(self) -> list[str]:
        """Names of the photos, below `root`, one for each tile."""
        return self._strings("photos/name")

    @cached_property
    def skipped(self) -> list[tuple[str, str]]:
        """(name, reason) of each photo that has no tile."""
        pairs = zip(self._strings("skipped/name"), self._strings("skipped/reason"), strict=True)
        return list(pairs)

    @cached_property
    def fingerprints(self) -> np.ndarray:
        """Fingerprints of the photos, one for each tile: shape (n,), dtype S16."""
        with self._open() as store:
            return store["photos/fingerprint"][()]

    def photo(self, index: int) -> Path | str:
        """Path or address of the photo that tile number `index` was made from."""
        name = self.names[index]
        if problem := remote.name_problem(name, portable=False):
            raise MosaicError(f"'{name}' in '{self.path}' {problem}: make the tiles again.")
        return remote.join(self.root, name)

    def read(self, indices=slice(None)) -> np.ndarray:
        """Read tiles.

        Parameters
        ----------
        indices : slice or array of int, shape (k,)
            Which tiles; all of them if not given.

        Returns
        -------
        numpy.ndarray, shape (k, size, size, 3), dtype uint8
            sRGB.

        Raises
        ------
        MosaicError
            If the file is gone, or was replaced or cut short since it was opened.
        """
        rows = np.arange(len(self))[indices]
        tiles = np.empty((*rows.shape, *self._shape[1:]), np.uint8)
        rows, nbytes = rows.ravel(), math.prod(self._shape[1:])
        view = tiles.reshape(-1).data
        # Not mapped to memory: if another program cut the file short, that would end us.
        reading = _saying_what_is_wrong(self.path, opened=True)
        with reading, open(self._file, "rb", buffering=0) as file:
            self._refuse_changed(_file_state(file))
            for row, first, end in _runs(rows):
                file.seek(self._offset + nbytes * row)
                _fill(view[nbytes * first : nbytes * end], file)
            self._refuse_changed(_file_state(file))
        return tiles

    def blocks(self, count: int = 1000) -> Iterator[np.ndarray]:
        """All tiles in order, at most `count` at a time, as `read` gives them."""
        for start in range(0, len(self), count):
            yield self.read(slice(start, start + count))

    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fingerprints, digests and rows of all photos; skipped ones come first.

        A duplicate has the row of the tile with its digest, and an unusable photo -1.
        """
        with self._open() as store:
            digests, skipped = store["photos/digest"][()], store["skipped/digest"][()]
            fingerprints = store["skipped/fingerprint"][()], self.fingerprints
        order = np.argsort(digests)
        closest = np.searchsorted(digests, skipped, sorter=order).clip(max=len(self) - 1)
        rows = np.where(digests[order[closest]] == skipped, order[closest], -1)
        return (
            np.concatenate(fingerprints),
            np.concatenate([skipped, digests]),
            np.concatenate([rows, np.arange(len(self))]),
        )

    def _strings(self, name):
        with self._open() as store:
            return [os.fsdecode(value) for value in store[name][()]]

    @contextmanager
    def _open(self):
        with _open_store(self._file, self.path, opened=True) as (store, file):
            self._refuse_changed(_file_state(file))
            yield store

    def _refuse_changed(self, state):
        """A new file has other tiles at the same places; the same one may have a new time."""
        if state == self._state:
            return
        if TileSet(self._file)._content != self._content:
            raise MosaicError(
                f"'{self.path}' was replaced after it was opened: open it again with "
                "open_tiles."
            )
        self._state = state


def _runs(rows):
    """(row, its place, place after the last) of rows that follow each other."""
    starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
    ends = [*starts[1:].tolist(), len(rows)]
    return zip(rows[starts].tolist(), starts.tolist(), ends, strict=True) if len(rows) else ()


def _fill(view, file):
    """Read as many bytes as fit; a file that ends too early is being written, or cut short."""
    while count := file.readinto(view):
        if count == len(view):
            return
        view = view[count:]
    raise EOFError("it ends too early")


def open_tiles(path: str | os.PathLike) -> TileSet:
    """Open a tile set that `build_tiles` made.

    The tiles stay in the file until they are read, so this takes milliseconds.

    Parameters
    ----------
    path : path-like
        The HDF5 file; ``~`` is understood.

    Returns
    -------
    TileSet

    Raises
    ------
    MosaicError
        If there is no such file, or it is damaged, something else, or was made by another
        version of this package.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tiles = mh.open_tiles("data/tiles.h5")
    >>> tiles
    <TileSet: 60 tiles of 32 × 32 pixels, 4 skipped>
    >>> tiles.read([0, 59]).shape
    (2, 32, 32, 3)
    >>> tiles.photo(0).name
    'IMG_00000.jpg'
    """
    return TileSet(check_path(path, "tile set"))


def resolve_store(path: str | os.PathLike) -> Path:
    """The whole path of a store; if it is a link, that of the file that it leads to."""
    return Path(os.path.realpath(path) if os.path.islink(path) else os.path.abspath(path))


def _find_root(text, path):
    if remote.is_url(text):
        return text
    return Path(os.path.normpath(os.path.join(path.parent, text)))


def _file_state(file):
    """Something that changes when what a path leads to is another file than this open one."""
    status = os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def _open_store(path, shown, opened=False):
    """Open the file for reading; says in a sentence what is wrong with it."""
    with _saying_what_is_wrong(shown, opened):
        if not path.is_file() and path.exists():
            raise MosaicError(f"'{shown}' is not a file: give the one that build_tiles made.")
        # HDF5 gets an open file, as it would lock a path, or refuse it if it is open already.
        with open(path, "rb") as file:
            _check_head(file, shown)
            with h5py.File(file, "r") as store:
                yield store, file


def _check_head(file, shown):
    """Refuse what is not ours, of another version, or has changed since it was written."""
    begin = file.read(2**16)
    name, _, rest = begin[:_HEAD].partition(b"\n")
    if not begin.startswith((_FAMILY.encode(), _HDF5)):
        raise MosaicError(f"'{shown}' is not a tile set: choose another name.")
    if _FAMILY.encode() not in begin:
        raise MosaicError(
            f"'{shown}' is an HDF5 file, and not a tile set: choose another name."
        )
    if name != _FORMAT.encode():
        raise OutdatedTilesError(
            f"'{shown}' was made by another version of this package: make it again with "
            "build_tiles."
        )
    size, start, end, checksum = map(int, rest.split())
    if os.fstat(file.fileno()).st_size < size:
        raise EOFError("truncated")
    if not _HEAD + 24 <= start <= end <= size or checksum != _checksum(file, start, end):
        raise ValueError("it was changed")


def sign(path, start, end):
    """Write the head of a file whose tiles are between these two bytes."""
    with open(path, "r+b") as file:
        checksum = _checksum(file, start, end)
        words = f"{_FORMAT}\n{os.path.getsize(path)} {start} {end} {checksum}\n"
        file.seek(0)
        file.write(words.encode().ljust(_HEAD))


def _checksum(file, start, end):
    """The checksum of all but the head, the tiles, and the flags of who has the file open."""
    flags, size = _HEAD + 20, os.fstat(file.fileno()).st_size
    checksum = 0
    for place, stop in ((_HEAD, flags), (flags + 4, start), (end, size)):
        file.seek(place)
        while piece := file.read(max(0, min(_PIECE, stop - file.tell()))):
            checksum = zlib.crc32(piece, checksum)
    return checksum


@contextmanager
def _saying_what_is_wrong(path, opened=False):
    """Turn what goes wrong while a store is read into a sentence that says which it is."""
    try:
        yield
    except MosaicError:
        raise
    except FileNotFoundError as error:
        raise MosaicError(
            f"'{path}' is gone: it was moved or removed after it was opened. Bring it back, or "
            "make it again with build_tiles."
            if opened
            else f"There is no tile set '{path}': make it with build_tiles."
        ) from error
    except PermissionError as error:
        raise MosaicError(
            f"'{path}' cannot be read: change its permissions, or close it in other programs."
        ) from error
    except (OSError, LookupError, RuntimeError, ValueError, TypeError, EOFError) as error:
        text = str(error) or type(error).__name__
        if "already open" in text:
            message = "is being written by another program: wait, or close it there."
        elif "truncated" in text or isinstance(error, EOFError):
            message = (
                "is cut short: wait if it is being copied; else copy it again, or remove it "
                "and make it again."
            )
        else:
            message = (
                f"is damaged, or another program wrote it ({text.splitlines()[0][:100]}): make "
                "it again with build_tiles after you have removed it, or choose another name."
            )
        raise MosaicError(f"'{path}' {message}") from error
    except MemoryError as error:
        raise MosaicError(
            f"'{path}' asks for more memory than there is: remove it and make it again with "
            "build_tiles, or close other programs."
        ) from error


def write_tiles(path, tiles, entries, skipped, *, recipe, tile_size, root, names):
    """Write the whole file; appears whole or not at all.

    `tiles` and `entries` are of the photos that have a tile, as `PhotoIndex` gives them, and
    `skipped` has (name, reason, fingerprint, digest) of the others.
    """
    count, nbytes = len(entries), tile_size**2 * 3
    with atomic_write(path) as tmp_path:
        with _create_store(tmp_path, count * (nbytes + _NAMES)) as out:
            base = os.path.join(root, "") if not remote.is_url(root) else root
            place = portable_path(base, str(resolve_store(path).parent))
            out.attrs.update(format=_FORMAT, recipe=recipe)
            out.attrs.create("root", os.fsencode(place), dtype=h5py.string_dtype())
            _write_strings(out, "photos/name", names, count)
            out["photos/fingerprint"] = entries["fingerprint"]
            out["photos/digest"] = entries["digest"]
            columns = zip(*skipped, strict=True) if skipped else [()] * 4
            skipped_names, reasons, fingerprints, digests = columns
            _write_strings(out, "skipped/name", skipped_names, len(skipped))
            _write_strings(out, "skipped/reason", reasons, len(skipped))
            out["skipped/fingerprint"] = np.array(fingerprints, KEY)
            out["skipped/digest"] = np.array(digests, KEY)
            data = out.create_dataset("tiles", (count, tile_size, tile_size, 3), np.uint8)
            data[-1, -1, -1, -1] = 0  # now HDF5 sets aside the place for all of them
            offset = data.id.get_offset()
        with open(tmp_path, "r+b") as out:
            # Without it Linux would write all of it to the disk when the file is replaced.
            reserve_space(out, offset + count * nbytes)
            out.seek(offset)
            _copy_tiles(tiles, out, max(1, _PIECE // nbytes))
        sign(tmp_path, offset, offset + count * nbytes)


def _copy_tiles(tiles, out, step):
    for segment, first, end in tiles:
        for start in range(first, end, step):
            out.write(segment.read(slice(start, min(end, start + step))))


@contextmanager
def _create_store(path, count):
    """Open a new HDF5 file for about `count` bytes, or raise the OSError of a full disk.

    HDF5 does not survive a disk that fills up while it writes: it may crash at the exit
    of the process. So the space is reserved first.
    """
    with open(path, "wb") as out:
        reserve_space(out, count)
    try:
        with h5py.File(path, "w", locking=False, userblock_size=_HEAD) as out:
            yield out
    except RuntimeError as error:  # what h5py says if it cannot close a file
        raise OSError(errno.EIO, str(error).splitlines()[0]) from error


def _write_strings(out, name, values, count):
    # As bytes: a file name need not be valid UTF-8.
    data = out.create_dataset(name, (count,), h5py.string_dtype("utf-8"))
    values = map(os.fsencode, values)
    for start in range(0, count, 1000):
        block = np.array(list(islice(values, 1000)), dtype=object)
        data[start : start + len(block)] = block

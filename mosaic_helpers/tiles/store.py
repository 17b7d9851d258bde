"""The file that keeps a tile set: HDF5, opened without being loaded.

Data set ``tiles`` holds the pictures, shape (n, size, size, 3); the groups ``photos``
and ``skipped`` say where each came from, and what became of the others.
"""

import errno
import os
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path

import h5py
import numpy as np

from ..errors import MosaicError, atomic_write, reserve_space
from ..photos import remote
from .index import KEY

_FORMAT = "photo-mosaic tiles 1"
_NAMES = 512  # bytes that the name, stamp and digest of a photo take at most, or nearly


class TileSet:
    """Tiles in a file, read when they are asked for.

    Attributes
    ----------
    path : pathlib.Path
        The HDF5 file. Its data set ``tiles`` has shape (n, size, size, 3).
    tile_size : int
        Pixels on a side of a tile.
    root : pathlib.Path, or str for an address
        The folder that the names of the photos start from.
    recipe : str
        What the tiles depend on besides the photos.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._state = _state(self.path)
        with _open_store(self.path) as store:
            self.tile_size = int(store["tiles"].shape[1])
            self.root = remote.as_path(store.attrs["root"])
            self._count = int(store["tiles"].shape[0])
            self.recipe = store.attrs["recipe"]
            # Tiles lie in the file one after the other; knowing where they begin,
            # any of them can be read at once, and no file stays open meanwhile.
            self._offset = store["tiles"].id.get_offset()

    def __len__(self):
        return self._count

    def __repr__(self):
        skipped = f", {len(self.skipped):,} skipped" if self.skipped else ""
        size = self.tile_size
        return f"<TileSet: {len(self):,} tiles of {size} × {size} pixels{skipped}>"

    @cached_property
    def names(self):
        """Names of the photos, below `root`, one for each tile."""
        return self._strings("photos/name")

    @cached_property
    def skipped(self):
        """(name, reason) of each photo that is no tile."""
        pairs = zip(self._strings("skipped/name"), self._strings("skipped/reason"), strict=True)
        return list(pairs)

    @cached_property
    def stamps(self):
        """Stamps of the photos, one for each tile: array of shape (n,), dtype S16."""
        with _open_store(self.path) as store:
            return store["photos/stamp"][()]

    def photo(self, index):
        """Path of the photo that tile number `index` was made of."""
        return remote.join(self.root, self.names[index])

    def read(self, indices=slice(None)):
        """Read tiles.

        Parameters
        ----------
        indices : slice or array of int, shape (k,)
            Which; all of them if not given.

        Returns
        -------
        numpy.ndarray, shape (k, size, size, 3), dtype uint8
            sRGB.
        """
        self._refuse_stale()
        shape = (len(self), self.tile_size, self.tile_size, 3)
        mapped = np.memmap(self.path, np.uint8, "r", offset=self._offset, shape=shape)
        return np.array(mapped[indices])

    def blocks(self, count=1000):
        """All tiles in order, at most `count` at a time, as `read` gives them."""
        for start in range(0, len(self), count):
            yield self.read(slice(start, start + count))

    def tell(self, seen):
        """Add what is known of each photo to a `Seen`, for building the set again."""
        place = self.path, self._offset
        with _open_store(self.path) as store:
            stamps, digests = self.stamps, store["photos/digest"][()]
            doubles, same = store["skipped/stamp"][()], store["skipped/digest"][()]
            # A double has the digest of a tile; what could not be read has none.
            order = np.argsort(digests)
            at = order[np.searchsorted(digests, same, sorter=order).clip(max=len(self) - 1)]
            rows = np.where(digests[at] == same, at, -1)
        seen.add(place, doubles, same, rows)
        seen.add(place, stamps, digests, np.arange(len(self)))

    def _strings(self, name):
        self._refuse_stale()
        with _open_store(self.path) as store:
            return [os.fsdecode(value) for value in store[name][()]]

    def _refuse_stale(self):
        """Whoever made the file anew has put other tiles at the same places."""
        if _state(self.path) != self._state:
            raise MosaicError(
                f"'{self.path}' was made anew since it was opened: open_tiles opens it again."
            )


def open_tiles(path):
    """Open a tile set that `build_tiles` made.

    Parameters
    ----------
    path : path-like
        The HDF5 file.

    Returns
    -------
    TileSet

    Raises
    ------
    MosaicError
        If there is no such file, or it is damaged or something else.
    """
    return TileSet(Path(path).expanduser())


def _state(path):
    """What changes when the file is replaced."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def _open_store(path):
    """Open the file for reading; whatever is wrong with it is said in a sentence."""
    try:
        with h5py.File(path, "r") as store:
            if store.attrs["format"] != _FORMAT:
                raise KeyError("format")
            yield store
    except FileNotFoundError as error:
        raise MosaicError(
            f"There is no tile set '{path}': make it with build_tiles."
        ) from error
    except PermissionError as error:
        raise MosaicError(f"'{path}' may not be read: change its permissions.") from error
    except (OSError, LookupError, RuntimeError, ValueError, TypeError) as error:
        raise MosaicError(
            f"'{path}' is no tile set, or a damaged one: move it away and make it again "
            "with build_tiles, or choose another name."
        ) from error


def write_tiles(path, recipe, size, root, names, found, seen, skipped):
    """Write the whole file beside its place, then move it there.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    recipe : str
        What the tiles depend on besides the photos.
    tile_size : int
        Pixels on a side of a tile.
    root : pathlib.Path
        The folder that the names start from.
    names : iterable of str
        The photos that are tiles, in order.
    found : numpy.ndarray, shape (n,)
        The same photos as `Seen.look_up` gives them.
    seen : Seen
        Knows where their tiles are.
    skipped : list of (name, reason, stamp, digest)
        The other photos.
    """
    count, nbytes = len(found), size**2 * 3
    with atomic_write(path) as half:
        with _with_room(half, count * (nbytes + _NAMES)) as out:
            out.attrs.update(format=_FORMAT, recipe=recipe, root=str(root))
            _write_strings(out, "photos/name", names, count)
            out["photos/stamp"], out["photos/digest"] = found["stamp"], found["digest"]
            for column, name in enumerate(("name", "reason")):
                some = (row[column] for row in skipped)
                _write_strings(out, f"skipped/{name}", some, len(skipped))
            for column, name in enumerate(("stamp", "digest"), 2):
                out[f"skipped/{name}"] = np.array([row[column] for row in skipped], KEY)
            tiles = out.create_dataset("tiles", (count, size, size, 3), np.uint8)
            tiles[-1, -1, -1, -1] = 0  # now HDF5 sets aside the place for all of them
            offset = tiles.id.get_offset()
        with open(half, "r+b") as out:
            # Without it Linux would write all of it to the disk when the file is replaced.
            reserve_space(out, offset + count * nbytes)
            out.seek(offset)
            seen.copy_tiles(found, nbytes, out)


@contextmanager
def _with_room(path, count):
    """Open a new HDF5 file for about `count` bytes, or raise the OSError of a full disk.

    HDF5 does not survive a disk that fills up while it writes: it may crash at the exit
    of the process. So the room is asked for first.
    """
    with open(path, "wb") as out:
        reserve_space(out, count)
    try:
        with h5py.File(path, "w") as out:
            yield out
    except RuntimeError as error:  # what h5py says if it cannot close a file
        raise OSError(errno.EIO, str(error).splitlines()[0]) from error


def _write_strings(out, name, values, count):
    # As bytes: a file name need not be valid UTF-8.
    data = out.create_dataset(name, (count,), h5py.string_dtype("utf-8"))
    values = map(os.fsencode, values)
    for start in range(0, count, 1000):
        some = np.array(list(islice(values, 1000)), dtype=object)
        data[start : start + len(some)] = some

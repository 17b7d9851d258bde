"""The file that keeps a tile set: HDF5, opened without being loaded.

Data set ``tiles`` holds the pixels, shape (n, size, size, 3); the groups ``photos`` and
``skipped`` say which photo each tile was made from, and why the other photos have none.
"""

from __future__ import annotations

import errno
import os
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

_FAMILY = "photo-mosaic tiles "
_FORMAT = _FAMILY + "2"
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
        file, or in the folder above, both may be moved together.
    recipe : str
        What the tiles depend on besides the photos.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self._state = _file_state(self.path)
        with _open_store(self.path) as store:
            self._shape = store["tiles"].shape
            self.tile_size = self._shape[1]
            self.root = _find_root(store.attrs["root"], self.path)
            self.recipe = store.attrs["recipe"]
            # Tiles lie in the file one after the other. Knowing where they begin, any of
            # them can be read at once, and no file stays open meanwhile.
            self._offset = store["tiles"].id.get_offset()

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
        with _open_store(self.path) as store:
            return store["photos/fingerprint"][()]

    def photo(self, index: int) -> Path | str:
        """Path or address of the photo that tile number `index` was made from."""
        return remote.join(self.root, self.names[index])

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
            If the file was replaced since it was opened.
        """
        self._refuse_replaced()
        mapped = np.memmap(self.path, np.uint8, "r", offset=self._offset, shape=self._shape)
        return np.array(mapped[indices])

    def blocks(self, count: int = 1000) -> Iterator[np.ndarray]:
        """All tiles in order, at most `count` at a time, as `read` gives them."""
        for start in range(0, len(self), count):
            yield self.read(slice(start, start + count))

    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fingerprints, digests and rows of all photos; skipped ones come first.

        A duplicate has the row of the tile with its digest, and an unusable photo -1.
        """
        with _open_store(self.path) as store:
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
        self._refuse_replaced()
        with _open_store(self.path) as store:
            return [os.fsdecode(value) for value in store[name][()]]

    def _refuse_replaced(self):
        """A new file has other tiles at the same places."""
        if _file_state(self.path) != self._state:
            raise MosaicError(
                f"'{self.path}' was replaced after it was opened: open it again with "
                "open_tiles."
            )


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


def _find_root(text, path):
    if remote.is_url(text):
        return text
    return Path(os.path.normpath(os.path.join(os.path.abspath(path.parent), text)))


def _file_state(path):
    """Something that changes when the file is replaced."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def _open_store(path):
    """Open the file for reading; says in a sentence what is wrong with it."""
    try:
        with h5py.File(path, "r") as store:
            found = str(store.attrs["format"])
            if not found.startswith(_FAMILY):
                raise ValueError(found)
            if found != _FORMAT:
                raise OutdatedTilesError(
                    f"'{path}' was made by another version of this package: make it again "
                    "with build_tiles."
                )
            yield store
    except FileNotFoundError as error:
        raise MosaicError(
            f"There is no tile set '{path}': make it with build_tiles."
        ) from error
    except PermissionError as error:
        raise MosaicError(f"'{path}' cannot be read: change its permissions.") from error
    except MosaicError:
        raise
    except (OSError, LookupError, RuntimeError, ValueError, TypeError) as error:
        raise MosaicError(
            f"'{path}' is not a tile set, or is damaged: move it away and make it again with "
            "build_tiles, or choose another name."
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
            place = portable_path(base, os.path.abspath(path.parent))
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
        with h5py.File(path, "w") as out:
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

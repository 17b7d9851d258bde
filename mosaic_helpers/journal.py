"""What has been done so far, kept where a killed run cannot harm it.

While tiles are made, every finished batch becomes one small file beside the store.
Each appears whole or not at all, so at whatever moment a run ends, the next one finds
what was finished and goes on from there.
"""

import glob
import hashlib
import os
import platform
import time
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from . import remote
from .errors import MosaicError, writing

_COLUMNS = ("stamps", "digests", "reasons")


@dataclass(frozen=True)
class Batch:
    """What became of some photos, in their order.

    Attributes
    ----------
    stamps : list of str
        Path, size in bytes and time of change of each photo, in one string each.
    digests : list of str
        Of the content; empty if it could not be read.
    reasons : list of str
        Why a photo cannot be used; empty for those that can.
    tiles : numpy.ndarray, shape (b, size, size, 3), dtype uint8
        One for each photo, blank where it cannot be used.
    """

    stamps: list
    digests: list
    reasons: list
    tiles: np.ndarray


@dataclass(frozen=True)
class Entry:
    """Where the tile of one photo is found: row `row` of `source.read`."""

    digest: str
    reason: str
    source: object
    row: int


def stamps(photos):
    """Tell whether photos are still the ones that were seen, without reading them."""
    urls = [photo for photo in photos if remote.is_url(photo)]
    known = dict(zip(urls, remote.states(urls), strict=True))
    return [
        f"{photo}|{known[photo] or 'missing'}" if photo in known else stamp(photo)
        for photo in photos
    ]


def stamp(photo):
    """Tell whether a photo on this machine is still the one that was seen."""
    try:
        status = os.stat(photo)
    except OSError:
        return f"{os.path.abspath(photo)}|missing"
    return f"{os.path.abspath(photo)}|{status.st_size}|{status.st_mtime_ns}"


class Part:
    """One finished batch in its file."""

    def __init__(self, path):
        self.path = path

    def read(self, rows):
        """Tiles at `rows`, shape (len(rows), size, size, 3), dtype uint8."""
        with np.load(self.path) as part:
            return part["tiles"][rows]

    def entries(self):
        """Every photo in it: {stamp: Entry}."""
        with np.load(self.path) as part:
            return self.entries_of(*(part[name].tolist() for name in _COLUMNS))

    def entries_of(self, stamps, digests, reasons):
        """The same for who knows what is in it and need not read it."""
        rows = enumerate(zip(stamps, digests, reasons, strict=True))
        return {mark: Entry(digest, reason, self, row) for row, (mark, digest, reason) in rows}


class Journal:
    """The finished batches of one store.

    Parameters
    ----------
    store : pathlib.Path
        The file that the tiles are for; the journal is a folder beside it.
    recipe : str
        What else the tiles depend on, such as their size. Batches made by another
        recipe are passed over.
    """

    def __init__(self, store, recipe):
        self.store = store
        self.folder = Path(f"{store}.parts")
        self.recipe = recipe

    def entries(self):
        """Every photo done so far: {stamp: Entry}."""
        known = {}
        for path in sorted(self.folder.glob(f"{self.recipe}-*.npz")):
            try:
                known.update(Part(path).entries())
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                path.unlink()  # damaged from outside: its photos are done again
        return known

    def add(self, batch):
        """Keep a batch; returns its entries as {stamp: Entry}."""
        key = hashlib.blake2b("\n".join(batch.stamps).encode(errors="surrogateescape"))
        path = self.folder / f"{self.recipe}-{key.hexdigest()[:32]}.npz"
        half = path.with_suffix(f".{os.getpid()}.tmp")
        columns = {name: np.array(getattr(batch, name), str) for name in _COLUMNS}
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with open(half, "wb") as out:
                    np.savez(out, tiles=batch.tiles, **columns)
                os.replace(half, path)
            finally:
                half.unlink(missing_ok=True)  # on a full disk it would stand in the way
        return Part(path).entries_of(batch.stamps, batch.digests, batch.reasons)

    def clear(self):
        """Forget what is in the store now, but not what belongs to another recipe."""
        for path in self.folder.glob(f"{self.recipe}-*"):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # not there, or not empty
            self.folder.rmdir()
        # What runs have left that were killed while they wrote the store.
        for path in self.store.parent.glob(f".{glob.escape(self.store.name)}.*.tmp"):
            path.unlink(missing_ok=True)

    @contextmanager
    def held(self):
        """Keep other processes from making the same store at the same time."""
        lock = Path(f"{self.store}.lock")
        with writing(lock):
            lock.parent.mkdir(parents=True, exist_ok=True)
            while True:
                try:
                    with open(lock, "x") as file:
                        file.write(_holder(os.getpid()))
                    break
                except FileExistsError:
                    _refuse_if_alive(lock, self.store)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _holder(pid):
    """Name a process so that a later one with the same number is not taken for it."""
    return f"{pid} {psutil.Process(pid).create_time():.0f} {platform.node()}"


def _refuse_if_alive(lock, store):
    """Say that another run is at work, or remove the lock of one that was killed."""
    with suppress(FileNotFoundError):
        content = lock.read_text()
        pid, _, host = (content + "  ").split(" ", 2)
        try:
            alive = host.strip() != platform.node() or _holder(int(pid)) == content
        except (ValueError, psutil.Error):
            # Empty for the moment between being made and being written.
            alive = not content and time.time() - lock.stat().st_mtime < 10
        if alive:
            raise MosaicError(
                f"Another run (process {pid or 'just begun'}) is making '{store}': wait until "
                f"it is done, or choose another file. If it is not so, remove '{lock}'."
            )
        lock.unlink()

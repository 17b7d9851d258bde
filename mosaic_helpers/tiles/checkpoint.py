"""What has been done so far, kept where a killed run cannot harm it.

While tiles are made, every finished batch becomes one small file beside the store.
Each appears whole or not at all, so at whatever moment a run ends, the next one finds
what was finished and goes on from there.
"""

import glob
import hashlib
import json
import math
import os
import platform
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from ..errors import MosaicError, reporting_write_errors

_COLUMNS = ("stamps", "digests", "reasons")


@dataclass(frozen=True)
class Batch:
    """What became of some photos, in their order.

    Attributes
    ----------
    stamps : list of str
        From `stamps`, or whatever the photos were marked with.
    digests : list of str
        Of the content; empty if it could not be read.
    reasons : list of str
        Why a photo cannot be used; empty for those that can.
    tiles : numpy.ndarray, shape (b, size, size, 3), dtype uint8
        One for each photo, blank where it cannot be used; None if they are in a file.
    place : (str, int)
        That file, and the byte in it from which they lie one after the other.
    """

    stamps: list
    digests: list
    reasons: list
    tiles: np.ndarray
    place: tuple = None


@dataclass(frozen=True)
class Shelf:
    """Where batches are put: what a worker needs to know of a journal, as text.

    Attributes
    ----------
    folder, recipe : str
        Of the journal.
    lock, holder : str
        The file that is there as long as the run lasts, and what is in it.
    """

    folder: str
    recipe: str
    lock: str
    holder: str

    def is_here(self):
        """Whether this process sees the folder of the run, and the run goes on."""
        with suppress(OSError):
            return Path(self.lock).read_text() == self.holder
        return False

    def put(self, batch):
        """Write a batch to a file of its own, and return it without its tiles."""
        key = hashlib.blake2b("\n".join(batch.stamps).encode(), digest_size=16).hexdigest()
        path = os.path.join(self.folder, f"{self.recipe}-{key}.part")
        half = f"{path[:-5]}.{os.getpid()}.tmp"
        # One line of JSON, and then the tiles as they are.
        columns = {name: getattr(batch, name) for name in _COLUMNS}
        head = json.dumps({**columns, "shape": batch.tiles.shape}).encode() + b"\n"
        try:
            with open(half, "wb") as out:
                out.write(head)
                out.write(batch.tiles)
            os.replace(half, path)
        finally:
            with suppress(OSError):
                os.unlink(half)  # on a full disk it would stand in the way
        return Batch(**columns, tiles=None, place=(path, len(head)))


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

    def tell(self, seen):
        """Add every photo done so far to a `Seen`."""
        for path in sorted(self.folder.glob(f"{self.recipe}-*.part")):
            try:
                with open(path, "rb") as part:
                    head, start = json.loads(part.readline()), part.tell()
                    whole = start + math.prod(head["shape"]) == os.fstat(part.fileno()).st_size
                if not whole:
                    raise ValueError("cut short")
                _tell(seen, (path, start), *(head[name] for name in _COLUMNS))
            except (OSError, ValueError, LookupError, TypeError):
                path.unlink()  # damaged from outside: its photos are done again

    def add(self, batch, seen):
        """Add the photos of a batch to a `Seen`, and keep their tiles if none did it yet."""
        if batch.place is None:
            with reporting_write_errors(self.folder):
                batch = self.shelf.put(batch)
        _tell(seen, batch.place, batch.stamps, batch.digests, batch.reasons)

    def clear(self):
        """Forget what is in the store now, but not what belongs to another recipe."""
        for path in self.folder.glob(f"{self.recipe}-*"):
            path.unlink(missing_ok=True)
        # What runs have left that were killed while they wrote the store.
        for path in self.store.parent.glob(f".{glob.escape(self.store.name)}.*.tmp"):
            path.unlink(missing_ok=True)

    @contextmanager
    def held(self):
        """Keep other processes from making the same store at the same time."""
        lock, holder = Path(os.path.abspath(f"{self.store}.lock")), _holder(os.getpid())
        self.shelf = Shelf(os.path.abspath(self.folder), self.recipe, str(lock), holder)
        with reporting_write_errors(lock):
            lock.parent.mkdir(parents=True, exist_ok=True)
            while True:
                try:
                    with open(lock, "x") as file:
                        file.write(holder)
                    break
                except FileExistsError:
                    _refuse_if_alive(lock, self.store)
            self.folder.mkdir(exist_ok=True)
        try:
            yield
        finally:
            with suppress(OSError):  # not empty: there is work to go on with
                self.folder.rmdir()
            lock.unlink(missing_ok=True)


def _tell(seen, place, stamps, digests, reasons):
    rows = [-1 if reason else row for row, reason in enumerate(reasons)]
    seen.add(place, stamps, digests, rows)
    told = zip(stamps, reasons, strict=True)
    seen.reasons |= {mark.encode(): reason for mark, reason in told if reason}


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

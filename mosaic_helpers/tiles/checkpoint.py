"""The checkpoint of a run: what is finished, kept where a killed run cannot harm it.

While tiles are made, every finished batch becomes a small file, a **segment**, in a folder
beside the store. Each appears whole or not at all, so whenever a run ends, the next one finds
what was finished and continues from there.

A segment is one line of JSON, then the bytes of its tiles. Nobody else reads or writes it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import platform
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil

from ..errors import MosaicError, atomic_write, remove_stale, reporting_write_errors

_COLUMNS = ("fingerprints", "digests", "reasons")


@dataclass(frozen=True)
class Segment:
    """The tiles of a batch in their file."""

    path: str
    offset: int  # the byte at which the tiles begin
    shape: tuple  # (b, size, size, 3)

    def read(self, rows):
        """Read the tiles of a slice of rows."""
        start, stop, _ = rows.indices(self.shape[0])
        nbytes = math.prod(self.shape[1:])
        count, offset = (stop - start) * nbytes, self.offset + start * nbytes
        tiles = np.fromfile(self.path, np.uint8, count, offset=offset)
        if len(tiles) != count:
            raise OSError(errno.EIO, f"'{self.path}' is cut short")
        return tiles.reshape(-1, *self.shape[1:])


@dataclass(frozen=True)
class Batch:
    """The tiles of some photos, or the reasons why they have none, in their order."""

    fingerprints: list  # as they were given to make_batch
    digests: list  # of the content; empty if it could not be read
    reasons: list  # why a photo cannot be used; empty if it can
    tiles: np.ndarray | Segment  # (b, size, size, 3)


class Checkpoint:
    """The finished batches of one store, and the lock that keeps other runs away.

    A recipe is what the tiles depend on besides the photos, such as their size; batches of
    another one are left alone. Workers get a copy, and write to the same folder.
    """

    def __init__(self, store, recipe):
        # Texts and not Paths: a Path cannot go to a worker on another system.
        self.store, self.recipe = str(store), recipe
        self._path = os.path.abspath(f"{store}.parts")
        self._lock = os.path.abspath(f"{store}.lock")
        self._owner = _describe_process(os.getpid())  # the content of the lock

    def is_shared_here(self):
        """Whether this process sees the folder of the run, and the run goes on."""
        with suppress(OSError):
            return Path(self._lock).read_text() == self._owner
        return False

    def save(self, batch):
        """Write the tiles of a batch to a segment, unless they are in one; return it so."""
        if isinstance(batch.tiles, Segment):
            return batch
        key = hashlib.blake2b("\n".join(batch.fingerprints).encode(), digest_size=16)
        path = Path(self._path, f"{self.recipe}-{key.hexdigest()}.part")
        columns = {name: getattr(batch, name) for name in _COLUMNS}
        head = json.dumps({**columns, "shape": batch.tiles.shape}).encode() + b"\n"
        with atomic_write(path) as tmp_path, open(tmp_path, "wb") as out:
            out.write(head)
            out.write(batch.tiles)
        return replace(batch, tiles=Segment(str(path), len(head), batch.tiles.shape))

    def batches(self):
        """Yield every finished batch; remove those that are damaged or of an old format."""
        for path in sorted(Path(self._path).glob(f"{self.recipe}-*.part")):
            try:
                yield _open_segment(path)
            except (OSError, ValueError, LookupError, TypeError):
                path.unlink()  # its photos are done again

    def clear(self):
        """Remove what is in the store now, but not what belongs to another recipe."""
        for pattern in (f"{self.recipe}-*", f".{self.recipe}-*"):  # whole, and unfinished
            for path in Path(self._path).glob(pattern):
                path.unlink(missing_ok=True)
        remove_stale(Path(self.store))

    @contextmanager
    def lock(self):
        """Keep other processes from making the same store at the same time."""
        with reporting_write_errors(self._lock):
            os.makedirs(os.path.dirname(self._lock), exist_ok=True)
            while True:
                try:
                    with open(self._lock, "x") as file:
                        file.write(self._owner)
                    break
                except FileExistsError:
                    self._refuse_if_locked()
            os.makedirs(self._path, exist_ok=True)
        try:
            yield
        finally:
            with suppress(OSError):  # not empty: there is work to continue with
                os.rmdir(self._path)
            Path(self._lock).unlink(missing_ok=True)

    def _refuse_if_locked(self):
        """Say that another run is at work, or remove the lock of one that was killed."""
        with suppress(FileNotFoundError):
            lock = Path(self._lock)
            owner = lock.read_text()
            pid, _, host = (owner + "  ").split(" ", 2)
            try:
                alive = host.strip() != platform.node() or _describe_process(int(pid)) == owner
            except (ValueError, psutil.Error):
                # A lock is empty for a moment, between being made and being written.
                alive = not owner and time.time() - lock.stat().st_mtime < 10
            if alive:
                raise MosaicError(
                    f"Another run (process {pid or 'just started'}) is making '{self.store}': "
                    "wait until it has finished, or choose another file. If there is no such "
                    f"run, remove '{lock}'."
                )
            lock.unlink()


def _open_segment(path):
    with open(path, "rb") as part:
        head, offset = json.loads(part.readline()), part.tell()
        size = os.fstat(part.fileno()).st_size
    if offset + math.prod(head["shape"]) != size:
        raise ValueError("cut short")
    columns = {name: head[name] for name in _COLUMNS}
    for column in columns.values():
        if list(map(type, column)) != [str] * head["shape"][0]:
            raise ValueError("not a text for each photo")
    return Batch(**columns, tiles=Segment(str(path), offset, tuple(head["shape"])))


def _describe_process(pid):
    """Identify a process by number, start and host, since numbers are used again."""
    return f"{pid} {psutil.Process(pid).create_time():.0f} {platform.node()}"

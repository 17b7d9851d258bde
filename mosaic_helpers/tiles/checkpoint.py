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
from dataclasses import dataclass
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
        with open(self.path, "rb") as file:
            file.seek(self.offset + start * nbytes)
            content = file.read((stop - start) * nbytes)
        if len(content) != (stop - start) * nbytes:
            raise OSError(errno.EIO, f"'{self.path}' is cut short")
        return np.frombuffer(content, np.uint8).reshape(-1, *self.shape[1:])


@dataclass(frozen=True)
class Batch:
    """The tiles of some photos, or the reasons why they have none, in their order."""

    fingerprints: list  # as they were given to make_batch
    digests: list  # of the content; empty if it could not be read
    reasons: list  # why a photo cannot be used; empty if it can
    tiles: np.ndarray | None  # (b, size, size, 3); None once they are in a segment
    segment: Segment | None = None


@dataclass(frozen=True)
class CheckpointFolder:
    """The folder of a checkpoint: what a worker needs to write a segment."""

    path: str
    recipe: str  # what the tiles depend on besides the photos
    lock: str  # the file that exists while the run lasts
    owner: str  # its content

    def is_shared_here(self):
        """Whether this process sees the folder of the run, and the run goes on."""
        with suppress(OSError):
            return Path(self.lock).read_text() == self.owner
        return False

    def write(self, batch):
        """Write a batch to a segment, and return it without its tiles."""
        key = hashlib.blake2b("\n".join(batch.fingerprints).encode(), digest_size=16)
        path = Path(self.path, f"{self.recipe}-{key.hexdigest()}.part")
        columns = {name: getattr(batch, name) for name in _COLUMNS}
        head = json.dumps({**columns, "shape": batch.tiles.shape}).encode() + b"\n"
        with atomic_write(path) as tmp_path, open(tmp_path, "wb") as out:
            out.write(head)
            out.write(batch.tiles)
        segment = Segment(str(path), len(head), batch.tiles.shape)
        return Batch(**columns, tiles=None, segment=segment)


class Checkpoint:
    """The finished batches of one store, and the lock that keeps other runs away.

    Batches of another recipe, such as another size of tiles, are left alone.
    """

    def __init__(self, store, recipe):
        self.store, self.recipe = store, recipe
        self._path, self._lock = (
            Path(os.path.abspath(f"{store}.{ending}")) for ending in ("parts", "lock")
        )
        self.folder = CheckpointFolder(
            str(self._path), recipe, str(self._lock), _describe_process(os.getpid())
        )

    def batches(self):
        """Yield every finished batch; remove those that are damaged or of an old format."""
        for path in sorted(self._path.glob(f"{self.recipe}-*.part")):
            try:
                yield _open_segment(path)
            except (OSError, ValueError, LookupError, TypeError):
                path.unlink()  # its photos are done again

    def save(self, batch):
        """Write a batch unless its worker did; returns it with its segment."""
        return batch if batch.segment else self.folder.write(batch)

    def clear(self):
        """Remove what is in the store now, but not what belongs to another recipe."""
        for pattern in (f"{self.recipe}-*", f".{self.recipe}-*"):  # whole, and unfinished
            for path in self._path.glob(pattern):
                path.unlink(missing_ok=True)
        remove_stale(self.store)

    @contextmanager
    def lock(self):
        """Keep other processes from making the same store at the same time."""
        with reporting_write_errors(self._lock):
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            while True:
                try:
                    with open(self._lock, "x") as file:
                        file.write(self.folder.owner)
                    break
                except FileExistsError:
                    self._refuse_if_locked()
            self._path.mkdir(exist_ok=True)
        try:
            yield
        finally:
            with suppress(OSError):  # not empty: there is work to continue with
                self._path.rmdir()
            self._lock.unlink(missing_ok=True)

    def _refuse_if_locked(self):
        """Say that another run is at work, or remove the lock of one that was killed."""
        with suppress(FileNotFoundError):
            owner = self._lock.read_text()
            pid, _, host = (owner + "  ").split(" ", 2)
            try:
                alive = host.strip() != platform.node() or _describe_process(int(pid)) == owner
            except (ValueError, psutil.Error):
                # A lock is empty for a moment, between being made and being written.
                alive = not owner and time.time() - self._lock.stat().st_mtime < 10
            if alive:
                raise MosaicError(
                    f"Another run (process {pid or 'just started'}) is making '{self.store}': "
                    "wait until it has finished, or choose another file. If there is no such "
                    f"run, remove '{self._lock}'."
                )
            self._lock.unlink()


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
    return Batch(
        **columns, tiles=None, segment=Segment(str(path), offset, tuple(head["shape"]))
    )


def _describe_process(pid):
    """Identify a process by number, start and host, since numbers are used again."""
    return f"{pid} {psutil.Process(pid).create_time():.0f} {platform.node()}"

"""The checkpoint of a run: what is finished, kept where a killed run cannot harm it.

While tiles are made, every finished batch becomes a small file, a **segment**, in a folder
beside the store. Each appears whole or not at all, so whenever a run ends, the next one finds
what was finished and continues from there.

A segment is a checksum of what follows, one line of JSON, and the bytes of its tiles. So one
that a failure of the power has spoilt is found out. Nobody else reads or writes it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import secrets
import zlib
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import MosaicError, atomic_write, remove_stale, reporting_write_errors
from ..locks import holding

_COLUMNS = ("fingerprints", "digests", "reasons")
_CHECKSUM = 9  # bytes: eight digits and a space
_HEAD = 2**24  # bytes of JSON at most; of 200 photos it has some thousand
_PIECE = 2**20  # bytes that are read at once
_RUN = "run-"  # how the name of the file begins that says that a run goes on


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
        place = os.path.realpath(store)  # two links to one store are one store
        self._path, self._lock = f"{place}.parts", f"{place}.lock"
        self._run = os.path.join(self._path, _RUN + secrets.token_hex(8))

    def is_shared_here(self):
        """Whether this process sees the folder of the run, and the run goes on."""
        return os.path.exists(self._run)

    def save(self, batch):
        """Write the tiles of a batch to a segment, unless they are in one; return it so."""
        if isinstance(batch.tiles, Segment):
            return batch
        key = hashlib.blake2b("\n".join(batch.fingerprints).encode(), digest_size=16)
        path = Path(self._path, f"{self.recipe}-{key.hexdigest()}.part")
        columns = {name: getattr(batch, name) for name in _COLUMNS}
        kind = {"recipe": self.recipe, "shape": batch.tiles.shape}
        head = json.dumps({**columns, **kind}).encode() + b"\n"
        tiles = np.ascontiguousarray(batch.tiles)
        with atomic_write(path) as tmp_path, open(tmp_path, "wb") as out:
            out.write(b"%08x " % zlib.crc32(tiles, zlib.crc32(head)))
            out.write(head)
            out.write(tiles)
        return replace(batch, tiles=Segment(str(path), _CHECKSUM + len(head), tiles.shape))

    def batches(self):
        """Yield every finished batch; remove those that are damaged or of an old format."""
        for path in sorted(Path(self._path).glob(f"{self.recipe}-*.part")):
            try:
                yield _open_segment(path, self.recipe)
            except (OSError, ValueError, LookupError, TypeError, RecursionError):
                with suppress(OSError):  # a folder
                    path.unlink()  # its photos are done again

    def clear(self):
        """Remove what is in the store now, but not what belongs to another recipe."""
        for path in Path(self._path).glob(f"{self.recipe}-*"):
            with suppress(OSError):
                path.unlink()

    @contextmanager
    def lock(self):
        """Keep other runs, of this process too, from making the same store at the same time."""
        with ExitStack() as stack:
            with reporting_write_errors(self._lock):
                os.makedirs(os.path.dirname(self._lock), exist_ok=True)
                mine = stack.enter_context(holding(self._lock))
            if not mine:
                self._refuse()
            stack.callback(self._leave)
            with reporting_write_errors(self._path):
                self._begin()
            yield

    def _refuse(self):
        owner = f"{self._lock}.owner"  # where there are no locks, and perhaps of another host
        hint = f" If there is no such run, remove '{owner}'." if os.path.exists(owner) else ""
        raise MosaicError(
            f"Another run is making '{self.store}': wait until it has finished, or choose "
            f"another file.{hint}"
        )

    def _begin(self):
        os.makedirs(self._path, exist_ok=True)
        for left in Path(self._path).glob(f"{_RUN}*"):  # by a run that was killed
            left.unlink()
        for path in (self.store, self._run):
            remove_stale(path)
        Path(self._run).touch(exist_ok=False)

    def _leave(self):
        with suppress(OSError):
            os.unlink(self._run)
        with suppress(OSError):  # not empty: there is work to continue with
            os.rmdir(self._path)


def _open_segment(path, recipe):
    with open(path, "rb") as part:
        checksum, line = part.read(_CHECKSUM), part.readline(_HEAD)
        found, offset = zlib.crc32(line), part.tell()
        for piece in iter(partial(part.read, _PIECE), b""):
            found = zlib.crc32(piece, found)
        size = part.tell()
    if checksum != b"%08x " % found:
        raise ValueError("damaged")
    head = json.loads(line)
    if head["recipe"] != recipe or offset + math.prod(head["shape"]) != size:
        raise ValueError("not what its name says")
    columns = {name: head[name] for name in _COLUMNS}
    for column in columns.values():
        if list(map(type, column)) != [str] * head["shape"][0]:
            raise ValueError("not a text for each photo")
    return Batch(**columns, tiles=Segment(str(path), offset, tuple(head["shape"])))

"""What is known of each photo, in few bytes for each: there may be a million.

A **fingerprint** stands for the state of a photo's file: its path, its size, and the time of
its last change. It tells, without reading the photo, whether its tile is there already. A
**digest** stands for the content: two photos with the same digest are duplicates.
"""

from __future__ import annotations

import base64
import hashlib
import os
from contextlib import suppress

import numpy as np

from ..photos import remote

KEY = np.dtype("S16")  # a fingerprint or a digest: 96 bits in base64
_ENTRY = np.dtype(
    [("fingerprint", KEY), ("digest", KEY), ("segment", np.int32), ("row", np.int32)]
)
_MISSING = np.array([(b"", b"", -1, -1)], _ENTRY)


def shorten(hashed):
    """Return the first 96 bits of a hash object as text: a fingerprint or a digest."""
    return base64.b64encode(hashed.digest()[:12]).decode()


def fingerprints(photos, folder, paths=None):
    """Compute the fingerprints of photos, without reading them: shape (n,), dtype S16.

    Photos are absolute paths or addresses, and `folder` is that of the store. `paths` are
    where the photos were when the store was made, if they have been moved since.
    """
    urls = [photo for photo in photos if remote.is_url(photo)]
    states = dict(zip(urls, remote.file_states(urls), strict=True))
    found = (
        _fingerprint(portable_path(path, folder), states.get(photo) or _file_state(photo))
        for photo, path in zip(
            photos, paths or map(remote.without_secrets, photos), strict=True
        )
    )
    return np.fromiter(found, KEY, len(photos))


def _fingerprint(path, state):
    return shorten(hashlib.blake2b(os.fsencode(f"{path}|{state}"))).encode()


def _file_state(photo):
    with suppress(OSError):
        status = os.stat(photo)
        # Whole seconds: tar and many copies keep no more of a time.
        return f"{status.st_size}|{status.st_mtime_ns // 10**9}"
    return "missing"


def portable_path(path, folder):
    """Return a path from `folder` on, if it is in it or in the folder above; else whole.

    So photos and tiles that are copied or moved together keep their fingerprints.
    """
    for base, prefix in ((folder + os.sep, ""), (os.path.dirname(folder) + os.sep, "../")):
        if path.startswith(base):
            return prefix + path[len(base) :].replace(os.sep, "/")
    return path


class PhotoIndex:
    """Find the tile of a photo by its fingerprint.

    Tiles lie in `segments`: objects that read some of their rows by ``read(slice)``, such as
    a `TileSet` or a `Segment` of a checkpoint. `reasons` say, by fingerprint, why a photo
    cannot be used.
    """

    def __init__(self):
        self.segments, self.reasons, self._tables = [], {}, [_MISSING]

    def add(self, segment, fingerprints, digests, rows):
        """Add photos whose tiles are in these rows of a segment; -1 if there is no tile."""
        table = np.empty(len(fingerprints), _ENTRY)
        table["fingerprint"], table["digest"], table["row"] = fingerprints, digests, rows
        table["segment"] = len(self.segments)
        self.segments.append(segment)
        self._tables.append(table)

    def add_batch(self, batch):
        """Add the photos of a `Batch` that is in the checkpoint."""
        rows = [-1 if reason else row for row, reason in enumerate(batch.reasons)]
        self.add(batch.tiles, batch.fingerprints, batch.digests, rows)
        for fingerprint, reason in zip(batch.fingerprints, batch.reasons, strict=True):
            if reason:
                self.reasons[fingerprint.encode()] = reason

    def look_up(self, fingerprints):
        """Return what was added last for each fingerprint; the row is -1 if there is no tile.

        The fields are fingerprint, digest, segment (its number) and row.
        """
        table = np.concatenate(self._tables)
        self._tables = [table]
        order = np.argsort(table["fingerprint"], kind="stable")
        last = np.searchsorted(table["fingerprint"], fingerprints, side="right", sorter=order)
        entries = table[order[last - 1]]
        entries[entries["fingerprint"] != fingerprints] = _MISSING
        return entries

    def runs(self, entries):
        """Yield (segment, first row, last row + 1) for entries that follow each other."""
        breaks = (np.diff(entries["segment"]) != 0) | (np.diff(entries["row"]) != 1)
        for run in np.split(entries, np.flatnonzero(breaks) + 1):
            first = int(run["row"][0])
            yield self.segments[run["segment"][0]], first, first + len(run)

"""What is known of photos that were seen, in few bytes for each: there may be a million."""

import base64
import errno
import hashlib
import os
from contextlib import suppress

import numpy as np

from ..photos import remote

KEY = np.dtype("S16")  # a stamp, or the digest of a content: 96 bits as base64 writes them
_SEEN = np.dtype([("stamp", KEY), ("digest", KEY), ("place", np.int32), ("row", np.int32)])
_MISSING = np.array([(b"", b"", -1, -1)], _SEEN)


def key(hashed):
    """Return a stamp or digest, as text, from a hash object."""
    return base64.b64encode(hashed.digest()[:12]).decode()


class Seen:
    """What became of photos, in this run or before it, in few bytes for each.

    Attributes
    ----------
    places : list of (path, int)
        Files, and the byte in them from which tiles lie one after the other.
    reasons : dict of bytes to str
        By its stamp, why a photo cannot be used.
    """

    def __init__(self):
        self.places, self.reasons, self._tables = [], {}, [_MISSING]

    def add(self, place, stamps, digests, rows):
        """Take in photos of which the tiles are at `rows` of a place, or nowhere: -1."""
        table = np.empty(len(stamps), _SEEN)
        table["stamp"], table["digest"], table["row"] = stamps, digests, rows
        table["place"] = len(self.places)
        self.places.append(place)
        self._tables.append(table)

    def look_up(self, stamps):
        """Find photos by their stamps, shape (n,).

        Returns
        -------
        numpy.ndarray, shape (n,)
            With fields stamp, digest, place and row, as they were added last. The row is
            -1 if there is no tile.
        """
        table = np.concatenate(self._tables)
        self._tables = [table]
        order = np.argsort(table["stamp"], kind="stable")
        at = np.searchsorted(table["stamp"], stamps, side="right", sorter=order) - 1
        found = table[order[at]]
        found[found["stamp"] != stamps] = _MISSING
        return found

    def copy_tiles(self, found, nbytes, out):
        """Write tiles of `nbytes` each to a file, whole runs of them at once.

        Parameters
        ----------
        found : numpy.ndarray, shape (n,)
            As `look_up` gives them.
        nbytes : int
            Of one tile.
        out : file
            Open for writing.
        """
        breaks = (np.diff(found["place"]) != 0) | (np.diff(found["row"]) != 1)
        for run in np.split(found, np.flatnonzero(breaks) + 1):
            path, offset = self.places[run["place"][0]]
            left = len(run) * nbytes
            with open(path, "rb") as source:
                source.seek(offset + int(run["row"][0]) * nbytes)
                while left:
                    some = source.read(min(left, 2**20))
                    if not some:
                        raise OSError(errno.EIO, f"'{path}' is cut short")
                    out.write(some)
                    left -= len(some)


def stamps(photos):
    """Tell whether photos are still the ones that were seen, without reading them.

    Parameters
    ----------
    photos : list of str
        Absolute paths, or addresses.

    Returns
    -------
    numpy.ndarray, shape (n,), dtype S16
        Made of each photo's name, its size in bytes and the time of its last change.
    """
    urls = [photo for photo in photos if remote.is_url(photo)]
    states = dict(zip(urls, remote.file_states(urls), strict=True))
    told = (states[photo] if photo in states else _state(photo) for photo in photos)
    marks = (_stamp(photo, state) for photo, state in zip(photos, told, strict=True))
    return np.fromiter(marks, KEY, len(photos))


def _state(photo):
    with suppress(OSError):
        status = os.stat(photo)
        return f"{status.st_size}|{status.st_mtime_ns}"


def _stamp(photo, state):
    text = os.fsencode(f"{photo}|{state or 'missing'}")
    return key(hashlib.blake2b(text)).encode()

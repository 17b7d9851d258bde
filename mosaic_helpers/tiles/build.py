"""The tile set: a thumbnail of every photo, made in parallel, nothing done twice."""

import hashlib
import os
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from ..errors import MosaicError, check_setting, whole_number
from ..parallel import progress_bar, usable_cores
from ..photos.find import MAX_TILE_SIZE, PhotoError, read_photo, thumbnail
from ..photos.remote import common_folder, is_url
from .checkpoint import Batch, Journal
from .index import Seen, key, stamps
from .store import open_tiles, write_tiles

# Raise it when thumbnails come out differently: tiles of the old kind are then redone.
_RECIPE = 2

# So many photos at most are a task. Dask's own milliseconds per task are then little;
# large photos are given out in smaller batches, so that a killed run loses little either.
_BATCH = 200
_PATIENCE = 5  # seconds without a finished batch after which it is asked why


def build_tiles(photos, store, tile_size=64, *, client=None, threads=None, progress=True):
    """Make a tile of every photo and keep them in an HDF5 file.

    The work is done on the cluster of `client`, or else by threads of this process;
    the tiles are the same to the byte. A run that was interrupted is taken up where
    it ended, and photos that have not changed since they were last seen are not read
    again. Exact doubles make one tile.

    Parameters
    ----------
    photos : sequence of path-like
        From `list_photos` or `paint_cats`; tiles come in this order.
    store : path-like
        The HDF5 file, such as ``data/tiles.h5``.
    tile_size : int
        Pixels on a side of a tile.
    client : distributed.Client, optional
        From `start_cluster`.
    threads : int, optional
        Without a client: how many threads; as many as cores if not given.
    progress : bool
        Show how far it is.

    Returns
    -------
    TileSet
        Its ``skipped`` lists the photos that are no tile, each with the reason.

    Raises
    ------
    MosaicError
        If there are no usable photos, the size is not possible, or the file cannot be
        written or is not a tile set.
    """
    tile_size = whole_number(tile_size, "tile size", 1, MAX_TILE_SIZE)
    if isinstance(photos, (str, os.PathLike)):
        raise MosaicError("Give a list of photos; list_photos(folder) finds them.")
    photos = [_absolute(photo) for photo in photos]
    store = Path(store).expanduser()
    if not photos:
        raise MosaicError("No photos were given: list_photos(folder) finds them.")
    journal = Journal(store, recipe=f"r{_RECIPE}-{tile_size}")
    with journal.held():
        _build(photos, store, tile_size, journal, (client, threads, progress))
    return open_tiles(store)


def _absolute(photo):
    if is_url(photo):
        return photo
    name = os.fsdecode(photo)
    path = os.path.abspath(os.path.expanduser(name))
    return name if name == path else path  # no second copy of a million names


def _build(photos, store, size, journal, how):
    """Do what is not done yet, and write the store if it would differ from what is there."""
    old = open_tiles(store) if store.exists() else None
    old = old if old and old.recipe == journal.recipe else None
    root = _common_folder(photos)  # before the work: it may be refused
    seen = Seen()
    if old:
        old.tell(seen)
    journal.tell(seen)
    marks = stamps(photos)
    # What could not be used last time is tried again: it may have been repaired.
    to_do = np.flatnonzero(seen.look_up(marks)["row"] < 0)
    work = ((photos[i], marks[i].decode()) for i in to_do)
    for batch in _make_batches(work, len(to_do), (size, journal.shelf), *how):
        journal.add(batch, seen)
    found = seen.look_up(marks)
    name = _naming(photos, root)
    kept, skipped = _sort_out(name, found, marks, seen.reasons)
    if not len(kept):
        some = "; ".join(f"'{photo}': {reason}" for photo, reason, *_ in skipped[:3])
        raise MosaicError(f"None of the {len(skipped):,} photos can be used ({some}).")
    if not old or not _is_same(old, root, marks[kept], skipped):
        content = map(name, kept), found[kept], seen
        write_tiles(store, journal.recipe, size, root, *content, skipped)
    journal.clear()


def _common_folder(photos):
    if any(map(is_url, photos)):
        return common_folder(photos)
    try:
        return Path(os.path.commonpath({os.path.dirname(photo) for photo in photos}))
    except ValueError as error:  # on Windows: C: and D:
        raise MosaicError("All photos of a tile set must lie on one drive.") from error


def _naming(photos, root):
    """A function from the index of a photo to its name below the common folder."""
    start = len(root if is_url(root) else os.path.join(root, ""))
    return lambda index: photos[index][start:].replace(os.sep, "/")


def _sort_out(name, found, marks, reasons):
    """Indices of the photos to keep; (name, reason, stamp, digest) of the others."""
    usable = np.flatnonzero(found["row"] >= 0)
    _, first, same = np.unique(found["digest"][usable], return_index=True, return_inverse=True)
    first_of = np.full(len(found), -1)
    first_of[usable] = usable[first[same]]
    kept = first_of == np.arange(len(found))
    skipped = []
    for i in np.flatnonzero(~kept):
        if found["row"][i] < 0:
            skipped.append((name(i), reasons[marks[i]], marks[i], b""))
        else:
            reason = f"it is an exact double of '{name(first_of[i])}'"
            skipped.append((name(i), reason, marks[i], found["digest"][i]))
    return np.flatnonzero(kept), skipped


def _is_same(old, root, marks, skipped):
    return (
        old.root == root
        and old.skipped == [(name, reason) for name, reason, *_ in skipped]
        and np.array_equal(old.stamps, marks)
    )


def make_batch(work, size, shelf=None):
    """Make the tiles of some photos. This is what runs on a worker.

    Parameters
    ----------
    work : list of (path, stamp)
        The photos.
    size : int
        Pixels on a side of a tile.
    shelf : Shelf, optional
        Where to write the tiles, if this worker has a way there; else they are returned.

    Returns
    -------
    Batch
    """
    tiles = np.zeros((len(work), size, size, 3), np.uint8)
    digests, reasons = [""] * len(work), [""] * len(work)
    for row, (photo, _) in enumerate(work):
        try:
            content = read_photo(photo)
            digests[row] = key(hashlib.sha256(content))
            tiles[row] = thumbnail(content, size)
        except PhotoError as error:
            reasons[row] = error.reason
    batch = Batch([mark for _, mark in work], digests, reasons, tiles)
    if shelf and shelf.is_here():
        with suppress(OSError):  # the client will try it again, and say what is wrong
            return shelf.put(batch)
    return batch


def _make_batches(work, total, way, client=None, threads=None, progress=True):
    """Do all the work and yield each Batch as it is finished, in any order.

    Only a few batches are under way at once: memory does not grow with the photos.
    """
    if not total:
        return
    executor, at_once = _executor(client, threads)
    waiting, suspects, left = {}, [], total
    begin = time.monotonic()
    try:
        with progress_bar("making tiles", total, progress) as bar:
            while left or waiting or suspects:
                most = at_once()
                while left and len(waiting) < most:
                    some = list(
                        islice(
                            work,
                            _share(
                                (total - left) / max(time.monotonic() - begin, 1e-6), left, most
                            ),
                        )
                    )
                    waiting[executor.submit(partial(make_batch, some, *way))] = some
                    left -= len(some)
                # A photo that kills its worker takes down whatever else that worker has.
                # So the photos of a lost batch come last, and each of them alone.
                if alone := not waiting:
                    some = suspects.pop()
                    waiting[executor.submit(partial(make_batch, some, *way))] = some
                while not (done := wait(waiting, _PATIENCE, FIRST_COMPLETED).done):
                    if client is not None and not client.nthreads():
                        bar.set_postfix_str("the cluster has no workers; waiting for one")
                for future in done:
                    some = waiting.pop(future)
                    if _killed(future) and not alone:
                        suspects += [[photo] for photo in some]
                        continue
                    yield _give_up(some, *way) if _killed(future) else future.result()
                    bar.update(len(some))
    finally:
        for future in waiting:
            future.cancel()
        executor.shutdown(wait=client is None)


def _share(rate, left, at_once):
    """How many photos are a batch: what takes a second or less, and less towards the end."""
    count = min(rate / at_once, left / (2 * at_once), _BATCH)
    return max(int(count), 1 + _BATCH // 8)


def _executor(client, threads):
    """Where the work is done, and a function that says how many batches keep it busy."""
    if client is not None:
        # A few per thread, so that none waits; and of a cluster there may be more later.
        # If "pure", dask would hash the names of all photos.
        executor = client.get_executor(pure=False)
        return executor, lambda: 3 * max(1, sum(client.nthreads().values()))
    count = usable_cores() if threads is None else check_setting("threads", threads)
    return ThreadPoolExecutor(count, thread_name_prefix="tiles"), lambda: 2 * count


def _killed(future):
    """Whether the batch took down every worker it was given to."""
    return type(future.exception()).__name__ == "KilledWorker"


def _give_up(some, size, _):
    reason = "opening it brought its worker down each time"
    blank = np.zeros((len(some), size, size, 3), np.uint8)
    return Batch([mark for _, mark in some], [""] * len(some), [reason] * len(some), blank)

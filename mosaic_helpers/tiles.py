"""The tile set: a thumbnail of every photo, made in parallel, nothing done twice."""

import hashlib
import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np
from dask.system import CPU_COUNT

from .errors import MosaicError, whole_number
from .journal import Batch, Journal, stamps
from .photos import LARGEST_TILE, PhotoError, read_photo, thumbnail
from .progress import Progress
from .remote import common_folder, is_url
from .store import open_tiles, write_tiles

# Raise it when thumbnails come out differently: tiles of the old kind are then redone.
_RECIPE = 1

# About a tenth of a second of work: dask's own millisecond per task is then nothing,
# and a killed run loses next to nothing either.
_BATCH = 50


def build_tiles(photos, store, size=64, *, client=None, threads=None, progress=True):
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
    size : int
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
    size = whole_number(size, "tile size", 1, LARGEST_TILE)
    if isinstance(photos, (str, os.PathLike)):
        raise MosaicError("Give a list of photos; list_photos(folder) finds them.")
    photos = [
        photo if is_url(photo) else Path(os.path.abspath(Path(photo).expanduser()))
        for photo in photos
    ]
    store = Path(store).expanduser()
    if not photos:
        raise MosaicError("No photos were given: list_photos(folder) finds them.")
    journal = Journal(store, recipe=f"r{_RECIPE}-{size}")
    with journal.held():
        _build(photos, store, size, journal, (client, threads, progress))
    return open_tiles(store)


def _build(photos, store, size, journal, how):
    """Do what is not done yet, and write the store if it would differ from what is there."""
    old = open_tiles(store) if store.exists() else None
    if old and old.recipe != journal.recipe:
        old = None
    known = (old.entries() if old else {}) | journal.entries()
    root = _common_folder(photos)  # before the work: it may be refused
    marks = stamps(photos)
    # What could not be used last time is tried again: it may have been repaired.
    to_do = [
        (photo, mark)
        for photo, mark in zip(photos, marks, strict=True)
        if mark not in known or known[mark].reason
    ]
    for batch in _make_batches(to_do, size, *how):
        known |= journal.add(batch)
    names = [_name(photo, root) for photo in photos]
    kept, skipped = _sort_out(names, marks, known)
    if not kept:
        raise MosaicError(_nothing_usable(skipped))
    content = [(names[i], marks[i], known[marks[i]]) for i in kept]
    if not old or not _is_same(old, root, content, skipped):
        write_tiles(store, journal.recipe, size, root, content, skipped)
    journal.clear()


def _common_folder(photos):
    if any(map(is_url, photos)):
        return common_folder(photos)
    try:
        return Path(os.path.commonpath([photo.parent for photo in photos]))
    except ValueError as error:  # on Windows: C: and D:
        raise MosaicError("All photos of a tile set must lie on one drive.") from error


def _name(photo, root):
    """Name of a photo below the common folder."""
    if is_url(photo):
        return photo[len(root) :]
    return photo.relative_to(root).as_posix()


def _sort_out(names, stamps, known):
    """Indices of the photos to keep; (name, reason, stamp, digest) of the others."""
    kept, skipped, first = [], [], {}
    for index, (name, mark) in enumerate(zip(names, stamps, strict=True)):
        entry = known[mark]
        if entry.reason:
            skipped.append((name, entry.reason, mark, ""))
        elif entry.digest in first:
            reason = f"it is an exact double of '{first[entry.digest]}'"
            skipped.append((name, reason, mark, entry.digest))
        else:
            first[entry.digest] = name
            kept.append(index)
    return kept, skipped


def _nothing_usable(skipped):
    examples = "; ".join(f"'{name}': {reason}" for name, reason, *_ in skipped[:3])
    return f"None of the {len(skipped):,} photos can be used ({examples})."


def _is_same(old, root, content, skipped):
    return (
        old.root == root
        and old.skipped == [(name, reason) for name, reason, *_ in skipped]
        and old.names == [name for name, _, _ in content]
        and old.entries().keys() >= {mark for _, mark, _ in content}
    )


def make_batch(work, size):
    """Make the tiles of some photos. This is what runs on a worker.

    Parameters
    ----------
    work : list of (path, stamp)
        The photos.
    size : int
        Pixels on a side of a tile.

    Returns
    -------
    Batch
    """
    tiles = np.zeros((len(work), size, size, 3), np.uint8)
    digests, reasons = [""] * len(work), [""] * len(work)
    for row, (photo, _) in enumerate(work):
        try:
            content = read_photo(photo)
            digests[row] = hashlib.blake2b(content, digest_size=16).hexdigest()
            tiles[row] = thumbnail(content, size)
        except PhotoError as error:
            reasons[row] = error.reason
    return Batch([mark for _, mark in work], digests, reasons, tiles)


def _make_batches(work, size, client=None, threads=None, progress=True):
    """Do all the work and yield each Batch as it is finished, in any order.

    Only a few batches are under way at once, so memory stays the same however many
    photos there are.
    """
    if not work:
        return
    executor, at_once = _executor(client, threads)
    waiting, suspects = {}, []
    queue = [work[start : start + _BATCH] for start in range(0, len(work), _BATCH)][::-1]
    try:
        with Progress("making tiles", len(work), enabled=progress) as shown:
            while queue or waiting or suspects:
                # A photo that kills its worker takes down whatever else that worker has.
                # So the photos of a lost batch come last, and each of them alone.
                alone = not (queue or waiting)
                ready = suspects if alone else queue
                while ready and len(waiting) < (1 if alone else at_once):
                    some = ready.pop()
                    waiting[executor.submit(make_batch, some, size)] = some
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    some = waiting.pop(future)
                    if _killed(future) and not alone:
                        suspects += [[photo] for photo in some]
                        continue
                    yield _give_up(some, size) if _killed(future) else future.result()
                    shown.update(len(some))
    finally:
        for future in waiting:
            future.cancel()
        executor.shutdown(wait=client is None)


def _executor(client, threads):
    """Where the work is done, and how many batches keep it busy."""
    if client is not None:
        # A few per thread, so that a worker never waits for the next.
        return client.get_executor(), 3 * max(1, sum(client.nthreads().values()))
    count = CPU_COUNT if threads is None else whole_number(threads, "number of threads", 1, 256)
    return ThreadPoolExecutor(count, thread_name_prefix="tiles"), 2 * count


def _killed(future):
    """Whether the batch took down every worker it was given to."""
    return type(future.exception()).__name__ == "KilledWorker"


def _give_up(some, size):
    reason = "opening it brought its worker down each time"
    blank = np.zeros((len(some), size, size, 3), np.uint8)
    return Batch([mark for _, mark in some], [""] * len(some), [reason] * len(some), blank)

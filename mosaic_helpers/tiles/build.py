"""The tile set: a thumbnail of every photo, made in parallel, nothing done twice."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import nullcontext, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MosaicError, check_path, check_setting, shown
from ..parallel import progress_bar, usable_cores
from ..photos import PhotoError, is_url, local_path, make_tile, read_photo
from ..photos.open import describe_error
from ..photos.remote import common_folder, without_secrets
from .checkpoint import Batch, Checkpoint
from .index import PhotoIndex, fingerprints, shorten
from .store import OutdatedTilesError, TileSet, open_tiles, resolve_store, write_tiles

if TYPE_CHECKING:
    from distributed import Client

# Raise it when thumbnails or digests come out differently: old tiles are then redone.
_RECIPE = 3

# At most so many photos are a task. Dask's own milliseconds per task are then little;
# large photos are given out in smaller batches, so that a killed run loses little either.
_BATCH = 200
_PATIENCE = 5  # seconds without a finished batch after which the workers are counted
_POLL = 0.1  # seconds between two looks at a cluster that has no workers


def build_tiles(
    photos: Sequence[str | os.PathLike],
    store: str | os.PathLike,
    tile_size: int = 64,
    *,
    client: Client | None = None,
    threads: int | None = None,
    progress: bool = True,
    check: bool = False,
) -> TileSet:
    """Make a tile of every photo and keep them in an HDF5 file.

    The work is done on the cluster of `client`, or else by threads of this process; the
    tiles are the same to the byte. A run that was interrupted continues where it ended.
    Photos that have not changed since are not read again: a photo is known by its path,
    its size, and the time of its last change in whole seconds. The path counts from the
    folder of the store if the photo is in it, or in the folder above. So a folder that
    holds both may be copied or moved; so may the photos alone, if they keep their names
    and nothing is left where they were. Of photos with the same picture, the first is used,
    whatever their tags.

    Parameters
    ----------
    photos : sequence of path-like
        From `list_photos` or `paint_cats`; tiles come in this order.
    store : path-like
        The HDF5 file, such as ``data/tiles.h5``.
    tile_size : int, default 64
        Pixels on a side of a tile, from 1 to 1,024.
    client : distributed.Client, optional
        From `start_cluster`.
    threads : int, optional
        Without a client: how many threads, from 1 to 256; by default one for every core.
    progress : bool, default True
        Show a progress bar.
    check : bool, default False
        Read every photo again, also those that seem to be unchanged: some programs keep the
        size and the time of a file that they edit.

    Returns
    -------
    TileSet
        Its ``skipped`` lists the photos that have no tile, each with the reason.

    Raises
    ------
    MosaicError
        If there are no usable photos, a setting is out of range, the file cannot be
        written or is not a tile set, or another run is making it; if the cluster has ended,
        or its workers lack this package or have another version of it.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> photos = mh.list_photos("data/cats")
    >>> tiles = mh.build_tiles(photos, "data/small.h5", tile_size=8, progress=False)
    >>> tiles
    <TileSet: 60 tiles of 8 × 8 pixels, 4 skipped>
    >>> tiles.read().shape
    (60, 8, 8, 3)
    >>> tiles.skipped[1]
    ('2007 kitchen/DSC_00001.jpg', 'the file is empty')
    """
    tile_size = check_setting("tile_size", tile_size)
    threads = usable_cores() if threads is None else check_setting("threads", threads)
    if isinstance(photos, (str, os.PathLike)):
        raise MosaicError("Give a list of photos; list_photos(folder) finds them.")
    try:
        photos = [_absolute(photo) for photo in photos]
    except TypeError:
        message = "The photos must be a list of paths, as list_photos makes it, not"
        raise MosaicError(f"{message} {shown(photos)}.") from None
    store = check_path(store, "store")
    if not photos:
        raise MosaicError("No photos were given: list_photos(folder) finds them.")
    checkpoint = Checkpoint(store, recipe=f"r{_RECIPE}-{tile_size}")
    with checkpoint.lock():
        place = resolve_store(store)
        _build(photos, place, tile_size, checkpoint, client, threads, progress, check)
        return open_tiles(store)  # before another run may replace it


def _absolute(photo):
    if is_url(photo):
        return photo
    name = os.fsdecode(photo)
    path = os.path.abspath(local_path(photo))
    return name if name == path else path  # no second copy of a million names


def _build(photos, store, tile_size, checkpoint, client, threads, progress, check):
    """Do what is not done yet, and write the store if it would differ from what is there."""
    old = _open_previous(store, checkpoint.recipe)
    public = [without_secrets(photo) for photo in photos]  # these are written down
    root = _common_folder(public)  # before the work: it may be refused
    name = _naming(public, root)
    known, new = _known_and_new_fingerprints(photos, store, old, root, name)
    index = PhotoIndex()
    if old:
        index.add(old, *old.entries())
    for batch in checkpoint.batches():
        index.add_batch(batch)
    # What could not be used last time is tried again: it may have been repaired.
    to_do = np.flatnonzero(check | (index.look_up(known)["row"] < 0))
    work = ((photos[i], known[i].decode()) for i in to_do)
    executor = {"client": client, "threads": threads, "progress": progress}
    for batch in _make_batches(work, len(to_do), tile_size, checkpoint, **executor):
        index.add_batch(checkpoint.save(batch))
    entries = index.look_up(known)
    reasons = {i: index.reasons[known[i]] for i in np.flatnonzero(entries["row"] < 0)}
    entries["fingerprint"] = new
    kept, skipped = _select(entries, reasons, name)
    if not len(kept):
        examples = "; ".join(f"'{photo}': {reason}" for photo, reason, *_ in skipped[:3])
        raise MosaicError(f"None of the {len(skipped):,} photos can be used ({examples}).")
    if not old or not _is_same(old, root, entries[kept], skipped):
        write_tiles(
            store, index.runs(entries[kept]), entries[kept], skipped,
            recipe=checkpoint.recipe, tile_size=tile_size, root=root, names=map(name, kept),
        )  # fmt: skip
    checkpoint.clear()


def _open_previous(store, recipe):
    """The tiles made before, if they are of the same kind; refuses a file that is not ours."""
    if not store.exists():
        return None
    try:
        tiles = open_tiles(store)
    except OutdatedTilesError:
        return None
    return tiles if tiles.recipe == recipe else None


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


def _known_and_new_fingerprints(photos, store, old, root, name):
    """Fingerprints to look photos up by, and to write; they differ if photos were moved."""
    folder = str(store.parent)
    new = fingerprints(photos, folder)
    # If the old folder is still there, this is a copy of it, or another folder whose photos
    # happen to have the same names: these are read.
    if not old or old.root == root or is_url(root) or is_url(old.root) or old.root.exists():
        return new, new
    paths = (os.path.join(old.root, *name(i).split("/")) for i in range(len(photos)))
    return fingerprints(photos, folder, paths), new


def _select(entries, reasons, name):
    """Indices of the photos to keep; (name, reason, fingerprint, digest) of the others."""
    usable = np.flatnonzero(entries["row"] >= 0)
    digests = entries["digest"][usable]
    _, first, same = np.unique(digests, return_index=True, return_inverse=True)
    first_of = np.full(len(entries), -1)
    first_of[usable] = usable[first[same]]
    kept = first_of == np.arange(len(entries))
    skipped = []
    for i in np.flatnonzero(~kept):
        if i in reasons:
            reason, digest = reasons[i], b""
        else:
            reason = f"it is an exact duplicate of '{name(first_of[i])}'"
            digest = entries["digest"][i]
        skipped.append((name(i), reason, entries["fingerprint"][i], digest))
    return np.flatnonzero(kept), skipped


def _is_same(old, root, entries, skipped):
    fingerprints, digests, _ = old.entries()
    return (
        old.root == root
        and old.skipped == [(name, reason) for name, reason, *_ in skipped]
        and np.array_equal(fingerprints[-len(old) :], entries["fingerprint"])
        and np.array_equal(digests[-len(old) :], entries["digest"])
    )


def make_batch(work, tile_size, checkpoint=None):
    """Make the tiles of some photos, a list of (path, fingerprint): what a worker does.

    The tiles of the `Batch` that it returns are in a segment of the checkpoint, if this
    worker can write there.
    """
    tiles = np.zeros((len(work), tile_size, tile_size, 3), np.uint8)
    digests, reasons = [""] * len(work), [""] * len(work)
    for row, (photo, _) in enumerate(work):
        try:
            tiles[row], digest = make_tile(read_photo(photo), tile_size)
            digests[row] = shorten(digest)
        except (PhotoError, MemoryError) as error:
            reasons[row] = getattr(error, "reason", describe_error(error))
    batch = Batch([fingerprint for _, fingerprint in work], digests, reasons, tiles)
    if checkpoint and checkpoint.is_shared_here():
        with suppress(MosaicError):  # the client will try it again, and say what is wrong
            return checkpoint.save(batch)
    return batch


def _make_batches(work, total, tile_size, checkpoint, *, client, threads, progress):
    """Do all the work and yield each Batch as it is finished, in any order.

    Only a few batches are under way at once: memory does not grow with the photos.
    """
    if not total:
        return
    executor, capacity, reporting = _executor(client, threads)
    pending, suspects, remaining = {}, [], total
    begin = time.monotonic()

    def submit(batch):
        task = partial(make_batch, batch, tile_size=tile_size, checkpoint=checkpoint)
        pending[executor.submit(task)] = batch

    with reporting:
        try:
            with progress_bar("making tiles", total, progress) as bar:
                while remaining or pending or suspects:
                    limit = _wait_for_worker(capacity, bar, _PATIENCE)
                    while remaining and len(pending) < limit:
                        rate = (total - remaining) / max(time.monotonic() - begin, 1e-6)
                        batch = list(islice(work, _batch_size(rate, remaining, limit)))
                        submit(batch)
                        remaining -= len(batch)
                    # A photo that kills its worker takes down whatever else that worker has.
                    # So the photos of a lost batch come last, and each of them alone.
                    alone = not pending
                    if alone:
                        submit(suspects.pop())
                    for future in _wait(pending, capacity, bar):
                        batch = pending.pop(future)
                        killed = type(future.exception()).__name__ == "KilledWorker"
                        if killed and not alone:
                            suspects += [[photo] for photo in batch]
                            continue
                        yield _give_up(batch, tile_size) if killed else future.result()
                        bar.update(len(batch))
        finally:
            for future in pending:
                future.cancel()
            executor.shutdown(wait=client is None)


def _batch_size(rate, remaining, limit):
    """How many photos are a batch: a second's work or less, and less towards the end."""
    count = min(rate / limit, remaining / (2 * limit), _BATCH)
    return max(int(count), 1 + _BATCH // 8)


def _executor(client, threads):
    """Where the work is done; how many batches keep it busy, as a function; its errors."""
    if client is None:
        executor = ThreadPoolExecutor(threads, thread_name_prefix="tiles")
        return executor, lambda: 2 * threads, nullcontext()
    from ..cluster import reporting_cluster_errors

    # A few per thread, so that none waits; and a cluster may grow meanwhile.
    # If "pure", dask would hash the names of all photos.
    executor = client.get_executor(pure=False)
    workers = make_workers(client)
    return executor, lambda: 3 * workers.count_threads(), reporting_cluster_errors(client)


def make_workers(client):
    """The `Workers` of a client; they must make the same tiles as we would."""
    from ..cluster import Workers

    return Workers(client, f"{__name__}:_RECIPE", _RECIPE)


def _wait_for_worker(capacity, bar, patience):
    """Wait until there is somebody to do the work, and return the capacity."""
    begin = time.monotonic()
    while not (found := capacity()):
        if time.monotonic() >= begin + patience:
            bar.set_postfix_str("the cluster has no workers; waiting for one")
        time.sleep(_POLL)
    return found


def _wait(pending, capacity, bar):
    """Wait until some batches are finished, and for a worker if there is none any more."""
    while not (done := wait(pending, _PATIENCE, FIRST_COMPLETED).done):
        _wait_for_worker(capacity, bar, 0)
    bar.set_postfix_str("", refresh=False)
    return done


def _give_up(batch, tile_size):
    count, reason = len(batch), "each worker that opened it was killed"
    blank = np.zeros((count, tile_size, tile_size, 3), np.uint8)
    return Batch(
        [fingerprint for _, fingerprint in batch], [""] * count, [reason] * count, blank
    )

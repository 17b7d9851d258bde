"""Ten thousand painted cats: a photo collection that needs no download.

Every cat follows from a seed and its number alone, so the same seed gives the same
pictures everywhere. The collection has albums, and a few of the special_files that real
collections have; `special_files` lists them.
"""

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from ..errors import MosaicError, reporting_write_errors, whole_number
from ..parallel import progress_bar, usable_cores
from .collection import AWKWARD, EXTRA, KINDS, collection
from .easel import paint_cat
from .files import write_picture
from .workers import paint_together

__all__ = ["KINDS", "collection", "paint_cat", "paint_cats", "special_files"]

COUNT, MOST = 10_000, 100_000
VERSION = 1  # of the painting: another one means other pictures
MARKER = ".painted.json"
FEW = 50  # so many are painted sooner than a process starts
STALE = 60  # seconds after which an unfinished file is nobody's any more


def paint_cats(folder, count=None, *, seed=2026, n_workers=None, progress=True):
    """Paint a collection of cats, or what is still missing of it.

    Cat number i is the same in every collection of the same seed: asking for more
    only adds files, asking for fewer returns fewer and deletes none. If the folder
    holds the cats of another seed, these are removed first. A run that was stopped
    goes on where it was.

    Parameters
    ----------
    folder : path-like
        Where to; made if need be.
    count : int, optional
        How many usable, distinct cats. By default what the environment variable
        MOSAIC_CATS says, else 10,000. For every thousand begun there are four
        more files that are no pictures of their own (see `special_files`).
    seed : int
        Which collection.
    n_workers : int, optional
        How many processes paint; by default one for every core.
    progress : bool
        Tell how far it is.

    Returns
    -------
    list of Path
        Every file of the collection, the unusable ones too, sorted by name.

    Raises
    ------
    MosaicError
        If `count`, MOSAIC_CATS, `seed` or `n_workers` makes no sense, or if the folder
        cannot be written to or holds pictures of somebody else.
    """
    count = _asked(count)
    seed = whole_number(seed, "seed", 0, 2**63)
    n_workers = usable_cores() if n_workers is None else n_workers
    n_workers = whole_number(n_workers, "number of workers", 1, 1024)
    folder = Path(folder).expanduser()
    pictures = collection(count)
    _claim(folder, pictures, seed, count)
    there = _present(folder, pictures)
    missing = [k for k, picture in enumerate(pictures) if picture.name not in there]
    if missing:
        with progress_bar("painting cats", len(missing), progress) as shown:
            _paint(folder, pictures, missing, seed, count, n_workers, shown.update)
    return [folder / picture.name for picture in pictures]


def _paint(folder, pictures, missing, seed, count, n_workers, update):
    """Paint what is missing: here, or if it is much, in several processes."""
    if len(missing) >= FEW and n_workers > 1:
        paint_together(folder, count, seed, missing, n_workers, update)
    else:
        for k in missing:
            write_picture(folder, pictures[k], seed)
            update()


def special_files(count=None):
    """Name the files of a collection that are not plain JPEGs, by kind.

    Parameters
    ----------
    count : int, optional
        How many usable cats the collection has, as for `paint_cats`. From ten on, it
        has every kind.

    Returns
    -------
    dict of str to list of str
        For every kind of trouble (`KINDS` explains them) the names, relative to the
        folder of the collection.
    """
    found = {kind: [] for kind in (*AWKWARD, *EXTRA)}
    for picture in collection(_asked(count)):
        if picture.kind in found:
            found[picture.kind].append(picture.name)
    return found


def _asked(count):
    """How many cats: what was asked for, or what the environment says, or 10,000."""
    if count is not None:
        return whole_number(count, "number of cats", 1, MOST)
    text = os.environ.get("MOSAIC_CATS", "").strip() or str(COUNT)
    with suppress(ValueError):
        if 1 <= int(text) <= MOST:
            return int(text)
    raise MosaicError(
        f"The environment variable MOSAIC_CATS is '{text}': set it to a whole number "
        f"from 1 to {MOST:,}, or unset it to have {COUNT:,} cats."
    )


def _claim(folder, pictures, seed, count):
    """Make the folder, and note in it whose cats it holds; remove those of another seed."""
    if folder.exists() and not folder.is_dir():
        raise MosaicError(f"'{folder}' is a file: name a folder for the cats to be in.")
    marker, ours = folder / MARKER, {"seed": seed, "version": VERSION}
    noted = _noted(marker)
    if noted is None and _present(folder, pictures):
        raise MosaicError(
            f"'{folder}' has pictures of the names that the cats would get, painted by "
            "somebody else: choose another folder, or move them away."
        )
    with reporting_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        before = noted["count"] if noted else 0
        if noted and {**noted, **ours} != noted:
            for picture in collection(before):
                (folder / picture.name).unlink(missing_ok=True)
            noted, before = None, 0
        if not noted or count > before:
            part = marker.with_name(f"{MARKER}.{os.getpid()}.part")
            part.write_text(json.dumps({**ours, "count": max(count, before)}) + "\n")
            part.replace(marker)


def _noted(marker):
    """What the marker says, or None if there is none that makes sense."""
    try:
        noted = json.loads(marker.read_text())
        return {name: int(noted[name]) for name in ("seed", "version", "count")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _present(folder, pictures):
    """The names of the files that are there, read an album at a time."""
    there = set()
    for album in {picture.name.rpartition("/")[0] for picture in pictures}:
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            os.scandir(folder / album) as files,
        ):
            for file in files:
                if file.name.startswith(".") and file.name.endswith(".part"):
                    _sweep(file)
                else:
                    there.add(f"{album}/{file.name}")
    return there


def _sweep(file):
    """Remove what a killed run has left; what is fresh may be somebody's at work."""
    with suppress(OSError):
        if time.time() - file.stat().st_mtime > STALE:
            os.unlink(file.path)

"""Paint the collection into a folder, or what is missing of it.

Every cat follows from a seed and its number alone, so the same seed gives the same
pictures everywhere. The collection has albums, and a few of the special files that real
collections have; `special_files` lists them.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from ..errors import (
    MosaicError,
    atomic_write,
    check_path,
    check_setting,
    read_json,
    remove_stale,
    reporting_write_errors,
    whole_number,
)
from ..parallel import progress_bar, usable_cores
from .collection import AWKWARD, EXTRA, collection
from .files import write_picture
from .workers import paint_together

DEFAULT_COUNT, MAX_COUNT = 10_000, 100_000
SEED = 2026
VERSION = 1  # of the painting: another one means other pictures
MARKER = ".painted.json"
FEW = 50  # painting so many takes less time than starting processes


def paint_cats(
    folder: str | os.PathLike,
    count: int | None = None,
    *,
    seed: int = SEED,
    n_workers: int | None = None,
    progress: bool = True,
) -> list[Path]:
    """Paint a collection of cats, or what is missing of it.

    Cat number i is the same in every collection of the same seed: a larger `count` only
    adds files, a smaller one returns fewer files and deletes none. If the folder holds
    the cats of another seed, these are removed first. A run that was stopped goes on
    where it stopped.

    Parameters
    ----------
    folder : path-like
        Folder for the cats, with a subfolder for each album. It is created if needed.
    count : int, optional
        Number of usable, distinct cats, 1 to 100,000. By default the value of the
        environment variable ``MOSAIC_CATS``, or 10,000 if it is not set. For every
        thousand begun there are four more files that cannot be used, such as a text
        file named .jpg (see `mosaic_helpers.cats.special_files`).
    seed : int, default 2026
        Which collection, 0 to 2**63.
    n_workers : int, optional
        Number of processes, 1 to 256. By default one for each core that this process
        may use. Fewer than 50 files are painted in this process.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    list of Path
        Every file of the collection, the unusable ones too, sorted by name. The
        pictures are 300 to 500 pixels wide and high.

    Raises
    ------
    MosaicError
        If `count`, ``MOSAIC_CATS``, `seed` or `n_workers` is not allowed, or if the
        folder cannot be written to or holds pictures that this function did not paint.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> photos = mh.paint_cats("data/few-cats", 20, progress=False)
    >>> len(photos)  # 20 cats, and 4 files that cannot be used
    24
    >>> photos[0].name
    'DSC_00000.jpg'
    """
    count = _checked_count(count)
    seed = whole_number(seed, "seed", 0, 2**63)
    if n_workers is not None:
        check_setting("n_workers", n_workers)
    folder = check_path(folder, "folder")
    refuse_stray(folder.parent)
    pictures = collection(count)
    _claim_folder(folder, pictures, seed, count)
    existing = _existing_files(folder, pictures)
    missing = [k for k, picture in enumerate(pictures) if picture.name not in existing]
    if missing:
        with progress_bar("painting cats", len(missing), progress) as bar:
            _paint(folder, pictures, missing, seed, count, n_workers, bar.update)
    return [folder / picture.name for picture in pictures]


def _paint(folder, pictures, missing, seed, count, n_workers, update):
    """Paint what is missing: in this process, or if it is much, in several."""
    if len(missing) >= FEW and (n_workers := n_workers or usable_cores()) > 1:
        paint_together(folder, count, seed, missing, n_workers, update)
    else:
        for k in missing:
            write_picture(folder, pictures[k], seed)
            update()


def refuse_stray(data):
    """Refuse to make ``../data`` from where no notebook of the course lies.

    Papermill and some editors run a notebook in another folder than its own; the photos
    would be put beside the course, not into it.
    """
    if ".." not in data.parts[:1] or data.exists() or list(Path().glob("0[0-9]_*.ipynb")):
        return
    here = Path.cwd()
    where = "notebooks" if (here / "notebooks").is_dir() else "FOLDER-OF-THE-NOTEBOOK"
    raise MosaicError(
        f"There is no folder '{data}', seen from '{here}', where this notebook runs: type  "
        f"%cd {where}  in a cell above, or make that folder if you mean it."
    )


def special_files(count: int | None = None) -> dict[str, list[str]]:
    """Name the files of a collection that are not plain JPEGs, by kind.

    Parameters
    ----------
    count : int, optional
        Number of usable cats in the collection, as for `paint_cats`. A collection of
        ten or more has every kind.

    Returns
    -------
    dict of str to list of str
        For every kind of special file (`KINDS` explains them) the names, relative to
        the folder of the collection.
    """
    found: dict[str, list[str]] = {kind: [] for kind in (*AWKWARD, *EXTRA)}
    for picture in collection(_checked_count(count)):
        if picture.kind in found:
            found[picture.kind].append(picture.name)
    return found


def _checked_count(count):
    """Return the number of cats: the one given, or the environment's, or 10,000."""
    if count is not None:
        return whole_number(count, "number of cats", 1, MAX_COUNT)
    text = os.environ.get("MOSAIC_CATS", "").strip() or str(DEFAULT_COUNT)
    with suppress(ValueError):
        if 1 <= int(text) <= MAX_COUNT:
            return int(text)
    raise MosaicError(
        f"The environment variable MOSAIC_CATS is '{text}': set it to a whole number "
        f"from 1 to {MAX_COUNT:,}, or unset it to have {DEFAULT_COUNT:,} cats."
    )


def _claim_folder(folder, pictures, seed, count):
    """Make the folder and mark it as ours; remove the cats of another seed."""
    if folder.exists() and not folder.is_dir():
        raise MosaicError(f"'{folder}' is a file: name a folder for the cats.")
    marker, ours = folder / MARKER, {"seed": seed, "version": VERSION}
    marked = read_marker(marker)
    if marked is None and _existing_files(folder, pictures):
        raise MosaicError(
            f"'{folder}' already has pictures with the names of the cats, and this function "
            "did not paint them: choose another folder, or move them away."
        )
    before = marked["count"] if marked else 0
    if marked and {**marked, **ours} != marked:
        with reporting_write_errors(folder):
            for picture in collection(before):
                (folder / picture.name).unlink(missing_ok=True)
        before = 0
    if count > before:
        with atomic_write(marker) as tmp_path:
            tmp_path.write_text(json.dumps({**ours, "count": count}) + "\n")


def read_marker(marker):
    """Return what the marker holds, or None if there is none or it is damaged."""
    try:
        marked = read_json(marker)
        ranges = {"seed": 2**63, "version": 2**63, "count": MAX_COUNT}
        return {name: whole_number(marked[name], name, 0, ranges[name]) for name in ranges}
    except (OSError, ValueError, LookupError):
        return None


def _existing_files(folder, pictures):
    """Return the names of the files that exist, read an album at a time."""
    existing = set()
    for album in {picture.name.rpartition("/")[0] for picture in pictures}:
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            os.scandir(folder / album) as files,
        ):
            existing |= {f"{album}/{file.name}" for file in files}
        remove_stale(folder / album / "any")
    return existing

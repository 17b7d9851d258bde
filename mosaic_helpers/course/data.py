"""The folder ``data`` of the course: its photos, their tiles, and one file to carry both.

======================  ============================================================
``cats``                the painted cats
``photos.json``         the record: where the photos are, if others were chosen
``tiles.h5``            tiles of the photos of the course, for notebooks 02 to 07
``first-tiles.h5``      tiles of the first 500 cats, for notebook 00
======================  ============================================================
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import tarfile
from pathlib import Path

from ..cats import paint_cats
from ..cats.paint import MARKER, refuse_stray
from ..errors import (
    MosaicError,
    atomic_write,
    check_path,
    remove_stale,
    reporting_write_errors,
)
from ..parallel import progress_bar
from ..photos import fetch_photos, is_url, list_photos, unpack
from ..tiles import build_tiles

CATS = "cats"
RECORD = "photos.json"
# The tile sets that notebooks build on their way, and pixels on a side of their tiles.
# (Notebook 07 builds one more to measure it, anew each time.)
TILES = {"tiles.h5": 64, "first-tiles.h5": 32}

_MARKER = f"{CATS}/{MARKER}"  # says whose the pictures are
_PAINTED = "painted"
_FIRST = 500  # cats, for notebook 00


def photos_from(source, folder=None, *, progress=True):
    """List the photos of a source, as `fetch_photos` does; ``"painted"`` paints cats."""
    if source == _PAINTED and not Path(source).exists():
        return paint_cats(folder or Path("data") / CATS, progress=progress)
    return fetch_photos(source, folder, progress=progress)


def course_photos(
    data: str | os.PathLike = "../data", *, progress: bool = True
) -> list[Path | str]:
    """List the photos of the course: the painted cats, or those chosen in their place.

    An instructor, or you, may choose others for notebooks 02 to 07 at once::

        python -m mosaic_helpers prepare --photos DIR

    Parameters
    ----------
    data : path-like, default ``"../data"``
        The folder data of the course. Painted cats are in its ``cats``; what is missing of
        them is painted.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    list of pathlib.Path, or of str for an address
        As `paint_cats` or `list_photos` gives it.

    Raises
    ------
    MosaicError
        If the chosen photos are missing, if ``../data`` would be made beside the course, or
        as `paint_cats` and `fetch_photos` do.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> photos = mh.course_photos("data", progress=False)
    >>> photos[0].name
    'DSC_00000.jpg'
    """
    data = check_path(data, "folder data")
    refuse_stray(data)
    sources = _read_record(data)
    if sources is None:
        return [*paint_cats(data / CATS, progress=progress)]
    return [
        photo for source in sources for photo in _photos_of(source, data, progress=progress)
    ]


def _read_record(data):
    """The sources that `choose_photos` has recorded; None if they are the painted cats."""
    record = data / RECORD
    try:
        sources = json.loads(record.read_text("utf-8"))["photos"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError):
        sources = None
    if isinstance(sources, list) and sources and all(isinstance(s, str) for s in sources):
        return sources
    raise MosaicError(
        f"'{record}' is damaged: remove it to use the painted cats, or choose photos again "
        "with  python -m mosaic_helpers prepare --photos DIR"
    )


def _photos_of(source, data, *, progress):
    """The photos of an entry of the record: an address, a folder, or a set by its name."""
    if is_url(source):
        return list_photos(source)
    if not set(source) & set("/\\"):  # a set
        return photos_from(source, _folder_of(source, data), progress=progress)
    if not (data / source).is_dir():
        raise MosaicError(
            f"The photos of the course were in '{data / source}', which is missing: bring "
            "the folder back, or choose others with  python -m mosaic_helpers prepare "
            "--photos DIR  (for the painted cats: --photos painted)."
        )
    return list_photos(data / source)


def _folder_of(source, data):
    """The folder of an entry of the record."""
    return data / {_PAINTED: CATS, "pet-cats": "pets"}.get(source, source)


def choose_photos(sources, data, *, progress=True):
    """Record which photos are those of the course: sources as `photos_from` takes them.

    Archives and sets are put in `data`; folders stay where they are.
    """
    data = Path(data).expanduser()
    if list(sources) == [_PAINTED]:
        with reporting_write_errors(data / RECORD):
            (data / RECORD).unlink(missing_ok=True)
        return
    chosen = [_entry(source, data, progress) for source in sources]
    with atomic_write(data / RECORD) as tmp_path:
        tmp_path.write_text(json.dumps({"photos": chosen}, indent=1) + "\n", "utf-8")


def _entry(source, data, progress):
    """The entry of the record for a source, once it has turned out to have photos."""
    path = Path(source).expanduser()
    if is_url(source) or path.is_dir():
        list_photos(source)
        return source if is_url(source) else _recordable(path, data)
    if path.is_file():
        folder = data / path.name.split(".")[0]
        fetch_photos(source, folder, progress=progress)
        return _recordable(folder, data)
    photos_from(source, _folder_of(source, data), progress=progress)
    return source


def _recordable(folder, data):
    """Spell a folder so that there is a slash in it, and from `data` on if it is there."""
    folder, data = Path(os.path.abspath(folder)), Path(os.path.abspath(data))
    if folder.is_relative_to(data):
        return f"./{folder.relative_to(data).as_posix()}"
    return str(folder)


def prepare(data, *, progress=True):
    """Make what is missing of all that the notebooks need; returns the tile sets of `TILES`."""
    data = Path(data).expanduser()
    # Notebooks 00 and 01 always use the painted cats: their special files are to be found.
    cats = paint_cats(data / CATS, progress=progress)
    photos = {
        "tiles.h5": course_photos(data, progress=progress),
        "first-tiles.h5": cats[:_FIRST],
    }
    return [
        build_tiles(photos[name], data / name, size, progress=progress)
        for name, size in TILES.items()
    ]


def export_course(file, data, *, progress=True):
    """Write what `prepare` has made to one file, for a USB stick: a plain tar of `data`.

    Photos that are not in `data` are refused; all other files there are left out.
    """
    file, data = Path(file).expanduser(), Path(data).expanduser()
    paths = _course_files(data, progress)
    sizes = [path.stat().st_size for path in paths]
    total = sum(sizes) + 1024 * len(sizes)
    label = f"writing {file.name} (MB)"
    with (
        atomic_write(file) as tmp_path,
        progress_bar(label, total // 10**6, progress) as bar,
        tarfile.open(tmp_path, "w", dereference=True) as tar,  # files in place of links
    ):
        free = shutil.disk_usage(tmp_path.parent).free
        if total > free:
            raise MosaicError(
                f"'{file}' needs {total / 1e6:,.0f} MB, and {free / 1e6:,.0f} are free: free "
                "some space, or choose a place on another disk."
            )
        for path in paths:
            member = tar.gettarinfo(path, path.relative_to(data).as_posix())
            member.mtime = int(member.mtime)  # a fraction would need a header of its own
            with open(path, "rb") as source:
                tar.addfile(member, source)
            bar.update(tar.offset // 10**6 - bar.n)
    return file


def _course_files(data, progress):
    """The files of an export; the cats' marker first: without it paint_cats refuses them."""
    cats = paint_cats(data / CATS, progress=progress)  # notebooks 00 and 01 need them always
    photos = cats + course_photos(data, progress=progress)
    for photo in photos:
        if is_url(photo) or not photo.is_relative_to(data):
            raise MosaicError(
                f"'{photo}' is not in '{data}', and so cannot be exported: copy the photos "
                f"to a folder in it, such as '{data / 'mine'}', and choose that with --photos."
            )
    folders = [_folder_of(source, data) for source in _read_record(data) or []]
    others = [path for folder in folders for path in sorted(folder.glob(".*.json"))]
    others += [data / name for name in (RECORD, *TILES)]
    files = [data / _MARKER, *photos, *others]
    return [path for path in dict.fromkeys(files) if path.is_file()]  # each once


def import_course(file, data, *, progress=True):
    """Take the photos and the tiles from a file that `export_course` wrote.

    A file that is in `data` already, with other content, is replaced if it is older than that
    of the export, and kept if it is newer. Returns lists of names, by what was done:
    ``"new"``, ``"same"``, ``"replaced"`` and ``"kept"``.
    """
    file, data = Path(file).expanduser(), Path(data).expanduser()
    if not file.is_file():
        raise MosaicError(f"There is no file '{file}': check the path.")
    found = {"new": [], "same": [], "replaced": [], "kept": []}
    tmp_path = data / f".import.{os.getpid()}.tmp"  # on one disk with their places
    with reporting_write_errors(data):
        data.mkdir(parents=True, exist_ok=True)
        remove_stale(data / "import")
        try:
            unpacked = unpack(file, tmp_path / "data", str(file), progress)
            for name, mtime in _members(file):
                if name == _MARKER and (data / name).exists():
                    continue  # it says which cats are here
                found[_move(unpacked / name, data / name, mtime)].append(name)
        finally:
            shutil.rmtree(tmp_path, ignore_errors=True)
    return found


def _members(file):
    """(name, time of change) of every file in an export; only after `unpack` has checked it."""
    try:
        with tarfile.open(file, "r:") as tar:
            members = [(member.name, member.mtime) for member in tar if member.isreg()]
    except tarfile.ReadError:
        members = []
    if not members or members[0][0] != _MARKER:
        raise MosaicError(
            f"'{file}' is not an export of the course: make one with  "
            "python -m mosaic_helpers prepare --export FILE"
        )
    return members


def _move(source, target, mtime):
    """Move a file to its place, unless a newer one is there; returns what was done."""
    outcome = "new"
    if target.exists():
        if filecmp.cmp(source, target, shallow=False):
            return "same"
        if target.stat().st_mtime >= mtime:
            return "kept"
        outcome = "replaced"
    target.parent.mkdir(parents=True, exist_ok=True)
    os.utime(source, (mtime, mtime))
    os.replace(source, target)
    return outcome

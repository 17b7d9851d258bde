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
from contextlib import suppress
from pathlib import Path

from ..cats import paint_cats
from ..cats.paint import MARKER, SEED, VERSION, read_marker, refuse_stray
from ..errors import (
    MosaicError,
    atomic_write,
    check_path,
    private_folder,
    read_json,
    remove_stale,
    replace,
    reporting_write_errors,
)
from ..parallel import progress_bar
from ..photos import SETS, PhotoList, fetch_photos, is_url, list_photos, unpack
from ..photos.fetch import MARKER as UNPACKED
from ..photos.remote import name_problem, without_secrets
from ..tiles import build_tiles, open_tiles
from ..tiles.store import OutdatedTilesError

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


def course_photos(data: str | os.PathLike = "../data", *, progress: bool = True) -> PhotoList:
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
    sources = _read_record(data / RECORD) or [_PAINTED]
    found = (_photos_of(source, data, progress=progress) for source in sources)
    return sum(found, PhotoList())


def _read_record(record):
    """The sources that `choose_photos` has recorded; None if they are the painted cats."""
    try:
        content = read_json(record)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        content = {}
    sources = content.get("photos")
    # A manifest has photos, too, and more.
    whole = set(content) == {"photos"} and isinstance(sources, list) and sources
    if whole and all(map(_is_source, sources)):
        return sources
    raise MosaicError(
        f"'{record}' is damaged: remove it to use the painted cats, or choose photos again "
        "with  python -m mosaic_helpers prepare --photos DIR"
    )


def _is_source(source):
    """Whether it is an address, a folder, or a set by its name."""
    if not isinstance(source, str) or "\0" in source:
        return False
    if is_url(source):
        return "::" not in source
    return _is_folder(source) or source in (_PAINTED, *SETS)


def _is_folder(source):
    return bool(set(source) & set("/\\"))


def _photos_of(source, data, *, progress):
    """The photos of an entry of the record: an address, a folder, or a set by its name."""
    if is_url(source):
        return list_photos(source)
    if not _is_folder(source):
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
    if is_url(source):
        if without_secrets(source) != source or "::" in source:
            raise MosaicError(
                f"'{without_secrets(source)}' is written to '{data / RECORD}', so it must hold "
                "no password, signature or archive: give those to the service's own "
                "configuration, and the archive as a file."
            )
        list_photos(source)
        return source
    path = Path(source).expanduser()
    if path.is_dir():
        list_photos(path)
        return _recordable(path, data)
    if path.is_file():
        folder = data / (path.name.split(".")[0] or "photos")
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


def prepare(data, *, progress=True, check=False):
    """Make what is missing of all that the notebooks need; returns the tile sets of `TILES`.

    With `check`, every photo is read again.
    """
    data = Path(data).expanduser()
    # Notebooks 00 and 01 always use the painted cats: their special files are to be found.
    cats = paint_cats(data / CATS, progress=progress)
    photos = {
        "tiles.h5": course_photos(data, progress=progress),
        "first-tiles.h5": cats[:_FIRST],
    }
    return [
        build_tiles(photos[name], data / name, size, progress=progress, check=check)
        for name, size in TILES.items()
    ]


def export_course(file, data, *, progress=True):
    """Write what `prepare` has made to one file, for a USB stick: a plain tar of `data`.

    Photos that are not in `data` are refused; all other files there are left out. A file is
    replaced only if it is such an export, too.
    """
    file, data = Path(file).expanduser(), Path(data).expanduser()
    if file.exists() and not _is_export(file):
        raise MosaicError(
            f"'{file}' is not an export of the course, and would be lost: choose another name."
        )
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


def _is_export(file):
    with suppress(OSError, tarfile.TarError), tarfile.open(file, "r:") as tar:
        return tar.getnames()[:1] == [_MARKER]
    return False


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
    folders = [_folder_of(source, data) for source in _read_record(data / RECORD) or []]
    others = [path for folder in folders for path in sorted(folder.glob(".*.json"))]
    others += [data / name for name in (RECORD, *TILES)]
    files = [data / _MARKER, *photos, *others]
    return [path for path in dict.fromkeys(files) if path.is_file()]  # each once


def import_course(file, data, *, progress=True):
    """Take the photos and the tiles from a file that `export_course` wrote.

    The file may come from anybody: all of it is checked before anything is moved. A file that
    is in `data` already, with other content, is replaced if it is older than that of the
    export, and kept if it is newer. Photos of one's own choice stay chosen. Returns lists of
    names, by what was done: ``"new"``, ``"same"``, ``"replaced"``, ``"kept"`` and ``"yours"``.
    """
    file, data = Path(file).expanduser(), Path(data).expanduser()
    if not file.is_file():
        raise MosaicError(f"There is no file '{file}': check the path.")
    found = {"new": [], "same": [], "replaced": [], "kept": [], "yours": []}
    with reporting_write_errors(data):
        data.mkdir(parents=True, exist_ok=True)
        remove_stale(data / RECORD)
        with private_folder(data) as tmp_path:  # on one disk with their places
            unpacked = unpack(file, tmp_path / "data", str(file), progress)
            names = _checked_names(unpacked, file)
            outcomes = [_outcome(name, unpacked, data) for name in names]
            for name, outcome in zip(names, outcomes, strict=True):
                if outcome in {"new", "replaced"}:
                    (data / name).parent.mkdir(parents=True, exist_ok=True)
                    replace(unpacked / name, data / name)
                if outcome:
                    found[outcome].append(name)
    return found


def _checked_names(unpacked, file):
    """The names of all files of an export, the record and the tiles last; or refuse it."""

    def refuse(reason):
        raise MosaicError(
            f"'{file}' is not an export of the course ({reason}): make one with  "
            "python -m mosaic_helpers prepare --export FILE"
        )

    marked = read_marker(unpacked / _MARKER)
    if not marked or (marked["seed"], marked["version"]) != (SEED, VERSION):
        refuse(f"its '{_MARKER}' is missing, or of another version")
    try:
        sources = _read_record(unpacked / RECORD) or []
        roots = [_root(unpacked / name) for name in TILES if (unpacked / name).exists()]
    except MosaicError:
        refuse("its record or its tiles are damaged")
    for source in sources:
        inside = source.startswith("./") and os.path.normpath(source) != "."
        if is_url(source) or (_is_folder(source) and (not inside or name_problem(source[2:]))):
            refuse(f"it names photos in '{source}'")
    for root in filter(None, roots):
        if is_url(root) or not root.is_relative_to(os.path.abspath(unpacked)):
            refuse(f"it has tiles of photos in '{root}'")
    last = [RECORD, *TILES]
    folders = [_folder_of(source, unpacked) for source in (_PAINTED, *sources)]
    paths = [p for p in unpacked.rglob("*") if p.is_file() and p != unpacked / UNPACKED]
    for path in paths:
        name = path.relative_to(unpacked).as_posix()
        if name not in last and not any(map(path.is_relative_to, folders)):
            refuse(f"'{name}' in it is no file of the course")
    names = [path.relative_to(unpacked).as_posix() for path in paths]
    return sorted(names, key=lambda name: (name in last, name))


def _root(store):
    """The folder that a tile set names; None if it was made by another version."""
    with suppress(OutdatedTilesError):
        return open_tiles(store).root
    return None


def _outcome(name, unpacked, data):
    """What is to be done with a file of an export, as `import_course` calls it."""
    theirs, ours = unpacked / name, data / name
    if name == _MARKER and ours.exists():
        return ""  # it says which cats are here
    if not ours.exists():
        return "new"
    if not ours.is_file():
        raise MosaicError(f"'{ours}' is in the way of a file: move it away.")
    if filecmp.cmp(theirs, ours, shallow=False):
        return "same"
    record, own_tiles = (data / RECORD), next(iter(TILES))
    if name == RECORD or (name == own_tiles and record.exists() and not _same(unpacked, data)):
        return "yours"
    return "kept" if ours.stat().st_mtime >= theirs.stat().st_mtime else "replaced"


def _same(unpacked, data):
    """Whether an export has the record that is here."""
    theirs = unpacked / RECORD
    return theirs.exists() and filecmp.cmp(theirs, data / RECORD, shallow=False)

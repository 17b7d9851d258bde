"""The course's photos and tiles in one file, for a USB stick: a room without network.

The file is a zip of what lies in the folder data, photos and tiles unpacked as they are,
with a list of what is in it. At the other end the tiles are taken up as if an earlier run
had made them there.
"""

import filecmp
import json
import os
import re
import shutil
import tempfile
import time
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil

from ..cats.paint import MARKER, paint_cats
from ..errors import MosaicError, atomic_write, reporting_write_errors
from ..parallel import progress_bar
from ..photos import unpack
from ..tiles.checkpoint import Batch, Journal
from ..tiles.index import KEY, Seen, stamps
from ..tiles.store import open_tiles
from .data import by_source
from .places import CATS, RECORD, TILES, recorded

_LIST, _FORMAT = "course.json", "photo-mosaic course 1"
_OWN = "photos"  # folder of those that are not painted
# What some system does not have in names, or not at their end.
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f\udc80-\udcff]|[ .](?=/|$)')
_BLOCK = 1000  # tiles held at a time
_BESIDE = 10**8  # bytes: as much as `unpack` wants to leave free


def export_course(file, data, *, progress=True):
    """Write the photos and the tiles of the course to one file.

    Parameters
    ----------
    file : path-like
        Where to; appears whole or not at all.
    data : path-like
        The folder data of the course, with all that `prepare` makes.
    progress : bool
        Tell how far it is, in MB.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    MosaicError
        If it cannot be written, there is no room for it, or the photos are not files on
        this machine.
    """
    file, data = Path(file).expanduser(), Path(data).expanduser()
    cats = paint_cats(data / CATS, progress=progress)  # 00 and 01 need them always
    own, record = _named(by_source(data, progress)) if recorded(data) else ({}, None)
    photos = {f"{CATS}/{cat.relative_to(data / CATS).as_posix()}": cat for cat in cats} | own
    places = [os.path.abspath(photo) for photo in photos.values()]
    before = np.char.decode(stamps(places)).tolist()
    times = [os.stat(photo).st_mtime_ns for photo in photos.values()]
    listing = {"format": _FORMAT, "photos": list(zip(photos, before, times, strict=True))}
    texts = {_LIST: json.dumps(listing)}
    if record:
        texts[RECORD] = json.dumps({"photos": record}, indent=1) + "\n"
    files = photos | {name: data / name for name in (*TILES, f"{CATS}/{MARKER}")}
    with atomic_write(file) as half:
        _write(half, texts, files, file, progress)
        if np.char.decode(stamps(places)).tolist() != before:
            raise MosaicError("Photos were changed meanwhile: export them again.")
    return file


def _named(sources):
    """{name in the file: photo}, and the record that goes with it."""
    named, record, taken = {}, [], set()
    for folder, photos in sources:
        if folder is None:
            raise MosaicError(
                "Photos at an address cannot be exported: copy them to a folder, and choose "
                "that with --photos."
            )
        place = f"{_OWN}/{len(record)} {_portable(folder.resolve().name)}"
        record.append(f"./{place}")
        for photo in filter(Path.is_file, photos):
            name = f"{place}/{_portable(photo.relative_to(folder).as_posix())}"
            while name.lower() in taken:  # two that differ in what not every system tells apart
                name = f"{Path(name).with_suffix('')}_{Path(name).suffix}"
            taken.add(name.lower())
            named[name] = photo
    return named, record


def _portable(name):
    return _FORBIDDEN.sub("_", name)


def _write(half, texts, files, file, progress):
    sizes = {name: path.stat().st_size for name, path in files.items()}
    total, free = sum(sizes.values()), shutil.disk_usage(half.parent).free
    if total > free:
        raise MosaicError(
            f"'{file}' needs {total / 1e6:,.0f} MB, and {free / 1e6:,.0f} are free: free some "
            "space, or choose a place on another disk."
        )
    label, done = f"writing {file.name} (MB)", 0
    with (
        zipfile.ZipFile(half, "w") as packed,
        progress_bar(label, total // 10**6, progress) as shown,
    ):
        for name, text in texts.items():
            packed.writestr(zipfile.ZipInfo(name), text)
        for name, path in files.items():
            big = sizes[name] > 2**31
            with (
                open(path, "rb") as source,
                packed.open(zipfile.ZipInfo(name), "w", force_zip64=big) as out,
            ):
                shutil.copyfileobj(source, out, 2**20)
            shown.update((done + sizes[name]) // 10**6 - done // 10**6)
            done += sizes[name]


def import_course(file, data, *, progress=True):
    """Take over the photos and the tiles of a file that `export_course` wrote.

    A photo that is there with other content is replaced if it is older than that of the
    file, and kept if it is newer. Tiles of photos that were taken need not be made again.

    Parameters
    ----------
    file : path-like
        The file.
    data : path-like
        The folder data of the course, which may be at another place than it was.
    progress : bool
        Tell how far it is, in MB.

    Returns
    -------
    dict of str to list of str
        Names of files in `data` that are ``"new"``, were there already with the same
        content (``"same"``), were ``"replaced"``, or ``"kept"`` as they are newer.

    Raises
    ------
    MosaicError
        If it is no such file, is damaged, or needs more room than there is.
    """
    file, data = Path(file).expanduser(), Path(data).expanduser()
    if not file.is_file():
        raise MosaicError(f"There is no file '{file}': check the path.")
    found, here = {"new": [], "same": [], "replaced": [], "kept": []}, {}
    with reporting_write_errors(data), _room(data) as room:
        came = unpack(file, room / "course", str(file), progress)
        rows = _listing(came, file)
        note = f"{CATS}/{MARKER}"  # of the painter, who knows best what is here already
        if (came / note).is_file() and not (data / note).exists():
            _take(came / note, data / note, time.time_ns())
        for name, mark, changed in rows:
            if (came / name).is_file():
                what = _take(came / name, data / name, changed)
                found[what].append(name)
                if mark and what != "kept":
                    here[mark] = data / name
        for name in TILES:
            with suppress(MosaicError):  # unusable: then they are made again
                _take_up(came / name, data / name, here)
    return found


@contextmanager
def _room(data):
    """A folder to unpack to, beside where files go, so that they need only be renamed."""
    data.mkdir(parents=True, exist_ok=True)
    for left in data.glob(".import-*"):  # of a run that was killed
        pid = left.name.split("-")[1]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f".import-{os.getpid()}-", dir=data) as room:
        yield Path(room)


def _listing(came, file):
    """(name, stamp at the other place, time of change) of all that is to be taken."""
    try:
        listing = json.loads((came / _LIST).read_text("utf-8"))
        if listing["format"] != _FORMAT:
            raise ValueError
        rows = [(str(name), str(mark), int(ns)) for name, mark, ns in listing["photos"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise MosaicError(
            f"'{file}' is no file of the course: one is written by  "
            "python -m mosaic_helpers prepare --export FILE"
        ) from error
    rows.append((RECORD, "", (came / _LIST).stat().st_mtime_ns))
    for name, _, _ in rows:
        # `unpack` has seen to it that all lies below; this is about what it would replace.
        if name.split("/")[0] not in (CATS, _OWN, RECORD) or ".." in name.split("/"):
            raise MosaicError(f"'{file}' is no file of the course: it has '{name}' in it.")
    return rows


def _take(source, target, changed):
    """Put a file where it belongs, unless there is a newer one; says what was done."""
    what = "new"
    if target.exists():
        if filecmp.cmp(source, target, shallow=False):
            return "same"
        if target.stat().st_mtime_ns > changed:
            return "kept"
        what = "replaced"
    target.parent.mkdir(parents=True, exist_ok=True)
    os.utime(source, ns=(changed, changed))
    os.replace(source, target)
    return what


def _take_up(came, store, here):
    """Enter tiles in the journal of a store, as those of a run that was interrupted."""
    tiles, seen = open_tiles(came), Seen()
    tiles.tell(seen)
    found = seen.look_up(np.array(list(here), KEY))
    photos = np.array([os.path.abspath(photo) for photo in here.values()], object)
    photos, found = photos[found["row"] >= 0], found[found["row"] >= 0]
    journal = Journal(store, tiles.recipe)
    with journal.held():
        for start in range(0, len(photos), _BLOCK):
            some = slice(start, start + _BLOCK)
            marks = np.char.decode(stamps(photos[some])).tolist()
            digests = np.char.decode(found["digest"][some]).tolist()
            pictures = tiles.read(found["row"][some])
            journal.add(Batch(marks, digests, [""] * len(marks), pictures), Seen())

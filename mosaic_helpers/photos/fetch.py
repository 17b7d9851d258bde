"""Fetch a set of photos: a folder, an archive, an address, or a set by its name.

An archive may come from anybody, so it is unpacked by a few strict rules: plain files and
folders, below its own folder, and not more than photos can take. Its folder appears whole or
not at all.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import math
import os
import re
import shutil
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..errors import (
    MosaicError,
    atomic_write,
    check_path,
    read_json,
    remove_stale,
    reporting_write_errors,
    shown,
)
from ..parallel import progress_bar
from .find import PhotoList, list_photos
from .remote import is_url, name_problem, without_secrets

_DATA = Path("data")

_PETS = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz"
_PETS_CHECKSUM = "md5:5c4f3ee8e5d25df40f4fd59a7f44e54c"
_PETS_LICENCE = (
    "The Oxford-IIIT Pet set, by O. Parkhi, A. Vedaldi, A. Zisserman and C. V. Jawahar, is "
    "under CC BY-SA 4.0: name it with the mosaics you show, and share them alike."
)
_KAGGLE = "crawford/cat-dataset"
_KAGGLE_LICENCE = (
    f"The photos are those of {_KAGGLE} on Kaggle: its page says how they may be used."
)

_RETRIES, _TIMEOUT = 2, 30  # seconds that a server may be silent

# Photographs hardly shrink when packed; what grows like this was made to fill a disk.
_MAX_GROWTH, _ALWAYS_ALLOWED = 100, 100 * 2**20
_MAX_MEMBERS = 1_000_000  # files and folders
_BLOCK = 4096  # bytes that each of them takes at least
_DISK_MARGIN = 100 * 2**20  # bytes of disk left to others
_MAX_HEADER = 2**20  # bytes of a header of a tar
_MAX_CONTENTS = 2**26  # bytes of the table of contents of a zip
_DAY = 86_400  # seconds
_DECOMPRESS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
# Python 3.11.2, which Debian 12 has, knows no filters yet; our own rules hold there alone.
_TAR_FILTER = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,  # as gzip and bz2 have it
    EOFError,
    ValueError,
    LookupError,
    ArithmeticError,
    RuntimeError,  # with NotImplementedError and RecursionError
    MemoryError,
)
MARKER = ".unpacked.json"


def fetch_photos(
    source: str | os.PathLike[str],
    folder: str | os.PathLike[str] | None = None,
    *,
    progress: bool = True,
) -> PhotoList | list[Path]:
    """Get photos from wherever they are, and list them.

    What was fetched once is not fetched again. An instructor can spare the network: the
    environment variable MOSAIC_MIRROR names a folder, such as a USB stick, or the address
    of a server that has the files ``images.tar.gz`` (the pets) and ``cat-dataset.zip``.

    Parameters
    ----------
    source : path-like or str
        A folder; an archive (.zip, .tar, .tar.gz, .tar.bz2 or .tar.xz); an address that
        fsspec reads, such as ``"s3://bucket/cats"``; or the name of a set: ``"pets"``, the
        7,349 cats and dogs of the Oxford-IIIT Pet set (0.8 GB, CC BY-SA 4.0);
        ``"pet-cats"``, the 2,371 cats among them; ``"kaggle"``, the nearly 10,000 cats of
        Kaggle's crawford/cat-dataset (needs kagglehub). A file or folder that has the name
        of a set comes first.
    folder : path-like, optional
        Where to put what is unpacked or downloaded; must be empty or not exist, or hold
        what was put there before. By default a folder of its name in ``data``.
    progress : bool
        Show a progress bar, and the licence of a set.

    Returns
    -------
    list of pathlib.Path, or of str for an address
        Sorted, as by `list_photos`.

    Raises
    ------
    MosaicError
        If there is no such source, it cannot be downloaded, or an archive is damaged, is
        too large, or holds anything but plain files. The message says what to do.

    Examples
    --------
    >>> import shutil
    >>> import mosaic_helpers as mh
    >>> archive = shutil.make_archive("data/album", "zip", "data/cats")
    >>> mh.fetch_photos(archive, progress=False)[0].as_posix()
    'data/album/2007 kitchen/DSC_00000.jpg'
    """
    if not isinstance(source, (str, os.PathLike)):
        raise MosaicError(
            f"Give the source of the photos as text or a path, not {shown(source)}."
        )
    if is_url(source):
        return list_photos(source)
    path = check_path(source, "source of the photos")
    folder = check_path(folder, "folder for the photos") if folder else None
    if path.is_file():
        return _from_archive(
            path, folder or _DATA / (path.name.split(".")[0] or "photos"), progress
        )
    if path.exists():
        return list_photos(path)
    if str(source) in SETS:
        return SETS[str(source)](folder, progress)
    raise MosaicError(
        f"There is no folder '{path}', nor an archive or a set of photos of that name: check "
        f"the path. The sets are {', '.join(SETS)}; mh.paint_cats() paints the set 'painted'."
    )


def _from_archive(archive, folder, progress):
    try:
        with open(archive, "rb") as file:
            status = os.fstat(file.fileno())
    except OSError as error:
        raise MosaicError(
            f"The archive '{archive}' cannot be read ({error.strerror}): check the path."
        ) from error
    content = f"{archive.name}, {status.st_size} bytes, {status.st_mtime_ns}"
    return list_photos(unpack(archive, folder, content, progress))


def _pets(folder, progress):
    folder = folder or _DATA / "pets"
    if not _is_unpacked(folder, "pets"):
        _download_and_unpack(_PETS, folder, "pets", _PETS_CHECKSUM, progress)
    return _photos_of_set(folder, _PETS_LICENCE, progress)


def _pet_cats(folder, progress):
    # The breeds of cats begin with a capital letter, those of dogs with a small one.
    return [photo for photo in _pets(folder, progress) if photo.name[0].isupper()]


def _kaggle(folder, progress):
    folder = folder or _DATA / "kaggle"
    if not _is_unpacked(folder, "kaggle"):
        if _mirror():
            _download_and_unpack("cat-dataset.zip", folder, "kaggle", None, progress)
        else:
            folder = _download_from_kaggle()
    # The set holds every photo twice, in CAT_00 and in cats/CAT_00: keep the first.
    first = {}
    for photo in _photos_of_set(folder, _KAGGLE_LICENCE, progress):
        first.setdefault((photo.parent.name, photo.name, photo.stat().st_size), photo)
    return list(first.values())


def _download_from_kaggle():
    """Kaggle's own program downloads, resumes, checks, unpacks and keeps the set."""
    try:
        import kagglehub
    except ImportError as error:
        raise MosaicError(
            "The cats of Kaggle need a package that is not installed: type  "
            "pip install kagglehub  and try again, or choose the set pet-cats."
        ) from error
    try:
        return Path(kagglehub.dataset_download(_KAGGLE))
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "no answer"
        raise MosaicError(
            f"Kaggle's {_KAGGLE} cannot be downloaded ({reason}): check the network, or set "
            "MOSAIC_MIRROR to a folder or an address that has cat-dataset.zip."
        ) from error


SETS = {"pets": _pets, "pet-cats": _pet_cats, "kaggle": _kaggle}


def _photos_of_set(folder, licence, progress):
    if progress:
        print(licence)
    # Tables lie among them.
    return [photo for photo in list_photos(folder) if photo.suffix == ".jpg"]


def _mirror():
    """What MOSAIC_MIRROR says: the path of a folder, an address, or None."""
    mirror = os.environ.get("MOSAIC_MIRROR", "").strip()
    return mirror if "://" in mirror else Path(mirror).expanduser() if mirror else None


def _download_and_unpack(url, folder, content, checksum, progress):
    cache = folder.with_name(f"{folder.name}.download")
    archive = download(url, cache, checksum, progress=progress)
    unpack(archive, folder, content, progress)
    if not isinstance(_mirror(), Path):
        with suppress(OSError):
            archive.unlink()
            cache.rmdir()  # unless somebody has put something there


def download(url, folder, checksum=None, *, progress=True):
    """Download a file to a folder, unless it is there; or find it in the mirror. Check it."""
    import pooch
    import requests

    name, mirror = url.rpartition("/")[2], _mirror()
    if isinstance(mirror, Path):
        return _find_in_mirror(mirror / name, checksum)
    if mirror:
        url = f"{mirror.rstrip('/')}/{name}"
    pooch.get_logger().setLevel("INFO" if progress else "WARNING")
    registry = pooch.create(
        folder, "", registry={name: checksum}, urls={name: url}, retry_if_failed=_RETRIES
    )
    fetch_it = pooch.HTTPDownloader(
        progressbar=bool(progress),
        chunk_size=2**18,
        timeout=_TIMEOUT,
        # A server that compresses it on the way would change its length.
        headers={"Accept-Encoding": "identity"},
    )
    with reporting_write_errors(folder / name):
        try:
            return Path(registry.fetch(name, downloader=fetch_it))
        except requests.RequestException as error:  # an OSError, and some are ValueErrors
            raise _network_error(url, error) from error
        except ValueError as error:
            raise MosaicError(
                f"The file from '{without_secrets(url)}' is not the one that was published, "
                "and was deleted: try again, or get it elsewhere and set MOSAIC_MIRROR to its "
                "folder."
            ) from error


def _find_in_mirror(path, checksum):
    from pooch import file_hash

    if not path.is_file():
        raise MosaicError(
            f"There is no '{path.name}' in '{path.parent}', the folder that MOSAIC_MIRROR "
            "names: put it there, or unset MOSAIC_MIRROR."
        )
    algorithm, _, value = (checksum or "").partition(":")
    if value and file_hash(str(path), algorithm) != value:
        raise MosaicError(
            f"'{path}' is not the file that was published: copy it to that folder again."
        )
    return path


def _network_error(url, error):
    import requests

    url = without_secrets(url)
    if isinstance(error, requests.HTTPError):
        return MosaicError(
            f"'{url}' cannot be downloaded: the server says {error.response.status_code} "
            f"{error.response.reason}. Check the address, and MOSAIC_MIRROR if it is set."
        )
    if isinstance(error, requests.Timeout):
        reason = "no answer"
    elif isinstance(error, requests.exceptions.ChunkedEncodingError):
        reason = "the connection broke off"
    else:
        reason = "no connection"
    return MosaicError(
        f"'{url}' cannot be downloaded ({reason}): check the network and try again, or set "
        "MOSAIC_MIRROR to a folder or an address that has the file."
    )


def unpack(archive, folder, content, progress=True):
    """Unpack a zip or a tar (also .gz, .bz2 or .xz) into a folder, and return the folder.

    It records what it holds: a `content` such as the name of a set. What is there already
    is not unpacked again. Files of a tar keep the time of their last change.
    """
    if _is_unpacked(folder, content):
        return folder
    remove_stale(folder)
    size = archive.stat().st_size
    label = f"unpacking {archive.name} (MB)"
    with (
        atomic_write(folder) as tmp_path,
        progress_bar(label, size // 10**6, progress) as bar,
        _reporting_damage(archive),
        open(archive, "rb") as file,
    ):
        tmp_path.mkdir()
        limit = max(_ALWAYS_ALLOWED, _MAX_GROWTH * size)
        for member in _checked(_members(file, limit), archive, tmp_path, limit):
            member.extract(path=tmp_path)
            if member.time is not None:
                os.utime(tmp_path / member.name, (member.time, member.time))
            bar.update(file.tell() // 10**6 - bar.n)
        # Last, in the place of one that may have been in the archive.
        (tmp_path / MARKER).write_text(json.dumps({"unpacked": content}) + "\n", "utf-8")
    return folder


def _is_unpacked(folder, content):
    """Whether `folder` holds this content; if it holds anything else, refuse it."""
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return False
        if read_json(folder / MARKER)["unpacked"] == content:
            return True
    except (OSError, ValueError, LookupError):
        pass  # no marker of ours, or not readable
    raise MosaicError(
        f"'{folder}' is in use for something else: move it away, or choose another folder."
    )


@contextmanager
def _reporting_damage(archive):
    try:
        yield
    except tarfile.ReadError as error:
        raise MosaicError(
            f"'{archive}' is not a zip or tar archive, or is damaged ({error}): give a folder "
            "or an archive of photos, or copy it again from where it came."
        ) from error
    except _DAMAGED as error:
        if isinstance(error, MosaicError) or getattr(error, "errno", None):
            raise  # in words already, or the disk and not the archive
        raise MosaicError(
            f"The archive '{archive}' cannot be unpacked ({error}): copy it again from where "
            "it came, or unpack it with another program and give the folder."
        ) from error


class _Member(NamedTuple):
    """A file or folder in an archive."""

    name: str
    size: int
    problem: str  # in words; empty if there is none
    extract: Callable | None  # a function that does it; None for a folder
    time: float | None = None  # seconds, of its last change


def _checked(members, archive, folder, limit):
    """Yield the files to extract, each once it is clear that it can do no harm.

    Folders only count: files bring theirs along.
    """
    free = shutil.disk_usage(folder).free - _DISK_MARGIN
    total = 0
    for count, member in enumerate(members, 1):
        problem = member.problem or name_problem(member.name)
        if member.extract and not problem and os.path.lexists(folder / member.name):
            problem = "is there twice, or as two names that are one on this disk"
        if problem:
            raise MosaicError(
                f"'{archive}' is not unpacked: '{member.name[:200]}' in it {problem}. Pack the "
                "photos alone, or unpack it with another program and give the folder."
            )
        total += member.size + _BLOCK
        if total > limit or count > _MAX_MEMBERS:
            raise MosaicError(
                f"'{archive}' is not unpacked: it would become more than {_MAX_GROWTH} times "
                f"as large, or more than {_MAX_MEMBERS:,} files and folders, which photos "
                "never do. Give a folder of photos."
            )
        if total > free:
            raise MosaicError(
                f"'{archive}' needs more than the {max(0, free) / 1e6:,.0f} MB that are free "
                f"for '{folder.parent}': free some space, or choose a folder on another disk."
            )
        if member.extract:
            yield member


def _members(file, limit):
    """Yield each `_Member` of an archive that is read from a file."""
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"PK"):
        yield from _members_of_zip(_BoundedReader(file, _MAX_CONTENTS))
        return
    # Decompressed here and not by tarfile, to bound what is read.
    decompress = next((by for magic, by in _DECOMPRESS.items() if head.startswith(magic)), None)
    stream = decompress(file) if decompress else file
    yield from _members_of_tar(_BoundedReader(stream, _MAX_HEADER, limit))


def _members_of_zip(file):
    with zipfile.ZipFile(file) as packed:
        for item in packed.infolist():
            kind = item.external_attr >> 28  # as Unix has it; 0 if another system packed
            problem = "" if kind in (0, 4, 8) else "is a link or a device"
            if item.flag_bits & 1:
                problem = "is locked with a password"
            extract = None if item.is_dir() else partial(packed.extract, item)
            yield _Member(item.filename, item.file_size, problem, extract)


def _members_of_tar(file):
    latest = time.time() + _DAY
    with tarfile.open(fileobj=file, mode="r:") as packed:
        while item := packed.next():
            packed.members.clear()  # it would keep all of them
            problem = "" if item.isreg() or item.isdir() else "is a link or a device"
            if item.size < 0:
                problem = "has a size below zero"
            extract = partial(packed.extract, item, set_attrs=False, **_TAR_FILTER)
            # Anybody can write any time, or what is none: then it is the oldest of all.
            stamp = item.mtime if 0 <= item.mtime <= latest else 0
            yield _Member(
                item.name, item.size, problem, None if item.isdir() else extract, stamp
            )


class _BoundedReader:
    """A file of which not more is read, at once or in all, than an honest archive needs."""

    def __init__(self, file, most, limit=math.inf):
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self._file, self._most, self._limit, self._pax = file, most, limit, False

    def read(self, size=-1):
        """Read `size` bytes, or all that are left."""
        if not -1 <= size <= self._most:
            raise tarfile.ReadError("a name in it is too long")
        content = self._file.read(size if size >= 0 else self._most)
        if self.tell() > self._limit:
            raise tarfile.ReadError("it grows without end")
        # Python before 3.12.6 takes hours for a long number in a PAX header.
        if self._pax and re.search(rb"\d{200}", content):
            raise tarfile.ReadError("a number in it is too long")
        self._pax = size == tarfile.BLOCKSIZE and content[156:157] in (b"x", b"g", b"X")
        return content

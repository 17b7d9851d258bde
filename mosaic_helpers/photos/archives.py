"""Unpack a zip or a tar of photographs, so that it can do no harm.

An archive may come from anybody. All that it holds is looked at before the first file is
written: where each would go, and how much room they take. The folder appears whole or not
at all.
"""

import bz2
import glob
import gzip
import json
import lzma
import os
import re
import shutil
import tarfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from ..errors import MosaicError, reporting_write_errors
from ..parallel import progress_bar
from .find import list_photos

# Photographs hardly shrink when packed; what grows like this was made to fill a disk.
_BOMB, _SMALL = 100, 100 * 2**20
_MOST = 1_000_000  # files
_MARGIN = 100 * 2**20  # bytes of disk left to others
_LARGEST_NAME = 2**20

# Absolute, with a drive, upwards, or with a character that ends a name early.
_ASTRAY = re.compile(r"^[\\/]|^[A-Za-z]:|(^|[\\/])\.\.([\\/]|$)|\0")
_PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    OSError,  # as gzip and bz2 have it
    EOFError,
    ValueError,
    NotImplementedError,
)
_MARKER = ".unpacked.json"


def open_archive(archive, folder, *, progress=True):
    """Unpack an archive of photos, unless that is done, and list them.

    Parameters
    ----------
    archive : path-like
        A .zip or .tar file, the latter also packed by gzip, bzip2 or xz.
    folder : path-like
        Where to; must be empty or not there, or hold what this archive was unpacked to.
    progress : bool
        Tell how far it is, in MB.

    Returns
    -------
    list of pathlib.Path
        As `list_photos` gives it.

    Raises
    ------
    MosaicError
        If it is no archive, is damaged or locked, needs more room than there is, or
        holds anything but plain files inside its own folder.
    """
    archive = Path(archive).expanduser()
    try:
        with open(archive, "rb") as file:
            status = os.fstat(file.fileno())
    except OSError as error:
        raise MosaicError(
            f"The archive '{archive}' cannot be read ({error.strerror}): check the path."
        ) from error
    mark = f"{archive.name}, {status.st_size} bytes, {status.st_mtime_ns}"
    return list_photos(unpack(archive, Path(folder).expanduser(), mark, progress))


def unpack(archive, folder, mark, progress=True):
    """Unpack an archive into a folder that says by `mark` what it holds.

    Parameters
    ----------
    archive : pathlib.Path
        The file.
    folder : pathlib.Path
        Where to. Nothing is done if it holds what `mark` names.
    mark : str
        The content, such as the name of a photo set.
    progress : bool
        Tell how far it is, in MB.

    Returns
    -------
    pathlib.Path
        The folder.
    """
    if not is_unpacked(folder, mark):
        half = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
        _sweep(folder)
        with reporting_write_errors(folder), _no_remains(half), _opened(archive) as members:
            half.mkdir(parents=True)
            _extract(archive, _checked(archive, members, half), half, progress)
            (half / _MARKER).write_text(json.dumps({"unpacked": mark}) + "\n", "utf-8")
            if folder.exists():
                folder.rmdir()  # empty: Windows puts no folder in the place of another
            os.replace(half, folder)
    return folder


def is_unpacked(folder, mark):
    """Whether `folder` holds what `mark` names; if it holds anything else, say so."""
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return False
        if json.loads((folder / _MARKER).read_text("utf-8"))["unpacked"] == mark:
            return True
    except (OSError, ValueError, LookupError, TypeError):
        pass  # no marker of ours, or not readable
    raise MosaicError(
        f"'{folder}' is in use for something else: move it away, or choose another folder."
    )


def _sweep(folder):
    """Remove what killed runs have left half unpacked."""
    for half in folder.parent.glob(f".{glob.escape(folder.name)}.*.tmp"):
        pid = half.name.split(".")[-2]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(half, ignore_errors=True)


@contextmanager
def _no_remains(half):
    try:
        yield
    finally:
        shutil.rmtree(half, ignore_errors=True)


@contextmanager
def _opened(archive):
    """Open an archive; gives (name, size, what is wrong with it, how to open it) of each."""
    with ExitStack() as files:
        try:
            file = files.enter_context(open(archive, "rb"))
            head = file.read(6)
            file.seek(0)
            if head.startswith(b"PK"):
                yield _zip_members(files.enter_context(zipfile.ZipFile(file)))
            else:
                yield _tar_members(files.enter_context(_open_tar(file, head)))
        except tarfile.ReadError as error:
            raise MosaicError(
                f"'{archive}' is no zip or tar archive, or a damaged one ({error}): give a "
                "folder or an archive of photos, or copy it again from where it came."
            ) from error
        except _DAMAGED as error:
            if isinstance(error, MosaicError) or getattr(error, "errno", None):
                raise  # said already, or the disk and not the archive
            raise MosaicError(
                f"The archive '{archive}' cannot be unpacked ({error}): copy it again from "
                "where it came, or unpack it with another program and give the folder."
            ) from error


def _zip_members(packed):
    for item in packed.infolist():
        kind = item.external_attr >> 28  # as Unix has it; nought if another system packed
        wrong = "is locked with a password" if item.flag_bits & 1 else ""
        if kind not in (0, 4, 8):
            wrong = "is a link or a device"
        if not item.is_dir() or wrong:
            yield item.filename, item.file_size, wrong, lambda item=item: packed.open(item)


def _open_tar(file, head):
    # Unpacked here and not by tarfile, to stand between the two.
    unpacked = next((by for magic, by in _PACKED.items() if head.startswith(magic)), None)
    stream = unpacked(file) if unpacked else file
    return tarfile.open(fileobj=_Sips(stream), mode="r:")


class _Sips:
    """A file of which nobody reads much at once: a tar may claim a name of gigabytes."""

    def __init__(self, file):
        self.seek, self.tell, self._file = file.seek, file.tell, file

    def read(self, size=-1):
        """Read `size` bytes."""
        if not 0 <= size <= _LARGEST_NAME:
            raise tarfile.ReadError("a name in it is too long")
        return self._file.read(size)


def _tar_members(packed):
    for item in packed:
        wrong = "" if item.isreg() or item.isdir() else "is a link or a device"
        if not item.isdir():
            yield item.name, item.size, wrong, lambda item=item: packed.extractfile(item)


def _checked(archive, members, half):
    """Everything in the archive, once all of it is seen to be harmless."""
    free = shutil.disk_usage(half).free - _MARGIN
    most = max(_SMALL, _BOMB * archive.stat().st_size)
    total, found = 0, []
    for name, size, wrong, open_ in members:
        if wrong or _ASTRAY.search(name):
            raise MosaicError(
                f"'{archive}' is not unpacked: '{name}' in it "
                f"{wrong or 'would leave the folder'}. Pack the photos alone, or unpack it "
                "with another program and give the folder."
            )
        total += size
        # A check at every member: it need not be read to its end.
        if total > most or len(found) == _MOST:
            raise MosaicError(
                f"'{archive}' is not unpacked: it would become more than {_BOMB} times as "
                "large or a million files, which photos never do. Give a folder of photos."
            )
        if total > free:
            raise MosaicError(
                f"'{archive}' needs more than the {max(0, free) / 1e6:,.0f} MB that are free "
                f"for '{half.parent}': free some space, or choose a folder on another disk."
            )
        found.append((name, size, open_))
    return found


def _extract(archive, members, half, progress):
    total = sum(size for _, size, _ in members)
    done = 0
    with progress_bar(f"unpacking {archive.name} (MB)", total // 10**6, progress) as shown:
        for name, size, open_ in members:
            path = half / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with open_() as source, open(path, "wb") as out:
                shutil.copyfileobj(source, out, 2**16)
            shown.update((done + size) // 10**6 - done // 10**6)
            done += size

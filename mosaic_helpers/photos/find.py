"""Find photos: every file of a folder or a bucket, in the same order on every machine."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from ..errors import MosaicError, check_path, shown
from . import remote

# What file managers and archives leave beside photographs.
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}


def list_photos(folder: str | os.PathLike[str]) -> list[Path] | list[str]:
    """List every file below a folder that may be a photo, in the same order everywhere.

    No file is opened: whether it is a picture is found out later, from its content and not
    from its name. Hidden files and the litter of file managers are left out. Links to
    folders are followed, each folder once.

    Parameters
    ----------
    folder : path-like
        The folder. ``~`` is expanded. It may also be an address that fsspec reads, such as
        ``"s3://bucket/cats"``.

    Returns
    -------
    list of pathlib.Path, or of str for an address
        Sorted by the path below `folder`, at least one.

    Raises
    ------
    MosaicError
        If there is no such folder, or no file in it.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> photos = mh.list_photos("data/cats")
    >>> len(photos)
    64
    >>> photos[0].as_posix()
    'data/cats/2007 kitchen/DSC_00000.jpg'
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise MosaicError(f"Give the folder of the photos as a path, not {shown(folder)}.")
    found = _find_remote(folder) if remote.is_url(folder) else _find_local(folder)
    photos = [photo for photo, _ in sorted(found, key=_sort_key)]
    if not photos:
        raise MosaicError(f"There are no photos in '{folder}': put some there.")
    return photos


def _find_local(folder):
    """(photo, name below the folder) of every file in it."""
    root = check_path(folder, "folder")
    if root.is_file():
        raise MosaicError(f"'{root}' is a file: give the folder that holds the photos.")
    if not root.exists():
        raise MosaicError(f"There is no folder '{root}': check the path, or make it.")
    return [(path, path.relative_to(root).as_posix()) for path in _walk(root)]


def _find_remote(url):
    files = remote.list_files(url)
    return [(photo, name) for photo, name in files if all(map(_visible, name.split("/")))]


def _walk(root):
    """All visible files below `root`; a loop of links ends at the second visit."""
    visited, unreadable = set(), []
    for parent, folders, names in os.walk(root, onerror=unreadable.append, followlinks=True):
        status = Path(parent).stat()
        if (status.st_dev, status.st_ino) in visited:
            folders[:] = []
            continue
        visited.add((status.st_dev, status.st_ino))
        # Sorted: of two links to one folder, the same is followed everywhere.
        folders[:] = sorted(filter(_visible, folders))
        for path in (os.path.join(parent, name) for name in names if _visible(name)):
            # A link that leads nowhere is kept, so that its owner hears of it.
            if os.path.isfile(path) or not os.path.exists(path):
                yield Path(path)
    # So is a folder that may not be read.
    yield from (Path(error.filename) for error in unreadable)


def _visible(name):
    return not name.startswith(".") and name.lower() not in _LITTER


def _sort_key(found):
    # macOS may spell "é" with two characters; compare the composed forms.
    return unicodedata.normalize("NFC", found[1])

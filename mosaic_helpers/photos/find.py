"""Photographs: find them, and open one upright, in sRGB, square and small.

A **photo** is a file. Whatever the file is called and however it was stored,
`thumbnail` makes the same kind of thing of it: a square array of sRGB bytes. A file
that cannot be used raises `PhotoError`, whose ``reason`` a person understands.
"""

import os
import unicodedata
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import MosaicError, whole_number
from . import remote
from .decode import PhotoError, decoded, why_broken, why_unread
from .pixels import BROKEN, crop_and_resize

# What file managers leave beside photographs and nobody means.
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}

MAX_TILE_SIZE = 1024


def list_photos(folder):
    """List every file below a folder that may be a photo, in the same order everywhere.

    Nothing is opened: whether a file is a picture is told later, by its content and
    not by its name. Hidden files and the litter of file managers are left out. Links
    to folders are followed, each folder once.

    Parameters
    ----------
    folder : path-like
        The folder; ``~`` is understood, and so is an address that fsspec reads, such as
        ``"s3://bucket/cats"``.

    Returns
    -------
    list of pathlib.Path, or of str for an address
        Sorted by their path below `folder`.

    Raises
    ------
    MosaicError
        If there is no such folder, or no file in it.
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise MosaicError(f"Give the folder of the photos as a path, not {folder!r}.")
    found = _find_remote(folder) if remote.is_url(folder) else _find(folder)
    photos = [photo for photo, _ in sorted(found, key=_sort_key)]
    if not photos:
        raise MosaicError(f"There are no photos in '{folder}': put some there.")
    return photos


def _find(folder):
    """(photo, name below the folder) of every file in it."""
    root = Path(folder).expanduser()
    if root.is_file():
        raise MosaicError(f"'{root}' is a file: give the folder that holds the photos.")
    if not root.exists():
        raise MosaicError(f"There is no folder '{root}': check the path, or make it.")
    return [(path, path.relative_to(root).as_posix()) for path in _walk(root)]


def _find_remote(url):
    return [
        (photo, name) for photo, name in remote.find(url) if all(map(_visible, name.split("/")))
    ]


def _walk(root):
    """All visible files below `root`; a loop of links ends at the second visit."""
    visited, closed = set(), []
    for here, folders, names in os.walk(root, onerror=closed.append, followlinks=True):
        status = Path(here).stat()
        if (status.st_dev, status.st_ino) in visited:
            folders[:] = []
            continue
        visited.add((status.st_dev, status.st_ino))
        # Sorted: of two links to one folder, the same is followed everywhere.
        folders[:] = sorted(filter(_visible, folders))
        for path in (os.path.join(here, name) for name in names if _visible(name)):
            # A link that leads nowhere is kept: its owner should hear of it.
            if os.path.isfile(path) or not os.path.exists(path):
                yield Path(path)
    # A folder that may not be read: its owner should hear of it too.
    yield from (Path(error.filename) for error in closed)


def _visible(name):
    return not name.startswith(".") and name.lower() not in _LITTER


def _sort_key(found):
    # macOS may spell "é" with two characters; compare the composed forms.
    return unicodedata.normalize("NFC", found[1])


def read_photo(photo):
    """Read the content of a photo.

    Parameters
    ----------
    photo : path-like
        The file, or its address as `list_photos` gives it.

    Returns
    -------
    bytes

    Raises
    ------
    PhotoError
        If it cannot be read, or is empty.
    """
    try:
        if remote.is_url(photo):
            content = remote.read(photo)
        else:
            with open(os.path.expanduser(photo), "rb", buffering=0) as file:
                content = file.read()
    except OSError as error:
        raise PhotoError(photo, why_unread(error)) from error
    if not content:
        raise PhotoError(photo, "the file is empty")
    return content


def open_photo(photo, longest=None):
    """Open one photo, whole and upright.

    Parameters
    ----------
    photo : path-like, bytes or PIL.Image.Image
        The file, its content, or a picture already open.
    longest : int, optional
        Shrink it to at most so many pixels on its longer side.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, in sRGB.

    Raises
    ------
    PhotoError
        If it cannot be used; says why.
    """

    if not isinstance(photo, (str, os.PathLike, bytes, Image.Image)):
        raise MosaicError(f"A photo is a path, bytes or an opened picture, not {photo!r}.")

    def whole(size):
        scale = min(1, longest / max(size)) if longest else 1
        return tuple(max(1, round(side * scale)) for side in size), None

    return _open(photo, whole)


def thumbnail(photo, size):
    """Cut the square middle out of a photo and shrink it: a tile.

    Parameters
    ----------
    photo : path-like, bytes or PIL.Image.Image
        The file, its content, or a picture already open.
    size : int
        Pixels on a side.

    Returns
    -------
    numpy.ndarray, shape (size, size, 3), dtype uint8
        sRGB.

    Raises
    ------
    PhotoError
        If it cannot be used; says why.
    """

    size = whole_number(size, "tile size", 1, MAX_TILE_SIZE)

    def middle(stored):
        width, height = stored
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        return (size, size), (left, top, left + side, top + side)

    pixels = _open(photo, middle).tobytes()
    return np.frombuffer(pixels, np.uint8).reshape(size, size, 3)


def _open(photo, frame):
    name = "the picture" if isinstance(photo, (bytes, Image.Image)) else photo
    try:
        if isinstance(photo, Image.Image):
            return crop_and_resize(photo, frame)
        content = photo if isinstance(photo, bytes) else read_photo(photo)
        return crop_and_resize(decoded(content, name, lambda size: frame(size)[0]), frame)
    except PhotoError:
        raise
    except BROKEN as error:
        raise PhotoError(name, why_broken(error)) from error

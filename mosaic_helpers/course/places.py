"""Where the course keeps what it makes: for those who must know it, whatever is installed."""

import json
import os
from pathlib import Path

from ..errors import MosaicError

CATS = "cats"  # the painted ones
RECORD = "photos.json"  # the photos of the course, if they are others

# The tile sets that notebooks build on their way, and pixels on a side of their tiles.
# (Notebook 07 builds one more to measure it, anew each time.)
TILES = {"tiles.h5": 64, "first-tiles.h5": 32}


def course_folder():
    """Return the folder of the course, or None if the package is not in it."""
    folder = Path(__file__).resolve().parents[2]
    return folder if (folder / "notebooks").is_dir() else None


def data_folder():
    """Return the folder data of the course, from wherever a command is typed."""
    return _short((course_folder() or Path.cwd()) / "data")


def _short(path):
    """The path as one would type it here, where that is shorter."""
    try:
        return min(path, Path(os.path.relpath(path)), key=lambda path: len(str(path)))
    except ValueError:  # on Windows: another drive
        return path


def recorded(data):
    """Read which photos `prepare --photos` has chosen for the course.

    Parameters
    ----------
    data : pathlib.Path
        The folder data.

    Returns
    -------
    list of str, or None
        Folders, absolute or from `data`; addresses; names of sets. None if they are the
        painted cats.

    Raises
    ------
    MosaicError
        If the record cannot be read.
    """
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
        f"'{record}' does not say which photos the course has: remove it to have the painted "
        "cats, or choose again with  python -m mosaic_helpers prepare --photos DIR"
    )


def gone(sources, data):
    """Name the first folder of a record that is not there, or None.

    Parameters
    ----------
    sources : list of str
        From `recorded`.
    data : pathlib.Path
        The folder data.

    Returns
    -------
    pathlib.Path or None
    """
    # The name of a set has no slash, and an address has a colon before two.
    folders = [data / text for text in sources if set(text) & set("/\\") and "://" not in text]
    return next((folder for folder in folders if not folder.is_dir()), None)

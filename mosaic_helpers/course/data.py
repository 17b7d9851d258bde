"""The photos of the course, and all that its notebooks need made beforehand."""

import json
from pathlib import Path

from ..cats.paint import paint_cats
from ..errors import MosaicError, atomic_write, reporting_write_errors
from ..photos import fetch_photos, is_url, list_photos
from ..tiles.build import build_tiles
from .places import CATS, RECORD, TILES, gone, recorded

_PAINTED = "painted"
_FIRST = 500  # cats, for notebook 00


def photos_from(source, folder=None, *, progress=True):
    """Get photos from wherever they are: as `fetch_photos`, but ``"painted"`` paints cats.

    Parameters
    ----------
    source, folder, progress
        As for `fetch_photos`. By default painted cats are in ``data/cats``.

    Returns
    -------
    list of pathlib.Path, or of str for an address
    """
    if source == _PAINTED and not Path(source).exists():
        return paint_cats(folder or Path("data") / CATS, progress=progress)
    return fetch_photos(source, folder, progress=progress)


def course_photos(data="../data", *, progress=True):
    """List the photos of the course: the painted cats, or those chosen in their place.

    An instructor, or you, may choose others for notebooks 02 to 07 at once::

        python -m mosaic_helpers prepare --photos DIR

    Parameters
    ----------
    data : path-like
        The folder data of the course. Painted cats are in its ``cats``, and painted if
        they are not.
    progress : bool
        Tell how far it is.

    Returns
    -------
    list of pathlib.Path, or of str for an address
        As `paint_cats` or `list_photos` gives it.

    Raises
    ------
    MosaicError
        If the photos chosen are gone, or those of `paint_cats` and `fetch_photos`.
    """
    data = Path(data).expanduser()
    return [photo for _, photos in by_source(data, progress) for photo in photos]


def by_source(data, progress=True):
    """List the photos of the course by where they come from.

    Parameters
    ----------
    data : pathlib.Path
        The folder data of the course.
    progress : bool
        Tell how far it is.

    Returns
    -------
    list of (pathlib.Path or None, list)
        The folder, None for an address; and the photos below it.
    """
    sources = recorded(data)
    if sources is None:
        return [(data / CATS, paint_cats(data / CATS, progress=progress))]
    lost = gone(sources, data)
    if lost:
        raise MosaicError(
            f"The photos of the course were in '{lost}', which is gone: bring the folder back, "
            "or choose others with  python -m mosaic_helpers prepare --photos DIR  (for the "
            "painted cats: --photos painted)."
        )
    return [_listed(source, data, progress) for source in sources]


def _listed(source, data, progress):
    if is_url(source):
        return None, list_photos(source)
    if set(source) & set("/\\"):
        return data / source, list_photos(data / source)
    folder = _of_set(source, data)
    return folder, photos_from(source, folder, progress=progress)


def _of_set(name, data):
    """Where the photos of a set are kept."""
    return data / {_PAINTED: CATS, "pet-cats": "pets"}.get(name, name)


def choose_photos(sources, data, *, progress=True):
    """Record which photos are those of the course.

    Parameters
    ----------
    sources : list of str
        As `photos_from` takes them. Archives and sets come to be in `data`; folders stay
        where they are.
    data : path-like
        The folder data of the course.
    progress : bool
        Tell how far it is.

    Raises
    ------
    MosaicError
        If one of them cannot be had, or holds no photos.
    """
    data = Path(data).expanduser()
    if list(sources) == [_PAINTED]:
        with reporting_write_errors(data / RECORD):
            (data / RECORD).unlink(missing_ok=True)
        return
    chosen = [_entry(source, data, progress) for source in sources]
    with atomic_write(data / RECORD) as half:
        half.write_text(json.dumps({"photos": chosen}, indent=1) + "\n", "utf-8")


def _entry(source, data, progress):
    """What is recorded of a source, once it is seen to have photos."""
    path = Path(source).expanduser()
    if is_url(source) or path.is_dir():
        list_photos(source)
        return source if is_url(source) else _recordable(path, data)
    if path.is_file():
        folder = data / path.name.split(".")[0]
        fetch_photos(source, folder, progress=progress)
        return _recordable(folder, data)
    photos_from(source, _of_set(source, data), progress=progress)
    return source


def _recordable(folder, data):
    """Spell a folder with a slash in it, which no name of a set has."""
    folder, data = folder.resolve(), data.resolve()
    if folder.is_relative_to(data):
        return f"./{folder.relative_to(data).as_posix()}"
    return str(folder)


def prepare(data, *, progress=True):
    """Make what the notebooks need, as far as it is not there.

    Parameters
    ----------
    data : path-like
        The folder data of the course.
    progress : bool
        Tell how far it is.

    Returns
    -------
    list of TileSet
        Those of `places.TILES`, in this order.
    """
    data = Path(data).expanduser()
    # Notebooks 00 and 01 stay with the painted cats, whose troubles are made to be found.
    cats = paint_cats(data / CATS, progress=progress)
    photos = {
        "tiles.h5": course_photos(data, progress=progress),
        "first-tiles.h5": cats[:_FIRST],
    }
    return [
        build_tiles(photos[name], data / name, size, progress=progress)
        for name, size in TILES.items()
    ]

"""Where photographs come from: painted, a folder, an archive, a bucket, a download."""

import os
import shutil
from pathlib import Path

from ..cats.paint import paint_cats
from ..errors import MosaicError
from .archives import is_unpacked, open_archive, unpack
from .download import fetch_file
from .find import list_photos
from .remote import is_url

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


def fetch_photos(source, folder=None, *, progress=True):
    """Get photos from wherever they are, and list them.

    What was fetched once is not fetched again. An instructor can spare the network: the
    environment variable MOSAIC_MIRROR names a folder, such as a USB stick, or the address
    of a server that has the files ``images.tar.gz`` (the pets) and ``cat-dataset.zip``.

    Parameters
    ----------
    source : path-like or str
        A folder; an archive (zip or tar); an address that fsspec reads, such as
        ``"s3://bucket/cats"``; or the name of a set: ``"painted"``, the course's own
        cats; ``"pets"``, the 7,349 cats and dogs of the Oxford-IIIT Pet set (0.8 GB,
        CC BY-SA 4.0); ``"pet-cats"``, the 2,371 cats among them; ``"kaggle"``, the
        nearly 10,000 cats of Kaggle's crawford/cat-dataset (needs kagglehub). If there is
        a file or folder of such a name, it is what is meant.
    folder : path-like, optional
        Where to put what is painted, unpacked or downloaded; by default a folder of its
        name in ``data``.
    progress : bool
        Tell how far it is, and the licence of a set.

    Returns
    -------
    list of pathlib.Path, or of str for an address
        As `list_photos` gives it.

    Raises
    ------
    MosaicError
        If there is no such thing, or it cannot be had; says what to do.
    """
    if not isinstance(source, (str, os.PathLike)):
        raise MosaicError(f"Say where the photos are as text or a path, not {source!r}.")
    if is_url(source):
        return list_photos(source)
    path = Path(source).expanduser()
    if path.is_file():
        return open_archive(path, folder or _DATA / path.name.split(".")[0], progress=progress)
    if path.exists():
        return list_photos(path)
    if str(source) in _SETS:
        return _SETS[str(source)](folder and Path(folder).expanduser(), progress)
    raise MosaicError(
        f"There is no folder '{path}', nor an archive or a set of photos of that name: check "
        f"the path; the sets are {', '.join(_SETS)}."
    )


def _painted(folder, progress):
    return paint_cats(folder or _DATA / "cats", progress=progress)


def _pets(folder, progress):
    folder = folder or _DATA / "pets"
    if not is_unpacked(folder, "pets"):
        _unpack_from(_PETS, folder, "pets", _PETS_CHECKSUM, progress)
    _note(_PETS_LICENCE, progress)
    # A few tables of Matlab lie among them.
    return [photo for photo in list_photos(folder) if photo.suffix == ".jpg"]


def _pet_cats(folder, progress):
    # The breeds of cats begin with a capital letter, those of dogs with a small one.
    return [photo for photo in _pets(folder, progress) if photo.name[0].isupper()]


def _kaggle(folder, progress):
    folder = folder or _DATA / "kaggle"
    if is_unpacked(folder, "kaggle"):
        pass
    elif os.environ.get("MOSAIC_MIRROR", "").strip():
        _unpack_from("cat-dataset.zip", folder, "kaggle", None, progress)
    else:
        folder = _from_kaggle()
    _note(_KAGGLE_LICENCE, progress)
    photos = [photo for photo in list_photos(folder) if photo.suffix == ".jpg"]
    return _once_each(photos)


def _unpack_from(url, folder, mark, checksum, progress):
    """Fetch an archive, unpack it, and keep only what was in it."""
    cache = folder.with_name(f"{folder.name}.download")
    unpack(fetch_file(url, cache, checksum, progress=progress), folder, mark, progress)
    shutil.rmtree(cache, ignore_errors=True)


def _from_kaggle():
    """Kaggle's own program downloads, goes on, checks, unpacks and keeps the set."""
    try:
        import kagglehub
    except ImportError as error:
        raise MosaicError(
            "The cats of Kaggle come by a package that is not installed: type  "
            "pip install kagglehub  and try again, or choose the set pet-cats."
        ) from error
    try:
        return Path(kagglehub.dataset_download(_KAGGLE))
    except (OSError, ValueError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else "no answer"
        raise MosaicError(
            f"Kaggle's {_KAGGLE} cannot be had ({why}): check the network, or set "
            "MOSAIC_MIRROR to a folder or an address that has cat-dataset.zip."
        ) from error


def _once_each(photos):
    """The set holds every photo twice, in CAT_00 and in cats/CAT_00: the first of each.

    What else is double, `build_tiles` finds by its content; this spares reading it.
    """
    first = {}
    for photo in photos:
        first.setdefault((photo.parent.name, photo.name, photo.stat().st_size), photo)
    return list(first.values())


def _note(licence, progress):
    if progress:
        print(licence)


_SETS = {"painted": _painted, "pets": _pets, "pet-cats": _pet_cats, "kaggle": _kaggle}

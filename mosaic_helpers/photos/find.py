"""Find photos: every file of a folder or a bucket, in the same order on every machine.

Beside photos lie the thumbnails, previews, sidecars and databases of other programs, and what
was thrown away. All this is told by name alone, left out, and counted.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

from ..errors import MosaicError, check_path, shown
from . import remote

# What is left out without a word: what file managers leave behind, and what is our own.
_SILENT = re.compile(
    r"\.ds_store|(eh)?thumbs\.db|desktop\.ini|icon\r|\.directory|__macosx"
    r"|\.(unpacked|painted)\.json|\.photo-mosaic-.*|.*\.(h5|hdf5)\.(lock|parts)"
)
CLOUD = "photos in the cloud"
_HIDDEN = "hidden files"
# Of the libraries of some programs, the originals alone are the photos.
_LIBRARY = r"[^/]+\.(photos?library|migratedphotolibrary|aplibrary|cocatalog|lrlibrary)/"
# Folders of other programs, by their path below the folder that is listed, in small letters.
_FOLDERS = {
    kind: re.compile(rf"(^|/)({pattern})")
    for kind, pattern in {
        "thumbnails": r"@eadir/|thmbnl/|ipod photo cache/|pwg_representative/|appdata_\w+/"
        r"|[^/]+\.(lrdata|lrcat-data|imovielibrary|fcpbundle|musiclibrary|tvlibrary)/"
        rf"|{_LIBRARY}(?!(originals|masters)/|[^/]+/originals/)",
        "deleted files": r"#recycle/|@recycle/|\$recycle\.bin/|recycle[rd]/|lost\+found/"
        r"|found\.\d\d\d/|files_trashbin/|network trash folder/",
        "older copies": r"#snapshot/|@recently-snapshot/|~snapshot/|@gmt-[\d.-]+/"
        r"|files_versions/",
        "system files": r"system volume information/|temporary items/|@(tmp|sharebin|appstore"
        r"|database|quarantine|synology\w*)/",
    }.items()
}
# Names that a user may choose too: they are a program's only where all of these lie together.
_TOGETHER = (
    ({"thumbs", "encoded-video"}, {"thumbs", "encoded-video", "profile", "backups"}),  # Immich
    ({"cache", "sidecar"}, {"cache", "sidecar"}),  # PhotoPrism
    ({"big", "medium", "small", "thumb"}, {"medium", "small", "thumb"}),  # Lychee
    ({"files", "thumbnails", "cache"}, {"thumbnails", "cache"}),  # ownCloud
)
_TAGS = {"cachedir.tag": "thumbnails", ".nomedia": _HIDDEN}  # files that say so of a folder
_ENDINGS = {
    ending: kind
    for kind, endings in {
        CLOUD: "icloud nextcloud owncloud cloud",
        "JSON files": "json",
        "sidecar files": "xmp aae pp3 dop nksc cos on1 onphoto spd arp vrd xml",
        "thumbnails": "thm scr cot cop cof ithmb lrprev jbf bc bct",
        "shortcuts": "lnk url webloc desktop website gdoc gsheet gslides gdraw gform gmap",
        "unfinished downloads": "part partial crdownload download opdownload filepart !ut tmp",
        "HDF5 files": "h5 hdf5",
        "databases": "db db-shm db-wal db-journal sqlite sqlite3 lrcat ctg ind mdb",
        "system files": "ini inf info",
    }.items()
    for ending in endings.split()
}


class PhotoList(list):
    """Photos, as `list_photos` finds them.

    Attributes
    ----------
    left_out : collections.Counter
        How many other files there were, by what they are, such as "JSON files".
    """

    def __init__(self, photos=(), left_out=()):
        super().__init__(photos)
        self.left_out = Counter(left_out)

    def __add__(self, other):
        left_out = self.left_out + getattr(other, "left_out", Counter())
        return PhotoList([*self, *other], left_out)


def list_photos(folder: str | os.PathLike[str]) -> PhotoList:
    """List every file below a folder that may be a photo, in the same order everywhere.

    No file is opened: whether it is a picture is found out later, from its content and not
    from its name. Left out are hidden files, what other programs keep beside photos
    (thumbnails, sidecars, databases), and what was deleted. Links to folders are followed,
    each folder once.

    Parameters
    ----------
    folder : path-like
        The folder. ``~`` is expanded. It may also be an address that fsspec reads, such as
        ``"s3://bucket/cats"``.

    Returns
    -------
    list of pathlib.Path, or of str for an address
        Sorted by the path below `folder`, at least one. Its attribute ``left_out`` counts
        the files that were left out, by what they are.

    Raises
    ------
    MosaicError
        If there is no such folder, or no photo in it.

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
    photos, left_out = _sort_out(sorted(found, key=_sort_key), folder)
    if not photos:
        others = [f" {sentence}" for part in describe_left_out(left_out) for sentence in part]
        place = remote.without_secrets(str(folder))
        raise MosaicError(f"There are no photos in '{place}': put some there.{''.join(others)}")
    return PhotoList(photos, left_out)


def describe_left_out(left_out):
    """Say how many files were left out: sentences on what can be mended, and on the rest."""
    counts = Counter(left_out)
    cloud = counts.pop(CLOUD, 0)
    are = "photos are" if cloud > 1 else "photo is"
    mendable = [f"{cloud:,} {are} still in the cloud: download them first."] if cloud else []
    total = counts.total()
    kinds = ", ".join(
        f"{count:,} {kind if count > 1 else kind.removesuffix('s')}"
        for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    are = "files are no photos" if total > 1 else "file is no photo"
    return mendable, [f"{total:,} {are}: {kinds}."] if total else []


def _find_local(folder):
    """(photo, name below the folder) of every file in it."""
    root = check_path(folder, "folder")
    if root.is_file():
        raise MosaicError(f"'{root}' is a file: give the folder that holds the photos.")
    if not root.exists():
        raise MosaicError(f"There is no folder '{root}': check the path, or make it.")
    for path, end in _walk(root):
        name = path.relative_to(root).as_posix()
        # A folder "~cats" shall not be taken for the home of a user.
        yield (Path.cwd() / path if str(path).startswith("~") else path), name + end


def _walk(root):
    """(path, "") of all files; ("/" in place of "") of folders that are not looked into."""
    visited, unreadable = set(), []
    for parent, folders, names in os.walk(root, onerror=unreadable.append, followlinks=True):
        status = Path(parent).stat()
        if (status.st_dev, status.st_ino) in visited:
            folders[:] = []  # a loop of links
            continue
        visited.add((status.st_dev, status.st_ino))
        yield from ((Path(parent, name), "/") for name in folders if name.startswith("."))
        # Sorted: of two links to one folder, the same is followed everywhere.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (os.path.join(parent, name) for name in names):
            # A link that leads nowhere is kept, so that its owner hears of it.
            if os.path.isfile(path) or not os.path.exists(path):
                yield Path(path), ""
    # So is a folder that may not be read.
    yield from ((Path(error.filename), "/") for error in unreadable)


def _find_remote(url):
    """As `_find_local`; what is in a hidden folder counts once."""
    hidden = set()
    for photo, name in remote.list_files(url):
        found = re.search(r"(^|/)\.[^/]*/", name)
        if not found:
            yield photo, name
        elif name[: found.end()] not in hidden:
            hidden.add(name[: found.end()])
            yield photo, name[: found.end()]


def _sort_key(found):
    # macOS may spell "é" with two characters; compare the composed forms. Where both
    # spellings are there, the second key holds them apart.
    return unicodedata.normalize("NFC", found[1]), found[1]


def _sort_out(found, root):
    """The photos among (photo, name below the folder `root`); how many others, by kind."""
    start = re.search(rf"(^|/)({_LIBRARY})$", f"{root}/".lower())  # a library itself is listed
    names = [f"{start[2] if start else ''}{name.lower()}" for _, name in found]
    kind_of_folder = _folder_kinds(names)
    photos, left_out = [], Counter()
    for (photo, _), name in zip(found, names, strict=True):
        folder, _, last = name.rpartition("/")
        if kind := kind_of_folder(folder) or _kind_of_file(last):
            left_out[kind] += 1
        else:
            photos.append(photo)
    del left_out["silent"]
    return photos, left_out


def _kind_of_file(name):
    """What a file of this name is, if it is no photo; None if it may be one."""
    if _SILENT.fullmatch(name):
        return "silent"
    stem, _, ending = name.rpartition(".")
    kind = _ENDINGS.get(ending) if stem else None
    return _HIDDEN if name.startswith(".") and kind != CLOUD else kind


def _folder_kinds(names):
    """A function that says what a folder is, if it does not hold photos of the user's."""
    folders_in, tagged = {}, {}
    for name in names:
        folder, _, last = name.rpartition("/")
        if last in _TAGS:
            tagged[folder] = _TAGS[last]
        while folder:
            parent, _, last = folder.rpartition("/")
            siblings = folders_in.setdefault(parent, set())
            if last in siblings:
                break
            siblings.add(last)
            folder = parent
    tagged.pop("", None)  # that is the one to list

    @cache
    def kind_of(folder):
        path = f"{folder}/"
        return next((k for k, found in _FOLDERS.items() if found.search(path)), marked(folder))

    @cache
    def marked(folder):
        """What its name, or files and folders beside it, say about it or a folder above."""
        if not folder:
            return None
        parent, _, last = folder.rpartition("/")
        if _SILENT.fullmatch(last):
            return "silent"
        if last.startswith("."):
            return _HIDDEN
        beside = folders_in[parent]
        if any(last in theirs and together <= beside for together, theirs in _TOGETHER):
            return "thumbnails"
        return tagged.get(folder) or marked(parent)

    return kind_of

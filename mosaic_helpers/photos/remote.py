"""Photographs that are not on this machine: whatever `fsspec` reads.

Such a photo is not a path but a text, its address: ``"s3://bucket/cats/tom.jpg"``. Who may
read it, and at which server, says the configuration of fsspec or of the service; on a
cluster every worker reads for itself and needs the same.
"""

import os
import re
from pathlib import Path

from ..errors import MosaicError

_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+://")  # two letters at least: C:// is a drive
# What services call the state of a file; its size alone may stay when it changes.
_STATE = ("ETag", "etag", "md5Hash", "CRC", "mtime", "LastModified", "last_modified", "created")


def is_url(photo):
    """Whether a photo or folder is an address rather than a path."""
    return isinstance(photo, str) and bool(_ADDRESS.match(photo))


def place(photo):
    """Return an address as it is, and anything else as a pathlib.Path."""
    return photo if is_url(photo) else Path(photo)


def below(root, name):
    """Join a folder, as `place` gives it, and a name in it."""
    if not is_url(root):
        return root / name
    return f"{root}{name}" if root.endswith("/") else f"{root}/{name}"


def common_folder(urls):
    """Return the folder that all the addresses lie in, with the stroke at its end."""
    if all(map(is_url, urls)):
        starts = [url.partition("::")[0] for url in urls]
        start = os.path.commonprefix(starts)  # noqa: RUF071 (letters: cut at a stroke below)
        folder = start[: start.rfind("/") + 1]
        if is_url(folder):
            return folder
    raise MosaicError("All photos of a tile set must lie on this machine, or in one service.")


def find(url):
    """Find every file below an address.

    Parameters
    ----------
    url : str
        The folder.

    Returns
    -------
    list of (address, name) of str
        The name is the path below `url`.
    """
    files, root = _open(url)
    inner, chain, rest = url.partition("::")  # zip://inside::s3://bucket/cats.zip
    try:
        files.invalidate_cache()
        found = files.find(root)
    except Exception as error:  # each service has errors of its own
        raise MosaicError(f"'{url}' cannot be listed ({_why(error)}): {_ADVICE}.") from error
    names = [path[len(root) :].strip("/") for path in found]
    return [
        (below(inner, name) + chain + rest, name)
        for name in names
        if name and "?" not in name  # a web server's ways to sort its list
    ]


def read(url):
    """Read the content of the file at an address; raises OSError, saying why."""
    files, path = _open(url)
    try:
        return files.cat_file(path)
    except FileNotFoundError:
        raise
    except Exception as error:  # each service has errors of its own
        raise OSError(f"it cannot be fetched: {_why(error)}") from error


def states(urls):
    """Tell of each file, by its address, what changes when it changes; None if it is gone.

    A folder at a time, as services list a thousand files sooner than they tell of ten.
    """
    places = [(*_open(url), url.partition("::")[2]) for url in urls]
    folders = {(files._parent(path), chain): files for files, path, chain in places}
    for files in set(folders.values()):
        files.invalidate_cache()  # what was listed before may have changed
    known = {}
    for (folder, chain), files in folders.items():
        try:
            listed = files.ls(folder, detail=True)
        except Exception:  # whether a photo can be read is told by who reads it
            continue
        for item in listed:
            state = [str(item[key]) for key in _STATE if item.get(key) is not None]
            known[item["name"].strip("/"), chain] = "|".join([str(item.get("size")), *state])
    return [known.get((path.strip("/"), chain)) for _, path, chain in places]


_ADVICE = "check the address, the network, and the keys of the service"


def _open(url):
    """The file system of an address, and the path in it."""
    import fsspec

    try:
        return fsspec.core.url_to_fs(url)
    except ImportError as error:
        kind = url.partition("://")[0]
        needed = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "http": "aiohttp"}
        package = needed.get(kind.removesuffix("s") if "http" in kind else kind)
        advice = f"type  pip install {package}" if package else str(error)
        raise MosaicError(
            f"'{url}' is read by a package that is not installed: {advice}."
        ) from error
    except Exception as error:
        raise MosaicError(f"'{url}' cannot be read ({_why(error)}): {_ADVICE}.") from error


def _why(error):
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:100]

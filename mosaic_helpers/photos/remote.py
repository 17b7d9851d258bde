"""Photographs that are not on this machine: whatever `fsspec` reads.

Such a photo is not a path but a text, its address: ``"s3://bucket/cats/tom.jpg"``. The keys
and the server come from the configuration of fsspec or of the service. On a cluster every
worker reads for itself and needs the same.
"""

import os
import re
from pathlib import Path

from ..errors import MosaicError

_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+://")  # two letters at least: C:// is a drive
# What services call the state of a file; its size alone may stay when it changes.
_STATE = ("ETag", "etag", "md5Hash", "CRC", "mtime", "LastModified", "last_modified", "created")
_PACKAGES = {
    **{"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"},
    **{"http": "aiohttp", "https": "aiohttp"},
}
_ADVICE = "check the address, the network, and the keys of the service"


def is_url(photo):
    """Whether a photo or folder is an address rather than a path."""
    return isinstance(photo, str) and bool(_ADDRESS.match(photo))


def as_path(photo):
    """Return an address as it is, and anything else as a pathlib.Path."""
    return photo if is_url(photo) else Path(photo)


def join(root, name):
    """Join a folder, as `as_path` gives it, and a name in it."""
    if not is_url(root):
        return root / name
    return f"{root}{name}" if root.endswith("/") else f"{root}/{name}"


def common_folder(urls):
    """Return the folder that all the addresses lie in, with the slash at its end."""
    if all(map(is_url, urls)):
        starts = [url.partition("::")[0] for url in urls]
        folder = _folder(os.path.commonprefix(starts))  # noqa: RUF071 (letters: cut at a slash)
        if is_url(folder):
            return folder
    raise MosaicError("All photos of a tile set must lie on this machine, or in one service.")


def list_files(url):
    """List (address, name below `url`) of every file below an address."""
    files, root = _open(url)
    inner, chain, rest = url.partition("::")  # zip://inside::s3://bucket/cats.zip
    try:
        files.invalidate_cache()
        found = files.find(root)
    except Exception as error:  # each service has errors of its own
        message = f"'{url}' cannot be listed ({_first_line(error)}): {_ADVICE}."
        raise MosaicError(message) from error
    names = [path[len(root) :].strip("/") for path in found]
    return [
        (join(inner, name) + chain + rest, name)
        for name in names
        if name and "?" not in name  # a web server's ways to sort its list
    ]


def read_file(url, most):
    """Read the file at an address, or open it if it has more than `most` bytes.

    Raises FileNotFoundError, or ConnectionError in words.
    """
    files, path = _open(url)
    try:
        try:
            content = files.cat_file(path, 0, most + 1)  # one request: nearly all have fewer
        except FileNotFoundError:
            raise
        except Exception:  # some servers refuse a range that goes beyond the end
            content = None if files.size(path) > most else files.cat_file(path)
        if content is None or len(content) == most + 1:
            return files.open(path, "rb")
        return content  # all of it, as also a server sends that knows no ranges
    except FileNotFoundError:
        raise
    except Exception as error:  # each service has errors of its own
        raise ConnectionError(f"it cannot be fetched: {_first_line(error)}") from error


def file_states(urls):
    """Return for each file a text that changes when the file does; None if it is gone.

    Whole folders are listed: services list a thousand files sooner than they describe ten.
    """
    located = [(*_open(url), url.partition("::")[2]) for url in urls]
    folders = {(_folder(path), chain): files for files, path, chain in located}
    for files in set(folders.values()):
        files.invalidate_cache()  # what was listed before may have changed
    states = {}
    for (folder, chain), files in folders.items():
        try:
            listed = files.ls(folder, detail=True)
        except Exception:  # reading the photo will say why it cannot be read
            continue
        for item in listed:
            state = [str(item[key]) for key in _STATE if item.get(key) is not None]
            states[item["name"].strip("/"), chain] = "|".join([str(item.get("size")), *state])
    return [states.get((path.strip("/"), chain)) for _, path, chain in located]


def _folder(path):
    return path[: path.rfind("/") + 1]


def _open(url):
    """The file system of an address, and the path in it."""
    import fsspec

    try:
        return fsspec.core.url_to_fs(url)
    except ImportError as error:
        package = _PACKAGES.get(url.partition("://")[0])
        advice = f"type  pip install {package}" if package else str(error)
        raise MosaicError(
            f"'{url}' needs a package that is not installed: {advice}."
        ) from error
    except Exception as error:
        message = f"'{url}' cannot be read ({_first_line(error)}): {_ADVICE}."
        raise MosaicError(message) from error


def _first_line(error):
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:100]

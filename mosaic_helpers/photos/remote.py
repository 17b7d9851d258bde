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
# The protocols that photos may come by, and the package that each needs. fsspec knows more,
# and some of these do what a file tells them to do.
_PROTOCOLS = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "adlfs"),
    **dict.fromkeys(("http", "https"), "aiohttp"),
    **{"hf": "huggingface_hub", "sftp": "paramiko", "smb": "smbprotocol"},
    **dict.fromkeys(("ftp", "webhdfs", "file", "memory", "zip", "tar")),
}
_named: set[str] = set()  # the services that the user has named since the start
_ADVICE = "check the address, the network, and the keys of the service"


def is_url(photo):
    """Whether a photo or folder is an address rather than a path."""
    return isinstance(photo, str) and bool(_ADDRESS.match(photo))


def without_secrets(text):
    """Return an address, or a text with addresses in it, without passwords and signatures."""
    if not isinstance(text, str) or "://" not in text:
        return text
    if is_url(text):
        return _chain_without_secrets(text)
    return re.sub(
        r"(?<![\w+.-])[\w+.-]+://\S+", lambda found: _chain_without_secrets(found[0]), text
    )


def _chain_without_secrets(address):
    return "::".join(map(_without_secrets, address.split("::")))


def _without_secrets(address):
    protocol, separator, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    user, _, host = host.rpartition("@")
    web = protocol.lower() in {"http", "https", "ftp"}
    if user and not web and ":" not in user:
        host = f"{user}@{host}"  # of Azure it is the container
    address = f"{protocol}{separator}{host}{slash}{path}"
    return re.split("[?#]", address)[0] if web else address


def as_path(photo):
    """Return an address as it is, and anything else as a pathlib.Path."""
    return photo if is_url(photo) else Path(photo)


# Absolute, with a drive, upwards, or with a character that ends a name early.
_OUTSIDE = re.compile(r"^[\\/]|^[A-Za-z]:|(^|[\\/])\.\.([\\/]|$)|\0")
# Elsewhere than on Windows, "a:b.jpg" is the name of a photo.
_OUTSIDE_HERE = re.compile(_OUTSIDE.pattern.replace(":", r":[\\/]" if os.name != "nt" else ":"))
_MAX_NAME = 1000  # characters: folders in folders, hundreds deep, are made by nobody
_ON_WINDOWS = os.name == "nt"
# There these are devices, streams of other files, or other names.
_NOT_ON_WINDOWS = re.compile(
    r'[<>:"|?*\x01-\x1f]|[ .]$|^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³]) *(\.|$)',
    re.I,
)


def name_problem(name, portable=True):
    """What is wrong with a name that a file from anybody gives for one below its folder.

    What is unpacked has to be `portable`; what is here already has the names of this system.
    """
    if (_OUTSIDE if portable else _OUTSIDE_HERE).search(name):
        return "would leave the folder"
    if len(name) > _MAX_NAME:
        return "has too long a name"
    parts = set(re.split(r"[\\/]", name)) - {"", "."}
    if _ON_WINDOWS and any(map(_NOT_ON_WINDOWS.search, parts)):
        return "has a name that Windows does not allow"
    return ""


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


def _service(url):
    """Where the data of an address come from: the protocol with the server or the bucket."""
    protocol, separator, rest = without_secrets(url).split("::")[-1].partition("://")
    return f"{protocol}://{rest.partition('/')[0]}" if separator else protocol


def refuse_unnamed(photo):
    """Refuse an address that a file has brought, unless the user has named its service."""
    if is_url(photo) and _service(photo) not in _named:
        raise MosaicError(
            f"The photo is at '{photo}', says the file of the tiles. If you want to read from "
            "there, name its folder first, by mh.list_photos."
        )


def list_files(url):
    """List (address, name below `url`) of every file below an address."""
    _named.add(_service(url))
    files, root = _open(url)
    inner, chain, rest = url.partition("::")  # zip://inside::s3://bucket/cats.zip
    try:
        files.invalidate_cache()
        found = files.find(root)
    except Exception as error:  # each service has errors of its own
        place, reason = without_secrets(url), _first_line(error)
        raise MosaicError(f"'{place}' cannot be listed ({reason}): {_ADVICE}.") from error
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
    _named.update(map(_service, urls))
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
    place = without_secrets(url)
    for part in url.split("::"):
        protocol = _protocol(part)
        if protocol not in _PROTOCOLS:
            raise MosaicError(
                f"'{place}' cannot be read: '{protocol}' is none of the protocols that photos "
                f"come by, which are {', '.join(_PROTOCOLS)}."
            )
    import fsspec

    try:
        return fsspec.core.url_to_fs(url)
    except ImportError as error:
        package = _PROTOCOLS[_protocol(url)]
        advice = f"type  pip install {package}" if package else str(error)
        raise MosaicError(
            f"'{place}' needs a package that is not installed: {advice}."
        ) from error
    except Exception as error:
        message = f"'{place}' cannot be read ({_first_line(error)}): {_ADVICE}."
        raise MosaicError(message) from error


def _protocol(part):
    """The protocol of a part of an address, as fsspec sees it."""
    protocol, separator, _ = part.partition("://")
    if separator and len(protocol) > 1:
        return protocol.lower()
    if part.startswith("data:"):
        return "data"
    return "file" if re.search(r"[/\\.]", part) else part  # a word alone is a protocol


def _first_line(error):
    text = str(error).strip() or type(error).__name__
    return without_secrets(text.splitlines()[0])[:100]

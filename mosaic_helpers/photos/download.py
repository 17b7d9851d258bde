"""Fetch one file: checked, gone on with where it broke off, whole or not at all.

In a room without network, the environment variable MOSAIC_MIRROR says where the file is
instead: the address of the instructor's server, or a folder, such as a USB stick.
"""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from ..errors import MosaicError, reporting_write_errors
from ..parallel import progress_bar

_PATIENCE = 30  # seconds that a server may be silent
_TRIES, _PAUSE = 4, 0.5
_BLOCK = 2**18


def fetch_file(url, folder, checksum=None, *, progress=True):
    """Download a file, or find it in the mirror, and check it.

    Parameters
    ----------
    url : str
        Where it is published; its last part is the name of the file.
    folder : path-like
        Where to keep it, and what there is of it when the network breaks off.
    checksum : str, optional
        Such as ``"md5:5c4f…"``.
    progress : bool
        Tell how far it is, in MB.

    Returns
    -------
    pathlib.Path
        The file, in `folder` or in the folder that MOSAIC_MIRROR names.

    Raises
    ------
    MosaicError
        If there is no network, no such file, or its content is another one.
    """
    name = url.rpartition("/")[2]
    mirror = os.environ.get("MOSAIC_MIRROR", "").strip()
    if mirror and "://" not in mirror:
        return _on_disk(Path(mirror).expanduser() / name, checksum)
    if mirror:
        url = f"{mirror.rstrip('/')}/{name}"
    return _from_server(url, Path(folder).expanduser() / name, checksum, progress)


def _on_disk(path, checksum):
    from pooch import file_hash

    if not path.is_file():
        raise MosaicError(
            f"There is no '{path.name}' in '{path.parent}', where MOSAIC_MIRROR says that "
            "downloads are: put it there, or unset MOSAIC_MIRROR."
        )
    kind, _, value = (checksum or "").partition(":")
    if value and file_hash(str(path), kind) != value:
        raise MosaicError(f"'{path}' is not as it was published: copy it there again.")
    return path


def _from_server(url, path, checksum, progress):
    import pooch

    pooch.get_logger().setLevel("WARNING")  # the progress says as much

    def download(url, to, _):
        # What breaks off is kept beside the file, under a name that does not change.
        part = path.with_name(f".{path.name}.part")
        _go_on(url, part, progress)
        os.replace(part, to)

    with reporting_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return Path(
                pooch.retrieve(url, checksum, path.name, str(path.parent), downloader=download)
            )
        except ValueError as error:
            if isinstance(error, MosaicError):
                raise
            raise MosaicError(
                f"What came from '{url}' is not the file that was published, and was thrown "
                "away: try again, or get it elsewhere and set MOSAIC_MIRROR to its folder."
            ) from error


def _go_on(url, part, progress):
    """Fetch what is missing of `part`; a few times, if the network breaks off."""
    import requests

    failures, most = 0, _size(part)
    while True:
        try:
            _request(url, part, progress)
            return
        except (requests.RequestException, _Short) as error:
            # What brings something is no failure: a bad network comes to its end too.
            failures = 0 if _size(part) > most else failures + 1
            most = max(most, _size(part))
            if failures == _TRIES:
                raise _given_up(url, part, error) from error
            time.sleep(failures * _PAUSE)


class _Short(Exception):
    """Fewer bytes came than were announced."""


def _given_up(url, part, error):
    import requests

    if _size(part) or isinstance(error, _Short):
        return MosaicError(
            f"The download of '{url}' broke off after {_size(part) / 1e6:,.1f} MB: run it "
            "again, and it goes on from there."
        )
    silent = isinstance(error, requests.Timeout)
    return MosaicError(
        f"'{url}' cannot be reached ({'no answer' if silent else 'no connection'}): check "
        "the network, or set MOSAIC_MIRROR to a folder or an address that has the file."
    )


def _request(url, part, progress):
    """Ask once for what is missing, and append it."""
    import requests

    there = _size(part)
    # As it is: a server that packs it for the way would make its length another one.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    with requests.get(url, headers=headers, stream=True, timeout=_PATIENCE) as answer:
        start, total = _extent(answer)
        if answer.status_code == 416 and there == total:
            return  # nothing is missing
        if answer.status_code == 416 or start not in (0, there):
            part.unlink(missing_ok=True)  # of a file that is no more: begin anew
            raise _Short
        if not answer.ok:
            raise MosaicError(
                f"'{url}' cannot be had: the server says {answer.status_code} "
                f"{answer.reason}. Check the address, and MOSAIC_MIRROR if it is set."
            )
        _append(answer, part, start, total, progress)


def _extent(answer):
    """At which byte the answer starts, and how many the file has (None: not said)."""
    told = re.match(r"bytes (?:(\d+)-\d+|\*)/(\d+)", answer.headers.get("Content-Range", ""))
    if answer.status_code in (206, 416) and told:
        return int(told[1] or 0), int(told[2])
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _append(answer, part, start, total, progress):
    label = f"downloading {part.name[1:].removesuffix('.part')} (MB)"
    with (
        progress_bar(label, (total or 0) // 10**6, progress) as shown,
        open(part, "r+b" if start else "wb") as out,
    ):
        out.seek(start)
        shown.update(start // 10**6)
        for block in answer.iter_content(_BLOCK):
            out.write(block)
            shown.update(out.tell() // 10**6 - shown.n)
        out.truncate()
        if total is not None and out.tell() != total:
            raise _Short


def _size(part):
    with suppress(FileNotFoundError):
        return part.stat().st_size
    return 0

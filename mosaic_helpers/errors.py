"""The one kind of error that the user can mend, the checks that raise it, atomic writes."""

import difflib
import errno
import json
import operator
import os
import platform
import re
import shutil
import tempfile
import time
import zlib
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .locks import holding

SOFTWARE = "photo-mosaic"  # every mosaic carries it in its tag Software: it is ours

_PREFIX, _SUFFIX = ".photo-mosaic-", ".tmp"  # of the folders for what is not done
# Locks need not reach other hosts, so the name says whose it is.
_LOCK = f"lock-{zlib.crc32(platform.node().encode()):08x}"
_DAY = 86400  # seconds; nothing takes longer
_IS_WINDOWS = os.name == "nt"


class MosaicError(ValueError):
    """Something about the input is wrong; the message says what, and what to do.

    The command line shows the message as one sentence. Any other error is a mistake of
    ours and keeps its traceback.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> try:
    ...     mh.open_tiles("nowhere.h5")
    ... except mh.MosaicError as error:
    ...     print(error)
    There is no tile set 'nowhere.h5': make it with build_tiles.
    """

    def __str__(self):
        """Return the sentence, which may hold the name of any file, fit for a terminal."""
        return "\n".join(map(printable, super().__str__().split("\n")))

    def _render_traceback_(self):
        """Show the sentence alone in a notebook, where IPython asks for this."""
        return [f"{type(self).__name__}: {self}"]


# Ends of lines, codes that a terminal obeys, turned writing, and bytes that are no text.
_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(name):
    """Return a name, of a file of anybody's, as it may be printed in one line."""
    return _UNPRINTABLE.sub(lambda found: repr(found[0])[1:-1], name)


def shown(value):
    """Return a value as a message shows it: no page of it."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({type(value).__name__})"


_KINDS = {  # of arguments: their class, and what makes one
    "tiles": ("TileSet", "build_tiles or open_tiles"),
    "target": ("Target", "open_target"),
    "match": ("Match", "match_nearest or match_optimal"),
}


def check_kinds(**values):
    """Refuse arguments that are something else than their names say."""
    for name, value in values.items():
        kind, maker = _KINDS[name]
        if kind not in {each.__name__ for each in type(value).__mro__}:
            raise MosaicError(
                f"The {name} must be a {kind}, as {maker} makes it, not {shown(value)}."
            )


def check_path(value: Any, name: str) -> Path:
    """Return a path, with the user's folder in place of ~, or say that `value` is none."""
    try:
        path = Path(os.path.expanduser(value))
        os.stat(path)
    except (TypeError, ValueError, OSError) as error:
        if getattr(error, "errno", errno.ENAMETOOLONG) == errno.ENAMETOOLONG:
            raise MosaicError(f"The {name} must be a path, not {shown(value)}.") from None
    return path


def whole_number(value, name, low, high):
    """Return `value` as an int, or say that `name` is not a whole number in low..high."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise MosaicError(
            f"The {name} must be a whole number from {low:,} to {high:,}, not {shown(value)}."
        )
    return number


@dataclass(frozen=True)
class Setting:
    """What a setting may be: refusals, the command line, sliders and checks read it."""

    label: str  # in messages
    low: Any  # an int if whole numbers alone are allowed
    high: Any
    default: Any = None  # None if it follows from something else
    slider: tuple = ()  # the ends of the explorer's slider


SETTINGS = {
    "columns": Setting("target resolution (columns)", 1, 2000, 100, slider=(2, 200)),
    "tile_size": Setting("tile size (pixels)", 1, 1024, 64, slider=(4, 1024)),
    "max_uses": Setting("use limit max_uses", 1, 10**9, slider=(0, 20)),
    "min_uses": Setting("use limit min_uses", 0, 1, 0),
    "min_distance": Setting("min_distance (cells between copies)", 1, 2000, 1, slider=(1, 21)),
    # By experiment (tests/benchmarks/bench_picture.py): more parts gain nothing, less colour
    # draws better and paints worse, and the mean keeps regions in tune.
    "detail": Setting("detail", 1, 8, 4, slider=(1, 8)),
    "chroma_weight": Setting("chroma_weight", 0.0, 10.0, 0.4),
    "mean_weight": Setting("mean_weight", 0.0, 10.0, 1.0),
    "tint": Setting("tint", 0.0, 1.0, 0.0, slider=(0.0, 1.0)),
    "quality": Setting("JPEG quality", 1, 95, 90),
    "n_workers": Setting("number of workers", 1, 256),
    "threads": Setting("number of threads", 1, 256),
}

# Bytes that a browser may send at once, such as a picture that becomes the target.
LARGEST_UPLOAD = 2**28


def check_setting(name, value):
    """Return a value for one of the `SETTINGS` as a number, or say what is allowed."""
    setting = SETTINGS[name]
    if isinstance(setting.low, int):
        return whole_number(value, setting.label, setting.low, setting.high)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not setting.low <= number <= setting.high:
        raise MosaicError(
            f"The {setting.label} must be a number from {setting.low:g} to {setting.high:g}, "
            f"not {shown(value)}."
        )
    return number


def look_up(name, things, kind):
    """Return one of the `things`, by name; else say which was meant, or what there is."""
    if isinstance(name, str) and name in things:
        return things[name]
    close = difflib.get_close_matches(str(name), things, 1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(things)}."
    name = f"'{name}'" if isinstance(name, str) else shown(name)
    raise MosaicError(f"There is no {kind} {name}: {hint}")


_MAX_JSON = 2**28  # bytes; read, they may take twenty times as many


def read_json(path):
    """Read the object in a JSON file, which anybody may have written.

    Raises OSError, or ValueError for whatever is no JSON object of finite numbers.
    """
    with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
        if os.fstat(file.fileno()).st_size > _MAX_JSON:
            raise ValueError("it is too large")
        try:
            content = json.load(file, parse_constant=_refuse_constant)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("it holds no object")
    return content


def _refuse_constant(name):
    raise ValueError(f"{name} is no number")


@contextmanager
def reporting_write_errors(path):
    """Turn a failure to write (no space, no permission) into a sentence about `path`."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MosaicError(
            f"Cannot write '{path}' ({reason}): free some space, allow writing there, "
            "or choose another place."
        ) from error


@contextmanager
def atomic_write(path):
    """Write a file or a folder so that it appears whole or not at all.

    Yields the path to write to; what is there at the end takes the place of `path`. A link
    stays a link, and what it leads to is replaced.
    """
    place = Path(os.path.realpath(path))
    with reporting_write_errors(path):
        if place.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        place.parent.mkdir(parents=True, exist_ok=True)
        with private_folder(place.parent) as folder:
            tmp_path = folder / place.name
            yield tmp_path
            if tmp_path.is_dir() and place.is_dir():
                place.rmdir()  # Windows puts no folder in the place of another
            replace(tmp_path, place)


@contextmanager
def private_folder(parent):
    """Make a hidden folder in `parent` for what is not done; removed at the end with all of it.

    Nobody can guess its name, or write to it. If this process is killed, the next call of
    `remove_stale` removes it.
    """
    with ExitStack() as stack:
        yield _locked_folder(parent, stack)


def _locked_folder(parent, stack):
    while True:
        folder = Path(tempfile.mkdtemp(_SUFFIX, _PREFIX, parent))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            stack.enter_context(holding(folder / _LOCK))
            return folder
        except FileNotFoundError:
            if folder.exists():
                raise  # else another run took it for an empty one that was left


def remove_stale(path):
    """Remove what killed runs have left beside `path` while they wrote there."""
    parent = Path(os.path.realpath(path)).parent
    for folder in parent.glob(f"{_PREFIX}*{_SUFFIX}"):
        with suppress(OSError):
            if not folder.is_symlink() and _is_stale(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_stale(folder):
    if (folder / _LOCK).exists():
        with holding(folder / _LOCK) as mine:
            return mine
    with suppress(OSError):
        folder.rmdir()  # it was empty
    # Else it is of another host, or of one without locks.
    return time.time() - folder.stat().st_mtime > _DAY


def replace(source, place):
    """Move a file or a folder over another.

    Windows refuses that while anybody reads the other: a scanner, an explorer. So it is tried
    for some seconds.
    """
    for pause in (0.1, 0.3, 0.6, 1, 1) if _IS_WINDOWS else ():
        with suppress(PermissionError):
            return os.replace(source, place)
        time.sleep(pause)
    try:
        return os.replace(source, place)
    except PermissionError as error:
        if not _IS_WINDOWS:
            raise
        raise PermissionError(
            errno.EACCES, "it is open in another program, or must not be replaced"
        ) from error


def reserve_space(out, count):
    """Raise the OSError of a full disk if an open file of so many bytes would not fit."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(out.fileno(), 0, count)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise  # else it is a file system that cannot tell
    elif shutil.disk_usage(os.path.dirname(out.name)).free < count:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

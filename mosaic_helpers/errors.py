"""The one kind of error that the user can mend, the checks that raise it, atomic writes."""

import difflib
import errno
import glob
import operator
import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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

    def _render_traceback_(self):
        """Show the sentence alone in a notebook, where IPython asks for this."""
        return [f"{type(self).__name__}: {self}"]


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

    Yields the path to write to, beside `path`; what is there at the end takes its place.
    """
    tmp_path = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    with reporting_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield tmp_path
            if tmp_path.is_dir() and path.is_dir():
                path.rmdir()  # Windows puts no folder in the place of another
            os.replace(tmp_path, path)
        finally:
            _remove(tmp_path)


def remove_stale(path):
    """Remove what killed runs have left beside `path` while they wrote it."""
    import psutil

    for tmp_path in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        pid = tmp_path.name.split(".")[-2].partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            _remove(tmp_path)


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


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

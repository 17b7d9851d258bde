"""The one kind of error that is the user's to mend, and the checks that raise it."""

import difflib
import errno
import operator
import os
import shutil
from contextlib import contextmanager


class MosaicError(ValueError):
    """Something about the input is not right; the message says what, and what to do.

    The command line shows the message as one sentence. Anything else that is raised
    is a mistake of ours and keeps its traceback.
    """

    def _render_traceback_(self):
        """Show the sentence alone in a notebook, where IPython asks for this."""
        return [f"{type(self).__name__}: {self}"]


def whole_number(value, name, low, high):
    """Return `value` as an int, or say that it is not a whole number in low..high.

    Parameters
    ----------
    value : int-like
        What the user gave.
    name : str
        What it is called in the message.
    low, high : int
        Smallest and largest value allowed.

    Returns
    -------
    int

    Raises
    ------
    MosaicError
        Naming the value and the range.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise MosaicError(
            f"The {name} must be a whole number from {low:,} to {high:,}, not {value!r}."
        )
    return number


def named(name, things, kind):
    """Return the thing of that name, or say which names there are.

    Parameters
    ----------
    name : str
        What the user gave.
    things : dict
        All there are, by their names.
    kind : str
        What they are called in the message.

    Raises
    ------
    MosaicError
        With the name that was probably meant, or all of them.
    """
    if name in things:
        return things[name]
    close = difflib.get_close_matches(str(name), things, 1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(things)}."
    raise MosaicError(f"There is no {kind} '{name}': {hint}")


@contextmanager
def writing(path):
    """Turn a failure to write (no space, no permission) into a sentence about `path`."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise MosaicError(
            f"Cannot write '{path}' ({why}): free some space, allow writing there, "
            "or choose another place."
        ) from error


@contextmanager
def replacing(path):
    """Write a file so that it appears whole or not at all.

    Gives the path to write to, beside `path`; what is there at the end takes its place.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield half
            os.replace(half, path)
        finally:
            half.unlink(missing_ok=True)


def ask_room(out, count):
    """Raise the OSError of a full disk if an open file of so many bytes would not fit."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(out.fileno(), 0, count)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise  # else it is a file system that cannot tell
    elif shutil.disk_usage(os.path.dirname(out.name)).free < count:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

"""What one look has found, and what to type if it is not well."""

import os
import shlex
import sys
from typing import NamedTuple

OK, NOTE, PROBLEM = "ok", "note", "problem"


class Finding(NamedTuple):
    """One line of the report.

    Attributes
    ----------
    state : str
        OK, NOTE (the course will run) or PROBLEM (it will not).
    seen : str
        What was seen.
    remedy : str
        What to type, or to do, if anything.
    """

    state: str
    seen: str
    remedy: str = ""


def python():
    """Return this Python as one would type it here."""
    path = sys.executable or "python"
    try:
        below = os.path.relpath(path)
    except ValueError:  # on Windows: another drive
        below = os.pardir
    return quoted(path if below.startswith(os.pardir) else below)


def quoted(text):
    """Return `text` so that a shell takes it as one word."""
    if os.name != "nt":
        return shlex.quote(text)
    return f'"{text}"' if set(text) & set(' <>|&()^"') else text


def setting(name, value):
    """Return the line that sets a variable of the environment for what is typed next."""
    if os.name == "nt":
        return f"set {name}={value}   (in PowerShell: $env:{name} = '{value}')"
    return f"export {name}={quoted(value)}"

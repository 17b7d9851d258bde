"""Is this machine ready for the course, and if not, what to type.

``python -m mosaic_helpers doctor``, or where not even that works::

    python mosaic_helpers/course/doctor.py

Nothing but Python itself is needed, for it is asked when something else is missing.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

MARKS = {"ok": ("✓", "+"), "note": ("•", "-"), "problem": ("✗", "x")}


def main(arguments=None):
    """Look at everything and tell; returns the exit status.

    Parameters
    ----------
    arguments : list of str, optional
        What follows the name of the program.

    Returns
    -------
    int
        0 if the course will run, 1 if there is a problem.
    """
    for stream in (sys.stdout, sys.stderr):  # a Windows console may lack a letter
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(
        prog="doctor", description="Is this machine ready for the course?"
    )
    parser.add_argument("--data", metavar="DIR", help="where the course keeps what it makes")
    return report(parser.parse_args(arguments).data)


def report(data=None):
    """Print a line for every finding, and what to type for every problem.

    Parameters
    ----------
    data : path-like, optional
        The folder data; that of the course if not given.

    Returns
    -------
    int
        0 if the course will run, 1 if there is a problem.
    """
    problems = 0
    for state, seen, remedy in examine(data):
        print(f"{_able(*MARKS[state])} {state:8} {seen}", flush=True)
        if remedy:
            print(f"           {_able('→', '>')} {remedy}", flush=True)
        problems += state == "problem"
    if problems:
        some = "one problem" if problems == 1 else f"{problems} problems"
        print(f"\nNot ready yet, {some}: do what is said beneath, then ask again.")
    else:
        print("\nReady for the course.")
    return int(problems > 0)


def _able(letter, instead):
    """The letter, if the console has it."""
    try:
        letter.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return instead
    return letter


def examine(data=None):
    """Look at one thing after the other.

    Parameters
    ----------
    data : path-like, optional
        The folder data; that of the course if not given.

    Yields
    ------
    Finding
        Whatever is broken, every look gives one: none ends in a traceback.
    """
    from .places import data_folder
    from .symptoms import installed, machine, network
    from .symptoms.finding import NOTE, PROBLEM, Finding

    data = Path(data).expanduser() if data else data_folder()
    old = [finding for finding in installed.interpreter() if finding.state == PROBLEM]
    if old:  # nothing else would tell more
        yield from old
        return
    looks = [
        ("Python", installed.interpreter),
        ("packages", installed.packages),
        ("widgets", installed.widgets),
        ("JupyterLab", installed.extensions),
        ("panes", installed.panes),
        ("disk", lambda: machine.disk(data)),
        ("memory", machine.memory),
        ("cores", machine.cores),
        ("processes", machine.processes),
        ("port", network.port),
        ("proxy", network.proxies),
        ("writing", lambda: writing(data)),
        ("data", lambda: at_hand(data)),
    ]
    for name, look in looks:
        try:
            yield from look()
        except Exception as error:
            yield Finding(
                NOTE, f"{name}: cannot be looked at ({type(error).__name__}: {error})"
            )


def writing(data):
    """May the course write where it keeps what it makes?

    Parameters
    ----------
    data : pathlib.Path
        The folder data.
    """
    from .symptoms.finding import OK, PROBLEM, Finding, quoted

    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=str(data)):
            pass
    except OSError as error:
        why = error.strerror or str(error)
        if data.exists() and not data.is_dir():
            remedy = f"move the file '{data}' away: a folder of that name is needed"
        elif os.name == "nt":
            remedy = "move the folder of the course to where you may write, such as Documents"
        else:
            remedy = f'sudo chown -R "$(id -un)" {quoted(str(data.absolute()))}'
        yield Finding(PROBLEM, f"writing: not possible in '{data}' ({why.lower()})", remedy)
    else:
        yield Finding(OK, f"writing: possible in '{data}'")


def at_hand(data):
    """Is what the notebooks need made beforehand?

    Parameters
    ----------
    data : pathlib.Path
        The folder data.
    """
    from ..errors import MosaicError
    from .places import CATS, TILES, data_folder, gone, recorded
    from .symptoms.finding import NOTE, OK, PROBLEM, Finding, python, quoted

    prepare = f"{python()} -m mosaic_helpers prepare"
    if data != data_folder():
        prepare += f" --data {quoted(str(data))}"
    try:
        sources = recorded(data)
        lost = sources and gone(sources, data)
    except MosaicError as error:
        yield Finding(PROBLEM, f"data: {error}")
        return
    if lost:
        seen = f"data: the photos chosen for the course were in '{lost}', which is gone"
        yield Finding(PROBLEM, seen, f"{prepare} --photos DIR   (or: --photos painted)")
        return
    painted = sum(len(files) for _, _, files in os.walk(data / CATS))
    photos = f"{painted:,} painted cats" + (", the photos chosen" if sources else "")
    asked = os.environ.get("MOSAIC_CATS", "").strip() or "10000"
    few = asked.isdigit() and painted <= int(asked)
    missing = [name for name in TILES if not (data / name).is_file()]
    if few or missing:
        seen = "data: not all made yet, the notebooks will do it when they need it"
        yield Finding(NOTE, seen, f"{prepare}   (now, and once for all)")
    else:
        yield Finding(OK, f"data: {photos} and the tiles are there")


if __name__ == "__main__":
    # The folder of this file is no place to import from: it has names such as `data`.
    here = Path(__file__).resolve().parent
    sys.path[:] = [str(here.parents[1]), *(path for path in sys.path if path != str(here))]
    sys.exit(main())

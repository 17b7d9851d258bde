"""A piece of work to try parallel code on, which tells how it was run.

It may run in this process or in another, so it is importable, and writes what it sees to
files in the folder of the photo that it is given.
"""

import os
import threading
import time
from pathlib import Path

# Seconds to wait for company. A thread comes at once, unless the machine is very busy; a
# process must first import everything; and to whoever works in the notebook, nobody comes.
_PATIENCE = {"thread": 1.5, "another process": 10, "caller": 0}
_SLOW = 0.3


class Stage:
    """A folder with photos in name only, and what was seen while they were worked on.

    Parameters
    ----------
    folder : path-like
        An empty one.
    names : sequence of str
        Of the photos; "slow" takes longest, and "broken" makes no tile.
    together : int
        How many must be under way at once, lest one be "alone".
    """

    def __init__(self, folder, names, together):
        self.folder = Path(folder)
        self.photos = [str(self.folder / f"{name}.jpg") for name in names]
        self.tiles = [None if name == "broken" else f"tile of {name}" for name in names]
        (self.folder / "together").write_text(str(together))
        (self.folder / "caller").write_text(_who())

    def saw(self, what):
        """Whether work was done "alone", by the "caller", or in "another process"."""
        return (self.folder / f"seen {what}").exists()

    def take(self):
        """Let the slow one go on: something that was ready has been taken."""
        (self.folder / "taken").touch()


def work(photo):
    """Make a tile in name only: wait for company first."""
    photo = Path(photo)
    folder = photo.parent
    caller = (folder / "caller").read_text()
    together = int((folder / "together").read_text())
    alone = folder / "seen alone"
    where = _where(caller)
    (folder / f"seen {where}").touch()
    photo.with_suffix(".begun").touch()
    if not _comes(
        lambda: alone.exists() or len(list(folder.glob("*.begun"))) >= together,
        _PATIENCE[where],
    ):
        alone.touch()
    if photo.stem == "slow":
        _comes((folder / "taken").exists, _SLOW)
    return None if photo.stem == "broken" else f"tile of {photo.stem}"


def _who():
    return f"{os.getpid()} {threading.get_ident()}"


def _where(caller):
    """Where the work runs, seen from whoever asked for it."""
    if caller == _who():
        return "caller"
    return "thread" if caller.split()[0] == str(os.getpid()) else "another process"


def _comes(true, patience):
    """Wait until something is true, but no longer than that many seconds."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True

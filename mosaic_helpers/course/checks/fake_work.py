"""A piece of work for trying out parallel code, which notes how it was run.

It may run in this process or in another. So it is importable, and writes what it notes to
files in the folder of the photo that it is given.
"""

import os
import threading
import time
from pathlib import Path

# Seconds to wait for others. A thread comes at once, unless the machine is very busy; a
# process must first import everything; and while the caller works, nobody else comes.
_TIMEOUTS = {"thread": 1.5, "another process": 10, "caller": 0}
_SLOW = 0.3


class FakeWork:
    """Photos in name only, in an empty folder, and the notes of `fake_tile` about them.

    The photo "slow" takes longest, and "broken" makes no tile. If fewer than `together` are
    under way at once, "alone" is noted.
    """

    def __init__(self, folder, names, together):
        self.folder = Path(folder)
        self.photos = [str(self.folder / f"{name}.jpg") for name in names]
        self.tiles = [None if name == "broken" else f"tile of {name}" for name in names]
        (self.folder / "together").write_text(str(together))
        (self.folder / "caller").write_text(_current_thread())

    def noted(self, note):
        """Whether work was done "alone", by the "caller", or in "another process"."""
        return (self.folder / f"noted {note}").exists()

    def release_slow(self):
        """Let the slow one finish: the caller has a first result."""
        (self.folder / "released").touch()


def fake_tile(photo):
    """Make a tile in name only, after waiting for others to come."""
    photo = Path(photo)
    folder = photo.parent
    together = int((folder / "together").read_text())
    place = _place((folder / "caller").read_text())
    alone = folder / "noted alone"
    (folder / f"noted {place}").touch()
    photo.with_suffix(".begun").touch()
    if not _wait_for(
        lambda: alone.exists() or len(list(folder.glob("*.begun"))) >= together,
        _TIMEOUTS[place],
    ):
        alone.touch()
    if photo.stem == "slow":
        _wait_for((folder / "released").exists, _SLOW)
    return None if photo.stem == "broken" else f"tile of {photo.stem}"


def _current_thread():
    return f"{os.getpid()} {threading.get_ident()}"


def _place(caller):
    """Return where the work runs, as seen from the caller."""
    if caller == _current_thread():
        return "caller"
    return "thread" if caller.split()[0] == str(os.getpid()) else "another process"


def _wait_for(condition, timeout):
    """Wait until a condition holds, but no longer than so many seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True

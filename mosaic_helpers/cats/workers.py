"""Several processes that paint one collection together.

They are started as plain commands and not by `multiprocessing`: that would need
an ``if __name__ == "__main__":`` around everything in the scripts of people on
Windows and macOS, and would not work at all from some prompts.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

from ..errors import MosaicError

PAINTED, FAILED = "painted", "failed: "  # what a process says, a line at a time
PACKAGE = str(Path(__file__).resolve().parents[2])  # the folder that the package is in


def paint_together(folder, count, seed, positions, workers, update):
    """Have `workers` processes paint some files of a collection.

    Parameters
    ----------
    folder : Path
        The collection's folder.
    count, seed : int
        Which collection.
    positions : list of int
        Which of its files, as positions in ``collection(count)``.
    workers : int
        How many processes.
    update : callable
        Called, from any thread, for every file painted.

    Raises
    ------
    MosaicError
        What a process could not do, in its words. All others are ended.
    """
    processes = []
    with ThreadPoolExecutor(workers) as threads:
        try:
            following = []
            for k in range(workers):
                processes.append(_start(folder, count, seed))
                share = positions[k::workers]  # every so-manyth, as no stretch is harder
                following.append(threads.submit(_follow, processes[-1], share, update))
            for done in as_completed(following):
                done.result()
        finally:
            # All are through; or one failed, or somebody pressed Ctrl-C.
            for process in processes:
                process.terminate()


def _start(folder, count, seed):
    command = [sys.executable, "-m", "mosaic_helpers.cats"]
    return subprocess.Popen(
        [*command, str(folder.absolute()), str(count), str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # one pipe for all it says: no second one to fill up unread
        encoding="utf-8",
        cwd=PACKAGE,  # Python looks here first, and so finds this very package
        env=_environment(),
    )


def _environment():
    """What the children get: the package, one core each, and UTF-8."""
    path = os.pathsep.join(filter(None, [PACKAGE, os.environ.get("PYTHONPATH")]))
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **one, "PYTHONPATH": path, "PYTHONUTF8": "1"}


def _follow(process, positions, update):
    """Tell a process what to paint, and listen until it ends."""
    said = []
    with process:
        with suppress(OSError), process.stdin as to_do:  # if it has ended, why is read below
            to_do.write(" ".join(map(str, positions)))
        for line in process.stdout:
            if line.strip() == PAINTED:
                update()
            else:
                said.append(line)
    if process.returncode:
        reason = "".join(said).strip()
        if reason.startswith(FAILED):
            raise MosaicError(reason.removeprefix(FAILED))
        raise RuntimeError(f"a painting process ended with {process.returncode}: {reason}")

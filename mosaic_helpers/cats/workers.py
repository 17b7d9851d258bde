"""Several processes that paint one collection together.

They are started as plain commands and not by `multiprocessing`: on Windows and macOS
that needs an ``if __name__ == "__main__":`` around everything in a learner's script,
and from some prompts it does not work at all.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

from ..errors import MosaicError

PAINTED, FAILED = "painted", "failed: "  # the lines that a process prints
PACKAGE = str(Path(__file__).resolve().parents[2])  # the folder that the package is in


def paint_together(folder, count, seed, positions, n_workers, update):
    """Paint some files of a collection in `n_workers` processes.

    Parameters
    ----------
    folder : Path
        The collection's folder.
    count, seed : int
        Which collection.
    positions : list of int
        Which of its files, as positions in ``collection(count)``.
    n_workers : int
        Number of processes.
    update : callable
        Called, from any thread, after each file.

    Raises
    ------
    MosaicError
        If a process cannot write a file, with its message. The others are ended.
    """
    processes = []
    with ThreadPoolExecutor(n_workers) as threads:
        try:
            futures = []
            for k in range(n_workers):
                processes.append(_start(folder, count, seed))
                share = positions[k::n_workers]
                futures.append(threads.submit(_follow, processes[-1], share, update))
            for future in as_completed(futures):
                future.result()
        finally:
            # All are done; or one failed, or somebody pressed Ctrl-C.
            for process in processes:
                process.terminate()


def _start(folder, count, seed):
    command = [sys.executable, "-m", "mosaic_helpers.cats"]
    return subprocess.Popen(
        [*command, str(folder.absolute()), str(count), str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # one pipe for all: a second one could fill up unread
        encoding="utf-8",
        cwd=PACKAGE,  # Python looks here first, and so finds this package
        env=_environment(),
    )


def _environment():
    """Give the processes this package, one core each, and UTF-8."""
    path = os.pathsep.join(filter(None, [PACKAGE, os.environ.get("PYTHONPATH")]))
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **one, "PYTHONPATH": path, "PYTHONUTF8": "1"}


def _follow(process, positions, update):
    """Send a process the positions to paint, and read its output until it ends."""
    output = []
    with process:
        with suppress(OSError), process.stdin as stdin:  # if it has ended, the reason is below
            stdin.write(" ".join(map(str, positions)))
        for line in process.stdout:
            if line.strip() == PAINTED:
                update()
            else:
                output.append(line)
    if process.returncode:
        reason = "".join(output).strip()
        if reason.startswith(FAILED):
            raise MosaicError(reason.removeprefix(FAILED))
        raise RuntimeError(f"a painting process ended with {process.returncode}: {reason}")

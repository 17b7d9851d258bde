"""What the machine has: disk, memory, cores, and whether processes start."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .finding import NOTE, OK, PROBLEM, Finding, setting

# Measured: what the course makes takes 0.4 GB of disk, with 2,000 cats 0.1, and while it is
# made as much again; large mosaics come on top. The hungriest notebook takes 1.0 GB of
# memory, JupyterLab 0.1; a system and a browser want two more if they are on this machine.
FULL_DISK, SMALL_DISK = 2e9, 0.5e9  # bytes
FULL_MEMORY, SMALL_MEMORY, FREE_MEMORY = 3.5e9, 1.8e9, 1.3e9
SMALL = "2000"  # cats

_PACKAGE = str(Path(__file__).resolve().parents[3])  # the folder that the package is in
_PATIENCE = 90  # seconds; the first start after an installation is slow on Windows


def is_small():
    """Whether MOSAIC_CATS asks for the small mode."""
    text = os.environ.get("MOSAIC_CATS", "").strip()
    return text.isdigit() and int(text) <= int(SMALL)


def disk(data, free=None):
    """Is there room for what the course makes?

    Parameters
    ----------
    data : pathlib.Path
        The folder data.
    free : int, optional
        Bytes; what the disk says if not given.
    """
    place = data.absolute()
    while not place.is_dir():
        place = place.parent
    free = shutil.disk_usage(str(place)).free if free is None else free
    seen = f"disk: {free / 1e9:,.1f} GB free for '{data}'"
    if free >= (SMALL_DISK if is_small() else FULL_DISK):
        yield Finding(OK, seen)
    elif free >= SMALL_DISK:
        seen += f", the course asks for {FULL_DISK / 1e9:.0f}: free some, or have fewer cats"
        yield Finding(PROBLEM, seen, setting("MOSAIC_CATS", SMALL))
    else:
        seen += f", and even {SMALL} cats need {SMALL_DISK / 1e9:.1f}"
        yield Finding(PROBLEM, seen, "free some space, or keep the course on another disk")


def memory(total=None, free=None):
    """Is there memory for ten thousand cats, for 2,000, or not even for these?

    Parameters
    ----------
    total, free : int, optional
        Bytes; what this process may use at most, and now, if not given.
    """
    total = total or _total_memory()
    if not total:
        yield Finding(NOTE, "memory: cannot be seen without the package psutil")
        return
    free = min(total, free or _free_memory() or total)
    seen = f"memory: {total / 1e9:.1f} GB, of which {free / 1e9:.1f} are free"
    if total < SMALL_MEMORY:
        seen += f"; the course needs {SMALL_MEMORY / 1e9:.1f}, even with {SMALL} cats"
        yield Finding(PROBLEM, seen, "take another machine, or Binder")
    elif total < FULL_MEMORY and not is_small():
        yield Finding(NOTE, seen + ": fewer cats are safer", setting("MOSAIC_CATS", SMALL))
    elif free < FREE_MEMORY:
        yield Finding(NOTE, seen, "close other programs and notebooks before you begin")
    else:
        yield Finding(OK, seen + (f" (small mode, {SMALL} cats)" if is_small() else ""))


def _total_memory():
    """What the clusters of the course are sized by, so containers are heeded."""
    try:
        from distributed.system import MEMORY_LIMIT

        return MEMORY_LIMIT
    except Exception:  # whatever is wrong with it, it is told of elsewhere
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _free_memory():
    try:
        import psutil

        return psutil.virtual_memory().available
    except Exception:
        return None


def cores(count=None, total=None):
    """How many processes will the cluster have?

    Parameters
    ----------
    count : int, optional
        Cores that this process may use; what the machine says if not given.
    total : int, optional
        Bytes of memory that it may use.
    """
    if count is None:
        try:  # it heeds containers
            from dask.system import CPU_COUNT as count
        except Exception:
            count = os.cpu_count() or 1
    used = max(1, min(count, int((total or _total_memory() or 2**40) // 2**30)))
    if count == 1:
        yield Finding(NOTE, "cores: 1, so all works but nothing gets faster in parallel")
    elif used < count:
        seen = f"cores: {count}, of which the cluster uses {used}: each gets a gigabyte"
        yield Finding(NOTE, seen)
    else:
        yield Finding(OK, f"cores: {count}")


def processes(patience=_PATIENCE):
    """Does a process start, and find the package? One is really started.

    Parameters
    ----------
    patience : float
        Seconds to wait for it.
    """
    path = os.pathsep.join(filter(None, [_PACKAGE, os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryFile() as said:  # unlike a pipe it fills up unread
        try:
            subprocess.run(
                [sys.executable, "-c", f"from {__name__} import start_one; start_one()"],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={**os.environ, "PYTHONPATH": path},
                timeout=patience,
                check=True,
            )
            yield Finding(OK, "processes: one was started and has imported the package")
            return
        except subprocess.TimeoutExpired:
            why = f"it has not come up in {patience:.0f} s"
        except (OSError, subprocess.CalledProcessError) as error:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            # Python names the error in the last line that begins at the margin.
            why = next((line for line in lines[::-1] if line[:1].strip()), str(error))
    remedy = "mend what is wrong above; else look at what guards this machine (antivirus)"
    yield Finding(PROBLEM, f"processes: none can be used ({why[:200]})", remedy)


def start_one():
    """Start a process as dask does on every system, and have it import what workers do."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(_work).result()


def _work():
    import mosaic_helpers as mh

    return [name.__name__ for name in (mh.build_tiles, mh.match_optimal, mh.start_cluster)]

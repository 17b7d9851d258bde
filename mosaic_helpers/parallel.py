"""All cores for one computation: a thread pool of our own, and BLAS kept to one thread.

With one thread for each matrix product, sums come out the same on any machine. And no thread
of OpenBLAS waits in a busy loop when its product is done, and takes a core from what follows.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from tqdm import tqdm

_lock = threading.Lock()
_limits: list = []  # one entry for each caller inside; the first holds the limit itself

# OpenBLAS has one limit for the whole process, and with threadpoolctl only the thread that set
# it can lift it. The first caller to enter need not be the last to leave, so one thread does
# both for all callers.
_limiter = ThreadPoolExecutor(1, thread_name_prefix="blas-limit")


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep BLAS to one thread. May be nested, and entered from several threads."""
    with _lock:
        _limits.append(None if _limits else _limiter.submit(_set_limit).result())
    try:
        yield
    finally:
        with _lock:
            if len(_limits) == 1:
                _limiter.submit(_limits[0].__exit__, None, None, None).result()
                _limits.clear()
            else:
                _limits.pop()


def _set_limit():
    return _controller().limit(limits=1, user_api="blas").__enter__()


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    """Find the BLAS libraries, once: it takes two milliseconds."""
    return ThreadpoolController()


def usable_cores() -> int:
    """Count the cores that this process may use; affinity and containers limit them."""
    from dask.system import CPU_COUNT  # `import mosaic_helpers` must not load dask

    return CPU_COUNT


def thread_count() -> int:
    """Count the threads worth having for one computation: one per core, eight at most."""
    return min(8, usable_cores())


def available_memory() -> int:
    """Bytes that this process can still use: the machine's, or its container's if fewer."""
    import psutil
    from distributed.system import MEMORY_LIMIT  # heeds containers; it takes 0.3 s to import

    left = MEMORY_LIMIT - psutil.Process().memory_info().rss
    return max(0, min(psutil.virtual_memory().available, left))


def thread_pool() -> ThreadPoolExecutor:
    """Start a pool with a thread for each core, eight at most."""
    return ThreadPoolExecutor(thread_count())


def progress_bar(label: str, total: int, enabled: bool = True) -> tqdm:
    """Show a progress bar, unless the work takes less than half a second.

    A reader that waits for the end of the cell, as nbval does, holds some 2,000 messages of a
    kernel and loses the rest, the end among them. A bar in a notebook sends three each time it
    moves: once a second, ten minutes of work stay below.
    """
    from tqdm.auto import tqdm  # in a notebook it loads widgets

    enabled = enabled and sys.stderr is not None  # as in a program without a console
    return tqdm(total=total, desc=label, disable=not enabled, delay=0.5, mininterval=1)

"""All cores for one computation: threads of our own, and one for each matrix product.

Then sums come out the same on any machine, and no thread of the product waits in a busy loop
when it is done, as those of OpenBLAS do, and takes a core from what comes next.
"""

from __future__ import annotations

import os
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
_limits: list = []  # one for each caller within; the first is the true one

# OpenBLAS has one limit for the process, and threadpoolctl lets only the thread that set it
# lift it. Whoever is first within need not be the last, so one thread does both for all.
_keeper = ThreadPoolExecutor(1, thread_name_prefix="one-thread-per-product")


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep BLAS to one thread; safe to nest, and to enter from several threads."""
    with _lock:
        _limits.append(None if _limits else _keeper.submit(_set_limit).result())
    try:
        yield
    finally:
        with _lock:
            if len(_limits) == 1:
                _keeper.submit(_limits[0].__exit__, None, None, None).result()
                _limits.clear()
            else:
                _limits.pop()


def _set_limit():
    return _controller().limit(limits=1, user_api="blas").__enter__()


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    """Found once: to look through the libraries takes two milliseconds."""
    return ThreadpoolController()


def usable_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count() -> int:
    """How many of them are worth a thread: eight at most."""
    return min(8, usable_cores())


def available_memory() -> int:
    """Bytes that this process can still use: the machine's, or its container's if fewer."""
    import psutil
    from distributed.system import MEMORY_LIMIT  # heeds containers; it takes 0.3 s to import

    left = MEMORY_LIMIT - psutil.Process().memory_info().rss
    return max(0, min(psutil.virtual_memory().available, left))


def thread_pool() -> ThreadPoolExecutor:
    """A pool with a thread for each core."""
    return ThreadPoolExecutor(thread_count())


def progress_bar(label: str, total: int, enabled: bool = True) -> tqdm:
    """A bar for long work; of work that takes less than half a second nothing is shown."""
    from tqdm.auto import tqdm  # in a notebook it loads widgets

    return tqdm(total=total, desc=label, disable=not enabled, delay=0.5, mininterval=0.2)

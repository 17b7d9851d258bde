"""All cores for one computation: a thread pool of our own, and BLAS kept to one thread.

With one thread for each matrix product, sums come out the same on any machine. And no thread
of OpenBLAS waits in a busy loop when its product is done, and takes a core from what follows.
"""

from __future__ import annotations

import os
import queue
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


class _BlasLimit(threading.Thread):
    """Keeps BLAS to one thread as long as somebody wants it.

    OpenBLAS has one limit for the whole process, and with threadpoolctl only the thread that
    set it can lift it. The first caller to enter need not be the last to leave, so this thread
    does both for all callers. Control-C does not reach it: what it has begun, it does.
    """

    def __init__(self):
        super().__init__(name="blas-limit", daemon=True)
        self.lock = threading.Lock()  # held while anything below changes
        self.callers, self.limit = set(), None
        self.wishes = queue.SimpleQueue()

    def run(self):
        while True:
            change, caller, done = self.wishes.get()
            with self.lock:
                change(caller)
                if self.callers and self.limit is None:
                    self.limit = _controller().limit(limits=1, user_api="blas").__enter__()
                elif self.limit is not None and not self.callers:
                    self.limit.__exit__(None, None, None)
                    self.limit = None
            done.release()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep BLAS to one thread. May be nested, and entered from several threads."""
    blas, caller = _start(), object()
    entered, left = threading.Lock(), threading.Lock()  # an interrupt does not break them
    entered.acquire()
    left.acquire()
    try:
        blas.wishes.put((blas.callers.add, caller, entered))
        entered.acquire()
        yield
    finally:
        # One call, which is done whole, so that no second Control-C can come before it.
        blas.wishes.put((blas.callers.discard, caller, left))
        try:
            _wait_for(left, blas)
        except KeyboardInterrupt:
            _wait_for(left, blas)
            raise


def _start():
    """The limit of this process, with its thread; one whose start was interrupted is left."""
    global _blas
    blas = _blas
    try:
        with blas.lock:
            if blas.ident is None:
                blas.start()
    except BaseException:
        _blas = _BlasLimit()
        raise
    return blas


def _wait_for(lock, blas):
    if blas is _blas:  # else this is a forked child, in which the parent's thread is not
        with lock:  # and so it can be waited for twice
            pass


_blas = _BlasLimit()


def _begin_child():
    """Give a forked child a limit of its own: the thread of its parent's is not in it."""
    global _blas
    parents, _blas = _blas, _BlasLimit()
    if parents.limit is not None:
        parents.limit.__exit__(None, None, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _blas.lock.acquire(),
        after_in_parent=lambda: _blas.lock.release(),
        after_in_child=_begin_child,
    )


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

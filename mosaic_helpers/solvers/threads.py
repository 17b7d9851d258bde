"""One thread per matrix product, so that sums come out the same on any machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_holders: list = []  # of the limit, which belongs to the whole process


@contextmanager
def steady_products() -> Iterator[None]:
    """Keep BLAS to one thread; safe to nest, and to enter from several threads."""
    with _lock:
        if not _holders:
            _holders.append(ThreadpoolController().limit(limits=1, user_api="blas"))
        _holders.append(None)
    try:
        yield
    finally:
        with _lock:
            _holders.pop()
            if len(_holders) == 1:
                _holders.pop().restore_original_limits()


def cores() -> int:
    """How many cores this process may use, eight at most."""
    if hasattr(os, "sched_getaffinity"):
        return min(8, len(os.sched_getaffinity(0)))
    return min(8, os.cpu_count() or 1)


def workers() -> ThreadPoolExecutor:
    """A pool with a thread for each core."""
    return ThreadPoolExecutor(cores())

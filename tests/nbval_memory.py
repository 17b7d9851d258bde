"""Hold every notebook to the memory that it states, while nbval runs it.

A plugin of pytest (``-p tests.nbval_memory``): looks several times a second at the
kernel and at all processes that it has started, such as dask's workers.
"""

import re
import threading
from pathlib import Path

import nbformat
import psutil
import pytest

SECONDS = 0.25
peaks, stated = {}, {}
_current, _stop = None, threading.Event()


def memory_stated(path):
    """Bytes that the opening of a notebook promises to keep to."""
    opening = nbformat.read(path, as_version=4).cells[0].source
    return float(re.search(r"\*\*Memory and data\*\* \| ([\d.]+) GB", opening)[1]) * 1e9


def used():
    """Bytes of all processes below this one, each shared page counted once."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            memory = process.memory_full_info()
        except psutil.Error:  # ended meanwhile
            continue
        total += getattr(memory, "pss", memory.rss)
    return total


def _watch():
    while not _stop.wait(SECONDS):
        if _current:
            peaks[_current] = max(peaks.get(_current, 0), used())


def pytest_sessionstart():
    threading.Thread(target=_watch, daemon=True).start()


def pytest_sessionfinish():
    _stop.set()


def pytest_runtest_setup(item):
    global _current
    _current = Path(item.path)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    global _current
    if nextitem is not None and nextitem.path == item.path:
        return
    path, _current = _current, None
    stated[path] = memory_stated(path)
    took, limit = peaks.get(path, 0), stated[path]
    if took > limit:
        pytest.fail(f"{path.name} states {limit / 1e9:.1f} GB and took {took / 1e9:.2f}")


def pytest_terminal_summary(terminalreporter):
    terminalreporter.section("memory of the notebooks")
    for path, limit in stated.items():
        line = f"{path.stem:24} {peaks.get(path, 0) / 1e9:.2f} of {limit / 1e9:.1f} GB"
        terminalreporter.write_line(line)

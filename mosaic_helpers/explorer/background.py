"""Background threads: one that does all that it is asked, one only the newest."""

import atexit
import threading
import weakref
from collections import deque
from contextlib import suppress

_IDLE_SECONDS = 5  # without work, after which a thread ends and its memory is freed
_workers: weakref.WeakSet = weakref.WeakSet()


class Cancelled(Exception):
    """Raised inside work that nobody wants any more."""


class Worker:
    """One thread that does what it is asked, one request after the other.

    Parameters
    ----------
    work : callable
        Called with what `request` was given. It may call `raise_if_cancelled` from time to
        time, which ends it if it was cancelled.
    """

    def __init__(self, work):
        self._work = work
        self._changed = threading.Condition()
        self._pending = deque()
        self._cancelled = False  # the work under way
        self._working = False
        self._thread = None
        self._failure = None
        _workers.add(self)

    def request(self, *arguments):
        """Ask for work."""
        with self._changed:
            self._pending.append(arguments)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def cancel(self):
        """Drop what was requested, and ask the work under way to end."""
        with self._changed:
            self._pending.clear()
            self._cancelled = True
            self._changed.notify_all()

    def raise_if_cancelled(self):
        """Raise `Cancelled` if the work under way is no longer wanted."""
        if self._cancelled:
            raise Cancelled

    def pause(self, seconds):
        """Wait before heavy work; raises `Cancelled` as soon as it is no longer wanted."""
        with self._changed:
            self._changed.wait_for(lambda: self._cancelled, seconds)
        self.raise_if_cancelled()

    def is_current_thread(self):
        """Whether this is called by the work."""
        return threading.current_thread() is self._thread

    def wait(self, timeout=None):
        """Wait until all work is done; returns whether it is, and raises what it raised."""
        with self._changed:
            done = self._changed.wait_for(self.is_idle, timeout)
            failure, self._failure = self._failure, None
        if failure:
            raise failure
        return done

    def is_idle(self):
        """Whether all work is done."""
        return not self._pending and not self._working

    def _run(self):
        while True:
            with self._changed:
                self._working = False
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: self._pending, _IDLE_SECONDS):
                    self._thread = None  # the next request starts another
                    return
                self._working = True
                arguments, self._cancelled = self._pending.popleft(), False
            try:
                self._work(*arguments)
            except Cancelled:
                continue
            except Exception as error:  # is raised by `wait`; the thread goes on
                self._failure = error


class LatestOnlyWorker(Worker):
    """One thread that works on the newest request; older ones are cancelled or skipped."""

    def request(self, *arguments):
        """Ask for work; requests that have not begun are dropped."""
        with self._changed:
            self.cancel()
            super().request(*arguments)


@atexit.register
def _shutdown():
    """End all work before the interpreter ends, as threads cannot run after it."""
    for worker in list(_workers):
        worker.cancel()
    for worker in list(_workers):
        with suppress(Exception):  # a failure is of no use to anybody now
            worker.wait(10)

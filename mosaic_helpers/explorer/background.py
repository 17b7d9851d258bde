"""A background thread that works on the newest request only."""

import atexit
import threading
import weakref
from contextlib import suppress

_IDLE_SECONDS = 5  # without work, after which a thread ends and its memory is freed
_workers: weakref.WeakSet = weakref.WeakSet()


class Cancelled(Exception):
    """Raised inside work that nobody wants any more."""


class LatestOnlyWorker:
    """One thread that works on the newest request; older ones are cancelled or skipped.

    Parameters
    ----------
    work : callable
        Called with what `request` was given. It may call `raise_if_cancelled` from time to
        time, which ends it if there is a newer request.
    """

    def __init__(self, work):
        self._work = work
        self._changed = threading.Condition()
        self._pending = None
        self._cancelled = False  # the work under way
        self._working = False
        self._thread = None
        self._failure = None
        _workers.add(self)

    def request(self, *arguments):
        """Ask for work; requests that have not begun are dropped."""
        with self._changed:
            self._pending, self._cancelled = arguments, True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def cancel(self):
        """Drop what was requested, and ask the work under way to end."""
        with self._changed:
            self._pending, self._cancelled = None, True
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
            done = self._changed.wait_for(self._is_idle, timeout)
            failure, self._failure = self._failure, None
        if failure:
            raise failure
        return done

    def _is_idle(self):
        return self._pending is None and not self._working

    def _run(self):
        while True:
            with self._changed:
                self._working = False
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: self._pending is not None, _IDLE_SECONDS):
                    self._thread = None  # the next request starts another
                    return
                self._working = True
                arguments, self._pending, self._cancelled = self._pending, None, False
            try:
                self._work(*arguments)
            except Cancelled:
                continue
            except Exception as error:  # is raised by `wait`; the thread goes on
                self._failure = error


@atexit.register
def _shutdown():
    """End all work before the interpreter ends, as threads cannot run after it."""
    for worker in list(_workers):
        worker.cancel()
    for worker in list(_workers):
        with suppress(Exception):  # a failure is of no use to anybody now
            worker.wait(10)

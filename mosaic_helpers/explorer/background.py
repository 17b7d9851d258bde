"""Do what was asked last, in the background; what was overtaken is not done at all."""

import atexit
import threading
import weakref
from contextlib import suppress

_REST = 5  # seconds without work after which a thread ends, and its memory is another's
_all = weakref.WeakSet()


class Overtaken(Exception):
    """Raised inside work that a newer request has made useless."""


class Latest:
    """One thread that always works on the newest request, while there are any.

    Parameters
    ----------
    work : callable
        Called with what `request` was given. It may call `give_way` from time to time,
        which ends it if there is something newer.
    """

    def __init__(self, work):
        self._work = work
        self._changed = threading.Condition()
        self._waiting = None
        self._stale = False  # what is being done is no longer wanted
        self._at_work = False
        self._thread = None
        self._failure = None
        _all.add(self)

    def request(self, *what):
        """Ask for something; forgets what was asked before and not yet begun."""
        with self._changed:
            self._waiting, self._stale = what, True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drop(self):
        """Forget what was asked, and let what is being done end where it gives way."""
        with self._changed:
            self._waiting, self._stale = None, True
            self._changed.notify_all()

    def give_way(self, *_):
        """Raise `Overtaken` if what is being done is no longer wanted."""
        if self._stale:
            raise Overtaken

    def pause(self, seconds):
        """Stand still for so long before heavy work, unless it is no longer wanted."""
        with self._changed:
            self._changed.wait_for(lambda: self._stale, seconds)
        self.give_way()

    def mine(self):
        """Whether it is this thread that does the work."""
        return threading.current_thread() is self._thread

    def wait(self, timeout=None):
        """Wait until all is done; returns whether it is, and raises what went wrong."""
        with self._changed:
            done = self._changed.wait_for(self._idle, timeout)
            failure, self._failure = self._failure, None
        if failure:
            raise failure
        return done

    def _idle(self):
        return self._waiting is None and not self._at_work

    def _run(self):
        while True:
            with self._changed:
                self._at_work = False
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: self._waiting is not None, _REST):
                    self._thread = None  # the next request starts another
                    return
                self._at_work = True
                what, self._waiting, self._stale = self._waiting, None, False
            try:
                self._work(*what)
            except Overtaken:
                continue
            except Exception as error:  # for whoever waits; the thread goes on
                self._failure = error


@atexit.register
def _come_to_rest():
    """Let work end before the interpreter does, which is no longer there to come back to."""
    for latest in list(_all):
        latest.drop()
    for latest in list(_all):
        with suppress(Exception):  # what went wrong is of no use to anybody now
            latest.wait(10)

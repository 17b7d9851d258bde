"""Do what was asked last, in the background; what was overtaken is not done at all."""

import threading


class Overtaken(Exception):
    """Raised inside work that a newer request has made useless."""


class Latest:
    """One thread that always works on the newest request.

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
        self._idle = True
        self._thread = None
        self._failure = None

    def request(self, *what):
        """Ask for something; forgets what was asked before and not yet begun."""
        with self._changed:
            self._waiting = what
            self._idle = False
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def give_way(self, *_):
        """Raise `Overtaken` if there is a newer request."""
        if self._waiting is not None:
            raise Overtaken

    def pause(self, seconds):
        """Stand still for so long before heavy work, unless a newer request comes."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None, seconds)
        self.give_way()

    def wait(self, timeout=None):
        """Wait until all is done; returns whether it is, and raises what went wrong."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._idle, timeout)
            failure, self._failure = self._failure, None
        if failure:
            raise failure
        return done

    def _run(self):
        while True:
            with self._changed:
                if self._waiting is None:
                    self._idle = True
                    self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting is not None)
                what, self._waiting = self._waiting, None
            try:
                self._work(*what)
            except Overtaken:
                continue
            except Exception as error:  # for whoever waits; the thread goes on
                self._failure = error

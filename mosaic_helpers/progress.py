"""One line that tells how far a long piece of work has come."""

import sys
import threading
import time

SHORT = 0.5  # seconds


class Progress:
    """Tell how much is done, how fast it goes, and how long it will still take.

    On a terminal and in a notebook one line is rewritten a few times a second;
    anywhere else (a log, a pipe) there is a line when it has begun and one at the end.
    Of what takes less than half a second nothing is said.

    Parameters
    ----------
    label : str
        What is being done: ``"painting cats"``.
    total : int
        How many things there are to do.
    enabled : bool
        False prints nothing.

    Examples
    --------
    >>> with Progress("painting cats", 3, enabled=False) as progress:
    ...     for _ in range(3):
    ...         progress.update()
    """

    def __init__(self, label, total, enabled=True):
        self.label, self.total, self.done = label, total, 0
        # A notebook lays what comes on stderr on pink, as if something were wrong.
        self._stream = sys.stdout if _is_notebook(sys.stdout) else sys.stderr
        self._enabled = enabled
        self._live = self._stream.isatty() or _is_notebook(self._stream)
        self._start, self._last, self._width, self._said = time.monotonic(), 0.0, 0, ""
        self._lock = threading.Lock()

    def __enter__(self):
        """Return itself."""
        return self

    def __exit__(self, *_):
        """End the line."""
        self.close()

    def update(self, n=1):
        """Count `n` more as done; any thread may call this."""
        with self._lock:
            self.done += n
            now = time.monotonic()
            if not self._enabled or now - self._start < SHORT:
                return
            if self._live and now - self._last >= 0.2:
                self._last = now
                self._print(self._line(now - self._start))
            elif not self._live and not self._last:
                self._last = now
                self._print(f"{self.label}: {self.total:,} to do")

    def say(self, why):
        """Say why it does not go on, once in a log and again and again on a live line."""
        with self._lock:
            if self._enabled and (self._live or why != self._said):
                self._said = why
                self._print(f"{self.label}: {why}")

    def close(self):
        """Say how much was done in which time, once."""
        with self._lock:
            seconds = time.monotonic() - self._start
            if self._enabled and seconds >= SHORT:
                self._print(f"{self.label}: {self.done:,} in {_duration(seconds)}", "\n")
            self._enabled = False

    def rate(self):
        """Things done a second, so far."""
        return self.done / max(time.monotonic() - self._start, 1e-6)

    def _line(self, seconds):
        rate = self.rate()
        left = _duration((self.total - self.done) / rate) if rate else "?"
        return f"{self.label}: {self.done:,} of {self.total:,} · {rate:,.0f}/s · {left} left"

    def _print(self, line, end=""):
        if self._live:
            # Blanks wipe out what a longer line left behind.
            line, self._width = "\r" + line.ljust(self._width), len(line)
        print(line, end=end if self._live else "\n", file=self._stream, flush=True)


def _is_notebook(stream):
    return type(stream).__module__.startswith("ipykernel")


def _duration(seconds):
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"

"""Checks of notebook 07."""

import contextlib
import itertools
import logging
import math
import tempfile
import warnings
from collections.abc import Iterable

import numpy as np

from .arrays import as_number, expect_answer, is_close
from .fake_work import FakeWork, fake_tile
from .verdict import CheckFailed, call, expect, expect_no_mistake


def as_they_come(results_as_they_come):
    """``results_as_they_come(client, function, items)``: each result when it is there."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        _small_cluster() as client,
    ):
        work = FakeWork(folder, ["slow", "mia", "leo", "zoe"], together=4)
        returned, results = _collect(work, results_as_they_come, client)
        yield from _check_results(work, results)
        mistakes = {
            "A list can be returned only when all is done: the quick results were ready and "
            "waited for the slow one. Hand each over at once, and go on: that is what yield "
            "does.": isinstance(returned, (list, tuple)),
            "You took the results in the order of the items: the first was slow, and the three "
            "others were ready while you waited for it.": results[0] == work.tiles[0],
        }
        expect_no_mistake(mistakes)
        yield "each is handed over when it is there, the slow one last"


def _collect(work, results_as_they_come, client):
    """Take the first result, tell the slow one to finish, and take the others."""
    try:
        returned = call(results_as_they_come, client, fake_tile, work.photos)
        expect(
            isinstance(returned, Iterable) and not isinstance(returned, (str, bytes)),
            f"Your function returned one {type(returned).__name__}: not a result for every "
            "item.",
        )
        iterator = call(lambda: iter(returned))
        results = call(lambda: list(itertools.islice(iterator, 1)))
        work.release_slow()
        return returned, results + call(lambda: list(iterator))
    except CheckFailed:
        expect(not work.noted("caller"), _WORKED_HERE)
        raise


def _check_results(work, results):
    mistakes = {
        "Your function yields futures: promises of a result. Take out what they hold.": any(
            callable(getattr(result, "result", None)) for result in results
        ),
        _WORKED_HERE: work.noted("caller"),
        "The work went to another client than the one that the function was given.": (
            work.noted("another process")
        ),
        f"There are four items, but not one result of each came. The first of {len(results)} "
        f"is {results[0] if results else 'missing'!r}.": (
            sorted(map(str, results)) != sorted(work.tiles)
        ),
    }
    expect_no_mistake(mistakes)
    yield "one result of every item, made by the client"
    expect(
        not work.noted("alone"),
        "But they were not under way together: you wait for a result before all the items are "
        "handed out, so the other workers have nothing to do.",
    )
    yield "all were handed out before you waited for the first"


_WORKED_HERE = (
    "The work was done here, in the notebook, before the client got any of it. Give the client "
    "the function and its argument, and let the worker call it."
)


@contextlib.contextmanager
def _small_cluster():
    """Start a cluster of four threads in this process; it takes a fifth of a second."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            processes=False,
            n_workers=1,
            threads_per_worker=4,
            dashboard_address="127.0.0.1:0",  # any free port, for this machine only
            worker_dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
        client.as_current(),  # `as_completed` asks for it
    ):
        yield client


def amdahl(speedup):
    """``speedup(share, workers)``: how many times as fast, by Amdahl's law."""

    def found(*arguments):
        return as_number(call(speedup, *arguments), "how many times as fast it becomes")

    value = found(0.25, 6)
    mistakes = {
        "That is below one. It is the time that is left. The speed-up is how many times this "
        "fits into the time of one worker.": 0.375,
        "You left out the share that cannot be shared. It takes as long as ever, however many "
        "workers help.": 8,
        "Six workers, six times as fast: then one worker would have to do nothing alone.": 6,
        "This is the most that it can ever be. How far do six workers come?": 4,
        "The share is what can NOT be shared. You divided it among the workers, and not the "
        "rest.": 1 / (0.75 + 0.25 / 6),
        "The share is between 0 and 1 here: 0.25 is a quarter, not a quarter of one per "
        "cent.": 1 / (0.0025 + 0.9975 / 6),
        "Slower than one worker? Look at the brackets: what is divided by what?": 1 / 6,
        "Look at the brackets: all of the time that is left stands below the line.": 4.125,
        "That is how much more they could do in the same time (Gustafson's law). Here the work "
        "stays the same, and the time becomes less.": 4.75,
        "What cannot be shared takes time, too: add up times first, then divide.": 4.5,
    }
    advice = (
        f"Almost: {value:g} is rounded. Round only when you print it."
        if is_close(value, 8 / 3, 0.06)
        else f"A quarter that cannot be shared, on 6 workers, gave {value:g}. Write down T(1) "
        "and T(6) first."
    )
    expect_answer(value, 8 / 3, advice, mistakes)
    yield "right for 6 workers and a quarter that cannot be shared"
    expect(is_close(found(0.25, 1), 1), "One worker should be as fast as itself.")
    expect(
        is_close(found(0, 8), 8),
        "If all of it can be shared, 8 workers should be 8 times as fast.",
    )
    yield "right for one worker, and where all can be shared"


def share(fit_share):
    """``fit_share(workers, seconds)``: the share that cannot be shared."""
    found = _fitted(fit_share, [1, 2, 4, 8], [8, 5, 3.5, 2.75])
    mistakes = {
        "That is per cent. Return a share, from 0 to 1.": 25,
        "This is what CAN be shared. What is left of one?": 0.75,
        "What is left over is s times (1 - 1/n), and not s itself.": 0.25 * 2.125 / 4,
        "One worker says nothing of the share (it is 0 = 0 for any), but you let it count as "
        "much as the others.": 0.25 * 3 / 4,
        "That is how many times as fast it can become at most. What is the share?": 4,
    }
    advice = (
        f"It gave {found:.3g} instead of a quarter."
        if 0 <= found <= 1
        else f"It gave {found:.3g} where a quarter cannot be shared. What you fit should be "
        "T(n)/T(1), which begins with 1 and becomes less. Is yours in seconds, or upside down?"
    )
    expect_answer(found, 0.25, advice, mistakes, tolerance=1e-3)
    yield "right where the times follow the law exactly"
    noisy = _fitted(fit_share, [1, 2, 4], [10, 6.1, 3.7])
    less = _fitted(fit_share, [1, 2, 4], [10, 5.9, 3.7])
    mistakes = {
        f"10, 6.1 and 3.7 s on 1, 2 and 4 workers gave {noisy:.3g}. Which share would each of "
        "the last two give alone? Yours should be in between.": not 0.15 < noisy < 0.23,
        "The time of two workers changed, and the share did not: only one of the measurements "
        "counts.": less >= noisy,
    }
    expect_no_mistake(mistakes)
    yield "fair to all measurements where they do not"
    lucky = _fitted(fit_share, [1, 2, 4], [10, 4.9, 2.4])
    expect(
        lucky >= 0,
        f"Two workers were by chance a bit more than twice as fast, and the share became "
        f"{lucky:.3g}. How small can a share be?",
    )
    yield "never below zero"


def _fitted(fit_share, workers, seconds):
    """Call it, without warnings: a division by zero is reported in words."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = call(fit_share, workers, seconds)
        except CheckFailed as failure:
            expect("ZeroDivision" not in str(failure), _ZERO_BY_ZERO)
            raise
    count = len(found) if isinstance(found, (list, tuple)) or getattr(found, "ndim", 0) else 1
    mistakes = {
        "Your function returned two numbers, as of a line with a slope and a height. Which one "
        "is the share? And should the line not go through zero?": count == 2,
        "Your function returned a share for each measurement: make one of them.": (
            count == len(workers)
        ),
    }
    expect_no_mistake(mistakes)
    found = as_number(found, "the share")
    expect(not math.isnan(found), _ZERO_BY_ZERO)
    return found


_ZERO_BY_ZERO = (
    "You divided zero by zero: for one worker, T(n)/T(1) - 1/n and 1 - 1/n are both zero. It "
    "says nothing of the share."
)

"""Checks of notebook 07."""

import contextlib
import itertools
import logging
import math
import tempfile
import warnings
from collections.abc import Iterable

import numpy as np

from .preprocessing import near, number
from .stage import Stage, work
from .verdict import Look, call, expect


def as_they_come(results_as_they_come):
    """``results_as_they_come(client, function, items)``: each result when it is there."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        _small_cluster() as client,
    ):
        stage = Stage(folder, ["slow", "mia", "leo", "zoe"], together=4)
        given, results = _listen(stage, results_as_they_come, client)
        yield from _judge_results(stage, results)
        expect(
            not isinstance(given, (list, tuple)),
            "A list can be given back only when all is done: the quick ones lay there and "
            "waited for the slow one. Hand each over at once, and go on; that is what yield "
            "does.",
        )
        expect(
            results[0] != stage.tiles[0],
            "You took them in the order of the items: the first was slow, and the three others "
            "lay ready while you waited for it.",
        )
        yield "and each is handed over when it is there, the slow one last"


def _listen(stage, results_as_they_come, client):
    """Take the first result, tell the slow one to go on, and take the others."""
    try:
        given = call(results_as_they_come, client, work, stage.photos)
        expect(
            isinstance(given, Iterable) and not isinstance(given, (str, bytes)),
            f"What came back is one {type(given).__name__}: not a result for every item.",
        )
        iterator = call(lambda: iter(given))
        results = call(lambda: list(itertools.islice(iterator, 1)))
        stage.take()
        return given, results + call(lambda: list(iterator))
    except Look:
        expect(not stage.saw("caller"), _WORKED_HERE)
        raise


def _judge_results(stage, results):
    expect(
        not any(callable(getattr(result, "result", None)) for result in results),
        "What comes out are futures: promises of a result. Take out what they hold.",
    )
    expect(not stage.saw("caller"), _WORKED_HERE)
    expect(
        not stage.saw("another process"),
        "The work went to another client than the one that the function was given.",
    )
    expect(
        sorted(map(str, results)) == sorted(stage.tiles),
        f"Four items, and not one result of each came out. The first of {len(results)} is "
        f"{results[0] if results else 'missing'!r}.",
    )
    yield "one result of every item, made by the client"
    expect(
        not stage.saw("alone"),
        "But they were not under way together: you wait for a result before all the items are "
        "handed out, so that the other workers have nothing to do.",
    )
    yield "all were handed out before you waited for the first"


_WORKED_HERE = (
    "The work was done here, in the notebook, before the client got any of it. Hand over the "
    "function and what it is to work on, and let the worker call it."
)


@contextlib.contextmanager
def _small_cluster():
    """Four workers' worth of threads in this process; it takes a fifth of a second."""
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
    found = number(call(speedup, 0.25, 6))
    advice = {
        0.375: "That is below one. It is the time that is left; the speed-up is how many times "
        "that goes into the time of one worker.",
        8: "You let go of the share that cannot be shared. It takes as long as ever, however "
        "many help.",
        6: "Six workers, six times as fast: so nothing would have to be done by one alone.",
        4: "This is the most that it can ever be. How far do six workers come?",
        1 / (0.75 + 0.25 / 6): "The share is what can NOT be shared; you divided it among the "
        "workers, and the rest you left.",
        1 / (0.0025 + 0.9975 / 6): "The share is between 0 and 1 here: 0.25 is a quarter, not "
        "a quarter of one per cent.",
        1 / 6: "Slower than one worker? Look at the brackets: what is divided by what?",
        4.125: "Look at the brackets: all of the time that is left stands below the line.",
        4.75: "That is how much more they could do in the same time (Gustafson's law). Here "
        "the work stays the same, and the time becomes less.",
        4.5: "What cannot be shared takes time, too: add up times first, then divide.",
    }
    for value, words in advice.items():
        expect(not near(found, value), words)
    expect(
        near(found, 8 / 3) or abs(found - 8 / 3) > 0.06,
        f"Almost: {found:g} is rounded. Leave the rounding to whoever prints it.",
    )
    expect(
        near(found, 8 / 3),
        f"A quarter that cannot be shared, on 6 workers, gave {found:g}. Write down T(1) and "
        "T(6) first.",
    )
    yield "right for 6 workers and a quarter that cannot be shared"
    expect(near(number(call(speedup, 0.25, 1)), 1), "One worker should be as fast as itself.")
    expect(
        near(number(call(speedup, 0, 8)), 8),
        "If all of it can be shared, 8 workers are 8 times as fast.",
    )
    yield "and at both ends: for one worker, and where all can be shared"


def share(fit_share):
    """``fit_share(workers, seconds)``: the share that cannot be shared."""
    found = _fitted(fit_share, [1, 2, 4, 8], [8, 5, 3.5, 2.75])
    advice = {
        25: "That is per cent. Let it be a share, from 0 to 1.",
        0.75: "This is what CAN be shared. What is left of one?",
        0.25 * 2.125 / 4: "What is left over is s times (1 - 1/n), and not s itself.",
        0.25 * 3 / 4: "One worker says nothing of the share (it is 0 = 0 for any), but you let "
        "it count as much as the others.",
        4: "That is how many times as fast it can become at most. What is the share?",
    }
    for value, words in advice.items():
        expect(not near(found, value), words)
    expect(
        0 <= found <= 1,
        f"It gave {found:.3g} where a quarter cannot be shared. What you fit should be "
        "T(n)/T(1), which begins with 1 and becomes less: is it seconds, or the other way up?",
    )
    expect(math.isclose(found, 0.25, abs_tol=1e-3), f"It gave {found:.3g} and not a quarter.")
    yield "right where the times follow the law exactly"
    noisy = _fitted(fit_share, [1, 2, 4], [10, 6.1, 3.7])
    expect(
        0.15 < noisy < 0.23,
        f"10, 6.1 and 3.7 s on 1, 2 and 4 workers gave {noisy:.3g}. What does each of the two "
        "say of the share alone? It should come out in between.",
    )
    expect(
        _fitted(fit_share, [1, 2, 4], [10, 5.9, 3.7]) < noisy,
        "The time of two workers changed, and the share did not: only one of the measurements "
        "counts.",
    )
    yield "and fair to all measurements where they do not"
    lucky = _fitted(fit_share, [1, 2, 4], [10, 4.9, 2.4])
    expect(
        lucky >= 0,
        f"Two workers were by chance a bit more than twice as fast, and the share came out as "
        f"{lucky:.3g}. How small can a share be?",
    )
    yield "and never below zero"


def _fitted(fit_share, workers, seconds):
    """Call it, and let no warning out: a division by zero is told of in words."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = call(fit_share, workers, seconds)
        except Look as look:
            expect("ZeroDivision" not in str(look), _ZERO_BY_ZERO)
            raise
    many = len(found) if isinstance(found, (list, tuple)) or getattr(found, "ndim", 0) else 1
    expect(
        many != 2,
        "Two numbers came back, as of a line with a slope and a height. Which one is the "
        "share? And should the line not go through zero?",
    )
    expect(many != len(workers), "A share for each measurement: make one of them.")
    found = number(found)
    expect(not math.isnan(found), _ZERO_BY_ZERO)
    return found


_ZERO_BY_ZERO = (
    "Zero was divided by zero: for one worker, T(n)/T(1) - 1/n and 1 - 1/n are both zero. It "
    "says nothing of the share."
)

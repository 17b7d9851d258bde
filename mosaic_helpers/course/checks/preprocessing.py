"""Checks of notebook 02."""

import math
import tempfile
from collections.abc import Iterator
from numbers import Number

import numpy as np

from .stage import Stage, work
from .verdict import Look, call, expect


def number(result):
    """Return what came back as a float, if it is one number."""
    if isinstance(result, np.ndarray) and result.size == 1:
        result = result.item()
    expect(
        isinstance(result, Number) and not isinstance(result, (bool, complex)),
        f"One number should come back; this is of type {type(result).__name__}.",
    )
    expect(not abs(result) > 1e300, f"A number that large cannot be meant: {str(result)[:20]}…")
    return float(result)


def near(one, other):
    """Whether two numbers are the same, but for rounding in the arithmetic."""
    return math.isclose(one, other, rel_tol=1e-6)


def cost(predict_seconds):
    """``predict_seconds(photos, partitions, cores, photo_ms, task_ms)``: how long it takes."""
    free = number(call(predict_seconds, 1000, 20, 4, 2, 0))
    expect(
        not near(free, 500) and free < 10_000,
        "That is a long time. Times go in as milliseconds: as what should they come out?",
    )
    expect(
        not near(free, 2),
        "You let one core do it all. How many of the cores have a part of the photos?",
    )
    expect(
        not near(free, 0.1),
        "You shared the photos among the partitions, as if all of them could run at once. "
        "With 20 partitions and 4 cores, how many are under way at any moment?",
    )
    expect(
        near(free, 0.5),
        f"1,000 photos of 2 ms, 20 partitions, 4 cores, and tasks that cost nothing, gave "
        f"{free:g} s. How many photos has each core to do?",
    )
    yield "right if tasks cost nothing"
    yield from _with_tasks(number(call(predict_seconds, 1000, 20, 4, 2, 10)))
    single = number(call(predict_seconds, 1000, 1, 4, 2, 10))
    expect(
        not near(single, 0.51),
        "One partition, four cores: you have all of them at work. Who does what, if there "
        "is only one task?",
    )
    expect(near(single, 2.01), f"One partition on four cores gave {single:g} s.")
    yield "and for fewer partitions than cores, when some cores have nothing to do"
    each = number(call(predict_seconds, 1000, 1000, 4, 2, 10))
    expect(near(each, 10.5), f"A partition for every photo gave {each:g} s.")
    yield "and for a partition per photo, which costs more than it saves"


def _with_tasks(seconds):
    expect(not near(seconds, 0.5), "What dask takes for each task is not in it yet.")
    expect(
        not near(seconds, 10.5) and not near(seconds, 3),
        "You pay dask for every photo. What it hands out is tasks; what is a task here?",
    )
    expect(
        not near(seconds, 0.55),
        "You shared dask's own time among the cores. It hands tasks out one after another.",
    )
    expect(not near(seconds, 0.51), "You pay for one task. How many tasks are there?")
    expect(
        not near(seconds, 200.5),
        "Both times go in as milliseconds; one of them has become seconds, and the other?",
    )
    expect(near(seconds, 0.7), f"With 10 ms for each of the 20 tasks it gave {seconds:g} s.")
    yield "and if each costs something"


def lazy(lazy_tiles):
    """``lazy_tiles(photos, work)``: a list of delayed objects, nothing computed yet."""
    import dask
    from dask.delayed import Delayed

    done = []

    def note(photo):
        done.append(photo)
        return f"tile of {photo}"

    photos = ["tom.jpg", "mia.jpg", "leo.jpg"]
    with dask.config.set(scheduler="synchronous"):  # here, where `note` can take note of it
        made = call(lazy_tiles, photos, note)
    _expect_list(made, Delayed)
    lazies = [isinstance(one, Delayed) for one in made]
    expect(
        not done or any(lazies),
        "The tiles themselves came back. Somebody computes in there already, one photo "
        "after the other; leave that to whoever calls.",
    )
    expect(
        not done,
        "The work was done before anybody asked for it. Python runs first what stands inside "
        "brackets: is it the function that you make lazy, or what it gave?",
    )
    yield "nothing is computed yet"
    expect(
        all(lazies),
        "What is in the list is not delayed: dask knows nothing of it"
        + (", it is only a function." if made and callable(made[0]) else "."),
    )
    expect(len(made) == 3, f"Three photos should make three tasks; there are {len(made)}.")
    tiles = call(lambda: dask.compute(*made, scheduler="synchronous"))
    _expect_tiles(tiles, [f"tile of {photo}" for photo in photos])
    yield "computed together, they make the tile of every photo, in order"
    done.clear()
    call(lambda: dask.compute(made[0], scheduler="synchronous"))
    expect(
        len(done) == 1,
        f"To get the first tile alone, {len(done)} were made: it is one task that does them "
        "all. Cores can share many tasks, but not one.",
    )
    yield "and each is a task of its own"


def _expect_list(made, delayed):
    if isinstance(made, delayed):
        raise Look(
            "One delayed thing came back, for all the photos: one task, which runs on one "
            "core. What should be lazy is the work on each of them."
        )
    if isinstance(made, Iterator):
        raise Look(
            "A generator came back: it can be gone through once, and then it is used up. "
            "Make it a list."
        )
    kind = type(made).__name__
    expect(isinstance(made, (list, tuple)), f"A list should come back; this is of type {kind}.")


def _expect_tiles(tiles, wanted):
    expect(
        not any(callable(tile) for tile in tiles),
        "Computed, they give a function: the work was made lazy, but never given its photo.",
    )
    tiles = [tile if isinstance(tile, str) else repr(tile) for tile in tiles]
    expect(
        tiles != [wanted[-1]] * 3,
        f"All three became the '{wanted[-1]}', the last. A function that is made in a loop "
        "looks up the loop's variable when it runs, and by then the loop is over. Hand the "
        "photo over as an argument.",
    )
    expect(
        sorted(tiles) != sorted(wanted) or tiles == wanted,
        "All tiles are there, but not in the order of the photos.",
    )
    expect(tiles == wanted, f"Computed, they give {', '.join(tiles)}: no tile of each photo.")


def together(all_tiles):
    """``all_tiles(photos, work)``: on several cores, complete, in order."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        names = ["slow", "mia", "broken", *(f"cat {i}" for i in range(27))]
        stage = Stage(folder, names, together=2)
        tiles = call(all_tiles, stage.photos, work)
        _expect_computed(tiles)
        tiles = list(tiles)
        kept = [tile for tile in stage.tiles if tile is not None]
        expect(
            sorted(map(str, tiles)) != sorted(kept),
            "A photo is missing: the broken one. Its None must stay in its place, or nobody "
            "knows any more which tile belongs to which photo.",
        )
        expect(
            len(tiles) == len(stage.tiles),
            f"{len(stage.tiles)} photos gave {len(tiles)} results.",
        )
        yield "a result for every photo"
        expect(
            sorted(map(str, tiles)) == sorted(map(str, stage.tiles)),
            f"The first of them is {tiles[0]!r}: that is not what the work on a photo gives.",
        )
        expect(
            tiles == stage.tiles,
            "They are not in the order of the photos: the slow one came first, and is no more.",
        )
        yield "in the order of the photos"
        expect(
            not stage.saw("alone"),
            "But one photo was done after the other: never were two under way at once. "
            "Who waits for whom? Ask for a result only when all the work is handed out."
            + _SIX_AT_A_TIME
            * stage.saw("another process"),
        )
        yield "and several photos were under way at once"


_SIX_AT_A_TIME = (
    " (And dask's processes take six tasks at a time: if there are no more than six, one "
    "process does them all.)"
)


def _expect_computed(tiles):
    first = next(iter(tiles), None) if isinstance(tiles, (list, tuple)) else tiles
    expect(
        not any(
            hasattr(thing, name) for thing in (tiles, first) for name in ("compute", "done")
        ),
        "What came back is a promise: nothing of it has been computed, or nobody has waited "
        "for it. Whoever calls wants the tiles.",
    )
    expect(
        not isinstance(tiles, Iterator),
        "A generator came back, which can be gone through only once. Make it a list.",
    )
    kind = type(tiles).__name__
    expect(
        isinstance(tiles, (list, tuple)), f"A list should come back; this is of type {kind}."
    )

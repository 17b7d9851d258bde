"""Checks of notebook 02."""

import functools
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from .arrays import as_number, expect_answer, is_close
from .fake_work import FakeWork, fake_tile
from .verdict import CheckFailed, call, expect, expect_no_mistake


def cost(predict_seconds):
    """``predict_seconds(photos, partitions, cores, photo_ms, task_ms)``: how long it takes."""

    def predict(*arguments):
        return as_number(call(predict_seconds, *arguments), "a number of seconds")

    free = predict(1000, 20, 4, 2, 0)
    mistakes = {
        "That is a long time. Times go in as milliseconds: as what should they come out?": 500,
        "You let one core do it all. How many of the cores have a part of the photos?": 2,
        "You shared the photos among the partitions, as if all of them could run at once. "
        "With 20 partitions and 4 cores, how many are under way at any moment?": 0.1,
    }
    advice = (
        f"1,000 photos of 2 ms, 20 partitions, 4 cores, and tasks that cost nothing, gave "
        f"{free:g} s. How many photos has each core to do?"
    )
    expect_answer(free, 0.5, advice, mistakes)
    yield "right if tasks cost nothing"
    costly = predict(1000, 20, 4, 2, 10)
    mistakes = {
        "The time that dask takes for each task is not in it yet.": 0.5,
        "You pay dask for every photo. It hands out tasks: what is a task here?": 10.5,
        "You pay dask for every photo, on each core. What is a task here?": 3,
        "You shared dask's own time among the cores. It hands out tasks one by one.": 0.55,
        "You pay for one task. How many tasks are there?": 0.51,
        "Both times go in as milliseconds. You turned one of them into seconds, and the "
        "other?": 200.5,
    }
    advice = f"With 10 ms for each of 20 tasks it gave {costly:g} s."
    expect_answer(costly, 0.7, advice, mistakes)
    yield "right if each task costs something"
    single = predict(1000, 1, 4, 2, 10)
    mistakes = {
        "With one partition, you have all four cores at work. Who does what, if there is only "
        "one task?": 0.51,
    }
    expect_answer(single, 2.01, f"One partition on four cores gave {single:g} s.", mistakes)
    yield "right for fewer partitions than cores, when some cores have nothing to do"
    each = predict(1000, 1000, 4, 2, 10)
    expect(is_close(each, 10.5), f"A partition for every photo gave {each:g} s.")
    yield "right for a partition per photo, which costs more than it saves"


def sendable(tile_maker):
    """``tile_maker(size)``: a function of a photo, which a worker can be given."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        photo = Path(folder) / "cat.png"
        Image.new("RGB", (60, 40), "orange").save(photo)
        for size in (16, 24):
            make = call(tile_maker, size)
            expect(
                callable(make),
                f"Your function returned a value of type {type(make).__name__}. It should "
                "return a function. You get the size only; the photo comes later, when the "
                "worker has it.",
            )
            tile = _make_tile(make, photo)
            expect(
                isinstance(tile, (np.ndarray, Image.Image)),
                f"Called with a photo, it returns no tile but a value of type "
                f"{type(tile).__name__}.",
            )
            found = np.asarray(tile).shape
            expect(
                found == (size, size, 3),
                f"For a size of {size} it makes tiles of shape {found}. Do you pass the size "
                "on?",
            )
    yield "it makes tiles of the size that was asked for"
    _expect_sendable(make)
    yield "it can be sent: its name says where to find it"


def _make_tile(make, photo):
    try:
        return call(make, photo)
    except CheckFailed:
        expect(
            not (isinstance(make, functools.partial) and make.args),
            "partial fills in arguments from the left, unless you name them: the size has "
            "taken the place of the photo.",
        )
        raise


def _expect_sendable(make):
    for part in _parts(make):
        if not hasattr(part, "__qualname__"):
            part = type(part)
        name, module = part.__qualname__, part.__module__
        mistakes = {
            "It has a lambda in it. Functions are sent by name, and a lambda has none.": (
                "<lambda>" in name
            ),
            f"'{part.__name__}' is defined inside another function. Only its name is sent, and "
            "by that name nobody can reach it from outside.": "<locals>" in name,
            f"'{part.__name__}' lives in this notebook (its module is called __main__). A "
            "worker that starts afresh has a __main__ of its own, without it. Where would "
            "it find one?": module == "__main__",
        }
        expect_no_mistake(mistakes)
    try:
        pickle.loads(pickle.dumps(make))
    except Exception as error:
        raise CheckFailed(f"pickle cannot pack it: {error}.") from error


def _parts(make):
    """Yield everything in a partial that must be found by its name."""
    if isinstance(make, functools.partial):
        for part in (make.func, *make.args, *make.keywords.values()):
            yield from _parts(part) if callable(part) else ()
    else:
        yield make


def lazy(lazy_tiles):
    """``lazy_tiles(photos, work)``: a list of delayed objects, nothing computed yet."""
    import dask
    from dask.delayed import Delayed

    done = []

    def work(photo):
        done.append(photo)
        return f"tile of {photo}"

    photos = ["tom.jpg", "mia.jpg", "leo.jpg"]
    with dask.config.set(scheduler="synchronous"):  # in this thread, where `done` is
        made = call(lazy_tiles, photos, work)
    expect(
        not isinstance(made, Delayed),
        "Your function returned one delayed object for all the photos: one task, which runs on "
        "one core. Make the work on each of them lazy.",
    )
    _expect_list(made)
    are_delayed = [isinstance(each, Delayed) for each in made]
    mistakes = {
        "Your function returned the tiles themselves: it computes already, one photo after the "
        "other. Leave that to the caller.": done and not any(are_delayed),
        "The work was done before anybody asked for it. Python runs first what stands inside "
        "brackets: do you make the function lazy, or its result?": done,
    }
    expect_no_mistake(mistakes)
    yield "nothing is computed yet"
    only = ", it is only a function" if made and callable(made[0]) else ""
    mistakes = {
        f"What is in the list is not delayed: dask does not know of it{only}.": (
            not all(are_delayed)
        ),
        f"Three photos should make three tasks, but there are {len(made)}.": len(made) != 3,
    }
    expect_no_mistake(mistakes)
    tiles = call(lambda: dask.compute(*made, scheduler="synchronous"))
    _expect_tiles(tiles, [f"tile of {photo}" for photo in photos])
    yield "computed together, they make the tile of every photo, in order"
    done.clear()
    call(lambda: dask.compute(made[0], scheduler="synchronous"))
    expect(
        len(done) == 1,
        f"To get the first tile alone, {len(done)} were made: one task does them all. Cores "
        "can share many tasks, but not one.",
    )
    yield "each is a task of its own"


def _expect_list(result):
    mistakes = {
        "Your function returned a generator, which can be gone through only once. Make it a "
        "list.": isinstance(result, Iterator),
        f"Your function returned a value of type {type(result).__name__}. It should return a "
        "list.": not isinstance(result, (list, tuple)),
    }
    expect_no_mistake(mistakes)


def _expect_tiles(tiles, wanted):
    found = [tile if isinstance(tile, str) else repr(tile) for tile in tiles]
    mistakes = {
        "Computed, they give a function: the work is lazy, but never got its photo.": any(
            callable(tile) for tile in tiles
        ),
        f"All three became the '{wanted[-1]}', the last. A function that is made in a loop "
        "looks up the loop's variable when it runs, and by then the loop is over. Pass the "
        "photo as an argument.": found == [wanted[-1]] * 3,
        "All tiles are there, but not in the order of the photos.": (
            found != wanted and sorted(found) == sorted(wanted)
        ),
        f"Computed, they give {', '.join(found)}: no tile of each photo.": found != wanted,
    }
    expect_no_mistake(mistakes)


def together(all_tiles):
    """``all_tiles(photos, work)``: on several cores, complete, in order."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        names = ["slow", "mia", "broken", *(f"cat {i}" for i in range(27))]
        work = FakeWork(folder, names, together=2)
        tiles = call(all_tiles, work.photos, fake_tile)
        _expect_computed(tiles)
        tiles, in_order = list(tiles), sorted(map(str, tiles))
        mistakes = {
            "A photo is missing: the broken one. Its None must stay in its place. Otherwise "
            "nobody knows any more which tile belongs to which photo.": (
                in_order == sorted(tile for tile in work.tiles if tile is not None)
            ),
            f"{len(work.tiles)} photos gave {len(tiles)} results.": (
                len(tiles) != len(work.tiles)
            ),
        }
        expect_no_mistake(mistakes)
        yield "a result for every photo"
        mistakes = {
            f"The first result is {tiles[0]!r}: that is not what the work on a photo "
            "returns.": in_order != sorted(map(str, work.tiles)),
            "The results are not in the order of the photos: the slow photo came first, but "
            "its tile did not.": tiles != work.tiles,
        }
        expect_no_mistake(mistakes)
        yield "in the order of the photos"
        six_at_a_time = (
            " (And dask's processes take six tasks at a time: if there are no more than six, "
            "one process does them all.)"
        )
        expect(
            not work.noted("alone"),
            "But one photo was done after the other: there were never two under way at once. "
            "Who waits for whom? Ask for a result only when all the work is handed out."
            + six_at_a_time
            * work.noted("another process"),
        )
        yield "several photos were under way at once"


def _expect_computed(tiles):
    first = next(iter(tiles), None) if isinstance(tiles, (list, tuple)) else tiles
    expect(
        not any(
            hasattr(result, name) for result in (tiles, first) for name in ("compute", "done")
        ),
        "Your function returned a promise: nothing of it has been computed, or nobody has "
        "waited for it. It should return the tiles.",
    )
    _expect_list(tiles)

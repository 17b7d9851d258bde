"""Answers to the exercises of notebook 02."""

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from types import FunctionType

import dask
import dask.bag
import numpy as np
from PIL import Image, ImageOps

from . import right, wrong


@right("cost")
def adds_in_milliseconds(photos, partitions, cores, photo_ms, task_ms):
    busy = min(cores, partitions)
    return (photos * photo_ms / busy + partitions * task_ms) / 1000


@right("cost")
def goes_round_by_round(photos, partitions, cores, photo_ms, task_ms):
    rounds = math.ceil(partitions / cores)
    of_one = np.float64(photos / partitions) * photo_ms / 1e3
    return rounds * of_one + partitions * task_ms / 1e3


@wrong("cost", "as what should they come out")
def in_milliseconds(photos, partitions, cores, photo_ms, task_ms):
    return photos * photo_ms / min(cores, partitions) + partitions * task_ms


@wrong("cost", "one core do it all")
def on_one_core(photos, partitions, cores, photo_ms, task_ms):
    return (photos * photo_ms + partitions * task_ms) / 1000


@wrong("cost", "under way at any moment")
def shares_among_partitions(photos, partitions, cores, photo_ms, task_ms):
    return (photos / partitions * photo_ms + partitions * task_ms) / 1000


@wrong("cost", "is not in it yet")
def forgets_tasks(photos, partitions, cores, photo_ms, task_ms):
    return photos * photo_ms / min(cores, partitions) / 1000


@wrong("cost", "pay dask for every photo")
def pays_for_photos(photos, partitions, cores, photo_ms, task_ms):
    return (photos * photo_ms / min(cores, partitions) + photos * task_ms) / 1000


@wrong("cost", "pay dask for every photo")
def pays_for_photos_on_each_core(photos, partitions, cores, photo_ms, task_ms):
    return photos * (photo_ms + task_ms) / min(cores, partitions) / 1000


@wrong("cost", "dask's own time among the cores")
def shares_all(photos, partitions, cores, photo_ms, task_ms):
    return (photos * photo_ms + partitions * task_ms) / min(cores, partitions) / 1000


@wrong("cost", "pay for one task")
def pays_once(photos, partitions, cores, photo_ms, task_ms):
    return (photos * photo_ms / min(cores, partitions) + task_ms) / 1000


@wrong("cost", "and the other")
def turns_one_of_them(photos, partitions, cores, photo_ms, task_ms):
    return photos * photo_ms / 1000 / min(cores, partitions) + partitions * task_ms


@wrong("cost", "only one task")
def keeps_all_cores_busy(photos, partitions, cores, photo_ms, task_ms):
    return (photos * photo_ms / cores + partitions * task_ms) / 1000


@wrong("cost", "of type str")
def with_unit(photos, partitions, cores, photo_ms, task_ms):
    return f"{photos * photo_ms / cores / 1000} s"


@right("lazy")
def in_a_comprehension(photos, work):
    return [dask.delayed(work)(photo) for photo in photos]


@right("lazy")
def decorates(photos, work):
    @dask.delayed
    def one(photo):
        return work(photo)

    made = ()
    for photo in photos:
        made += (one(photo),)
    return made


@wrong("lazy", "first what stands inside brackets")
def works_at_once(photos, work):
    return [dask.delayed(work(photo)) for photo in photos]


@wrong("lazy", "it computes already")
def computes_in_the_loop(photos, work):
    tiles = []
    for photo in photos:
        tiles.append(dask.delayed(work)(photo).compute())
    return tiles


@wrong("lazy", "it computes already")
def computes_at_the_end(photos, work):
    return dask.compute(*[dask.delayed(work)(photo) for photo in photos])


@wrong("lazy", "by then the loop is over")
def closure_in_a_loop(photos, work):
    made = []
    for photo in photos:
        made.append(dask.delayed(lambda: work(photo))())  # noqa: B023
    return made


@wrong("lazy", "one delayed object")
def one_for_all(photos, work):
    return dask.delayed([dask.delayed(work)(photo) for photo in photos])


@wrong("lazy", "gone through only once")
def generator(photos, work):
    return (dask.delayed(work)(photo) for photo in photos)


@wrong("lazy", "never got its photo")
def forgets_the_photo(photos, work):
    return [dask.delayed(work) for _ in photos]


@wrong("lazy", "it is only a function")
def lambdas(photos, work):
    return [lambda photo=photo: work(photo) for photo in photos]


@wrong("lazy", "there are 1")
def returns_in_the_loop(photos, work):
    for photo in photos:
        return [dask.delayed(work)(photo)]


@wrong("lazy", "does them all")
def picks_from_one_task(photos, work):
    tiles = dask.delayed(lambda: [work(photo) for photo in photos])()
    return [tiles[i] for i in range(len(photos))]


@wrong("lazy", "not in the order")
def backwards(photos, work):
    return [dask.delayed(work)(photo) for photo in sorted(photos)]


@wrong("lazy", "of type Bag")
def bag(photos, work):
    return dask.bag.from_sequence(photos).map(work)


def tile_of(photo, size):
    with Image.open(photo) as image:
        return np.asarray(ImageOps.fit(image.convert("RGB"), (size, size)))


def in_notebook(photo, size):
    return tile_of(photo, size)


in_notebook = FunctionType(
    in_notebook.__code__, {"tile_of": tile_of, "__name__": "__main__"}, "in_notebook"
)


class Maker:
    def __init__(self, size):
        self.size = size

    def __call__(self, photo):
        return tile_of(photo, self.size)


@right("sendable")
def fills_in(size):
    return partial(tile_of, size=size)


@right("sendable")
def remembers(size):
    return Maker(size)


@wrong("sendable", "a lambda has none")
def makes_a_lambda(size):
    return lambda photo: tile_of(photo, size)


@wrong("sendable", "defined inside another function")
def nests(size):
    def make(photo):
        return tile_of(photo, size)

    return make


@wrong("sendable", "defined inside another function")
def fills_in_a_nested_one(size):
    def make(photo, size):
        return tile_of(photo, size)

    return partial(make, size=size)


@wrong("sendable", "lives in this notebook")
def fills_in_one_of_the_notebook(size):
    return partial(in_notebook, size=size)


@wrong("sendable", "from the left")
def fills_in_from_the_left(size):
    return partial(tile_of, size)


@wrong("sendable", "Do you pass the size on")
def forgets_the_size(size):
    return partial(tile_of, size=64)


@wrong("sendable", "of type ndarray")
def makes_a_tile(size):
    return np.zeros((size, size, 3), np.uint8)


@right("together")
def in_threads(photos, work):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(work, photos))


@right("together")
def bag_of_pairs(photos, work):
    return dask.bag.from_sequence(photos, npartitions=3).map(work).compute(scheduler="threads")


@right("together")
def in_fresh_processes(photos, work):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return tuple(pool.map(work, photos))


@right("together")
def bag_in_processes(photos, work):
    return dask.bag.from_sequence(photos).map(work).compute(scheduler="processes")


@right("together")
def puts_in_place_as_they_come(photos, work):
    tiles = [None] * len(photos)
    with ThreadPoolExecutor(2) as pool:
        places = {pool.submit(work, photo): place for place, photo in enumerate(photos)}
        for future in as_completed(places):
            tiles[places[future]] = future.result()
    return tiles


@wrong("together", "one photo was done after the other")
def plain_loop(photos, work):
    return [work(photo) for photo in photos]


@wrong("together", "one photo was done after the other")
def waits_for_each(photos, work):
    with ThreadPoolExecutor() as pool:
        return [pool.submit(work, photo).result() for photo in photos]


@wrong("together", "one photo was done after the other")
def in_one_partition(photos, work):
    return dask.bag.from_sequence(photos, npartitions=1).map(work).compute(scheduler="threads")


@wrong("together", "not in the order")
def as_they_are_done(photos, work):
    with ThreadPoolExecutor() as pool:
        done = as_completed([pool.submit(work, photo) for photo in photos])
        return [future.result() for future in done]


@wrong("together", "A photo is missing")
def drops_the_broken(photos, work):
    with ThreadPoolExecutor() as pool:
        return [tile for tile in pool.map(work, photos) if tile is not None]


@wrong("together", "promise")
def computes_nothing(photos, work):
    return dask.bag.from_sequence(photos).map(work)


@wrong("together", "promise")
def gives_futures(photos, work):
    pool = ThreadPoolExecutor()
    return [pool.submit(work, photo) for photo in photos]


@wrong("together", "gone through only once")
def gives_a_generator(photos, work):
    pool = ThreadPoolExecutor()
    return pool.map(work, photos)

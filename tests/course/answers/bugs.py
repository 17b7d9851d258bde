"""Answers to the exercises of notebook 08."""

import hashlib
import os
from collections import Counter

import numpy as np

from . import right, wrong


@right("bug 2")
def by_name(folder):
    return sorted(folder.glob("*.jpg"))


@right("bug 2")
def names_alone(folder):
    return [name for name in sorted(os.listdir(folder)) if name.endswith(".jpg")]


@right("bug 2")
def backwards_but_surely(folder):
    photos = [path for path in folder.iterdir() if path.suffix == ".jpg"]
    photos.sort(key=lambda path: path.name, reverse=True)
    return iter(photos)


@wrong("bug 2", "has to decide the order")
def as_they_come(folder):
    return list(folder.glob("*.jpg"))


@wrong("bug 2", "the time of its copying")
def by_time(folder):
    return sorted(folder.glob("*.jpg"), key=lambda path: path.stat().st_mtime)


@wrong("bug 2", "a set has no order")
def as_a_set(folder):
    return set(folder.glob("*.jpg"))


@wrong("bug 2", "no photo")
def everything(folder):
    return sorted(folder.iterdir())


@wrong("bug 2", "Your list has nothing")
def the_wrong_pattern(folder):
    return sorted(folder.glob("*.jpeg"))


@wrong("bug 2", "that of this disk")
def always_in_some_order(folder):
    return sorted(folder.glob("*.jpg"), key=lambda path: "cbade".find(path.stem))


@wrong("bug 2", "type int")
def how_many(folder):
    return len(list(folder.glob("*.jpg")))


@right("bug 4")
def turned_round(flat, size):
    return flat.reshape(size[::-1])


@right("bug 4")
def row_by_row(flat, size):
    width, height = size
    return [list(flat[row * width : (row + 1) * width]) for row in range(height)]


@wrong("bug 4", "How many rows")
def as_published(flat, size):
    return flat.reshape(size)


@wrong("bug 4", "run down and not across")
def transposed(flat, size):
    return flat.reshape(size).T


@wrong("bug 4", "run down and not across")
def in_fortran_order(flat, size):
    return flat.reshape(size[::-1], order="F")


@wrong("bug 4", "Which are the rows")
def still_flat(flat, size):
    return flat


@wrong("bug 4", "goes on where the last one ended")
def upside_down(flat, size):
    return flat.reshape(size[::-1])[::-1]


@right("bug 5")
def in_whole_numbers(cell, tiles):
    return ((tiles.astype(int) - cell) ** 2).sum(axis=1)


@right("bug 5")
def one_by_one(cell, tiles):
    return [
        sum((int(a) - int(b)) ** 2 for a, b in zip(cell, tile, strict=True)) for tile in tiles
    ]


@right("bug 5")
def in_floats(cell, tiles):
    difference = np.float32(cell) - tiles
    return np.einsum("ij,ij->i", difference, difference)


@wrong("bug 5", "when must it be chosen")
def in_bytes(cell, tiles):
    return ((cell - tiles) ** 2).sum(axis=1)


@wrong("bug 5", "when must it be chosen")
def too_late(cell, tiles):
    return ((cell - tiles).astype(int) ** 2).sum(axis=1)


@wrong("bug 5", "ends at 32,767")
def not_large_enough(cell, tiles):
    return ((cell.astype(np.int16) - tiles) ** 2).sum(axis=1)


@wrong("bug 5", "float16")
def half_a_float(cell, tiles):
    return ((cell.astype(np.float16) - tiles) ** 2).sum(axis=1)


@wrong("bug 5", "Over which axis")
def sums_up_everything(cell, tiles):
    return ((cell.astype(int) - tiles) ** 2).sum()


@wrong("bug 5", "Over which axis")
def sums_up_the_tiles(cell, tiles):
    return ((cell.astype(int) - tiles) ** 2).sum(axis=0)


@wrong("bug 5", "not yet squared")
def does_not_square(cell, tiles):
    return np.abs(cell.astype(int) - tiles).sum(axis=1)


@wrong("bug 5", "the square roots")
def takes_the_root(cell, tiles):
    return np.linalg.norm(cell.astype(int) - tiles, axis=1)


@wrong("bug 5", "are not")
def forgets_green(cell, tiles):
    return ((cell.astype(int) - tiles)[:, [0, 2]] ** 2).sum(axis=1)


@right("bug 10")
def remembering(contents):
    seen, first = set(), []
    for index, content in enumerate(contents):
        if content not in seen:
            seen.add(content)
            first.append(index)
    return first


@right("bug 10")
def in_a_dict(contents):
    first = {}
    for index, content in enumerate(contents):
        first.setdefault(hashlib.sha256(content).hexdigest(), index)
    return first.values()


@right("bug 10")
def by_unique(contents):
    return np.sort(np.unique(contents, return_index=True)[1])


@wrong("bug 10", "Nothing is left out")
def only_beside(contents):
    return [i for i in range(len(contents)) if i == 0 or contents[i] != contents[i - 1]]


@wrong("bug 10", "Those are the duplicates")
def the_doubles(contents):
    return [i for i in range(len(contents)) if contents[i] in contents[:i]]


@wrong("bug 10", "every content that is there twice")
def throws_out_both(contents):
    return [i for i, content in enumerate(contents) if Counter(contents)[content] == 1]


@wrong("bug 10", "You keep the last")
def the_last(contents):
    return sorted({content: index for index, content in enumerate(contents)}.values())


@wrong("bug 10", "as many bytes")
def by_length(contents):
    return [i for i, c in enumerate(contents) if len(c) not in map(len, contents[:i])]


@wrong("bug 10", "stay first")
def in_order_of_content(contents):
    return np.unique(contents, return_index=True)[1]


@wrong("bug 10", "a set has no order")
def contents_as_a_set(contents):
    return set(contents)


@wrong("bug 10", "returned the contents")
def the_contents(contents):
    return list(dict.fromkeys(contents))


@wrong("bug 10", "you keep [0, 1]")
def the_first_two(contents):
    return [0, 1]


@wrong("bug 10", "all photos should stay")
def always_leaves_one_out(contents):
    return remembering(contents) if len(contents) > 2 else [0]

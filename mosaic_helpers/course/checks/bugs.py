"""Checks of notebook 08: the bugs that are mended, and not only seen."""

import os
import tempfile
from pathlib import Path

import numpy as np

from .arrays import indices, like_none, numbers
from .verdict import Look, call, expect


def order(list_cats):
    """``list_cats(folder)``: the photos of a folder, in the same order on every machine."""
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        mine = _names(call(list_cats, _fill(here, "cadbe")))
        yours = _names(call(list_cats, _fill(there, "ebacd")))
    photos = [f"{letter}.jpg" for letter in "abcde"]
    expect(
        "notes.txt" not in mine,
        "There is a file in the folder that is no photo, and it came along.",
    )
    expect(
        sorted(mine) == photos,
        f"In the folder are {', '.join(photos)}, and you have {', '.join(mine) or 'nothing'}.",
    )
    yield "all the photos, and nothing else"
    expect(
        mine != [f"{letter}.jpg" for letter in reversed("cadbe")],
        "You have sorted by the time of the files. A copy is as old as its copying, so on the "
        "next machine that is another order. What do the copies have in common?",
    )
    expect(
        mine == yours,
        f"On my machine: {', '.join(mine)}. On yours: {', '.join(yours)}. The same photos, and "
        "number 2 is another cat. Somebody has to say in which order they come.",
    )
    expect(
        mine in (photos, photos[::-1]),
        f"They came as {', '.join(mine)}: as the disk hands them out, it seems. Another disk "
        "has another order.",
    )
    yield "in the same order on two machines"


def _fill(folder, letters):
    """Photos that a file system hands out in the order of letters; the last is the oldest."""
    for time, letter in enumerate(reversed(letters)):
        path = Path(folder) / f"{letter}.jpg"
        path.touch()
        os.utime(path, (time, time))
    (Path(folder) / "notes.txt").touch()

    class Folder(type(Path())):
        def glob(self, *pattern, **options):
            found = super().glob(*pattern, **options)
            return iter(sorted(found, key=lambda path: letters.find(path.name[0])))

        def iterdir(self):
            return self.glob("*")

    return Folder(folder)


def _names(result):
    if isinstance(result, (set, frozenset)):
        raise Look("A set came back, and a set has no order at all.")
    try:
        return [Path(path).name for path in result]
    except TypeError:
        raise Look(
            f"Wanted is a list of paths. Something of the type {type(result).__name__} came "
            "back."
        ) from None


def grid_of_cells(to_grid):
    """``to_grid(flat, size)``: a list of cells as rows and columns; size is (width, height)."""
    for width, height, what in ((3, 2, "landscape"), (2, 4, "portrait")):
        flat = np.arange(width * height)
        rows = flat.reshape(height, width)
        found = numbers(call(to_grid, flat.copy(), (width, height)), "rows of columns")
        gave = f"{width} cells across and {height} down gave\n{found}\n"
        expect(
            found.shape != (width, height),
            f"{gave}That is {width} rows. How many rows has a picture that is {height} cells "
            "high?",
        )
        expect(
            found.shape == (height, width),
            f"{gave}of the shape {found.shape}. Which are the rows, and which the columns?",
        )
        like_none(
            found,
            {
                f"{gave}The shape is right, but to the right of cell 0 stands cell "
                f"{found[0, 1]}: the numbers run down and not across.": rows.ravel()
                .reshape(width, height)
                .T,
                f"{gave}The numbers run down and not across.": flat.reshape(
                    height, width, order="F"
                ),
            },
        )
        expect(np.array_equal(found, rows), f"{gave}A row goes on where the last one ended.")
        yield f"right for a {what}"


def distances(distance):
    """``distance(cell, tiles)``: squared distances of one colour to many, all in bytes."""
    cell = np.array([10, 10, 10], np.uint8)
    tiles = np.array([[12, 10, 10], [250, 250, 250], [10, 200, 20], [9, 9, 9]], np.uint8)
    true = ((tiles.astype(int) - cell) ** 2).sum(axis=1)
    found = numbers(call(distance, cell.copy(), tiles.copy()), "a distance for each tile")
    expect(
        found.size == 4 and found.ndim == 1,
        f"For 4 tiles, what came back has the shape {found.shape}. Over which axis is the sum?",
    )
    yield "one distance for each tile"
    expect(
        not (found < 0).any(),
        f"A negative distance: {found.min()}. 240² is 57,600, and an int16 ends at 32,767. The "
        "numbers have become larger, but not large enough.",
    )
    difference = cell - tiles
    wrapped = difference.astype(int)
    wraps = "To a uint8, 10 - 250 is 16. Which type can hold -240, and when must it be chosen?"
    mistakes = {
        f"From black to white it is {found[1]}. {wraps}": (wrapped**2).sum(axis=1),
        f"From black to white it is {found[1]} still. {wraps}": (difference**2).sum(axis=1),
        "Those are the differences, not yet squared.": np.abs(
            cell.astype(int) - tiles.astype(int)
        ).sum(axis=1),
        "Those are the roots. The squares are asked for.": np.sqrt(true),
    }
    like_none(found, mistakes)
    expect(
        np.isfinite(found).all(),
        "From black to white it is infinitely far. A float16 ends at 65,504.",
    )
    expect(
        np.allclose(found, true, 1e-3),
        f"From {cell} to\n{tiles}\nthe squared distances are not {found}.",
    )
    yield "and it is right from black to white"


def firsts(first_of_each):
    """``first_of_each(contents)``: positions of the first file with each content."""
    contents = [b"Miso", b"Luna", b"Miso", b"Tom", b"Luna", b"Miso", b"Anul"]
    raw = call(first_of_each, list(contents))
    if isinstance(raw, (set, frozenset)):
        raise Look("A set came back, and a set has no order. Wanted is a list of positions.")
    if isinstance(raw, (list, tuple)) and any(isinstance(each, bytes) for each in raw):
        raise Look("The contents came back. Wanted are their positions, to choose photos by.")
    found = indices(raw, "the positions of the photos to keep", len(contents))
    mistakes = {
        "Nothing is left out. A double need not stand beside the first of its kind.": range(7),
        "Those are the doubles. Wanted are the others.": [2, 4, 5],
        "What is there twice has been thrown out altogether. One of each should stay.": [
            3,
            6,
        ],
        "You keep the last of each. Keep the first: then a photo that is added at the end "
        "changes nothing for those before it.": [3, 4, 5, 6],
        "Those that are left out have as many bytes as one before them, but not the same "
        "ones.": [0, 3],
    }
    like_none(found, mistakes)
    expect(
        found.tolist() == sorted(found.tolist()),
        f"The right ones, perhaps, but in the order {found}. Whoever comes first must stay "
        "first: the order says which tile is number 3.",
    )
    expect(
        found.tolist() == [0, 1, 3, 6],
        f"For {contents} you keep {found.tolist()}.",
    )
    yield "one of each content, the first, in the order of the photos"
    none = indices(call(first_of_each, [b"a", b"b"]), "the positions to keep", 2)
    expect(none.tolist() == [0, 1], "Where there are no doubles, all should stay.")
    yield "and all where there are no doubles"

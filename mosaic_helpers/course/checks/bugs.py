"""Checks of notebook 08: the bugs that are mended, and not only seen."""

import os
import tempfile
from pathlib import Path

import numpy as np

from .arrays import as_array, as_indices, expect_answer
from .verdict import CheckFailed, call, expect, expect_no_mistake


def order(list_cats):
    """``list_cats(folder)``: the photos of a folder, in the same order on every machine."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        mine = _names(call(list_cats, _fill(one, "cadbe")))
        yours = _names(call(list_cats, _fill(other, "ebacd")))
    photos = [f"{letter}.jpg" for letter in "abcde"]
    mistakes = {
        "Your list has a file that is no photo: notes.txt.": "notes.txt" in mine,
        f"The folder has {', '.join(photos)}. Your list has {', '.join(mine) or 'nothing'}.": (
            sorted(mine) != photos
        ),
    }
    expect_no_mistake(mistakes)
    yield "all the photos, and nothing else"
    mistakes = {
        "You sorted by the time of the files. A copy has the time of its copying, so the order "
        "is different on the next machine. What do the copies have in common?": (
            mine == [f"{letter}.jpg" for letter in reversed("cadbe")]
        ),
        f"One machine gave {', '.join(mine)}, the other {', '.join(yours)}. The photos are the "
        "same, but number 2 is another cat. Your function has to decide the order.": (
            mine != yours
        ),
        f"The order is {', '.join(mine)}: that of this disk, it seems. Another disk has "
        "another order.": mine not in (photos, photos[::-1]),
    }
    expect_no_mistake(mistakes)
    yield "in the same order on two machines"


def _fill(folder, letters):
    """Make photos that a file system lists in the order of letters; the last is the oldest."""
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
    expect(
        not isinstance(result, (set, frozenset)),
        "Your function returned a set, and a set has no order.",
    )
    try:
        return [Path(path).name for path in result]
    except TypeError:
        raise CheckFailed(
            f"Your function returned a value of type {type(result).__name__}. It should return "
            "a list of paths."
        ) from None


def grid_of_cells(to_grid):
    """``to_grid(flat, size)``: a list of cells as rows and columns; size is (width, height)."""
    for width, height, kind in ((3, 2, "landscape"), (2, 4, "portrait")):
        flat = np.arange(width * height)
        rows = flat.reshape(height, width)
        found = as_array(call(to_grid, flat.copy(), (width, height)), "rows of cells")
        gave = f"A grid {width} cells wide and {height} high gave\n{found}\n"
        mistakes = {
            f"{gave}That is {width} rows. How many rows has a picture that is {height} cells "
            "high?": found.shape == (width, height),
            f"{gave}of the shape {found.shape}. Which are the rows, and which the columns?": (
                found.shape != (height, width)
            ),
        }
        expect_no_mistake(mistakes)
        mistakes = {
            f"{gave}The shape is right, but cell {found[0, 1]} is to the right of cell 0: the "
            "numbers run down and not across.": flat.reshape(width, height).T,
        }
        advice = f"{gave}Each row goes on where the last one ended."
        expect_answer(found, rows, advice, mistakes)
        yield f"right for a {kind}"


def distances(distance):
    """``distance(cell, tiles)``: squared distances of one colour to many, all in bytes."""
    cell = np.array([10, 10, 10], np.uint8)
    tiles = np.array([[12, 10, 10], [250, 250, 250], [10, 200, 20], [9, 9, 9]], np.uint8)
    true = ((tiles.astype(int) - cell) ** 2).sum(axis=1)
    found = as_array(call(distance, cell.copy(), tiles.copy()), "a distance for each tile")
    expect(
        found.size == 4 and found.ndim == 1,
        f"For 4 tiles, your result has the shape {found.shape}. Over which axis is the sum?",
    )
    yield "one distance for each tile"
    expect(
        not (found < 0).any(),
        f"One distance is negative: {found.min()}. 240² is 57,600, but an int16 ends at "
        "32,767. You took larger numbers, but not large enough ones.",
    )
    difference = cell - tiles
    wrapped = difference.astype(int)
    wraps = "In uint8, 10 - 250 is 16. Which type can hold -240, and when must it be chosen?"
    mistakes = {
        f"From black to white it is {found[1]}. {wraps}": (wrapped**2).sum(axis=1),
        f"From black to white it is still {found[1]}. {wraps}": (difference**2).sum(axis=1),
        "Those are the differences, not yet squared.": np.abs(
            cell.astype(int) - tiles.astype(int)
        ).sum(axis=1),
        "Those are the square roots. The squares are asked for.": np.sqrt(true),
    }
    advice = (
        f"From {cell} to\n{tiles}\nthe squared distances are not {found}."
        if np.isfinite(found).all()
        else "The distance from black to white is infinite. A float16 ends at 65,504."
    )
    expect_answer(found, true, advice, mistakes)
    yield "right from black to white"


def firsts(first_of_each):
    """``first_of_each(contents)``: positions of the first file with each content."""
    contents = [b"Miso", b"Luna", b"Miso", b"Tom", b"Luna", b"Miso", b"Anul"]
    result = call(first_of_each, list(contents))
    mistakes = {
        "Your function returned a set, and a set has no order. It should return a list of "
        "positions.": isinstance(result, (set, frozenset)),
        "Your function returned the contents. It should return their positions in the list.": (
            isinstance(result, (list, tuple)) and any(isinstance(x, bytes) for x in result)
        ),
    }
    expect_no_mistake(mistakes)
    found = as_indices(result, "the positions of the photos to keep", len(contents))
    mistakes = {
        "Nothing is left out. A duplicate need not come directly after the first.": range(7),
        "Those are the duplicates. Return the others.": [2, 4, 5],
        "You left out every content that is there twice. One of each should stay.": [3, 6],
        "You keep the last of each. Keep the first: then a photo that is added at the end "
        "changes nothing for those before it.": [3, 4, 5, 6],
        "You left out those that have as many bytes as one before them. Their bytes may "
        "differ.": [0, 3],
    }
    advice = (
        f"For {contents} you keep {found.tolist()}."
        if found.tolist() == sorted(found.tolist())
        else f"The order is {found}. Photos that come first must stay first: the order decides "
        "which tile is number 3."
    )
    expect_answer(found, [0, 1, 3, 6], advice, mistakes)
    yield "one of each content, the first, in the order of the photos"
    none = as_indices(call(first_of_each, [b"a", b"b"]), "the positions to keep", 2)
    expect(none.tolist() == [0, 1], "Without duplicates, all photos should stay.")
    yield "all of them where there are no duplicates"

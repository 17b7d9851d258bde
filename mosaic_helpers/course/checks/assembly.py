"""Checks of notebook 05: laying tiles, one after the other, all at once, row by row."""

from reprlib import repr as brief

import numpy as np

from .arrays import expect_answer
from .sample_photos import as_pixels, shape_of
from .verdict import CheckFailed, call, expect, expect_no_mistake

_END = object()


def corner(find_corner):
    """``corner(row, column, size)``: where the tile of a cell begins, as (x, y)."""
    found = _as_point(call(find_corner, 2, 5, 10))
    gave = f"The cell in row 2, column 5, with tiles of 10 pixels, gave {found}."
    mistakes = {
        f"{gave} That is (y, x), the order of an array. paste needs x first: does x grow with "
        "the row or with the column?": (20, 50),
        f"{gave} You count in tiles. paste counts in pixels.": (5, 2),
        f"{gave} You count in tiles, and in the order (y, x).": (2, 5),
        f"{gave} That is one tile too far: rows and columns are counted from 0.": (60, 30),
        f"{gave} That is right for tiles of 64 pixels. `size` says how many pixels a tile "
        "has.": (320, 128),
    }
    advice = f"{gave} How many pixels are to its left, and how many above it?"
    expect_answer(found, (50, 20), advice, mistakes)
    yield "x is counted in columns, y in rows"
    first, other = (_as_point(call(find_corner, *cell)) for cell in ((0, 0, 7), (40, 3, 48)))
    expect(first == (0, 0), f"The very first cell, row 0 and column 0, gave {first}.")
    expect(other == (144, 1920), f"Row 40, column 3, tiles of 48 pixels gave {other}.")
    yield "right for other cells and sizes"


def _as_point(answer):
    try:
        point = tuple(answer)
        numbers = tuple(int(number) for number in point)
    except Exception:
        raise CheckFailed(
            f"Your function returned {brief(answer)}. It should return two numbers, x and y."
        ) from None
    mistakes = {
        f"Your function returned {len(point)} numbers. The upper left corner has two: x and "
        "y.": len(point) != 2,
        f"Your function returned {point}. Pixels are counted in whole numbers.": (
            numbers != point
        ),
    }
    expect_no_mistake(mistakes)
    return numbers


def lay(lay_tiles):
    """``lay(tiles, indices)``: the tiles in their cells, as one picture."""
    tiles, indices = _random_tiles(7, 4), np.array([[4, 0, 6], [2, 2, 1]])
    _expect_laid(_lay(lay_tiles, tiles, indices), tiles, indices)
    yield "every tile is in its cell, and stands upright"
    tiles, indices = _random_tiles(30, 3), np.random.default_rng(2).integers(0, 30, (5, 4))
    _expect_laid(_lay(lay_tiles, tiles, indices), tiles, indices)
    yield "right for other tiles, and for a grid that is higher than wide"


def _random_tiles(count, size):
    """Make tiles that differ in every pixel, shape (count, size, size, 3)."""
    shape = count, size, size, 3
    return np.random.default_rng(1).integers(0, 256, shape, np.uint8)


def _lay(lay_tiles, tiles, indices):
    try:
        return call(lay_tiles, tiles.copy(), indices.copy())
    except CheckFailed as failure:
        if "reshape" not in str(failure):
            raise
        (rows, columns), size = indices.shape, tiles.shape[1]
        raise CheckFailed(
            f"{failure} The check has {rows} × {columns} cells and tiles of {size} pixels: do "
            "all the numbers that you use come from the two arguments?"
        ) from failure


def _expect_laid(answer, tiles, indices):
    (rows, columns), size = indices.shape, tiles.shape[1]
    shape = rows * size, columns * size, 3
    cells = f"{rows} × {columns} cells of {size} × {size} pixels"
    found = shape_of(answer)
    expect(
        len(found) != 5,
        f"Your result has the shape {found}, five axes: rows, columns and the three of a tile "
        "in some order. A picture has three axes. How many rows of pixels has it?",
    )
    picture, dtype = as_pixels(answer), np.asarray(answer).dtype
    mistakes = {
        f"{cells} became {picture.shape[0]} pixels high and {picture.shape[1]} wide: you "
        "swapped rows and columns.": picture.shape == (columns * size, rows * size, 3),
        f"{cells} became the shape {picture.shape}, not {shape}.": picture.shape != shape,
        f"The picture has the dtype {dtype}, but the tiles have uint8. Larger numbers take "
        "several times the memory, and Pillow does not accept them.": dtype != np.uint8,
    }
    expect_no_mistake(mistakes)
    _expect_cells(picture, tiles, indices)


def _expect_cells(picture, tiles, indices):
    """Check that every cell has its tile; otherwise say what happened."""
    by_cell = tiles[indices]
    shape, in_order = picture.shape, np.arange(indices.size).reshape(indices.shape)
    mistakes = {
        "The size is right, but the tiles are in slices: each row of the picture holds whole "
        "tiles one after the other, instead of one row of each tile. Which axes must be "
        "neighbours before two of them become one?": by_cell.reshape(shape),
        "Every tile is in its cell, but lies on its side: its rows have become columns. You "
        "moved the width next to the rows.": by_cell.transpose(0, 3, 1, 2, 4).reshape(shape),
        "The tiles are laid in the order of their numbers. `indices` says which tile goes "
        "where.": _laid(tiles, in_order),
    }
    expect_no_mistake({a: np.array_equal(picture, wrong) for a, wrong in mistakes.items()})
    size = tiles.shape[1]
    for row, column in np.ndindex(indices.shape):
        cut = picture[row * size : (row + 1) * size, column * size : (column + 1) * size]
        index = indices[row, column]
        expect(
            (cut == tiles[index]).all(),
            f"The cell in row {row}, column {column} should have tile {index}. It has "
            f"{_content(cut, tiles)}.",
        )


def _content(cut, tiles):
    """Say what is in a cell."""
    for index, tile in enumerate(tiles):
        if (cut == tile).all():
            return f"tile {index}"
        if any((cut == other).all() for other in (tile[::-1], tile[:, ::-1], tile[:, :, ::-1])):
            return f"tile {index}, mirrored in one of its axes"
        if (cut == tile.swapaxes(0, 1)).all():
            return f"tile {index}, lying on its side"
    return "a mixture of several tiles" if cut.any() else "nothing: all black"


def _laid(tiles, indices):
    (rows, columns), size = indices.shape, tiles.shape[1]
    return tiles[indices].swapaxes(1, 2).reshape(rows * size, columns * size, 3)


class TileSet:
    """What the real one is to an exercise; it counts how many tiles were read."""

    def __init__(self, pictures):
        self._pictures = pictures
        self.tile_size = pictures.shape[1]
        self.count = 0

    def __len__(self):
        return len(self._pictures)

    def read(self, indices=slice(None)):
        """Read some of the tiles, shape (k, size, size, 3)."""
        tiles = np.array(self._pictures[indices])
        self.count += len(tiles)
        return tiles


def strips(make_strips):
    """``strips(tiles, indices)``: yields one row of tiles at a time, laid."""
    pictures = _random_tiles(50, 4)
    indices = np.random.default_rng(3).permutation(50)[:40].reshape(8, 5)
    tiles = TileSet(pictures)
    generator = call(make_strips, tiles, indices.copy())
    _expect_generator(generator)
    _expect_strip(_next(generator, 0), pictures, indices[:1])
    yield "the first strip is the first row of tiles, laid"
    expect(
        tiles.count <= 2 * 5,
        f"The first strip has 5 tiles, but {tiles.count} were read. Then all of them are in "
        "memory, or have been. When is each row needed, and not before?",
    )
    yield "only the tiles of one row are read for it"
    for number in range(1, 8):
        strip = _next(generator, number)
        expect(
            shape_of(strip)[:1] != (4 * (number + 1),),
            f"Strip number {number} is {4 * (number + 1)} pixels high: it holds those before "
            "it, too. Yield each strip once, and do not keep it.",
        )
        _expect_strip(strip, pictures, indices[number : number + 1])
    expect(
        call(next, generator, _END) is _END,
        "There are 8 rows of cells, but your generator yields more strips than that.",
    )
    yield "right for every row, to the last"


def _expect_generator(result):
    kind = type(result).__name__
    mistakes = {
        "Your function returned the first strip, and nothing more: return ends a function. "
        "Which word hands something out and goes on afterwards?": (
            shape_of(result) == (4, 20, 3)
        ),
        f"Your function returned a {kind} with the whole picture in it: that is what does not "
        "fit in memory. A generator hands out one strip and waits until the next is needed.": (
            isinstance(result, (list, tuple, np.ndarray))
        ),
        f"Your function returned a value of type {kind}. It should return something that "
        "next() works with: a generator.": not hasattr(result, "__next__"),
    }
    expect_no_mistake(mistakes)


def _next(generator, number):
    strip = call(next, generator, _END, context=f"The check asked for strip {number}. ")
    expect(
        strip is not _END,
        f"There are 8 rows of cells, but only {number} strips came. Does the function end too "
        "early?",
    )
    return strip


def _expect_strip(strip, tiles, row):
    shape = shape_of(strip)
    gave = f"A strip has the shape {shape}:"
    mistakes = {  # of 8 rows of 5 tiles of 4 pixels
        f"{gave} one row of pixels. A strip is as high as a tile: yield 4 rows of pixels at a "
        "time.": shape == (20, 3),
        f"{gave} a single tile. A strip is a whole row of them.": shape == (4, 4, 3),
        f"{gave} the tiles of the row as they were read, not yet laid beside each other.": (
            shape == (5, 4, 4, 3)
        ),
        f"{gave} the tiles beneath each other. They belong beside each other.": (
            shape == (20, 4, 3)
        ),
        f"{gave} the whole picture. Only one row of tiles should be in memory at a time.": (
            shape == (32, 20, 3)
        ),
    }
    expect_no_mistake(mistakes)
    _expect_laid(strip, tiles, row)

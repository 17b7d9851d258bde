"""Checks of notebook 05: laying tiles, one after the other, all at once, row by row."""

from reprlib import repr as brief

import numpy as np

from .scenes import dimensions, pixels
from .verdict import Look, call, call_about, expect

_END = object()


def corner(find_corner):
    """``corner(row, column, size)``: where the tile of a cell begins, as (x, y)."""
    found = _as_point(call(find_corner, 2, 5, 10))
    say = f"The cell in row 2, column 5, with tiles of 10 pixels, gave {found}."
    expect(
        found != (20, 50),
        f"{say} That is (y, x), as an array would want it. For paste, x comes first: does x "
        "grow with the row or with the column?",
    )
    expect(found not in {(5, 2), (2, 5)}, f"{say} You count in tiles; a picture has pixels.")
    expect(
        found not in {(60, 30), (30, 60)},
        f"{say} One tile too far: the first row and the first column have the number 0.",
    )
    expect(
        found not in {(320, 128), (128, 320)},
        f"{say} It would be so with tiles of 64 pixels; how many there are, `size` says.",
    )
    expect(found == (50, 20), f"{say} How many pixels are there to its left, and above it?")
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
        raise Look(f"Two numbers are wanted, x and y; {brief(answer)} came back.") from None
    expect(
        len(point) == 2,
        f"{len(point)} numbers came back. The upper left corner has two: x and y.",
    )
    expect(numbers == point, f"{point} came back: pixels are counted in whole numbers.")
    return numbers


def lay(lay_tiles):
    """``lay(tiles, indices)``: the tiles in their cells, as one picture."""
    tiles, indices = _some_tiles(7, 4), np.array([[4, 0, 6], [2, 2, 1]])
    _expect_laid(_lay(lay_tiles, tiles, indices), tiles, indices)
    yield "every tile is in its cell, and stands upright"
    tiles, indices = _some_tiles(30, 3), np.random.default_rng(2).integers(0, 30, (5, 4))
    _expect_laid(_lay(lay_tiles, tiles, indices), tiles, indices)
    yield "right for other tiles, and a grid that is higher than wide"


def _some_tiles(count, size):
    """Tiles that differ in every pixel, so that nothing goes unnoticed; (n, size, size, 3)."""
    shape = count, size, size, 3
    return np.random.default_rng(1).integers(0, 256, shape, np.uint8)


def _lay(lay_tiles, tiles, indices):
    try:
        return call(lay_tiles, tiles.copy(), indices.copy())
    except Look as look:
        if "reshape" not in str(look):
            raise
        (rows, columns), size = indices.shape, tiles.shape[1]
        raise Look(
            f"{look} The check has {rows} × {columns} cells and tiles of {size} pixels: do all "
            "the numbers that you use come from the two arguments?"
        ) from look


def _expect_laid(answer, tiles, indices):
    (rows, columns), size = indices.shape, tiles.shape[1]
    shape = rows * size, columns * size, 3
    cells = f"{rows} × {columns} cells of {size} × {size} pixels"
    got = dimensions(answer)
    expect(
        len(got) != 5,
        f"The shape {got} has five axes still: rows, columns and the three of a tile in some "
        "order. A picture has three; how many rows of pixels are there in all?",
    )
    picture = pixels(answer)
    expect(
        picture.shape != (columns * size, rows * size, 3),
        f"{cells} became {picture.shape[0]} pixels high and {picture.shape[1]} wide: rows and "
        "columns have changed places.",
    )
    expect(picture.shape == shape, f"{cells} became the shape {picture.shape}, not {shape}.")
    expect(
        np.asarray(answer).dtype == np.uint8,
        f"The picture is of the type {np.asarray(answer).dtype}, the tiles are uint8. With "
        "larger numbers it is several times as large, and Pillow does not take it.",
    )
    _expect_cells(picture, tiles, indices)


def _expect_cells(picture, tiles, indices):
    """Every cell has its tile; tells what happened if not."""
    laid = tiles[indices]
    shape, in_order = picture.shape, np.arange(indices.size).reshape(indices.shape)
    expect(
        (picture != laid.reshape(shape)).any(),
        "The size is right, and the tiles are in slices: a row of the picture holds "
        "one tile after the other, whole, instead of one row of each. Which axes must be "
        "neighbours before two of them become one?",
    )
    expect(
        (picture != laid.transpose(0, 3, 1, 2, 4).reshape(shape)).any(),
        "Every tile is in its cell, and lies on its side: its rows have become columns. You "
        "moved the width next to the rows.",
    )
    expect(
        (picture != _laid(tiles, in_order)).any(),
        "The tiles are laid one after the other, in the order of their numbers. Which goes "
        "where, `indices` says.",
    )
    size = tiles.shape[1]
    for row, column in np.ndindex(indices.shape):
        cut = picture[row * size : (row + 1) * size, column * size : (column + 1) * size]
        number = indices[row, column]
        expect(
            (cut == tiles[number]).all(),
            f"In row {row}, column {column} tile {number} should be. What is there is "
            f"{_what(cut, tiles)}.",
        )


def _what(cut, tiles):
    """What stands in a cell, in words."""
    for number, tile in enumerate(tiles):
        if (cut == tile).all():
            return f"tile {number}"
        if any((cut == other).all() for other in (tile[::-1], tile[:, ::-1], tile[:, :, ::-1])):
            return f"tile {number}, mirrored in one of its axes"
        if (cut == tile.swapaxes(0, 1)).all():
            return f"tile {number}, lying on its side"
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
        """Some of the tiles, shape (k, size, size, 3)."""
        read = np.array(self._pictures[indices])
        self.count += len(read)
        return read


def strips(make_strips):
    """``strips(tiles, indices)``: yields one row of tiles at a time, laid."""
    pictures = _some_tiles(50, 4)
    indices = np.random.default_rng(3).permutation(50)[:40].reshape(8, 5)
    tiles = TileSet(pictures)
    running = call(make_strips, tiles, indices.copy())
    _expect_iterator(running, 8)
    strip = _next(running, 0)
    _expect_strip(strip, pictures, indices[:1])
    yield "the first strip is the first row of tiles, laid"
    expect(
        tiles.count <= 2 * 5,
        f"To give away the first strip of 5 tiles, {tiles.count} were read. All of them are in "
        "memory then, or have been. When is each row needed, and not before?",
    )
    yield "only the tiles of one row are read for it"
    for number in range(1, 8):
        strip = _next(running, number)
        expect(
            dimensions(strip)[:1] != (4 * (number + 1),),
            f"Strip number {number} is {4 * (number + 1)} pixels high: it holds those before "
            "it, too. Each is to be given away and forgotten.",
        )
        _expect_strip(strip, pictures, indices[number : number + 1])
    expect(
        call(next, running, _END) is _END,
        "There are 8 rows of cells, and more strips than that.",
    )
    yield "and so for every row, to the last"


def _expect_iterator(running, rows):
    kind = type(running).__name__
    expect(
        dimensions(running) != (4, 20, 3),
        "The first strip came back, and that was all: return ends a function. Which word hands "
        "something out and goes on afterwards?",
    )
    expect(
        not isinstance(running, (list, tuple, np.ndarray)),
        f"A {kind} came back, with the whole picture in it: that is what does not fit in "
        "memory. A generator hands out one strip and waits until the next is wanted.",
    )
    expect(
        hasattr(running, "__next__"),
        f"A {kind} came back. Something is wanted that next() can be asked of: a generator.",
    )


def _next(running, number):
    strip = call_about(f"When strip number {number} was asked for: ", next, running, _END)
    expect(
        strip is not _END,
        f"There are 8 rows of cells, and only {number} strips came. Does the function end too "
        "early?",
    )
    return strip


def _expect_strip(strip, tiles, row):
    got = dimensions(strip)
    explained = {
        (
            20,
            3,
        ): "one row of pixels. A strip is as high as a tile: hand out 4 rows of pixels at "
        "a time",
        (4, 4, 3): "a single tile. A strip is a whole row of them",
        (5, 4, 4, 3): "the tiles of the row as they were read, not yet laid beside each other",
        (20, 4, 3): "the tiles beneath each other. They belong beside each other",
        (32, 20, 3): "the whole picture. Only one row of tiles should be in memory at a time",
    }
    expect(got not in explained, f"A strip of the shape {got} came: {explained.get(got)}.")
    _expect_laid(strip, tiles, row)

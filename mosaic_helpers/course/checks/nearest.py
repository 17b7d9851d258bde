"""Checks of notebook 03."""

import tracemalloc

import numpy as np

from ...features import linear_to_srgb, srgb_to_linear
from .arrays import as_array, as_indices, as_number, expect_answer, is_close
from .verdict import call, expect, expect_no_mistake


def best_tile(answer):
    """``best_tile(table)``: for each cell (row), the number of its nearest tile (column)."""
    table = np.array([[5, 3, 9, 4, 6], [2, 8, 7, 6, 9], [9, 6, 4, 8, 1]])
    found = as_array(call(answer, table), "the number of a tile for each of the 3 cells")
    mistakes = {
        f"Your function returned one number, {found}: the smallest of the whole table, or its "
        "place. But every cell needs a tile. Along which axis do you look?": found.ndim == 0,
        "Your function returned five numbers for three cells. There are five tiles: did you "
        "find the best cell for each tile? The axis that you name is the axis that "
        "disappears.": found.shape == (5,),
        f"Your result has the shape {found.shape}. One number for each cell is enough: its "
        "row is known, and only the column is asked for.": found.ndim > 1,
        f"Your function returned {found.size} numbers for 3 cells.": found.shape != (3,),
    }
    expect_no_mistake(mistakes)
    yield "one number for each cell"
    mistakes = {
        "Those are the distances. Return which tile has the smallest one.": [3, 2, 1],
        "Those are the tiles that are farthest away.": [2, 4, 0],
        "Nearly: Python counts from 0, and so do the tiles.": [2, 1, 5],
    }
    expect_answer(found, [1, 0, 4], f"The table\n{table}\ngave {found}.", mistakes)
    yield "it is the nearest tile"


def mean_colour(answer):
    """``mean_colour(tile)``: the mean in linear light, as sRGB bytes."""
    tile = np.full((4, 6, 3), (200, 100, 50), np.uint8)
    found = _as_colour(call(answer, tile.copy()))
    gave = f"A tile that is all (200, 100, 50) gave {_in_words(found)}"
    mistakes = {
        f"{gave}, numbers from 0 to 1: amounts of light, or shares of 255. The answer should "
        "be bytes again: which way leads back?": not found.max() > 1,  # nan, too
        f"{gave}. Its mean is the same colour. If you calculate with the bytes as they are: a "
        "uint8 ends at 255 and begins again at 0.": not is_close(found, (200, 100, 50), 1),
    }
    expect_no_mistake(mistakes)
    yield "right for a tile of one colour"
    tile = np.zeros((4, 6, 3), np.uint8)
    tile[::2, ::2] = tile[1::2, 1::2] = (255, 240, 80)
    tile[..., 2] += 40
    found = _as_colour(call(answer, tile.copy()))
    exact = linear_to_srgb(srgb_to_linear(tile).mean(axis=(0, 1))).astype(float)
    is_exact = is_close(found, exact, 1.01)
    gave = f"A checkerboard of black and a bright colour gave {_in_words(found)}"
    if not is_exact:
        mistakes = {
            f"{gave}: the mean of the bytes. But bytes are not amounts of light. Turn them "
            "into light first.": tile.mean(axis=(0, 1)),
            "You swapped red and blue.": exact[::-1],
            "You squared the bytes, and took the root at the end. The idea is right, but the "
            "curve is not quite a square: see mh.srgb_to_linear.": _mean_by_power(tile, 2),
        }
        advice = (
            f"{gave}. Take the mean of the light of all pixels, each channel for itself. Then "
            "find the bytes that have so much light."
        )
        expect_answer(found, _mean_by_power(tile, 2.2), advice, mistakes, tolerance=1.01)
    yield "right for a checkerboard: the mean is of light, not of bytes"
    if not is_exact:
        yield "you used the power 2.2: a good approximation of the curve of mh.srgb_to_linear"


def _as_colour(result):
    found = as_array(result, "three bytes: red, green and blue")
    expect(
        found.size == 3,
        f"For a tile of 4 × 6 pixels, your result has the shape {found.shape}. A colour has "
        "three numbers. Over which axes do you take the mean, and which must stay?",
    )
    return found.ravel().astype(float)


def _in_words(colour):
    return "(" + ", ".join(f"{value:.3g}" for value in colour) + ")"


def _mean_by_power(tile, gamma):
    """Return the mean as if the curve of sRGB were a power."""
    return ((tile / 255) ** gamma).mean(axis=(0, 1)) ** (1 / gamma) * 255


def adjacent_repeats(answer):
    """``adjacent_repeats(indices)``: cells with the same tile as their right neighbour."""
    grid = np.array(
        [[5, 4, 3, 2, 3, 4], [4, 5, 2, 3, 3, 4], [3, 3, 4, 3, 2, 2], [2, 3, 3, 5, 5, 5]]
    )
    wanted = "how many cells have the same tile as their neighbour on the right"
    found = as_number(call(answer, grid.copy()), wanted)
    right, below = grid[:, 1:] == grid[:, :-1], grid[1:] == grid[:-1]
    flat = grid.ravel()
    mistakes = {
        f"{found} is the number of repeats one below the other. Which axis goes from left to "
        "right?": below.sum(),
        f"{found} is too many: the end of a row and the beginning of the next one are not side "
        "by side.": (flat[1:] == flat[:-1]).sum(),
        f"{found} is too many: the last cell of a row has no neighbour on its right, certainly "
        "not the first one of its row.": (grid == np.roll(grid, -1, axis=1)).sum(),
        "You counted the neighbours below, too. Count only those on the right.": (
            right.sum() + below.sum()
        ),
        "Those are the cells that are part of a pair. How many have the same tile on their "
        "right?": 11,
        "That is a share. Return how many there are.": right.mean(),
        "Those are the pairs that differ.": (~right).sum(),
    }
    expect_answer(found, 6, f"In\n{grid}\nyou counted {found:g}.", mistakes)
    yield "right for a small grid"
    found = as_number(call(answer, np.array([[1, 1, 1, 1]])), wanted)
    expect(found == 3, f"In one row with the same cat four times you counted {found}.")
    yield "right for a single row"


def nearest_in_blocks(answer):
    """``nearest_in_blocks(cells, tiles, block)``: as from the table, which is never held."""
    random = np.random.default_rng(3)
    cells, tiles = random.random((503, 3)), random.random((400, 3))
    found, peak = _call_with_peak(answer, cells, tiles, 10)
    yield from _check_nearest(found, cells, tiles)
    whole = len(cells) * len(tiles) * 8
    expect(
        peak < whole / 4,
        f"Your function took {peak / 1e6:.1f} MB at its peak. The whole table has "
        f"{whole / 1e6:.1f} MB, so all of it, or most, is there at once. Keep only what you "
        "need of each block.",
    )
    yield f"with less than a quarter of the {whole / 1e6:.1f} MB of the whole table"
    few = call(answer, cells[:7].copy(), tiles, 50)
    expect(
        np.array_equal(as_array(few, "seven numbers"), np.asarray(found)[:7]),
        "With 7 cells and block=50, one block is more than enough. That does not work yet.",
    )
    yield "right where one block is more than enough"


def _check_nearest(found, cells, tiles):
    wanted = "one array, with the number of a tile for each cell"
    expect(
        not isinstance(found, (list, tuple)) or all(np.ndim(piece) == 0 for piece in found),
        f"Your function returned a {type(found).__name__} of pieces. Join them.",
    )
    found = as_array(found, wanted)
    mistakes = {
        "Your function returned 500 numbers for 503 cells, with blocks of 10. What becomes of "
        "the cells that do not fill a block?": found.shape == (500,),
        f"For {len(cells)} cells and {len(tiles)} tiles, your result has the shape "
        f"{found.shape}.": found.shape != (len(cells),),
    }
    expect_no_mistake(mistakes)
    found = as_indices(found, wanted, len(tiles))
    yield "one number for each cell"
    least = np.array([((tiles - cell) ** 2).sum(axis=1).min() for cell in cells])
    wrong = np.flatnonzero(((cells - tiles[found]) ** 2).sum(axis=1) > least + 1e-9)
    first = next(iter(wrong), None)
    mistakes = {
        "With blocks of 10, no number is above 9, though there are 400 tiles. A place within a "
        "block is not yet a place among all tiles: where did its block begin?": (
            found.max() < 10
        ),
        "All is right but for the last three cells: they do not fill a block.": (
            wrong.size and first >= 500
        ),
        f"{len(wrong)} of the cells got a tile that is not their nearest, the first of them "
        f"cell {first}. Try 5 cells, 4 tiles and block=2, and compare with the whole table.": (
            wrong.size
        ),
    }
    expect_no_mistake(mistakes)
    yield "it is the nearest tile, for the last cells, too"


def _call_with_peak(function, *arguments):
    """Return the result of a call, and the most memory that it held, in bytes."""
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        result = call(function, *arguments)
        return result, tracemalloc.get_traced_memory()[1] - before
    finally:
        if not running:
            tracemalloc.stop()

"""Checks of notebook 03."""

import tracemalloc

import numpy as np

from .arrays import indices, like_none, numbers, one_number
from .verdict import call, expect


def best_tile(answer):
    """``best_tile(table)``: for each cell (row), the number of its nearest tile (column)."""
    table = np.array([[5, 3, 9, 4, 6], [2, 8, 7, 6, 9], [9, 6, 4, 8, 1]])
    found = numbers(call(answer, table), "the number of a tile for each of the 3 cells")
    expect(
        found.shape != (),
        f"One number came back, {found}: the smallest of the whole table, or its place. But "
        "every cell wants a tile. Along which axis do you look?",
    )
    expect(
        found.shape != (5,),
        "Five numbers came back for three cells. There are five tiles: have you found the best "
        "cell for each tile? The axis that you name is the axis that disappears.",
    )
    expect(
        found.ndim == 1,
        f"What came back has the shape {found.shape}. One number for each cell is enough: its "
        "row is known, and only the column is asked for.",
    )
    expect(found.shape == (3,), f"{len(found)} numbers came back for 3 cells.")
    yield "one for each cell"
    distances = "Those are the distances. Asked is which tile has the smallest, not how small."
    mistakes = {
        distances: [3, 2, 1],
        "Those are the tiles that are farthest away.": [2, 4, 0],
        "Nearly: Python counts from 0, and so do the tiles.": [2, 1, 5],
    }
    like_none(found, mistakes)
    expect(np.array_equal(found, [1, 0, 4]), f"For the table\n{table}\n{found} came back.")
    yield "and it is the nearest tile"


def mean_colour(answer):
    """``mean_colour(tile)``: the mean in linear light, as sRGB bytes."""
    from ...features import linear_to_srgb, srgb_to_linear

    tile = np.full((4, 6, 3), (200, 100, 50), np.uint8)
    found = _three(call(answer, tile.copy()))
    expect(
        found.max() > 1,
        f"A tile that is all (200, 100, 50) gave {_shown(found)}, numbers from 0 to 1: amounts "
        "of light, or shares of 255. Wanted are bytes again; there is a way back to go.",
    )
    expect(
        np.allclose(found, (200, 100, 50), 0, 1),
        f"A tile that is all (200, 100, 50) gave {_shown(found)}. Its mean is itself. If you "
        "calculate with the bytes as they are: a uint8 ends at 255 and begins again at 0.",
    )
    yield "right for a tile of one colour"
    tile = np.zeros((4, 6, 3), np.uint8)
    tile[::2, ::2] = tile[1::2, 1::2] = (255, 240, 80)
    tile[..., 2] += 40
    found = _three(call(answer, tile.copy()))
    exact = linear_to_srgb(srgb_to_linear(tile).mean(axis=(0, 1))).astype(float)
    rough = np.allclose(found, _by_power(tile, 2.2), 0, 1.01)
    gave = f"A checkerboard of black and a bright colour gave {_shown(found)}"
    if not np.allclose(found, exact, 0, 1.01):
        mistakes = {
            f"{gave}: the mean of the bytes. But bytes are no amounts of light. First turn "
            "them into light.": tile.mean(axis=(0, 1)),
            "Red and blue have changed places.": exact[::-1],
            "You have squared the bytes, and taken the root in the end. The idea is right, but "
            "the curve is not quite a square: see mh.srgb_to_linear.": _by_power(tile, 2),
        }
        like_none(found, mistakes, within=1.01)
        expect(
            rough,
            f"{gave}. Average the light of all pixels, each channel for itself; then look for "
            "the bytes that have so much light.",
        )
    yield "right for a checkerboard: light is averaged, and not bytes"
    if not np.allclose(found, exact, 0, 1.01):
        yield "by the power 2.2: a good short-cut, while the true curve is in mh.srgb_to_linear"


def twins(answer):
    """``twins(indices)``: how many cells have the same tile as their right neighbour."""
    grid = np.array(
        [[5, 4, 3, 2, 3, 4], [4, 5, 2, 3, 3, 4], [3, 3, 4, 3, 2, 2], [2, 3, 3, 5, 5, 5]]
    )
    wanted = "how many cells have the same tile as their neighbour on the right"
    found = one_number(call(answer, grid.copy()), wanted)
    right, below = grid[:, 1:] == grid[:, :-1], grid[1:] == grid[:-1]
    flat = grid.ravel()
    mistakes = {
        f"{found} came back: the twins that stand one below the other. Which axis goes from "
        "left to right?": below.sum(),
        f"{found} is too many: the end of a row and the beginning of the next one are not side "
        "by side.": (flat[1:] == flat[:-1]).sum(),
        f"{found} is too many: the last cell of a row has no neighbour on its right, and "
        "certainly not the first one of its row.": (grid == np.roll(grid, -1, axis=1)).sum(),
        "You have counted the neighbours below, too. Only those on the right are asked for.": (
            right.sum() + below.sum()
        ),
        "Those are the cells that are part of a pair. How many have a twin on the right?": 11,
        "A share came back, and not how many.": right.mean(),
        "Those are the pairs that differ.": (~right).sum(),
    }
    like_none(found, mistakes)
    expect(found == 6, f"In\n{grid}\nyou have counted {found:g}.")
    yield "right for a small grid"
    found = one_number(call(answer, np.array([[1, 1, 1, 1]])), wanted)
    expect(found == 3, f"In one row of four times the same cat you have counted {found}.")
    yield "and for a single row"


def nearest_in_blocks(answer):
    """``nearest_in_blocks(cells, tiles, block)``: as from the table, which is never held."""
    random = np.random.default_rng(3)
    cells, tiles = random.random((503, 3)), random.random((400, 3))
    found, peak = _with_peak(answer, cells, tiles, 10)
    yield from _is_nearest(found, cells, tiles)
    whole = len(cells) * len(tiles) * 8
    expect(
        peak < whole / 4,
        f"But at its peak it took {peak / 1e6:.1f} MB, where the whole table has "
        f"{whole / 1e6:.1f} MB: all of it, or most, is there at once. Keep of each block only "
        "what is needed of it.",
    )
    yield f"with less than a quarter of the {whole / 1e6:.1f} MB of the whole table"
    few = call(answer, cells[:7].copy(), tiles, 50)
    expect(
        np.array_equal(numbers(few, "seven numbers"), np.asarray(found)[:7]),
        "With 7 cells and block=50, one block is more than enough. That goes wrong yet.",
    )
    yield "and where one block is more than enough"


def _is_nearest(found, cells, tiles):
    wanted = "one array, with the number of a tile for each cell"
    if isinstance(found, (list, tuple)):
        expect(
            all(np.ndim(piece) == 0 for piece in found),
            f"A {type(found).__name__} of {len(found)} pieces came back. Join them.",
        )
    found = numbers(found, wanted)
    expect(
        found.shape != (500,),
        "500 numbers came back for 503 cells, with blocks of 10. What becomes of the cells "
        "that do not fill a block?",
    )
    expect(
        found.shape == (len(cells),),
        f"For {len(cells)} cells and {len(tiles)} tiles, the shape {found.shape} came back.",
    )
    found = indices(found, wanted, len(tiles))
    yield "one for each cell"
    expect(
        found.max() >= 10,
        "With blocks of 10, no number above 9 came back, though there are 400 tiles. A place "
        "within a block is not yet a place among all: where did its block begin?",
    )
    best = [((tiles - cell) ** 2).sum(axis=1).min() for cell in cells]
    wrong = np.flatnonzero(((cells - tiles[found]) ** 2).sum(axis=1) > np.array(best) + 1e-9)
    expect(
        not len(wrong) or wrong[0] < 500,
        "All is right but for the last three cells: they do not fill a block.",
    )
    expect(
        not len(wrong),
        f"{len(wrong)} of the cells got a tile that is not their nearest, the first of them "
        f"cell {' '.join(map(str, wrong[:1]))}. Try 5 cells, 4 tiles and block=2 beside the "
        "whole table.",
    )
    yield "and it is the nearest tile, for the last cells, too"


def _with_peak(function, *arguments):
    """What a call gives back, and the most memory that it held, in bytes."""
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


def _three(result):
    """Three numbers, whatever they are in."""
    found = numbers(result, "three bytes: red, green and blue")
    expect(
        found.size == 3,
        f"For a tile of 4 × 6 pixels, the shape {found.shape} came back. A colour has three "
        "numbers. Over which axes must be averaged, and which must stay?",
    )
    return found.ravel().astype(float)


def _shown(colour):
    return "(" + ", ".join(f"{value:.3g}" for value in colour) + ")"


def _by_power(tile, gamma):
    """The mean by the short-cut that takes the curve for a power."""
    return ((tile / 255) ** gamma).mean(axis=(0, 1)) ** (1 / gamma) * 255

"""Checks of notebook 04."""

import warnings

import numpy as np

from .arrays import indices, like_none, numbers, one_number
from .verdict import call, expect


def used_twice(answer):
    """``used_twice(tile_of)``: how many tiles are used more than once."""
    tile_of = np.array([11, 2, 11, 20, 0, 11, 7, 2, 9, 3, 11, 1, 7, 12])
    uses = np.bincount(tile_of)
    found = one_number(call(answer, tile_of.copy()), "how many tiles are used more than once")
    mistakes = {
        "Those are the cells that have such a tile. How many tiles are there in them?": (
            uses[uses > 1].sum()
        ),
        "Those are the uses too many. A tile that is used four times is still one tile.": (
            len(tile_of) - np.unique(tile_of).size
        ),
        "Those are the tiles that are used at all, once or more often.": (uses > 0).sum(),
        "Those are the tiles that are not used at all.": (uses == 0).sum(),
        "Those are the tiles that are used once.": (uses == 1).sum(),
        "Those are the tiles that are used exactly twice. Four times is more than once, too.": (
            (uses == 2).sum()
        ),
        "So often the most used tile is used. How many are used more than once?": uses.max(),
        "That is the number of the tile that is used most often. How many are there of those "
        "that are used more than once?": uses.argmax(),
    }
    expect(
        not isinstance(found, bool),
        f"{found} came back. Asked is how many there are, and not whether there are any.",
    )
    like_none(found, mistakes)
    expect(found == 3, f"For tile_of = {tile_of} you have counted {found:g}.")
    yield "right where two tiles are used twice, and one of them four times"
    none = one_number(call(answer, np.array([5, 3, 4])), "how many tiles")
    expect(none == 0, f"Where no tile is used twice, you have counted {none:g}.")
    yield "and where none is"


def assign(answer):
    """``assign(table)``: a tile for each cell, none twice, at the least total cost."""
    from scipy.optimize import linear_sum_assignment

    for n, m, seed in ((12, 9, 120), (60, 45, 0)):
        table = np.random.default_rng(seed).random((n, m)) ** 2
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            result = call(answer, table.copy())
        tile_of = _one_each(result, n, m)
        expect(
            not any("numItermax" in str(each.message) for each in warned),
            "POT warned that it stopped before the end: what it has is not the best. It may "
            "take more steps if you let it (numItermax).",
        )
        tiles, uses = np.unique(tile_of, return_counts=True)
        expect(
            uses.max() == 1,
            f"{m} cells, and tile {tiles[uses.argmax()]} is in {uses.max()} of them. How much "
            "has each tile to give, and how much does each cell want? Print the plan: "
            "is there one entry in each of its columns, or are there several?",
        )
        yield f"{m} cells, and {m} different tiles out of {n}"
        least = table[linear_sum_assignment(table)].sum()
        ratio = table[tile_of, range(m)].sum() / least
        expect(
            ratio < 1 + 1e-6,
            f"But that costs {ratio:.2f} times as much as need be. If that is how it came out "
            "of POT: print the plan. Is a cell filled by one tile only? Are those tiles left "
            "over that are best left over?",
        )
        yield "at the least cost there is"


def _one_each(result, n, m):
    """What came back for a table of n tiles and m cells, if it is a tile for each cell."""
    found = numbers(result, "the number of a tile for each cell")
    if found.ndim == 2:
        expect(
            min(found.shape) < min(n, m) or found.max() > 1,
            "The plan came back: how much goes from where to where. Read off it which tile "
            "each cell gets.",
        )
    shape = found.shape
    expect(
        shape != (n,),
        f"{n} numbers came back for {m} cells. There are {n} tiles: you have asked which cell "
        "each tile goes to. The axis that you name is the axis that disappears.",
    )
    expect(
        shape != (m + 1,),
        f"{m + 1} numbers came back for {m} cells. One of them is for the dummy, and nobody "
        "wants to see it.",
    )
    expect(shape == (m,), f"For {n} tiles and {m} cells, the shape {shape} came back.")
    return indices(found, "the number of a tile for each cell", n)


def improve_by_swaps(answer):
    """``improve_by_swaps(tile_of, table)``: let cells exchange tiles while that is cheaper."""
    random = np.random.default_rng(8)
    table = random.random((11, 8)) ** 2
    before = random.permutation(11)[:8]
    given = before.copy()
    found = numbers(call(answer, given, table.copy()), "the number of a tile for each cell")
    expect(
        found.ndim > 0,
        f"One number came back, {found}. Wanted is the new assignment: a tile for each cell.",
    )
    expect(found.shape == (8,), f"For 8 cells, the shape {found.shape} came back.")
    after = indices(found, "the number of a tile for each cell", len(table))
    lost = np.setdiff1d(before, after)
    expect(
        not (len(lost) and np.isin(after, before).all()),
        f"Tile {' '.join(map(str, lost[:1]))} got lost, and another is there twice. Where two "
        "cells exchange their tiles, what does the second get once the first is overwritten?",
    )
    new = np.setdiff1d(after, before)
    expect(
        not len(lost),
        f"Tile {' '.join(map(str, new[:1]))} was not there before. A swap only exchanges "
        "what two cells have.",
    )
    yield "the same tiles as before, each once"
    was, now = (table[tile_of, range(8)].sum() for tile_of in (before, after))
    expect(
        now <= was + 1e-12,
        f"But it got dearer: from {was:.2f} to {now:.2f}. Which tile would be in which cell "
        "after the swap, and which are there now? The table has (tile, cell).",
    )
    expect(now < was, "Nothing has changed, and there are swaps that would help.")
    yield f"and cheaper: {was:.2f} before, {now:.2f} after"
    pair = _pair_that_gains(after, table)
    expect(
        pair is None,
        f"But cells {pair} could still exchange their tiles and gain. After some swaps, others "
        "become worth while that were not before: when may you stop?",
    )
    yield "until no swap of two helps any more"
    if not np.array_equal(given, before):
        yield (
            "(the assignment that was given has changed, too: fine, if whoever calls knows it)"
        )


def _pair_that_gains(tile_of, table):
    """Two cells whose exchange of tiles would be cheaper, or None."""
    cost = table[tile_of]  # (cell whose tile, cell)
    now = np.diag(cost)
    gain = now[:, None] + now[None, :] - cost - cost.T
    pairs = np.argwhere(gain > 1e-9)
    return tuple(pairs[0].tolist()) if len(pairs) else None


def is_proof(answer):
    """``is_proof(tile_of, u, v, table)``: do these prices prove that nothing is cheaper?"""
    for tile_of, u, v, table, proves, right, advice in CLAIMS:
        found = call(answer, *(np.array(each) for each in (tile_of, u, v, table)))
        found = numbers(found, "True or False")
        expect(
            found.size == 1,
            f"An answer of the shape {found.shape} came back. Is all of it true, or is it not?",
        )
        expect(bool(found.item()) == proves, advice)
        yield right


PLAIN = [[5.0, 9.0], [3.0, 9.0], [9.0, 4.0]]  # best is [1, 2], at 7; [0, 2] costs 9
CLAIMS = (  # tile of each cell, prices, table, is it a proof, what is right, or the advice
    (
        [1, 0],
        [-1.0, 0.0, 0.0],
        [2.0, 3.0],
        [[1.0, 2.0], [2.0, 5.0], [6.0, 6.0]],
        True,
        "a proof is accepted",
        "You have refused a proof. The tile prices -1, 0, 0 and the cell prices 2, 3 add up to "
        "4, and so does the cost. The price of a pair may be as high as its cost, but not "
        "higher, and that of a tile may be 0, but not above.",
    ),
    (
        [0, 2],
        [0.0, 0.0, 0.0],
        [3.0, 4.0],
        PLAIN,
        False,
        "honest prices that add up to too little are no proof",
        "You have accepted prices that add up to 7, for an answer that costs 9. They prove "
        "that nothing costs less than 7. Does that make 9 the best?",
    ),
    (
        [0, 2],
        [0.0, -2.0, 0.0],
        [5.0, 4.0],
        PLAIN,
        False,
        "nor are those where a tile is left out of the sum",
        "You have accepted the tile prices 0, -2, 0 and the cell prices 5, 4 for an answer "
        "that costs 9. Tile 1 is not used in it; but does its price not count in the bound?",
    ),
    (
        [0, 2],
        [0.0, 0.0, 0.0],
        [5.0, 4.0],
        PLAIN,
        False,
        "nor are prices that promise too much",
        "You have accepted prices that promise too much: 5 for tile 1 and cell 0, which cost "
        "only 3. It is no pair of the answer, but she has made her promise for every pair.",
    ),
    (
        [0, 2],
        [0.0, 0.0, 0.0, 2.0],
        [3.0, 4.0],
        [*PLAIN, [20.0, 20.0]],
        False,
        "nor are those that take money for a tile that nobody moves",
        "You have accepted the tile prices 0, 0, 0, 2, with 2 for a tile that is not used. "
        "There is one condition more where there are more tiles than cells.",
    ),
    (
        [1, 0],
        [-0.1, 0.0, 0.0],
        [0.4, 0.4],
        [[0.3, 0.3], [0.4, 0.6], [0.6, 0.6]],
        True,
        "and what is only rounding refuses no proof",
        "You have refused a proof because of a rounding in the last digit: what is 0.4 - 0.1 "
        "in Python? Allow for a very little, in every comparison.",
    ),
)

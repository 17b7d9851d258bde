"""Checks of notebook 04."""

import warnings

import numpy as np

from .arrays import as_array, as_indices, as_number, expect_answer
from .verdict import call, expect, expect_no_mistake


def used_twice(answer):
    """``used_twice(tile_of)``: how many tiles are used more than once."""
    tile_of = np.array([11, 2, 11, 20, 0, 11, 7, 2, 9, 3, 11, 1, 7, 12])
    uses = np.bincount(tile_of)
    wanted = "how many tiles are used more than once"
    found = as_number(call(answer, tile_of.copy()), wanted)
    mistakes = {
        "Those are the cells that have such a tile. How many tiles are in them?": (
            uses[uses > 1].sum()
        ),
        "Those are the uses too many. A tile that is used four times is still one tile.": (
            (uses[uses > 1] - 1).sum()
        ),
        "Those are the tiles that are used at all, once or more often.": (uses > 0).sum(),
        "Those are the tiles that are not used at all.": (uses == 0).sum(),
        "Those are the tiles that are used once.": (uses == 1).sum(),
        "Those are the tiles that are used exactly twice. Four times is more than once, too.": (
            (uses == 2).sum()
        ),
        "That is how often the most used tile is used. How many tiles are used more than "
        "once?": uses.max(),
        "That is the number of the tile that is used most often. How many tiles are used more "
        "than once?": uses.argmax(),
    }
    expect_answer(found, 3, f"For tile_of = {tile_of} you counted {found:g}.", mistakes)
    yield "right where two tiles are used twice, and one of them four times"
    none = as_number(call(answer, np.array([5, 3, 4])), wanted)
    expect(none == 0, f"Where no tile is used twice, you counted {none:g}.")
    yield "right where none is"


def assign(answer):
    """``assign(table)``: a tile for each cell, none twice, at the least total cost."""
    from scipy.optimize import linear_sum_assignment

    for n, m, seed in ((12, 9, 120), (60, 45, 0)):
        table = np.random.default_rng(seed).random((n, m)) ** 2
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            result = call(answer, table.copy())
        tile_of = _as_assignment(result, n, m)
        expect(
            not any("numItermax" in str(each.message) for each in warned),
            "POT warned that it stopped before the end: its result is not the best. Allow it "
            "more steps (numItermax).",
        )
        tiles, uses = np.unique(tile_of, return_counts=True)
        expect(
            uses.max() == 1,
            f"There are {m} cells, and tile {tiles[uses.argmax()]} is in {uses.max()} of them. "
            "How much has each tile to give, and how much does each cell want? Print the plan: "
            "is there one entry in each of its columns, or are there several?",
        )
        yield f"{m} cells, and {m} different tiles out of {n}"
        least = table[linear_sum_assignment(table)].sum()
        ratio = table[tile_of, range(m)].sum() / least
        expect(
            ratio < 1 + 1e-6,
            f"But that costs {ratio:.2f} times as much as necessary. If POT gave it like this: "
            "print the plan. Is each cell filled by one tile only? Are those tiles left over "
            "that are best left over?",
        )
        yield "at the least possible cost"


def _as_assignment(result, n, m):
    """Return the answer for a table of n tiles and m cells, if it is a tile for each cell."""
    wanted = "the number of a tile for each cell"
    found = as_array(result, wanted)
    shape = found.shape
    mistakes = {
        "Your function returned the plan: how much goes from where to where. Read off it which "
        "tile each cell gets.": (
            len(shape) == 2 and min(shape) >= min(n, m) and found.max() <= 1
        ),
        f"Your function returned {n} numbers for {m} cells. There are {n} tiles: you asked "
        "which cell each tile goes to. The axis that you name is the axis that disappears.": (
            shape == (n,)
        ),
        f"Your function returned {m + 1} numbers for {m} cells. One of them is for the dummy: "
        "leave it out.": shape == (m + 1,),
        f"For {n} tiles and {m} cells, your result has the shape {shape}.": shape != (m,),
    }
    expect_no_mistake(mistakes)
    return as_indices(found, wanted, n)


def improve_by_swaps(answer):
    """``improve_by_swaps(tile_of, table)``: let cells exchange tiles while that is cheaper."""
    random = np.random.default_rng(8)
    table = random.random((11, 8)) ** 2
    before = random.permutation(11)[:8]
    argument = before.copy()
    wanted = "the new assignment: the number of a tile for each cell"
    found = as_array(call(answer, argument, table.copy()), wanted)
    mistakes = {
        f"Your function returned one number, {found}. It should return {wanted}.": (
            found.ndim == 0
        ),
        f"For 8 cells, your result has the shape {found.shape}.": found.shape != (8,),
    }
    expect_no_mistake(mistakes)
    after = as_indices(found, wanted, len(table))
    lost, new = set(before.tolist()) - set(after), set(after.tolist()) - set(before)
    mistakes = {
        f"Tile {min(lost, default=None)} got lost, and another is there twice. Where two cells "
        "exchange their tiles, what does the second get once the first is overwritten?": (
            lost and not new
        ),
        f"Tile {min(new, default=None)} was not there before. A swap only exchanges the tiles "
        "of two cells.": new,
    }
    expect_no_mistake(mistakes)
    yield "the same tiles as before, each once"
    old_cost, new_cost = (table[tile_of, range(8)].sum() for tile_of in (before, after))
    mistakes = {
        f"But the cost went up: from {old_cost:.2f} to {new_cost:.2f}. Which tile would be in "
        "which cell after the swap, and which are there now? The table has (tile, cell).": (
            new_cost > old_cost + 1e-12
        ),
        "Nothing has changed, but there are swaps that would help.": new_cost >= old_cost,
    }
    expect_no_mistake(mistakes)
    yield f"cheaper: {old_cost:.2f} before, {new_cost:.2f} after"
    pair = _pair_that_gains(after, table)
    expect(
        pair is None,
        f"But cells {pair} could still exchange their tiles and gain. After some swaps, others "
        "help that did not help before: when may you stop?",
    )
    yield "no swap of two helps any more"
    if not np.array_equal(argument, before):
        yield "(your function changed its argument, too: that is fine if the caller knows it)"


def _pair_that_gains(tile_of, table):
    """Return two cells whose exchange of tiles would be cheaper, or None."""
    cost = table[tile_of]  # (cell whose tile, cell)
    now = np.diag(cost)
    gain = now[:, None] + now[None, :] - cost - cost.T
    pairs = np.argwhere(gain > 1e-9)
    return tuple(pairs[0].tolist()) if len(pairs) else None


def is_proof(answer):
    """``is_proof(tile_of, u, v, table)``: do these prices prove that nothing is cheaper?"""
    for right, (claim, proves, advice) in CLAIMS.items():
        found = as_array(call(answer, *map(np.array, claim)), "True or False")
        expect(
            found.size == 1,
            f"Your result has the shape {found.shape}. Is all of it true, or not? Return True "
            "or False.",
        )
        expect(bool(found.item()) == proves, advice)
        yield right


_TABLE = [[5.0, 9.0], [3.0, 9.0], [9.0, 4.0]]  # the best is [1, 2], at 7; [0, 2] costs 9
CLAIMS = {  # what is right: (tile of each cell, prices u and v, table), is it a proof, advice
    "a proof is accepted": (
        ([1, 0], [-1.0, 0.0, 0.0], [2.0, 3.0], [[1.0, 2.0], [2.0, 5.0], [6.0, 6.0]]),
        True,
        "You refused a proof. The tile prices -1, 0, 0 and the cell prices 2, 3 add up to 4, "
        "and so does the cost. The price of a pair may be as high as its cost, but not higher. "
        "The price of a tile may be 0, but not above.",
    ),
    "honest prices that add up to too little are refused": (
        ([0, 2], [0.0, 0.0, 0.0], [3.0, 4.0], _TABLE),
        False,
        "You accepted prices that add up to 7, for an answer that costs 9. They prove that "
        "nothing costs less than 7. Does that make 9 the best?",
    ),
    "prices that leave a tile out of the sum are refused": (
        ([0, 2], [0.0, -2.0, 0.0], [5.0, 4.0], _TABLE),
        False,
        "You accepted the tile prices 0, -2, 0 and the cell prices 5, 4 for an answer that "
        "costs 9. Tile 1 is not used in it. But does its price not count in the bound?",
    ),
    "prices that promise too much are refused": (
        ([0, 2], [0.0, 0.0, 0.0], [5.0, 4.0], _TABLE),
        False,
        "You accepted prices that promise too much: 5 for tile 1 and cell 0, which cost only "
        "3. It is no pair of the answer, but the prices make a promise for every pair.",
    ),
    "prices that charge for a tile that nobody moves are refused": (
        ([0, 2], [0.0, 0.0, 0.0, 2.0], [3.0, 4.0], [*_TABLE, [20.0, 20.0]]),
        False,
        "You accepted the tile prices 0, 0, 0, 2, with 2 for a tile that is not used. There is "
        "one condition more where there are more tiles than cells.",
    ),
    "a proof with a rounding error is accepted": (
        ([1, 0], [-0.1, 0.0, 0.0], [0.4, 0.4], [[0.3, 0.3], [0.4, 0.6], [0.6, 0.6]]),
        True,
        "You refused a proof because of a rounding in the last digit: what is 0.4 - 0.1 in "
        "Python? Allow for a tiny error in every comparison.",
    ),
}

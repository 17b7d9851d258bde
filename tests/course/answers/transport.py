"""Answers to the exercises of notebook 04."""

from collections import Counter
from itertools import combinations

import numpy as np
import ot
from scipy.optimize import linear_sum_assignment

from . import right, wrong


@right("used twice")
def by_bincount(tile_of):
    return (np.bincount(tile_of) > 1).sum()


@right("used twice")
def by_counter(tile_of):
    return len([tile for tile, uses in Counter(tile_of).items() if uses > 1])


@right("used twice")
def by_unique(tile_of):
    return float((np.unique(tile_of, return_counts=True)[1] >= 2).sum())


@wrong("used twice", "How many tiles are in them")
def cells_with_such_a_tile(tile_of):
    uses = np.bincount(tile_of)
    return uses[uses > 1].sum()


@wrong("used twice", "uses too many")
def uses_too_many(tile_of):
    return len(tile_of) - len(set(tile_of))


@wrong("used twice", "used at all")
def used(tile_of):
    return np.unique(tile_of).size


@wrong("used twice", "not used at all")
def unused(tile_of):
    return (np.bincount(tile_of) == 0).sum()


@wrong("used twice", "used once")
def used_once(tile_of):
    return (np.bincount(tile_of) == 1).sum()


@wrong("used twice", "exactly twice")
def exactly_twice(tile_of):
    return (np.bincount(tile_of) == 2).sum()


@wrong("used twice", "the most used tile")
def how_often_at_most(tile_of):
    return np.bincount(tile_of).max()


@wrong("used twice", "number of the tile")
def which_most(tile_of):
    return np.bincount(tile_of).argmax()


@wrong("used twice", "returned True")
def whether(tile_of):
    return bool((np.bincount(tile_of) > 1).any())


@wrong("used twice", "a single number")
def which(tile_of):
    return np.flatnonzero(np.bincount(tile_of) > 1)


@wrong("used twice", "Where no tile")
def one_at_least(tile_of):
    return max(1, by_bincount(tile_of))


@wrong("used twice", "you counted 17")
def seventeen(tile_of):
    return 17


def plan_with_dummy(table, **options):
    n, m = table.shape
    with_dummy = np.hstack([table, np.zeros((n, 1))])
    return ot.emd(np.ones(n), np.append(np.ones(m), n - m), with_dummy, **options)


@right("assign")
def with_dummy(table):
    return plan_with_dummy(table)[:, :-1].argmax(axis=0)


@right("assign")
def dummy_first_and_dear(table):
    n, m = table.shape
    costs = np.column_stack([np.full(n, 9.0), table])
    plan = ot.emd([1.0] * n, [n - m] + [1.0] * m, costs)
    return [int(np.flatnonzero(plan[:, cell + 1] > 0.5)[0]) for cell in range(m)]


@right("assign")
def by_scipy(table):
    tiles, cells = linear_sum_assignment(table)
    return tiles[np.argsort(cells)]


@wrong("assign", "has each tile to give")
def the_usual_recipe(table):
    n, m = table.shape
    return ot.emd(np.ones(n) / n, np.ones(m) / m, table).argmax(axis=0)


@wrong("assign", "has each tile to give")
def everyone_the_nearest(table):
    return table.argmin(axis=0)


@wrong("assign", "times as much as necessary")
def greedily(table):
    free, found = list(range(len(table))), []
    for cell in range(table.shape[1]):
        found.append(min(free, key=lambda tile: table[tile, cell]))
        free.remove(found[-1])
    return found


@wrong("assign", "times as much as necessary")
def only_as_many_tiles_as_cells(table):
    m = table.shape[1]
    return ot.emd(np.ones(m), np.ones(m), table[:m]).argmax(axis=0)


@wrong("assign", "12 numbers for 9 cells")
def the_other_axis(table):
    return plan_with_dummy(table).argmax(axis=1)


@wrong("assign", "for the dummy")
def with_the_dummy_left_on(table):
    return plan_with_dummy(table).argmax(axis=0)


@wrong("assign", "returned the plan")
def the_plan(table):
    return plan_with_dummy(table)[:, :-1]


@wrong("assign", "returned the plan")
def the_plan_of_the_recipe(table):
    n, m = table.shape
    return ot.emd(np.ones(n) / n, np.ones(m) / m, table)


@wrong("assign", "numItermax")
def stops_early(table):
    return plan_with_dummy(table, numItermax=20)[:, :-1].argmax(axis=0)


@wrong("assign", "the shape (2, 9)")
def pairs(table):
    return linear_sum_assignment(table)


@wrong("assign", "whole numbers")
def the_costs(table):
    return table.min(axis=0)


def swapped(tile_of, table, a, b, helps=lambda now, then: then < now):
    s, t = tile_of[a], tile_of[b]
    if helps(table[s, a] + table[t, b], table[t, a] + table[s, b]):
        tile_of[a], tile_of[b] = t, s
        return True
    return False


@right("swaps")
def until_nothing_helps(tile_of, table):
    tile_of, pairs = np.array(tile_of), list(combinations(range(len(tile_of)), 2))
    while sum([swapped(tile_of, table, a, b) for a, b in pairs]):
        pass
    return tile_of


@right("swaps")
def at_random(tile_of, table):
    tile_of = list(tile_of)
    for a, b in np.random.default_rng(0).integers(0, len(tile_of), (20_000, 2)):
        swapped(tile_of, table, a, b)
    return tile_of


@right("swaps")
def in_place(tile_of, table):
    tile_of[:] = until_nothing_helps(tile_of, table)
    return tile_of


@right("swaps")
def by_the_best_assignment(tile_of, table):
    return tile_of[linear_sum_assignment(table[tile_of].T)[1]]


@wrong("swaps", "the cost went up")
def the_dearer(tile_of, table):
    tile_of = tile_of.copy()
    for a, b in combinations(range(len(tile_of)), 2):
        swapped(tile_of, table, a, b, helps=lambda now, then: then > now)
    return tile_of


@wrong("swaps", "got lost")
def loses_a_tile(tile_of, table):
    tile_of = tile_of.copy()
    for a, b in combinations(range(len(tile_of)), 2):
        s, t = tile_of[a], tile_of[b]
        if table[t, a] + table[s, b] < table[s, a] + table[t, b]:
            tile_of[a] = tile_of[b]
            tile_of[b] = tile_of[a]
    return tile_of


@wrong("swaps", "could still exchange")
def once_through(tile_of, table):
    tile_of = tile_of.copy()
    for a, b in combinations(range(len(tile_of)), 2):
        swapped(tile_of, table, a, b)
    return tile_of


@wrong("swaps", "Nothing has changed")
def changes_nothing(tile_of, table):
    return tile_of


@wrong("swaps", "not there before")
def the_nearest(tile_of, table):
    return linear_sum_assignment(table.T)[1]


@wrong("swaps", "the new assignment")
def the_cost(tile_of, table):
    return table[tile_of, range(len(tile_of))].sum()


@wrong("swaps", "the shape (7,)")
def too_short(tile_of, table):
    return tile_of[1:]


@right("proof")
def three_conditions(tile_of, u, v, table):
    promise = (u[:, None] + v <= table + 1e-9).all()
    cost = table[tile_of, range(len(tile_of))].sum()
    return promise and (u <= 1e-9).all() and np.isclose(u.sum() + v.sum(), cost)


@right("proof")
def pair_by_pair(tile_of, u, v, table):
    for tile, price in enumerate(u):
        if price > 1e-6:
            return 0
        for cell, other in enumerate(v):
            if price + other - table[tile, cell] > 1e-6:
                return 0
    cost = sum(table[tile, cell] for cell, tile in enumerate(tile_of))
    return int(abs(sum(u) + sum(v) - cost) < 1e-6)


def claim(tile_of, u, v, table, feasible=None, below=None, total=None):
    """The right answer, or one with a condition replaced."""
    feasible = (u[:, None] + v <= table + 1e-9).all() if feasible is None else feasible
    below = (u <= 0).all() if below is None else below
    total = u.sum() + v.sum() if total is None else total
    return bool(
        feasible and below and np.isclose(total, table[tile_of, range(len(tile_of))].sum())
    )


@wrong("proof", "refused a proof")
def never(tile_of, u, v, table):
    return False


@wrong("proof", "refused a proof")
def strictly_less(tile_of, u, v, table):
    return claim(tile_of, u, v, table, feasible=(u[:, None] + v < table).all())


@wrong("proof", "refused a proof")
def only_cells(tile_of, u, v, table):
    return claim(tile_of, u, v, table, total=v.sum())


@wrong("proof", "Does that make 9 the best")
def the_sum_is_not_looked_at(tile_of, u, v, table):
    return (u[:, None] + v <= table + 1e-9).all() and (u <= 0).all()


@wrong("proof", "Does that make 9 the best")
def a_bound_is_enough(tile_of, u, v, table):
    cost = table[tile_of, range(len(tile_of))].sum()
    return claim(tile_of, u, v, table, total=min(cost, u.sum() + v.sum()) and cost)


@wrong("proof", "does its price not count")
def only_tiles_in_use(tile_of, u, v, table):
    return claim(tile_of, u, v, table, total=u[tile_of].sum() + v.sum())


@wrong("proof", "promise too much")
def promises_are_not_looked_at(tile_of, u, v, table):
    return claim(tile_of, u, v, table, feasible=True)


@wrong("proof", "promise for every pair")
def only_pairs_in_use(tile_of, u, v, table):
    own = table[tile_of, range(len(tile_of))]
    return claim(tile_of, u, v, table, feasible=(u[tile_of] + v <= own + 1e-9).all())


@wrong("proof", "one condition more")
def any_price_for_tiles(tile_of, u, v, table):
    return claim(tile_of, u, v, table, below=True)


@wrong("proof", "rounding in the last digit")
def exactly(tile_of, u, v, table):
    cost = table[tile_of, range(len(tile_of))].sum()
    return (
        (u[:, None] + v <= table + 1e-9).all() and (u <= 0).all() and u.sum() + v.sum() == cost
    )


@wrong("proof", "rounding in the last digit")
def promises_exactly(tile_of, u, v, table):
    return claim(tile_of, u, v, table, feasible=(u[:, None] + v <= table).all())


@wrong("proof", "Is all of it true")
def for_every_pair(tile_of, u, v, table):
    return u[:, None] + v <= table

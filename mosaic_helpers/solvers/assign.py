"""Between the caller's tiles and cells and the solvers' points and flows."""

from __future__ import annotations

import numpy as np

from .plans import bijection, principal_axes
from .pricing import Problem, nearest, pair_costs
from .simplex import Flow
from .swaps import swap_neighbours, take_unused

NEIGHBOURS = 32  # cells that a cell tries to swap tiles with
SWEEPS = 3  # how often it tries


def total_cost(tiles: np.ndarray, cells: np.ndarray, tile: np.ndarray) -> float:
    """Sum over the cells of the squared distance to their tile, in the caller's units."""
    return float(pair_costs(tiles, cells, tile, np.arange(len(cells))).sum())


def to_flow(problem: Problem, tile: np.ndarray) -> Flow:
    """The flow between points that an assignment of tiles to cells amounts to."""
    m = len(problem.y)
    edges = np.sort(problem.tile_point[tile] * m + problem.cell_point)
    first = np.flatnonzero(np.r_[True, edges[1:] != edges[:-1]])
    units = np.diff(np.r_[first, len(edges)]).astype(np.float64)
    return Flow(edges[first] // m, edges[first] % m, units)


def expand(problem: Problem, flow: Flow) -> np.ndarray:
    """One assignment of tiles to cells that a whole-numbered flow stands for.

    Tiles of the same features take turns, so that each is used about as often.
    """
    order = np.lexsort((flow.i, flow.j))
    units = flow.units[order].astype(np.intp)
    points = np.repeat(flow.i[order], units)  # one per cell, in the order of cell points
    turn = np.empty(len(points), np.intp)
    by_point = np.argsort(points, kind="stable")
    uses = np.bincount(points, minlength=len(problem.x))
    turn[by_point] = np.arange(len(points)) - np.repeat(np.cumsum(uses) - uses, uses)
    copies = np.bincount(problem.tile_point)
    members = np.argsort(problem.tile_point, kind="stable")
    first = np.cumsum(copies) - copies
    tile = np.empty(len(points), np.intp)
    cells = np.argsort(problem.cell_point, kind="stable")
    tile[cells] = members[first[points] + turn % copies[points]]
    return tile


def choose_uses(
    problem: Problem, picked: np.ndarray, potentials: np.ndarray, at_most: int
) -> np.ndarray:
    """Which tiles to use, as often as there are cells: those the cells would pay most for.

    Parameters
    ----------
    problem : Problem
    picked, potentials : ndarray
        Some cell points and what they pay (see `sample_duals`).
    at_most : int

    Returns
    -------
    ndarray of intp, shape (cells,)
        Tiles, sorted; none more than `at_most` times.
    """
    count = len(problem.cell_point)
    if not problem.surplus:
        return np.repeat(np.arange(len(problem.tile_point)), at_most)
    missing = nearest(problem.x, problem.y[picked], potentials, np.float32)
    order = np.argsort(missing[problem.tile_point], kind="stable")
    if problem.least is None:
        return np.sort(np.repeat(order[: -(-count // at_most)], at_most)[:count])
    more = np.repeat(order, at_most - 1)[: count - len(order)]
    return np.sort(np.concatenate([order, more]))


def plan_assignment(
    problem: Problem, uses: np.ndarray, plans: int, seed: int, start: np.ndarray | None = None
) -> np.ndarray:
    """Hand out the given uses of tiles to the cells, well but not perfectly.

    Parameters
    ----------
    problem : Problem
    uses : ndarray of intp, shape (m,)
        Sorted tiles, one use each; those of `start` if there is one.
    plans, seed : int
        As for `bijection`.
    start : ndarray of intp, shape (m,), optional
        The tile of each cell to start from.

    Returns
    -------
    ndarray of intp, shape (m,)
        The tile of each cell.
    """
    first = None if start is None else np.argsort(start, kind="stable").astype(np.int32)
    x, y = problem.x[problem.tile_point[uses]], problem.y[problem.cell_point]
    plan = bijection(x, y, plans, seed, first)
    tile = np.empty(len(uses), np.intp)
    tile[plan] = uses
    return tile


def repair(problem: Problem, tile: np.ndarray, at_most: int, trade: bool = True) -> np.ndarray:
    """Improve an assignment by swaps and, with `trade`, by tiles that have uses left."""
    x, y = problem.x[problem.tile_point], problem.y[problem.cell_point]
    few_x, few_y = principal_axes(x, y)
    # Where every tile must be used, none may be given up for another.
    unused = trade and problem.surplus and problem.least is None
    for _ in range(2 if unused else 1):
        if unused:
            tile = take_unused(few_x, few_y, tile, at_most, SWEEPS)
        tile = tile[swap_neighbours(x[tile], y, few_y, NEIGHBOURS, SWEEPS)]
    return tile

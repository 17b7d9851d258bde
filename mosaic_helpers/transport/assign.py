"""Between the caller's tiles and cells and the solvers' points and flows."""

from __future__ import annotations

import numpy as np

from .plans import bijection, principal_axes
from .pricing import Problem, pair_costs
from .scales import from_coarse
from .simplex import Flow
from .swaps import swap_neighbours, take_unused

NEIGHBOURS = 24  # close cells, and holders of close tiles, that a cell tries to swap with
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


def first_assignment(problem: Problem, max_uses: int) -> np.ndarray:
    """A good assignment: from coarse groups to fine, then repaired. The tile of each cell."""
    x, y = problem.x[problem.tile_point], problem.y[problem.cell_point]
    few_x, few_y = principal_axes(x, y, rest=True)
    must = problem.least is not None
    tile = from_coarse(x, y, few_x, few_y, max_uses, must)
    # Where every tile must be used, none may be given up for another.
    trade = problem.surplus and not must
    for _ in range(2 if trade else 1):
        if trade:
            tile = take_unused(few_x, few_y, tile, max_uses, SWEEPS)
        tile = tile[swap_neighbours(x[tile], y, few_x[tile], few_y, NEIGHBOURS, SWEEPS)]
    return tile


def follow(problem: Problem, start: np.ndarray, plans: int, seed: int) -> np.ndarray:
    """Change an assignment where it gains, with most cells keeping their tile.

    Parameters
    ----------
    problem : Problem
    start : ndarray of intp, shape (m,)
        The tile of each cell.
    plans, seed : int
        As for `bijection`.

    Returns
    -------
    ndarray of intp, shape (m,)
        The tile of each cell.
    """
    uses = np.sort(start)
    x, y = problem.x[problem.tile_point[uses]], problem.y[problem.cell_point]
    plan = bijection(x, y, np.argsort(start, kind="stable"), plans, seed)
    tile = np.empty(len(uses), np.intp)
    tile[plan] = uses
    return tile

"""Few tiles and many cells: Newton's method on the prices, then the cells at the borders.

Each tile has a region of cells that prefer it, and its potential moves the borders. How
many cells lie near the border of two regions says how far it must move, so potentials of
all tiles follow from one small linear system: Newton's method on the dual, as in semi-discrete
transport (Kitagawa, Mérigot and Thibert, J. Eur. Math. Soc. 21(9), 2019). A handful of rounds
leaves regions that are wrong by a few cells each. The cells far from any border keep their
tile, the others are assigned exactly, and if under the new potentials a cell that was kept
would rather change, it joins the others. When none would, the whole is optimal.

The network simplex method alone would move large parts of a tree of all cells at each
pivot: with ten tiles and a hundred thousand cells that takes a hundred times as long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .dual_ascent import initial_potentials
from .problem import Flow, Problem, map_blocks, rank_among_equals
from .simplex import solve_table

MOST_TILES = 128  # beyond, regions have so many borders that Newton's steps go wrong
MOST_PAIRS = 1 << 21  # of tiles and undecided cells; if there are more, this way fails
ROUNDS = 30  # of Newton's method
CLOSE = 8  # cells by which a region may be wrong when its borders are decided
AT_BORDERS = 32  # cells of each region that are undecided at first
STIFFEST = 1e3  # beyond, Newton's steps are too short to be worth it


def solve_few_tiles(
    problem: Problem,
) -> Iterator[tuple[np.ndarray, np.ndarray, Flow | None]]:
    """Yield feasible u and v, and at last the optimal flow; without one if it fails."""
    nearest = Region(problem, np.zeros(len(problem.x)))
    yield nearest.u, nearest.v, None if nearest.excess.any() else nearest.flow()
    if not nearest.excess.any():
        return
    for region in _follow_newton(Region(problem, initial_potentials(problem)[0])):
        yield region.u, region.v, None
    undecided = region.rank < AT_BORDERS
    size = AT_BORDERS
    while True:
        undecided |= region.rank < size
        undecided |= region.overfull(undecided)
        if undecided.sum() * len(problem.x) > MOST_PAIRS:
            return
        u, flow = region.solve(undecided)
        v = Region(problem, u).v
        kept = problem.cost(region.tile, np.arange(len(v))) - u[region.tile] - v
        wrong = ~undecided & (kept > problem.rounding_error(np.float64))
        if not wrong.any():
            yield u, v, flow
            return
        yield u, v, None
        undecided |= wrong
        size *= 2


class Region:
    """Which tile point each cell point prefers at given potentials, and by how much.

    Attributes
    ----------
    tile, second : ndarray of intp, shape (m,)
        The tiles preferred, first and second.
    margin : ndarray of float64, shape (m,)
        How much dearer the second is.
    v : ndarray of float64, shape (m,)
        The potentials of the cells.
    excess : ndarray of float64, shape (n,)
        How many more cells prefer a tile than should.
    """

    def __init__(self, problem: Problem, u: np.ndarray):
        self.problem, self.u = problem, u
        parts = map_blocks(_two_best, problem.y, problem.x, 0.0, u)
        self.tile, self.second, self.v, self.margin = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        self.value = problem.dual_objective(u, self.v)
        self.excess = self._excess()

    def _excess(self) -> np.ndarray:
        problem, u = self.problem, self.u
        count = np.bincount(self.tile, problem.demand, len(u))
        above = count - problem.supply
        if not problem.surplus:
            return above
        least = 0.0 if problem.required is None else problem.required
        below = count - least
        return np.where(
            (u < 0) | (above > 0), above, np.where((u > 0) | (below < 0), below, 0.0)
        )

    @property
    def rank(self) -> np.ndarray:
        """The place of each cell among those of its tile, the one nearest a border first."""
        order = np.argsort(self.margin, kind="stable")
        rank = np.empty(len(order), np.intp)
        rank[order] = rank_among_equals(self.tile[order])
        return rank

    def curvature(self) -> np.ndarray:
        """How the excess of each tile grows with the potential of each, shape (n, n)."""
        n, demand = len(self.u), self.problem.demand
        wanted = int(2 * np.abs(self.excess).sum() / demand.mean()) + 4 * CLOSE * n
        width = np.partition(self.margin, min(wanted, len(demand) - 1))[: wanted + 1].max()
        near = np.flatnonzero(self.margin <= width)
        pairs = self.tile[near] * n + self.second[near]
        borders = np.bincount(pairs, demand[near], n * n).reshape(n, n)
        borders = (borders + borders.T) / max(2 * width, 1e-300)
        return np.diag(borders.sum(axis=0)) - borders

    def step(self, curvature: np.ndarray, stiff: float) -> np.ndarray:
        """Potentials at which the excess should vanish; shorter steps if `stiff` is large."""
        wrong = np.flatnonzero(self.excess)
        system = curvature[np.ix_(wrong, wrong)]
        system[np.diag_indices(len(wrong))] += stiff * np.diag(curvature).mean() + 1e-300
        u = self.u.copy()
        u[wrong] -= np.linalg.lstsq(system, self.excess[wrong], rcond=1e-9)[0]
        if self.problem.surplus and self.problem.required is not None:
            u[u * self.u < 0] = 0.0  # where supply and requirement meet
        return self.problem.cap(u)

    def overfull(self, undecided: np.ndarray) -> np.ndarray:
        """The cells nearest to borders that must be undecided, too, so that supplies suffice.

        Every tile keeps something to be decided: POT leaves out what has no supply.
        """
        order = np.lexsort((-self.margin, self.tile))
        tile, kept = self.tile[order], np.where(undecided, 0.0, self.problem.demand)[order]
        total = np.cumsum(kept)
        before = np.searchsorted(tile, tile)  # where the cells of that tile begin
        total -= total[before] - kept[before]
        overfull = np.zeros(len(order), bool)
        overfull[order] = total > self.problem.supply[tile] - 1
        return overfull

    def solve(self, undecided: np.ndarray) -> tuple[np.ndarray, Flow]:
        """The best flow, and its u, among those in which the other cells keep their tile."""
        problem, tile = self.problem, self.tile
        j, kept = np.flatnonzero(undecided), np.flatnonzero(~undecided)
        used = np.bincount(tile[kept], problem.demand[kept], len(self.u))
        required = problem.required
        if required is not None:
            required = np.maximum(required - used, 0.0)
        u, _, flow = solve_table(
            replace(
                problem,
                y=problem.y[j],
                supply=problem.supply - used,
                demand=problem.demand[j],
                required=required,
            )
        )
        return u, Flow(
            np.concatenate([flow.i, tile[kept]]),
            np.concatenate([j[flow.j], kept]),
            np.concatenate([flow.units, problem.demand[kept]]),
        )

    def flow(self) -> Flow:
        """The flow in which every cell has the tile that it prefers."""
        return Flow(self.tile, np.arange(len(self.tile)), self.problem.demand)


def _two_best(_: int, block: np.ndarray) -> tuple[np.ndarray, ...]:
    """The two smallest of each row: where they are, the first itself, and how much it gains."""
    rows = np.arange(len(block))
    first = block.argmin(axis=1)
    least = block[rows, first]
    block[rows, first] = np.inf
    second = block.argmin(axis=1)
    return first, second, least, block[rows, second] - least


def _follow_newton(region: Region) -> Iterator[Region]:
    """Regions of higher and higher value, until they are nearly right.

    The steps are Levenberg's: shorter after one that failed, longer after one that did not.
    """
    stiff = 1.0
    curvature = region.curvature()
    for _ in range(ROUNDS):
        yield region
        if np.abs(region.excess).max() <= CLOSE or stiff > STIFFEST:
            return
        ahead = Region(region.problem, region.step(curvature, stiff))
        if ahead.value > region.value:
            region, stiff = ahead, stiff / 4
            curvature = region.curvature()
        else:
            stiff = max(8 * stiff, 1e-3)

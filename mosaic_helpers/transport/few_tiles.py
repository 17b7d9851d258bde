"""Few tiles and many cells: Newton's method on the prices, then the cells at the borders.

Each tile has a region of cells that prefer it, and its potential moves the borders. How
many cells lie near the border of two regions says how far it must move, so the potentials of
all tiles follow from one small linear system: Newton's method on the dual, as in
semi-discrete transport (Kitagawa, Mérigot and Thibert, J. Eur. Math. Soc. 21(9), 2019). A few
rounds leave regions that are wrong by a handful of cells. (Where many cells are the same, as
in a plain background, several tiles share them by a soft minimum, which hardens from round to
round.) The cells far from any border then keep their tile, and the others are assigned
exactly. If under the new potentials a cell that was kept would rather change, it joins the
others; when none would, the whole is optimal.

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
ROUNDS = 150  # of Newton's method
CLOSE = 8  # cells by which a region may be wrong when its borders are decided
AT_BORDERS = 32  # cells of each region that are undecided at first
LARGE = 1 / 32  # of a supply: points of more cells than this are shared softly
SOFT, HARD = 0.3, 1e-6  # cost at which a tile that is dearer gets much less, to begin and end
NEARLY = 0.05  # of a supply: how wrong a region may be when the minimum hardens
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

    def __init__(self, problem: Problem, u: np.ndarray, softness: float = 0.0):
        self.problem, self.u, self.softness = problem, u, softness
        parts = map_blocks(_two_best, problem.y, problem.x, 0.0, u)
        self.tile, self.second, self.v, self.margin = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        self.soften(softness)

    def soften(self, softness: float) -> None:
        """Share large points among tiles that are about as dear, if `softness` is not zero."""
        problem, large = self.problem, LARGE * self.problem.supply.min()
        self.shared = np.flatnonzero((problem.demand > large) & (softness > 0))
        self.softness = softness if len(self.shared) else 0.0
        self.demand, v = problem.demand.copy(), self.v.copy()
        self.demand[self.shared] = 0.0
        i, j = np.indices((len(self.u), len(self.shared))).reshape(2, -1)
        dearer = problem.cost(i, self.shared[j]) - self.u[i] - v[self.shared[j]]
        weights = np.exp(-dearer / (softness or 1.0)).reshape(len(self.u), -1)
        total = weights.sum(axis=0)
        self.share = weights / total
        v[self.shared] -= softness * np.log(total)
        self.value = problem.dual_objective(self.u, v)
        self.excess = self._excess()

    def _excess(self) -> np.ndarray:
        problem, u = self.problem, self.u
        count = np.bincount(self.tile, self.demand, len(u))
        count += self.share @ problem.demand[self.shared]
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
        n, demand = len(self.u), self.demand
        wanted = int(2 * np.abs(self.excess).sum() / (demand.mean() or 1.0)) + 4 * CLOSE * n
        width = np.partition(self.margin, min(wanted, len(demand) - 1))[: wanted + 1].max()
        near = np.flatnonzero(self.margin <= width)
        pairs = self.tile[near] * n + self.second[near]
        borders = np.bincount(pairs, demand[near], n * n).reshape(n, n)
        borders = (borders + borders.T) / max(2 * width, 1e-12)
        if len(self.shared):
            shared = self.problem.demand[self.shared] * self.share
            borders += shared @ self.share.T / self.softness
        return np.diag(borders.sum(axis=0)) - borders

    def step(self, curvature: np.ndarray, stiff: float) -> np.ndarray:
        """Potentials at which the excess should vanish; shorter steps if `stiff` is large."""
        wrong = np.flatnonzero(self.excess)
        system = curvature[np.ix_(wrong, wrong)]
        system[np.diag_indices(len(wrong))] += stiff * np.diag(curvature).mean() + 1e-300
        u, longest = self.u.copy(), 4.0 * self.problem.x.shape[1]  # no cost is larger
        step = np.linalg.lstsq(system, self.excess[wrong], rcond=1e-9)[0]
        u[wrong] -= step.clip(-longest, longest)
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
    stiff, nearly = 1.0, max(CLOSE, NEARLY * region.problem.supply.min())
    region.soften(SOFT)
    curvature = region.curvature()
    for _ in range(ROUNDS):
        yield region
        if np.abs(region.excess).max() <= nearly and region.softness > HARD:
            region.soften(max(HARD, region.softness / 8))
            curvature = region.curvature()
        right = np.abs(region.excess).max() <= CLOSE and region.softness <= HARD
        if right or stiff > STIFFEST:
            return
        ahead = Region(region.problem, region.step(curvature, stiff), region.softness)
        if ahead.value > region.value:
            region, stiff = ahead, stiff / 4
            curvature = region.curvature()
        else:
            stiff = max(8 * stiff, 1e-3)

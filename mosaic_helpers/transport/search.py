"""The course of an exact search: the best so far, its bound, and when to stop."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from .answer import Assignment, relative_gap
from .assign import expand, first_assignment, follow, to_flow, total_cost
from .columns import generate
from .duals import SAMPLE, sample_duals, sharpen
from .forecast import SMALL
from .pricing import c_transform, make_problem, merged
from .simplex import Flow, solve_table

MANY = 1 << 29  # pairs above which a bound is not sharpened
SHARPENING = 1  # rounds of scaling before the first exact solve
PROVING = 3  # rounds of it for the bound of a quick answer


class Search:
    """Looks for the optimum, and can say at any moment what it has.

    Parameters
    ----------
    tiles, cells : ndarray of shape (n, d) and (m, d)
        Checked features.
    max_uses : int
        How often a tile may be used; must suffice.
    gap, seconds, on_progress, at_least_once, on_improvement
        As for `transport.solve_exact`.
    """

    def __init__(
        self,
        tiles: np.ndarray,
        cells: np.ndarray,
        max_uses: int,
        gap: float = 0.0,
        seconds: float | None = None,
        on_progress: Callable[[int, float, float], object] | None = None,
        at_least_once: bool = False,
        on_improvement: Callable[[np.ndarray], object] | None = None,
    ):
        self.tiles, self.cells, self.max_uses = tiles, cells, max_uses
        self.gap, self.on_progress, self.on_improvement = gap, on_progress, on_improvement
        self.began = time.perf_counter()
        self.until = np.inf if seconds is None else self.began + seconds
        self.problem = make_problem(tiles, cells, max_uses, at_least_once)
        self.tile = np.arange(len(cells)) % len(tiles)  # feasible, and no more than that
        self.cost = total_cost(tiles, cells, self.tile)
        self.u = np.zeros(len(self.problem.x))
        self.bound, self.rounds, self.status = 0.0, 0, "optimal"

    def run(self) -> None:
        """Search until the optimum is proved or a limit is reached."""
        problem = self.problem
        if len(problem.x) * len(problem.y) <= SMALL:
            self.solve_whole()
            return
        self.take(first_assignment(problem, self.max_uses))
        picked, potentials = sample_duals(problem, SAMPLE, seed=0)
        start = *self.spread(picked, potentials), to_flow(problem, self.tile)
        self.learn(*start[:2], None)
        if self.enough():
            return
        for u, v, flow in generate(problem, *start, SHARPENING):
            self.learn(u, v, flow)
            if self.enough():
                return
            last = u
        self.u = last  # proved in double precision, where earlier bounds were rounded

    def solve_whole(self) -> None:
        """Solve the problem on all its pairs at once."""
        u, v, flow = solve_table(self.problem)
        self.learn(u, v, flow)
        self.u = u

    def approach(self) -> None:
        """Find a good assignment and go no further."""
        self.settle(first_assignment(self.problem, self.max_uses))

    def follow(self, start: np.ndarray, plans: int, seed: int) -> None:
        """Improve on the assignment of a similar problem, with most tiles in their place."""
        self.settle(follow(self.problem, start, plans, seed))

    def settle(self, tile: np.ndarray) -> None:
        """Be content with an assignment that nothing is proved of."""
        self.tile, self.status = tile, "approximate"
        self.cost = total_cost(self.tiles, self.cells, tile)

    def prove(self) -> None:
        """Find a good lower bound, whatever the assignment is."""
        problem = self.problem
        u, v = self.spread(*sample_duals(problem, SAMPLE, seed=0))
        self.learn(u, v, None)
        if len(u) * len(v) <= MANY:
            edges = to_flow(problem, self.tile)
            edges = merged(edges.i * len(v) + edges.j)
            for sharper in sharpen(problem, u, v, edges, PROVING):
                self.learn(*sharper[:2], None)

    def spread(self, picked: np.ndarray, potentials: np.ndarray) -> tuple:
        """Potentials of all points from those of a sample of the cells."""
        problem = self.problem
        u = c_transform(problem.x, problem.y[picked], potentials, np.float32)
        u = problem.capped(u)
        return u, c_transform(problem.y, problem.x, u, np.float32)

    def take(self, tile: np.ndarray) -> None:
        """Keep an assignment if it is the best so far."""
        cost = total_cost(self.tiles, self.cells, tile)
        if cost < self.cost or self.rounds == 0:
            self.tile, self.cost = tile, cost
            if self.on_improvement is not None:
                self.on_improvement(tile)

    def learn(self, u: np.ndarray, v: np.ndarray, flow: Flow | None) -> None:
        """Keep what a round brought: a better bound, a better assignment."""
        if flow is not None:
            self.take(expand(self.problem, flow))
        unsure = self.problem.rounding(np.float32) * len(self.cells)
        bound = (self.problem.dual(u, v) - unsure) * self.problem.scale**2
        if bound > self.bound or self.rounds == 0:
            self.bound, self.u = max(bound, 0.0), u
        self.rounds += 1
        if self.on_progress is not None:
            self.on_progress(self.rounds, self.cost, self.bound)

    def enough(self) -> bool:
        """Whether a limit asks to stop here."""
        if self.gap > 0 and relative_gap(self.cost, self.bound) <= self.gap:
            self.status = "stopped at the gap asked"
        elif time.perf_counter() > self.until:
            self.status = "stopped at the time asked"
        else:
            return False
        return True

    def certificate(self) -> tuple[float, np.ndarray, np.ndarray]:
        """The bound in double precision, and the prices of tiles and cells that prove it."""
        problem, unit = self.problem, self.problem.scale**2
        u = problem.capped(self.u)
        if not problem.surplus:
            u = u - max(u.max(), 0.0)
        v = c_transform(problem.y, problem.x, u)
        bound = max(problem.dual(u, v) * unit, 0.0)
        return min(bound, self.cost), u[problem.tile_point] * unit, v[problem.cell_point] * unit

    def answer(self) -> Assignment:
        """What was found, with its proof."""
        bound, u, v = self.certificate()
        status, proved = self.status, relative_gap(self.cost, bound) == 0.0
        if proved and status != "interrupted":
            status = "optimal"
        elif status == "optimal" and not proved:  # rounding kept cost and bound apart
            status = "approximate"
        must = self.problem.least is not None
        took = time.perf_counter() - self.began
        return Assignment(self.tile, self.cost, bound, self.max_uses, took, status, u, v, must)

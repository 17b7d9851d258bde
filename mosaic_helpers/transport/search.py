"""One search: the best assignment so far, the best bound so far, and how they meet."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from .column_generation import generate_columns
from .dual_ascent import improve_potentials, initial_potentials
from .few_tiles import MOST_TILES, solve_few_tiles
from .multiscale import multiscale_assignment
from .problem import Flow, c_transform, make_problem, to_assignment, to_flow, total_cost
from .result import Assignment, relative_gap
from .simplex import solve_few_cells, solve_table

SMALL = 1 << 20  # pairs up to which the whole table is the quickest exact way
CELLS_PER_TILE = 64  # from which few tiles have a way of their own
FEW_CELLS = 100  # that look only at tiles near them
LARGE = 1 << 29  # pairs above which the bound of an approximate assignment is not improved
ROUNDS_TO_SOLVE = 1  # of improving the potentials, before the first exact solve
ROUNDS_TO_PROVE = 3  # for the bound of an approximate assignment

Progress = Callable[[int, float, float], object]
Improvement = Callable[[np.ndarray], object]


class Search:
    """Holds the incumbent, which is the best assignment so far, and the best bound.

    The arguments are those of `solve_exact`, checked and feasible.
    """

    def __init__(
        self,
        tiles: np.ndarray,
        cells: np.ndarray,
        max_uses: int,
        min_uses: int = 0,
        on_progress: Progress | None = None,
        on_improvement: Improvement | None = None,
    ):
        self.tiles, self.cells = tiles, cells
        self.max_uses, self.min_uses = max_uses, min_uses
        self.on_progress, self.on_improvement = on_progress, on_improvement
        self.started = time.perf_counter()
        self.problem = make_problem(tiles, cells, max_uses, min_uses)
        self.tile = np.arange(len(cells)) % len(tiles)  # feasible, and no more than that
        self.cost = total_cost(tiles, cells, self.tile)
        self.u = np.zeros(len(self.problem.x))
        self.bound, self.rounds, self.found, self.interrupted = 0.0, 0, False, False

    def solve(self) -> None:
        """Search until the optimum is proved."""
        n, m = len(self.problem.x), len(self.problem.y)
        if m <= FEW_CELLS and n > m * len(self.cells):
            self.solve_few_cells()
        elif not (n <= MOST_TILES and m >= CELLS_PER_TILE * n and self.solve_few_tiles()):
            self.solve_table() if n * m <= SMALL else self.solve_columns()

    def solve_table(self) -> None:
        """Solve the problem on all its pairs at once."""
        self.finish(*solve_table(self.problem))

    def solve_few_cells(self) -> None:
        """Solve the problem on the tiles that are near a cell."""
        self.finish(*solve_few_cells(self.problem))

    def solve_few_tiles(self) -> bool:
        """Solve the problem by the borders between tiles; returns whether that worked."""
        for u, v, flow in solve_few_tiles(self.problem):
            if flow is not None:
                self.finish(u, v, flow)
                return True
            self.update_bound(u, v)
        return False

    def solve_columns(self) -> None:
        """Solve the problem on a short list of pairs, and lengthen that."""
        self.approximate()
        problem = self.problem
        u, v = initial_potentials(problem)
        self.update_bound(u, v)
        flow = to_flow(problem, self.tile)
        for improved in generate_columns(problem, u, v, flow, ROUNDS_TO_SOLVE):
            u, v, better = improved
            if better is not None:
                self.update_incumbent(to_assignment(problem, better))
            self.update_bound(u, v)
        self.u = u  # proved in double precision, where earlier bounds were rounded

    def finish(self, u: np.ndarray, v: np.ndarray, flow: Flow) -> None:
        """Take the optimal flow, and the potentials that prove it."""
        self.update_incumbent(to_assignment(self.problem, flow))
        self.update_bound(u, v)
        self.u = u

    def approximate(self) -> None:
        """Find a good assignment, of which nothing is proved."""
        self.update_incumbent(multiscale_assignment(self.problem, self.max_uses))

    def prove(self) -> None:
        """Find a good lower bound, whatever the incumbent is."""
        problem = self.problem
        u, v = initial_potentials(problem)
        self.update_bound(u, v)
        if len(u) * len(v) <= LARGE:
            edges = to_flow(problem, self.tile).edges(problem)
            for improved in improve_potentials(problem, u, v, edges, ROUNDS_TO_PROVE):
                self.update_bound(*improved[:2])

    def update_incumbent(self, tile: np.ndarray) -> None:
        """Keep an assignment if it is the best so far; the first always is."""
        cost = total_cost(self.tiles, self.cells, tile)
        if cost < self.cost or not self.found:
            self.tile, self.cost, self.found = tile, cost, True
            if self.on_improvement is not None:
                self.on_improvement(tile)

    def update_bound(self, u: np.ndarray, v: np.ndarray) -> None:
        """Keep potentials if they prove the best bound so far, and report the round."""
        rounding = self.problem.rounding_error(np.float32) * len(self.cells)
        bound = (self.problem.dual_objective(u, v) - rounding) * self.problem.scale**2
        if bound > self.bound or self.rounds == 0:
            self.bound, self.u = max(bound, 0.0), u
        self.rounds += 1
        if self.on_progress is not None:
            self.on_progress(self.rounds, self.cost, self.bound)

    def certificate(self) -> tuple[float, np.ndarray, np.ndarray]:
        """The bound in double precision, and the potentials that prove it."""
        problem, unit = self.problem, self.problem.scale**2
        u = problem.cap(self.u)
        if not problem.surplus:
            u = u - max(u.max(), 0.0)
        v = c_transform(problem.y, problem.x, u)
        bound = max(problem.dual_objective(u, v) * unit, 0.0)
        return min(bound, self.cost), u[problem.tile_point] * unit, v[problem.cell_point] * unit

    def result(self, certify: bool = True) -> Assignment:
        """The incumbent, with its certificate if that is asked for."""
        bound, u, v = self.certificate() if certify else (0.0, None, None)
        status = "optimal" if relative_gap(self.cost, bound) == 0.0 else "approximate"
        if self.interrupted:
            status = "interrupted"
        seconds = time.perf_counter() - self.started
        return Assignment(
            self.tile, self.cost, bound, self.max_uses, seconds, status, u, v, self.min_uses
        )

"""The assignment problem: which tile goes to which cell, so that the sum is least.

**The problem.** There are n tiles with features xᵢ and m cells with features yⱼ. Every
cell gets one tile, no tile is used more than k times, and the sum over the cells of
cᵢⱼ = |xᵢ − yⱼ|² is to be as small as can be:

    minimise    Σ cᵢⱼ pᵢⱼ    over pᵢⱼ ≥ 0
    subject to  Σᵢ pᵢⱼ = 1 for every cell,   Σⱼ pᵢⱼ ≤ k for every tile.

Written so, p could split a cell among tiles; but the corners of this polytope are whole
(its matrix is totally unimodular), so the best p is an assignment.

**The dual.** Let uᵢ ≤ 0 be a price per tile and vⱼ a price per cell, with
uᵢ + vⱼ ≤ cᵢⱼ for *all* pairs. Then for any assignment

    Σ cᵢⱼ pᵢⱼ ≥ Σ (uᵢ + vⱼ) pᵢⱼ = Σⱼ vⱼ + Σᵢ uᵢ Σⱼ pᵢⱼ ≥ Σⱼ vⱼ + k Σᵢ uᵢ,

the last step because uᵢ ≤ 0 and no tile is used more than k times. The right hand side
does not mention p: nothing can cost less. For given u the best v is the *c-transform*
vⱼ = minᵢ (cᵢⱼ − uᵢ), so a list of n prices is all that is needed to check a claim of
optimality, by anyone, with `lower_bound`. At the optimum both sides are equal. If every
tile must be used, its first use has a price uᵢ of any sign and the k − 1 others have
min(uᵢ, 0): the bound is Σⱼ vⱼ + Σᵢ uᵢ + (k − 1) Σᵢ min(uᵢ, 0).

**Three ways.** `solve_exact` meets the bound, in seconds for ten thousand tiles (column
generation); `solve_approximate` comes near it while a slider moves (from coarse groups to
fine); `solve_textbook` fills the whole table, to learn from.

References
----------
.. [1] N. Bonneel, M. van de Panne, S. Paris, W. Heidrich. Displacement interpolation
   using Lagrangian mass transport. ACM Trans. Graph. 30(6), 2011. (Network simplex.)
.. [2] N. Bonneel, D. Coeurjolly. SPOT: sliced partial optimal transport.
   ACM Trans. Graph. 38(4), 2019.
.. [3] B. Genest, N. Bonneel, V. Nivoliers, D. Coeurjolly. BSP-OT: sparse transport plans
   between discrete measures in log-linear time. ACM Trans. Graph. (SIGGRAPH Asia), 2025.
.. [4] R. Flamary et al. POT: Python Optimal Transport. JMLR 22(78), 2021.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from ..parallel import single_threaded_blas
from .answer import Assignment, relative_gap
from .forecast import Forecast, check_table, forecast
from .pricing import c_transform
from .requests import (
    check_enough_tiles,
    checked,
    checked_prices,
    checked_start,
    least_uses,
)
from .search import Search

__all__ = [
    "Assignment",
    "Forecast",
    "check_enough_tiles",
    "forecast",
    "least_uses",
    "lower_bound",
    "relative_gap",
    "solve_approximate",
    "solve_exact",
    "solve_textbook",
]

Progress = Callable[[int, float, float], object]


def solve_exact(
    tiles: np.ndarray,
    cells: np.ndarray,
    max_uses: int | None = None,
    *,
    gap: float = 0.0,
    seconds: float | None = None,
    on_progress: Progress | None = None,
    at_least_once: bool = False,
    on_improvement: Callable[[np.ndarray], object] | None = None,
) -> Assignment:
    """Find the assignment of least cost, and prove it.

    Parameters
    ----------
    tiles : array_like of shape (n, d)
        Features of the tiles, in any units.
    cells : array_like of shape (m, d)
        Features of the cells, in the same units.
    max_uses : int, optional
        How often a tile may be used; by default as rarely as will do.
    gap : float
        Be content when the cost is proved to be within this of the optimum, relatively.
    seconds : float, optional
        Stop about then. What was found so far is returned with its gap.
    on_progress : callable, optional
        Called as ``on_progress(round, cost, lower_bound)``, the last two in the units of
        the features squared. What it raises ends the search and is passed on.
    at_least_once : bool
        Use every tile; there must be no more of them than cells.
    on_improvement : callable, optional
        Called as ``on_improvement(tile)`` with every cheaper assignment on the way.

    Returns
    -------
    Assignment
        With status "optimal" and gap 0.0 unless it was stopped. Control-C stops it, too.

    Raises
    ------
    MosaicError
        If the features are no such arrays, hold NaN or infinity, or if the tiles
        do not suffice.

    Notes
    -----
    The same arrays give the same answer, whatever the number of cores.
    """
    tiles, cells, max_uses = checked(tiles, cells, max_uses, at_least_once)
    search = Search(
        tiles, cells, max_uses, gap, seconds, on_progress, at_least_once, on_improvement
    )
    try:
        with single_threaded_blas():
            search.run()
    except KeyboardInterrupt:
        search.status = "interrupted"
    return search.answer()


def solve_approximate(
    tiles: np.ndarray,
    cells: np.ndarray,
    max_uses: int | None = None,
    *,
    start: np.ndarray | None = None,
    plans: int = 4,
    seed: int = 0,
    certify: bool = False,
) -> Assignment:
    """Find a good assignment at once.

    Parameters
    ----------
    tiles, cells, max_uses
        As for `solve_exact`.
    start : array_like of shape (m,), optional
        The tile of each cell, from a similar problem: most cells keep theirs.
    plans, seed : int
        With `start`: random plans that are merged into it (more are better and slower), and
        the seed of their planes.
    certify : bool
        Whether to work out a lower bound, which takes longer than the assignment.

    Returns
    -------
    Assignment
        With status "approximate"; its gap is infinite unless `certify` is set.

    Raises
    ------
    MosaicError
        As `solve_exact`, or if `start` is no assignment.
    """
    tiles, cells, max_uses = checked(tiles, cells, max_uses)
    if start is not None:
        start = checked_start(start, len(tiles), len(cells), max_uses)
    search = Search(tiles, cells, max_uses)
    with single_threaded_blas():
        if start is None:
            search.approach()
        else:
            search.follow(start, plans, seed)
        if certify:
            search.prove()
            return search.answer()
    took = time.perf_counter() - search.began
    return Assignment(search.tile, search.cost, 0.0, max_uses, took, search.status)


def solve_textbook(
    tiles: np.ndarray,
    cells: np.ndarray,
    max_uses: int | None = None,
    *,
    at_least_once: bool = False,
) -> Assignment:
    """Solve the assignment problem on the whole table of costs, as textbooks do.

    Parameters
    ----------
    tiles, cells, max_uses, at_least_once
        As for `solve_exact`.

    Returns
    -------
    Assignment
        The same optimum as from `solve_exact`, with its certificate.

    Raises
    ------
    MosaicError
        As `solve_exact`, or if the table does not fit the memory of the machine.

    Notes
    -----
    The table has one row per tile and one column per cell, and if there are more uses
    of tiles than cells, one column more of zero cost that takes the surplus. With whole
    numbers as masses the plan is one of whole numbers, and therefore an assignment;
    with fractions (1/n a tile, 1/m a cell) it is not.
    """
    tiles, cells, max_uses = checked(tiles, cells, max_uses, at_least_once)
    check_table(len(tiles) * (1 + at_least_once), len(cells))
    search = Search(tiles, cells, max_uses, at_least_once=at_least_once)
    search.solve_whole()
    return search.answer()


def lower_bound(
    tiles: np.ndarray,
    cells: np.ndarray,
    tile_potential: np.ndarray,
    max_uses: int | None = None,
    *,
    at_least_once: bool = False,
) -> float:
    """Check a certificate: the least that any assignment can cost, given prices of tiles.

    Every cell is compared with every tile, block by block; nothing is taken on trust. Any
    prices give a valid bound; only good ones give a high one.

    Parameters
    ----------
    tiles, cells, max_uses, at_least_once
        As for `solve_exact`.
    tile_potential : array_like of shape (n,)
        The prices u. Those above zero are taken as zero, unless `at_least_once`.

    Returns
    -------
    float
        Σⱼ minᵢ (cᵢⱼ − uᵢ) + k Σᵢ uᵢ, and no less than 0; with `at_least_once` the second
        sum is Σᵢ uᵢ + (k − 1) Σᵢ min(uᵢ, 0).
    """
    tiles, cells, max_uses = checked(tiles, cells, max_uses)
    u = checked_prices(tile_potential, len(tiles))
    worth = np.minimum(u, 0.0)
    u = u if at_least_once else worth
    centre = cells.mean(axis=0)
    v = c_transform(cells - centre, tiles - centre, u)
    return max(float(v.sum() + u.sum() + (max_uses - 1) * worth.sum()), 0.0)

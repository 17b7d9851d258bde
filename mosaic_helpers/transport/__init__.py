"""The assignment problem: which tile goes to which cell, so that the sum of costs is least.

**The problem.** There are n tiles with features xᵢ and m cells with features yⱼ. Every
cell gets one tile, no tile is used more than k times, and the sum over the cells of
cᵢⱼ = |xᵢ − yⱼ|² is to be as small as possible:

    minimise    Σ cᵢⱼ pᵢⱼ    over pᵢⱼ ≥ 0
    subject to  Σᵢ pᵢⱼ = 1 for every cell,   Σⱼ pᵢⱼ ≤ k for every tile.

Written so, p could split a cell among tiles; but the corners of this polytope are whole
(its matrix is totally unimodular), so the best p is an assignment.

**The dual.** Let uᵢ ≤ 0 be a potential of each tile (its price) and vⱼ one of each cell, with
uᵢ + vⱼ ≤ cᵢⱼ for *all* pairs. Then for any assignment

    Σ cᵢⱼ pᵢⱼ ≥ Σ (uᵢ + vⱼ) pᵢⱼ = Σⱼ vⱼ + Σᵢ uᵢ Σⱼ pᵢⱼ ≥ Σⱼ vⱼ + k Σᵢ uᵢ,

the last step because uᵢ ≤ 0 and no tile is used more than k times. The right hand side
does not mention p: nothing can cost less. For given u the best v is the *c-transform*
vⱼ = minᵢ (cᵢⱼ − uᵢ), so a list of n potentials is all that is needed to check a claim of
optimality, by anyone, with `lower_bound`. At the optimum both sides are equal. If every
tile must be used, its first use has a potential uᵢ of any sign and the k − 1 others have
min(uᵢ, 0): the bound is Σⱼ vⱼ + Σᵢ uᵢ + (k − 1) Σᵢ min(uᵢ, 0).

**Three ways.** `solve_exact` meets the bound, in seconds for ten thousand tiles (column
generation); `solve_approximate` comes near it while a slider moves (from coarse groups to
fine); `solve_textbook` fills the whole table, to learn from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..parallel import single_threaded_blas
from .problem import (
    c_transform,
    check_arguments,
    check_enough_tiles,
    check_potentials,
    least_uses,
)
from .result import Assignment, relative_gap
from .search import Improvement, Progress, Search
from .simplex import check_table_fits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "Assignment",
    "check_enough_tiles",
    "least_uses",
    "lower_bound",
    "relative_gap",
    "solve_approximate",
    "solve_exact",
    "solve_textbook",
]


def solve_exact(
    tiles: ArrayLike,
    cells: ArrayLike,
    max_uses: int | None = None,
    *,
    min_uses: int = 0,
    on_progress: Progress | None = None,
    on_improvement: Improvement | None = None,
) -> Assignment:
    """Find the assignment of least cost, and prove it.

    Parameters
    ----------
    tiles : array_like of float, shape (n, d)
        Features of the tiles, in any units.
    cells : array_like of float, shape (m, d)
        Features of the cells, in the same units.
    max_uses : int, optional
        How often a tile may be used, at least ⌈m / n⌉; that is the default.
    min_uses : int
        How often every tile must be used, 0 or 1; by default 0. With 1 there must be no
        more tiles than cells.
    on_progress : callable, optional
        Called as ``on_progress(round, cost, lower_bound)``, the last two in the units of
        the features squared. What it raises ends the search and is passed on.
    on_improvement : callable, optional
        Called as ``on_improvement(tile)`` with every cheaper assignment on the way, an
        array like `Assignment.tile`.

    Returns
    -------
    Assignment
        With status "optimal" and gap 0.0. Control-C returns the best assignment so far, with
        its gap and the status "interrupted"; if there is none yet, it is raised.

    Raises
    ------
    MosaicError
        If the features are no such arrays, hold NaN or infinity, or if the tiles are too
        few, or too many for `min_uses`.

    Notes
    -----
    The same arrays give the same answer, whatever the number of cores.

    Column generation [1]_ from potentials of unbalanced Sinkhorn scaling [2]_; each short
    list is solved by the network simplex method [3]_ of POT [4]_.

    References
    ----------
    .. [1] C. Gottschlich, D. Schuhmacher. The shortlist method for fast computation of the
       earth mover's distance and finding optimal solutions to transportation problems.
       PLoS ONE 9(10), 2014.
    .. [2] L. Chizat, G. Peyré, B. Schmitzer, F.-X. Vialard. Scaling algorithms for unbalanced
       optimal transport problems. Math. Comp. 87(314), 2018.
    .. [3] N. Bonneel, M. van de Panne, S. Paris, W. Heidrich. Displacement interpolation
       using Lagrangian mass transport. ACM Trans. Graph. 30(6), 2011.
    .. [4] R. Flamary et al. POT: Python Optimal Transport. JMLR 22(78), 2021.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tiles, cells = [[0.0], [4.0], [9.0]], [[8.0], [7.0]]
    >>> answer = mh.solve_exact(tiles, cells)
    >>> answer.tile
    array([2, 1])
    >>> answer.cost, answer.lower_bound, answer.gap
    (10.0, 10.0, 0.0)

    Both cells may have the last tile:

    >>> mh.solve_exact(tiles, cells, max_uses=2).tile
    array([2, 2])
    """
    x, y, max_uses = check_arguments(tiles, cells, max_uses, min_uses)
    search = Search(x, y, max_uses, min_uses, on_progress, on_improvement)
    try:
        with single_threaded_blas():
            search.solve()
            answer = search.result()
            if answer.status != "optimal":  # rounding is left, which short lists can mend
                search.solve_columns()
                answer = search.result()
            return answer
    except KeyboardInterrupt:
        if not search.found:
            raise
        search.interrupted = True
    return search.result()


def solve_approximate(
    tiles: ArrayLike,
    cells: ArrayLike,
    max_uses: int | None = None,
    *,
    min_uses: int = 0,
    certify: bool = False,
) -> Assignment:
    """Find a good assignment at once, close to the optimum.

    Parameters
    ----------
    tiles, cells, max_uses, min_uses
        As for `solve_exact`.
    certify : bool
        Whether to compute a lower bound, which takes longer than the assignment.

    Returns
    -------
    Assignment
        With status "approximate", or "optimal" if its gap is 0. The gap is infinite if
        `certify` is not set and the cost is above 0.

    Raises
    ------
    MosaicError
        As `solve_exact`.

    Notes
    -----
    Groups of cells are matched with groups of tiles, from coarse to fine [1]_ [2]_; then
    cells swap tiles as long as it pays. How close it comes depends on the features: on
    colours of photos it is mostly within 2 % of the optimum. There is no guarantee, but with
    `certify` the gap is proved.

    References
    ----------
    .. [1] Q. Mérigot. A multiscale approach to optimal transport. Computer Graphics Forum
       30(5), 2011.
    .. [2] B. Schmitzer. A sparse multiscale algorithm for dense optimal transport. J. Math.
       Imaging Vis. 56(2), 2016.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tiles, cells = [[0.0], [4.0], [9.0]], [[8.0], [7.0]]
    >>> answer = mh.solve_approximate(tiles, cells)
    >>> answer.tile, answer.gap
    (array([2, 1]), inf)
    """
    x, y, max_uses = check_arguments(tiles, cells, max_uses, min_uses)
    search = Search(x, y, max_uses, min_uses)
    with single_threaded_blas():
        search.approximate()
        if certify:
            search.prove()
    return search.result(certify)


def solve_textbook(
    tiles: ArrayLike,
    cells: ArrayLike,
    max_uses: int | None = None,
    *,
    min_uses: int = 0,
) -> Assignment:
    """Solve the assignment problem on the whole table of costs, as textbooks do.

    Parameters
    ----------
    tiles, cells, max_uses, min_uses
        As for `solve_exact`.

    Returns
    -------
    Assignment
        The same optimum as from `solve_exact`, with its certificate.

    Raises
    ------
    MosaicError
        As `solve_exact`, or if the table, 48 bytes for each pair of a tile and a cell, does
        not fit the memory.

    Notes
    -----
    The table has one row per tile and one column per cell, and if there are more uses
    of tiles than cells, one column more of zero cost that takes the surplus. With whole
    numbers as masses the plan is one of whole numbers, and therefore an assignment;
    with fractions (1/n a tile, 1/m a cell) it is not. The table is solved by the network
    simplex method of POT; see `solve_exact` for the references.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tiles, cells = [[0.0], [9.0]], [[8.0], [7.0], [9.0]]
    >>> mh.solve_textbook(tiles, cells, max_uses=3).tile
    array([1, 1, 1])

    Every tile at least once:

    >>> answer = mh.solve_textbook(tiles, cells, max_uses=3, min_uses=1)
    >>> answer.tile, answer.cost
    (array([1, 0, 1]), 50.0)
    """
    x, y, max_uses = check_arguments(tiles, cells, max_uses, min_uses)
    check_table_fits(len(x) * (1 + min_uses), len(y))
    search = Search(x, y, max_uses, min_uses)
    search.solve_table()
    return search.result()


def lower_bound(
    tiles: ArrayLike,
    cells: ArrayLike,
    tile_potential: ArrayLike,
    max_uses: int | None = None,
    *,
    min_uses: int = 0,
) -> float:
    """Check a certificate: the least that any assignment can cost, given potentials of tiles.

    Every cell is compared with every tile, block by block; nothing is taken on trust. Any
    potentials u, shape (n,), give a valid bound, the Σⱼ vⱼ + k Σᵢ uᵢ of this module, or 0 if
    that is less; only good ones give a high one. Those above zero are taken as zero, unless
    `min_uses` is 1. The rest is as for `solve_exact`.

    Examples
    --------
    >>> from mosaic_helpers.transport import lower_bound, solve_exact
    >>> tiles, cells = [[0.0], [4.0], [9.0]], [[8.0], [7.0]]
    >>> answer = solve_exact(tiles, cells)
    >>> lower_bound(tiles, cells, answer.tile_potential)
    10.0
    >>> lower_bound(tiles, cells, [0.0, 0.0, 0.0])
    5.0
    """
    x, y, max_uses = check_arguments(tiles, cells, max_uses, min_uses)
    u = check_potentials(tile_potential, len(x))
    optional = np.minimum(u, 0.0)
    required = u if min_uses else optional
    centre = y.mean(axis=0)
    v = c_transform(y - centre, x - centre, required)
    return max(float(v.sum() + required.sum() + (max_uses - 1) * optional.sum()), 0.0)

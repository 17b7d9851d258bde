"""Reduced costs of every tile and cell, block by block, never as a whole table.

The cost of putting tile *i* into cell *j* is cᵢⱼ = |xᵢ − yⱼ|² = |xᵢ|² − 2 xᵢ·yⱼ + |yⱼ|².
With two more columns on either side the *reduced* cost cᵢⱼ − uᵢ − vⱼ is one matrix
product,

    [xᵢ, |xᵢ|² − uᵢ, 1] · [−2 yⱼ, 1, |yⱼ|² − vⱼ],

so a block of it is as fast as the machine multiplies. Blocks are cut the same way
whatever the number of threads, and each is multiplied by one thread, so the numbers
do not depend on how many cores there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..parallel import single_threaded_blas, thread_pool

BLOCK = 1 << 20  # pairs looked at in one go: 4 to 8 MB, about what a cache holds


@dataclass(frozen=True)
class Problem:
    """The assignment problem among distinct points, as a transportation problem.

    Tiles of equal features are one point with a larger supply, cells of equal features
    one point with a larger demand: the same optimum, with fewer ties to stumble over.

    Attributes
    ----------
    x, y : ndarray of shape (n, d) and (m, d)
        Distinct tile and cell points, centred and scaled to coordinates of at most 1.
    supply, demand : ndarray of float64, shape (n,) and (m,)
        Whole numbers: how often the tiles of a point may be used, how many cells ask.
    tile_point, cell_point : ndarray of intp
        For every tile and every cell of the caller, its point.
    scale : float
        Length of the caller's features that became 1.
    least : ndarray of float64, shape (n,), or None
        How often the tiles of a point must be used, if they must.
    """

    x: np.ndarray
    y: np.ndarray
    supply: np.ndarray
    demand: np.ndarray
    tile_point: np.ndarray
    cell_point: np.ndarray
    scale: float
    least: np.ndarray | None = None

    @property
    def surplus(self) -> float:
        """How many uses of tiles are left over when every cell has one."""
        return float(self.supply.sum() - self.demand.sum())

    def cost(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Squared distances of pairs of points, in scaled units."""
        return pair_costs(self.x, self.y, i, j)

    def capped(self, u: np.ndarray) -> np.ndarray:
        """Tile potentials where they are feasible: none above zero if there is a surplus.

        Without one only sums uᵢ + vⱼ matter, and any sign will do; and what a tile that
        must be used costs more than it is worth is a price above zero.
        """
        return np.minimum(u, 0.0) if self.surplus and self.least is None else u

    def rounding(self, dtype: type) -> float:
        """How wrong a reduced cost from a matrix product of this precision may be."""
        longest = max(np.einsum("kd,kd->k", p, p).max() for p in (self.x, self.y))
        return 16 * float(np.finfo(dtype).eps) * float(longest)

    def dual(self, u: np.ndarray, v: np.ndarray) -> float:
        """The dual objective of feasible potentials, in scaled units."""
        if self.least is None or not self.surplus:
            return float(self.demand @ v + self.supply @ u)
        optional = (self.supply - self.least) @ np.minimum(u, 0.0)
        return float(self.demand @ v + self.least @ u + optional)


def make_problem(
    tiles: np.ndarray, cells: np.ndarray, max_uses: int, at_least_once: bool = False
) -> Problem:
    """Merge equal points, then centre and scale so that rounding stays small."""
    x, tile_point, copies = _distinct(tiles)
    y, cell_point, demand = _distinct(cells)
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    scale = float(max(np.abs(x).max(), np.abs(y).max())) or 1.0
    return Problem(
        x / scale,
        y / scale,
        copies * float(max_uses),
        demand.astype(np.float64),
        tile_point,
        cell_point,
        scale,
        copies.astype(np.float64) if at_least_once else None,
    )


def _distinct(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    order = np.lexsort(points.T[::-1])
    ordered = points[order]
    new = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)]
    point = np.empty(len(points), np.intp)
    point[order] = np.cumsum(new) - 1
    return ordered[new], point, np.bincount(point)


def pair_costs(
    x: np.ndarray, y: np.ndarray, i: np.ndarray, j: np.ndarray, chunk: int = 1 << 16
) -> np.ndarray:
    """|x[i] − y[j]|² pair by pair, a chunk at a time so that d = 192 stays small."""
    out = np.empty(len(i))
    for at in range(0, len(i), chunk):
        part = slice(at, at + chunk)
        step = x[i[part]] - y[j[part]]
        out[part] = np.einsum("kd,kd->k", step, step)
    return out


def in_blocks(
    a: np.ndarray,
    b: np.ndarray,
    a_potential: np.ndarray | None,
    b_potential: np.ndarray | None,
    look: Callable[[int, np.ndarray], object],
    dtype: type = np.float64,
) -> list:
    """Show `look(first_row, block)` the reduced costs of all pairs of `a` and `b`.

    Parameters
    ----------
    a, b : ndarray of shape (p, d) and (q, d)
    a_potential, b_potential : ndarray of shape (p,) and (q,), or None for zeros
    look : callable
        Called from threads, once for every block of rows; must not keep the block.
    dtype : float32 or float64
        The precision of the product. float32 is for screening only.

    Returns
    -------
    list
        What `look` returned, in the order of the rows.
    """
    a_side, b_side = (np.einsum("kd,kd->k", p, p) for p in (a, b))
    if a_potential is not None:
        a_side = a_side - a_potential
    if b_potential is not None:
        b_side = b_side - b_potential
    left = np.column_stack([a, a_side, np.ones(len(a))]).astype(dtype)
    right = np.vstack([-2 * b.T, np.ones(len(b)), b_side]).astype(dtype)
    rows = max(1, BLOCK // len(b))

    def block(first: int) -> object:
        return look(first, left[first : first + rows] @ right)

    starts = range(0, len(a), rows)
    if len(starts) == 1:
        with single_threaded_blas():
            return [block(0)]
    with single_threaded_blas(), thread_pool() as pool:
        return list(pool.map(block, starts))


def merged(*edges: np.ndarray) -> np.ndarray:
    """All the edges of some lists, sorted, each once."""
    edges = np.sort(np.concatenate(edges))
    return edges[np.r_[True, edges[1:] != edges[:-1]]] if len(edges) else edges


def c_transform(
    a: np.ndarray, b: np.ndarray, b_potential: np.ndarray | None, dtype: type = np.float64
) -> np.ndarray:
    """The c-transform: for every row of `a`, min over j of |a − bⱼ|² − b_potentialⱼ."""
    found = in_blocks(a, b, None, b_potential, lambda _, block: block.min(axis=1), dtype)
    return np.concatenate(found).astype(np.float64)

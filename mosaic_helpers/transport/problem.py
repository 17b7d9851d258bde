"""The problem that is solved: distinct points, their costs, and the checks before.

The cost of putting tile *i* into cell *j* is cᵢⱼ = |xᵢ − yⱼ|² = |xᵢ|² − 2 xᵢ·yⱼ + |yⱼ|².
With two more columns on either side the *reduced* cost cᵢⱼ − uᵢ − vⱼ is one matrix
product,

    [xᵢ, |xᵢ|² − uᵢ, 1] · [−2 yⱼ, 1, |yⱼ|² − vⱼ],

so a block of it is as fast as the machine multiplies, and the whole table is never made.
Blocks are cut the same way whatever the number of threads, and each is multiplied by one
thread, so the numbers do not depend on how many cores there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ..errors import MosaicError, check_setting
from ..parallel import single_threaded_blas, thread_pool

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

BLOCK_PAIRS = 1 << 20  # reduced costs in a block: 4 to 8 MB, about what a cache holds

Result = TypeVar("Result")


# ---- What may be asked ----------------------------------------------------------------


def least_uses(n: int, m: int) -> int:
    """How often tiles must be used at least, for n tiles to fill m cells: ⌈m / n⌉."""
    return -(-m // n)


def check_enough_tiles(
    n_tiles: int,
    n_cells: int,
    max_uses: int | None = None,
    min_uses: int = 0,
    columns: int | None = None,
) -> int:
    """Return how often a tile may be used, or say what would fill the grid.

    Parameters
    ----------
    n_tiles, n_cells : int
    max_uses : int, optional
        How often a tile may be used; by default as rarely as possible.
    min_uses : int
        How often every tile must be used, 0 or 1.
    columns : int, optional
        Of the grid; then the message also names how many columns would do.

    Returns
    -------
    int

    Raises
    ------
    MosaicError
        If the tiles are too few, or too many to be used `min_uses` times each.
    """
    if check_setting("min_uses", min_uses) * n_tiles > n_cells:
        raise MosaicError(
            f"{n_tiles:,} tiles cannot all be used in {n_cells:,} cells: take at least "
            f"{n_tiles:,} cells, or set min_uses to 0."
        )
    if max_uses is None:
        return least_uses(n_tiles, n_cells)
    max_uses = check_setting("max_uses", max_uses)
    if max_uses * n_tiles < n_cells:
        fewer = "take fewer cells"
        if columns:
            fewer = f"take {_most_columns(max_uses * n_tiles, n_cells / columns**2)} columns"
        raise MosaicError(
            f"{n_tiles:,} tiles, each used at most {max_uses} ×, fill {max_uses * n_tiles:,} "
            f"of {n_cells:,} cells: set max_uses to {least_uses(n_tiles, n_cells)}, {fewer}, "
            f"or add {least_uses(max_uses, n_cells) - n_tiles:,} photos."
        )
    return max_uses


def _most_columns(n_cells: int, rows_per_column: float) -> int:
    """The most columns of a grid of that shape with at most so many cells."""
    columns = max(1, int((n_cells / rows_per_column) ** 0.5))
    while columns > 1 and columns * round(columns * rows_per_column) > n_cells:
        columns -= 1
    return columns


def check_arguments(
    tiles: ArrayLike, cells: ArrayLike, max_uses: int | None, min_uses: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return tiles and cells as arrays, and max_uses as a number, or say what is wrong."""
    x, y = _feature_table(tiles, "tiles"), _feature_table(cells, "cells")
    if x.shape[1] != y.shape[1]:
        raise MosaicError(
            f"Tiles have {x.shape[1]} features each and cells {y.shape[1]}: "
            "compute both with the same detail."
        )
    return x, y, check_enough_tiles(len(x), len(y), max_uses, min_uses)


def _feature_table(values: ArrayLike, name: str) -> np.ndarray:
    table = _as_numbers(values, name)
    if table.ndim != 2 or 0 in table.shape:
        raise MosaicError(
            f"The {name} must be a table of one row each and one column per feature; "
            f"this has shape {np.shape(values)}."
        )
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise MosaicError(
            f"The {name} hold {table[row, column]} at row {row}, column {column}: "
            "every feature must be a finite number."
        )
    return table


def check_potentials(values: ArrayLike, n_tiles: int) -> np.ndarray:
    """Return the potentials of a certificate as an array, or say what is wrong."""
    u = _as_numbers(values, "tile_potential")
    if u.shape != (n_tiles,) or not np.isfinite(u).all():
        found = "NaN or infinity" if u.shape == (n_tiles,) else f"shape {u.shape}"
        raise MosaicError(
            f"The tile_potential must hold one finite number per tile, {n_tiles:,} in all; "
            f"this has {found}."
        )
    return u


def _as_numbers(values: ArrayLike, name: str) -> np.ndarray:
    try:
        return np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MosaicError(f"The {name} must be an array of numbers: {error}.") from None


# ---- The problem among distinct points ------------------------------------------------


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
        Whole numbers: how often the tiles of a point may be used, how many cells need one.
    tile_point, cell_point : ndarray of intp
        The point of every tile and every cell of the caller.
    scale : float
        Length of the caller's features that became 1.
    required : ndarray of float64, shape (n,), or None
        How often the tiles of a point must be used; None if they need not, or if there is no
        surplus, so that every use is needed anyway.
    """

    x: np.ndarray
    y: np.ndarray
    supply: np.ndarray
    demand: np.ndarray
    tile_point: np.ndarray
    cell_point: np.ndarray
    scale: float
    required: np.ndarray | None = None

    @property
    def surplus(self) -> float:
        """How many uses of tiles are left over when every cell has one."""
        return float(self.supply.sum() - self.demand.sum())

    @property
    def highest_potential(self) -> float:
        """The largest feasible potential of a tile: 0 if there is a surplus, else infinity.

        Without a surplus only sums uᵢ + vⱼ matter, and any sign will do. A tile that must be
        used may have any sign, too: above zero it is what using it costs.
        """
        return 0.0 if self.surplus and self.required is None else np.inf

    def cap(self, u: np.ndarray) -> np.ndarray:
        """Tile potentials, lowered to where they are feasible."""
        return np.minimum(u, self.highest_potential)

    def cost(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Squared distances of pairs of points, in scaled units."""
        return pair_costs(self.x, self.y, i, j)

    def rounding_error(self, dtype: type) -> float:
        """How wrong a reduced cost from a matrix product of this precision may be."""
        longest = max(np.einsum("kd,kd->k", p, p).max() for p in (self.x, self.y))
        return 16 * float(np.finfo(dtype).eps) * float(longest)

    def dual_objective(self, u: np.ndarray, v: np.ndarray) -> float:
        """The lower bound that feasible potentials prove, in scaled units."""
        if self.required is None:
            return float(self.demand @ v + self.supply @ u)
        optional = (self.supply - self.required) @ np.minimum(u, 0.0)
        return float(self.demand @ v + self.required @ u + optional)


def make_problem(
    tiles: np.ndarray, cells: np.ndarray, max_uses: int, min_uses: int = 0
) -> Problem:
    """Merge equal points, then centre and scale so that rounding stays small."""
    x, tile_point, copies = _distinct(tiles)
    y, cell_point, demand = _distinct(cells)
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    scale = float(max(np.abs(x).max(), np.abs(y).max())) or 1.0
    supply, demand = copies * float(max_uses), demand.astype(np.float64)
    required = None
    if min_uses and supply.sum() > demand.sum():
        required = copies.astype(np.float64)
    return Problem(
        x / scale, y / scale, supply, demand, tile_point, cell_point, scale, required
    )


def _distinct(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The distinct rows, the row of each point among them, and how many points each is."""
    order = np.lexsort(points.T[::-1])
    ordered = points[order]
    new = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)]
    point = np.empty(len(points), np.intp)
    point[order] = np.cumsum(new) - 1
    return ordered[new], point, np.bincount(point)


# ---- Costs ----------------------------------------------------------------------------


def pair_costs(
    x: np.ndarray, y: np.ndarray, i: np.ndarray, j: np.ndarray, chunk: int = 1 << 16
) -> np.ndarray:
    """|x[i] − y[j]|² pair by pair, a chunk at a time so that d = 192 stays small."""
    costs = np.empty(len(i))
    for first in range(0, len(i), chunk):
        part = slice(first, first + chunk)
        difference = x[i[part]] - y[j[part]]
        costs[part] = np.einsum("kd,kd->k", difference, difference)
    return costs


def total_cost(tiles: np.ndarray, cells: np.ndarray, tile: np.ndarray) -> float:
    """Sum over the cells of the squared distance to their tile, in the caller's units."""
    return float(pair_costs(tiles, cells, tile, np.arange(len(cells))).sum())


def map_blocks(
    function: Callable[[int, np.ndarray], Result],
    a: np.ndarray,
    b: np.ndarray,
    a_potential: np.ndarray | None,
    b_potential: np.ndarray | None,
    dtype: type = np.float64,
) -> list[Result]:
    """Apply `function(first_row, block)` to the reduced costs of all pairs of `a` and `b`.

    It is called from threads, once for every block of rows, and must not keep the block; what
    it returned comes back in the order of the rows. float32 is for screening only.
    """
    a_side, b_side = (np.einsum("kd,kd->k", p, p) for p in (a, b))
    if a_potential is not None:
        a_side = a_side - a_potential
    if b_potential is not None:
        b_side = b_side - b_potential
    left: np.ndarray = np.column_stack([a, a_side, np.ones(len(a))]).astype(dtype)
    right: np.ndarray = np.vstack([-2 * b.T, np.ones(len(b)), b_side]).astype(dtype)
    rows = max(1, BLOCK_PAIRS // len(b))

    def work(first: int) -> Result:
        return function(first, left[first : first + rows] @ right)

    starts = range(0, len(a), rows)
    if len(starts) == 1:
        with single_threaded_blas():
            return [work(0)]
    with single_threaded_blas(), thread_pool() as executor:
        return list(executor.map(work, starts))


def c_transform(
    a: np.ndarray, b: np.ndarray, b_potential: np.ndarray | None, dtype: type = np.float64
) -> np.ndarray:
    """The c-transform: for every row of `a`, min over j of |a − bⱼ|² − b_potentialⱼ."""
    smallest = map_blocks(lambda _, block: block.min(axis=1), a, b, None, b_potential, dtype)
    return np.concatenate(smallest).astype(np.float64)


# ---- Flows, and the assignments they stand for ----------------------------------------


@dataclass(frozen=True)
class Flow:
    """How points are assigned: `units` uses of tile point `i` for cell point `j`."""

    i: np.ndarray
    j: np.ndarray
    units: np.ndarray

    def cost(self, problem: Problem) -> float:
        """Sum of squared distances, in scaled units."""
        return float(self.units @ problem.cost(self.i, self.j))

    def edges(self, problem: Problem) -> np.ndarray:
        """The pairs of points in use, each as one number i·m + j, sorted."""
        return merge_edges(self.i * len(problem.y) + self.j)


def merge_edges(*edges: np.ndarray) -> np.ndarray:
    """All the edges of some lists, sorted, each once."""
    merged = np.sort(np.concatenate(edges))
    return merged[np.r_[True, merged[1:] != merged[:-1]]] if len(merged) else merged


def to_flow(problem: Problem, tile: np.ndarray) -> Flow:
    """The flow between points that an assignment of tiles to cells amounts to."""
    m = len(problem.y)
    edges = np.sort(problem.tile_point[tile] * m + problem.cell_point)
    first = np.flatnonzero(np.r_[True, edges[1:] != edges[:-1]])
    units = np.diff(np.r_[first, len(edges)]).astype(np.float64)
    return Flow(edges[first] // m, edges[first] % m, units)


def to_assignment(problem: Problem, flow: Flow) -> np.ndarray:
    """One assignment of tiles to cells that a whole-numbered flow stands for.

    Tiles of the same features take turns, so that each is used about as often.
    """
    order = np.lexsort((flow.i, flow.j))
    units = flow.units[order].astype(np.intp)
    points = np.repeat(flow.i[order], units)  # one per cell, in the order of cell points
    copies = np.bincount(problem.tile_point)
    members = np.argsort(problem.tile_point, kind="stable")
    first = np.cumsum(copies) - copies
    tile = np.empty(len(points), np.intp)
    cells = np.argsort(problem.cell_point, kind="stable")
    tile[cells] = members[first[points] + rank_among_equals(points) % copies[points]]
    return tile


def rank_among_equals(values: np.ndarray) -> np.ndarray:
    """For each value, how many before it are the same."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(values)])
    rank = np.empty(len(values), np.intp)
    rank[order] = np.arange(len(values)) - np.repeat(first, np.diff(np.r_[first, len(values)]))
    return rank

"""Local improvements of an assignment: cells swap tiles, or take one that is not used up.

A swap between cells j and l, which have the tiles s and t, saves

    (c_sj + c_tl) − (c_tj + c_sl) = −2 (x_s − x_t)·(y_j − y_l),

so it pays wherever tiles and cells differ in opposite directions. Many pairs are compared at
once, and of those that share a cell the one that saves most is swapped.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree, cKDTree

from ..parallel import thread_count
from .problem import rank_among_equals

SMALLEST_GAIN = 1e-12  # what saves less is rounding


def swap_neighbours(
    x: np.ndarray,
    y: np.ndarray,
    few_x: np.ndarray,
    few_y: np.ndarray,
    neighbours: int,
    sweeps: int,
    slack: float = 0.0,
    cell_neighbours: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Swap tiles between cells that are close, or have close tiles, as long as it pays.

    Both kinds are needed: a cell among many that look alike has only such neighbours, while
    its tile may be close to that of a cell far away.

    Parameters
    ----------
    x : ndarray of shape (m, d)
        The features of the tile that every cell has.
    y : ndarray of shape (m, d)
        Those of the cells.
    few_x, few_y : ndarray of shape (m, f)
        The same on few axes, on which neighbours are found.
    neighbours : int
        How many of either kind are tried.
    sweeps : int
        How often, at most.
    slack : float
        How much farther than the true neighbours, as a fraction, others may be: quicker.
    cell_neighbours : tuple, optional
        The `neighbourhood` of the cells, if it is known.

    Returns
    -------
    ndarray of intp, shape (m,)
        From which cell every cell gets its tile.
    """
    order, close_cells = cell_neighbours or neighbourhood(few_y, neighbours, slack)
    x, y = x[order], y[order]
    close_tiles = _nearest_others(few_x[order], neighbours, slack)
    source = np.arange(len(y))
    holder = source.copy()

    def swap(other: np.ndarray) -> int:
        gain = -np.einsum("kd,kd->k", x - x[other], y - y[other])
        first = best_disjoint(gain, other)
        second = other[first]
        for array in (x, source):
            array[first], array[second] = array[second], array[first]
        holder[source[first]], holder[source[second]] = first, second
        return len(first)

    for _ in range(sweeps):
        swaps = sum(swap(other) for other in close_cells)
        swaps += sum(swap(holder[other[source]]) for other in close_tiles)
        if not swaps:
            break
    result = np.empty_like(source)
    result[order] = order[source]
    return result


def neighbourhood(
    points: np.ndarray, count: int, slack: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest others of every point, for `swap_neighbours`.

    Returns
    -------
    order : ndarray of intp, shape (m,)
        The points, sorted so that neighbours are close in memory, too, which makes it quick.
    nearest : ndarray of intp, shape (count, m)
        The neighbours of the points in this order, by their place in it.
    """
    order = cKDTree(points, balanced_tree=False).indices
    return order, _nearest_others(points[order], count, slack)


def _nearest_others(points: np.ndarray, count: int, slack: float) -> np.ndarray:
    """For every point the `count` nearest others, as an array (count, points)."""
    tree = KDTree(points, balanced_tree=False)
    near = tree.query(points, min(count + 1, len(points)), slack, workers=thread_count())[1]
    return np.ascontiguousarray(near.reshape(len(points), -1)[:, 1:].T)


def best_disjoint(gain: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Every j whose swap with other[j] pays, and pays most of all that share a cell with it."""
    paying = np.flatnonzero(gain > SMALLEST_GAIN)
    paying = paying[np.argsort(-gain[paying], kind="stable")]
    rank = np.arange(len(paying))
    best = np.full(len(gain), len(gain))
    np.minimum.at(best, paying, rank)
    np.minimum.at(best, other[paying], rank)
    return paying[(best[paying] == rank) & (best[other[paying]] == rank)]


def take_unused(
    x: np.ndarray,
    y: np.ndarray,
    tile: np.ndarray,
    max_uses: int,
    min_uses: int,
    sweeps: int,
) -> np.ndarray:
    """Let cells give up their tile for the nearest one that may still be used.

    No tile that `min_uses` needs is given up. Tiles `x`, cells `y`, and the tile of each cell.
    """
    tile = tile.copy()
    for _ in range(sweeps):
        uses = np.bincount(tile, minlength=len(x))
        available = np.flatnonzero(uses < max_uses)
        if not len(available):
            break
        tree = KDTree(x[available], balanced_tree=False)
        distance, nearest = tree.query(y, workers=thread_count())
        gain = ((x[tile] - y) ** 2).sum(axis=1) - distance**2
        order = np.argsort(-gain, kind="stable")
        order = order[gain[order] > SMALLEST_GAIN]
        _, first = np.unique(nearest[order], return_index=True)  # the best cell of each tile
        cell = order[np.sort(first)]
        cell = cell[rank_among_equals(tile[cell]) < uses[tile[cell]] - min_uses]
        if not len(cell):
            break
        tile[cell] = available[nearest[cell]]
    return tile

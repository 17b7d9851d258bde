"""Small repairs of an assignment: cells swap tiles, or take one that nobody uses.

A swap between cells j and l, which have the tiles s and t, saves

    (c_sj + c_tl) − (c_tj + c_sl) = −2 (x_s − x_t)·(y_j − y_l),

so it pays wherever tiles and cells differ in opposite directions. All pairs of a kind are
weighed at once, and of those that share a cell the one that saves most is done.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree, cKDTree

from ..parallel import thread_count


def swap_neighbours(
    x: np.ndarray,
    y: np.ndarray,
    few_x: np.ndarray,
    few_y: np.ndarray,
    neighbours: int,
    sweeps: int,
    slack: float = 0.0,
    around: tuple | None = None,
) -> np.ndarray:
    """Swap tiles between cells that are close, or have close tiles, as long as it gains.

    Both kinds are needed: a cell in the midst of many that look alike has no other kind
    among its neighbours, while its tile may be close to that of a cell far away.

    Parameters
    ----------
    x : ndarray of shape (m, d)
        The features of the tile that every cell has.
    y : ndarray of shape (m, d)
        Those of the cells.
    few_x, few_y : ndarray of shape (m, f)
        The same on few axes, in which neighbours are looked for.
    neighbours : int
        How many of either kind are tried.
    sweeps : int
        How often, at most.
    slack : float
        So much farther than a neighbour, as a fraction, another will do: quicker.
    around : tuple, optional
        The `neighbourhood` of the cells, if it is known.

    Returns
    -------
    ndarray of intp, shape (m,)
        From which cell every cell gets its tile.
    """
    order, close_cells = around or neighbourhood(few_y, neighbours, slack)
    x, y = x[order], y[order]
    close_tiles = _neighbours(few_x[order], neighbours, slack)
    source = np.arange(len(y))
    holder = source.copy()

    def swap(other: np.ndarray) -> int:
        gain = -np.einsum("kd,kd->k", x - x[other], y - y[other])
        first = disjoint(gain, other)
        second = other[first]
        for held in (x, source):
            held[first], held[second] = held[second], held[first]
        holder[source[first]], holder[source[second]] = first, second
        return len(first)

    for _ in range(sweeps):
        done = sum(swap(other) for other in close_cells)
        done += sum(swap(holder[other[source]]) for other in close_tiles)
        if not done:
            break
    found = np.empty_like(source)
    found[order] = order[source]
    return found


def neighbourhood(points: np.ndarray, count: int, slack: float = 0.0) -> tuple:
    """Of every point the nearest others, for `swap_neighbours`.

    Returns
    -------
    order : ndarray of intp, shape (m,)
        The points so that neighbours are close in memory, too: it counts if there are many.
    nearest : ndarray of intp, shape (count, m)
        In this order, and by their place in it.
    """
    order = cKDTree(points, balanced_tree=False).indices
    return order, _neighbours(points[order], count, slack)


def _neighbours(points: np.ndarray, count: int, slack: float) -> np.ndarray:
    """For every point the `count` nearest others, as an array (count, points)."""
    tree = KDTree(points, balanced_tree=False)
    near = tree.query(points, min(count + 1, len(points)), slack, workers=thread_count())[1]
    return np.ascontiguousarray(near.reshape(len(points), -1)[:, 1:].T)


def disjoint(gain: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Of the pairs (j, other[j]) that gain, those that gain most among all they touch."""
    worth = np.flatnonzero(gain > 1e-12)
    worth = worth[np.argsort(-gain[worth], kind="stable")]
    rank = np.arange(len(worth))
    best = np.full(len(gain), len(gain))
    np.minimum.at(best, worth, rank)
    np.minimum.at(best, other[worth], rank)
    return worth[(best[worth] == rank) & (best[other[worth]] == rank)]


def take_unused(
    x: np.ndarray, y: np.ndarray, tile: np.ndarray, max_uses: int, sweeps: int
) -> np.ndarray:
    """Let cells trade their tile for the nearest that still has a use left.

    Parameters
    ----------
    x, y : ndarray of shape (n, d) and (m, d)
        Tiles and cells (on few axes, if they have many).
    tile : ndarray of intp, shape (m,)
    max_uses, sweeps : int

    Returns
    -------
    ndarray of intp, shape (m,)
        The tile of each cell.
    """
    tile = tile.copy()
    for _ in range(sweeps):
        free = np.flatnonzero(np.bincount(tile, minlength=len(x)) < max_uses)
        if not len(free):
            break
        distance, nearest = KDTree(x[free], balanced_tree=False).query(
            y, workers=thread_count()
        )
        gain = ((x[tile] - y) ** 2).sum(axis=1) - distance**2
        order = np.argsort(-gain, kind="stable")
        order = order[gain[order] > 1e-12]
        _, first = np.unique(nearest[order], return_index=True)  # the best for each tile
        if not len(first):
            break
        tile[order[first]] = free[nearest[order[first]]]
    return tile

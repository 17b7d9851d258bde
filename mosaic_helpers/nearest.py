"""The nearest tiles for every cell."""

import numpy as np
from scipy.spatial import cKDTree

# Beyond so many dimensions a k-d tree visits most leaves, and a plain matrix product
# is quicker.
_TREE_DIMENSIONS = 12


def nearest(pool, cells, count=1):
    """Find the tiles nearest to each cell, without a table of all pairs.

    Parameters
    ----------
    pool : numpy.ndarray, shape (n, d)
        Feature vectors of the tiles.
    cells : numpy.ndarray, shape (m, d)
        Feature vectors of the cells.
    count : int
        How many tiles for each cell, at most n.

    Returns
    -------
    numpy.ndarray of int, shape (m, count)
        Nearest first.
    """
    if pool.shape[1] <= _TREE_DIMENSIONS:
        return cKDTree(pool).query(cells, k=np.arange(1, count + 1), workers=-1)[1]
    # |x - y|² = |x|² - 2 x·y + |y|², and the last term is the same for all tiles.
    lengths = (pool**2).sum(axis=1)
    found = np.empty((len(cells), count), np.intp)
    block = max(1, 4_000_000 // len(pool))
    for start in range(0, len(cells), block):
        distance = lengths - 2 * cells[start : start + block] @ pool.T
        if count == 1:
            found[start : start + block, 0] = distance.argmin(axis=1)
            continue
        some = np.argpartition(distance, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(distance, some, axis=1).argsort(axis=1, kind="stable")
        found[start : start + block] = np.take_along_axis(some, order, axis=1)
    return found

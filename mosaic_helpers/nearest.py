"""The nearest tiles for every cell."""

import numpy as np
from scipy.spatial import cKDTree

from .threads import steady_products, workers

# Beyond so many dimensions a k-d tree visits most leaves, and a plain matrix product
# is quicker.
_TREE_DIMENSIONS = 12
_AT_ONCE = 400_000  # distances that a thread holds


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
    lengths, doubled = (pool**2).sum(axis=1), -2 * pool.T
    found = np.empty((len(cells), count), np.intp)

    def fill(block):
        distance = cells[block] @ doubled
        distance += lengths
        if count == 1:
            found[block, 0] = distance.argmin(axis=1)
            return
        some = np.argpartition(distance, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(distance, some, axis=1).argsort(axis=1, kind="stable")
        found[block] = np.take_along_axis(some, order, axis=1)

    step = max(1, _AT_ONCE // len(pool))
    with steady_products(), workers() as threads:
        list(threads.map(fill, [slice(i, i + step) for i in range(0, len(cells), step)]))
    return found

"""The nearest tile for every cell, alone or with copies kept apart."""

import numpy as np
from scipy.spatial import cKDTree

from .errors import MosaicError, whole_number

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


def nearest_apart(pool, cells, shape, apart):
    """Give each cell the nearest tile that no cell within `apart` has already.

    The cells are served in a shuffled order, the same every time: row by row, the last
    to be served would lie side by side and show as bands.

    Parameters
    ----------
    pool : numpy.ndarray, shape (n, d)
        Feature vectors of the tiles.
    cells : numpy.ndarray, shape (rows × columns, d)
        Feature vectors of the cells.
    shape : (int, int)
        Rows and columns.
    apart : int
        Distance along rows and along columns.

    Returns
    -------
    numpy.ndarray of int, shape (rows × columns,)
    """
    rows, columns = shape
    apart = whole_number(apart, "distance to keep copies apart", 0, max(rows, columns))
    needed = min(2 * apart + 1, rows) * min(2 * apart + 1, columns)
    if needed > len(pool):
        most = (int(len(pool) ** 0.5) - 1) // 2
        raise MosaicError(
            f"To keep copies {apart} cells apart takes {needed:,} tiles; you have "
            f"{len(pool):,}: add photos, or keep them at most {most} apart."
        )
    placed = np.full(shape, -1, np.intp)
    order = np.random.default_rng(0).permutation(rows * columns)
    for block in np.array_split(order, -(-len(order) // 500)):
        for cell, choices in zip(block, nearest(pool, cells[block], needed), strict=True):
            row, column = divmod(cell, columns)
            top, left = max(0, row - apart), max(0, column - apart)
            around = placed[top : row + apart + 1, left : column + apart + 1]
            placed[row, column] = choices[~np.isin(choices, around)][0]
    return placed.ravel()

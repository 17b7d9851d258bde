"""A first answer while a slider moves: matching in a tenth of a second, near the best.

Feature vectors of fifty numbers are compared on the few axes along which tiles differ most,
and one number more: how far a tile is off these axes, which no cell can help. What is
found so is good enough to look at while the true answer is worked out.
"""

import numpy as np
from scipy.spatial import cKDTree

from ..parallel import thread_pool
from ..transport.multiscale import assign_by_groups
from ..transport.swaps import neighbourhood, swap_neighbours

TREE_AXES = 12  # of the k-d tree for the nearest
SLACK = 1.0  # a neighbour so much farther than the nearest, as a fraction, will do
AXES = 5  # of the groups for the optimal
FINER = 2  # groups of tiles for each group of cells
NEIGHBOURS = 6  # with which a cell tries to swap


class Sketcher:
    """The features of the tiles, made ready for quick answers.

    Parameters
    ----------
    pool : numpy.ndarray, shape (n, d)
        Feature vectors of the tiles.

    Attributes
    ----------
    pool : numpy.ndarray, shape (n, d)
        The same.
    """

    def __init__(self, pool):
        self.pool = pool
        self._centre = pool.mean(axis=0)
        centred = pool - self._centre
        self._axes = np.linalg.eigh(centred.T @ centred)[1]
        self._tree = cKDTree(self._on_axes(pool, TREE_AXES, rest=True))
        self._few = self._on_axes(pool, AXES, rest=True)

    def nearest(self, cells):
        """Find a tile near each cell, mostly the nearest.

        Parameters
        ----------
        cells : numpy.ndarray, shape (m, d)
            Feature vectors of the cells.

        Returns
        -------
        numpy.ndarray of int, shape (m,)
        """
        return self._tree.query(self._on_axes(cells, TREE_AXES), eps=SLACK, workers=-1)[1]

    def optimal(self, cells, max_uses):
        """Use each tile at most k times, at a cost that comes near the least.

        Parameters
        ----------
        cells : numpy.ndarray, shape (m, d)
            Feature vectors of the cells.
        max_uses : int
            k; must suffice.

        Returns
        -------
        numpy.ndarray of int, shape (m,)
        """
        few = self._on_axes(cells, AXES)
        with thread_pool() as pool:  # what goes where keeps one core, who is near whom another
            near = pool.submit(neighbourhood, few, NEIGHBOURS, SLACK)
            tile = assign_by_groups(self._few, few, self._few, few, max_uses, finer=FINER)
        held, around = self._few[tile], near.result()
        return tile[swap_neighbours(held, few, held, few, NEIGHBOURS, 1, SLACK, around)]

    def _on_axes(self, points, count, rest=False):
        centred = points - self._centre
        few = centred @ self._axes[:, -count:]
        off = np.zeros(len(points))
        if rest:
            off = np.sqrt(((centred**2).sum(axis=1) - (few**2).sum(axis=1)).clip(0))
        return np.column_stack([few, off])

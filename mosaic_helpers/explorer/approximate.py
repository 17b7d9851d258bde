"""Approximate matching while a slider moves: close to the best, in a tenth of a second.

Feature vectors of fifty numbers are compared on the few principal axes along which tiles
differ most. One number more says how far a tile lies off these axes: a distance that no
cell can change. The result is good enough to look at until the exact answer is there.
"""

import numpy as np
from scipy.spatial import cKDTree

from ..parallel import thread_pool
from ..transport.scales import from_coarse
from ..transport.swaps import neighbourhood, swap_neighbours

NEAREST_AXES = 12  # of the k-d tree
TRANSPORT_AXES = 5  # for grouping tiles and cells
SLACK = 1.0  # accept a neighbour that is farther than the nearest by this fraction
FINER = 2  # groups of tiles for each group of cells
NEIGHBOURS = 6  # with which a cell tries to swap


class FastMatcher:
    """The features of the tiles, prepared for approximate matching.

    Parameters
    ----------
    tile_features : numpy.ndarray, shape (n, d)
        Feature vectors of the tiles; also an attribute.
    """

    def __init__(self, tile_features):
        self.tile_features = tile_features
        self._centre = tile_features.mean(axis=0)
        centred = tile_features - self._centre
        self._axes = np.linalg.eigh(centred.T @ centred)[1]
        self._tree = cKDTree(self._project(tile_features, NEAREST_AXES, residual=True))
        self._reduced = self._project(tile_features, TRANSPORT_AXES, residual=True)

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
        return self._tree.query(self._project(cells, NEAREST_AXES), eps=SLACK, workers=-1)[1]

    def optimal(self, cells, max_uses):
        """Use each tile at most k times, at a cost close to the least.

        Parameters
        ----------
        cells : numpy.ndarray, shape (m, d)
            Feature vectors of the cells.
        max_uses : int
            k; there must be enough tiles.

        Returns
        -------
        numpy.ndarray of int, shape (m,)
        """
        tiles, cells = self._reduced, self._project(cells, TRANSPORT_AXES)
        with thread_pool() as executor:  # one core finds neighbours while another assigns
            pending = executor.submit(neighbourhood, cells, NEIGHBOURS, SLACK)
            assigned = from_coarse(tiles, cells, tiles, cells, max_uses, finer=FINER)
        placed, neighbours = tiles[assigned], pending.result()
        order = swap_neighbours(placed, cells, placed, cells, NEIGHBOURS, 1, SLACK, neighbours)
        return assigned[order]

    def _project(self, points, count, residual=False):
        """Coordinates on the last `count` axes, and the distance from them (0 for cells)."""
        centred = points - self._centre
        projected = centred @ self._axes[:, -count:]
        off = np.zeros(len(points))
        if residual:
            off = np.sqrt(((centred**2).sum(axis=1) - (projected**2).sum(axis=1)).clip(0))
        return np.column_stack([projected, off])

"""Keep copies of a tile apart, under either way of matching."""

import numpy as np

from .errors import MosaicError, whole_number
from .features import nearest_tiles


def nearest_spaced(pool, cells, shape, min_distance):
    """Give each cell the nearest tile that has no copy closer than `min_distance`.

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
    min_distance : int
        Copies of a tile are at least so many cells apart, along rows or along columns.

    Returns
    -------
    numpy.ndarray of int, shape (rows × columns,)
    """
    rows, columns = shape
    needed = check_spacing(len(pool), shape, min_distance)
    reach = min_distance - 1
    placed = np.full(shape, -1, np.intp)
    order = np.random.default_rng(0).permutation(rows * columns)
    for block in np.array_split(order, -(-len(order) // 500)):
        for cell, choices in zip(block, nearest_tiles(pool, cells[block], needed), strict=True):
            row, column = divmod(cell, columns)
            top, left = max(0, row - reach), max(0, column - reach)
            around = placed[top : row + reach + 1, left : column + reach + 1]
            placed[row, column] = choices[~np.isin(choices, around)][0]
    return placed.ravel()


def check_spacing(count, shape, min_distance):
    """Say what would do, where so many tiles cannot be kept apart; how many that takes."""
    rows, columns = shape
    min_distance = whole_number(
        min_distance, "min_distance (cells between copies)", 1, max(rows, columns) + 1
    )
    side = 2 * min_distance - 1
    needed = min(side, rows) * min(side, columns)
    if needed > count:
        most = (int(count**0.5) + 1) // 2
        raise MosaicError(
            f"Copies at least {min_distance} cells apart need {needed:,} tiles; you have "
            f"{count:,}: add photos, or set min_distance to {most} or less."
        )
    return needed


def spread_copies(pool, cells, shape, indices, min_distance, max_uses):
    """Part the copies of a tile in an assignment, at little extra cost.

    A cell with a copy of its tile too close gives the tile away: to another cell, for
    that one's tile, or for a tile that has uses left. Of all such moves that bring no
    new copies together, the cheapest is made. What each tile is used at most stays.

    Parameters
    ----------
    pool : numpy.ndarray, shape (n, d)
        Feature vectors of the tiles.
    cells : numpy.ndarray, shape (rows × columns, d)
        Feature vectors of the cells.
    shape : (int, int)
        Rows and columns.
    indices : numpy.ndarray of int, shape (rows × columns,)
        The assignment.
    min_distance : int
        Copies of a tile are at least so many cells apart, along rows or along columns.
    max_uses : int
        How often a tile may be used.

    Returns
    -------
    numpy.ndarray of int, shape (rows × columns,)

    Raises
    ------
    MosaicError
        If some copies cannot be parted; says what would do.
    """
    min_distance = whole_number(
        min_distance, "min_distance (cells between copies)", 1, max(shape) + 1
    )
    grid = _Grid(indices, shape, min_distance - 1)
    crowded = np.flatnonzero([grid.has_near(cell, tile) for cell, tile in enumerate(indices)])
    for cell in np.random.default_rng(0).permutation(crowded):
        if grid.has_near(cell, grid.tiles[cell]) and not _move(
            grid, pool, cells, cell, max_uses
        ):
            raise MosaicError(
                f"{len(pool):,} tiles, each at most {max_uses} ×, cannot all be kept "
                f"{min_distance} cells apart: add photos, or set a smaller min_distance."
            )
    return grid.tiles


class _Grid:
    """The tile of each cell, and what is around it."""

    def __init__(self, indices, shape, reach):
        self.tiles = np.array(indices)
        self._grid = self.tiles.reshape(shape)  # the same memory, as rows and columns
        self._reach = reach

    def has_near(self, cell, tile, but=None):
        """Whether a cell too close to `cell` has `tile`, not counting itself and `but`."""
        row, column = divmod(int(cell), self._grid.shape[1])
        top, left = max(0, row - self._reach), max(0, column - self._reach)
        around = self._grid[top : row + self._reach + 1, left : column + self._reach + 1]
        for y, x in zip(*np.nonzero(around == tile), strict=True):
            if (top + y) * self._grid.shape[1] + left + x not in (cell, but):
                return True
        return False


def _move(grid, pool, cells, cell, max_uses):
    """Make the cheapest move that helps `cell`; returns whether there was one."""
    tiles, own = grid.tiles, grid.tiles[cell]
    here = ((pool - cells[cell]) ** 2).sum(axis=1)
    there = ((cells - pool[own]) ** 2).sum(axis=1)
    now = ((cells - pool[tiles]) ** 2).sum(axis=1)
    swap = here[tiles] + there - now
    spare = np.flatnonzero(np.bincount(tiles, minlength=len(pool)) < max_uses)
    extra = np.concatenate([swap, here[spare]])
    for choice in extra.argsort(kind="stable"):
        if choice < len(tiles):
            tile = tiles[choice]
            if tile == own or grid.has_near(choice, own, but=cell):
                continue
            if grid.has_near(cell, tile, but=choice):
                continue
            tiles[choice] = own
        else:
            tile = spare[choice - len(tiles)]
            if grid.has_near(cell, tile):
                continue
        tiles[cell] = tile
        return True
    return False

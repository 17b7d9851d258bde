"""Keep copies of a tile apart, under either way of matching.

As in `matching.match_cells`, `tiles` and `cells` are feature vectors, `shape` is (rows,
columns), and `indices` names the tile of each cell, row by row. Copies of a tile are at least
`min_distance` cells apart, along rows or along columns.
"""

import numpy as np

from .errors import MosaicError, check_setting
from .features import nearest_tiles


def nearest_spaced(tiles, cells, shape, min_distance):
    """Give each cell the nearest tile that has no copy closer than `min_distance`.

    The cells are served in a shuffled order, the same every time: row by row, the last
    to be served would lie side by side and show as bands.
    """
    candidates = check_spacing(len(tiles), shape, min_distance)
    grid = _Grid(np.full(shape[0] * shape[1], -1, np.intp), shape, min_distance)
    order = np.random.default_rng(0).permutation(len(grid.indices))
    for block in np.array_split(order, -(-len(order) // 500)):
        nearest = nearest_tiles(tiles, cells[block], candidates)
        for cell, choices in zip(block, nearest, strict=True):
            grid.indices[cell] = choices[~np.isin(choices, grid.around(cell)[0])][0]
    return grid.indices


def check_spacing(count, shape, min_distance):
    """How many tiles it takes to keep copies apart; if `count` is less, says what would do."""
    rows, columns = shape
    min_distance = check_setting("min_distance", min_distance)
    side = 2 * min_distance - 1
    needed = min(side, rows) * min(side, columns)
    if needed > count:
        most = (int(count**0.5) + 1) // 2
        raise MosaicError(
            f"Copies at least {min_distance} cells apart need {needed:,} tiles; you have "
            f"{count:,}: add photos, or set min_distance to {most} or less."
        )
    return needed


def spread_copies(tiles, cells, shape, indices, min_distance, max_uses):
    """Move the copies of a tile apart in an assignment, at little extra cost.

    A cell with a copy of its tile too close gives the tile away: to another cell, for
    that one's tile, or for a tile that has uses left. Of all such moves that bring no
    new copies together, the cheapest is made. No tile is used more often than `max_uses`,
    and none that was used is lost: where one is replaced, its copy is close by.
    """
    grid = _Grid(indices, shape, check_setting("min_distance", min_distance))
    crowded = np.flatnonzero([grid.has_near(cell, tile) for cell, tile in enumerate(indices)])
    for cell in np.random.default_rng(0).permutation(crowded):
        if not grid.has_near(cell, grid.indices[cell]):
            continue  # its copy has been moved already
        if not _move(grid, tiles, cells, cell, max_uses):
            raise MosaicError(
                f"{len(tiles):,} tiles, each used at most {max_uses} ×, cannot all be kept "
                f"{min_distance} cells apart: add photos, or set a smaller min_distance."
            )
    return grid.indices


class _Grid:
    """The tile of each cell, and those around it."""

    def __init__(self, indices, shape, min_distance):
        self.indices = np.array(indices)
        self._rows = self.indices.reshape(shape)  # the same memory, as rows and columns
        self._reach = min_distance - 1

    def around(self, cell):
        """The window of tiles too close to `cell`, with its own; its first row and column."""
        row, column = divmod(int(cell), self._rows.shape[1])
        top, left = max(0, row - self._reach), max(0, column - self._reach)
        window = self._rows[top : row + self._reach + 1, left : column + self._reach + 1]
        return window, top, left

    def has_near(self, cell, tile, but=None):
        """Whether a cell too close to `cell` has `tile`, not counting itself and `but`."""
        window, top, left = self.around(cell)
        for y, x in zip(*np.nonzero(window == tile), strict=True):
            if (top + y) * self._rows.shape[1] + left + x not in (cell, but):
                return True
        return False


def _move(grid, tiles, cells, cell, max_uses):
    """Make the cheapest move that helps `cell`; returns whether there was one."""
    indices, own = grid.indices, grid.indices[cell]
    cost_in_cell = ((tiles - cells[cell]) ** 2).sum(axis=1)  # of each tile
    cost_of_own = ((cells - tiles[own]) ** 2).sum(axis=1)  # in each cell
    cost_now = ((cells - tiles[indices]) ** 2).sum(axis=1)
    swap_cost = cost_in_cell[indices] + cost_of_own - cost_now
    spare = np.flatnonzero(np.bincount(indices, minlength=len(tiles)) < max_uses)
    extra_cost = np.concatenate([swap_cost, cost_in_cell[spare]])
    for choice in extra_cost.argsort(kind="stable"):
        if choice < len(cells):
            tile = indices[choice]
            if tile == own or grid.has_near(choice, own, but=cell):
                continue
            if grid.has_near(cell, tile, but=choice):
                continue
            indices[choice] = own
        else:
            tile = spare[choice - len(cells)]
            if grid.has_near(cell, tile):
                continue
        indices[cell] = tile
        return True
    return False

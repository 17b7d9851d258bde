"""A good assignment at once, from coarse to fine: groups to groups, then within groups.

Cells of similar colour form groups of some forty, tiles smaller ones of about ten: the
leaves of two k-d trees. Which tiles go to which group of cells is a transport problem
between a thousand points and two hundred and fifty, which the network simplex method
solves in some hundredths of a second; within a group the assignment is solved exactly.
What this leaves is wrong only at the edges of groups, where swaps repair it (`swaps.py`).
More than some ten thousand cells need a scale more, and so on: the time grows like n log n.

Multiscale transport goes back to Mérigot (2011) and Schmitzer (2016; both in full at
`solve_approximate`).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..parallel import single_threaded_blas
from .problem import Problem, rank_among_equals
from .simplex import solve_dense
from .swaps import swap_neighbours, take_unused

SOLVED_AT_ONCE = 40  # cells of a group that is assigned exactly
SMALLEST_GROUP = 32  # cells
MOST_GROUPS = 256  # of cells, in one transport problem
FINER = 4  # groups of tiles for each group of cells
AXES = 6  # on which groups and neighbours are found, if there are more than 10 features
NEIGHBOURS = 24  # close cells, and holders of close tiles, that a cell tries to swap with
SWEEPS = 3  # how often it tries


def multiscale_assignment(problem: Problem, max_uses: int) -> np.ndarray:
    """A good assignment: by groups, then repaired by swaps. The tile of each cell."""
    x, y = problem.x[problem.tile_point], problem.y[problem.cell_point]
    few_x, few_y = principal_axes(x, y)
    min_uses = int(problem.required is not None)
    tile = assign_by_groups(x, y, few_x, few_y, max_uses, min_uses)
    for _ in range(2 if problem.surplus else 1):
        if problem.surplus:
            tile = take_unused(few_x, few_y, tile, max_uses, min_uses, SWEEPS)
        tile = tile[swap_neighbours(x[tile], y, few_x[tile], few_y, NEIGHBOURS, SWEEPS)]
    return tile


def principal_axes(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both clouds on the axes along which they spread most, if they have many.

    One more coordinate, which is zero for `y`, is how far each point of `x` is off these axes.
    """
    if x.shape[1] <= 10:
        return x, y
    both = np.concatenate([x, y])
    centre = both.mean(axis=0)
    with single_threaded_blas():  # the same axes for any number of cores
        _, axes = np.linalg.eigh((both - centre).T @ (both - centre))
        few_x, few_y = (x - centre) @ axes[:, -AXES:], (y - centre) @ axes[:, -AXES:]
    off = ((x - centre) ** 2).sum(axis=1) - (few_x**2).sum(axis=1)
    few_x = np.column_stack([few_x, np.sqrt(np.maximum(off, 0.0))])
    return few_x, np.column_stack([few_y, np.zeros(len(y))])


def assign_by_groups(
    x: np.ndarray,
    y: np.ndarray,
    few_x: np.ndarray,
    few_y: np.ndarray,
    max_uses: int = 1,
    min_uses: int = 0,
    finer: int = FINER,
) -> np.ndarray:
    """A cheap assignment, from coarse groups to fine.

    Parameters
    ----------
    x, y : ndarray of shape (n, d) and (m, d)
        Tiles and cells.
    few_x, few_y : ndarray of shape (n, f) and (m, f)
        The same on few axes, in which groups are formed.
    max_uses, min_uses : int
        How often a tile may be used, and must be (0 or 1); must be feasible.
    finer : int
        Groups of tiles for each group of cells: more are better and slower.

    Returns
    -------
    ndarray of intp, shape (m,)
        The tile of each cell.
    """
    tile = np.empty(len(y), np.intp)
    remaining = [(np.arange(len(x)), np.arange(len(y)), max_uses)]
    while remaining:
        tiles, cells, uses = remaining.pop()
        if len(tiles) * uses == len(cells) <= SOLVED_AT_ONCE:
            tiles = np.repeat(tiles, uses)
            _, best = linear_sum_assignment(y[cells] @ x[tiles].T, maximize=True)
            tile[cells] = tiles[best]
            continue
        size = max(SMALLEST_GROUP, -(-len(cells) // MOST_GROUPS))
        order, cell_groups = group_by_tree(few_y[cells], size)
        cells = cells[order]
        size = -(-len(tiles) // (MOST_GROUPS * finer))
        order, tile_groups = group_by_tree(few_x[tiles], size)
        tiles = tiles[order]
        given = _share_out(x[tiles], tile_groups, y[cells], cell_groups, uses, min_uses)
        parts = zip(
            np.split(tiles[given], cell_groups[1:]),
            np.split(cells, cell_groups[1:]),
            strict=True,
        )
        remaining += ((*part, 1) for part in parts)
    return tile


def group_by_tree(points: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Groups of `size` close points at most, from the leaves of a k-d tree.

    Returns the order of the points, group by group, and where in it each group begins.
    """
    tree = cKDTree(points, leafsize=size, balanced_tree=True, compact_nodes=False)
    starts: list[int] = []
    nodes = [tree.tree]
    while nodes:
        node = nodes.pop()
        if node.lesser is None:  # more than `size` are in a leaf if they are all the same
            starts += range(node.start_idx, node.end_idx, size)
        else:
            nodes += [node.greater, node.lesser]
    return tree.indices, np.array(starts)


def _share_out(
    x: np.ndarray,
    tile_groups: np.ndarray,
    y: np.ndarray,
    cell_groups: np.ndarray,
    max_uses: int,
    min_uses: int,
) -> np.ndarray:
    """The tiles, by number, that the groups of cells get, one group after the other."""
    centres, spread, count = _statistics(x, tile_groups)
    wanted, _, demand = _statistics(y, cell_groups)
    table, supply = cdist(centres, wanted, "sqeuclidean") + spread[:, None], count * max_uses
    if supply.sum() > len(y):
        table = np.column_stack([table, np.zeros(len(table))])
    plan, *_ = solve_dense(table, supply, demand, count if min_uses else None)
    source, target = np.nonzero(plan)
    units = plan[source, target].astype(np.intp)
    source, target = np.repeat(source, units), np.repeat(target, units)
    turn = rank_among_equals(source)  # all tiles of a group take turns
    given = tile_groups[source] + turn % count.astype(np.intp)[source]
    return given[np.argsort(target, kind="stable")]


def _statistics(
    points: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every group the mean, the mean squared distance from it, and how many are in it."""
    count = np.diff(np.append(starts, len(points))).astype(np.float64)
    centres = np.add.reduceat(points, starts) / count[:, None]
    squares = np.add.reduceat(np.einsum("kd,kd->k", points, points), starts) / count
    return centres, squares - np.einsum("kd,kd->k", centres, centres), count

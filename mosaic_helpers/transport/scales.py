"""A good assignment at once, from coarse to fine: groups to groups, then within groups.

Cells that are close in colour form groups of some forty, tiles smaller ones of about ten: the
leaves of two k-d trees. Which tiles go to which group of cells is a transport problem
between a thousand points and two hundred and fifty, which the network simplex method
solves in some hundredths of a second; within a group the assignment is solved exactly.
What this leaves is wrong only at the edges of groups, where swaps mend it (`swaps.py`).
More than some ten thousand cells need a scale more, and so on: the time grows like n log n.

Multiscale transport goes back to Mérigot (A multiscale approach to optimal transport, Computer
Graphics Forum 30(5), 2011) and Schmitzer (Stabilized sparse scaling algorithms for entropy
regularized transport problems, SIAM J. Sci. Comput. 41(3), 2019).
"""

from __future__ import annotations

import numpy as np
from ot.lp.emd_wrap import emd_c
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from .simplex import ENDLESS, OPTIMAL

FINE = 40  # cells that are assigned at once
LEAST = 32  # cells a group at least
GROUPS = 256  # groups of cells at most in one transport problem
FINER = 4  # groups of tiles for each of them


def from_coarse(
    x: np.ndarray,
    y: np.ndarray,
    few_x: np.ndarray,
    few_y: np.ndarray,
    max_uses: int = 1,
    at_least_once: bool = False,
    finer: int = FINER,
) -> np.ndarray:
    """A cheap assignment.

    Parameters
    ----------
    x, y : ndarray of shape (n, d) and (m, d)
        Tiles and cells.
    few_x, few_y : ndarray of shape (n, f) and (m, f)
        The same on few axes, in which groups are formed.
    max_uses : int
        How often a tile may be used; must suffice.
    at_least_once : bool
        Use every tile.
    finer : int
        Groups of tiles for each group of cells: more are better and slower.

    Returns
    -------
    ndarray of intp, shape (m,)
        The tile of each cell.
    """
    tile = np.empty(len(y), np.intp)
    todo = [(np.arange(len(x)), np.arange(len(y)), max_uses)]
    while todo:
        tiles, cells, uses = todo.pop()
        if len(tiles) * uses == len(cells) <= FINE:
            tiles = np.repeat(tiles, uses)
            _, best = linear_sum_assignment(y[cells] @ x[tiles].T, maximize=True)
            tile[cells] = tiles[best]
            continue
        order, takers = leaves(few_y[cells], max(LEAST, -(-len(cells) // GROUPS)))
        cells = cells[order]
        order, givers = leaves(few_x[tiles], -(-len(tiles) // (GROUPS * finer)))
        tiles = tiles[order]
        given = _hand_out(x[tiles], givers, y[cells], takers, uses, at_least_once)
        parts = zip(
            np.split(tiles[given], takers[1:]), np.split(cells, takers[1:]), strict=True
        )
        todo += ((*part, 1) for part in parts)
    return tile


def leaves(points: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Groups of close points, `size` at most, from the leaves of a k-d tree.

    Returns
    -------
    order : ndarray of intp, shape (n,)
        The points, group by group.
    starts : ndarray of intp
        Where in it a group begins.
    """
    tree = cKDTree(points, leafsize=size, balanced_tree=True, compact_nodes=False)
    starts, nodes = [], [tree.tree]
    while nodes:
        node = nodes.pop()
        if node.lesser is None:  # more than `size` are in a leaf if they are all the same
            starts += range(node.start_idx, node.end_idx, size)
        else:
            nodes += [node.greater, node.lesser]
    return tree.indices, np.array(starts)


def _hand_out(
    x: np.ndarray,
    givers: np.ndarray,
    y: np.ndarray,
    takers: np.ndarray,
    max_uses: int,
    at_least_once: bool,
) -> np.ndarray:
    """The tiles, by number, that the groups of cells take, one group after the other."""
    (centres, spread, count), (wanted, _, demand) = _groups(x, givers), _groups(y, takers)
    table, supply = cdist(centres, wanted, "sqeuclidean") + spread[:, None], count * max_uses
    surplus = supply.sum() - len(y)
    if surplus:  # goes to nobody, at no cost
        unused = np.zeros(len(table))
        if at_least_once:  # but not the first use of any tile: at a cost that never pays
            unused = np.append(np.full(len(table), (len(y) + 1) * (table.max() or 1.0)), unused)
            table, supply = np.tile(table, (2, 1)), np.append(count, supply - count)
        table, demand = np.column_stack([table, unused]), np.append(demand, surplus)
    plan, *_, code = emd_c(supply, demand, table, ENDLESS, 1)
    if code != OPTIMAL:
        raise RuntimeError(f"the network simplex gave up with code {code}")
    giver, taker = np.nonzero(plan[:, : len(takers)])
    share = np.rint(plan[giver, taker]).astype(np.intp)
    giver, taker = np.repeat(giver % len(givers), share), np.repeat(taker, share)
    order = np.argsort(giver, kind="stable")
    giver, taker = giver[order], taker[order]
    turn = np.arange(len(giver)) - np.searchsorted(giver, giver)  # of a group, all take turns
    given = givers[giver] + turn % count.astype(np.intp)[giver]
    return given[np.argsort(taker, kind="stable")]


def _groups(points: np.ndarray, starts: np.ndarray) -> tuple:
    """Of every group the mean, the mean squared distance from it, and how many are in it."""
    count = np.diff(np.append(starts, len(points))).astype(np.float64)
    centres = np.add.reduceat(points, starts) / count[:, None]
    squares = np.add.reduceat(np.einsum("kd,kd->k", points, points), starts) / count
    return centres, squares - np.einsum("kd,kd->k", centres, centres), count

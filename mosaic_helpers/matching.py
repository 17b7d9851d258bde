"""Matching: which tile goes to which cell.

*Nearest* gives every cell the tile that suits it best, however often that tile is
used. *Optimal* uses each tile at most k times and makes the total cost as small as
that allows: an assignment problem, solved in `transport`.
"""

import time
from dataclasses import dataclass, field, replace

import numpy as np

from .features import (
    CHROMA_WEIGHT,
    DETAIL,
    MEAN_WEIGHT,
    cell_features,
    nearest_tiles,
    tile_features,
)
from .spacing import nearest_spaced, spread_copies
from .transport import check_enough_tiles, relative_gap, solve_approximate, solve_exact


@dataclass(frozen=True, repr=False)
class Match:
    """Says which tile each cell gets.

    Attributes
    ----------
    indices : numpy.ndarray of int, shape (rows, columns)
        Number of the tile in each cell.
    cost : float
        Mean over the cells of the squared distance between tile and cell, in the units
        of `features.lab_features` (ΔE² of CIELAB, weighted).
    lower_bound : float
        No match under the same conditions costs less.
    method : str
        "nearest" or "optimal".
    seconds : float
        How long it took.
    settings : dict
        What was asked: detail, chroma_weight, mean_weight, min_distance, max_uses.
    """

    indices: np.ndarray
    cost: float
    lower_bound: float
    method: str
    seconds: float
    settings: dict = field(default_factory=dict)

    def __repr__(self):
        rows, columns = self.indices.shape
        return (
            f"<Match: {columns} × {rows} cells, {self.method}, cost {self.cost:.2f}, "
            f"{self.distinct:,} different tiles, the most used {self.most_used} ×>"
        )

    @property
    def gap(self):
        """How far the cost may be above the optimum, as a fraction; 0 is proved optimal."""
        return relative_gap(self.cost, self.lower_bound)

    @property
    def distinct(self):
        """How many different tiles are used."""
        return len(np.unique(self.indices))

    @property
    def most_used(self):
        """How often the most used tile is used."""
        return int(np.bincount(self.indices.ravel()).max())


def match_nearest(
    tiles,
    target,
    *,
    min_distance=1,
    detail=DETAIL,
    chroma_weight=CHROMA_WEIGHT,
    mean_weight=MEAN_WEIGHT,
):
    """Give every cell the tile nearest to it.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    min_distance : int
        Copies of a tile are at least so many cells apart, along rows or along columns;
        1 lets them touch.
    detail, chroma_weight, mean_weight : int, float, float
        What is compared; see `features.tile_features`.

    Returns
    -------
    Match

    Raises
    ------
    MosaicError
        If there are too few tiles to keep them apart; says what would do.
    """
    pool = tile_features(tiles, detail, chroma_weight, mean_weight)
    cells = cell_features(target, detail, chroma_weight, mean_weight)
    settings = {"detail": detail, "chroma_weight": chroma_weight, "mean_weight": mean_weight}
    match = match_cells(
        pool, cells, (target.rows, target.columns), "nearest", min_distance=min_distance
    )
    return replace(match, settings=settings | match.settings)


def match_optimal(
    tiles,
    target,
    *,
    max_uses=None,
    min_distance=1,
    detail=DETAIL,
    chroma_weight=CHROMA_WEIGHT,
    mean_weight=MEAN_WEIGHT,
    approximate=False,
    on_progress=None,
):
    """Use each tile at most k times, at the least total cost.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    max_uses : int, optional
        k. If not given: once if there are as many tiles as cells, else the smallest
        number of times that fills the grid; the result says which in its settings.
    min_distance : int
        Copies of a tile are at least so many cells apart, along rows or along columns;
        1 lets them touch. This is done by swaps after the assignment, so the match is
        optimal but for what they cost; that is in its ``gap``.
    detail, chroma_weight, mean_weight : int, float, float
        What is compared; see `features.tile_features`.
    approximate : bool
        An answer close to the optimum at once, instead of the optimum with its proof.
    on_progress : callable, optional
        Called as ``on_progress(round, cost, lower_bound)`` while the solver works.

    Returns
    -------
    Match
        Its ``gap`` says how far from the optimum it may be.

    Raises
    ------
    MosaicError
        If the tiles cannot fill the grid; says what would do.
    """
    check_enough_tiles(len(tiles), len(target), max_uses, columns=target.columns)
    pool = tile_features(tiles, detail, chroma_weight, mean_weight)
    cells = cell_features(target, detail, chroma_weight, mean_weight)
    settings = {"detail": detail, "chroma_weight": chroma_weight, "mean_weight": mean_weight}
    method = "approximate" if approximate else "optimal"
    shape = target.rows, target.columns
    match = match_cells(
        pool, cells, shape, method, on_progress, max_uses=max_uses, min_distance=min_distance
    )
    return replace(match, settings=settings | match.settings)


def match_cells(
    pool,
    cells,
    shape,
    method,
    on_progress=None,
    *,
    min_distance=1,
    max_uses=None,
    on_improvement=None,
):
    """Match feature vectors: what `match_nearest` and `match_optimal` do at heart.

    Parameters
    ----------
    pool : numpy.ndarray, shape (n, d)
        Feature vectors of the tiles.
    cells : numpy.ndarray, shape (rows × columns, d)
        Feature vectors of the cells, row by row.
    shape : (int, int)
        Rows and columns.
    method : {"nearest", "approximate", "optimal"}
        Nearest, close to the optimum, or the optimum.
    on_progress, min_distance, max_uses, on_improvement : optional
        As for `match_nearest`, `match_optimal` and `solve_exact`.

    Returns
    -------
    Match
    """
    start = time.perf_counter()
    if method == "nearest":
        indices = nearest_tiles(pool, cells)[:, 0]
        bound = cost_per_cell(pool, cells, indices)
        if min_distance > 1:
            indices = nearest_spaced(pool, cells, shape, min_distance)
        settings = {"min_distance": min_distance}
    else:
        solve = solve_exact if method == "optimal" else solve_approximate
        options = {"certify": True}
        if method == "optimal":
            options = {"on_progress": on_progress, "on_improvement": on_improvement}
        answer = solve(pool, cells, max_uses, **options)
        indices, bound = answer.tile, answer.lower_bound / len(cells)
        if min_distance > 1:
            indices = spread_copies(pool, cells, shape, indices, min_distance, answer.max_uses)
        settings = {"max_uses": answer.max_uses, "min_distance": min_distance}
    cost = cost_per_cell(pool, cells, indices)
    seconds = time.perf_counter() - start
    name = "nearest" if method == "nearest" else "optimal"
    return Match(indices.reshape(shape), cost, bound, name, seconds, settings)


def cost_per_cell(pool, cells, indices):
    """Mean over the cells of the squared distance to the features of their tile."""
    return float(((pool[indices] - cells) ** 2).sum(axis=1).mean())

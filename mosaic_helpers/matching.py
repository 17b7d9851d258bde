"""Matching: which tile goes to which cell.

*Nearest* gives every cell the tile that suits it best, however often that tile is
used. *Optimal* uses each tile at most k times and makes the total cost as small as
that allows: an assignment problem, solved in `transport`.
"""

import time
from dataclasses import dataclass, field, replace

import numpy as np

from .apart import nearest_apart, swap_apart
from .colour import CHROMA, DETAIL, WHOLE, cell_features, tile_features
from .errors import MosaicError, whole_number
from .nearest import nearest
from .transport import solve_exact, solve_fast


@dataclass(frozen=True, repr=False)
class Match:
    """Says which tile each cell gets.

    Attributes
    ----------
    indices : numpy.ndarray of int, shape (rows, columns)
        Number of the tile in each cell.
    cost : float
        Mean over the cells of the squared distance between tile and cell, in the units
        of `colour.describe` (ΔE² of CIELAB, weighted).
    lower_bound : float
        No match under the same conditions costs less.
    method : str
        "nearest" or "optimal".
    seconds : float
        How long it took.
    settings : dict
        What was asked: detail, chroma, whole, apart, at_most.
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
        excess = self.cost - self.lower_bound
        return 0.0 if excess <= 1e-9 * self.cost else excess / max(self.lower_bound, 1e-300)

    @property
    def distinct(self):
        """How many different tiles are used."""
        return len(np.unique(self.indices))

    @property
    def most_used(self):
        """How often the most used tile is used."""
        return int(np.bincount(self.indices.ravel()).max())


def match_nearest(tiles, target, *, apart=0, detail=DETAIL, chroma=CHROMA, whole=WHOLE):
    """Give every cell the tile nearest to it.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    apart : int
        Keep the copies of a tile more than so many cells apart, along rows and along
        columns; 0 lets them touch.
    detail, chroma, whole : int, float, float
        What is compared; see `colour.tile_features`.

    Returns
    -------
    Match

    Raises
    ------
    MosaicError
        If there are too few tiles to keep them apart; says what would do.
    """
    pool = tile_features(tiles, detail, chroma, whole)
    cells = cell_features(target, detail, chroma, whole)
    settings = {"detail": detail, "chroma": chroma, "whole": whole}
    match = match_cells(pool, cells, (target.rows, target.columns), "nearest", apart=apart)
    return replace(match, settings=settings | match.settings)


def match_optimal(
    tiles,
    target,
    *,
    at_most=None,
    apart=0,
    detail=DETAIL,
    chroma=CHROMA,
    whole=WHOLE,
    quick=False,
    progress=None,
):
    """Use each tile at most k times, at the least total cost.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    at_most : int, optional
        k. If not given: once if there are as many tiles as cells, else the smallest
        number of times that fills the grid; the result says which in its settings.
    apart : int
        Keep the copies of a tile more than so many cells apart, along rows and along
        columns. This is done by swaps after the assignment, so the match is optimal but
        for what they cost; that is in its ``gap``.
    detail, chroma, whole : int, float, float
        What is compared; see `colour.tile_features`.
    quick : bool
        An answer close to the optimum at once, instead of the optimum with its proof.
    progress : callable, optional
        Called as ``progress(round, cost, lower_bound)`` while the solver works.

    Returns
    -------
    Match
        Its ``gap`` says how far from the optimum it may be.

    Raises
    ------
    MosaicError
        If the tiles cannot fill the grid; says what would do.
    """
    refuse_too_few(len(tiles), target, at_most)
    pool = tile_features(tiles, detail, chroma, whole)
    cells = cell_features(target, detail, chroma, whole)
    settings = {"detail": detail, "chroma": chroma, "whole": whole}
    method = "quick" if quick else "optimal"
    shape = target.rows, target.columns
    match = match_cells(pool, cells, shape, method, progress, at_most=at_most, apart=apart)
    return replace(match, settings=settings | match.settings)


def match_cells(
    pool, cells, shape, method, progress=None, *, apart=0, at_most=None, better=None
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
    method : {"nearest", "quick", "optimal"}
        Nearest, close to the optimum, or the optimum.
    progress, apart, at_most, better : optional
        As for `match_nearest`, `match_optimal` and `solve_exact`.

    Returns
    -------
    Match
    """
    start = time.perf_counter()
    if method == "nearest":
        indices = nearest(pool, cells)[:, 0]
        bound = _mean_cost(pool, cells, indices)
        if apart:
            indices = nearest_apart(pool, cells, shape, apart)
        settings = {"apart": apart}
    else:
        solve = solve_exact if method == "optimal" else solve_fast
        options = {"certify": True}
        if method == "optimal":
            options = {"progress": progress, "better": better}
        answer = solve(pool, cells, at_most, **options)
        indices, bound = answer.tile, answer.lower_bound / len(cells)
        if apart:
            indices = swap_apart(pool, cells, shape, indices, apart, answer.at_most)
        settings = {"at_most": answer.at_most, "apart": apart}
    cost = _mean_cost(pool, cells, indices)
    seconds = time.perf_counter() - start
    name = "nearest" if method == "nearest" else "optimal"
    return Match(indices.reshape(shape), cost, bound, name, seconds, settings)


def refuse_too_few(count, target, at_most):
    """Say what would do, where the tiles cannot fill the grid."""
    if at_most is None or whole_number(at_most, "use limit at_most", 1, 10**9) * count >= len(
        target
    ):
        return
    across = int((at_most * count * target.columns / target.rows) ** 0.5)
    while (
        across > 1 and across * round(across * target.rows / target.columns) > at_most * count
    ):
        across -= 1
    raise MosaicError(
        f"{len(target):,} cells need {len(target):,} uses of a picture, and {count:,} pictures "
        f"at most {at_most} × each have {at_most * count:,}: allow "
        f"{-(-len(target) // count)} uses, or take {across} cells across."
    )


def _mean_cost(pool, cells, indices):
    return float(((pool[indices] - cells) ** 2).sum(axis=1).mean())

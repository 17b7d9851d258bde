"""Matching: which tile goes to which cell.

*Nearest* gives every cell the tile that suits it best, however often that tile is
used. *Optimal* uses each tile at most k times and makes the total cost as small as
that allows: an assignment problem, solved in `transport`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import MosaicError, check_kinds, check_setting
from .features import (
    CHROMA_WEIGHT,
    DETAIL,
    MEAN_WEIGHT,
    cell_features,
    nearest_tiles,
    tile_features,
    unreached_share,
)
from .spacing import nearest_spaced, spread_copies
from .transport import check_enough_tiles, relative_gap, solve_approximate, solve_exact

if TYPE_CHECKING:
    from .target import Target
    from .tiles import TileSet


@dataclass(frozen=True, repr=False)
class Match:
    """Says which tile each cell gets.

    Attributes
    ----------
    indices : numpy.ndarray of int, shape (rows, columns)
        Number of the tile in each cell.
    cost : float
        Mean over the cells of the squared distance between tile and cell, as
        `tile_features` defines it (ΔE² of CIELAB, weighted).
    lower_bound : float
        No match under the same conditions costs less.
    method : str
        "nearest" or "optimal".
    seconds : float
        How long it took.
    settings : dict
        What was asked: detail, chroma_weight, mean_weight, min_distance, and for an optimal
        match max_uses and min_uses. Empty if the match was made by hand. If Control-C ended
        the search, ``"interrupted"`` is True.

    See Also
    --------
    match_nearest, match_optimal : make one.

    Examples
    --------
    A match of your own can be assembled and measured like any other. Here each of six
    cells gets the tile of its number:

    >>> import numpy as np
    >>> import mosaic_helpers as mh
    >>> indices = np.arange(6).reshape(2, 3)
    >>> match = mh.Match(indices, cost=0.0, lower_bound=0.0, method="nearest", seconds=0.0)
    >>> match
    <Match: 3 × 2 cells, nearest, cost 0.00, 6 different tiles, the most used 1 ×>
    >>> mh.assemble(mh.open_tiles("data/tiles.h5"), match)
    <Mosaic: 3 × 2 tiles, 96 × 64 pixels>
    """

    indices: np.ndarray
    cost: float
    lower_bound: float
    method: str
    seconds: float
    settings: dict[str, Any] = field(default_factory=dict)

    def __repr__(self):
        rows, columns = self.indices.shape
        method = f"{self.method}, interrupted" if self.interrupted else self.method
        return (
            f"<Match: {columns} × {rows} cells, {method}, cost {self.cost:.2f}, "
            f"{self.distinct:,} different tiles, the most used {self.most_used} ×>"
        )

    @property
    def interrupted(self) -> bool:
        """Whether Control-C ended the search, so that this is the best until then."""
        return bool(self.settings.get("interrupted"))

    @property
    def gap(self) -> float:
        """How far the cost may be above the optimum, as a fraction; 0 is proved optimal."""
        return relative_gap(self.cost, self.lower_bound)

    @property
    def distinct(self) -> int:
        """How many different tiles are used."""
        return len(np.unique(self.indices))

    @property
    def most_used(self) -> int:
        """How often the most used tile is used."""
        return int(np.bincount(self.indices.ravel()).max())


def match_nearest(
    tiles: TileSet,
    target: Target,
    *,
    min_distance: int = 1,
    detail: int = DETAIL,
    chroma_weight: float = CHROMA_WEIGHT,
    mean_weight: float = MEAN_WEIGHT,
) -> Match:
    """Give every cell the tile nearest to it.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    min_distance : int
        Copies of a tile are at least so many cells apart, along rows or along columns: 1
        (they may touch, the default) to 2000.
    detail : int
        Compare detail × detail parts of tile and cell, 1 to 8; 4 if not given.
    chroma_weight : float
        How much colour counts beside lightness, 0 to 10; 0.4 if not given.
    mean_weight : float
        How much the mean colour counts beside the parts, 0 to 10; 1 if not given.

    Returns
    -------
    Match
        With a cost in the units of `tile_features`, ΔE² of CIELAB.

    Raises
    ------
    MosaicError
        If a setting is out of range, or there are too few tiles to keep copies apart; says
        what would do.

    See Also
    --------
    match_optimal : limits how often a tile is used.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tiles = mh.open_tiles("data/tiles.h5")
    >>> match = mh.match_nearest(tiles, mh.open_target("chelsea", columns=30))
    >>> match.indices.shape, match.settings["detail"]
    ((20, 30), 4)
    """
    check_kinds(tiles=tiles, target=target)
    features = {"detail": detail, "chroma_weight": chroma_weight, "mean_weight": mean_weight}
    return _match(tiles, target, "nearest", features, min_distance=min_distance)


def match_optimal(
    tiles: TileSet,
    target: Target,
    *,
    max_uses: int | None = None,
    min_uses: int = 0,
    min_distance: int = 1,
    detail: int = DETAIL,
    chroma_weight: float = CHROMA_WEIGHT,
    mean_weight: float = MEAN_WEIGHT,
    approximate: bool = False,
    on_progress: Callable[[int, float, float], object] | None = None,
) -> Match:
    """Use each tile at most k times, at the least total cost.

    The assignment problem is solved by `solve_exact` or `solve_approximate`.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    max_uses : int, optional
        k, 1 or more. If not given: once if there are as many tiles as cells, else the
        smallest number of times that fills the grid; the settings of the result say which.
    min_uses : int
        1 uses every tile at least once, for which there must be as many cells as tiles;
        0 (the default) leaves out those that suit no cell.
    min_distance : int
        Copies of a tile are at least so many cells apart, along rows or along columns: 1
        (they may touch, the default) to 2000. Copies are moved apart after the assignment,
        so the match is optimal but for what that costs; its ``gap`` includes it.
    detail, chroma_weight, mean_weight : int, float, float
        What is compared, as for `match_nearest`, with the same defaults.
    approximate : bool
        Find an answer close to the optimum at once, instead of the optimum and its proof.
    on_progress : callable, optional
        Called as ``on_progress(round, cost, lower_bound)`` while the exact solver works.

    Returns
    -------
    Match
        Its ``gap`` says how far from the optimum it may be. Control-C while the exact
        solver works keeps the best so far: the match then says that it was ``interrupted``.

    Raises
    ------
    MosaicError
        If a setting is out of range, or the tiles cannot fill the grid so; says what would
        do.
    KeyboardInterrupt
        At Control-C, where there is no match yet.

    Examples
    --------
    60 tiles fill 600 cells if each is used ten times, and this is the best way to do it:

    >>> import mosaic_helpers as mh
    >>> tiles = mh.open_tiles("data/tiles.h5")
    >>> target = mh.open_target("chelsea", columns=30)
    >>> match = mh.match_optimal(tiles, target)
    >>> match.most_used, match.gap
    (10, 0.0)
    >>> match.settings["max_uses"]
    10

    With more freedom the cost falls, but nobody is left out:

    >>> freer = mh.match_optimal(tiles, target, max_uses=30, min_uses=1)
    >>> freer.distinct, freer.cost < match.cost
    (60, True)
    """
    check_kinds(tiles=tiles, target=target)
    _check_enough_tiles(tiles, target, max_uses, min_uses)
    features = {"detail": detail, "chroma_weight": chroma_weight, "mean_weight": mean_weight}
    method = "approximate" if approximate else "optimal"
    limits = {"max_uses": max_uses, "min_uses": min_uses, "min_distance": min_distance}
    return _match(tiles, target, method, features, on_progress=on_progress, **limits)


def _check_enough_tiles(tiles, target, max_uses, min_uses):
    """Refuse at once what cannot be filled, and say how many colours are missing, too."""
    if max_uses is not None:
        check_setting("max_uses", max_uses)
    try:
        check_enough_tiles(len(tiles), len(target), max_uses, min_uses, target.columns)
    except MosaicError as error:
        share = unreached_share(tiles, target) if len(tiles) < len(target) else 0.0
        if share < 0.005:
            raise
        missing = f"{share:.0%} of the cells have a colour that no tile has."
        raise MosaicError(f"{error} {missing}") from None


def _match(tiles, target, method, features, **options):
    """Match tiles and cells by their features, and note what was asked."""
    points, cells = tile_features(tiles, **features), cell_features(target, **features)
    match = match_cells(points, cells, (target.rows, target.columns), method, **options)
    return replace(match, settings=features | match.settings)


def match_cells(
    tiles,
    cells,
    shape,
    method,
    on_progress=None,
    *,
    min_distance=1,
    max_uses=None,
    min_uses=0,
    on_improvement=None,
):
    """Match feature vectors: what `match_nearest` and `match_optimal` do at heart.

    `tiles` has shape (n, d), `cells` (rows × columns, d), row by row, and `shape` is (rows,
    columns). The method is "nearest", "approximate" or "optimal", the rest as for
    `match_nearest`, `match_optimal` and `solve_exact`.
    """
    start = time.perf_counter()
    settings = {"min_distance": check_setting("min_distance", min_distance)}
    if method == "nearest":
        indices = nearest_tiles(tiles, cells)[:, 0]
        bound = cost_per_cell(tiles, cells, indices)
        if min_distance > 1:
            indices = nearest_spaced(tiles, cells, shape, min_distance)
    else:
        if method == "optimal":
            callbacks = {"on_progress": on_progress, "on_improvement": on_improvement}
            answer = solve_exact(tiles, cells, max_uses, min_uses=min_uses, **callbacks)
        else:
            answer = solve_approximate(tiles, cells, max_uses, min_uses=min_uses, certify=True)
        indices, bound = answer.tile, answer.lower_bound / len(cells)
        if answer.status == "interrupted":
            if min_distance > 1:
                raise KeyboardInterrupt  # copies are not yet kept apart
            settings["interrupted"] = True
        if min_distance > 1:
            indices = spread_copies(tiles, cells, shape, indices, min_distance, answer.max_uses)
        settings |= {"max_uses": answer.max_uses, "min_uses": min_uses}
    cost = cost_per_cell(tiles, cells, indices)
    seconds = time.perf_counter() - start
    name = "nearest" if method == "nearest" else "optimal"
    return Match(indices.reshape(shape), cost, bound, name, seconds, settings)


def cost_per_cell(tiles, cells, indices):
    """Mean over the cells of the squared distance to the features of their tile."""
    return float(((tiles[indices] - cells) ** 2).sum(axis=1).mean())

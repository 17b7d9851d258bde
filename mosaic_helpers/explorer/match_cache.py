"""Answers to the settings of the explorer: an approximate one at once, then the exact one.

Every step from tiles and a target to a match is done once and kept: the features of the
tiles for two choices of detail (4 MB for ten thousand tiles at detail 4, 15 MB at 8), the
last two pictures and three targets cut from them (36 MB each at twelve megapixels) with a
small copy of each, the last eight pictures as they were given, the means and features of
the cells of eight targets (4 MB each for ten thousand cells), and sixteen matches: some
tens of megabytes, at most about two hundred.
"""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from ..errors import MosaicError
from ..features import (
    CHROMA_WEIGHT,
    MEAN_WEIGHT,
    cell_area_means,
    lab_features,
    mean_of_parts,
    tile_area_means,
    tile_features,
)
from ..matching import Match, cost_per_cell, match_cells
from ..parallel import single_threaded_blas, thread_count, thread_pool
from ..photos.remote import refuse_unnamed
from ..spacing import check_spacing
from ..target import ALL, Target, crop_picture, open_target
from ..transport import check_enough_tiles, relative_gap
from ..transport.multiscale import assign_by_groups
from ..transport.swaps import neighbourhood, swap_neighbours

_MATCHES = 16
_SOURCES = 8
_PREVIEW = 800  # pixels that suffice for the longer side of a target in a first answer

_NEAREST_AXES = 12  # on which the nearest tiles are looked up
_TRANSPORT_AXES = 5  # on which tiles and cells are grouped
_SLACK = 1.0  # accept a neighbour that is farther than the nearest by this fraction
_FINER = 2  # groups of tiles for each group of cells
_NEIGHBOURS = 6  # with which a cell tries to swap


def _ignore(_):
    """Do nothing: nobody follows the search."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A match for some settings, and what it takes to show and judge it.

    Attributes
    ----------
    settings : dict
        The settings that it answers.
    target : Target
        The target, with no more pixels than a screen needs.
    match : Match
        Which tile is in which cell.
    target_means : numpy.ndarray of float, shape (rows, columns, 3)
        Average colour of each cell, linear light.
    tile_means : numpy.ndarray of float, shape (n, 3)
        Average colour of each tile, linear light.
    bound : float or None
        No match costs less, in the units of its cost; None if unknown.
    final : bool
        Whether this is the exact answer; otherwise it is approximate.
    """

    settings: dict
    target: Target
    match: Match
    target_means: np.ndarray
    tile_means: np.ndarray
    bound: float | None = None
    final: bool = False

    @property
    def gap(self):
        """How far the cost may be above the least, as a fraction; None if unknown."""
        return None if self.bound is None else relative_gap(self.match.cost, self.bound)

    def with_bound(self, bound):
        """The same answer with a lower bound, if that is better than the known one."""
        return replace(self, bound=max(bound or 0.0, self.bound or 0.0) or None)


class MatchCache:
    """Matches of a tile set with any target, computed once each.

    Settings are a dict: source and crop (of the target), columns, method, min_distance,
    max_uses and detail, as the traits of `ExplorerModel`.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    """

    def __init__(self, tiles):
        self.tiles = tiles
        self._sources = []
        self._matches = {}
        self._picture = lru_cache(maxsize=2)(self._open_picture)
        self._target = lru_cache(maxsize=3)(self._open_target)
        self._preview = lru_cache(maxsize=3)(self._reduce_target)
        self._cells = lru_cache(maxsize=8)(self._describe_cells)
        self._matcher = lru_cache(maxsize=2)(self._make_matcher)

    @single_threaded_blas()
    def approximate(self, settings):
        """Answer at once: exactly if the exact match is known, otherwise approximately."""
        known = self._matches.get(self._key(settings))
        if known is not None:
            return self._exact_answer(settings, known)
        target, matcher, cells, _ = self._prepare(settings, exact=False)
        limits = self._limits(settings, target)
        if settings["method"] == "nearest":
            tile = matcher.nearest(cells)
        else:
            tile = matcher.optimal(cells, limits["max_uses"])
            previous = self._previous_tiles(target, limits["max_uses"])
            if previous is not None:  # where they do as well, no tile moves without need
                choices = (previous, tile)
                costs = [cost_per_cell(matcher.tile_features, cells, each) for each in choices]
                tile = choices[int(np.argmin(costs))]
        return self._approximate_answer(settings, tile, limits, exact=False)

    def exact(self, settings, on_progress=_ignore, on_improvement=_ignore):
        """Find the exact answer.

        ``on_progress(bound)`` is called with the best lower bound so far, in the units of the
        cost of a match, and ``on_improvement(answer)`` with each better answer on the way.
        What they raise ends the search and is passed on.
        """
        key = self._key(settings)
        if key not in self._matches:
            match = self._exact_match(settings, on_progress, on_improvement)
            if len(self._matches) >= _MATCHES:
                del self._matches[next(iter(self._matches))]
            self._matches[key] = match
        return self._exact_answer(settings, self._matches[key])

    def with_exact_cost(self, answer):
        """The same answer with the cost that follows from all pixels of the target."""
        if answer.target is self.target(answer.settings):
            return answer  # it has that cost already
        _, matcher, cells, _ = self._prepare(answer.settings, exact=True)
        cost = cost_per_cell(matcher.tile_features, cells, answer.match.indices.ravel())
        return replace(answer, match=replace(answer.match, cost=cost))

    def target(self, settings):
        """The target with all its pixels."""
        return self._target(*self._place(settings))

    # Matches and answers

    def _prepare(self, settings, exact):
        """The target for the screen, the tiles, and the features and means of the cells.

        These are exact if they follow from all pixels of the target.
        """
        place, detail = self._place(settings), settings["detail"]
        preview = self._preview(*place)
        exact = exact or preview is self._target(*place)
        return preview, self._matcher(detail), *self._cells(exact, *place, detail)

    def _limits(self, settings, target):
        """What a match must keep to; refuses what cannot be met."""
        if settings["method"] == "nearest":
            distance = settings["min_distance"]
            check_spacing(len(self.tiles), (target.rows, target.columns), distance)
            return {"min_distance": distance}
        max_uses, columns = settings["max_uses"] or None, target.columns
        max_uses = check_enough_tiles(len(self.tiles), len(target), max_uses, columns=columns)
        return {"max_uses": max_uses}

    def _exact_match(self, settings, on_progress, on_improvement):
        target, matcher, cells, _ = self._prepare(settings, exact=True)
        limits = self._limits(settings, target)
        match = match_cells(
            matcher.tile_features,
            cells,
            (target.rows, target.columns),
            settings["method"],
            lambda _round, _cost, bound: on_progress(bound / len(target)),
            on_improvement=lambda tile: on_improvement(
                self._approximate_answer(settings, tile, limits, exact=True)
            ),
            **limits,
        )
        weights = {"chroma_weight": CHROMA_WEIGHT, "mean_weight": MEAN_WEIGHT}
        compared = {"detail": settings["detail"], **weights}
        return replace(match, settings=compared | match.settings)

    def _approximate_answer(self, settings, tile, limits, exact):
        """An answer with those tiles in the cells; nothing is proved about it."""
        target, matcher, cells, means = self._prepare(settings, exact)
        cost = cost_per_cell(matcher.tile_features, cells, tile)
        indices = tile.reshape(target.rows, target.columns)
        match = Match(indices, cost, 0.0, settings["method"], 0.0, limits)
        return Answer(settings, target, match, means, self._tile_means)

    def _exact_answer(self, settings, match):
        target, _, _, means = self._prepare(settings, exact=True)
        bound = match.lower_bound
        return Answer(settings, target, match, means, self._tile_means, bound, final=True)

    def _previous_tiles(self, target, max_uses):
        """The tiles of the last exact match, if they fit this grid and limit."""
        for match in list(self._matches.values())[-1:]:
            same = match.indices.shape == (target.rows, target.columns)
            return match.indices.ravel() if same and match.most_used <= max_uses else None
        return None

    # What is kept, and by which keys

    def _key(self, settings):
        """What a match depends on."""
        limit = "min_distance" if settings["method"] == "nearest" else "max_uses"
        return *self._place(settings), *(settings[name] for name in ("detail", "method", limit))

    def _place(self, settings):
        """What the target and its cells depend on."""
        return self._number(settings["source"]), settings["crop"], settings["columns"]

    def _number(self, source):
        """The number of a source; one that cannot be compared is equal only to itself."""
        plain = isinstance(source, (str, bytes, int, Path))
        for number, known in enumerate(self._sources):
            if known is source or (plain and type(known) is type(source) and known == source):
                return number
        self._sources.append(source)
        for old in range(len(self._sources) - _SOURCES):
            self._sources[old] = b""  # chosen again, it gets a new number
        return len(self._sources) - 1

    def _open_picture(self, number):
        source = self._sources[number]
        if isinstance(source, int) and not 0 <= source < len(self.tiles):
            raise MosaicError(f"There is no tile number {source}: there are {len(self.tiles)}.")
        picture = source
        if isinstance(source, int):
            picture = self.tiles.photo(source)
            refuse_unnamed(picture)
        return crop_picture(picture, ALL)

    def _open_target(self, number, crop, columns):
        return open_target(self._picture(number), columns, crop=crop)

    def _reduce_target(self, *place):
        target = self._target(*place)
        factor = max(target.pixels.shape) // _PREVIEW
        if factor < 2:
            return target
        return Target(np.asarray(target.image.reduce(factor)), target.rows, target.columns)

    def _describe_cells(self, exact, *place_and_detail):
        *place, detail = place_and_detail
        target = self._target(*place) if exact else self._preview(*place)
        light = cell_area_means(target, detail)
        means = mean_of_parts(light).reshape(target.rows, target.columns, 3)
        return lab_features(light, CHROMA_WEIGHT, MEAN_WEIGHT), means

    def _make_matcher(self, detail):
        return FastMatcher(tile_features(self.tiles, detail, CHROMA_WEIGHT, MEAN_WEIGHT))

    @cached_property
    def _tile_means(self):
        return tile_area_means(self.tiles, 1)[:, 0, 0]


class FastMatcher:
    """The features of the tiles, prepared for approximate matching.

    Feature vectors of fifty numbers are compared on the few principal axes along which tiles
    differ most. One number more says how far a tile lies off these axes: a distance that no
    cell can change. The result is good enough to look at until the exact answer is there.
    """

    def __init__(self, tile_features):
        self.tile_features = tile_features
        self._centre = tile_features.mean(axis=0)
        centred = tile_features - self._centre
        self._axes = np.linalg.eigh(centred.T @ centred)[1]
        self._tree = cKDTree(self._project(tile_features, _NEAREST_AXES, residual=True))
        self._reduced = self._project(tile_features, _TRANSPORT_AXES, residual=True)

    def nearest(self, cells):
        """A tile near each cell, mostly the nearest."""
        return self._tree.query(
            self._project(cells, _NEAREST_AXES), eps=_SLACK, workers=thread_count()
        )[1]

    def optimal(self, cells, max_uses):
        """The tile of each cell, none more than so often, at a cost close to the least."""
        tiles, cells = self._reduced, self._project(cells, _TRANSPORT_AXES)
        with thread_pool() as executor:  # one core finds neighbours while another assigns
            pending = executor.submit(neighbourhood, cells, _NEIGHBOURS, _SLACK)
            assigned = assign_by_groups(tiles, cells, tiles, cells, max_uses, finer=_FINER)
        placed, neighbours = tiles[assigned], pending.result()
        order = swap_neighbours(
            placed, cells, placed, cells, _NEIGHBOURS, 1, _SLACK, neighbours
        )
        return assigned[order]

    def _project(self, points, count, residual=False):
        """Coordinates on the last `count` axes, and the distance from them (0 for cells)."""
        centred = points - self._centre
        projected = centred @ self._axes[:, -count:]
        off = np.zeros(len(points))
        if residual:
            off = np.sqrt(((centred**2).sum(axis=1) - (projected**2).sum(axis=1)).clip(0))
        return np.column_stack([projected, off])

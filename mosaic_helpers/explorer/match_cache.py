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

from ..features import (
    CHROMA_WEIGHT,
    MEAN_WEIGHT,
    area_means,
    cell_light,
    lab_features,
    mean_of_parts,
    tile_features,
)
from ..matching import Match, cost_per_cell, match_cells
from ..parallel import single_threaded_blas
from ..spacing import check_spacing
from ..target import ALL, Target, crop_picture, open_target
from ..transport import check_enough_tiles, relative_gap
from .approximate import FastMatcher

_MATCHES = 16
_SOURCES = 8
_PREVIEW = 800  # pixels that suffice for the longer side of a target in a first answer


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
        """Answer at once: exactly if the exact match is known, otherwise approximately.

        Parameters
        ----------
        settings : dict

        Returns
        -------
        Answer

        Raises
        ------
        MosaicError
            If the settings cannot be met.
        """
        known = self._matches.get(self._key(settings))
        if known is not None:
            return self._exact_answer(settings, known)
        target, limits = self._preview(*self._place(settings)), self._limits(settings)
        matcher = self._matcher(settings["detail"])
        cells = self._describe(settings, exact=False)[1]
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

    def exact(self, settings, on_progress=None, on_improvement=None):
        """Find the exact answer.

        Parameters
        ----------
        settings : dict
        on_progress : callable, optional
            Called as ``on_progress(bound)`` with the best lower bound so far, in the units of
            the cost of a match. What it raises ends the search and is passed on.
        on_improvement : callable, optional
            Called as ``on_improvement(answer)`` with each better answer on the way.

        Returns
        -------
        Answer

        Raises
        ------
        MosaicError
            If the settings cannot be met.
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
        if self._is_small(answer.settings):
            return answer  # it has that cost already
        cost = self._cost(answer.settings, answer.match.indices.ravel(), exact=True)
        return replace(answer, match=replace(answer.match, cost=cost))

    def target(self, settings):
        """The target with all its pixels."""
        return self._target(*self._place(settings))

    # Matches and answers

    def _exact_match(self, settings, on_progress, on_improvement):
        target, limits = self.target(settings), self._limits(settings)

        def progress(_round, _cost, bound):
            if on_progress:
                on_progress(bound / len(target))

        def improvement(tile):
            if on_improvement:
                on_improvement(self._approximate_answer(settings, tile, limits, exact=True))

        match = match_cells(
            self._matcher(settings["detail"]).tile_features,
            self._describe(settings, exact=True)[1],
            (target.rows, target.columns),
            settings["method"],
            progress,
            on_improvement=improvement,
            **limits,
        )
        compared = {
            "detail": settings["detail"],
            "chroma_weight": CHROMA_WEIGHT,
            "mean_weight": MEAN_WEIGHT,
        }
        return replace(match, settings=compared | match.settings)

    def _limits(self, settings):
        """What a match must keep to; refuses what cannot be met."""
        target, count = self.target(settings), len(self.tiles)
        if settings["method"] == "nearest":
            min_distance = settings["min_distance"]
            check_spacing(count, (target.rows, target.columns), min_distance)
            return {"min_distance": min_distance}
        max_uses = settings["max_uses"] or None
        return {
            "max_uses": check_enough_tiles(count, len(target), max_uses, columns=target.columns)
        }

    def _approximate_answer(self, settings, tile, limits, exact):
        """An answer with the tile of each cell, which nothing is proved of."""
        target = self._preview(*self._place(settings))
        indices = tile.reshape(target.rows, target.columns)
        cost = self._cost(settings, tile, exact)
        match = Match(indices, cost, 0.0, settings["method"], 0.0, limits)
        means = self._describe(settings, exact)[0]
        return Answer(settings, target, match, means, self._tile_means)

    def _exact_answer(self, settings, match):
        target = self._preview(*self._place(settings))
        means = self._describe(settings, exact=True)[0]
        return Answer(
            settings, target, match, means, self._tile_means, match.lower_bound, final=True
        )

    def _cost(self, settings, tile, exact):
        features = self._matcher(settings["detail"]).tile_features
        return cost_per_cell(features, self._describe(settings, exact)[1], tile)

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

    def _is_small(self, settings):
        """Whether the preview of the target is the target itself."""
        return self._preview(*self._place(settings)) is self.target(settings)

    def _describe(self, settings, exact):
        """Means and features of the cells, from all pixels of the target or the preview."""
        exact = exact or self._is_small(settings)
        return self._cells(exact, *self._place(settings), settings["detail"])

    def _open_picture(self, number):
        source = self._sources[number]
        return crop_picture(
            self.tiles.photo(source) if isinstance(source, int) else source, ALL
        )

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
        light = cell_light(target, detail)
        means = mean_of_parts(light).reshape(target.rows, target.columns, 3)
        return means, lab_features(light, CHROMA_WEIGHT, MEAN_WEIGHT)

    def _make_matcher(self, detail):
        return FastMatcher(tile_features(self.tiles, detail, CHROMA_WEIGHT, MEAN_WEIGHT))

    @cached_property
    def _tile_means(self):
        return np.concatenate([area_means(block, 1)[:, 0, 0] for block in self.tiles.blocks()])

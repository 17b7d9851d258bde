"""Every step from tiles and a target to a match, done once and kept.

What is kept: the features of the tiles for two choices of detail (4 MB for ten thousand at
detail 4, 15 MB at 8), the last two pictures and three targets cut from them (36 MB each, if
they have twelve megapixels) with a small copy of each, the last eight pictures as they were
given, the light of the cells of two (2 MB for ten thousand cells at detail 4) and the features
of eight (4 MB each), and sixteen matches: some tens of megabytes, and at most some two hundred.
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..features import (
    CHROMA_WEIGHT,
    MEAN_WEIGHT,
    area_means,
    cell_area_means,
    lab_features,
    mean_of_parts,
    tile_features,
)
from ..matching import Match, cost_per_cell, match_cells
from ..parallel import single_threaded_blas
from ..spacing import check_spacing
from ..target import ALL, Target, crop_picture, open_target
from ..transport import check_enough_tiles, least_uses
from .approximate import Sketcher

_MATCHES = 16
_SOURCES = 8
_COARSE = 800  # pixels that do for the longer side of a target in a first answer


class Workbench:
    """Matches for what is asked, from tiles that stay the same.

    What is asked is a dict: source and crop (of the target), columns, method,
    min_distance, max_uses and detail, as the traits of `ExplorerModel`.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    """

    def __init__(self, tiles):
        self.tiles = tiles
        self._sources = []
        self._matches = {}
        self._picture = lru_cache(maxsize=2)(self._decode)
        self._target = lru_cache(maxsize=3)(self._open)
        self._coarse = lru_cache(maxsize=3)(self._reduce)
        self._light = lru_cache(maxsize=2)(self._shine)
        self._wanted = lru_cache(maxsize=8)(self._colours)
        self._cells = lru_cache(maxsize=8)(self._describe)
        self._sketcher = lru_cache(maxsize=2)(
            lambda detail: Sketcher(tile_features(tiles, detail, CHROMA_WEIGHT, MEAN_WEIGHT))
        )
        self.averages = lru_cache(maxsize=1)(self._average)

    def has(self, asked):
        """Whether the true match for this is known."""
        return self._key(asked) in self._matches

    def target(self, asked):
        """The target, opened and cut into cells."""
        return self._target(*self._key(asked)[:3])

    def preview(self, asked):
        """The same with no more pixels than a first answer needs."""
        return self._coarse(*self._key(asked)[:3])

    def wanted(self, asked, exact=True):
        """The colours of its cells in linear light, shape (rows, columns, 3)."""
        *where, _, _, detail = self._key(asked)
        return self._wanted(self._exact(asked, exact), *where, detail)

    @single_threaded_blas()
    def sketch(self, asked):
        """Find a first answer, a Match that nothing is proved of."""
        target, sketcher, cells = self._prepared(asked, exact=False)
        if asked["method"] == "nearest":
            check_spacing(len(self.tiles), (target.rows, target.columns), asked["min_distance"])
            settings, tile = {"min_distance": asked["min_distance"]}, sketcher.nearest(cells)
        else:
            max_uses = check_enough_tiles(
                len(self.tiles), len(target), asked["max_uses"] or None, columns=target.columns
            )
            settings, tile = {"max_uses": max_uses}, sketcher.optimal(cells, max_uses)
            stay = self._before(target, max_uses)
            if stay is not None and cost_per_cell(sketcher.pool, cells, stay) < cost_per_cell(
                sketcher.pool, cells, tile
            ):
                tile = stay  # then no tile moves that need not
        return self._as_match(asked, tile, settings, exact=False)

    def weighed(self, asked, match):
        """The same match with its true cost, where that of a sketch is one of fewer pixels."""
        if self._exact(asked, False):
            return match
        return self._as_match(asked, match.indices.ravel(), match.settings, exact=True)

    def _as_match(self, asked, tile, settings, exact):
        target, sketcher, cells = self._prepared(asked, exact)
        indices = tile.reshape(target.rows, target.columns)
        cost = cost_per_cell(sketcher.pool, cells, tile)
        return Match(indices, cost, 0.0, asked["method"], 0.0, settings)

    def _before(self, target, max_uses):
        """The tiles of the last match, if they would do here, too."""
        for last in list(self._matches.values())[-1:]:
            same = last.indices.shape == (target.rows, target.columns)
            return last.indices.ravel() if same and last.most_used <= max_uses else None
        return None

    def match(self, asked, heard, better=lambda match: None):
        """Find the true answer, a Match.

        Parameters
        ----------
        asked : dict
        heard : callable
            Called as ``heard(round, cost, lower_bound)`` while the solver works.
        better : callable
            Called with every better match on the way to the optimal one.
        """
        key = self._key(asked)
        if key not in self._matches:
            target, sketcher, cells = self._prepared(asked, exact=True)
            limit = {"min_distance": asked["min_distance"]}
            if asked["method"] == "optimal":
                max_uses = asked["max_uses"] or least_uses(len(self.tiles), len(target))
                settings = {"max_uses": max_uses}
                limit = settings | {
                    "on_improvement": lambda tile: better(
                        self._as_match(asked, tile, settings, exact=True)
                    )
                }
            shape = target.rows, target.columns
            found = match_cells(sketcher.pool, cells, shape, asked["method"], heard, **limit)
            compared = {
                "detail": asked["detail"],
                "chroma_weight": CHROMA_WEIGHT,
                "mean_weight": MEAN_WEIGHT,
            }
            found = replace(found, settings=compared | found.settings)
            if len(self._matches) >= _MATCHES:
                del self._matches[next(iter(self._matches))]
            self._matches[key] = found
        return self._matches[key]

    def _prepared(self, asked, exact):
        where, detail = self._key(asked)[:3], asked["detail"]
        cells = self._cells(self._exact(asked, exact), *where, detail)
        return self._target(*where), self._sketcher(detail), cells

    def _exact(self, asked, exact):
        """Whether all pixels of the target count; of a small one they always do."""
        return exact or self.preview(asked) is self.target(asked)

    def _key(self, asked):
        """What a match depends on."""
        source = self._number(asked["source"])
        limit = asked["min_distance" if asked["method"] == "nearest" else "max_uses"]
        return source, asked["crop"], asked["columns"], asked["method"], limit, asked["detail"]

    def _number(self, source):
        """The number of a target; what cannot be compared is the same if it is the same."""
        plain = isinstance(source, (str, bytes, int, Path))
        for number, seen in enumerate(self._sources):
            if seen is source or (plain and type(seen) is type(source) and seen == source):
                return number
        self._sources.append(source)
        for old in range(len(self._sources) - _SOURCES):
            self._sources[old] = b""  # chosen again, it gets a new number
        return len(self._sources) - 1

    def _decode(self, source):
        picture = self._sources[source]
        if isinstance(picture, int):
            picture = self.tiles.photo(picture)
        return crop_picture(picture, ALL)

    def _open(self, source, crop, columns):
        return open_target(crop_picture(self._picture(source), crop), columns)

    def _reduce(self, *where):
        target = self._target(*where)
        factor = max(target.pixels.shape) // _COARSE
        if factor < 2:
            return target
        return Target(np.asarray(target.image.reduce(factor)), target.rows, target.columns)

    def _shine(self, exact, *where_and_detail):
        *where, detail = where_and_detail
        return cell_area_means(self._target(*where) if exact else self._coarse(*where), detail)

    def _colours(self, *which):
        target = self._target(*which[1:4])
        return mean_of_parts(self._light(*which)).reshape(target.rows, target.columns, 3)

    def _describe(self, *which):
        return lab_features(self._light(*which), CHROMA_WEIGHT, MEAN_WEIGHT)

    def _average(self):
        """The average colour of every tile, linear light, shape (n, 3)."""
        return np.concatenate([area_means(block, 1)[:, 0, 0] for block in self.tiles.blocks()])

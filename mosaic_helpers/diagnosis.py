"""Diagnosis: what a set of tiles can and cannot do for a target, before anything is laid.

Three questions are answered. Which colours of the target do the tiles not have? How large
is the error that no choice of tiles avoids, if each may be used once, twice, three times
or at will? And what would more pictures of the same kind bring?
"""

import math
from dataclasses import dataclass

import numpy as np

from .colour import (
    CHROMA,
    DETAIL,
    WHOLE,
    cell_features,
    describe,
    means,
    tile_features,
    to_srgb,
)
from .errors import whole_number
from .nearest import nearest
from .tint import wanted_colours
from .transport import least_uses, lower_bound, solve_exact

# Farther than this from every tile (ΔE*ab, of averages), a colour counts as not reached:
# the difference is seen at a glance.
REACH = 5.0

# Colours nearer to each other than this are one entry in the list of the worst.
_ALIKE = 15.0
_LISTED = 5

_HUES = ["pink", "red", "orange", "yellow", "green", "turquoise", "blue", "violet", "purple"]
# Up to which angle (degrees, in the a*-b* plane) each of them goes.
_UP_TO = [15, 45, 75, 105, 165, 225, 308, 322, 345]


@dataclass(frozen=True)
class Unreached:
    """A colour of the target that no tile has.

    Attributes
    ----------
    srgb : tuple of int
        Red, green and blue, 0 to 255.
    name : str
        In words, roughly.
    distance : float
        ΔE*ab to the average colour of the nearest tile.
    share : float
        Fraction of the cells that have such a colour and are not reached either.
    """

    srgb: tuple
    name: str
    distance: float
    share: float


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What a set of tiles can do for a target; print it to read it.

    Attributes
    ----------
    tiles, cells : int
        How many there are.
    reach : numpy.ndarray of float, shape (rows, columns)
        ΔE*ab from the average colour of each cell to that of the nearest tile.
    worst : list of Unreached
        The worst of what is not reached, each standing for colours like it.
    least : dict of {int or math.inf: float or None}
        For 1, 2, 3, `uses` and any number of uses of a tile, the error that no match
        avoids: the root of the mean squared distance, in the units of `colour.describe`.
        None if the tiles do not fill the grid so.
    sample : float
        1 if `least` was worked out, and proved by the dual, on all cells and tiles;
        else it is an estimate: proved for a random sample of this fraction of both.
    uses : int
        How often a tile must be used at least, to fill the grid.
    growth : dict of {1, 2, 4: float}
        Estimated error with so many times the pictures, at `uses` of each.
    """

    tiles: int
    cells: int
    reach: np.ndarray
    worst: list
    least: dict
    sample: float
    uses: int
    growth: dict

    def __repr__(self):
        return (
            f"<Diagnosis: {self.tiles:,} tiles for {self.cells:,} cells; print it to read it>"
        )

    def __str__(self):
        return "\n".join([*_tell_reach(self), *_tell_least(self), *_tell_growth(self)])


def diagnose(tiles, target, *, detail=DETAIL, chroma=CHROMA, whole=WHOLE, most=2000):
    """Say what a set of tiles can and cannot do for a target.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    detail, chroma, whole : int, float, float
        What is compared for the errors; see `colour.tile_features`. Colours that are not
        reached are those of whole cells.
    most : int
        With more cells than this, work out the errors on a random sample of so many.

    Returns
    -------
    Diagnosis
        The same on every run.
    """
    most = whole_number(most, "number of cells in the sample", 4, 10**9)
    pool = tile_features(tiles, detail, chroma, whole)
    cells = cell_features(target, detail, chroma, whole)
    reach, worst = _reach(tiles, target)
    uses, rng = least_uses(len(pool), len(cells)), np.random.default_rng(0)
    share = min(1.0, most / len(cells))
    some_pool, some_cells = _sample(rng, pool, share), _sample(rng, cells, share)
    least = {k: _least_error(some_pool, some_cells, k) for k in sorted({1, 2, 3, uses})}
    chosen = pool[nearest(pool, cells)[:, 0]]
    least[math.inf] = math.sqrt(((chosen - cells) ** 2).sum(axis=1).mean())
    growth = _growth(rng, some_pool, some_cells, uses)
    return Diagnosis(len(pool), len(cells), reach, worst, least, share, uses, growth)


def _sample(rng, points, share):
    # Rounded up, so that tiles that sufficed still do when as many uses as cells are left.
    count = max(1, math.ceil(len(points) * share))
    return points if share == 1 else points[np.sort(rng.permutation(len(points))[:count])]


def _least_error(pool, cells, uses):
    """What no assignment beats, proved by the prices of the solver; None if there is none."""
    if len(pool) * uses < len(cells):
        return None
    answer = solve_exact(pool, cells, uses)
    bound = lower_bound(pool, cells, answer.tile_potential, uses)
    return math.sqrt(bound / len(cells))


def _growth(rng, pool, cells, uses):
    """Error with once, twice and four times the pictures, from a model on a smaller scale.

    A quarter of the cells and a quarter of the tiles stand for things as they are; the
    same cells with half and with all of the tiles for twice and four times the pictures.
    How the squared error falls there is taken to be how it would fall in full.
    """
    order, some = rng.permutation(len(pool)), _sample(rng, cells, 0.25)
    counts = {times: min(len(pool), math.ceil(len(pool) * times / 4)) for times in (1, 2, 4)}
    uses = max(uses, least_uses(counts[1], len(some)))
    model = {t: _least_error(pool[order[:count]], some, uses) for t, count in counts.items()}
    now = _least_error(pool, cells, max(uses, least_uses(len(pool), len(cells))))
    return {t: now * (error / model[1] if model[1] else 1.0) for t, error in model.items()}


def _reach(tiles, target):
    """Distance of each cell to the nearest tile, and the worst colours, one of a kind."""
    light = wanted_colours(target)
    cells = describe(light.reshape(-1, 1, 1, 3))
    pool = describe(np.concatenate([means(block, 1) for block in tiles.blocks()]))
    gap = pool[nearest(pool, cells)[:, 0]] - cells
    distance = np.sqrt((gap**2).sum(axis=1))
    worst, left = [], distance > REACH
    while left.any() and len(worst) < _LISTED:
        one = int(np.where(left, distance, 0).argmax())
        alike = left & (np.sqrt(((cells - cells[one]) ** 2).sum(axis=1)) <= _ALIKE)
        srgb = tuple(to_srgb(light.reshape(-1, 3)[one]).tolist())
        worst.append(Unreached(srgb, _name(cells[one]), float(distance[one]), alike.mean()))
        left &= ~alike
    return distance.reshape(target.rows, target.columns), worst


def _name(lab):
    """Name a colour, roughly: how light, and which hue."""
    lightness, chroma = lab[0], math.hypot(lab[1], lab[2])
    if chroma < 8:
        steps = [(10, "black"), (40, "dark grey"), (65, "grey"), (92, "light grey")]
        return next((name for limit, name in steps if lightness < limit), "white")
    angle = math.degrees(math.atan2(lab[2], lab[1])) % 360
    hue = next((h for h, limit in zip(_HUES, _UP_TO, strict=True) if angle < limit), "pink")
    tone = "dark " if lightness < 30 else "light " if lightness > 75 else ""
    return tone + ("" if chroma > 25 else "greyish ") + hue


def _tell_reach(diagnosis):
    far = (diagnosis.reach > REACH).mean()
    yield f"{diagnosis.tiles:,} tiles for {diagnosis.cells:,} cells."
    if not far:
        yield f"Every colour of the target is within {REACH:.0f} (ΔE) of some tile."
        return
    yield f"{far:.1%} of the cells have a colour that no tile has (ΔE above {REACH:.0f}):"
    for colour in diagnosis.worst:
        code = "".join(f"{value:02x}" for value in colour.srgb)
        yield (
            f"  {colour.name} (#{code}), {colour.distance:.0f} from the nearest tile; "
            f"with what is like it {colour.share:.1%} of the cells"
        )


def _tell_least(diagnosis):
    proof = "proved"
    if diagnosis.sample < 1:
        proof = f"estimated on a random {diagnosis.sample:.0%} of cells and tiles"
    yield f"The least error that is possible ({proof}):"
    for uses, error in diagnosis.least.items():
        how = "at will" if uses == math.inf else f"at most {uses} ×"
        told = "not possible, too few tiles" if error is None else f"{error:.1f}"
        yield f"  each tile {how}: {told}"


def _tell_growth(diagnosis):
    now, twice, four = (diagnosis.growth[times] for times in (1, 2, 4))
    yield (
        f"More pictures of the same kind, each at most {diagnosis.uses} ×, would bring the "
        f"error from {now:.1f} to about {twice:.1f} with twice as many and {four:.1f} with "
        "four times as many (an estimate, from smaller samples)."
    )

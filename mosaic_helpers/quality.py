"""How good is a mosaic? In numbers, so that two can be compared.

Everything is worked out from the averages, in linear light, of 8 × 8 parts of each cell,
on one side of the mosaic and on the other of its target. So whatever changes one of the
measures also changes these averages, and *fidelity* shows it: nobody scores by repainting.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn, idctn
from skimage.color import deltaE_cie76, deltaE_ciede2000, xyz2lab
from skimage.color.colorconv import xyz_from_rgb
from skimage.metrics import structural_similarity

from .errors import whole_number
from .features import (
    CHROMA_WEIGHT,
    DETAIL,
    MEAN_WEIGHT,
    area_means,
    cell_features,
    lab_features,
    linear_to_lab,
    linear_to_srgb,
    nearest_tiles,
    tile_features,
)
from .photos import open_photo
from .tint import shift, wanted_colours
from .transport import least_uses, lower_bound, solve_exact

# Averages along a side of each cell; a multiple of the 4 of ΔE₀₀ and SSIM.
SAMPLES = 8

# How wide a cell appears to the eye of S-CIELAB, in degrees: a centimetre seen from nearly
# six metres, where tiles begin to blend.
CELL_DEGREES = 0.1

# XYZ to a black-white, a red-green and a blue-yellow channel, and for each channel the
# weights and spreads (degrees of visual angle) of the eye's blur [1]_.
_OPPONENT = np.array([(0.279, 0.72, -0.107), (-0.449, 0.29, -0.077), (0.086, -0.59, 0.501)])
_BLUR = [
    [(0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)],
    [(0.531, 0.0392), (0.330, 0.494)],
    [(0.488, 0.0536), (0.371, 0.386)],
]


@dataclass(frozen=True)
class Quality:
    """Numbers about a mosaic; smaller is better, but for `distinct` and `ssim`.

    What was not measured is None.

    Attributes
    ----------
    difference : float
        Mean over the cells of ΔE₀₀ (CIEDE2000) between the average colours of cell and
        tile, averages taken in linear light. About 1 is just visible side by side.
    difference_p95 : float
        95 of 100 cells are below this.
    distinct : int
        How many different tiles are used.
    most_used : int
        How often the most used tile is used.
    adjacent_repeats : int
        Pairs of neighbouring cells, side by side or one above the other, with the same
        tile.
    fidelity : float
        Mean ΔE₀₀ between what was laid and the untouched tiles, at 8 × 8 averages of
        each cell (4 × 4 if not measured in full). 0 if the tiles are as they were; more
        if they were tinted.
    detail_difference : float
        Mean ΔE₀₀ at 4 × 4 averages of each cell: with what is inside the tiles.
    ssim : float
        Structural similarity of L* at 4 × 4 averages of each cell, at most 1.
    scielab : float
        Mean difference in S-CIELAB [1]_: ΔE*ab after the blur of the eye, seen from
        where a cell appears 0.1° wide, at 8 × 8 averages of each cell.

    References
    ----------
    .. [1] X. Zhang, B. A. Wandell. A spatial extension of CIELAB for digital color-image
       reproduction. Journal of the SID 5(1), 61–63, 1997.
    """

    difference: float
    difference_p95: float
    distinct: int | None = None
    most_used: int | None = None
    adjacent_repeats: int | None = None
    fidelity: float | None = None
    detail_difference: float | None = None
    ssim: float | None = None
    scielab: float | None = None


def measure(tiles, target, match, *, tint=0.0, full=False):
    """Measure how close a mosaic comes to its target, and how varied it is.

    Parameters
    ----------
    tiles : TileSet
        The set that the match was made with.
    target : Target
        The target that it was made for.
    match : Match
        From `match_nearest` or `match_optimal`.
    tint : float
        How far the tiles were moved towards the colours of their cells, 0 to 1.
    full : bool
        Also measure what is inside the cells, which takes some seconds for ten
        thousand of them: `detail_difference`, `ssim` and `scielab`.

    Returns
    -------
    Quality
    """
    used, where = np.unique(match.indices, return_inverse=True)
    parts = SAMPLES if full else 4 if tint else 1
    blocks = np.array_split(used, -(-len(used) // 1000))
    light = np.concatenate([area_means(tiles.read(block), parts) for block in blocks])
    untouched = laid = light[where.reshape(match.indices.shape)]
    fidelity = 0.0
    if tint:
        laid = shift(untouched, wanted_colours(target), tint)
        fidelity = _fidelity(laid, untouched)
    return Quality(
        **_likeness(_join(laid), target, full),
        **_variety(match.indices),
        fidelity=fidelity,
    )


def measure_picture(picture, target, tiles=None):
    """Measure a finished mosaic, of whatever program, by the same rules.

    Parameters
    ----------
    picture : path-like, PIL.Image.Image or numpy.ndarray of uint8, (height, width, 3)
        The mosaic, sRGB. All of it is divided into the cells of the target.
    target : Target
        The picture that it imitates, and the grid.
    tiles : TileSet, optional
        What it was made of. If given, the tile in each cell is recognised (the one whose
        8 × 8 averages are nearest in CIELAB), and variety and fidelity are measured, too.

    Returns
    -------
    Quality
    """
    pixels = picture if isinstance(picture, np.ndarray) else np.asarray(open_photo(picture))
    rows, columns = target.rows, target.columns
    light = area_means(pixels[None], rows * SAMPLES, columns * SAMPLES)[0]
    likeness = _likeness(light, target, full=True)
    if tiles is None:
        return Quality(**likeness)
    laid = light.reshape(rows, SAMPLES, columns, SAMPLES, 3).swapaxes(1, 2)
    pool = np.concatenate([area_means(block, SAMPLES) for block in tiles.blocks()])
    features = (linear_to_lab(part).reshape(-1, SAMPLES**2 * 3) for part in (pool, laid))
    indices = nearest_tiles(*features)[:, 0].reshape(rows, columns)
    fidelity = _fidelity(laid, pool[indices])
    return Quality(**likeness, **_variety(indices), fidelity=fidelity)


def _join(cells):
    """From (rows, columns, s, s, 3) to a picture of (rows s, columns s, 3)."""
    rows, columns, parts, _, _ = cells.shape
    return cells.swapaxes(1, 2).reshape(rows * parts, columns * parts, 3)


def _block_mean(light, rows, columns):
    """Average a picture whose sides are multiples of `rows` and `columns`."""
    height, width, _ = light.shape
    blocks = light.reshape(rows, height // rows, columns, width // columns, 3)
    return blocks.mean(axis=(1, 3))


def _variety(indices):
    across = indices[:, 1:] == indices[:, :-1]
    down = indices[1:] == indices[:-1]
    uses = np.bincount(indices.ravel())
    return {
        "distinct": int((uses > 0).sum()),
        "most_used": int(uses.max()),
        "adjacent_repeats": int(across.sum() + down.sum()),
    }


def _fidelity(laid, untouched):
    # Averaging rounds in the last bits; that is no repainting.
    return round(
        float(deltaE_ciede2000(linear_to_lab(laid), linear_to_lab(untouched)).mean()), 3
    )


def _likeness(laid, target, full):
    """The measures that compare two pictures, of the linear light of one of them."""
    rows, columns = target.rows, target.columns
    parts = len(laid) // rows
    wanted = area_means(target.pixels[None], rows * parts, columns * parts)[0]
    pair = [_block_mean(light, rows, columns) for light in (wanted, laid)]
    cells = deltaE_ciede2000(*(linear_to_lab(light) for light in pair))
    measures = {
        "difference": float(cells.mean()),
        "difference_p95": float(np.percentile(cells, 95)),
    }
    if full:
        lab = [
            linear_to_lab(_block_mean(light, rows * 4, columns * 4)) for light in (wanted, laid)
        ]
        measures["detail_difference"] = float(deltaE_ciede2000(*lab).mean())
        measures["ssim"] = _ssim(*(each[:, :, 0] for each in lab))
        measures["scielab"] = float(scielab(wanted, laid, parts / CELL_DEGREES).mean())
    return measures


def _ssim(one, other):
    """Structural similarity of two arrays of L*; windows of 7 samples, fewer if need be."""
    window = min(7, min(one.shape) // 2 * 2 - 1)
    return float(structural_similarity(one, other, win_size=window, data_range=100))


def scielab(one, other, per_degree):
    """Difference of two pictures as the eye sees it from a distance: S-CIELAB.

    Parameters
    ----------
    one, other : numpy.ndarray of float, shape (height, width, 3)
        Linear light.
    per_degree : float
        Samples per degree of visual angle.

    Returns
    -------
    numpy.ndarray of float64, shape (height, width)
        ΔE*ab of the pictures, blurred as in the reference in `Quality`: more in colour
        than in lightness, and more the farther away.
    """
    return deltaE_cie76(*(_seen(light, per_degree) for light in (one, other)))


def _seen(light, per_degree):
    """CIELAB of a picture after the blur of the eye in each opponent channel."""
    opponent = np.asarray(light, np.float64) @ (_OPPONENT @ xyz_from_rgb).T
    for channel, kernels in enumerate(_BLUR):
        opponent[:, :, channel] = _blur(opponent[:, :, channel], kernels, per_degree)
    # The wide negative kernel can make light that does not exist.
    return xyz2lab((opponent @ np.linalg.inv(_OPPONENT).T).clip(0))


def _blur(channel, kernels, per_degree):
    """Blur by a weighted sum of kernels exp(−x²/spread²), the picture mirrored at its edges.

    A cosine transform mirrors so, and makes of every kernel, the wide ones too, a product
    with its transfer function exp(−(π · spread · frequency)²).
    """
    # Cycles per degree, squared, along both axes.
    down, across = ((np.arange(n) * per_degree / (2 * n)) ** 2 for n in channel.shape)
    square = down[:, None] + across
    passed = sum(weight * np.exp(-square * (np.pi * spread) ** 2) for weight, spread in kernels)
    total = sum(weight for weight, _ in kernels)
    return idctn(dctn(channel, norm="ortho") * (passed / total), norm="ortho")


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
        avoids: the root of the mean squared distance, in the units of `features.lab_features`.
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


def diagnose(
    tiles,
    target,
    *,
    detail=DETAIL,
    chroma_weight=CHROMA_WEIGHT,
    mean_weight=MEAN_WEIGHT,
    most=2000,
):
    """Say what a set of tiles can and cannot do for a target.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    detail, chroma_weight, mean_weight : int, float, float
        What is compared for the errors; see `features.tile_features`. Colours that are not
        reached are those of whole cells.
    most : int
        With more cells than this, work out the errors on a random sample of so many.

    Returns
    -------
    Diagnosis
        The same on every run.
    """
    most = whole_number(most, "number of cells in the sample", 4, 10**9)
    pool = tile_features(tiles, detail, chroma_weight, mean_weight)
    cells = cell_features(target, detail, chroma_weight, mean_weight)
    reach, worst = _reach(tiles, target)
    uses, rng = least_uses(len(pool), len(cells)), np.random.default_rng(0)
    share = min(1.0, most / len(cells))
    some_pool, some_cells = _sample(rng, pool, share), _sample(rng, cells, share)
    least = {k: _least_error(some_pool, some_cells, k) for k in sorted({1, 2, 3, uses})}
    chosen = pool[nearest_tiles(pool, cells)[:, 0]]
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
    cells = lab_features(light.reshape(-1, 1, 1, 3))
    pool = lab_features(np.concatenate([area_means(block, 1) for block in tiles.blocks()]))
    gap = pool[nearest_tiles(pool, cells)[:, 0]] - cells
    distance = np.sqrt((gap**2).sum(axis=1))
    worst, left = [], distance > REACH
    while left.any() and len(worst) < _LISTED:
        one = int(np.where(left, distance, 0).argmax())
        alike = left & (np.sqrt(((cells - cells[one]) ** 2).sum(axis=1)) <= _ALIKE)
        srgb = tuple(linear_to_srgb(light.reshape(-1, 3)[one]).tolist())
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

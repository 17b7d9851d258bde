"""How good is a mosaic, and how good can it be? In numbers, so that two can be compared.

`measure` works from the means, in linear light, of 8 × 8 parts of each cell, on one side
of the mosaic and on the other of its target. So whatever changes one of the measures also
changes these means, and *fidelity* shows it: nobody scores by repainting. `diagnose` says
before matching what a set of tiles can do for a target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import dctn, idctn
from skimage.color import deltaE_cie76, deltaE_ciede2000, xyz2lab
from skimage.color.colorconv import xyz_from_rgb
from skimage.metrics import structural_similarity

from .assembly.tint import tint_light
from .errors import check_kinds, check_setting
from .features import (
    CHROMA_WEIGHT,
    DETAIL,
    MEAN_WEIGHT,
    REACH,
    area_means,
    cell_features,
    linear_to_lab,
    target_means,
    tile_area_means,
    tile_features,
    unreached_share,
)
from .transport import least_uses, solve_exact

if TYPE_CHECKING:
    from .matching import Match
    from .target import Target
    from .tiles import TileSet

# Means along a side of each cell; a multiple of the 4 of ΔE₀₀ and SSIM.
SAMPLES = 8

# How wide a cell appears to the eye of S-CIELAB, in degrees: a centimetre seen from nearly
# six metres, where tiles begin to blend.
CELL_DEGREES = 0.1

# XYZ to a black-white, a red-green and a blue-yellow channel, and for each channel the
# weights and spreads (degrees of visual angle) of the eye's blur: reference [3] of Quality.
_OPPONENT = np.array([(0.279, 0.72, -0.107), (-0.449, 0.29, -0.077), (0.086, -0.59, 0.501)])
_BLUR = [
    [(0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)],
    [(0.531, 0.0392), (0.330, 0.494)],
    [(0.488, 0.0536), (0.371, 0.386)],
]


@dataclass(frozen=True)
class Quality:
    """Numbers about a mosaic; smaller is better, but for `distinct` and `ssim`.

    Attributes
    ----------
    difference : float
        Mean over the cells of ΔE₀₀ (CIEDE2000 [1]_) between the mean colours of cell and
        tile, means taken in linear light. About 1 is just visible side by side.
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
        Mean ΔE₀₀ between the tiles as they were laid and the untouched tiles, at 8 × 8
        parts of each cell (4 × 4 if not measured in full). 0 if they were not tinted.
    detail_difference : float or None
        Mean ΔE₀₀ at 4 × 4 parts of each cell, so that what is inside the tiles counts. This
        one and the next two are None if not measured in full.
    ssim : float or None
        Structural similarity [2]_ of L* at 4 × 4 parts of each cell, at most 1.
    scielab : float or None
        Mean difference in S-CIELAB [3]_: ΔE*ab after the blur of the eye, seen from
        where a cell appears 0.1° wide, at 8 × 8 parts of each cell.

    References
    ----------
    .. [1] CIE 142:2001. Improvement to industrial colour-difference evaluation.
    .. [2] Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli. Image quality assessment:
       from error visibility to structural similarity. IEEE Trans. Image Processing 13(4),
       600–612, 2004.
    .. [3] X. Zhang, B. A. Wandell. A spatial extension of CIELAB for digital color-image
       reproduction. Journal of the SID 5(1), 61–63, 1997.
    """

    difference: float
    difference_p95: float
    distinct: int
    most_used: int
    adjacent_repeats: int
    fidelity: float
    detail_difference: float | None = None
    ssim: float | None = None
    scielab: float | None = None


def measure(
    tiles: TileSet, target: Target, match: Match, *, tint: float = 0.0, full: bool = False
) -> Quality:
    """Measure how close a mosaic comes to its target, and how varied it is.

    Parameters
    ----------
    tiles : TileSet
        The set that the match was made with.
    target : Target
        The target that it was made for.
    match : Match
        From `match_nearest` or `match_optimal`, or your own.
    tint : float
        How far the tiles are moved towards the mean colours of their cells, 0 (not at all,
        the default) to 1.
    full : bool
        Also measure what is inside the cells, which takes some seconds for ten
        thousand of them: `detail_difference`, `ssim` and `scielab`.

    Returns
    -------
    Quality
        ``difference`` and ``difference_p95`` (ΔE₀₀), ``distinct``, ``most_used``,
        ``adjacent_repeats`` and ``fidelity``; its docstring defines them.

    Raises
    ------
    MosaicError
        If the tint is not from 0 to 1.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tiles = mh.open_tiles("data/tiles.h5")
    >>> target = mh.open_target("chelsea", columns=30)
    >>> plain = mh.measure(tiles, target, mh.match_optimal(tiles, target))
    >>> plain.distinct, plain.most_used, plain.fidelity
    (60, 10, 0.0)

    Keeping copies apart makes them touch less often, and the likeness worse:

    >>> spaced = mh.measure(tiles, target, mh.match_optimal(tiles, target, min_distance=3))
    >>> spaced.adjacent_repeats, spaced.difference > plain.difference
    (0, True)
    """
    check_kinds(tiles=tiles, target=target, match=match)
    tint = check_setting("tint", tint)
    used, position = np.unique(match.indices, return_inverse=True)
    light = tile_area_means(tiles, SAMPLES if full else 4 if tint else 1, used)
    untouched = laid = light[position.reshape(match.indices.shape)]
    fidelity = 0.0
    if tint:
        laid = tint_light(untouched, target_means(target), tint)
        fidelity = mean_difference(laid, untouched)
    return Quality(
        **likeness(_join(laid), target, full), **variety(match.indices), fidelity=fidelity
    )


def _join(cells):
    """From (rows, columns, s, s, 3) to a picture of (rows s, columns s, 3)."""
    rows, columns, parts, _, _ = cells.shape
    return cells.swapaxes(1, 2).reshape(rows * parts, columns * parts, 3)


def _lab_means(pictures, rows, columns):
    """CIELAB of the block means of pictures whose sides are multiples of rows and columns."""
    return [
        linear_to_lab(light.reshape(rows, len(light) // rows, columns, -1, 3).mean(axis=(1, 3)))
        for light in pictures
    ]


def variety(indices):
    """The measures that count tiles."""
    in_rows = indices[:, 1:] == indices[:, :-1]
    in_columns = indices[1:] == indices[:-1]
    uses = np.bincount(indices.ravel())
    return {
        "distinct": int((uses > 0).sum()),
        "most_used": int(uses.max()),
        "adjacent_repeats": int(in_rows.sum() + in_columns.sum()),
    }


def mean_difference(light, other):
    """Mean ΔE₀₀ of two arrays of linear light."""
    difference = deltaE_ciede2000(linear_to_lab(light), linear_to_lab(other)).mean()
    return round(float(difference), 3)  # what the last bits of a mean differ by is no change


def likeness(laid, target, full):
    """The measures that compare two pictures, of the linear light of the mosaic."""
    rows, columns = target.rows, target.columns
    parts = len(laid) // rows
    pair = area_means(target.pixels[None], rows * parts, columns * parts)[0], laid
    cells = deltaE_ciede2000(*_lab_means(pair, rows, columns))
    measures = {
        "difference": float(cells.mean()),
        "difference_p95": float(np.percentile(cells, 95)),
    }
    if full:
        lab = _lab_means(pair, rows * 4, columns * 4)
        measures["detail_difference"] = float(deltaE_ciede2000(*lab).mean())
        lightness = [each[:, :, 0] for each in lab]
        window = min(7, min(lightness[0].shape) // 2 * 2 - 1)  # samples; small grids have fewer
        ssim = structural_similarity(*lightness, win_size=window, data_range=100)
        measures["ssim"] = float(ssim)
        measures["scielab"] = float(scielab(*pair, parts / CELL_DEGREES).mean())
    return measures


def scielab(light, other, per_degree):
    """Difference of two pictures as the eye sees it from a distance: S-CIELAB.

    Of linear light, shape (height, width, 3), with so many samples per degree of visual
    angle: ΔE*ab, shape (height, width), of the pictures blurred as in reference [3] of
    `Quality`, more in colour than in lightness.
    """
    return deltaE_cie76(*(_blurred_lab(picture, per_degree) for picture in (light, other)))


def _blurred_lab(light, per_degree):
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
    vertical, horizontal = ((np.arange(n) * per_degree / (2 * n)) ** 2 for n in channel.shape)
    square = vertical[:, None] + horizontal
    transfer = sum(w * np.exp(-square * (np.pi * spread) ** 2) for w, spread in kernels)
    total = sum(weight for weight, _ in kernels)
    return idctn(dctn(channel, norm="ortho") * (transfer / total), norm="ortho")


# With more cells than this, `diagnose` looks at a random sample of so many.
_SAMPLE = 2000


@dataclass(frozen=True)
class Diagnosis:
    """What a set of tiles can do for a target; print it for three sentences.

    Attributes
    ----------
    max_uses : int
        The smallest `max_uses` with which the tiles fill the grid.
    unreached : float
        Share of the cells, 0 to 1, whose mean colour is farther than ΔE*ab 5 from that of
        every tile: the difference is seen at a glance.
    least_error : float
        The root mean square distance that no match with these `max_uses` avoids, in ΔE*ab
        as `tile_features` weights it.
    estimated : bool
        Whether `least_error` was worked out on a random sample of cells and tiles; it is
        then some per cent too high, as fewer tiles are less choice. If not, it is proved by
        the dual of the assignment problem.
    """

    max_uses: int
    unreached: float
    least_error: float
    estimated: bool = False

    def __str__(self):
        fill = f"To fill the grid, tiles must be used up to {self.max_uses} times"
        if self.max_uses == 1:
            fill = "There are enough tiles to fill the grid and use each only once"
        colours = f"Every cell has a colour that some tile has, too (within ΔE {REACH:.0f})."
        if self.unreached:
            share = f"{self.unreached:.1%} of the cells"
            colours = f"{share} have a colour that no tile has (ΔE above {REACH:.0f})."
        error = f"no match has an error below {self.least_error:.1f}"
        if self.estimated:
            error = f"the best match has an error of about {self.least_error:.1f}"
        proof = f"estimated from {_SAMPLE:,} cells" if self.estimated else "proved"
        return (
            f"{fill} (max_uses={self.max_uses}).\n{colours}\n"
            f"With that limit {error} (root mean square of weighted ΔE; {proof})."
        )


def diagnose(
    tiles: TileSet,
    target: Target,
    *,
    detail: int = DETAIL,
    chroma_weight: float = CHROMA_WEIGHT,
    mean_weight: float = MEAN_WEIGHT,
) -> Diagnosis:
    """Say what a set of tiles can do for a target, before matching them.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    target : Target
        From `open_target`.
    detail, chroma_weight, mean_weight : int, float, float
        What the error compares, as for `match_optimal`, with the same defaults.

    Returns
    -------
    Diagnosis
        With ``max_uses``, ``unreached`` and ``least_error``; the same on every run. Targets
        of more than 2,000 cells get an estimate of the error, from a random sample.

    Raises
    ------
    MosaicError
        If a setting is out of range.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tiles = mh.open_tiles("data/tiles.h5")
    >>> target = mh.open_target("chelsea", columns=30)
    >>> print(mh.diagnose(tiles, target))
    To fill the grid, tiles must be used up to 10 times (max_uses=10).
    56.3% of the cells have a colour that no tile has (ΔE above 5).
    With that limit no match has an error below 14.4 (root mean square of weighted ΔE; proved).
    """
    points = tile_features(tiles, detail, chroma_weight, mean_weight)
    cells = cell_features(target, detail, chroma_weight, mean_weight)
    max_uses = least_uses(len(points), len(cells))
    estimated = len(cells) > _SAMPLE
    if estimated:  # as many tiles for each cell as before, but for rounding, which adds some
        rng = np.random.default_rng(0)
        n_tiles = -(-len(points) * _SAMPLE // len(cells))
        points, cells = rng.permutation(points)[:n_tiles], rng.permutation(cells)[:_SAMPLE]
    answer = solve_exact(points, cells, max_uses)
    if answer.status == "interrupted":
        raise KeyboardInterrupt
    least_error = (answer.lower_bound / len(cells)) ** 0.5
    return Diagnosis(max_uses, unreached_share(tiles, target), least_error, estimated)

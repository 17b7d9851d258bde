"""How good is a mosaic? In numbers, so that two can be compared.

Everything is worked out from the averages, in linear light, of 8 × 8 parts of each cell,
on one side of the mosaic and on the other of its target. So whatever changes one of the
measures also changes these averages, and *fidelity* shows it: nobody scores by repainting.
"""

from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn, idctn
from skimage.color import deltaE_cie76, deltaE_ciede2000, xyz2lab
from skimage.color.colorconv import xyz_from_rgb
from skimage.metrics import structural_similarity

from .colour import means, to_lab
from .nearest import nearest
from .photos import open_photo
from .tint import shift, wanted_colours

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
    twins : int
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
    twins: int | None = None
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
    light = np.concatenate([means(tiles.read(block), parts) for block in blocks])
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
    light = means(pixels[None], rows * SAMPLES, columns * SAMPLES)[0]
    likeness = _likeness(light, target, full=True)
    if tiles is None:
        return Quality(**likeness)
    laid = light.reshape(rows, SAMPLES, columns, SAMPLES, 3).swapaxes(1, 2)
    pool = np.concatenate([means(block, SAMPLES) for block in tiles.blocks()])
    features = (to_lab(part).reshape(-1, SAMPLES**2 * 3) for part in (pool, laid))
    indices = nearest(*features)[:, 0].reshape(rows, columns)
    fidelity = _fidelity(laid, pool[indices])
    return Quality(**likeness, **_variety(indices), fidelity=fidelity)


def _join(cells):
    """From (rows, columns, s, s, 3) to a picture of (rows s, columns s, 3)."""
    rows, columns, parts, _, _ = cells.shape
    return cells.swapaxes(1, 2).reshape(rows * parts, columns * parts, 3)


def _shrink(light, rows, columns):
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
        "twins": int(across.sum() + down.sum()),
    }


def _fidelity(laid, untouched):
    # Averaging rounds in the last bits; that is no repainting.
    return round(float(deltaE_ciede2000(to_lab(laid), to_lab(untouched)).mean()), 3)


def _likeness(laid, target, full):
    """The measures that compare two pictures, of the linear light of one of them."""
    rows, columns = target.rows, target.columns
    parts = len(laid) // rows
    wanted = means(target.pixels[None], rows * parts, columns * parts)[0]
    pair = [_shrink(light, rows, columns) for light in (wanted, laid)]
    cells = deltaE_ciede2000(*(to_lab(light) for light in pair))
    measures = {
        "difference": float(cells.mean()),
        "difference_p95": float(np.percentile(cells, 95)),
    }
    if full:
        lab = [to_lab(_shrink(light, rows * 4, columns * 4)) for light in (wanted, laid)]
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

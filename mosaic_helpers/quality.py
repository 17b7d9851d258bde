"""How good is a mosaic? In numbers, so that two can be compared."""

from dataclasses import dataclass

import numpy as np
from skimage.color import deltaE_ciede2000

from .colour import means, to_lab


@dataclass(frozen=True)
class Quality:
    """Numbers about a mosaic; smaller is better, but for `distinct`.

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
    """

    difference: float
    difference_p95: float
    distinct: int
    most_used: int
    twins: int


def measure(tiles, target, match):
    """Measure how close a mosaic comes to its target, and how varied it is.

    Parameters
    ----------
    tiles : TileSet
        The set that the match was made with.
    target : Target
        The target that it was made for.
    match : Match
        From `match_nearest` or `match_optimal`.

    Returns
    -------
    Quality
    """
    used, where = np.unique(match.indices, return_inverse=True)
    laid = to_lab(means(tiles.read(used), 1)[:, 0, 0])[where.reshape(match.indices.shape)]
    wanted = to_lab(means(target.pixels[None], target.rows, target.columns)[0])
    difference = deltaE_ciede2000(wanted, laid)
    across = match.indices[:, 1:] == match.indices[:, :-1]
    down = match.indices[1:] == match.indices[:-1]
    return Quality(
        difference=float(difference.mean()),
        difference_p95=float(np.percentile(difference, 95)),
        distinct=match.distinct,
        most_used=match.most_used,
        twins=int(across.sum() + down.sum()),
    )

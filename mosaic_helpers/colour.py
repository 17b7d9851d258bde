"""The colour of a tile and of a cell, as numbers that distances make sense for.

Light adds up; the numbers in an sRGB file do not, for they are roughly the square root
of the light. So averages are taken in **linear light**, and only the average is turned
into **CIELAB**, where equal distances look about equally different.

With ``detail=s`` a picture is described by the averages of s × s parts of it, so that a
tile that is dark on the left goes where the target is dark on the left.
"""

from functools import lru_cache

import numpy as np
from skimage.color import xyz2lab
from skimage.color.colorconv import xyz_from_rgb

from .errors import MosaicError, whole_number

MOST_DETAIL = 8
WEIGHT_RANGE = (0, 10)

# What a match compares unless it is told otherwise: 4 × 4 parts, colour at 0.4 of lightness,
# and as much again the average of the whole. By experiment (tests/benchmarks/bench_picture.py):
# more parts gain nothing, less colour draws better and paints worse, and the average of the
# whole keeps regions in tune.
DETAIL = 4
CHROMA = 0.4
WHOLE = 1.0


@lru_cache(maxsize=1)
def _light_table():
    """Linear light of each of the 256 sRGB values (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def to_light(srgb):
    """Turn sRGB bytes into linear light.

    Parameters
    ----------
    srgb : numpy.ndarray of uint8, shape (..., 3)

    Returns
    -------
    numpy.ndarray of float32, shape (..., 3)
        0 (black) to 1 (white).
    """
    return _light_table()[srgb]


def to_srgb(light):
    """Turn linear light into sRGB bytes (IEC 61966-2-1).

    Parameters
    ----------
    light : numpy.ndarray of float, any shape
        0 to 1.

    Returns
    -------
    numpy.ndarray of uint8, the same shape
    """
    low, high = 12.92 * light, 1.055 * light.clip(0.0031308) ** (1 / 2.4) - 0.055
    srgb = np.where(light <= 0.0031308, low, high)
    return (srgb * 255).round().clip(0, 255).astype(np.uint8)


def to_lab(light):
    """Turn linear light into CIELAB (D65, 2° observer).

    Parameters
    ----------
    light : array_like of float, shape (..., 3)
        0 to 1, with the primaries of sRGB.

    Returns
    -------
    numpy.ndarray of float64, shape (..., 3)
        L* (0 to 100), a*, b*.
    """
    return xyz2lab(np.asarray(light, np.float64) @ xyz_from_rgb.T)


def means(pictures, rows, columns=None):
    """Average parts of pictures, in linear light.

    Parts need not be whole pixels: one that is cut by a border counts in proportion.

    Parameters
    ----------
    pictures : numpy.ndarray of uint8, shape (n, height, width, 3)
        sRGB.
    rows, columns : int
        How many parts; as many columns as rows if not given.

    Returns
    -------
    numpy.ndarray of float32, shape (n, rows, columns, 3)
        Linear light.
    """
    light = to_light(pictures)
    down = _shares(light.shape[1], rows)
    across = _shares(light.shape[2], columns or rows)
    n, _, width, _ = light.shape
    tall = (down @ light.reshape(n, light.shape[1], width * 3)).reshape(n, rows, width, 3)
    return across @ tall


def _shares(pixels, parts):
    """Share of each pixel in the average of each part, shape (parts, pixels)."""
    edges = np.linspace(0, pixels, parts + 1)
    pixel = np.arange(pixels)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return (overlap.clip(0) * (parts / pixels)).astype(np.float32)


def describe(light, chroma=1.0, whole=0.0):
    """Turn the averages of s × s parts into feature vectors.

    The squared distance of two vectors is the mean over the parts of
    ΔL*² + (chroma · Δa*)² + (chroma · Δb*)², for any s. With a weight of the whole, that
    and the same of the average colours of the whole pictures are averaged, weighted 1
    and `whole`: parts alone let a region drift in colour as long as its details fit.

    Parameters
    ----------
    light : numpy.ndarray of float, shape (n, s, s, 3)
        Linear light, from `means`.
    chroma : float
        How much colour counts beside lightness.
    whole : float
        How much the average of the whole counts beside its parts, if s > 1.

    Returns
    -------
    numpy.ndarray of float64, shape (n, 3 s²) or, with the whole, (n, 3 s² + 3)
    """
    _check_weight("chroma", chroma)
    _check_weight("the whole", whole)
    scale, parts = (1.0, chroma, chroma), light.shape[1]
    lab = (to_lab(light) * scale).reshape(len(light), -1) / parts
    if parts == 1 or whole == 0:
        return lab
    average = to_lab(light.mean(axis=(1, 2))) * scale
    return np.hstack([lab, average * np.sqrt(whole)]) / np.sqrt(1 + whole)


def _check_weight(name, value):
    low, high = WEIGHT_RANGE
    if not low <= value <= high:
        raise MosaicError(f"The weight of {name} must be from {low} to {high}, not {value!r}.")


def tile_features(tiles, detail=1, chroma=1.0, whole=0.0):
    """Feature vectors of all tiles of a set, reading it block by block.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    detail : int
        Compare detail × detail parts of each tile, 1 to 8.
    chroma : float
        How much colour counts beside lightness.
    whole : float
        How much the average of the whole tile counts beside its parts; see `describe`.

    Returns
    -------
    numpy.ndarray of float64, shape (n, 3 detail²), with the whole 3 more columns
    """
    detail = whole_number(detail, "detail", 1, MOST_DETAIL)
    light = np.concatenate([means(block, detail) for block in tiles.blocks()])
    return describe(light, chroma, whole)


def cell_features(target, detail=1, chroma=1.0, whole=0.0):
    """Feature vectors of all cells of a target, row by row.

    Parameters
    ----------
    target : Target
        From `open_target`.
    detail : int
        Compare detail × detail parts of each cell, 1 to 8.
    chroma : float
        How much colour counts beside lightness.
    whole : float
        How much the average of the whole cell counts beside its parts; see `describe`.

    Returns
    -------
    numpy.ndarray of float64, shape (rows × columns, 3 detail²), with the whole 3 more columns
    """
    detail = whole_number(detail, "detail", 1, MOST_DETAIL)
    light = means(target.pixels[None], target.rows * detail, target.columns * detail)[0]
    cells = light.reshape(target.rows, detail, target.columns, detail, 3).swapaxes(1, 2)
    return describe(cells.reshape(-1, detail, detail, 3), chroma, whole)

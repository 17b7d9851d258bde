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
CHROMA_RANGE = (0, 10)


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


def describe(light, chroma=1.0):
    """Turn the averages of s × s parts into feature vectors.

    The squared distance of two vectors is the mean over the parts of
    ΔL*² + (chroma · Δa*)² + (chroma · Δb*)², for any s.

    Parameters
    ----------
    light : numpy.ndarray of float, shape (n, s, s, 3)
        Linear light, from `means`.
    chroma : float
        How much colour counts beside lightness.

    Returns
    -------
    numpy.ndarray of float64, shape (n, 3 s²)
    """
    low, high = CHROMA_RANGE
    if not low <= chroma <= high:
        raise MosaicError(f"The weight of chroma must be from {low} to {high}, not {chroma!r}.")
    lab = to_lab(light) * (1.0, chroma, chroma)
    return lab.reshape(len(lab), -1) / light.shape[1]


def tile_features(tiles, detail=1, chroma=1.0):
    """Feature vectors of all tiles of a set, reading it block by block.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    detail : int
        Compare detail × detail parts of each tile, 1 to 8.
    chroma : float
        How much colour counts beside lightness.

    Returns
    -------
    numpy.ndarray of float64, shape (n, 3 detail²)
    """
    detail = whole_number(detail, "detail", 1, MOST_DETAIL)
    light = np.concatenate([means(block, detail) for block in tiles.blocks()])
    return describe(light, chroma)


def cell_features(target, detail=1, chroma=1.0):
    """Feature vectors of all cells of a target, row by row.

    Parameters
    ----------
    target : Target
        From `open_target`.
    detail : int
        Compare detail × detail parts of each cell, 1 to 8.
    chroma : float
        How much colour counts beside lightness.

    Returns
    -------
    numpy.ndarray of float64, shape (rows × columns, 3 detail²)
    """
    detail = whole_number(detail, "detail", 1, MOST_DETAIL)
    light = means(target.pixels[None], target.rows * detail, target.columns * detail)[0]
    cells = light.reshape(target.rows, detail, target.columns, detail, 3).swapaxes(1, 2)
    return describe(cells.reshape(-1, detail, detail, 3), chroma)

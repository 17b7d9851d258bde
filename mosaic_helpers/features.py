"""The colour of a tile and of a cell, as numbers that distances make sense for.

Light adds up; the numbers in an sRGB file do not, for they are roughly the square root
of the light. So averages are taken in **linear light**, and only the average is turned
into **CIELAB**, where equal distances look about equally different.

With ``detail=s`` a picture is described by the averages of s × s parts of it, so that a
tile that is dark on the left goes where the target is dark on the left.
"""

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from skimage.color import xyz2lab
from skimage.color.colorconv import xyz_from_rgb

from .errors import MosaicError, whole_number
from .parallel import single_threaded_blas, thread_pool

MAX_DETAIL = 8
WEIGHT_RANGE = (0, 10)

# What a match compares unless it is told otherwise: 4 × 4 parts, colour at 0.4 of lightness,
# and as much again the average of the whole. By experiment (tests/benchmarks/bench_picture.py):
# more parts gain nothing, less colour draws better and paints worse, and the average of the
# whole keeps regions in tune.
DETAIL = 4
CHROMA_WEIGHT = 0.4
MEAN_WEIGHT = 1.0

# Beyond so many dimensions a k-d tree visits most leaves, and a plain matrix product
# is quicker.
_TREE_DIMENSIONS = 12
_DISTANCES = 400_000  # distances that a thread holds

_IN_CACHE = 8192  # colours at a time that each thread describes
_AT_ONCE = 2**17  # numbers at a time that are turned into light


@lru_cache(maxsize=1)
def _light_table():
    """Linear light of each of the 256 sRGB values (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def srgb_to_linear(srgb):
    """Turn sRGB bytes into linear light.

    Parameters
    ----------
    srgb : numpy.ndarray of uint8, shape (..., 3)

    Returns
    -------
    numpy.ndarray of float32, shape (..., 3)
        0 (black) to 1 (white).
    """
    return _light_table().take(srgb)  # twice as fast as indexing


def linear_to_srgb(light):
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


def linear_to_lab(light):
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
    colours = np.asarray(light, np.float64).reshape(-1, 3)
    return xyz2lab(colours @ xyz_from_rgb.T).reshape(np.shape(light))


def area_means(pictures, rows, columns=None):
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
    n, height, width, _ = pictures.shape
    columns = columns or rows
    # The axis that is averaged comes first, so that it is one product with a sparse matrix,
    # and light takes four times the memory of bytes, so that only some is held at once.
    flat, down = pictures.swapaxes(0, 1).reshape(height, n * width * 3), _shares(height, rows)
    step = max(1, _AT_ONCE // height)
    tall = np.empty((rows, n * width * 3), np.float32)
    for start in range(0, tall.shape[1], step):
        some = slice(start, start + step)
        tall[:, some] = down @ srgb_to_linear(flat[:, some])
    tall = np.ascontiguousarray(tall.reshape(rows, n, width, 3).transpose(2, 0, 1, 3))
    small = _shares(width, columns) @ tall.reshape(width, rows * n * 3)
    return small.reshape(columns, rows, n, 3).transpose(2, 1, 0, 3)


def _shares(pixels, parts):
    """Share of each pixel in the average of each part, a sparse (parts, pixels)."""
    edges = np.linspace(0, pixels, parts + 1)
    cuts = np.union1d(edges, np.arange(pixels + 1))  # between two, one part and one pixel
    middle = (cuts[1:] + cuts[:-1]) / 2
    where = np.searchsorted(edges, middle) - 1, middle.astype(int)
    share = (np.diff(cuts) * (parts / pixels)).astype(np.float32)
    return csr_array((share, where), shape=(parts, pixels))


def lab_features(light, chroma_weight=1.0, mean_weight=0.0):
    """Turn the averages of s × s parts into feature vectors.

    The squared distance of two vectors is the mean over the parts of
    ΔL*² + (chroma_weight · Δa*)² + (chroma_weight · Δb*)², for any s. With a mean weight,
    that and the same of the average colours of the whole pictures are averaged, weighted 1
    and `mean_weight`: parts alone let a region drift in colour as long as its details fit.

    Parameters
    ----------
    light : numpy.ndarray of float, shape (n, s, s, 3)
        Linear light, from `area_means`.
    chroma_weight : float
        How much colour counts beside lightness.
    mean_weight : float
        How much the average of the whole counts beside its parts, if s > 1.

    Returns
    -------
    numpy.ndarray of float64, shape (n, 3 s²) or, with the whole, (n, 3 s² + 3)
    """
    _check_weight("chroma", chroma_weight)
    _check_weight("the whole", mean_weight)
    step = max(1, _IN_CACHE // light.shape[1] ** 2)
    blocks = [light[start : start + step] for start in range(0, len(light), step)]
    with thread_pool() as pool:
        return np.concatenate(
            list(pool.map(lambda it: _described(it, chroma_weight, mean_weight), blocks))
        )


def _described(light, chroma_weight, mean_weight):
    n, parts = light.shape[:2]
    scale = np.array([1.0, chroma_weight, chroma_weight]) / parts
    if parts == 1 or mean_weight == 0:
        return (linear_to_lab(light) * scale).reshape(n, -1)
    average = mean_of_parts(light)
    both = linear_to_lab(np.hstack([light.reshape(n, -1), average]).reshape(n, -1, 3))
    both *= scale / np.sqrt(1 + mean_weight)
    both[:, -1] *= parts * np.sqrt(mean_weight)
    return both.reshape(n, -1)


def mean_of_parts(light):
    """Average s × s parts of one size, shape (n, s, s, 3), to wholes, shape (n, 3)."""
    return np.einsum("nijc->nc", light) / light.shape[1] ** 2  # quicker than mean


def _check_weight(name, value):
    low, high = WEIGHT_RANGE
    if not low <= value <= high:
        raise MosaicError(f"The weight of {name} must be from {low} to {high}, not {value!r}.")


def tile_features(tiles, detail=1, chroma_weight=1.0, mean_weight=0.0):
    """Feature vectors of all tiles of a set, reading it block by block.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    detail : int
        Compare detail × detail parts of each tile, 1 to 8.
    chroma_weight : float
        How much colour counts beside lightness.
    mean_weight : float
        How much the average of the whole tile counts beside its parts; see `lab_features`.

    Returns
    -------
    numpy.ndarray of float64, shape (n, 3 detail²), with the whole 3 more columns
    """
    detail = whole_number(detail, "detail", 1, MAX_DETAIL)
    light = np.concatenate([area_means(block, detail) for block in tiles.blocks()])
    return lab_features(light, chroma_weight, mean_weight)


def cell_features(target, detail=1, chroma_weight=1.0, mean_weight=0.0):
    """Feature vectors of all cells of a target, row by row.

    Parameters
    ----------
    target : Target
        From `open_target`.
    detail : int
        Compare detail × detail parts of each cell, 1 to 8.
    chroma_weight : float
        How much colour counts beside lightness.
    mean_weight : float
        How much the average of the whole cell counts beside its parts; see `lab_features`.

    Returns
    -------
    numpy.ndarray of float64, shape (rows × columns, 3 detail²), with the whole 3 more columns
    """
    return lab_features(cell_light(target, detail), chroma_weight, mean_weight)


def cell_light(target, detail=1):
    """Average the parts of every cell of a target, row by row.

    Parameters
    ----------
    target : Target
        From `open_target`.
    detail : int
        Average detail × detail parts of each cell, 1 to 8.

    Returns
    -------
    numpy.ndarray of float32, shape (rows × columns, detail, detail, 3)
        Linear light, for `lab_features`.
    """
    detail = whole_number(detail, "detail", 1, MAX_DETAIL)
    light = area_means(target.pixels[None], target.rows * detail, target.columns * detail)[0]
    cells = light.reshape(target.rows, detail, target.columns, detail, 3).swapaxes(1, 2)
    return cells.reshape(-1, detail, detail, 3)


def nearest_tiles(pool, cells, count=1):
    """Find the tiles nearest to each cell, without a table of all pairs.

    Parameters
    ----------
    pool : numpy.ndarray, shape (n, d)
        Feature vectors of the tiles.
    cells : numpy.ndarray, shape (m, d)
        Feature vectors of the cells.
    count : int
        How many tiles for each cell, at most n.

    Returns
    -------
    numpy.ndarray of int, shape (m, count)
        Nearest first.
    """
    if pool.shape[1] <= _TREE_DIMENSIONS:
        return cKDTree(pool).query(cells, k=np.arange(1, count + 1), workers=-1)[1]
    # |x - y|² = |x|² - 2 x·y + |y|², and the last term is the same for all tiles.
    lengths, doubled = (pool**2).sum(axis=1), -2 * pool.T
    found = np.empty((len(cells), count), np.intp)

    def fill(block):
        distance = cells[block] @ doubled
        distance += lengths
        if count == 1:
            found[block, 0] = distance.argmin(axis=1)
            return
        some = np.argpartition(distance, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(distance, some, axis=1).argsort(axis=1, kind="stable")
        found[block] = np.take_along_axis(some, order, axis=1)

    step = max(1, _DISTANCES // len(pool))
    with single_threaded_blas(), thread_pool() as threads:
        list(threads.map(fill, [slice(i, i + step) for i in range(0, len(cells), step)]))
    return found

"""What is seen of a mosaic: any part of it, at any size, without laying the whole.

A mosaic may have a thousand megapixels, a screen has two. So the tiles are kept small, at a
few sizes that are powers of two, and a part is laid from the size that the screen can
show; only of the few cells that fill the screen from close by are tiles read from the file.
"""

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from ..assembly.mosaic import resize_tiles
from ..tint import tint_tiles

# Larger tiles are read from the file when they are looked at. At 16 pixels, ten thousand
# of them take 8 MB, and all smaller ones together 3 MB.
_KEPT = 16


@dataclass(frozen=True)
class Part:
    """A part of a mosaic, seen from close by.

    Attributes
    ----------
    picture : bytes
        JPEG.
    view : (int, int, int, int)
        Left, top, width and height, in cells.
    number : int
        The number of the report that it is a part of.
    """

    picture: bytes = b""
    view: tuple = ()
    number: int = 0


class Scene:
    """The tiles of a set, ready to be looked at from any distance.

    Parameters
    ----------
    tiles : TileSet
        From `build_tiles` or `open_tiles`.
    """

    def __init__(self, tiles):
        self.tiles = tiles
        self._level = lru_cache(maxsize=None)(self._make_level)

    def lay(self, indices, width, *, most=None, tint=0.0, wanted=None):
        """Lay some cells so that they are about as wide as asked.

        Parameters
        ----------
        indices : numpy.ndarray of int, shape (rows, columns)
            The tile of each cell.
        width : int
            Pixels that all of it has on the screen.
        most : int, optional
            Tile resolution of the mosaic: nothing finer is shown.
        tint : float
            How far each tile is moved towards the colour of its cell, 0 to 1.
        wanted : numpy.ndarray of float, shape (rows, columns, 3)
            The colours of the cells in linear light, for the tint.

        Returns
        -------
        numpy.ndarray of uint8, shape (rows · size, columns · size, 3)
            The size of a tile is the nearest power of two, or the tile resolution.
        """
        rows, columns = indices.shape
        size = 2 ** max(0, round(np.log2(width / columns)))
        size = min(size, self.tiles.tile_size, most or self.tiles.tile_size)
        laid = self._tiles(indices.ravel(), size)
        if tint:
            laid = tint_tiles(laid, wanted.reshape(-1, 3), tint)
        laid = laid.reshape(rows, columns, size, size, 3).swapaxes(1, 2)
        return laid.reshape(rows * size, columns * size, 3)

    def look(self, report, view, width):
        """Lay the cells that a view touches.

        Parameters
        ----------
        report : Report
            The mosaic.
        view : (float, float, float, float)
            Left, top, width and height, in cells.
        width : int
            About so many pixels on the longer side.

        Returns
        -------
        Part or None
            None if the view is beside the mosaic.
        """
        rows, columns = report.match.indices.shape
        left, top = (int(max(0, np.floor(edge))) for edge in view[:2])
        right = int(min(columns, np.ceil(view[0] + view[2])))
        bottom = int(min(rows, np.ceil(view[1] + view[3])))
        if right <= left or bottom <= top:
            return None
        cut = slice(top, bottom), slice(left, right)
        width *= min(1.0, (right - left) / (bottom - top))
        options = {"most": report.tile_size, "tint": report.tint, "wanted": report.wanted[cut]}
        laid = self.lay(report.match.indices[cut], width, **options)
        return Part(to_jpeg(laid), (left, top, right - left, bottom - top), report.number)

    def _tiles(self, numbers, size):
        if size <= _KEPT and size.bit_count() == 1:
            return self._level(size)[numbers]
        unique, where = np.unique(numbers, return_inverse=True)
        return resize_tiles(self.tiles.read(unique), size)[where]

    def _make_level(self, size):
        """All tiles at size × size pixels: shrunk from the next size, which was, too."""
        if size < min(_KEPT, self.tiles.tile_size):
            finer = self._level(min(2 * size, _KEPT))
            return resize_tiles(finer, size)
        return np.concatenate([resize_tiles(block, size) for block in self.tiles.blocks()])


def to_jpeg(pixels, quality=85):
    """Encode a picture for the browser.

    Parameters
    ----------
    pixels : numpy.ndarray of uint8, shape (height, width, 3)
        sRGB.
    quality : int
        1 to 95.

    Returns
    -------
    bytes
        JPEG.
    """
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def encode_thumbnail(image, longest):
    """Encode a picture for where it cannot be looked at closely.

    Parameters
    ----------
    image : PIL.Image.Image
        Is made smaller itself.
    longest : int
        Pixels on the longer side.

    Returns
    -------
    bytes
        JPEG.
    """
    image.thumbnail((longest, longest))
    return to_jpeg(np.asarray(image))

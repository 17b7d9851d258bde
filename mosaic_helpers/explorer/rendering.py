"""Pictures of a mosaic for the screen: any part of it, at any size.

A mosaic may have a thousand megapixels, a screen has two. So the tiles are kept small, at
a few sizes that are powers of two, and a part is put together from the size that the screen
can show. Only for a few cells seen from close by are tiles read from the file.
"""

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from ..assembly.mosaic import resize_tiles
from ..assembly.tint import tint_tiles

# Larger tiles are read from the file when they are looked at. At 16 pixels, ten thousand
# of them take 8 MB, and all smaller ones together 3 MB.
_KEPT = 16

_FAR = 30.0  # ΔE₀₀ from which the map of differences is brightest


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


class Renderer:
    """The tiles of a set, ready to be shown at any size."""

    def __init__(self, tiles):
        self.tiles = tiles
        self._level = lru_cache(maxsize=None)(self._make_level)

    def render(self, report, longest, cells=(slice(None), slice(None))):
        """Pixels of a mosaic, or of some of its cells, the longer side about so many.

        The size of a tile is the nearest power of two, or the tile resolution if less.
        """
        indices = report.match.indices[cells]
        rows, columns = indices.shape
        size = 2 ** max(0, round(np.log2(longest / max(rows, columns))))
        size = min(size, self.tiles.tile_size, report.tile_size)
        placed = self._tiles(indices.ravel(), size)
        if report.tint:
            means = report.answer.target_means[cells]
            placed = tint_tiles(placed, means.reshape(-1, 3), report.tint)
        placed = placed.reshape(rows, columns, size, size, 3).swapaxes(1, 2)
        return placed.reshape(rows * size, columns * size, 3)

    def render_part(self, report, view, longest):
        """The cells that a view touches; None if there are none.

        A view is left, top, width and height, in cells.
        """
        rows, columns = report.match.indices.shape
        left, top = (int(max(0, np.floor(edge))) for edge in view[:2])
        right = int(min(columns, np.ceil(view[0] + view[2])))
        bottom = int(min(rows, np.ceil(view[1] + view[3])))
        if right <= left or bottom <= top:
            return None
        pixels = self.render(report, longest, (slice(top, bottom), slice(left, right)))
        return Part(to_jpeg(pixels), (left, top, right - left, bottom - top), report.number)

    def _tiles(self, indices, size):
        if size <= _KEPT and size.bit_count() == 1:
            return self._level(size)[indices]
        unique, inverse = np.unique(indices, return_inverse=True)
        return resize_tiles(self.tiles.read(unique), size)[inverse]

    def _make_level(self, size):
        """All tiles at size × size pixels, made smaller from the next larger level."""
        if size < min(_KEPT, self.tiles.tile_size):
            return resize_tiles(self._level(min(2 * size, _KEPT)), size)
        return np.concatenate([resize_tiles(block, size) for block in self.tiles.blocks()])


def render_differences(report):
    """Where tiles differ from the target, dark to bright, a pixel per cell: JPEG."""
    import matplotlib  # here, as the import takes a moment

    cividis = matplotlib.colormaps["cividis"]
    return to_jpeg(cividis(report.differences / _FAR, bytes=True)[..., :3])


def to_jpeg(pixels, quality=85):
    """Encode sRGB pixels, shape (height, width, 3), as JPEG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def encode_thumbnail(image, longest):
    """Encode a picture as JPEG, its longer side at most so many pixels; changes the picture."""
    image.thumbnail((longest, longest))
    return to_jpeg(np.asarray(image))

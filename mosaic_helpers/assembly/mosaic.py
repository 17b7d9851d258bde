"""Assembly: lay the tiles, at any size, one row of cells at a time."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import MosaicError, atomic_write, whole_number
from ..features import target_means
from ..tint import tint_tiles
from .manifest import write_manifest
from .writers import write_jpeg, write_png, write_tiff

# Suffix: how to write it, and the most pixels on a side that the format allows.
_FORMATS = {
    ".jpg": (write_jpeg, 65_500),
    ".jpeg": (write_jpeg, 65_500),
    ".png": (write_png, 2**31 - 1),
    ".tif": (write_tiff, 2**31 - 1),
    ".tiff": (write_tiff, 2**31 - 1),
}


class Mosaic:
    """The mosaic, laid when it is looked at or saved.

    Attributes
    ----------
    tiles : TileSet
        The tiles.
    match : Match
        Which of them goes where.
    tile_size : int
        Pixels on a side of a tile in this mosaic.
    tint : float
        How far each tile is moved towards the colour of its cell, 0 to 1.
    wanted : numpy.ndarray of float, shape (rows, columns, 3), or None
        The colours of the cells in linear light, where there is a tint.
    """

    def __init__(self, tiles, match, tile_size, tint=0.0, wanted=None):
        self.tiles = tiles
        self.match = match
        self.tile_size = tile_size
        self.tint = tint
        self.wanted = wanted

    def __repr__(self):
        height, width = self.shape
        rows, columns = self.match.indices.shape
        return f"<Mosaic: {columns} × {rows} tiles, {width:,} × {height:,} pixels>"

    def _repr_jpeg_(self):
        """In a notebook, a mosaic shows itself."""
        file = io.BytesIO()
        self.preview().save(file, "JPEG", quality=85)
        return file.getvalue()

    @property
    def shape(self):
        """Height and width in pixels."""
        rows, columns = self.match.indices.shape
        return rows * self.tile_size, columns * self.tile_size

    def strips(self):
        """Lay one row of cells after the other.

        Yields
        ------
        numpy.ndarray, shape (tile_size, width, 3), dtype uint8
        """
        for number, row in enumerate(self.match.indices):
            # A tile that stands in this row several times is read and shrunk once.
            unique, where = np.unique(row, return_inverse=True)
            laid = resize_tiles(self.tiles.read(unique), self.tile_size)[where]
            if self.tint:
                laid = tint_tiles(laid, self.wanted[number], self.tint)
            yield laid.swapaxes(0, 1).reshape(self.tile_size, -1, 3)

    def _counted(self, on_progress):
        rows = len(self.match.indices)
        for done, strip in enumerate(self.strips(), 1):
            yield strip
            if on_progress is not None:
                on_progress(done, rows)

    def part(self, rows, columns):
        """Some of its cells, as a mosaic of their own; `rows` and `columns` are slices."""
        cut = replace(self.match, indices=self.match.indices[rows, columns])
        wanted = None if self.wanted is None else self.wanted[rows, columns]
        return Mosaic(self.tiles, cut, self.tile_size, self.tint, wanted)

    def image(self):
        """The whole mosaic as a PIL.Image.Image, in memory."""
        return Image.fromarray(np.concatenate(list(self.strips())))

    def preview(self, longest=900):
        """The mosaic with smaller tiles, at most about `longest` pixels on a side.

        Returns
        -------
        PIL.Image.Image
        """
        small = max(1, min(self.tile_size, longest // max(self.match.indices.shape)))
        image = Mosaic(self.tiles, self.match, small, self.tint, self.wanted).image()
        image.thumbnail((longest, longest))
        return image

    def save(self, path, quality=90, on_progress=None):
        """Write the mosaic, and beside it a manifest from which it can be laid again.

        Only a strip of it is in memory at a time.

        Parameters
        ----------
        path : path-like
            The file; its suffix says the format: .jpg, .png or .tif. The manifest has
            the same name and the suffix .json.
        quality : int
            Of a JPEG, 1 to 95.
        on_progress : callable, optional
            Called as ``on_progress(rows done, rows)`` while it is written. What it raises
            ends the work, and no file is left.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        MosaicError
            If the format does not allow the size, before any work is done, or the file
            cannot be written.
        """
        path = Path(path).expanduser()
        write = _writer(path, self.shape)
        quality = whole_number(quality, "quality", 1, 95)
        options = {"quality": quality} if write is write_jpeg else {}
        with atomic_write(path) as half, open(half, "wb") as out:
            write(out, self._counted(on_progress), self.shape, **options)
        write_manifest(path.with_suffix(".json"), self)
        return path


def assemble(tiles, match, tile_size=None, *, tint=0.0, target=None):
    """Put the tiles in their cells.

    Parameters
    ----------
    tiles : TileSet
        The set that the match was made with.
    match : Match
        From `match_nearest` or `match_optimal`.
    tile_size : int, optional
        Tile resolution: pixels on a side of a tile, at most that of the tile set, which
        is also the default.
    tint : float
        Move each tile towards the mean colour of its cell: 0 leaves the photos as they
        are, 1 makes the colours agree. `quality.measure` says what that does to them.
    target : Target, optional
        The target of the match; a tint needs it.

    Returns
    -------
    Mosaic
        Nothing is laid yet; show it, or `save` it.

    Raises
    ------
    MosaicError
        If the tiles are not as large, or are not those of the match.
    """
    tile_size = tiles.tile_size if tile_size is None else tile_size
    tile_size = whole_number(tile_size, "tile resolution", 1, 10_000)
    if tile_size > tiles.tile_size:
        raise MosaicError(
            f"These tiles have {tiles.tile_size} pixels, {tile_size} were asked for: make "
            f"larger ones with build_tiles(photos, store, tile_size={tile_size})."
        )
    if match.indices.max() >= len(tiles):
        raise MosaicError(
            f"The match names tile {match.indices.max():,}, and there are {len(tiles):,} "
            "tiles: assemble with the tile set that was matched."
        )
    if not tint:
        return Mosaic(tiles, match, tile_size)
    if target is None or match.indices.shape != (target.rows, target.columns):
        raise MosaicError("A tint needs the target of the match: assemble(…, target=target).")
    return Mosaic(tiles, match, tile_size, tint, target_means(target))


def check_output(path, target, tile_size):
    """Say beforehand if a mosaic of this size cannot be saved under this name.

    Parameters
    ----------
    path : path-like
        The file.
    target : Target
        Of the mosaic.
    tile_size : int
        Pixels on a side of a tile.

    Raises
    ------
    MosaicError
        If its suffix or size will not do.
    """
    _writer(Path(path), (target.rows * tile_size, target.columns * tile_size))


def resize_tiles(tiles, size):
    """Make tiles smaller.

    Parameters
    ----------
    tiles : numpy.ndarray of uint8, shape (k, height, height, 3)
        sRGB.
    size : int
        Pixels on a side.

    Returns
    -------
    numpy.ndarray of uint8, shape (k, size, size, 3)
    """
    if tiles.shape[1] == size:
        return tiles
    small = [Image.fromarray(tile).resize((size, size), Image.Resampling.BOX) for tile in tiles]
    return np.stack([np.asarray(image) for image in small])


def _writer(path, shape):
    """How to write `path`, once it is clear that the format can hold the mosaic."""
    if path.suffix.lower() not in _FORMATS:
        raise MosaicError(
            f"Cannot tell a format from the name '{path.name}': end it in .jpg, .png or .tif."
        )
    write, most = _FORMATS[path.suffix.lower()]
    if max(shape) > most:
        raise MosaicError(
            f"The mosaic has {shape[1]:,} × {shape[0]:,} pixels, and {path.suffix} allows "
            f"{most:,} on a side: take smaller tiles, or save as .tif."
        )
    return write

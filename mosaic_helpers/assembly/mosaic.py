"""Assembly: lay the tiles, at any size, one row of cells at a time."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ..errors import (
    SETTINGS,
    MosaicError,
    atomic_write,
    check_kinds,
    check_path,
    check_setting,
)
from ..errors import replace as replace_file
from ..features import target_means
from ..locks import holding
from .manifest import describe, write_manifest
from .ownership import check_replaceable
from .tint import tint_tiles
from .writers import check_writable, write_picture

_PATIENCE = 60  # seconds to wait for another save, which takes a moment

if TYPE_CHECKING:
    from ..matching import Match
    from ..target import Target
    from ..tiles import TileSet


@dataclass(eq=False, repr=False)
class Mosaic:
    """A mosaic, laid when it is looked at or saved; from `assemble`.

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
    target_means : numpy.ndarray of float, shape (rows, columns, 3), or None
        The mean colours of the cells in linear light, where there is a tint.
    """

    tiles: TileSet
    match: Match
    tile_size: int
    tint: float = 0.0
    target_means: np.ndarray | None = None

    def __repr__(self) -> str:
        height, width = self.shape
        rows, columns = self.match.indices.shape
        return f"<Mosaic: {columns} × {rows} tiles, {width:,} × {height:,} pixels>"

    def _repr_jpeg_(self) -> bytes:
        """In a notebook, a mosaic shows itself."""
        file = io.BytesIO()
        self.preview().save(file, "JPEG", quality=85)
        return file.getvalue()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        rows, columns = self.match.indices.shape
        return rows * self.tile_size, columns * self.tile_size

    def strips(self) -> Iterator[np.ndarray]:
        """Lay one row of cells after the other, from the top down.

        Yields
        ------
        numpy.ndarray, shape (tile_size, width, 3), dtype uint8
            sRGB.
        """
        for number, row in enumerate(self.match.indices):
            # A tile that stands in this row several times is read and shrunk once.
            unique, positions = np.unique(row, return_inverse=True)
            placed = resize_tiles(self.tiles.read(unique), self.tile_size)[positions]
            if self.target_means is not None:
                placed = tint_tiles(placed, self.target_means[number], self.tint)
            yield placed.swapaxes(0, 1).reshape(self.tile_size, -1, 3)

    def _reported_strips(self, on_progress):
        rows = len(self.match.indices)
        for done, strip in enumerate(self.strips(), 1):
            yield strip
            if on_progress is not None:
                on_progress(done, rows)

    def part(self, rows: slice, columns: slice) -> Mosaic:
        """Some of its cells, as a mosaic of their own."""
        cut = replace(self.match, indices=self.match.indices[rows, columns])
        means = None if self.target_means is None else self.target_means[rows, columns]
        return replace(self, match=cut, target_means=means)

    def image(self) -> Image.Image:
        """The whole mosaic, in memory."""
        return Image.fromarray(np.concatenate(list(self.strips())))

    def preview(self, longest: int = 900) -> Image.Image:
        """The mosaic with smaller tiles, at most `longest` pixels on a side."""
        small = max(1, min(self.tile_size, longest // max(self.match.indices.shape)))
        image = replace(self, tile_size=small).image()
        image.thumbnail((longest, longest))
        return image

    def save(
        self,
        path: str | os.PathLike[str],
        quality: int | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write the mosaic, and beside it a manifest from which it can be laid again.

        A .tif is written strip by strip, so that it may be larger than memory. A .jpg or
        .png takes 4 bytes of memory for each pixel.

        Parameters
        ----------
        path : path-like
            The file. Its suffix says the format: .jpg (at most 65,500 pixels on a side),
            .png or .tif. The manifest has the same name and the suffix .json. A mosaic of
            that name is replaced, with its manifest, when the new ones are complete.
        quality : int, optional
            Of a JPEG, 1 to 95; 90 by default.
        on_progress : callable, optional
            Called as ``on_progress(rows done, rows)``, in rows of cells, while the mosaic
            is laid. What it raises ends the work, and no file is left.
        overwrite : bool, default False
            Replace whatever has that name. If not, a file that is no mosaic that `save` wrote
            is refused, and so is a .json that is no manifest, or that of another mosaic.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        MosaicError
            If the format does not allow the size, or memory does not, or a file would be
            lost: before any work is done. If the file cannot be written.

        Examples
        --------
        >>> import mosaic_helpers as mh
        >>> tiles = mh.open_tiles("data/tiles.h5")
        >>> match = mh.match_nearest(tiles, mh.open_target("coffee", 12))
        >>> path = mh.assemble(tiles, match, 16).save("data/mosaic.png")
        >>> path.as_posix(), path.with_suffix(".json").exists()
        ('data/mosaic.png', True)
        """
        path = check_path(path, "name of the mosaic")
        kind = check_writable(path, self.shape)
        default = SETTINGS["quality"].default
        quality = check_setting("quality", default if quality is None else quality)
        check = partial(check_replaceable, path, self, overwrite=overwrite)
        check()
        manifest = path.with_suffix(".json")
        with _replacing_both(path, manifest, check) as (tmp_path, tmp_manifest):
            with open(tmp_path, "wb") as out:
                strips = self._reported_strips(on_progress)
                write_picture(out, kind, strips, self.shape, quality)
            write_manifest(tmp_manifest, describe(self, manifest))
        return path


@contextmanager
def _replacing_both(picture, manifest, check):
    """Write a picture and its manifest, so that what is there always belongs together.

    Of two saves at once, one replaces both and then the other does. If one is killed between
    the two, there is a picture without a manifest.
    """
    with (
        ExitStack() as turn,
        atomic_write(manifest) as tmp_manifest,
        ExitStack() as undo,
        atomic_write(picture) as tmp_picture,
    ):
        yield tmp_picture, tmp_manifest
        lock = Path(os.path.realpath(picture)).with_name(".photo-mosaic.lock")
        turn.enter_context(holding(lock, _PATIENCE))
        check()  # again: it may have taken an hour
        old, aside = os.path.realpath(manifest), tmp_manifest.with_name("before.json")
        if os.path.exists(old):
            replace_file(old, aside)
            undo.push(lambda error, *_: replace_file(aside, old) if error else None)


def assemble(
    tiles: TileSet,
    match: Match,
    tile_size: int | None = None,
    *,
    tint: float = 0.0,
    target: Target | None = None,
) -> Mosaic:
    """Put the tiles in their cells.

    Parameters
    ----------
    tiles : TileSet
        The set that the match was made with.
    match : Match
        From `match_nearest`, `match_optimal` or `open_manifest`.
    tile_size : int, optional
        Tile resolution: pixels on a side of a tile, from 1 to that of the tile set, which
        is also the default.
    tint : float
        Move each tile towards the mean colour of its cell, 0 to 1: 0 leaves the photos as
        they are, 1 makes the colours agree. `measure` says what that does to them.
    target : Target, optional
        The target of the match; a tint needs it.

    Returns
    -------
    Mosaic
        Nothing is laid yet: show it, or `save` it.

    Raises
    ------
    MosaicError
        If the tiles are smaller, or are not those of the match; if a tint has no target.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tiles = mh.open_tiles("data/tiles.h5")
    >>> match = mh.match_nearest(tiles, mh.open_target("coffee", 30))
    >>> mh.assemble(tiles, match, 16)
    <Mosaic: 30 × 20 tiles, 480 × 320 pixels>
    """
    check_kinds(tiles=tiles, match=match, **({} if target is None else {"target": target}))
    tile_size = check_setting("tile_size", tiles.tile_size if tile_size is None else tile_size)
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
    tint = check_setting("tint", tint)
    if not tint:
        return Mosaic(tiles, match, tile_size)
    if target is None or match.indices.shape != (target.rows, target.columns):
        raise MosaicError("A tint needs the target of the match: assemble(…, target=target).")
    return Mosaic(tiles, match, tile_size, tint, target_means(target))


def check_output(path: str | os.PathLike[str], target: Target, tile_size: int) -> None:
    """Say beforehand if `Mosaic.save` would refuse the suffix or the size."""
    check_writable(Path(path), (target.rows * tile_size, target.columns * tile_size))


def resize_tiles(tiles: np.ndarray, size: int) -> np.ndarray:
    """Make tiles smaller, each pixel the average of those it covers: (k, size, size, 3)."""
    if tiles.shape[1] == size:
        return tiles
    small = [Image.fromarray(tile).resize((size, size), Image.Resampling.BOX) for tile in tiles]
    return np.stack([np.asarray(image) for image in small])

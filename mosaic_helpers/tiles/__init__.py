"""Tiles: the square thumbnails of photos, built in parallel and kept in an HDF5 file."""

from .build import build_tiles, make_batch
from .report import summarize_skipped
from .store import TileSet, open_tiles

__all__ = ["TileSet", "build_tiles", "make_batch", "open_tiles", "summarize_skipped"]

"""Painted cats: a collection of photos that needs no download and may be given away."""

from .collection import EXTRA, KINDS, collection
from .easel import paint_cat
from .paint import MARKER, paint_cats, special_files

__all__ = ["EXTRA", "KINDS", "MARKER", "collection", "paint_cat", "paint_cats", "special_files"]

"""Cats, painted by this package: a collection of photos that the course may give away."""

from .collection import EXTRA, KINDS, collection
from .easel import paint_cat
from .paint import MARKER, paint_cats, special_files

__all__ = ["EXTRA", "KINDS", "MARKER", "collection", "paint_cat", "paint_cats", "special_files"]

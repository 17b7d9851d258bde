"""Assembly: lay the tiles, write the mosaic, and a manifest from which it can be laid again."""

from .manifest import open_manifest
from .mosaic import Mosaic, assemble, check_output, resize_tiles
from .ownership import check_replaceable, find_foreign, is_ours

__all__ = [
    "Mosaic",
    "assemble",
    "check_output",
    "check_replaceable",
    "find_foreign",
    "is_ours",
    "open_manifest",
    "resize_tiles",
]

"""Assembly: lay the tiles, write the mosaic, and a manifest from which it can be laid again."""

from .manifest import open_manifest
from .mosaic import Mosaic, assemble, check_output, resize_tiles

__all__ = ["Mosaic", "assemble", "check_output", "open_manifest", "resize_tiles"]

"""Photos: find them, open one, fetch a set of them.

A **photo** is a file, or what lies at an address. This is the first stage of the way.
"""

from .archives import open_archive
from .decode import PhotoError
from .find import MAX_TILE_SIZE, list_photos, open_photo, read_photo, thumbnail
from .sources import fetch_photos

__all__ = [
    "MAX_TILE_SIZE",
    "PhotoError",
    "fetch_photos",
    "list_photos",
    "open_archive",
    "open_photo",
    "read_photo",
    "thumbnail",
]

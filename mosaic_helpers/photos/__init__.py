"""Photos: find them, open one, fetch a set of them.

A **photo** is a file, or what lies at an address. This is the first stage of the way.
"""

from .fetch import SETS, fetch_photos, unpack
from .find import PhotoList, list_photos
from .open import PhotoError, local_path, make_tile, open_photo, read_photo, thumbnail
from .remote import is_url

__all__ = [
    "SETS",
    "PhotoError",
    "PhotoList",
    "fetch_photos",
    "is_url",
    "list_photos",
    "local_path",
    "make_tile",
    "open_photo",
    "read_photo",
    "thumbnail",
    "unpack",
]

"""What one photo may cost, and all that are decoded at once: memory, reads, and scans.

A small file may claim much: pixels, tags that all point at the whole file, thousands of scans.
The memory that decoding takes is known from the header, before it is taken.
"""

from __future__ import annotations

import io
import os
import re
import threading
from contextlib import contextmanager, suppress

from PIL import Image

from ..parallel import available_memory

_SMALL = 16 * 2**20  # bytes that are not counted: most photos are decoded small
_SHARE = 0.5  # of the memory that is left, for one large photo
_TOGETHER = 2**29  # bytes for large photos that are decoded at the same time

# Bytes for each pixel, as measured: those of the picture and of what it becomes on its way to
# RGB; then what decoders take besides.
_BYTES_OF_MODE = {"1": 2, "L": 1, "RGB": 4, "CMYK": 4, "P": 5, "I": 5, "F": 5, "LAB": 4}
_BYTES_OF_FORMAT = {"JPEG": 0, "PNG": 0, "BMP": 0, "GIF": 0, "PPM": 0, "TGA": 0, "PCX": 0}
_BYTES_OF_FORMAT |= {"WEBP": 13, "AVIF": 8, "HEIF": 8, "JPEG2000": 16}
_OTHER_MODE, _OTHER_FORMAT = 8, 4
_TO_OPEN = 2**28  # bytes of a file that a decoder may want before its size is known
_READ_WHOLE = {"WEBP", "AVIF", "HEIF", "TIFF", "JPEG2000"}  # their decoders copy the file
# The size in the header is not that of the picture inside, which at best shrank to 1/1000.
_CONTAINERS, _MOST_SHRUNK = {"ICO", "CUR", "ICNS", "BLP", "IPTC"}, 1000
_SLOW_PIXELS = 25_000_000  # of formats that Pillow decodes in Python, a microsecond for each

# Encoders make some ten scans. A decoder goes through all pixels for each: a second for 10⁹.
_MOST_SCANS, _MOST_SCANNED = 50, 10**9
_BYTES_PER_BLOCK = 1 / 8  # a block of 8 × 8 pixels has a bit at least
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")  # those that may stand between scans

_PILLOWS_LIMIT = Image.MAX_IMAGE_PIXELS


class TooMuchWorkError(ValueError):
    """A small file that would take minutes to decode; the message is the reason."""


class _Pool:
    """The memory that large photos take now, in this process."""

    def __init__(self):
        self.changed, self.used, self.limit = threading.Condition(), 0, 0


_pool = _Pool()


def _start_anew():
    global _pool
    _pool = _Pool()  # whoever held it is no thread of a forked child


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


@contextmanager
def memory_for(count):
    """Wait until so many bytes may be taken, beside other photos; MemoryError if never."""
    if count <= _SMALL:
        yield
        return
    pool = _pool
    with pool.changed:
        while pool.used and pool.used + count > min(pool.limit, _TOGETHER):
            pool.changed.wait()
        if not pool.used:
            pool.limit = int(_SHARE * _memory_left())
            if count > pool.limit:
                raise MemoryError
        pool.used += count
    try:
        yield
    finally:
        with pool.changed:
            pool.used -= count
            pool.changed.notify_all()


def _memory_left():
    import psutil
    from distributed import get_worker

    left = available_memory()
    with suppress(ValueError):  # not a worker of a cluster, which has a limit of its own
        if limit := get_worker().memory_manager.memory_limit:
            left = min(left, limit - psutil.Process().memory_info().rss)
    return max(0, left)


class MeteredFile(io.BufferedIOBase):
    """A binary file for Pillow that may be read some times over, but not without end.

    It has no number of a file, so that no library maps it: it may be shortened meanwhile.
    """

    def __init__(self, file):
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._reads = 100_000 + min(self.size // 256, 10**6)
        self._bytes = 2**20 + 8 * self.size
        self.opened = False  # no memory is reserved before

    def read(self, size=-1):  # noqa: D102 (as io has it)
        wanted = self.size if size is None or size < 0 else min(size, self.size)
        if wanted > _TO_OPEN and not self.opened:
            raise MemoryError
        content = self._file.read(size)
        self._reads -= 1
        self._bytes -= len(content)
        if min(self._reads, self._bytes) < 0:
            raise OSError("its parts are too many, or lie one over the other")
        return content

    def seek(self, offset, whence=os.SEEK_SET):  # noqa: D102
        return self._file.seek(offset, whence)

    def tell(self):  # noqa: D102
        return self._file.tell()

    def readable(self):  # noqa: D102
        return True

    def seekable(self):  # noqa: D102
        return True


def check_pixels(image, claimed, size):
    """Hold a picture to Pillow's limit: `claimed` pixels, in a file of so many bytes.

    A JPEG may claim more if it is decoded so small that the limit holds. It must have the
    bytes, and the limit must be the usual one: who lowers it means what files claim.
    """
    limit = Image.MAX_IMAGE_PIXELS
    if limit is None:
        return
    plausible = claimed * _BYTES_PER_BLOCK / 64 <= size
    if plausible and limit >= _PILLOWS_LIMIT:
        claimed = image.width * image.height
    if claimed > 2 * limit:
        raise Image.DecompressionBombError


def bytes_to_decode(image, claimed, size):
    """Bytes that decoding takes until the picture is small; TooMuchWorkError if minutes."""
    scans = _count_scans(image) if image.format == "JPEG" else 1
    codecs = {tile[0] for tile in image.tile}
    if "fits_gzip" in codecs:  # unpacked without a limit
        raise TooMuchWorkError("it is packed; unpack it, and save it as PNG")
    if not codecs.isdisjoint(Image.DECODERS) and claimed > _SLOW_PIXELS:
        raise TooMuchWorkError("it would take minutes to decode; save it as PNG or JPEG")
    if scans > _MOST_SCANS and scans * claimed > _MOST_SCANNED:
        raise TooMuchWorkError("it has too many scans; save it again as an ordinary JPEG")
    pixels = image.width * image.height
    each = _BYTES_OF_MODE.get(image.mode, 3 if image.mode.startswith("I;") else _OTHER_MODE)
    needed = pixels * (each + _BYTES_OF_FORMAT.get(image.format, _OTHER_FORMAT))
    if "transparency" in image.info:
        needed += 8 * pixels
    if image.format in _READ_WHOLE:
        needed += size
    if image.format in _CONTAINERS:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or _PILLOWS_LIMIT)
        needed = max(needed, min(_MOST_SHRUNK * size, limit) * _OTHER_MODE)
    if scans > 1:
        # All coefficients of the whole picture, two bytes for each; of shrunk colours fewer.
        factors = [across * down for _, across, down, _ in image.layer]
        needed += 2 * claimed * sum(factors) // max(1, *factors)
    return needed


def _count_scans(image):
    """Scans of a JPEG that has just been opened; 1 if all is in the first, as is usual."""
    data = image.fp
    start = data.tell()  # after the header of the first scan, which names its colours
    length = 2 * image.layers + 6
    data.seek(max(0, start - length))
    usual = data.read(3) == bytes((0, length, image.layers))
    if usual and not image.info.get("progressive"):
        return 1
    data.seek(start)
    content, place, scans = data.read(), 0, 1
    while (found := _MARKER.search(content, place)) and found[0] != b"\xff\xd9":
        scans += found[0] == b"\xff\xda"
        length = content[found.end() : found.end() + 2]
        place = found.end() + max(2, int.from_bytes(length, "big"))
    return max(2, scans)

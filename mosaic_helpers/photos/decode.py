"""Open the content of a file, whatever it is, or say in words why that cannot be."""

import errno
import io
import re
import warnings
from functools import lru_cache

from PIL import Image, UnidentifiedImageError

from ..errors import MosaicError

# Brands of HEIF files that Pillow alone cannot read (AVIF it can).
_HEIC = {
    b"heic",
    b"heix",
    b"heim",
    b"heis",
    b"hevc",
    b"hevx",
    b"hevm",
    b"hevs",
    b"mif1",
    b"msf1",
}
# For these Pillow starts another program (Ghostscript) on what the file tells it to do.
_PROGRAMS = {"EPS", "WMF"}
# Segments of a JPEG (ITU-T T.81, table B.1): frames coded in the usual ways, what may
# stand before the scan besides, and what comes last.
_FRAMES = {0xC0, 0xC1, 0xC2}
_TABLES = {0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)}
_APP1, _APP2, _SCAN = 0xE1, 0xE2, 0xDA
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_SILENCE = ("ignore", None, Warning, re.compile(r"PIL\."), 0)


class PhotoError(MosaicError):
    """A photo that cannot be used.

    Attributes
    ----------
    name : str
        The file.
    reason : str
        Why, in words, such as "the file is empty".
    """

    def __init__(self, name, reason):
        super().__init__(f"'{name}' cannot be used: {reason}.")
        self.name = str(name)
        self.reason = reason

    def __reduce__(self):
        """Keep name and reason when it travels between processes."""
        return PhotoError, (self.name, self.reason)


def decoded(content, name, least):
    """Open a picture; a JPEG as small as it may be.

    A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, at a fraction of the cost.

    Parameters
    ----------
    content : bytes
        Of the file.
    name : path-like or str
        What to call it if it cannot be used.
    least : callable
        From the size (width, height) of the picture to the size it must not go below.

    Returns
    -------
    PIL.Image.Image
        In any mode; perhaps not decoded yet.
    """
    image = _plain_jpeg(content, least)
    if image is None:
        image = _open(content, name)
        image.draft(None, least(image.size))
    return image


def _open(content, name):
    """Open a picture of any kind without decoding it yet."""
    _hush()
    try:
        image = Image.open(io.BytesIO(content))
    except UnidentifiedImageError:
        if content[4:8] != b"ftyp" or content[8:12] not in _HEIC:
            raise
        if not _learn_heic():
            raise PhotoError(
                name, "it is in HEIC format: pip install pillow-heif, which reads it"
            ) from None
        image = Image.open(io.BytesIO(content))
    if image.format in _PROGRAMS:
        raise PhotoError(name, "it is a drawing and not a photo; save it as a PNG")
    return image


def _plain_jpeg(content, least):
    """Decode what nearly all photos are; None for what Pillow had better open by itself.

    Its decoder is the same either way, and so are the pixels. But before it comes to that,
    `Image.open` takes apart all of the header, which adds a fifth to it.
    """
    try:
        mode, size, info = _jpeg_header(content)
        if not 0 < size[0] * size[1] <= Image.MAX_IMAGE_PIXELS:
            return None
        room = min(have // want for have, want in zip(size, least(size), strict=True))
        scale = next(scale for scale in (8, 4, 2, 1) if scale <= max(room, 1))
        small = tuple(-(-side // scale) for side in size)
        image = Image.frombytes(mode, small, content, "jpeg", mode, "", scale, 0)
    except (ValueError, TypeError, LookupError, OSError, MemoryError):
        return None  # whatever is wrong with it, Image.open will say
    image.info = info
    return image


def _jpeg_header(content):
    """Mode, size and `info` of a JPEG as Pillow would have them, or raise an error."""
    at, frame, info, profile = 2 * content.startswith(b"\xff\xd8"), None, {}, []
    while content[at] == 0xFF:
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at + 4 : at + 2 + length]
        if kind == _SCAN:
            return *frame, info
        if kind in _FRAMES and not frame and segment[0] == 8:
            size = int.from_bytes(segment[3:5], "big"), int.from_bytes(segment[1:3], "big")
            frame = {1: "L", 3: "RGB"}[segment[5]], size
            if profile and min(profile)[13] == len(profile):  # else a part of it is missing
                info["icc_profile"] = b"".join(part[14:] for part in sorted(profile))
        elif kind == _APP1 and segment.startswith(b"Exif\0\0") and "exif" not in info:
            info["exif"] = segment
        elif kind == _APP1 and segment.startswith(_XMP):
            info["xmp"] = segment[len(_XMP) :]
        elif kind == _APP2 and segment.startswith(b"ICC_PROFILE\0"):
            profile.append(segment)
        elif kind not in _TABLES or segment.startswith((b"MPF\0", b"Exif\0\0")):
            break
        at += 2 + length
    raise ValueError("not a plain JPEG")


def _hush():
    """What Pillow would warn of, photo by photo, is no news to who gave thousands.

    For the whole process: to switch it off and on again is not safe among threads.
    """
    if _SILENCE not in warnings.filters:
        warnings.filterwarnings("ignore", module=_SILENCE[3].pattern)


@lru_cache(maxsize=1)
def _learn_heic():
    """Teach Pillow the format of telephones, if there is the package for it."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


def why_unread(error):
    """Say why a file could not even be read."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "it may not be read; change its permissions"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if error.errno == errno.ELOOP:
        return "it is a link that leads back to itself"
    return f"it cannot be read ({error.strerror})" if error.strerror else str(error)


def why_broken(error):
    """Say to a person what Pillow says to a programmer."""
    text = str(error).strip() or type(error).__name__
    if isinstance(error, UnidentifiedImageError):
        return "it is no picture, or of a kind that cannot be read here"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return f"it claims more than {2 * Image.MAX_IMAGE_PIXELS // 10**6} million pixels"
    if isinstance(error, MemoryError):
        return "opening it takes more memory than there is"
    if isinstance(error, EOFError) or "truncated" in text:
        return "the picture is cut short; copy it again from where it came"
    return f"the picture is damaged ({text.splitlines()[0][:100]})"

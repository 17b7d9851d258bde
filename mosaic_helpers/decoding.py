"""Open the content of a file, whatever it is, or say in words why that cannot be."""

import errno
import io
import re
import warnings
from functools import lru_cache

from PIL import Image, UnidentifiedImageError

from .errors import MosaicError

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


def decoder(content, name):
    """Open a picture without decoding it yet."""
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

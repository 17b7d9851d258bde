"""Open one photo, upright and in sRGB, whole or as a small square; or say why it cannot be.

Photographs come as grey, palette, CMYK, 16-bit or floating-point pictures, lying on their
side, with a colour profile or a transparent background, and whatever the file is called.
All of it is dealt with here. What touches every pixel comes after shrinking, when few are
left.
"""

from __future__ import annotations

import errno
import io
import os
import re
import struct
import warnings
from contextlib import suppress
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from ..errors import MosaicError, check_setting, shown
from . import remote

# Brands of HEIF files that Pillow alone cannot read (AVIF it can).
_HEIF_BRANDS = set(b"heic heix heim heis hevc hevx hevm hevs mif1 msf1".split())
# For these Pillow starts another program (Ghostscript) on what the file tells it to do.
_STARTS_PROGRAM = {"EPS", "WMF"}

# EXIF orientation (CIPA DC-008, tag 0x0112) -> what sets the picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow was seen to raise on broken files; anything else is a bug of ours.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_PILLOW_WARNINGS = ("ignore", None, Warning, re.compile(r"PIL\."), 0)


class PhotoError(MosaicError):
    """A photo that cannot be used.

    Attributes
    ----------
    name : str
        The file, or "the picture" if there is none.
    reason : str
        Why, in words, such as "the file is empty".

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> try:
    ...     mh.thumbnail(b"Dear cat,", 64)
    ... except mh.PhotoError as error:
    ...     print(error.reason)
    it is not a picture, or a format that cannot be read here
    """

    def __init__(self, name: str | os.PathLike[str], reason: str) -> None:
        super().__init__(f"'{name}' cannot be used: {reason}.")
        self.name = str(name)
        self.reason = reason

    def __reduce__(self):
        """Keep name and reason when it travels between processes."""
        return PhotoError, (self.name, self.reason)


def read_photo(photo: str | os.PathLike[str]) -> bytes:
    """Read the content of a photo; an empty file is an error, too."""
    try:
        if remote.is_url(photo):
            content = remote.read_file(photo)
        else:
            with open(os.path.expanduser(photo), "rb", buffering=0) as file:
                content = file.read()
    except OSError as error:
        raise PhotoError(photo, describe_error(error)) from error
    if not content:
        raise PhotoError(photo, "the file is empty")
    return content


def open_photo(
    photo: str | os.PathLike[str] | bytes | Image.Image, longest: int | None = None
) -> Image.Image:
    """Open one photo, upright and in sRGB, at most `longest` pixels on its longer side."""
    return _load(photo, longest, crop=False)


def thumbnail(photo: str | os.PathLike[str] | bytes | Image.Image, size: int) -> np.ndarray:
    """Cut the square middle out of a photo and shrink it: a tile.

    The photo is set upright as its EXIF tag says, its colour profile is applied, and
    transparent parts are laid on white. Of a film, it is the first frame. It is shrunk by
    Pillow's bicubic filter (a JPEG by its decoder first), or enlarged if it is smaller.

    Parameters
    ----------
    photo : path-like, bytes or PIL.Image.Image
        The file or its address, its content, or a picture already open.
    size : int
        Tile size: pixels on a side, 1 to 1024.

    Returns
    -------
    numpy.ndarray, shape (size, size, 3), dtype uint8
        sRGB. Read-only.

    Raises
    ------
    PhotoError
        If the photo cannot be used; says why.
    MosaicError
        If the size is not allowed.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> tile = mh.thumbnail("data/cats/2007 kitchen/IMG_00000.jpg", 64)
    >>> tile.shape, tile.dtype
    ((64, 64, 3), dtype('uint8'))
    """
    size = check_setting("tile_size", size)
    pixels = _load(photo, size, crop=True).tobytes()
    return np.frombuffer(pixels, np.uint8).reshape(size, size, 3)


def _load(photo, length, crop):
    """Open, cut and shrink a photo; see `_size_and_box` for `length` and `crop`."""
    if not isinstance(photo, (str, os.PathLike, bytes, Image.Image)):
        raise MosaicError(f"A photo is a path, bytes or an opened picture, not {shown(photo)}.")
    name = "the picture" if isinstance(photo, (bytes, Image.Image)) else photo
    try:
        if not isinstance(photo, Image.Image):
            content = photo if isinstance(photo, bytes) else read_photo(photo)
            photo = open_small(content, name, length, crop)
        return _crop_and_resize(photo, length, crop)
    except PhotoError:
        raise
    except _BROKEN as error:
        raise PhotoError(name, describe_error(error)) from error


def _size_and_box(stored, length, crop):
    """Size (width, height) of the result, and the box of the stored picture to take.

    With `crop`, the square middle, `length` pixels on a side. Else all of it (no box), its
    longer side at most `length` pixels if that is not None.
    """
    width, height = stored
    if crop:
        side = min(stored)
        left, top = (width - side) / 2, (height - side) / 2
        return (length, length), (left, top, left + side, top + side)
    scale = min(1, length / max(stored)) if length else 1
    return (max(1, round(width * scale)), max(1, round(height * scale))), None


def open_small(content, name, length, crop):
    """Open a picture without decoding it; a JPEG so that it will be decoded small.

    A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, at a fraction of the cost.
    """
    _ignore_pillow_warnings()
    try:
        image = Image.open(io.BytesIO(content))
    except UnidentifiedImageError:
        if content[4:8] != b"ftyp" or content[8:12] not in _HEIF_BRANDS:
            raise
        if not _register_heif():
            raise PhotoError(
                name, "it is in HEIC format: pip install pillow-heif, which reads it"
            ) from None
        image = Image.open(io.BytesIO(content))
    if image.format in _STARTS_PROGRAM:
        raise PhotoError(name, "it is a drawing and not a photo; save it as a PNG")
    image.draft(None, _size_and_box(image.size, length, crop)[0])
    return image


def _ignore_pillow_warnings():
    """Keep Pillow from warning of one photo in thousands.

    For the whole process: to switch it off and on again is not safe among threads.
    """
    if _PILLOW_WARNINGS not in warnings.filters:
        warnings.filterwarnings("ignore", module=_PILLOW_WARNINGS[3].pattern)


@lru_cache(maxsize=1)
def _register_heif():
    """Teach Pillow the format of phones; False if the package for it is missing."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


def describe_error(error):
    """Say in words why a photo cannot be read or decoded."""
    text = str(error).strip() or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "you may not read it; change its permissions"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "it is a link that leads back to itself"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read ({error.strerror})"
    if isinstance(error, ConnectionError):  # of `remote`, in words already
        return text
    if isinstance(error, UnidentifiedImageError):
        return "it is not a picture, or a format that cannot be read here"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return f"it claims more than {2 * Image.MAX_IMAGE_PIXELS // 10**6} million pixels"
    if isinstance(error, MemoryError):
        return "opening it takes more memory than there is"
    if isinstance(error, EOFError) or "truncated" in text:
        return "the picture is cut short; copy it again from where it came"
    return f"the picture is damaged ({text.splitlines()[0][:100]})"


def _crop_and_resize(image, length, crop):
    """Cut and shrink a picture, then set it upright and convert it to sRGB, mode RGB."""
    image.load()  # first of all: asking a PNG for its tags would load it and hide what fails
    turn = _UPRIGHT.get(_orientation(image))
    profile = image.info.get("icc_profile")
    image = _resizable(image)
    size, box = _size_and_box(image.size, length, crop)
    if size != image.size or box:
        image = image.resize(size, Image.Resampling.BICUBIC, box=box)
    image = _on_white(image, profile)
    return image if turn is None else image.transpose(turn)


def _orientation(image):
    try:
        return image.getexif().get(0x0112)
    except _BROKEN:  # a damaged block of tags does not damage the picture
        return None


def _resizable(image):
    """To a mode that can be resized: L, LA, RGB, RGBA, CMYK or LAB."""
    if image.mode == "F" or image.mode.startswith("I"):
        return _eight_bits(image)
    if image.mode == "PA" or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode not in {"L", "LA", "RGB", "RGBA", "CMYK", "LAB"}:
        return image.convert("RGB")
    return image


def _eight_bits(image):
    """Grey with more than 8 bits: divide by the full scale that it seems to have."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float64))
    scales = (65535.0,) if image.mode.startswith("I;16") else (1.0, 255.0, 65535.0)
    full = next((scale for scale in scales if values.max() <= scale), values.max())
    return Image.fromarray((values.clip(0, full) * (255 / full) + 0.5).astype(np.uint8))


def _on_white(image, profile):
    """Colour profile applied, transparency laid on white, mode RGB."""
    if image.mode not in {"RGBA", "LA"}:
        return _to_srgb(image, profile)
    paper = Image.new("RGB", image.size, "white")
    colours = _to_srgb(image.convert("RGB" if image.mode == "RGBA" else "L"), profile)
    paper.paste(colours, mask=image.getchannel("A"))
    return paper


def _to_srgb(image, profile):
    if image.mode == "LAB" or profile:
        # If damaged, or made for another kind of picture, the pixels are still good.
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            if transform := _transform(profile, image.mode):
                return ImageCms.applyTransform(image, transform)
    return image if image.mode == "RGB" else image.convert("RGB")


# Preparing a transform takes longer than decoding the photo, and a collection holds
# few different profiles: keep the last ones.
@lru_cache(maxsize=32)
def _transform(profile, mode):
    if mode == "LAB":
        own = ImageCms.createProfile("LAB")
    else:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    transform = ImageCms.buildTransform(own, ImageCms.createProfile("sRGB"), mode, "RGB")
    if mode == "RGB" and _changes_nothing(transform):
        return None  # it says sRGB, as most profiles do
    return transform


def _changes_nothing(transform):
    """Whether no colour of a grid through all of them moves by more than one of 255."""
    steps = np.linspace(0, 255, 17).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(17, -1, 3)
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(colours), transform))
    return np.abs(moved.astype(int) - colours).max() <= 1

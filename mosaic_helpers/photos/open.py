"""Open one photo, upright and in sRGB, whole or as a small square; or say why it cannot be.

Photographs come as grey, palette, CMYK, 16-bit or floating-point pictures, lying on their
side, with a colour profile or a transparent background, and whatever the file is called.
All of it is dealt with here. What touches every pixel comes after shrinking, when few are
left.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import io
import logging
import os
import re
import struct
import threading
import warnings
import zlib
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms, ImageFile, JpegImagePlugin, UnidentifiedImageError

from ..errors import SOFTWARE, MosaicError, check_setting, printable, shown
from . import kinds, limits, remote

_LARGE = 16 * 2**20  # bytes: such a file is opened and not read
_LARGE_JPEG = 2**20  # bytes; a smaller one can do no harm by its parts
_ZEROS = 512  # bytes
_MAX_PROFILE = 2**24  # bytes
_SAMPLE = 64  # pixels on a side of what the digest of a photo knows of its picture
_STRIP = 2**20  # pixels

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
        self.name = remote.without_secrets(str(name))
        super().__init__(f"'{printable(self.name)}' cannot be used: {reason}.")
        self.reason = reason

    def __reduce__(self):
        """Keep name and reason when it travels between processes."""
        return PhotoError, (self.name, self.reason)


def local_path(photo):
    """Return the path of a photo as text. A ``~`` is expanded if it was typed.

    So it is in a text, unless there is a file of that very name; what has been listed is a
    Path, and a folder may be called ``~root``.
    """
    path = os.fsdecode(photo)
    typed = isinstance(photo, str) and path.startswith("~") and not os.path.lexists(path)
    return os.path.expanduser(path) if typed else path


def read_photo(photo: str | os.PathLike[str]) -> bytes | BinaryIO:
    """Read the content of a photo; of a large file, open it instead.

    Its kind is known by then: films and the like raise a `PhotoError`, as an empty file does.
    """
    try:
        if remote.is_url(photo):
            content = remote.read_file(photo, _LARGE)
        else:
            content = _read_local(photo)
    except (OSError, MemoryError) as error:
        raise PhotoError(photo, describe_error(error)) from error
    if not content:
        raise PhotoError(photo, "the file is empty")
    if not isinstance(content, bytes):
        reason = kinds.reason_by_start(content.read(kinds.HEAD))
        content.seek(0)
        if reason:
            content.close()
            raise PhotoError(photo, reason)
    return content


def _read_local(photo):
    path = local_path(photo)
    status = os.stat(path)
    if reason := kinds.reason_by_status(status):
        raise PhotoError(photo, reason)
    if status.st_size <= _LARGE:
        with open(path, "rb") as file:
            content = file.read(status.st_size + 1)
        if len(content) <= status.st_size:
            return content
    return open(path, "rb")  # large, growing, or where files are said to have no size


def open_photo(
    photo: str | os.PathLike[str] | bytes | Image.Image, longest: int | None = None
) -> Image.Image:
    """Open one photo, upright and in sRGB, at most `longest` pixels on its longer side."""
    return _load(photo, longest, crop=False)[0]


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
    pixels = _load(photo, size, crop=True)[0].tobytes()
    return np.frombuffer(pixels, np.uint8).reshape(size, size, 3)


def make_tile(photo, size):
    """Return the `thumbnail` of a photo, and the digest of its picture, a hash object.

    The digest is not that of the file: with other tags, a picture is the same. A mosaic of
    ours is refused.
    """
    image, facts = _load(photo, size, crop=True)
    if facts["software"] == SOFTWARE:
        raise PhotoError(_name(photo), "it is a mosaic made by photo-mosaic, not a photo")
    pixels = image.tobytes()
    digest = hashlib.blake2b(pixels)
    digest.update(facts["sample"])
    return np.frombuffer(pixels, np.uint8).reshape(size, size, 3), digest


def _name(photo):
    return photo if isinstance(photo, (str, os.PathLike)) else "the picture"


def _load(photo, length, crop):
    """Open, cut and shrink a photo; see `_size_and_box` for `length` and `crop`.

    Returns the image, and what is known of the whole picture: see `_facts`.
    """
    if not isinstance(photo, (str, os.PathLike, bytes, Image.Image)):
        raise MosaicError(f"A photo is a path, bytes or an opened picture, not {shown(photo)}.")
    name = _name(photo)
    try:
        if isinstance(photo, Image.Image):
            return _crop_and_resize(photo, length, crop)
        content = read_photo(photo) if name is photo else photo
        with quiet(), io.BytesIO(content) if isinstance(content, bytes) else content as file:
            try:
                return _decode(file, name, length, crop)
            except ValueError as error:
                if "MAX_TEXT" not in str(error):
                    raise
                with io.BytesIO(_without_texts(file)) as shorter:
                    return _decode(shorter, name, length, crop)
    except MosaicError:
        raise
    except Exception as error:  # decoders raise anything
        raise PhotoError(name, describe_error(error)) from error


def _decode(file, name, length, crop):
    image, needed = open_small(file, name, length, crop)
    with limits.memory_for(needed):
        return _crop_and_resize(image, length, crop)


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


def open_small(file, name, length, crop):
    """Open a picture without decoding it; a JPEG so that it will be decoded small.

    A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, at a fraction of the cost. Returns
    the picture, and the bytes of memory that decoding it takes.
    """
    head = file.read(kinds.HEAD)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if reason := kinds.reason_by_start(head):
        raise PhotoError(name, reason)
    jpeg = head.startswith(b"\xff\xd8\xff")
    if size > _LARGE_JPEG or not jpeg:
        file = limits.MeteredFile(file)
    image = _open_jpeg(file) if jpeg else _open_other(file, head, name)
    if isinstance(file, limits.MeteredFile):
        file.opened = True
    claimed = image.width * image.height
    image.draft(None, _size_and_box(image.size, length, crop)[0])
    limits.check_pixels(image, claimed, size)
    return image, limits.bytes_to_decode(image, claimed, size)


class _Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose tags Pillow does not read: it would copy whatever they point at."""

    def getexif(self):
        return Image.Exif()


def _open_jpeg(file):
    """Open a JPEG of any size: `Image.open` would refuse the largest before the draft."""
    # Where a download ended, some programs leave zeros, which libjpeg takes for a grey picture.
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _ZEROS))
    if file.read() == bytes(_ZEROS):
        file.seek(max(0, size - _LARGE_JPEG))
        if not file.read().rstrip(b"\0").endswith(b"\xff\xd9"):
            raise EOFError
    file.seek(0)
    try:
        return _Jpeg(file)
    except SyntaxError as error:
        raise UnidentifiedImageError from error


def _open_other(file, head, name):
    if reason := kinds.reason_by_tags(file):
        raise PhotoError(name, reason)
    try:
        image = Image.open(file)
    except UnidentifiedImageError:
        if head[4:8] != b"ftyp" or head[8:12] not in kinds.HEIF_BRANDS:
            raise
        if not _register_heif():
            raise PhotoError(
                name, "it is in HEIC format: pip install pillow-heif, which reads it"
            ) from None
        image = Image.open(file)
    if image.format in _STARTS_PROGRAM:
        raise PhotoError(name, kinds.DRAWING)
    if image.format == "TIFF":
        _silence_libtiff()
        with suppress(EOFError):  # pages that are small copies of one that follows
            while int(image.tag_v2.get(254, 0)) & 1 and image.tell() < 8:
                image.seek(image.tell() + 1)
    return image


_this_thread = threading.local()


class _DecodingHere:
    """Stands in a filter of warnings for the name of a module, and matches in quiet threads."""

    def match(self, _):
        return getattr(_this_thread, "quiet", False)


_FILTER = ("ignore", None, Warning, _DecodingHere(), 0)


@contextmanager
def quiet():
    """Keep Pillow from warning of one photo in thousands, in this thread alone.

    The filters of warnings are those of the process, and to change them for a while is not
    safe among threads. So a filter stays, and applies nowhere else: what users have asked to
    be warned of, or to be an error, is so in their own code.
    """
    filters = warnings.filters
    if not filters or filters[0] is not _FILTER:
        with suppress(ValueError):
            filters.remove(_FILTER)
        filters.insert(0, _FILTER)
    _this_thread.quiet = True
    try:
        yield
    finally:
        _this_thread.quiet = False


logging.getLogger("PIL.TiffImagePlugin").addFilter(
    lambda _: not getattr(_this_thread, "quiet", False)
)


@lru_cache(maxsize=1)
def _silence_libtiff():
    """Keep libtiff from printing what it thinks of a file, for the whole process.

    It prints to the stderr of C, which no thread has for itself, and Pillow offers no way to
    stop it. The handlers are found through the module of Pillow that is linked to it. Where
    libtiff is inside of that module, as on Windows, they cannot be found, and it prints.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(Image.core.__file__)
        for set_handler in (library.TIFFSetErrorHandler, library.TIFFSetWarningHandler):
            set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
            set_handler(None)


def _without_texts(file):
    """Return the content of a PNG without its texts, and without a profile that is as large.

    Pillow refuses a picture with more text than it likes.
    """
    file.seek(0)
    parts = [file.read(8)]
    while len(start := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", start)
        data = file.read(length + 4)
        if kind == b"iCCP":
            inflate = zlib.decompressobj()
            with suppress(zlib.error):
                inflate.decompress(data.partition(b"\0")[2][1:], ImageFile.SAFEBLOCK)
            kind = b"tEXt" if inflate.unconsumed_tail else kind
        if kind not in {b"tEXt", b"zTXt", b"iTXt"}:
            parts += [start, data]
    return b"".join(parts)


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
    if isinstance(error, limits.TooMuchWorkError):
        return text
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
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6
        return f"it claims more than {most} million pixels; save a smaller copy"
    if isinstance(error, MemoryError):
        return "opening it takes more memory than there is; save a smaller copy"
    if isinstance(error, EOFError) or "truncated" in text.lower():
        return "the picture is cut short; copy it again from where it came"
    return f"the picture is damaged ({printable(text.splitlines()[0][:100])})"


def _crop_and_resize(image, length, crop):
    """Cut and shrink a picture, then set it upright and convert it to sRGB, mode RGB."""
    image.load()  # first of all: what a PNG says of itself may stand behind its picture
    orientation, software = _orientation_and_software(image)
    turn = _UPRIGHT.get(orientation)
    profile = image.info.get("icc_profile")
    image = _resizable(image)
    sample = image.resize((_SAMPLE, _SAMPLE), Image.Resampling.NEAREST).tobytes()
    state = f"{image.mode} {image.size} {orientation}".encode()
    size, box = _size_and_box(image.size, length, crop)
    if size != image.size or box:
        image = image.resize(size, Image.Resampling.BICUBIC, box=box)
    image = _on_white(image, profile if profile and len(profile) <= _MAX_PROFILE else None)
    image = image if turn is None else image.transpose(turn)
    return image, {"software": software, "sample": state + sample}


def _orientation_and_software(image):
    """Read two tags of a picture: 274 and 305."""
    tags = getattr(image, "tag_v2", None) or _exif_tags(image)
    software = image.info.get("Software") or tags.get(305, "")
    return tags.get(274) or _orientation_of_xmp(image), str(software).strip("\0 ")


def _exif_tags(image):
    """The first directory of a block of EXIF; not by Pillow, which copies all that tags claim.

    A damaged block does not damage the picture.
    """
    tags = {}
    with suppress(struct.error, ValueError, TypeError):
        block = image.info.get("exif")
        if block is None and (text := image.info.get("Raw profile type exif")):
            block = bytes.fromhex("".join(text.split("\n")[3:]))  # as ImageMagick has it
        block = (block or b"").removeprefix(b"Exif\0\0")
        order = "<" if block.startswith(b"II") else ">"
        (start,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number = struct.unpack_from(order + "HHI", block, place)
            if tag == 274 and kind in {1, 3, 4}:
                letter = {1: "B", 3: "H", 4: "I"}[kind]
                (tags[tag],) = struct.unpack_from(order + letter, block, place + 8)
            elif tag == 305 and 4 < number < 100:
                (first,) = struct.unpack_from(order + "I", block, place + 8)
                tags[tag] = block[first : first + number].decode("ascii", "replace")
    return tags


def _orientation_of_xmp(image):
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    xmp = xmp.encode("utf-8", "replace") if isinstance(xmp, str) else xmp
    found = re.search(rb'tiff:Orientation(?:="|>)([0-9])', xmp) if xmp else None
    return int(found[1]) if found else None


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
    largest = max(float(strip.max()) for strip in _strips(image))
    scales = (65535.0,) if image.mode.startswith("I;16") else (1.0, 255.0, 65535.0)
    full = next((scale for scale in scales if largest <= scale), largest)
    grey, top = np.empty(image.size[::-1], np.uint8), 0
    for strip in _strips(image):
        grey[top : top + len(strip)] = strip.clip(0, full) * (255 / full) + 0.5
        top += len(strip)
    return Image.fromarray(grey)


def _strips(image):
    """Yield some rows of a picture after the other; what is no number is black."""
    width, height = image.size
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        strip = np.asarray(strip).astype(np.float32)
        strip[~np.isfinite(strip)] = 0
        yield strip


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
            small = not profile or len(profile) <= _LARGE_JPEG
            find = _transform if small else _transform.__wrapped__  # which keeps it not
            if transform := find(profile, image.mode):
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

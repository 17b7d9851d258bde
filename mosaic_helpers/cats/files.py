"""Write one file of the collection: most are plain JPEGs, some are trouble."""

import io

from PIL import Image, ImageDraw, ImageFilter

from ..errors import atomic_write
from .collection import collection
from .easel import paint_cat

QUALITY = 82
ORIENTATION = 0x0112  # the number of the EXIF tag
# How to store a picture so that a viewer that applies the tag shows it upright.
_STORED = {
    3: Image.Transpose.ROTATE_180,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
_TEXT = "This is no photograph, whatever it is called.\nThe cat was here, and left.\n"


def write_picture(folder, picture, seed):
    """Write one file, whole or not at all.

    Parameters
    ----------
    folder : Path
        The collection's folder.
    picture : Picture
        Which file of the collection.
    seed : int
        Which collection.
    """
    content = encode(picture, seed)
    with atomic_write(folder / picture.name) as tmp_path:
        tmp_path.write_bytes(content)


def encode(picture, seed):
    """Return the bytes of one file of the collection.

    Parameters
    ----------
    picture : Picture
        Which file.
    seed : int
        Which collection.

    Returns
    -------
    bytes
    """
    kind = picture.kind
    if kind == "double":
        [original] = [p for p in collection(picture.cat + 1) if p.name == picture.original]
        return encode(original, seed)
    if kind == "empty":
        return b""
    if kind == "text":
        return f"{_TEXT}{picture.name}\n".encode()
    image = paint_cat(picture.cat, seed)
    if kind == "truncated":
        content = _jpeg(image)
        return content[: len(content) * 2 // 5]
    if kind == "rotated":
        exif = Image.Exif()
        exif[ORIENTATION] = picture.orientation
        return _jpeg(image.transpose(_STORED[picture.orientation]), exif=exif)
    if kind == "cmyk":
        return _jpeg(image.convert("CMYK"))
    if kind == "grey":
        return _jpeg(image.convert("L"))
    if kind == "alpha":
        return _cut_out(image)
    return _jpeg(image, progressive=kind == "progressive")


def _jpeg(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, **options)
    return buffer.getvalue()


def _cut_out(image):
    """A PNG that fades to nothing at its border."""
    wide, high = image.size
    shape = Image.new("L", image.size)
    ImageDraw.Draw(shape).ellipse((12, 12, wide - 12, high - 12), 255)
    image.putalpha(shape.filter(ImageFilter.GaussianBlur(8)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()

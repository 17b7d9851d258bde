"""From whatever a file holds to upright sRGB bytes.

Photographs come as grey, palette, CMYK, 16-bit or floating-point pictures, lying on
their side, with a colour profile or a transparent background. `crop_and_resize` deals with all
of it, and does what touches every pixel after shrinking, when there are few.
"""

import io
import struct
from contextlib import suppress
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

# What Pillow was seen to raise on broken files; anything else is a bug of ours.
BROKEN = (
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


def crop_and_resize(image, frame):
    """Cut and shrink a picture, then set it upright and convert it to sRGB.

    Parameters
    ----------
    image : PIL.Image.Image
        In any mode.
    frame : callable
        From a size (width, height) to the size wanted and the box to cut, or None for
        all of it. It is asked about the picture as stored, before it is set upright.

    Returns
    -------
    PIL.Image.Image
        Mode RGB.
    """
    image.load()  # first of all: asking a PNG for its tags would load it and hide what fails
    turn = _UPRIGHT.get(_orientation(image))
    profile = image.info.get("icc_profile")
    image = _resizable(image)
    size, box = frame(image.size)
    if size != image.size or box:
        image = image.resize(size, Image.Resampling.BICUBIC, box=box)
    image = _on_white(image, profile)
    return image if turn is None else image.transpose(turn)


def _orientation(image):
    try:
        return image.getexif().get(0x0112)
    except BROKEN:  # a damaged block of tags does not damage the picture
        return None


def _resizable(image):
    """To a mode that can be resized: L, LA, RGB, RGBA, CMYK or LAB."""
    if image.mode == "F" or image.mode.startswith("I"):
        return _eight_bits(image)
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        clear = image.mode == "PA" or "transparency" in image.info
        return image.convert("RGBA" if clear else "RGB")
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

"""Write a picture that comes in strips, from the top down.

Pillow wants the whole picture at once, so a JPEG or a PNG is limited by memory. A TIFF is
written strip by strip, at any size.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, PngImagePlugin

from ..errors import SOFTWARE, MosaicError
from ..parallel import available_memory

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF"}
_MAX_SIDE = {"JPEG": 65_500, "PNG": 2**31 - 1, "TIFF": 2**31 - 1}  # pixels
_BYTES_PER_PIXEL = 4  # Pillow keeps RGB in four bytes
_SHARE_OF_MEMORY = 0.75  # of what is free
_TIFF_STRIP = 64  # rows of pixels
SOFTWARE_TAG = 305  # in EXIF, and in TIFF


def check_writable(path: Path, shape: tuple[int, int]) -> str:
    """Return the format of a file, or say why it cannot hold a picture of this shape."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise MosaicError(
            f"Cannot tell a format from the name '{path.name}': end it in .jpg, .png or .tif."
        )
    kind = FORMATS[suffix]
    size = f"The mosaic has {shape[1]:,} × {shape[0]:,} pixels, and"
    advice = "take smaller tiles, or save as .tif."
    if max(shape) > _MAX_SIDE[kind]:
        raise MosaicError(
            f"{size} {path.suffix} allows {_MAX_SIDE[kind]:,} on a side: {advice}"
        )
    if kind != "TIFF":
        needed, free = _BYTES_PER_PIXEL * shape[0] * shape[1], available_memory()
        if needed > _SHARE_OF_MEMORY * free:
            raise MosaicError(
                f"{size} writing it as {path.suffix} takes {needed / 1e9:,.1f} GB of memory, "
                f"with {free / 1e9:,.1f} GB free: {advice}"
            )
    return kind


def write_picture(out, kind, strips, shape, quality):
    """Write strips, the whole of them (height, width) large, to an open binary file.

    The picture gets our mark, by which `is_ours` knows it.
    """
    if kind == "TIFF":
        _write_tiff(out, strips, shape)
        return
    picture, top = Image.new("RGB", shape[::-1]), 0
    for strip in strips:
        picture.paste(Image.fromarray(strip), (0, top))
        top += len(strip)
    if kind == "JPEG":
        mark = Image.Exif()
        mark[SOFTWARE_TAG] = SOFTWARE
        # Full colour resolution: tiles are small, and their borders are sharp.
        picture.save(out, kind, quality=quality, subsampling=0, exif=mark)
    else:
        mark = PngImagePlugin.PngInfo()
        mark.add_text("Software", SOFTWARE)
        # Of photos, level 6 saves 1 % more in 3/2 the time.
        picture.save(out, kind, compress_level=4, pnginfo=mark)


def _write_tiff(out, strips, shape):
    """Write a TIFF, as BigTIFF beyond 4 GB."""
    height, width = shape
    rows = min(height, _TIFF_STRIP)
    tifffile.imwrite(
        out,
        (strip.tobytes() for strip in regroup(strips, rows)),
        shape=(height, width, 3),
        dtype=np.uint8,
        photometric="rgb",
        rowsperstrip=rows,
        bigtiff=height * width * 3 > 4_000_000_000,
        software=SOFTWARE,
    )


def regroup(strips, height):
    """Yield the same rows of pixels in strips of `height`; the last may have fewer."""
    rest = None
    for strip in strips:
        rest = strip if rest is None else np.concatenate([rest, strip])
        whole = len(rest) - len(rest) % height
        for start in range(0, whole, height):
            yield rest[start : start + height]
        rest = rest[whole:]
    if rest is not None and len(rest):
        yield rest

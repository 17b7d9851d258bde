"""Write pictures strip by strip, so that they may be larger than memory.

Pillow wants the whole picture at once. JPEG, PNG and TIFF can all be written from the
top down, and these three functions do.
"""

import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image

_JPEG_STRIP = 64


def regroup(strips, height):
    """Cut a stream of strips anew.

    Parameters
    ----------
    strips : iterable of numpy.ndarray, shape (any, width, 3), dtype uint8
        From the top down.
    height : int
        Rows of pixels in each strip that is yielded; the last may have fewer.

    Yields
    ------
    numpy.ndarray, shape (height, width, 3), dtype uint8
    """
    rest = None
    for strip in strips:
        rest = strip if rest is None else np.concatenate([rest, strip])
        whole = len(rest) - len(rest) % height
        for start in range(0, whole, height):
            yield rest[start : start + height]
        rest = rest[whole:]
    if rest is not None and len(rest):
        yield rest


def write_png(out, strips, shape):
    """Write a PNG (ISO/IEC 15948) to the open binary file `out`.

    Parameters
    ----------
    out : binary file
        Open for writing.
    strips : iterable of numpy.ndarray, shape (any, width, 3), dtype uint8
        From the top down.
    shape : (int, int)
        Height and width of the whole.
    """
    height, width = shape
    out.write(b"\x89PNG\r\n\x1a\n")
    _png_chunk(out, b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    packer = zlib.compressobj(6)
    for strip in strips:
        # Each row starts with the number of its filter: 1, difference to the left.
        rows = np.ones((len(strip), 1 + width * 3), np.uint8)
        rows[:, 1:] = strip.reshape(len(strip), -1)
        rows[:, 4:] -= strip[:, :-1].reshape(len(strip), -1)
        data = packer.compress(rows.tobytes())
        if data:
            _png_chunk(out, b"IDAT", data)
    _png_chunk(out, b"IDAT", packer.flush())
    _png_chunk(out, b"IEND", b"")


def _png_chunk(out, kind, data):
    out.write(struct.pack(">I", len(data)) + kind + data)
    out.write(struct.pack(">I", zlib.crc32(kind + data)))


def write_jpeg(out, strips, shape, quality=90):
    """Write a JPEG (ITU-T T.81) to the open binary file `out`.

    Every strip is compressed on its own, with the same tables. The compressed strips
    are joined by restart markers, which is what these are for: after one, a decoder
    starts anew, as the encoder did.

    Parameters
    ----------
    out : binary file
        Open for writing.
    strips : iterable of numpy.ndarray, shape (any, width, 3), dtype uint8
        From the top down.
    shape : (int, int)
        Height and width of the whole.
    quality : int
        1 to 95, as in Pillow.
    """
    height, width = shape
    blocks_in_strip = -(-width // 8) * (_JPEG_STRIP // 8)
    for number, strip in enumerate(regroup(strips, _JPEG_STRIP)):
        header, data = _jpeg_strip(strip, quality)
        if number == 0:
            head, scan = _split_scan_header(header, height)
            out.write(head + struct.pack(">HHH", 0xFFDD, 4, blocks_in_strip) + scan)
        else:
            out.write(struct.pack(">H", 0xFFD0 + (number - 1) % 8))
        out.write(data)
    out.write(b"\xff\xd9")


def _jpeg_strip(strip, quality):
    """Compress one strip: everything up to the data, and the data."""
    file = io.BytesIO()
    # Full colour resolution makes blocks of 8 × 8, so a strip is a whole number of them.
    Image.fromarray(strip).save(file, "JPEG", quality=quality, subsampling=0)
    content = file.getvalue()
    scan = content.index(b"\xff\xda", _segments_end(content))
    (length,) = struct.unpack_from(">H", content, scan + 2)
    return content[: scan + 2 + length], content[scan + 2 + length : -2]


def _segments_end(content):
    """Position of the first marker that begins a scan, found by walking the segments."""
    position = 2
    while content[position + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", content, position + 2)
        position += 2 + length
    return position


def _split_scan_header(header, height):
    """Header with the height of the whole picture: what precedes the scan, and the scan's."""
    frame, scan = 2, _segments_end(header)
    while header[frame + 1] != 0xC0:
        (length,) = struct.unpack_from(">H", header, frame + 2)
        frame += 2 + length
    tall = header[: frame + 5] + struct.pack(">H", height) + header[frame + 7 :]
    return tall[:scan], tall[scan:]


def write_tiff(out, strips, shape):
    """Write a TIFF, as BigTIFF beyond 4 GB, to the open binary file `out`.

    Parameters
    ----------
    out : binary file
        Open for writing.
    strips : iterable of numpy.ndarray, shape (any, width, 3), dtype uint8
        From the top down.
    shape : (int, int)
        Height and width of the whole.
    """
    height, width = shape
    rows = min(height, 64)
    tifffile.imwrite(
        out,
        (strip.tobytes() for strip in regroup(strips, rows)),
        shape=(height, width, 3),
        dtype=np.uint8,
        photometric="rgb",
        rowsperstrip=rows,
        bigtiff=height * width * 3 > 4_000_000_000,
        software="photo-mosaic",
    )

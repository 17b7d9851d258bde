"""Real pictures of some forty kinds, mutated: a tile or a reason comes out, and nothing else.

Some hundreds by default; as many as can be done in MOSAIC_FUZZ_SECONDS seconds if it is set.
"""

import io
import os
import random
import time

import numpy as np
import pytest
from conftest import scene
from PIL import Image, ImageCms, PngImagePlugin

import mosaic_helpers as mh

pytestmark = pytest.mark.fuzz
SECONDS = float(os.environ.get("MOSAIC_FUZZ_SECONDS", "0"))
AT_LEAST, MOST_SECONDS = 400, 20
EXTREMES = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF]


def encoded(kind, image=None, **options):
    file = io.BytesIO()
    (scene() if image is None else image).save(file, kind, **options)
    return file.getvalue()


def pictures():
    """Name and content of a picture of each kind."""
    rgb, grey, palette = scene(), scene().convert("L"), scene().quantize(16)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    tags = Image.Exif()
    tags[0x0112], tags[0x0131] = 6, "a program"
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Software", "a program")
    texts.add_text("Comment", "a cat " * 100, zip=True)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    def many():
        return {"save_all": True, "append_images": [scene(seed=1), scene(seed=2)]}

    yield "jpeg", encoded("JPEG", exif=tags, icc_profile=profile)
    yield "progressive", encoded("JPEG", scene(300, 200), progressive=True)
    yield "cmyk", encoded("JPEG", rgb.convert("CMYK"))
    yield "grey", encoded("JPEG", grey)
    yield "mpo", encoded("MPO", **many())
    yield "png", encoded("PNG", pnginfo=texts, icc_profile=profile, exif=tags)
    yield "png of a palette", encoded("PNG", palette, transparency=0)
    yield "png with alpha", encoded("PNG", rgb.convert("RGBA"))
    yield "png of 16 bits", encoded("PNG", deep)
    yield "png of 1 bit", encoded("PNG", rgb.convert("1"))
    yield "apng", encoded("PNG", **many())
    yield "gif", encoded("GIF", palette, transparency=0, comment=b"a cat" * 100)
    yield "gifs", encoded("GIF", **many())
    yield "webp", encoded("WEBP", exif=tags, icc_profile=profile)
    yield "webp lossless", encoded("WEBP", rgb.convert("RGBA"), lossless=True)
    yield "webps", encoded("WEBP", **many())
    yield "avif", encoded("AVIF", speed=10, exif=tags)
    yield "tiff", encoded("TIFF", exif=tags, icc_profile=profile)
    yield "tiffs", encoded("TIFF", **many())
    for packed in ("tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits", "lzma", "zstd"):
        yield packed, encoded("TIFF", compression=packed)
    yield "fax", encoded("TIFF", rgb.convert("1"), compression="group4")
    yield "tiff of floats", encoded("TIFF", grey.convert("F"))
    yield "tiff in lab", encoded("TIFF", Image.new("LAB", (40, 30), (120, 130, 140)))
    yield "jpeg 2000", encoded("JPEG2000")
    yield "jpeg 2000 stream", encoded("JPEG2000", no_jp2=True)
    for kind in ("BMP", "DIB", "PPM", "TGA", "PCX", "SGI", "DDS", "QOI", "ICO", "ICNS"):
        yield kind.lower(), encoded(kind)
    yield "xbm", encoded("XBM", rgb.convert("1"))
    yield "msp", encoded("MSP", rgb.convert("1"))
    yield "spider", encoded("SPIDER", grey.convert("F"))
    yield "packed tga", encoded("TGA", rgb.convert("RGBA"), compression="tga_rle")
    yield "eps", encoded("EPS")
    try:
        import pillow_heif
    except ImportError:
        return
    file = io.BytesIO()
    pillow_heif.from_pillow(rgb).save(file, quality=50)
    yield "heic", file.getvalue()


def mutate(content, others, dice):
    """Change some bytes, numbers or parts of a file."""
    content = bytearray(content)
    header = min(len(content), 400)  # where most of what matters is
    for _ in range(dice.choice([1, 1, 1, 2, 3, 8])):
        place = dice.randrange(dice.choice([header, len(content)]) or 1)
        match dice.randrange(7):
            case 0 | 1:
                content[place : place + 1] = bytes([dice.randrange(256)])
            case 2:
                width, order = dice.choice([1, 2, 4]), dice.choice(["little", "big"])
                number = dice.choice(EXTREMES) % 256**width
                content[place : place + width] = number.to_bytes(width, order)
            case 3:
                del content[place : place + dice.randrange(1, 200)]
            case 4:
                content[place:place] = dice.randbytes(dice.randrange(1, 100))
            case 5:
                other = dice.choice(others)
                start = dice.randrange(len(other))
                part = other[start : start + dice.randrange(1, 300)]
                content[place : place + len(part)] = part
            case 6:
                del content[len(content) - dice.randrange(len(content) // 2 + 1) :]
    return bytes(content)


@pytest.mark.filterwarnings("error")  # what is said of a photo is its reason
def test_mutated_pictures_give_a_tile_or_a_reason(capfd):
    kinds = dict(pictures())
    names, contents = list(kinds), list(kinds.values())
    for name in names:
        if name != "eps":
            assert mh.thumbnail(kinds[name], 8).shape == (8, 8, 3), name
    end, number, tiles, slowest = time.monotonic() + SECONDS, 0, 0, 0.0
    while number < AT_LEAST or time.monotonic() < end:
        dice = random.Random(number)
        name = names[number % len(names)]
        content = mutate(kinds[name], contents, dice)
        begin = time.thread_time()
        try:
            tiles += mh.thumbnail(content, 8).shape == (8, 8, 3)
        except mh.PhotoError as error:
            assert error.reason.isprintable(), (name, number)
        except BaseException as error:
            raise AssertionError(f"input {number}, a {name}: {error!r}") from error
        slowest = max(slowest, time.thread_time() - begin)
        assert slowest < MOST_SECONDS, (name, number)
        number += 1
    said = capfd.readouterr()
    assert not said.out + said.err
    with capfd.disabled():
        if SECONDS:
            print(f"\n{number:,} pictures, {tiles:,} tiles, slowest {slowest:.1f} s")

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mosaic_helpers.assembly.writers import regroup, write_picture


def picture(height, width, seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height)))


def strips(pixels, height):
    for start in range(0, len(pixels), height):
        yield pixels[start : start + height]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=10), st.integers(1, 30))
def test_regrouped_strips_are_the_same_picture(heights, height):
    pixels = picture(sum(heights), 3)
    parts = np.split(pixels, np.cumsum(heights)[:-1])
    out = list(regroup(iter(parts), height))
    assert [len(part) for part in out[:-1]] == [height] * (len(out) - 1)
    np.testing.assert_array_equal(np.concatenate(out), pixels)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("shape", [(1, 1), (64, 7), (200, 333), (129, 50)])
def test_png_and_tiff_keep_every_pixel(kind, shape):
    pixels, out = picture(*shape), io.BytesIO()
    write_picture(out, kind, strips(pixels, 50), shape, 90)
    out.seek(0)
    np.testing.assert_array_equal(np.asarray(Image.open(out)), pixels)


def test_a_jpeg_has_its_quality_and_full_colour_resolution():
    pixels, whole = picture(200, 333), io.BytesIO()
    mark = Image.Exif()
    mark[305] = "photo-mosaic"
    Image.fromarray(pixels).save(whole, "JPEG", quality=60, subsampling=0, exif=mark)
    out = io.BytesIO()
    write_picture(out, "JPEG", strips(pixels, 50), (200, 333), 60)
    assert out.getvalue() == whole.getvalue()

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mosaic_helpers.assembly.writers import regroup, write_jpeg, write_png, write_tiff


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


@pytest.mark.parametrize("write", [write_png, write_tiff])
@pytest.mark.parametrize("shape", [(1, 1), (64, 7), (200, 333), (129, 50)])
def test_png_and_tiff_keep_every_pixel(write, shape):
    pixels, out = picture(*shape), io.BytesIO()
    write(out, strips(pixels, 50), shape)
    out.seek(0)
    np.testing.assert_array_equal(np.asarray(Image.open(out)), pixels)


@pytest.mark.parametrize("shape", [(1, 1), (64, 64), (65, 7), (200, 333), (1000, 50)])
def test_jpeg_joined_from_strips_is_that_of_the_whole(shape):
    pixels, out, whole = picture(*shape), io.BytesIO(), io.BytesIO()
    write_jpeg(out, strips(pixels, 50), shape, quality=90)
    Image.fromarray(pixels).save(whole, "JPEG", quality=90, subsampling=0)
    np.testing.assert_array_equal(np.asarray(Image.open(out)), np.asarray(Image.open(whole)))

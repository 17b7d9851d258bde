import numpy as np
import pytest
from conftest import scene
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mosaic_helpers as mh


def test_chelsea_is_the_default():
    target = mh.open_target()
    assert (target.rows, target.columns, len(target)) == (67, 100, 6700)
    assert repr(target) == "<Target: 100 × 67 = 6,700 cells, of a picture of 448 × 300 pixels>"


@given(st.integers(20, 300), st.integers(20, 300), st.integers(1, 100))
def test_cells_are_square_and_little_is_cropped(width, height, across):
    target = mh.open_target(Image.new("RGB", (width, height)), across)
    tall, wide, _ = target.pixels.shape
    assert target.columns == across
    assert (
        abs(wide / target.columns - tall / target.rows) <= 1 / min(target.rows, across) + 1e-9
    )
    assert wide <= width
    assert tall <= height


def test_takes_files_arrays_and_pictures(tmp_path):
    scene().save(tmp_path / "cat.png")
    made = [mh.open_target(x, 9) for x in (tmp_path / "cat.png", scene(), np.asarray(scene()))]
    for target in made:
        np.testing.assert_array_equal(target.pixels, made[0].pixels)


def test_a_photo_on_its_side_is_set_upright(tmp_path):
    tag = Image.Exif()
    tag[0x0112] = 6
    scene(90, 60).save(tmp_path / "cat.jpg", exif=tag)
    target = mh.open_target(tmp_path / "cat.jpg", 10)
    assert (target.rows, target.columns) == (15, 10)


@pytest.mark.parametrize("across", [0, -5, 10**6, 2.5, "many"])
def test_numbers_of_cells_that_make_no_sense(across):
    with pytest.raises(mh.MosaicError, match="target resolution"):
        mh.open_target(None, across)


def test_a_target_that_is_no_picture(tmp_path):
    (tmp_path / "cat.jpg").write_text("meow")
    with pytest.raises(mh.MosaicError, match="no picture"):
        mh.open_target(tmp_path / "cat.jpg")
    with pytest.raises(mh.MosaicError, match="no such file"):
        mh.open_target(tmp_path / "none.jpg")
    for array in (np.zeros((4, 4)), np.zeros((4, 4, 7), np.uint8), np.zeros(3, np.uint8)):
        with pytest.raises(mh.MosaicError, match="target"):
            mh.open_target(array)


def test_a_very_tall_target_is_refused_in_words():
    with pytest.raises(mh.MosaicError, match="number of rows"):
        mh.open_target(Image.new("RGB", (1, 500)), 10)

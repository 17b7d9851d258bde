import numpy as np
import pytest
from conftest import scene
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.photos import open_photo
from mosaic_helpers.target import EXAMPLES


def test_chelsea_is_the_default():
    target = mh.open_target()
    assert (target.rows, target.columns, len(target)) == (67, 100, 6700)
    assert repr(target) == "<Target: 100 × 67 = 6,700 cells, of a picture of 448 × 300 pixels>"


@given(st.integers(20, 300), st.integers(20, 300), st.integers(1, 100))
def test_cells_are_square_and_little_is_cropped(width, height, columns):
    target = mh.open_target(Image.new("RGB", (width, height)), columns)
    tall, wide, _ = target.pixels.shape
    assert target.columns == columns
    assert (
        abs(wide / target.columns - tall / target.rows) <= 1 / min(target.rows, columns) + 1e-9
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


@pytest.mark.parametrize("columns", [0, -5, 10**6, 2.5, "many"])
def test_numbers_of_cells_that_make_no_sense(columns):
    with pytest.raises(mh.MosaicError, match="target resolution"):
        mh.open_target(None, columns)


def test_a_target_that_is_no_picture(tmp_path):
    (tmp_path / "cat.jpg").write_text("meow")
    with pytest.raises(mh.MosaicError, match="not a picture"):
        mh.open_target(tmp_path / "cat.jpg")
    with pytest.raises(mh.MosaicError, match="no such file"):
        mh.open_target(tmp_path / "none.jpg")
    for array in (np.zeros((4, 4)), np.zeros((4, 4, 7), np.uint8), np.zeros(3, np.uint8)):
        with pytest.raises(mh.MosaicError, match="target"):
            mh.open_target(array)


def test_a_very_tall_target_is_refused_in_words():
    with pytest.raises(mh.MosaicError, match="number of rows"):
        mh.open_target(Image.new("RGB", (1, 500)), 10)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_there(name):
    target = mh.open_target(name, 10)
    assert target.columns == 10
    assert target.pixels.std() > 5


def test_a_file_may_be_called_like_no_example(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scene().save("cat.png")
    np.testing.assert_array_equal(
        mh.open_target("cat.png", 9).pixels, mh.open_target(scene(), 9).pixels
    )
    with pytest.raises(mh.MosaicError, match="no such file"):
        mh.open_target("chelsae", 9)


def test_a_crop_is_that_part_of_the_picture():
    target = mh.open_target(scene(100, 60), 10, crop=(0.1, 0.5, 0.6, 1.0))
    assert (target.rows, target.columns) == (6, 10)
    np.testing.assert_array_equal(target.pixels, np.asarray(scene(100, 60))[30:60, 10:60])
    whole = mh.open_target("coffee", 20, crop=(0, 0, 1, 1))
    np.testing.assert_array_equal(whole.pixels, mh.open_target("coffee", 20).pixels)


def test_a_crop_of_a_photo_on_its_side_is_cut_upright_and_turned_once(tmp_path):
    tag = Image.Exif()
    tag[0x0112] = 6
    scene(90, 60).save(tmp_path / "cat.png", exif=tag)
    upright = np.asarray(open_photo(tmp_path / "cat.png"))
    target = mh.open_target(tmp_path / "cat.png", 60, crop=(0, 0, 1, 0.5))
    np.testing.assert_array_equal(target.pixels, upright[:45])


@pytest.mark.parametrize(
    "crop",
    [(0.5, 0, 0.5, 1), (0, 0.5, 1, 0.5), (0.6, 0, 0.4, 1), (-0.5, 0, 1, 1), (0, 0, 1, 1.5)],
)
def test_crops_that_leave_nothing(crop):
    with pytest.raises(mh.MosaicError, match="widen them"):
        mh.open_target(scene(), crop=crop)


@pytest.mark.parametrize(
    "crop", [(0, 1), 0.5, "half", (0, 0, 1, None), (0, 0, 1, float("nan"))]
)
def test_crops_that_are_no_edges(crop):
    with pytest.raises(mh.MosaicError, match="The crop must be four numbers from 0 to 1"):
        mh.open_target(scene(), crop=crop)


def test_a_crop_of_what_is_no_picture(tmp_path):
    with pytest.raises(mh.MosaicError, match="no such file"):
        mh.open_target(tmp_path / "none.jpg", crop=(0, 0, 1, 1))

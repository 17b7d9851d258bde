import io
import os
import pickle

import numpy as np
import pytest
from conftest import BAD, scene
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mosaic_helpers as mh


def close(a, b, tolerance=6):
    return np.abs(np.asarray(a, int) - np.asarray(b, int)).mean() < tolerance


def test_lists_sorted_without_hidden_files_and_litter(tmp_path):
    for name in ["b.jpg", "a/z.JPG", "a/é.png", ".hidden.jpg", ".git/x.jpg", "Thumbs.db", "c"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    found = [p.relative_to(tmp_path).as_posix() for p in mh.list_photos(tmp_path)]
    assert found == ["a/z.JPG", "a/é.png", "b.jpg", "c"]


def test_a_loop_of_links_ends(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "cat.jpg").write_bytes(b"x")
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    assert len(mh.list_photos(tmp_path)) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "no folder"),
        (lambda p: p.mkdir(), "no photos"),
        (lambda p: p.write_text("x"), "is a file"),
    ],
)
def test_says_what_is_wrong_with_the_folder(tmp_path, make, message):
    make(tmp_path / "photos")
    with pytest.raises(mh.MosaicError, match=message):
        mh.list_photos(tmp_path / "photos")


def test_every_kind_opens_and_looks_right(mixed_folder):
    plain = mh.thumbnail(mixed_folder / "plain.jpg", 16)
    for name in ["palette.gif", "modern.webp", "newer.avif", "old.bmp", "clear.png"]:
        assert close(mh.thumbnail(mixed_folder / name, 16), plain), name
    assert close(mh.thumbnail(mixed_folder / "really a png.jpg", 16), plain)
    assert close(mh.thumbnail(mixed_folder / "printed.jpg", 16), plain, 25)
    grey = mh.thumbnail(mixed_folder / "grey.jpg", 16)
    assert (grey[..., 0] == grey[..., 1]).all()
    for name in ["sixteen bits.png", "float.tif"]:
        ramp = mh.thumbnail(mixed_folder / name, 16).mean(axis=(1, 2))
        assert ramp[0] < 15
        assert ramp[-1] > 240


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_lying_on_their_side_are_set_upright(tmp_path, orientation):
    undo = [None, None, 0, 3, 1, 5, 2, 6, 4][orientation]  # Image.Transpose
    stored = scene() if undo is None else scene().transpose(undo)
    tag = Image.Exif()
    tag[0x0112] = orientation
    stored.save(tmp_path / "cat.png", exif=tag)
    assert close(mh.open_photo(tmp_path / "cat.png"), scene(), 1)
    assert close(mh.thumbnail(tmp_path / "cat.png", 20), mh.thumbnail(scene(), 20), 1)


def test_transparent_parts_are_laid_on_white(tmp_path):
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (mh.thumbnail(tmp_path / "clear.png", 8) == 255).all()
    Image.new("LA", (40, 40), (0, 128)).save(tmp_path / "half.png")
    assert close(mh.thumbnail(tmp_path / "half.png", 8), np.full((8, 8, 3), 127), 2)


def test_colour_profiles_are_applied(tmp_path):
    # A profile with red and green exchanged: only its use brings them back.
    from PIL import ImageCms

    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = srgb.index(b"rXYZ"), srgb.index(b"gXYZ")
    srgb[red : red + 4], srgb[green : green + 4] = b"gXYZ", b"rXYZ"
    Image.new("RGB", (20, 20), (200, 30, 30)).save(tmp_path / "x.png", icc_profile=bytes(srgb))
    assert close(mh.thumbnail(tmp_path / "x.png", 4)[0, 0], (30, 200, 30), 4)


def test_a_damaged_profile_is_passed_over(tmp_path):
    scene().save(tmp_path / "x.png", icc_profile=b"not a profile at all")
    assert close(mh.open_photo(tmp_path / "x.png"), scene(), 1)


def test_large_jpegs_are_decoded_small_and_come_out_alike(tmp_path):
    large = scene(1600, 1200)
    large.save(tmp_path / "large.jpg", quality=95)
    assert close(mh.thumbnail(tmp_path / "large.jpg", 32), mh.thumbnail(large, 32), 2)
    assert mh.open_photo(tmp_path / "large.jpg", longest=100).size == (100, 75)
    assert mh.open_photo(tmp_path / "large.jpg").size == (1600, 1200)


def test_the_middle_is_cut(tmp_path):
    wide = Image.new("RGB", (300, 100), "black")
    wide.paste((255, 255, 255), (100, 0, 200, 100))
    assert mh.thumbnail(wide, 10)[:, 1:-1].min() > 245


@pytest.mark.parametrize(("name", "reason"), [i for i in BAD.items() if "twin" not in i[0]])
def test_says_why_a_photo_cannot_be_used(mixed_folder, name, reason):
    with pytest.raises(mh.PhotoError, match=name) as caught:
        mh.thumbnail(mixed_folder / name, 8)
    assert reason in caught.value.reason


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_says_that_a_photo_may_not_be_read(tmp_path):
    scene().save(tmp_path / "mine.png")
    (tmp_path / "mine.png").chmod(0)
    with pytest.raises(mh.PhotoError, match="permission"):
        mh.thumbnail(tmp_path / "mine.png", 8)


def test_a_photo_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(mh.PhotoError("a.jpg", "the file is empty")))
    assert (error.name, error.reason) == ("a.jpg", "the file is empty")


def _encoded(kind):
    file = io.BytesIO()
    scene().save(file, kind)
    return file.getvalue()


GOOD = {kind: _encoded(kind) for kind in ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"]}


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(kind=st.sampled_from(sorted(GOOD)), data=st.data())
def test_mutated_files_give_a_tile_or_a_reason(kind, data):
    content = bytearray(GOOD[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(1, len(content)))]
    try:
        assert mh.thumbnail(bytes(content), 8).shape == (8, 8, 3)
    except mh.PhotoError as error:
        assert error.reason

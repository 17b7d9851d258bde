import contextlib
import io
import os
import pickle
import struct
import subprocess
import sys
import threading
import warnings
import zlib

import numpy as np
import pytest
from conftest import BAD, scene
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

import mosaic_helpers as mh
from mosaic_helpers.photos import open as room
from mosaic_helpers.photos import open_photo


def close(a, b, tolerance=6):
    return np.abs(np.asarray(a, int) - np.asarray(b, int)).mean() < tolerance


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
    assert close(open_photo(tmp_path / "cat.png"), scene(), 1)
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
    assert close(open_photo(tmp_path / "x.png"), scene(), 1)


def test_large_jpegs_are_decoded_small_and_come_out_alike(tmp_path):
    large = scene(1600, 1200)
    large.save(tmp_path / "large.jpg", quality=95)
    assert close(mh.thumbnail(tmp_path / "large.jpg", 32), mh.thumbnail(large, 32), 2)
    assert open_photo(tmp_path / "large.jpg", longest=100).size == (100, 75)
    assert open_photo(tmp_path / "large.jpg").size == (1600, 1200)


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


def jpeg(size=(300, 200), **options):
    file = io.BytesIO()
    scene(*size).convert(options.pop("mode", "RGB")).save(file, "JPEG", **options)
    return file.getvalue()


def turned(orientation):
    tag = Image.Exif()
    tag[0x0112] = orientation
    return tag


XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
JPEGS = {
    "plain": jpeg(),
    "grey": jpeg(mode="L"),
    "progressive": jpeg(progressive=True),
    "turned": jpeg(exif=turned(6)),
    "turned by XMP": jpeg(xmp=XMP),
    "restarted": jpeg(restart_marker_rows=1, comment="a cat"),
    "long profile": jpeg(icc_profile=b"not a profile" * 10_000),
    "one pixel": jpeg((1, 1)),
}


@pytest.mark.parametrize("longest", [10, 64, 280, 500])
@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_is_decoded_no_larger_than_it_must(name, longest):
    """At 1/8, 1/4 or 1/2 of its size, by the decoder itself; then shrunk by us."""
    image, _ = room.open_small(io.BytesIO(JPEGS[name]), name, longest, crop=False)
    whole = Image.open(io.BytesIO(JPEGS[name]))
    wanted = min(longest, max(whole.size))
    assert wanted <= max(image.size) < max(2 * wanted, max(whole.size) / 8 + 1)
    opened = open_photo(JPEGS[name], longest)
    assert max(opened.size) == wanted
    expected, _ = room._crop_and_resize(whole, longest, crop=False)
    assert opened.size == expected.size
    assert close(opened, expected, 3)


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


BOMB = """
import resource, sys, mosaic_helpers as mh
mh.thumbnail(sys.argv[1] + "/small.png", 8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in ("bomb.png", "bomb.jpg"):
    try:
        mh.thumbnail(f"{sys.argv[1]}/{name}", 8)
    except mh.PhotoError as error:
        print(error.reason)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) // (1024 if sys.platform == "darwin" else 1))
"""


def test_a_bomb_is_refused_by_its_header_without_the_memory(tmp_path):
    """20,000 × 20,000 pixels, 1.2 GB unpacked, in a file of 1.2 MB; and a lying JPEG."""
    pytest.importorskip("resource")
    scene().save(tmp_path / "small.png")
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    content = bytearray(jpeg())
    frame = content.index(b"\xff\xc0") + 5
    content[frame : frame + 4] = (60_000).to_bytes(2, "big") * 2
    (tmp_path / "bomb.jpg").write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-c", BOMB, tmp_path], capture_output=True, text=True, check=True
    )
    *reasons, kilobytes = run.stdout.splitlines()
    assert reasons == ["it claims more than 178 million pixels; save a smaller copy"] * 2
    assert int(kilobytes) < 20_000


def test_pillows_limits_are_left_as_they_are(mixed_folder, tmp_path):
    limits = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    mh.build_tiles(mh.list_photos(mixed_folder), tmp_path / "t.h5", 8, progress=False)
    assert limits == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)


def test_the_limit_of_whoever_lowers_it_holds_for_jpegs_too(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(mh.PhotoError, match="claims more than"):
        mh.thumbnail(JPEGS["plain"], 8)


@pytest.fixture
def heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(scene()).save(file, quality=90)
    return file.getvalue()


def test_photos_of_phones_open_if_there_is_the_package(heic):
    assert close(open_photo(heic), scene())


def test_photos_of_phones_say_what_is_missing(heic, monkeypatch):
    monkeypatch.setattr(room, "_register_heif", lambda: False)
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "HEIF"])
    with pytest.raises(mh.PhotoError, match="pip install pillow-heif"):
        open_photo(heic)


def test_a_drawing_that_would_start_another_program_is_refused(monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "check_call", started.append)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: started.append("it"))
    file = io.BytesIO()
    scene().save(file, "EPS")
    with pytest.raises(mh.PhotoError, match="it is a drawing and not a photo"):
        mh.thumbnail(file.getvalue(), 8)
    assert not started


def test_a_film_of_several_pictures_gives_its_first(tmp_path):
    frames = [scene(seed=i) for i in range(3)]
    for name in ("a.gif", "a.tif", "a.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert close(open_photo(tmp_path / name), frames[0], 8), name


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (9000, 8000)])
def test_tiny_and_huge(size, tmp_path):
    Image.new("RGB", size, (10, 200, 30)).save(tmp_path / "x.png")
    assert close(mh.thumbnail(tmp_path / "x.png", 8), np.full((8, 8, 3), (10, 200, 30)), 1)


def test_a_profile_that_says_srgb_changes_nothing(tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    scene().save(tmp_path / "x.png", icc_profile=profile)
    assert (np.asarray(open_photo(tmp_path / "x.png")) == np.asarray(scene())).all()


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind, data):
    return (
        struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))
    )


@pytest.mark.parametrize("size", [(65_500, 3_000), (14_000, 14_000)])
def test_a_jpeg_of_any_size_is_used_if_it_can_be_decoded_small(size):
    content = encoded(Image.new("L", size, 77), "JPEG", quality=50)
    assert close(mh.thumbnail(content, 64), np.full((64, 64, 3), 77), 2)
    assert max(mh.open_target(content, 40).pixels.shape) <= 4000
    with pytest.raises(mh.PhotoError, match="claims more than 178 million pixels; save a smal"):
        open_photo(content)


@pytest.mark.parametrize(
    "parts",
    [
        [chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2_000_000)))],
        [chunk(b"tEXt", b"a\0" + bytes(2_000_000))],
        [chunk(b"tEXt", b"a\0" + bytes(900_000))] * 75,
        [chunk(b"iCCP", b"a\0\0" + zlib.compress(os.urandom(2_000_000)))],
        [chunk(b"eXIf", b"II*\0\x08\0\0\0\xff\xff" + b"\x0e\1\7\0\xff\xff\xff\0" * 9999)],
    ],
)
@pytest.mark.parametrize("behind", [False, True])
def test_a_good_picture_opens_whatever_is_written_about_it(parts, behind):
    content = encoded(scene(), "PNG")
    place = len(content) - 12 if behind else 33
    content = content[:place] + b"".join(parts) + content[place:]
    assert close(mh.thumbnail(content, 16), mh.thumbnail(scene(), 16), 1)


def scans(content):
    """Before the first scan of a progressive JPEG; all scans; the last one."""
    first, last = content.index(b"\xff\xda"), content.rindex(b"\xff\xda")
    return content[:first], content[first:-2], content[last:-2]


def test_a_jpeg_of_too_many_scans_is_refused_and_a_small_one_read():
    large = encoded(Image.new("L", (5000, 5000)), "JPEG", progressive=True)
    head, all_scans, last = scans(large)
    assert mh.thumbnail(large, 8).shape == (8, 8, 3)
    with pytest.raises(mh.PhotoError, match="too many scans; save it again"):
        mh.thumbnail(head + all_scans + last * 60 + b"\xff\xd9", 8)
    # What follows the picture, such as a film, is no scan; and little work is no harm.
    mh.thumbnail(large + b"\xff\xda\0\2" * 60, 8)
    head, all_scans, last = scans(jpeg(progressive=True))
    mh.thumbnail(head + all_scans + last * 60 + b"\xff\xd9", 8)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("chunks.png", GOOD["PNG"][:33] + chunk(b"teSt", b"") * 300_000 + GOOD["PNG"][33:]),
        ("comments.jpg", b"\xff\xd8" + b"\xff\xfe\0\3a" * 400_000),
        ("zeros.jpg", b"\xff\xd8\xff" + bytes(2_000_000)),
        ("comments.gif", b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\1x\0" * 300_000),
        # 300 tags, each of which is all of the file.
        (
            "tags.tif",
            b"II*\0\x08\0\0\0\x2c\1"
            + b"".join(struct.pack("<HHII", 1000 + i, 7, 900_000, 0) for i in range(300))
            + bytes(900_000),
        ),
    ],
)
def test_a_file_of_too_many_parts_is_refused(kind, content):
    with pytest.raises(mh.PhotoError):
        mh.thumbnail(content, 8)


def test_pages_and_frames_behind_the_first_cost_nothing():
    ring = b"II*\0" + struct.pack("<IH", 8, 8)
    for tag, value in ((256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1)):
        ring += struct.pack("<HHII", tag, 3, 1, value)
    ring += struct.pack("<HHIII", 279, 4, 1, 64, 8)  # the next page is this one
    assert mh.thumbnail(ring, 8).shape == (8, 8, 3)


def test_the_first_page_that_is_no_small_copy_is_the_photo(tmp_path):
    import tifffile

    with tifffile.TiffWriter(tmp_path / "a.tif") as out:
        out.write(np.zeros((20, 30, 3), np.uint8), photometric="rgb", subfiletype=1)
        out.write(np.asarray(scene()), photometric="rgb")
    assert open_photo(tmp_path / "a.tif").size == (90, 60)
    with tifffile.TiffWriter(tmp_path / "b.tif") as out:
        out.write(np.asarray(scene()), photometric="rgb", subifds=1)
        out.write(np.zeros((20, 30, 3), np.uint8), photometric="rgb", subfiletype=1)
    assert close(open_photo(tmp_path / "b.tif"), scene(), 1)


def test_grey_with_many_bits_in_strips_is_that_of_the_whole(monkeypatch):
    values = np.random.default_rng(0).integers(0, 65536, (50, 40), np.uint16)
    expected = (values * (255 / 65535) + 0.5).astype(np.uint8)
    monkeypatch.setattr(room, "_STRIP", 333)
    assert (np.asarray(room._eight_bits(Image.fromarray(values))) == expected).all()
    floats = (values / 65535).astype(np.float32)
    floats[0, 0], floats[0, 1] = np.nan, np.inf
    found = np.asarray(room._eight_bits(Image.fromarray(floats)))
    assert np.abs(found[1:].astype(int) - expected[1:]).max() <= 1


def test_what_libraries_say_of_a_file_is_not_printed(capfd):
    """By several threads at once: libtiff writes to the stderr of C."""
    wide = encoded(scene(), "TIFF", compression="tiff_lzw")
    broken = [wide[:100] + bytes([i]) * 200 + wide[300:] for i in range(1, 40)]

    def use():
        for content in broken:
            with contextlib.suppress(mh.PhotoError):
                mh.thumbnail(content, 8)

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capfd.readouterr().err == ""


def test_warnings_are_as_the_user_has_set_them():
    bomb = encoded(Image.new("1", (10_000, 10_000)), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            assert mh.thumbnail(bomb, 8).shape == (8, 8, 3)
            with pytest.raises(Image.DecompressionBombWarning):
                Image.open(io.BytesIO(bomb))
            warnings.simplefilter("error", Image.DecompressionBombWarning)
        assert len([one for one in warnings.filters if one is room._FILTER]) == 1


@pytest.mark.parametrize("orientation", [1, 6, 8])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_tags_are_read_as_pillow_reads_them(kind, orientation):
    tags = turned(orientation)
    tags[0x0131], tags[0x010F] = "a program of somebody", "a maker"
    image = Image.open(io.BytesIO(encoded(scene(), kind, exif=tags)))
    assert room._orientation_and_software(image) == (orientation, "a program of somebody")


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_a_folder_of_a_listing_is_not_a_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for folder in ("~", "~root", "home"):
        (tmp_path / folder).mkdir()
    scene().save("~root/a.png")
    scene(seed=1).save("home/b.png")
    photos = mh.list_photos(".")
    assert len(mh.build_tiles(photos, "t.h5", 8, progress=False)) == 2
    assert close(open_photo(photos[1]), scene(), 1) or close(open_photo(photos[0]), scene(), 1)
    assert close(open_photo("~/b.png"), scene(seed=1), 1)  # typed


def test_names_that_speak_to_the_terminal_are_shown_as_text(tmp_path):
    error = mh.PhotoError("\x1b[2Jcat\nline\u202egpj.exe é 猫 🐈‍⬛", "the file is empty")
    assert str(error) == (
        r"'\x1b[2Jcat\nline\u202egpj.exe é 猫 🐈‍⬛' cannot be used: the file is empty."
    )


def test_a_jpeg_that_ends_in_zeros_is_cut_short_unless_it_is_whole():
    whole = jpeg()
    assert close(mh.thumbnail(whole + bytes(10_000), 8), mh.thumbnail(whole, 8), 1)
    with pytest.raises(mh.PhotoError, match="cut short; copy it again"):
        mh.thumbnail(whole[: len(whole) // 2] + bytes(10_000), 8)


@pytest.mark.parametrize("length", [300, 3000, 5300, 6000])
def test_a_jpeg_is_cut_short_wherever_it_was_cut(length):
    tags, noise = Image.Exif(), np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    tags[270] = "x" * 5000
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", exif=tags)
    with pytest.raises(mh.PhotoError, match="cut short; copy it again"):
        mh.thumbnail(file.getvalue()[:length], 8)

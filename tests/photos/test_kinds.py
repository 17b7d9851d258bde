import io
import os
import stat
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest
from conftest import scene
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.photos import kinds


def box(brand, *compatible):
    brands = b"".join(compatible)
    return (16 + len(brands)).to_bytes(4, "big") + b"ftyp" + brand + bytes(4) + brands


def packed(name):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr(name, "x" * 100)
    return file.getvalue()


KINDS = {
    "it is a film": [
        box(b"qt  ", b"qt  "),
        box(b"isom", b"mp41", b"avc1"),
        box(b"3gp4"),
        b"\0\0\0\x08wide\0\0\0\0mdat",
        b"\x1aE\xdf\xa3 matroska",
        b"RIFF\1\2\3\4AVI LIST",
        b"\0\0\1\xba",
        (b"G" + bytes(187)) * 5,
        (b"\1\2\3\4G" + bytes(187)) * 5,
    ],
    "it is sound": [
        b"ID3\3\0",
        b"\xff\xfb\x90\0",
        b"RIFF\1\2\3\4WAVEfmt ",
        b"fLaC",
        b"OggS",
        box(b"M4A ", b"mp42"),
    ],
    "it is an archive, not a picture; unpack it": [
        packed("a.jpg"),
        b"\x1f\x8b\x08",
        b"Rar!\x1a\7\1",
        b"7z\xbc\xaf\x27\x1c",
        bytes(1) + b"a.jpg" + bytes(251) + b"ustar",
        b"BZh9",
        b"\xfd7zXZ\0",
    ],
    "it is a document": [
        b"%PDF-1.7",
        packed("[Content_Types].xml"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ],
    "it is a file of data": [
        b"\x89HDF\r\n\x1a\n",
        b"SQLite format 3\0",
        b'{"title": "a.jpg"}',
        b"[1, 2]",
    ],
    "it is a web page": [
        b"<!DOCTYPE html><html>",
        b"\xef\xbb\xbf\n <HTML>",
        b"<!-- x --><html>",
    ],
    "it is a drawing": [b"<?xml version='1.0'?>\n<svg xmlns=''>"],
    "git lfs pull": [b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n"],
    "it is filled with zeros": [bytes(1000), bytes(10**6)],
    "raw photo (CR2)": [b"II*\0\x10\0\0\0CR\2\0" + bytes(100)],
    "raw photo (CR3)": [box(b"crx ", b"isom")],
    "raw photo (RAF)": [b"FUJIFILMCCD-RAW 0201"],
    "raw photo (ORF)": [b"IIRO\x08\0\0\0"],
    "raw photo (RW2)": [b"IIU\0\x18\0\0\0"],
}


@pytest.mark.parametrize(
    ("reason", "content"),
    [(reason, content) for reason, contents in KINDS.items() for content in contents],
)
def test_what_is_no_photo_is_known_by_its_first_bytes(reason, content, tmp_path):
    with pytest.raises(mh.PhotoError) as caught:
        mh.thumbnail(content, 8)
    assert reason in caught.value.reason
    if os.name == "nt":
        return  # it would write all the zeros
    # As large as they come, and not read.
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(content)
    os.truncate(path, 2**36)
    with pytest.raises(mh.PhotoError) as caught:
        mh.thumbnail(path, 8)
    assert reason in caught.value.reason


UNREAD = """
import sys, mosaic_helpers as mh
from pathlib import Path

for name in sys.argv[1:]:
    try:
        mh.thumbnail(name, 8)
    except mh.PhotoError as error:
        print(error.reason)
(line,) = (l for l in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in l)
print(int(line.split()[1]) // 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux for the peak")
def test_a_large_file_of_any_kind_is_not_read_whole(tmp_path):
    heads = [b"what nobody knows", b"P6\n40000 40000\n255\n", b"II*\0\x08\0\0\0"]
    heads += [box(b"heic", b"mif1"), box(b"avif", b"avif"), b"RIFF\0\0\0\0WEBPVP8 "]
    for i, head in enumerate(heads):
        (tmp_path / f"{i}.jpg").write_bytes(head)
        os.truncate(tmp_path / f"{i}.jpg", 2**33)
    command = [sys.executable, "-c", UNREAD, *map(str, sorted(tmp_path.iterdir()))]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    *reasons, megabytes = run.stdout.splitlines()
    assert len(reasons) == len(heads)
    assert int(megabytes) < 400


@pytest.mark.parametrize("maker", ["NIKON CORPORATION", "SONY", ""])
def test_raw_photos_in_the_layout_of_a_tiff(maker, tmp_path):
    """A small preview first, and the photo as a SubIFD of it."""
    tifffile = pytest.importorskip("tifffile")
    import numpy as np

    tags = [(271, 2, 0, maker, True)] if maker else []
    with tifffile.TiffWriter(tmp_path / "a.NEF") as out:
        small, large = np.asarray(scene(16, 12)), np.asarray(scene(300, 200))
        out.write(small, photometric="rgb", subifds=1, subfiletype=1, extratags=tags)
        out.write(large, photometric="rgb", subfiletype=0)
    name = {"N": "NEF", "S": "ARW", "": "of a camera"}[maker[:1]]
    with pytest.raises(mh.PhotoError, match=rf"raw photo \({name}\); export it as JPEG"):
        mh.thumbnail(tmp_path / "a.NEF", 8)
    tifffile.imwrite(tmp_path / "a.dng", large, extratags=[(50706, 1, 4, b"\1\4\0\0", True)])
    with pytest.raises(mh.PhotoError, match="raw photo"):
        mh.thumbnail(tmp_path / "a.dng", 8)


def test_photos_are_let_through():
    scene_of = {"JPEG": {}, "PNG": {}, "GIF": {}, "TIFF": {}, "WEBP": {}, "AVIF": {}, "BMP": {}}
    for kind in [
        *scene_of,
        "JPEG2000",
        "PPM",
        "TGA",
        "PCX",
        "SGI",
        "ICO",
        "ICNS",
        "DDS",
        "QOI",
    ]:
        file = io.BytesIO()
        Image.new("RGB", (64, 64), (71, 71, 71)).save(file, kind)  # 71 is the letter G
        assert kinds.reason_by_start(file.getvalue()[: kinds.HEAD]) is None, kind
    assert kinds.reason_by_start(box(b"heic", b"mif1", b"heic")) is None
    assert kinds.reason_by_start(box(b"mif1", b"avif")) is None


def test_what_is_elsewhere_or_no_file_is_not_read(tmp_path):
    mode = stat.S_IFREG
    assert kinds.reason_by_status(SimpleNamespace(st_mode=mode)) is None
    for attributes in (0x1000, 0x40000, 0x400020):  # of Windows
        status = SimpleNamespace(st_mode=mode, st_file_attributes=attributes)
        assert "still in the cloud; download it" in kinds.reason_by_status(status)
    status = SimpleNamespace(st_mode=mode, st_flags=0x40000020)  # of macOS
    assert "still in the cloud; download it" in kinds.reason_by_status(status)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(mh.PhotoError, match="a pipe or a device"):
            mh.thumbnail(tmp_path / "pipe.jpg", 8)

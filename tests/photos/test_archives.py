import io
import os
import shutil
import tarfile
import zipfile

import pytest
from conftest import scene

import mosaic_helpers as mh
from mosaic_helpers.photos import archives as room
from mosaic_helpers.photos import open_archive


def png(seed=0):
    file = io.BytesIO()
    scene(seed=seed).save(file, "PNG")
    return file.getvalue()


def tar(path, *members, mode="w:gz"):
    """A tar of (name or TarInfo, content)."""
    with tarfile.open(path, mode) as packed:
        for item, content in members:
            if isinstance(item, str):
                item = tarfile.TarInfo(item)
            if item.isreg():
                item.size = len(content)
            packed.addfile(item, io.BytesIO(content))
    return path


def special(name, kind, target=""):
    item = tarfile.TarInfo(name)
    item.type, item.linkname = kind, target
    return item


def refused(archive, tmp_path, message):
    """Nothing is left behind, in the folder or beside it."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(mh.MosaicError, match=message) as caught:
        open_archive(archive, tmp_path / "out", progress=False)
    assert str(archive) in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar", "bztar", "xztar"])
def test_every_kind_is_unpacked_once(tmp_path, kind):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    for name in ("b.png", "sub/a 🐈.png"):
        (tmp_path / "in" / name).write_bytes(png())
    archive = shutil.make_archive(tmp_path / "cats", kind, tmp_path / "in")
    photos = open_archive(archive, tmp_path / "out", progress=False)
    assert photos == [tmp_path / "out" / "b.png", tmp_path / "out" / "sub" / "a 🐈.png"]
    assert [photo.read_bytes() for photo in photos] == [png(), png()]
    photos[0].unlink()  # had it been unpacked again, it would be back
    assert open_archive(archive, tmp_path / "out", progress=False) == photos[1:]


@pytest.mark.parametrize(
    "name", ["../out.png", "a/../../out.png", "/out.png", "C:\\out.png", "..\\out.png", "\\x"]
)
def test_no_path_leaves_the_folder(tmp_path, name):
    zipped = tmp_path / "cats.zip"
    with zipfile.ZipFile(zipped, "w") as packed:
        packed.writestr("good.png", png())
        packed.writestr(name, png())
    refused(zipped, tmp_path, "would leave the folder")
    tarred = tar(tmp_path / "cats.tar.gz", ("good.png", png()), (name, png()))
    refused(tarred, tmp_path, "would leave the folder")


@pytest.mark.parametrize(
    "item",
    [
        special("cat.png", tarfile.SYMTYPE, "/etc/passwd"),
        special("cat.png", tarfile.SYMTYPE, ".."),
        special("cat.png", tarfile.LNKTYPE, "/etc/passwd"),
        special("cat.png", tarfile.CHRTYPE),
        special("cat.png", tarfile.FIFOTYPE),
    ],
)
def test_links_and_devices_are_refused(tmp_path, item):
    archive = tar(tmp_path / "cats.tar", (item, b""), ("cat.png/b.png", png()), mode="w")
    refused(archive, tmp_path, "'cat.png' in it is a link or a device")


def test_a_link_in_a_zip_is_refused(tmp_path):
    link = zipfile.ZipInfo("cat.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "cats.zip", "w") as packed:
        packed.writestr(link, "/etc/passwd")
    refused(tmp_path / "cats.zip", tmp_path, "is a link or a device")


def test_a_locked_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "cats.zip", "w") as packed:
        packed.writestr("cat.png", png())
    content = bytearray((tmp_path / "cats.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "cats.zip").write_bytes(content)
    refused(tmp_path / "cats.zip", tmp_path, "is locked with a password")


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_is_refused_before_it_goes_off(tmp_path, kind):
    archive = tmp_path / f"bomb.{kind}"
    zeros = bytes(60 * 2**20)
    if kind == "zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("a.bmp", zeros)
            packed.writestr("b.bmp", zeros)
    else:
        tar(archive, ("a.bmp", zeros), ("b.bmp", zeros))
    assert archive.stat().st_size < 2**20
    refused(archive, tmp_path, "more than 100 times as large")


def test_a_name_of_gigabytes_is_not_read(tmp_path):
    item = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    item.size = 2**32
    (tmp_path / "cats.tar").write_bytes(item.tobuf() + bytes(10240))
    refused(tmp_path / "cats.tar", tmp_path, "name in it is too long")


def test_what_does_not_fit_on_the_disk_is_not_begun(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "cats.zip", "w") as packed:
        packed.writestr("cat.png", png())
    monkeypatch.setattr(room, "_MARGIN", shutil.disk_usage(tmp_path).total)
    refused(tmp_path / "cats.zip", tmp_path, "needs more than the 0 MB that are free")


def test_what_is_no_archive_or_damaged_is_said(tmp_path):
    (tmp_path / "letter.zip").write_text("Dear cat,")
    refused(tmp_path / "letter.zip", tmp_path, "is no zip or tar archive")
    (tmp_path / "empty.zip").write_bytes(b"")
    refused(tmp_path / "empty.zip", tmp_path, "is no zip or tar archive")
    refused(tmp_path / "nowhere.zip", tmp_path, "cannot be read")
    refused(tmp_path, tmp_path, "cannot be read")
    noise = os.urandom(100_000)
    for ending, mode in (("tar", "w"), ("tar.gz", "w:gz"), ("tar.bz2", "w:bz2")):
        path = tar(tmp_path / f"cut.{ending}", ("a.png", noise), mode=mode)
        path.write_bytes(path.read_bytes()[:50_000])
        refused(path, tmp_path, "copy it again")
        path.write_bytes(path.read_bytes()[:3] + noise)
        refused(path, tmp_path, "copy it again")
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        packed.writestr("a.png", noise)
    content = bytearray((tmp_path / "bad.zip").read_bytes())
    content[5000] ^= 1
    (tmp_path / "bad.zip").write_bytes(content)
    refused(tmp_path / "bad.zip", tmp_path, "CRC")
    (tmp_path / "bad.zip").write_bytes(content[:50_000])
    refused(tmp_path / "bad.zip", tmp_path, "copy it again")


def test_a_folder_of_somebody_else_is_not_touched(tmp_path):
    archive = tar(tmp_path / "cats.tar", ("cat.png", png()), mode="w")
    (tmp_path / "out").mkdir()
    assert len(open_archive(archive, tmp_path / "out", progress=False)) == 1  # it was empty
    other = tar(tmp_path / "other.tar", ("cat.png", png(1)), mode="w")
    with pytest.raises(mh.MosaicError, match="in use for something else"):
        open_archive(other, tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(mh.MosaicError, match="in use for something else"):
        open_archive(archive, tmp_path / "mine")


def test_what_a_killed_run_left_is_swept(tmp_path):
    archive = tar(tmp_path / "cats.tar", ("cat.png", png()), mode="w")
    (tmp_path / ".out.999999999.tmp").mkdir()
    (tmp_path / f".out.{os.getppid()}.tmp").mkdir()  # of a run that lives
    open_archive(archive, tmp_path / "out", progress=False)
    assert [path.name for path in tmp_path.glob(".out*")] == [f".out.{os.getppid()}.tmp"]

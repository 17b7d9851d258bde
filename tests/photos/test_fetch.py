import gzip
import hashlib
import http.server
import io
import os
import shutil
import socket
import sys
import tarfile
import threading
import unicodedata
import warnings
import zipfile
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from conftest import leave_behind, scene
from fuzzing import mutated, rounds

import mosaic_helpers as mh
from mosaic_helpers.errors import atomic_write
from mosaic_helpers.photos import fetch as room
from mosaic_helpers.photos import fetch_photos, remote

CONTENT = os.urandom(2_000_000)
CHECKSUM = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


@pytest.fixture(autouse=True)
def empty_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOSAIC_MIRROR", raising=False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between two tries


# Sources


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cats").mkdir()
    for i in range(3):
        scene(seed=i).save(tmp_path / "cats" / f"{i}.png")
    return tmp_path / "cats"


@pytest.fixture
def stick(tmp_path, monkeypatch):
    """A USB stick with small sets of the same make as the real ones."""
    stick = tmp_path / "stick"
    images = tmp_path / "pack" / "images"
    images.mkdir(parents=True)
    for i, name in enumerate(["Abyssinian_1", "Maine_Coon_2", "beagle_1", "pug_3"]):
        scene(seed=i).save(images / f"{name}.jpg")
    (images / "Abyssinian_100.mat").write_bytes(b"a table")
    shutil.make_archive(stick / "images", "gztar", tmp_path / "pack")
    checksum = hashlib.md5((stick / "images.tar.gz").read_bytes()).hexdigest()
    monkeypatch.setattr(room, "_PETS_CHECKSUM", f"md5:{checksum}")
    with zipfile.ZipFile(stick / "cat-dataset.zip", "w") as packed:
        for album, name in (("CAT_00", "beagle_1"), ("CAT_01", "pug_3")):
            content = (images / f"{name}.jpg").read_bytes()
            for parent in (album, f"cats/{album}"):
                packed.writestr(f"{parent}/00000001_000.jpg", content)
                packed.writestr(f"{parent}/00000001_000.jpg.cat", "9 175 160 239")
    monkeypatch.setenv("MOSAIC_MIRROR", str(stick))
    return stick


def names(photos):
    return [photo.name for photo in photos]


def test_a_folder_and_an_archive(folder, tmp_path):
    assert mh.fetch_photos(folder) == mh.list_photos(folder)
    archive = shutil.make_archive(tmp_path / "my.cats", "zip", folder)
    found = mh.fetch_photos(archive, progress=False)
    assert names(found) == ["0.png", "1.png", "2.png"]
    assert found[0].parent.as_posix() == "data/my"
    assert names(mh.fetch_photos(archive, tmp_path / "out", progress=False)) == names(found)


def test_painted_cats_are_not_fetched():
    with pytest.raises(mh.MosaicError, match=r"mh.paint_cats\(\) paints the set 'painted'"):
        mh.fetch_photos("painted")


def test_pets_from_a_stick_and_the_cats_among_them(stick, capsys, monkeypatch):
    pets = mh.fetch_photos("pets")
    assert names(pets) == ["Abyssinian_1.jpg", "Maine_Coon_2.jpg", "beagle_1.jpg", "pug_3.jpg"]
    assert "CC BY-SA 4.0" in capsys.readouterr().out
    monkeypatch.setenv("MOSAIC_MIRROR", "/nowhere")  # they are there, and nothing is fetched
    cats = mh.fetch_photos("pet-cats", progress=False)
    assert names(cats) == ["Abyssinian_1.jpg", "Maine_Coon_2.jpg"]
    assert capsys.readouterr().out == ""
    assert (stick / "images.tar.gz").exists()


def test_pets_from_a_server_leave_no_archive_behind(stick, server, tmp_path, monkeypatch):
    server.content = (stick / "images.tar.gz").read_bytes()
    monkeypatch.setenv("MOSAIC_MIRROR", server.url.rpartition("/")[0])
    assert len(mh.fetch_photos("pets", tmp_path / "out" / "pets", progress=False)) == 4
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["pets"]


def test_a_mirror_keeps_its_files_wherever_it_is(stick, tmp_path, monkeypatch):
    mirror = tmp_path / "data" / "kaggle.download"  # where a download would lie
    shutil.copytree(stick, mirror)
    (mirror / "notes.txt").write_text("mine")
    monkeypatch.setenv("MOSAIC_MIRROR", str(mirror))
    assert len(mh.fetch_photos("kaggle", progress=False)) == 2
    assert {"cat-dataset.zip", "notes.txt"} <= set(os.listdir(mirror))


def test_a_download_leaves_what_is_not_its_own(stick, server, tmp_path, monkeypatch):
    server.content = (stick / "images.tar.gz").read_bytes()
    address = server.url.rpartition("/")[0].replace("://", "://tom:SECRET@")
    monkeypatch.setenv("MOSAIC_MIRROR", address)
    (tmp_path / "one.download").mkdir()
    (tmp_path / "one.download" / "notes.txt").write_text("mine")
    assert len(mh.fetch_photos("pets", tmp_path / "one", progress=False)) == 4
    assert os.listdir(tmp_path / "one.download") == ["notes.txt"]
    server.fault = {"status": 404}
    with pytest.raises(mh.MosaicError) as caught:
        mh.fetch_photos("pets", tmp_path / "again", progress=False)
    assert "SECRET" not in str(caught.value)


def test_pets_that_are_not_the_published_ones(stick):
    shutil.copy(stick / "cat-dataset.zip", stick / "images.tar.gz")
    with pytest.raises(mh.MosaicError, match="not the file that was published"):
        mh.fetch_photos("pets", progress=False)


def test_the_cats_of_kaggle_once_each(stick, tmp_path, monkeypatch):
    photos = mh.fetch_photos("kaggle", progress=False)
    assert [p.relative_to("data/kaggle").as_posix() for p in photos] == [
        "CAT_00/00000001_000.jpg",
        "CAT_01/00000001_000.jpg",
    ]
    tiles = mh.build_tiles(photos, tmp_path / "t.h5", 8, progress=False)
    assert len(tiles) == 2


def test_kaggle_by_its_own_program(stick, tmp_path, monkeypatch):
    # A stand-in with the one function that we call: the real one wants the network.
    with zipfile.ZipFile(stick / "cat-dataset.zip") as packed:
        packed.extractall(tmp_path / "cache")
    (tmp_path / "lib").mkdir()
    program = tmp_path / "lib" / "kagglehub.py"
    program.write_text(
        "def dataset_download(handle):\n"
        "    assert handle == 'crawford/cat-dataset'\n"
        f"    return {str(tmp_path / 'cache')!r}\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "lib")
    monkeypatch.delitem(sys.modules, "kagglehub", raising=False)
    monkeypatch.delenv("MOSAIC_MIRROR")
    assert len(mh.fetch_photos("kaggle", progress=False)) == 2
    program.write_text("def dataset_download(handle):\n    raise OSError('404 Not Found')\n")
    monkeypatch.delitem(sys.modules, "kagglehub")
    message = r"cannot be downloaded \(404 Not Found\).*MOSAIC_MIRROR"
    with pytest.raises(mh.MosaicError, match=message):
        mh.fetch_photos("kaggle", progress=False)
    monkeypatch.setitem(sys.modules, "kagglehub", None)  # not installed
    with pytest.raises(mh.MosaicError, match="pip install kagglehub"):
        mh.fetch_photos("kaggle", progress=False)


def test_what_is_there_is_meant_before_a_set(folder, tmp_path):
    folder.rename(tmp_path / "pets")
    assert names(mh.fetch_photos("pets")) == ["0.png", "1.png", "2.png"]


@pytest.mark.parametrize("source", ["nowhere", "dogs.zip"])
def test_a_name_that_means_nothing(source):
    with pytest.raises(mh.MosaicError, match=rf"'{source}'.*pets, pet-cats, kaggle"):
        mh.fetch_photos(source)
    with pytest.raises(mh.MosaicError, match="text or a path, not 7"):
        mh.fetch_photos(7)


# Downloads


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.content`, badly in the way that `server.fault` says."""

    def do_GET(self):
        content, fault = self.server.content, self.server.fault
        self.server.requests += 1
        if "status" in fault:
            self.send_error(fault["status"])
            return
        if fault.get("once") and self.server.requests > 1:
            fault = {}
        if fault.get("wrong bytes"):
            content = bytes(len(content))
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: fault.get("breaks off")])
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def serving(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.content, server.fault, server.requests = CONTENT, {}, 0
    server.url = f"http://127.0.0.1:{server.server_port}/pub/cats.zip"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server():
    with serving(Handler) as server:
        yield server


def download(url, folder):
    return room.download(url, folder, CHECKSUM, progress=False)


def test_a_file_is_downloaded_once_and_checked(server, tmp_path):
    path = download(server.url, tmp_path / "new")
    assert path == tmp_path / "new" / "cats.zip"
    assert path.read_bytes() == CONTENT
    assert download(server.url, tmp_path / "new") == path
    assert server.requests == 1
    assert os.listdir(tmp_path / "new") == ["cats.zip"]
    path.write_bytes(b"damaged since")
    assert download(server.url, tmp_path / "new").read_bytes() == CONTENT


@pytest.mark.parametrize("fault", [{"breaks off": 700_000}, {"wrong bytes": True}])
def test_a_download_that_fails_is_tried_again(server, tmp_path, fault):
    server.fault = fault | {"once": True}
    path = room.download(server.url, tmp_path, CHECKSUM, progress=True)
    assert path.read_bytes() == CONTENT
    assert server.requests == 2
    assert os.listdir(tmp_path) == ["cats.zip"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"breaks off": 700_000}, "the connection broke off"),
        ({"wrong bytes": True}, "not the one that was published"),
        ({"status": 404}, "the server says 404"),
        ({"status": 403}, "the server says 403"),
        ({"status": 500}, "the server says 500"),
    ],
)
def test_a_download_that_fails_again_and_again_leaves_nothing(server, tmp_path, fault, message):
    server.fault = fault
    with pytest.raises(mh.MosaicError, match=message):
        download(server.url, tmp_path)
    assert os.listdir(tmp_path) == []
    assert server.requests == 3


def test_no_network_is_said(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/cats.zip"
    with pytest.raises(mh.MosaicError, match=r"no connection.*MOSAIC_MIRROR"):
        download(url, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_silent_server_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/cats.zip"
        with pytest.raises(mh.MosaicError, match="no answer"):
            download(url, tmp_path)


def test_an_instructor_serves_from_a_server_or_a_stick(server, tmp_path, monkeypatch):
    monkeypatch.setenv("MOSAIC_MIRROR", server.url.rpartition("/")[0] + "/")
    far = "https://far.invalid/some/cats.zip"
    assert download(far, tmp_path / "a").read_bytes() == CONTENT
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setenv("MOSAIC_MIRROR", str(stick))
    with pytest.raises(mh.MosaicError, match=r"no 'cats.zip' in '.*stick'.*put it there"):
        download(far, tmp_path / "b")
    (stick / "cats.zip").write_bytes(CONTENT)
    assert download(far, tmp_path / "b") == stick / "cats.zip"
    assert not (tmp_path / "b").exists()
    (stick / "cats.zip").write_bytes(CONTENT[1:])
    with pytest.raises(mh.MosaicError, match="not the file that was published"):
        download(far, tmp_path / "b")


def test_a_folder_that_cannot_be_written_is_said(server, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(mh.MosaicError, match="Cannot write"):
        download(server.url, tmp_path / "file")


# Archives


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


def zipped(path, *members):
    """A zip of (name, content)."""
    with zipfile.ZipFile(path, "w") as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, content in members:
            packed.writestr(name, content)
    return path


def special(name, kind, target=""):
    item = tarfile.TarInfo(name)
    item.type, item.linkname = kind, target
    return item


def refused(archive, tmp_path, message):
    """Nothing is left behind, in the folder or beside it."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(mh.MosaicError, match=message) as caught:
        fetch_photos(archive, tmp_path / "out", progress=False)
    assert str(archive) in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.fixture(params=[True, False], ids=["tar filter", "no tar filter"])
def with_and_without_filter(request, monkeypatch):
    """As Python is, and as Python 3.11.2 is."""
    if not request.param:
        monkeypatch.setattr(room, "_TAR_FILTER", {})


@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
@pytest.mark.usefixtures("with_and_without_filter")
@pytest.mark.parametrize("kind", ["zip", "tar", "gztar", "bztar", "xztar"])
def test_every_kind_is_unpacked_once(tmp_path, kind):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    for name in ("b.png", "sub/a 🐈.png"):
        (tmp_path / "in" / name).write_bytes(png())
    archive = shutil.make_archive(tmp_path / "cats", kind, tmp_path / "in")
    photos = fetch_photos(archive, tmp_path / "out", progress=False)
    assert photos == [tmp_path / "out" / "b.png", tmp_path / "out" / "sub" / "a 🐈.png"]
    assert [photo.read_bytes() for photo in photos] == [png(), png()]
    photos[0].unlink()  # had it been unpacked again, it would be back
    assert fetch_photos(archive, tmp_path / "out", progress=False) == photos[1:]


@pytest.mark.usefixtures("with_and_without_filter")
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


@pytest.mark.usefixtures("with_and_without_filter")
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
def test_a_bomb_does_not_fill_the_disk(tmp_path, kind):
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


def test_a_tar_of_folders_alone_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_ALWAYS_ALLOWED", 0)
    block = special("d", tarfile.DIRTYPE).tobuf() * 2048
    archive = tmp_path / "bomb.tar.gz"
    with gzip.open(archive, "wb") as packed:
        for _ in range(20):
            packed.write(block)
    refused(archive, tmp_path, "more than 100 times as large")


def test_a_long_number_in_a_header_takes_no_hours(tmp_path):
    item = special("././@PaxHeader", tarfile.XHDTYPE)
    item.size = 2**19
    (tmp_path / "cats.tar").write_bytes(item.tobuf() + b"1" * item.size + bytes(10240))
    refused(tmp_path / "cats.tar", tmp_path, "number in it is too long")


def test_headers_that_follow_headers_are_not_followed_for_ever(tmp_path):
    header = special("././@PaxHeader", tarfile.XHDTYPE)
    header.size = 512
    record = b"12 path=aaa\n".ljust(512, b"\0")
    (tmp_path / "cats.tar").write_bytes((header.tobuf() + record) * 2000 + bytes(10240))
    refused(tmp_path / "cats.tar", tmp_path, "copy it again|many headers")


@pytest.mark.parametrize(
    "name",
    ["con", "a/AUX.jpg", "NUL.tar.gz", "a.jpg:stream", "a./b.jpg", "a ", "lpt1 .txt", "a?.jpg"],
)
def test_names_that_windows_reads_otherwise_are_refused_there(tmp_path, name, monkeypatch):
    for kind, write in (("zip", zipped), ("tar.gz", tar)):
        archive = write(tmp_path / f"cats.{kind}", ("good.png", png()), (name, png()))
        with monkeypatch.context() as patch:
            patch.setattr(remote, "_ON_WINDOWS", True)
            refused(archive, tmp_path, "has a name that Windows does not allow")
        if os.name != "nt":  # here they are names like others
            assert len(fetch_photos(archive, tmp_path / kind, progress=False)) == 2


@pytest.mark.parametrize("twins", [("a.png", "A.PNG"), ("é.png", "e\u0301.png"), ("a", "a")])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_no_file_is_written_over_another_of_the_archive(tmp_path, twins, kind, monkeypatch):
    if kind == "zip":
        archive = zipped(tmp_path / "cats.zip", *((name, png()) for name in twins))
    else:
        archive = tar(tmp_path / "cats.tar", *((name, png()) for name in twins), mode="w")
    if len(set(twins)) == 2 and sys.platform == "linux":
        assert len(fetch_photos(archive, tmp_path / "both", progress=False)) == 2

    def fold(name):
        return unicodedata.normalize("NFC", str(name)).casefold()

    def lexists(path):  # as on a disk that does not tell them apart
        return fold(path.name) in map(fold, os.listdir(path.parent))

    monkeypatch.setattr("os.path.lexists", lexists)
    refused(archive, tmp_path, "is there twice, or as two names that are one on this disk")


@pytest.mark.parametrize("stamp", ["1e30", "inf", "nan", "-1e30", "99999999999"])
def test_a_time_that_nobody_can_have_is_the_oldest(tmp_path, stamp):
    item = tarfile.TarInfo("cat.png")
    item.pax_headers = {"mtime": stamp}
    archive = tar(tmp_path / "cats.tar", (item, png()), mode="w")
    [photo] = fetch_photos(archive, tmp_path / "out", progress=False)
    assert photo.stat().st_mtime == 0


@pytest.mark.fuzz
def test_any_bytes_are_an_archive_or_get_a_sentence(tmp_path):
    plain = [tar(tmp_path / "a.tar", ("a/b.png", png()), ("c.png", png(1)), mode="w")]
    plain += [zipped(tmp_path / "a.zip", ("a/b.png", png()), ("c.png", png(1)))]
    link = special("x" * 150, tarfile.SYMTYPE, "y" * 200)
    plain += [tar(tmp_path / "b.tar", ("é" * 120, png()), (link, b""), mode="w")]
    originals = [path.read_bytes() for path in plain]
    before = sorted(tmp_path.rglob("*"))
    for number in rounds(1.0):
        content = mutated(originals[number % len(originals)], np.random.default_rng(number))
        file = tmp_path / "fuzzed.tar"
        file.write_bytes(content)
        out = tmp_path / f"out {number}"
        with suppress(mh.MosaicError):
            fetch_photos(file, out, progress=False)
        shutil.rmtree(out, ignore_errors=True)
        file.unlink()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_folders_count_as_members(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(room, "_MAX_MEMBERS", 3)
    for i in range(3):
        (tmp_path / "in" / f"{i}").mkdir(parents=True)
    (tmp_path / "in" / "cat.png").write_bytes(png())
    archive = shutil.make_archive(tmp_path / "cats", kind, tmp_path / "in")
    refused(archive, tmp_path, "more than 3 files and folders")


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
def test_a_name_of_gigabytes_is_not_read(tmp_path, kind):
    item = special("././@LongLink", kind)
    item.size = 2**32
    (tmp_path / "cats.tar").write_bytes(item.tobuf() + bytes(10240))
    refused(tmp_path / "cats.tar", tmp_path, "name in it is too long")


def test_an_archive_that_does_not_fit_on_the_disk(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "cats.zip", "w") as packed:
        packed.writestr("cat.png", png())
    monkeypatch.setattr(room, "_DISK_MARGIN", shutil.disk_usage(tmp_path).total)
    refused(tmp_path / "cats.zip", tmp_path, "needs more than the 0 MB that are free")


def test_a_disk_that_fills_up_is_not_called_a_damaged_archive(tmp_path, monkeypatch):
    tar(tmp_path / "cats.tar", ("cat.png", png()), mode="w")

    def fill_up(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "extract", fill_up)
    with pytest.raises(mh.MosaicError, match=r"Cannot write '.*out' \(no space left"):
        fetch_photos(tmp_path / "cats.tar", tmp_path / "out", progress=False)
    assert not (tmp_path / "out").exists()


def test_files_that_are_not_archives_or_are_damaged(tmp_path):
    (tmp_path / "letter.zip").write_text("Dear cat,")
    refused(tmp_path / "letter.zip", tmp_path, "is not a zip or tar archive")
    (tmp_path / "empty.zip").write_bytes(b"")
    refused(tmp_path / "empty.zip", tmp_path, "is not a zip or tar archive")
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


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_archive_that_may_not_be_read(tmp_path):
    tar(tmp_path / "cats.tar", ("cat.png", png()), mode="w").chmod(0)
    refused(tmp_path / "cats.tar", tmp_path, "cannot be read")


def test_a_folder_of_somebody_else_is_not_touched(tmp_path):
    archive = tar(tmp_path / "cats.tar", ("cat.png", png()), mode="w")
    (tmp_path / "out").mkdir()
    assert len(fetch_photos(archive, tmp_path / "out", progress=False)) == 1  # it was empty
    other = tar(tmp_path / "other.tar", ("cat.png", png(1)), mode="w")
    with pytest.raises(mh.MosaicError, match="in use for something else"):
        fetch_photos(other, tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(mh.MosaicError, match="in use for something else"):
        fetch_photos(archive, tmp_path / "mine")


def test_what_a_killed_run_left_is_removed(tmp_path):
    archive = tar(tmp_path / "cats.tar", ("cat.png", png()), mode="w")
    stale = leave_behind(tmp_path)
    with atomic_write(tmp_path / "other") as fresh:  # of a run that lives
        fresh.mkdir()
        fetch_photos(archive, tmp_path / "out", progress=False)
        assert not stale.exists()
        assert fresh.exists()

import functools
import http.server
import io
import os
import subprocess
import sys
import zipfile

import fsspec
import numpy as np
import pytest
from conftest import scene
from test_fetch import serving

import mosaic_helpers as mh
from mosaic_helpers.photos import open_photo, read_photo, remote


def png(seed=0):
    file = io.BytesIO()
    scene(seed=seed).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def memory():
    """A folder in fsspec's own memory."""
    files = fsspec.filesystem("memory")
    for i, name in enumerate(["b.png", "a/z.png", "a/é 🐈.png", "a/.hidden.png", "Thumbs.db"]):
        files.pipe(f"/cats/{name}", png(i))
    yield files
    files.rm("/cats", recursive=True)


@pytest.fixture(scope="module")
def bucket():
    """A bucket of twenty cats, a broken one and a double, on moto's S3 server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in keys.items():
            patch.setenv(name, value)
        files = fsspec.filesystem("s3", skip_instance_cache=True)
        files.mkdir("cats")
        for i in range(20):
            files.pipe(f"cats/album {i % 2}/cat {i:02} 🐈.png", png(i))
        files.pipe("cats/broken.jpg", b"no picture")
        files.pipe("cats/double.png", png(3))
        yield files, keys
    server.stop()


def test_lists_as_a_folder_is_listed(memory):
    found = mh.list_photos("memory://cats")
    assert found == [f"memory://cats/{name}" for name in ["a/z.png", "a/é 🐈.png", "b.png"]]
    assert mh.list_photos("memory://cats/") == found
    assert mh.fetch_photos("memory://cats") == found
    assert mh.list_photos("memory://cats/a") == found[:2]
    np.testing.assert_array_equal(mh.thumbnail(found[2], 8), mh.thumbnail(png(0), 8))
    assert open_photo(found[0]).size == (90, 60)


def test_says_what_is_wrong_with_an_address(memory, tmp_path):
    with pytest.raises(
        mh.MosaicError, match=r"no photos in 'memory://nowhere'|cannot be listed"
    ):
        mh.list_photos("memory://nowhere")
    with pytest.raises(mh.MosaicError, match=r"'nonsense' is none of the protocols .* s3, s3a"):
        mh.list_photos("nonsense://cats")
    with pytest.raises(mh.PhotoError, match="there is no such file"):
        read_photo("memory://cats/gone.png")
    with pytest.raises(mh.MosaicError, match="must lie on this machine, or in one service"):
        mh.build_tiles(["memory://cats/b.png", "b.png"], tmp_path / "t.h5", progress=False)


def test_a_missing_package_is_named():
    # A fresh process, in which s3fs cannot be imported.
    code = (
        "import sys; sys.modules['s3fs'] = None\n"
        "import mosaic_helpers as mh\n"
        "assert 'fsspec' not in sys.modules, 'is imported only for an address'\n"
        "try: mh.list_photos('s3://bucket/cats')\n"
        "except mh.MosaicError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "'s3://bucket/cats' needs a package that is not installed" in run.stdout
    assert "pip install s3fs" in run.stdout


def test_inside_an_archive_anywhere(tmp_path):
    with zipfile.ZipFile(tmp_path / "cats.zip", "w") as packed:
        for i in range(3):
            packed.writestr(f"all/{i}.png", png(i))
    photos = mh.list_photos(f"zip://all::{tmp_path / 'cats.zip'}")
    assert [read_photo(photo) for photo in photos] == [png(i) for i in range(3)]
    tiles = mh.build_tiles(photos, tmp_path / "t.h5", 8, progress=False)
    assert [tiles.photo(i) for i in range(3)] == photos


def test_from_a_web_server_that_lists_its_folders(tmp_path):
    (tmp_path / "cats" / "more").mkdir(parents=True)
    for name in ("a b.png", "more/c.png"):
        (tmp_path / "cats" / name).write_bytes(png())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with serving(functools.partial(Quiet, directory=tmp_path)) as server:
        photos = mh.list_photos(f"http://127.0.0.1:{server.server_port}/cats/")
        assert [read_photo(photo) for photo in photos] == [png(), png()]
        gone = photos[0].replace("a%20b", "gone")
        with pytest.raises(mh.PhotoError, match="there is no such file"):
            read_photo(gone)


def test_only_new_and_changed_photos_are_read_again(memory, tmp_path, monkeypatch):
    seen = []

    def note(photo):
        seen.append(photo)
        return read_photo(photo)

    monkeypatch.setattr("mosaic_helpers.tiles.build.read_photo", note)

    def build():
        seen.clear()
        photos = mh.list_photos("memory://cats")
        return mh.build_tiles(photos, tmp_path / "t.h5", 8, progress=False)

    assert build().names == ["a/z.png", "a/é 🐈.png", "b.png"]
    assert len(seen) == 3
    build()
    assert seen == []
    memory.pipe("/cats/a/z.png", png(77))
    memory.pipe("/cats/new.png", png(88))
    assert len(build()) == 4
    assert sorted(seen) == ["memory://cats/a/z.png", "memory://cats/new.png"]


def test_tiles_from_a_bucket_by_threads_and_by_workers(bucket, client, tmp_path):
    _, keys = bucket
    client.run(lambda: os.environ.update(keys))  # workers read for themselves
    photos = mh.list_photos("s3://cats")
    assert len(photos) == 22
    threads = mh.build_tiles(photos, tmp_path / "a.h5", 16, progress=False)
    workers = mh.build_tiles(photos, tmp_path / "b.h5", 16, client=client, progress=False)
    expected = [mh.thumbnail(png(int(name[12:14])), 16) for name in threads.names]
    np.testing.assert_array_equal(threads.read(), expected)
    np.testing.assert_array_equal(workers.read(), expected)
    assert [name for name, _ in threads.skipped] == ["broken.jpg", "double.png"]
    assert [threads.photo(i) for i in range(20)] == photos[:20]
    assert mh.open_tiles(tmp_path / "a.h5").root == "s3://cats/"

    target = mh.open_target(scene(), columns=4)
    match = mh.match_optimal(threads, target)
    mh.assemble(threads, match, 8).save(tmp_path / "m.png")
    used, _ = mh.open_manifest(tmp_path / "m.json", "s3://cats")
    assert set(used) <= set(photos)


def test_a_changed_object_is_seen_without_listing_again(bucket, tmp_path):
    files, _ = bucket
    photos = mh.list_photos("s3://cats/album 0")
    before = mh.build_tiles(photos, tmp_path / "t.h5", 8, progress=False).read()
    files.pipe(photos[0], png(99))
    files.rm(photos[1])
    after = mh.build_tiles(photos, tmp_path / "t.h5", 8, progress=False)
    np.testing.assert_array_equal(after.read([0])[0], mh.thumbnail(png(99), 8))
    np.testing.assert_array_equal(after.read(slice(1, None)), before[2:])
    assert after.skipped == [(os.path.basename(photos[1]), "there is no such file")]


def test_a_bucket_that_is_not_there(bucket):
    with pytest.raises(mh.MosaicError, match=r"'s3://dogs' cannot be listed|no photos"):
        mh.list_photos("s3://dogs")


# fsspec reads these, and for some of them does what it reads.
STRANGE = [
    "reference://::data:application/json;base64,e30=",
    "Reference://x",
    "simplecache::s3://cats",
    "zip://all::reference://x",
    "zip://all::reference::/tmp/x.json",
    "zip://all::data:,x",
    "dir://x::memory://cats",
    "local:///etc",
    "jupyter://x",
    "git://x",
    "async_wrapper://x",
]


@pytest.mark.parametrize("address", STRANGE)
def test_other_protocols_are_refused_before_fsspec_hears_of_them(address, monkeypatch):
    monkeypatch.setattr("fsspec.core.url_to_fs", None)
    with pytest.raises(mh.MosaicError, match=r"none of the protocols|no folder"):
        mh.fetch_photos(address)
    if remote.is_url(address):
        with pytest.raises(mh.MosaicError, match="none of the protocols"):
            mh.thumbnail(address, 8)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("http://tom:SECRET@host:80/cats/a.png", "http://host:80/cats/a.png"),
        ("https://SECRET@host/a b.png?sig=SECRET", "https://host/a b.png"),
        ("https://host/a.png#SECRET", "https://host/a.png"),
        ("https://tom:SEC@RET@host", "https://host"),
        ("s3://key:SECRET@cats/a.png", "s3://cats/a.png"),
        ("zip://a.png::https://host/z.zip?sig=SECRET", "zip://a.png::https://host/z.zip"),
        ("no answer from https://t:SECRET@host/x?sig=SECRET at all",) * 2,
        ("s3://cats/what? a@b:c.png",) * 2,
        ("3://a b:// :// x://",) * 2,
        ("abfs://container@account.dfs/a.png",) * 2,
        ("sftp://tom@host/a.png",) * 2,
        ("/home/tom: a@b/c?.png",) * 2,
    ],
)
def test_passwords_and_signatures_are_not_written_down(address, public):
    assert "SECRET" not in remote.without_secrets(address)
    if public != address or "SECRET" not in address:
        assert remote.without_secrets(address) == public
    assert remote.without_secrets(public) == remote.without_secrets(address)


def test_no_file_of_ours_has_the_password_of_a_server(tmp_path):
    for i in range(4):
        (tmp_path / "cats").mkdir(exist_ok=True)
        (tmp_path / "cats" / f"{i}.png").write_bytes(png(i) if i else b"no picture")
    asked = []

    class Guarded(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers.get("Authorization"))
            super().do_GET()

        def log_message(self, *_):
            pass

    out = tmp_path / "out"
    with serving(functools.partial(Guarded, directory=tmp_path)) as server:
        host = f"127.0.0.1:{server.server_port}"
        photos = mh.list_photos(f"http://tom:SECRET@{host}/cats/")
        signed = [f"{photo}?sig=SECRET" for photo in photos]
        gone = f"http://tom:SECRET@{host}/cats/gone.png?sig=SECRET"
        for i, some in enumerate((photos, [*signed, gone])):
            tiles = mh.build_tiles(some, out / f"{i}.h5", 8, progress=False)
            before = tiles.path.stat().st_mtime_ns
            tiles = mh.build_tiles(some, out / f"{i}.h5", 8, progress=False)
            assert tiles.path.stat().st_mtime_ns == before  # nothing new
            assert (tiles.root, tiles.names[0]) == (f"http://{host}/cats/", "1.png")
            match = mh.match_nearest(tiles, mh.open_target(scene(), columns=3))
            mh.assemble(tiles, match, 8).save(out / f"{i}.png")
        with pytest.raises(mh.PhotoError) as caught:
            mh.thumbnail(gone, 8)
    assert "SECRET" not in str(caught.value)
    assert set(asked) == {"Basic dG9tOlNFQ1JFVA=="}
    for path in out.iterdir():
        assert b"SECRET" not in path.read_bytes()
    with pytest.raises(mh.MosaicError) as caught:
        mh.list_photos(f"http://tom:SECRET@{host}/nothing/?sig=SECRET")
    assert "SECRET" not in str(caught.value)


def test_an_address_that_a_tile_set_brings_is_read_when_the_user_has_named_it(
    memory, tmp_path, monkeypatch
):
    tiles = mh.build_tiles(
        mh.list_photos("memory://cats"), tmp_path / "t.h5", 8, progress=False
    )
    remote.refuse_unnamed(tiles.photo(0))
    remote.refuse_unnamed(tmp_path / "a.png")
    monkeypatch.setattr(remote, "_named", set())  # as it is in another process
    with pytest.raises(mh.MosaicError, match="name its folder first"):
        remote.refuse_unnamed(tiles.photo(0))

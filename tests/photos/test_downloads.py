import hashlib
import http.server
import os
import re
import socket
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

import mosaic_helpers as mh
from mosaic_helpers.photos import download as room

CONTENT = os.urandom(2_000_000)
CHECKSUM = f"md5:{hashlib.md5(CONTENT).hexdigest()}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT, in the way that `server.way` says."""

    def do_GET(self):
        way, content = self.server.way, CONTENT
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if way.get("status"):
            self.send_error(way["status"])
            return
        if way.get("wrong bytes"):
            content = bytes(len(CONTENT))
        start = int(re.match(r"bytes=(\d+)-", asked)[1]) if asked else 0
        if way.get("no ranges"):
            start = 0
        if start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            told = f"bytes {start}-{len(content) - 1}/{len(content) + way.get('more', 0)}"
            self.send_header("Content-Range", told)
        self.send_header("Content-Length", str(len(content) - start + way.get("more", 0)))
        self.end_headers()
        self.wfile.write(content[start:][: way.get("at once")])
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def serving(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.way, server.asked = {}, []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv("MOSAIC_MIRROR", raising=False)
    monkeypatch.setattr(room, "_PAUSE", 0)
    with serving(Handler) as server:
        server.url = f"http://127.0.0.1:{server.server_port}/pub/cats.zip"
        yield server


def fetch(server, folder, checksum=CHECKSUM):
    return room.fetch_file(server.url, folder, checksum, progress=False)


def test_a_file_comes_once_and_is_checked(server, tmp_path):
    path = fetch(server, tmp_path / "new")
    assert path == tmp_path / "new" / "cats.zip"
    assert path.read_bytes() == CONTENT
    assert fetch(server, tmp_path / "new") == path
    assert server.asked == [None]
    assert os.listdir(tmp_path / "new") == ["cats.zip"]
    path.write_bytes(b"damaged since")
    assert fetch(server, tmp_path / "new").read_bytes() == CONTENT


def test_what_breaks_off_is_gone_on_with(server, tmp_path):
    server.way = {"at once": 700_000}
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    starts = [int(asked[6:-1]) for asked in server.asked[1:]]
    assert len(starts) >= 2  # it broke off twice
    assert starts == sorted(starts)
    assert starts[0] > 0


def test_a_server_that_cannot_go_on_is_asked_anew(server, tmp_path):
    (tmp_path / ".cats.zip.part").write_bytes(CONTENT[:500_000])
    server.way = {"no ranges": True}
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_what_breaks_off_for_good_is_kept_for_the_next_run(server, tmp_path):
    server.way = {"no ranges": True, "at once": 1_500_000}
    with pytest.raises(mh.MosaicError, match=r"broke off after 1.\d MB: run it again"):
        fetch(server, tmp_path)
    assert os.listdir(tmp_path) == [".cats.zip.part"]  # never a half under the whole's name
    server.way, server.asked[:] = {}, []
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked[0].startswith("bytes=1")


@pytest.mark.parametrize("more", [1, 10**9])
def test_a_server_that_promises_more_than_it_sends(server, tmp_path, more):
    server.way = {"more": more}
    with pytest.raises(mh.MosaicError, match="broke off"):
        fetch(server, tmp_path)
    assert not (tmp_path / "cats.zip").exists()
    server.way = {}
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_server_that_promises_less_than_there_is(server, tmp_path):
    server.way = {"more": -500_000}
    with pytest.raises(mh.MosaicError, match="not the file that was published"):
        fetch(server, tmp_path)
    assert os.listdir(tmp_path) == []
    server.way = {}
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_wrong_bytes_are_thrown_away(server, tmp_path):
    server.way = {"wrong bytes": True}
    with pytest.raises(mh.MosaicError, match="not the file that was published"):
        fetch(server, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_part_of_another_file_is_thrown_away(server, tmp_path):
    (tmp_path / ".cats.zip.part").write_bytes(bytes(3_000_000))  # longer than the file is
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    (tmp_path / "cats.zip").unlink()
    (tmp_path / ".cats.zip.part").write_bytes(bytes(len(CONTENT)))  # as long, but wrong
    with pytest.raises(mh.MosaicError, match="not the file that was published"):
        fetch(server, tmp_path)
    assert fetch(server, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("status", [404, 403, 500])
def test_what_the_server_refuses_is_said(server, tmp_path, status):
    server.way = {"status": status}
    with pytest.raises(mh.MosaicError, match=f"the server says {status}"):
        fetch(server, tmp_path)
    assert os.listdir(tmp_path) == []


def test_no_network_is_said(server, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server.url = f"http://127.0.0.1:{probe.getsockname()[1]}/cats.zip"
    with pytest.raises(mh.MosaicError, match=r"no connection.*MOSAIC_MIRROR"):
        fetch(server, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_server_that_is_silent_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "_PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server.url = f"http://127.0.0.1:{silent.getsockname()[1]}/cats.zip"
        with pytest.raises(mh.MosaicError, match="no answer"):
            fetch(server, tmp_path)


def test_an_instructor_serves_from_a_server_or_a_stick(server, tmp_path, monkeypatch):
    monkeypatch.setenv("MOSAIC_MIRROR", server.url.rpartition("/")[0] + "/")
    far = SimpleNamespace(url="https://far.invalid/some/cats.zip")
    assert fetch(far, tmp_path / "a").read_bytes() == CONTENT
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setenv("MOSAIC_MIRROR", str(stick))
    with pytest.raises(mh.MosaicError, match=r"no 'cats.zip' in '.*stick'.*put it there"):
        fetch(far, tmp_path / "b")
    (stick / "cats.zip").write_bytes(CONTENT)
    assert fetch(far, tmp_path / "b") == stick / "cats.zip"
    assert not (tmp_path / "b").exists()
    (stick / "cats.zip").write_bytes(CONTENT[1:])
    with pytest.raises(mh.MosaicError, match="not as it was published"):
        fetch(far, tmp_path / "b")


def test_a_place_that_cannot_be_written_is_said(server, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(mh.MosaicError, match="Cannot write"):
        fetch(server, tmp_path / "file")

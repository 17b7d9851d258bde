"""A real Jupyter server sends those who ask on to the dashboard of the newest cluster."""

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import distributed
import pytest
from browser import free_port

import mosaic_helpers as mh

PLACE = "user/ada/photo-mosaic/dashboard"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Its address, and the note that kernels are told of."""
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    options = [
        f"--port={port}",
        "--allow-root",
        "--no-browser",
        f"--ServerApp.root_dir={folder}",
    ]
    options += ["--ServerApp.base_url=/user/ada/", "--IdentityProvider.token=secret"]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "server", *options],
        env=os.environ
        | {"JUPYTER_RUNTIME_DIR": str(folder), "JUPYTER_CONFIG_DIR": str(folder)},
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 180
        while get(address, "user/ada/api")[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield address, folder / f"photo-mosaic-{process.pid}"
    finally:
        process.terminate()
        process.wait(30)


def get(address, path, token="secret", window="one"):
    """Status, content and where one is sent on to."""
    headers = {"Referer": f"{address}/{window}"}
    if token:
        headers["Authorization"] = f"token {token}"
    request = urllib.request.Request(f"{address}/{path}", headers=headers)
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=60) as answer:
            return answer.status, answer.read(), None
    except urllib.error.HTTPError as error:
        return error.code, b"", error.headers.get("Location")
    except OSError:
        return None, b"", None


@pytest.fixture
def port(client):
    return client.scheduler_info()["services"]["dashboard"]


def announce(note, port, start=1.0):
    """Write what `start_cluster` writes; the scheduler is in this process."""
    note.write_text(f"{start} {port} {os.getpid()}")


def test_who_asks_early_is_told_when_the_cluster_starts(server, port):
    address, note = server
    assert get(address, f"{PLACE}/individual-progress")[0] == 404
    threading.Timer(0.7, lambda: announce(note, port)).start()
    status, plots, _ = get(address, f"{PLACE}/individual-plots.json")
    assert status == 200
    assert "/individual-progress" in json.loads(plots).values()


def test_panes_are_sent_on_through_the_proxy(server, port):
    address, note = server
    announce(note, port)
    status, _, place = get(address, f"{PLACE}/individual-progress?theme=light")
    assert (status, place) == (302, f"/user/ada/proxy/{port}/individual-progress?theme=light")
    status, page, _ = get(address, place.lstrip("/"))
    assert status == 200
    assert b"bokeh" in page


def test_a_newer_cluster_takes_the_panes_of_every_window_over(server, port):
    address, note = server

    def asked_by(window):
        return get(address, f"{PLACE}/individual-plots.json", window=window)[0]

    announce(note, port)
    assert [asked_by("left"), asked_by("right")] == [200, 200]
    announce(note, port, 2.0)
    # They let go of the old one when they hear that it died, and ask again.
    assert [asked_by("left/tree/02.ipynb"), asked_by("left/tree/04.ipynb")] == [204, 200]
    assert [asked_by("right"), asked_by("right")] == [204, 200]


def test_a_closed_cluster_has_no_panes(server, port):
    address, note = server
    announce(note, port)
    assert get(address, f"{PLACE}/individual-plots.json", window="closed")[0] == 200
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        announce(note, closed.getsockname()[1])
        assert get(address, f"{PLACE}/individual-plots.json", window="closed")[0] == 204


PLOTS = b'{"Individual Progress": "/individual-progress"}'
SCRIPT = b"<script>alert(document.cookie)</script>"


@pytest.fixture(scope="module")
def stranger_server():
    """Another program; it answers with what it is told to, and counts the questions."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind, body = self.server.answer
            self.server.asked += 1
            self.send_response(200 if kind else 302)
            self.send_header("Content-Type", kind)
            self.send_header("Location", "/somewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def stranger(stranger_server):
    stranger_server.answer, stranger_server.asked = ("application/json", PLOTS), 0
    return stranger_server


@pytest.mark.parametrize(
    "answer",
    [
        ("text/html", SCRIPT),
        ("text/html", PLOTS),
        ("application/json", SCRIPT),
        ("application/json", b'["a list"]'),
        ("", b""),
    ],
)
def test_an_answer_that_is_no_list_of_plots_is_not_handed_on(server, stranger, answer):
    address, note = server
    stranger.answer = answer
    announce(note, stranger.server_port)
    assert get(address, f"{PLACE}/individual-progress")[0] == 404
    assert stranger.asked == 1


def test_only_the_process_that_the_note_names_is_believed(server, stranger):
    address, note = server
    announce(note, stranger.server_port)
    status, _, place = get(address, f"{PLACE}/individual-progress")
    assert (status, place.split("/")[-2]) == (302, str(stranger.server_port))
    # The kernel was killed, and another program has its port.
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for owner in (gone.pid, os.getppid(), -1, 10**20, ""):
        note.write_text(f"1.0 {stranger.server_port} {owner}")
        assert get(address, f"{PLACE}/individual-progress")[0] == 404
    for odd in (
        "",
        "1.0 99",
        "1.0 127.0.0.1@evil.example/ 1",
        "1.0 99999999 1",
        "\xb2 \xb2 \xb2",
    ):
        note.write_text(odd, "utf-8")
        assert get(address, f"{PLACE}/individual-progress")[0] == 404
    assert stranger.asked == 1


def test_the_note_goes_with_its_cluster(tmp_path, monkeypatch):
    note = tmp_path / "note"
    monkeypatch.setenv("MOSAIC_DASHBOARD", str(note))
    with distributed.LocalCluster(
        n_workers=0, processes=False, protocol="tcp://", dashboard_address="127.0.0.1:0"
    ) as cluster:
        first = mh.start_cluster(cluster.scheduler_address)
        _, port, process = note.read_text().split()
        assert int(port) == cluster.scheduler_info["services"]["dashboard"]
        assert int(process) == os.getpid()
        first.close()
        assert not note.exists()
        first, second = (mh.start_cluster(cluster.scheduler_address) for _ in range(2))
        newer = note.read_text()
        first.close()
        assert note.read_text() == newer
        second.close()
        assert not note.exists()


def test_strangers_are_not_told(server, port):
    address, note = server
    announce(note, port)
    for path in ["individual-plots.json", "individual-progress"]:
        status, content, place = get(address, f"{PLACE}/{path}", token=None)
        assert status in {302, 403} and not content
        assert "proxy" not in (place or "").split("?")[0]

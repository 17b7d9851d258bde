"""A real Jupyter server sends those who ask on to the dashboard of the newest cluster."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from browser import free_port

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


def test_who_asks_early_is_told_when_the_cluster_starts(server, port):
    address, note = server
    assert get(address, f"{PLACE}/individual-progress")[0] == 404
    threading.Timer(0.7, lambda: note.write_text(f"1.0 {port}")).start()
    status, plots, _ = get(address, f"{PLACE}/individual-plots.json")
    assert status == 200
    assert "/individual-progress" in json.loads(plots).values()


def test_panes_are_sent_on_through_the_proxy(server, port):
    address, note = server
    note.write_text(f"1.0 {port}")
    status, _, place = get(address, f"{PLACE}/individual-progress?theme=light")
    assert (status, place) == (302, f"/user/ada/proxy/{port}/individual-progress?theme=light")
    status, page, _ = get(address, place.lstrip("/"))
    assert status == 200
    assert b"bokeh" in page


def test_a_newer_cluster_takes_the_panes_of_every_window_over(server, port):
    address, note = server

    def asked_by(window):
        return get(address, f"{PLACE}/individual-plots.json", window=window)[0]

    note.write_text(f"1.0 {port}")
    assert [asked_by("left"), asked_by("right")] == [200, 200]
    note.write_text(f"2.0 {port}")
    # They let go of the old one when they hear that it died, and ask again.
    assert [asked_by("left/tree/02.ipynb"), asked_by("left/tree/04.ipynb")] == [204, 200]
    assert [asked_by("right"), asked_by("right")] == [204, 200]


def test_a_closed_cluster_has_no_panes(server, port):
    address, note = server
    note.write_text(f"1.0 {port}")
    assert get(address, f"{PLACE}/individual-plots.json", window="closed")[0] == 200
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        note.write_text(f"1.0 {closed.getsockname()[1]}")
        assert get(address, f"{PLACE}/individual-plots.json", window="closed")[0] == 204


def test_strangers_are_not_told(server, port):
    address, note = server
    note.write_text(f"1.0 {port}")
    for path in ["individual-plots.json", "individual-progress"]:
        status, content, place = get(address, f"{PLACE}/{path}", token=None)
        assert status in {302, 403} and not content
        assert "proxy" not in (place or "").split("?")[0]

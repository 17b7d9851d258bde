"""The app as it is started by a user: one server for all tests, asked as a browser would."""

import asyncio
import contextlib
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import psutil
import pytest
from browser import free_port
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from tornado import websocket
from tornado.httpclient import HTTPClientError, HTTPRequest

import mosaic_helpers as mh
from mosaic_helpers.explorer import serve


def start(tiles, folder):
    """Start the app in a folder; gives its process and the address that it prints."""
    code = f"from mosaic_helpers.explorer import serve; serve({str(tiles.path)!r}, "
    code += f"{free_port()}, browser=False)"
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    address = re.search(r"http://\S+", server.stdout.readline())[0]
    return server, address


@pytest.fixture(scope="module")
def app(tiles, tmp_path_factory):
    """Its process, its address without the token, and the token."""
    folder = tmp_path_factory.mktemp("user's own")
    # Neither is read: the server does not begin in the folder of the user.
    (folder / "voila.json").write_text('{"Voila": {"port": 1, "token": "known"}}')
    (folder / "voila.py").write_text("raise SystemExit('a module of the photos was run')")
    server, address = start(tiles, folder)
    yield server, *address.split("?token=")
    family = psutil.Process(server.pid).children(recursive=True)
    assert any("ipykernel" in " ".join(each.cmdline()) for each in family)
    server.send_signal(signal.SIGTERM)
    server.wait(30)
    assert not psutil.wait_procs(family, 30)[1]  # neither Voilà nor a kernel stays


def get(address, cookies=(), data=None, **headers):
    """Status, where one is sent on to, and content."""
    headers = {name.title(): value for name, value in headers.items()}
    opener = urllib.request.build_opener(*cookies)
    try:
        with opener.open(
            urllib.request.Request(address, data, headers=headers), timeout=90
        ) as answer:
            return answer.status, answer.url, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.url, error.read().decode()


@pytest.fixture(scope="module")
def page(app):
    """The kernel of a page that was opened with the token, and the cookie it was given."""
    _, address, token = app
    jar = http.cookiejar.CookieJar()
    cookies = [urllib.request.HTTPCookieProcessor(jar)]
    status, _, content = get(f"{address}?token={token}", cookies)
    assert status == 200
    assert "Photo Mosaic" in content
    kernel = re.search(r'"kernelId":\s*"([0-9a-f-]+)"', content)[1]
    return kernel, "; ".join(f"{each.name}={each.value}" for each in jar)


async def ask_kernel(address, kernel, size=0, **headers):
    """The status of a refusal; or else what comes back for a message of so many bytes."""
    channel = f"{address.replace('http', 'ws', 1)}api/kernels/{kernel}/channels"
    headers = {name.title(): value for name, value in headers.items()}
    try:
        line = await websocket.websocket_connect(
            HTTPRequest(channel, headers=headers),
            max_message_size=2**30,
            subprotocols=["v1.kernel.websocket.jupyter.org"],  # as browsers do
        )
    except HTTPClientError as error:
        return error.code
    header = {"msg_id": "1", "msg_type": "kernel_info_request", "session": "s", "username": ""}
    parts = header | {"version": "5.3", "date": ""}, {}, {"fill": "x" * size}, {}
    message = serialize_msg_to_ws_v1([json.dumps(each).encode() for each in parts], "shell")
    await line.write_message(message, binary=True)
    while answer := await line.read_message():
        if b"kernel_info_reply" in answer:
            line.close()
            return "arrived"
    return "closed"


def asked(*arguments, **headers):
    return asyncio.run(asyncio.wait_for(ask_kernel(*arguments, **headers), 60))


def test_listens_on_this_machine_only(app):
    process = psutil.Process(app[0].pid)
    listening = {
        each.laddr.ip
        for one in [process, *process.children(recursive=True)]
        for each in one.net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize("token", ["", "?token=", "?token=known", "?token=wrong"])
def test_who_has_no_token_is_asked_for_it_and_starts_no_kernel(app, token):
    server, address, _ = app
    before = len(psutil.Process(server.pid).children(recursive=True))
    status, url, content = get(address + token)
    assert (status, url.startswith(f"{address}login")) == (200, True)
    assert "kernelId" not in content
    assert len(psutil.Process(server.pid).children(recursive=True)) == before


def test_the_kernel_listens_to_its_own_page_alone(app, page):
    _, address, token = app
    kernel, cookie = page
    own = address.rstrip("/")
    assert asked(address, kernel) == 403
    assert asked(address, kernel, cookie=cookie, origin="http://evil.example") == 403
    assert asked(address, kernel, authorization=f"token {token}", host="evil.example") == 403
    # The photo of a telephone that becomes the target: tornado's own limit is 10 MB.
    assert asked(address, kernel, 25 * 10**6, cookie=cookie, origin=own) == "arrived"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost.", "origin": "http://localhost."},
        {"host": "0.0.0.0"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1"},  # another port
        {"origin": "null"},
    ],
)
def test_strange_hosts_and_origins_are_refused_everywhere(app, page, headers):
    _, address, token = app
    kernel, cookie = page
    if "." in headers.get("host", ""):
        port = address.rstrip("/").rpartition(":")[2]
        headers = {name: f"{value}:{port}" for name, value in headers.items()}
    for path in ("", "login", "voila/static/voila.js", f"api/kernels/{kernel}", "nothing"):
        found = get(f"{address}{path}?token={token}", cookie=cookie, **headers)
        assert found[0] == 403, path


def test_its_own_names_are_let_in(app, page):
    _, address, token = app
    kernel, cookie = page
    port = address.rstrip("/").rpartition(":")[2]
    kernels = f"{address}api/kernels/{kernel}"
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"):
        assert get(f"{kernels}?token={token}", host=host)[0] == 200
    assert get(kernels, cookie=cookie)[0] == 200
    assert get(kernels)[0] == 403


def test_the_kernel_works_in_the_folder_of_the_user(app, page, tmp_path_factory):
    kernels = [
        each
        for each in psutil.Process(app[0].pid).children(recursive=True)
        if "ipykernel" in " ".join(each.cmdline())
    ]
    assert {os.path.basename(each.cwd()) for each in kernels} == {"user's own0"}
    # What others see of the programs has no token in it.
    family = [app[0].pid, *(each.pid for each in psutil.Process(app[0].pid).children(True))]
    assert not any(app[2] in " ".join(psutil.Process(each).cmdline()) for each in family)


def test_a_page_that_is_closed_ends_its_kernel_and_no_other_page_can(app):
    _, address, token = app
    jar = http.cookiejar.CookieJar()
    content = get(f"{address}?token={token}", [urllib.request.HTTPCookieProcessor(jar)])[2]
    kernel = re.search(r'"kernelId":\s*"([0-9a-f-]+)"', content)[1]
    cookie = "; ".join(f"{each.name}={each.value}" for each in jar)

    def end(**headers):
        return get(f"{address}voila/api/shutdown/{kernel}", data=b"_xsrf=", **headers)[0]

    assert end(origin="http://evil.example", cookie=cookie) == 403
    assert end(origin=address.rstrip("/")) == 403
    assert end(origin=address.rstrip("/"), cookie=cookie) == 204  # as the page does
    assert get(f"{address}api/kernels/{kernel}", cookie=cookie)[0] == 404


def test_control_c_ends_everything(tiles, tmp_path):
    server, _ = start(tiles, tmp_path)
    family = psutil.Process(server.pid).children(recursive=True)
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == -signal.SIGINT  # as a KeyboardInterrupt
    assert family and not psutil.wait_procs(family, 1)[1]


def test_says_that_the_port_is_taken(tiles):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(mh.MosaicError, match=f"cannot have port {port}.*--port"):
            serve(tiles.path, port, browser=False)
    for port in (-1, 10**6):
        with pytest.raises(mh.MosaicError, match="cannot have port"):
            serve(tiles.path, port, browser=False)


def test_says_that_it_could_not_be_served(tiles, monkeypatch):
    monkeypatch.setattr("mosaic_helpers.explorer.app.APP", tiles.path.parent / "none.ipynb")
    with pytest.raises(mh.MosaicError, match="Voilà ended"):
        serve(tiles.path, 0, browser=False)


def test_the_app_saves_below_its_folder_only(tiles, tmp_path, monkeypatch):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    with contextlib.suppress(OSError):
        (home / "link").symlink_to(elsewhere)
    monkeypatch.chdir(home)
    explorer = mh.Explorer(tiles, columns=8)
    explorer.model.wait()
    explorer.model.folder = os.getcwd()

    def saved(path):
        explorer.model.save(path, 8)
        explorer.model.wait()
        return explorer.model.saved

    outside = [elsewhere / "m.jpg", "../m.jpg", "sub/../../m.jpg", "~/m.jpg"]
    outside += ["link/m.jpg"] if (home / "link").exists() else []
    for path in outside:
        assert "writes only below" in saved(path)
    assert os.listdir(elsewhere) == []
    assert saved("m.jpg").startswith(f"Saved {home / 'm.jpg'}")
    assert saved(home / "sub" / "m.png").startswith(f"Saved {home / 'sub' / 'm.png'}")
    explorer.model.folder = None  # in a notebook
    assert saved(elsewhere / "m.jpg").startswith(f"Saved {elsewhere / 'm.jpg'}")
    explorer.close()

import os
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest
from browser import free_port

import mosaic_helpers as mh
from mosaic_helpers.explorer import serve


def test_serves_the_explorer_on_this_machine_only(tiles):
    port = free_port()
    code = "from mosaic_helpers.explorer import serve; "
    code += f"serve({str(tiles.path)!r}, {port}, browser=False)"
    server = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        page, until = "", time.monotonic() + 100
        while not page and time.monotonic() < until:
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/").read().decode()
            except OSError:
                time.sleep(0.3)
        assert "Photo Mosaic" in page
        assert "<Explorer: 240 tiles>" in page or "widget-view" in page
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(True)]
        listening = {
            each.laddr.ip
            for process in family
            for each in process.net_connections("inet")
            if each.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}
    finally:
        for process in psutil.Process(server.pid).children(True):
            process.terminate()
        server.terminate()
        server.wait(30)


def test_says_that_it_could_not_be_served(tiles, monkeypatch):
    monkeypatch.setattr(
        "mosaic_helpers.explorer.app.APP", os.path.join(tiles.path.parent, "none.ipynb")
    )
    with pytest.raises(mh.MosaicError, match="Voilà ended"):
        serve(tiles.path, 0, browser=False)

"""What `make lab` opens: the course, and beside it a dashboard that comes alive.

JupyterLab runs as behind a hub, and port 8787 is taken: the hard case of both.
"""

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[1]
WORKSPACE = ROOT / "lab" / "course.jupyterlab-workspace"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PREFIX = "/user/ada/"
CELLS = [
    "import mosaic_helpers as mh; client = mh.start_cluster(workers=1)",
    "import time; _ = client.gather(client.map(time.sleep, [0.2] * 10, pure=False))",
    "client.dashboard_link",
    "client = mh.start_cluster(workers=1)",
    "client.close()",
]


def chromium():
    """Path of a browser, or a skip that says so; CI must have one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found and os.environ.get("CI"):
        pytest.fail("CI must have Chromium; see .ci/run.")
    return found or pytest.skip("No Chromium on this machine, so no browser test.")


def small_notebook(path):
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    hidden = nbformat.v4.new_code_cell("6 * 7", metadata={"jupyter": {"source_hidden": True}})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    book = nbformat.v4.new_notebook(cells=[*cells, hidden], metadata=kernel)
    nbformat.write(book, path)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """JupyterLab on a copy of the course; its workspace is imported as `make lab` does."""
    chromium()
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    small_notebook(folder / "notebooks" / "small.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = ["CONFIG_DIR", "RUNTIME_DIR", "DATA_DIR"]
    environment = os.environ | {f"JUPYTER_{place}": str(folder / place) for place in places}
    environment |= {"JUPYTERHUB_SERVICE_PREFIX": PREFIX}
    lab = [sys.executable, "-m", "jupyter", "lab"]
    subprocess.run([*lab, "workspaces", "import", WORKSPACE], env=environment, check=True)
    options = [f"--port={port}", "--no-browser", "--IdentityProvider.token=", "--allow-root"]
    options += [f"--ServerApp.base_url={PREFIX}", f"--ServerApp.root_dir={folder}"]
    options += ["--LabApp.default_url=/lab/workspaces/photo-mosaic"]
    options += ["--LabApp.expose_app_in_browser=True"]
    with open(folder / "lab.log", "w") as log, port_8787_taken():
        server = subprocess.Popen([*lab, *options], stdout=log, stderr=log, env=environment)
        try:
            place = f"http://127.0.0.1:{port}{PREFIX}"
            wait_for(lambda: urllib.request.urlopen(f"{place}api").status == 200)
            yield place
        finally:
            server.terminate()
            server.wait(30)


@contextlib.contextmanager
def port_8787_taken():
    with socket.socket() as other:
        with contextlib.suppress(OSError):  # by somebody else: so much the better
            other.bind(("127.0.0.1", 8787))
            other.listen()
        yield


@pytest.fixture(scope="module")
def page(address):
    """The window of a small laptop, on what `make lab` opens."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(60_000)
        page.goto(address)
        page.locator(".jp-RenderedMarkdown h1").first.wait_for()
        page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
        yield page
        browser.close()


def wait_for(ready, seconds=60, pause=time.sleep):
    """Wait until `ready` is true; what it raises counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if ready():
                return
        pause(0.2)
    pytest.fail(f"not ready after {seconds} s")


def tabs(page):
    return page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel").all_inner_texts()


def run_next(page):
    page.evaluate("jupyterapp.commands.execute('notebook:run-cell-and-select-next')")


def coloured(page):
    """Part of the task stream that has the colour of a bar, and not a pale one."""
    pane = page.locator("#jp-main-dock-panel .jp-MainAreaWidget:has(iframe)").first
    picture = Image.open(io.BytesIO(pane.screenshot())).convert("RGB")
    pixels = np.asarray(picture.crop((0, 60, *picture.size))).astype(int)
    return np.mean(np.ptp(pixels, axis=2) > 60)


def streams(page):
    """Addresses of task streams that are shown."""
    return [frame.url for frame in page.frames if "individual-task-stream" in frame.url]


def test_course_and_dashboard_and_nothing_else(page):
    assert tabs(page) == ["00_start_here.ipynb", "Task Stream", "Progress", "Workers Memory"]
    page.wait_for_timeout(1500)  # news would come by now
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert page.locator(".jp-Notebook").first.bounding_box()["width"] > 800
    page.locator(".jp-SideBar.jp-mod-left [data-id=filebrowser]").click()
    page.locator(".jp-DirListing-itemText", has_text="02_preprocessing").wait_for()
    page.locator(".jp-SideBar.jp-mod-left [data-id=filebrowser]").click()


def test_panes_come_alive_and_follow_the_newest_cluster(page):
    path = json.dumps({"path": "notebooks/small.ipynb"})
    page.evaluate(f"jupyterapp.commands.execute('docmanager:open', {path})")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    assert coloured(page) == 0
    run_next(page)
    wait_for(lambda: streams(page), pause=lambda _: page.wait_for_timeout(200))
    (first,) = streams(page)
    assert f"{PREFIX}proxy/" in first and "proxy/8787" not in first
    run_next(page)
    wait_for(lambda: coloured(page) > 0.1, pause=lambda _: page.wait_for_timeout(500))
    run_next(page)
    proxied = first[first.index(PREFIX) :].replace("individual-task-stream", "status")
    page.locator(".jp-OutputArea-output:visible", has_text=f"'{proxied}'").wait_for()
    run_next(page)
    wait_for(
        lambda: streams(page) and streams(page) != [first],
        pause=lambda _: page.wait_for_timeout(200),
    )
    run_next(page)
    wait_for(lambda: not streams(page), pause=lambda _: page.wait_for_timeout(200))


def test_a_hidden_solution_shows_three_dots_and_runs(page):
    cell = page.locator(".jp-Notebook:visible .jp-CodeCell").nth(len(CELLS))
    cell.locator(".jp-Placeholder").wait_for()
    assert not cell.locator(".jp-InputArea-editor").is_visible()
    page.evaluate("jupyterapp.shell.currentWidget.content.activate()")
    page.keyboard.press("Shift+Enter")  # the cell that was next is selected
    cell.locator(".jp-OutputArea-output", has_text="42").wait_for()
    assert cell.locator(".jp-Placeholder").is_visible()

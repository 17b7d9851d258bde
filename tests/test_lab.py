"""What `make lab` opens: the course, and beside it a dashboard that comes alive.

JupyterLab runs as behind a hub, and port 8787 is taken: the hard case of both.
"""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from browser import browser, jupyterlab, wait_for
from PIL import Image

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[1]
WORKSPACE = ROOT / "lab" / "course.jupyterlab-workspace"
PREFIX = "/user/ada/"
CELLS = [
    "import mosaic_helpers as mh; client = mh.start_cluster(n_workers=1)",
    "import time; _ = client.gather(client.map(time.sleep, [0.2] * 10, pure=False))",
    "client.dashboard_link",
    "client = mh.start_cluster(n_workers=1)",
    "client.close()",
]


def small_notebook(path):
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    hidden = nbformat.v4.new_code_cell("6 * 7", metadata={"jupyter": {"source_hidden": True}})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    book = nbformat.v4.new_notebook(cells=[*cells, hidden], metadata=kernel)
    nbformat.write(book, path)


@pytest.fixture(scope="module")
def address(tmp_path_factory, port_8787_taken):
    """JupyterLab on a copy of the course; its workspace is imported as `make lab` does."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    small_notebook(folder / "notebooks" / "small.ipynb")
    places = ["CONFIG_DIR", "RUNTIME_DIR", "DATA_DIR"]
    environment = {f"JUPYTER_{place}": str(folder / place) for place in places}
    environment |= {"JUPYTERHUB_SERVICE_PREFIX": PREFIX}
    command = [sys.executable, "-m", "jupyter", "lab", "workspaces", "import", WORKSPACE]
    subprocess.run(command, env=os.environ | environment, check=True)
    option = "--LabApp.default_url=/lab/workspaces/photo-mosaic"
    with jupyterlab(folder, option, base=PREFIX, **environment) as place:
        yield place


@pytest.fixture(scope="module")
def port_8787_taken():
    """Whether it is taken here; another program that has it may give it up at any time."""
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", 8787))
            other.listen()
        except OSError:
            yield False
        else:
            yield True


@pytest.fixture(scope="module")
def page(address):
    """The window of a small laptop, on what `make lab` opens."""
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(60_000)
        page.goto(address)
        page.locator(".jp-RenderedMarkdown h1").first.wait_for()
        page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
        yield page


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


def test_panes_come_alive_and_follow_the_newest_cluster(page, port_8787_taken):
    path = json.dumps({"path": "notebooks/small.ipynb"})
    page.evaluate(f"jupyterapp.commands.execute('docmanager:open', {path})")
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    assert coloured(page) == 0
    run_next(page)
    wait_for(lambda: streams(page), pause=lambda _: page.wait_for_timeout(200))
    (first,) = streams(page)
    assert f"{PREFIX}proxy/" in first
    assert "proxy/8787" not in first or not port_8787_taken
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

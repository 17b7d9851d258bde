"""A person opens notebook 06 in JupyterLab and plays with the sliders."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[1]
CATS = "400"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def chromium():
    """Path of a browser, or a skip that says so; CI must have one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found and os.environ.get("CI"):
        pytest.fail("CI must have Chromium; see .ci/run.")
    return found or pytest.skip("No Chromium on this machine, so no browser test.")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the course with few cats; gives the address of 06."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "data").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "MOSAIC_CATS": CATS,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
    }
    options = [f"--port={port}", "--no-browser", "--IdentityProvider.token=", "--allow-root"]
    with open(folder / "lab.log", "w") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyter",
                "lab",
                *options,
                f"--ServerApp.root_dir={folder}",
            ],
            stdout=log,
            stderr=log,
            env=environment,
        )
    try:
        wait_for(lambda: urllib.request.urlopen(f"{address}/api").status == 200)
        yield f"{address}/lab/tree/notebooks/06_explorer.ipynb"
    finally:
        server.terminate()
        server.wait(30)


def wait_for(ready, seconds=60):
    """Wait until `ready` is true; what it raises counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail(f"not ready after {seconds} s")


@pytest.fixture(scope="module")
def page(lab):
    """The notebook, run from top to bottom."""
    executable = chromium()
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(lab)
        page.locator(".jp-RenderedMarkdown h1", has_text="06 Explorer").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        settled(page)
        yield page
        browser.close()


def explorer(page):
    return page.locator(".jp-OutputArea .widget-vbox").first


def label(page):
    return explorer(page).get_by_role("status").inner_text()


def picture(page):
    return explorer(page).locator("img").first.get_attribute("src")


def settled(page):
    """Wait until the notebook has done all that it does to its first explorer."""
    explorer(page).wait_for(timeout=180_000)
    explorer(page).scroll_into_view_if_needed()
    seen = []

    def quiet():
        seen.append(label(page))
        time.sleep(0.5)
        return "each at most" in seen[-1] and len(seen) > 8 and len(set(seen[-8:])) == 1

    wait_for(quiet, 180)


def test_sliders_and_switch_change_the_picture(page):
    assert label(page).startswith("60 × 40 cells")
    before = picture(page)

    handle = explorer(page).get_by_role("slider").first
    handle.focus()
    handle.press("ArrowRight")
    wait_for(lambda: label(page).startswith("61 × 41 cells"))
    moved = picture(page)
    assert moved != before

    explorer(page).get_by_role("button", name="nearest", exact=True).click()
    wait_for(lambda: "each cell its nearest" in label(page))
    assert picture(page) != moved

    shown = explorer(page).locator("img").first
    assert shown.evaluate("image => image.complete && image.naturalWidth") > 300


def test_tile_resolution_keeps_the_match(page):
    explorer(page).scroll_into_view_if_needed()
    across, rows = re.match(r"(\d+) × (\d+) cells", label(page)).groups()
    handle = explorer(page).get_by_role("slider").nth(1)
    handle.focus()
    handle.press("ArrowRight")
    wait_for(lambda: f"{int(across) * 33:,} × {int(rows) * 33:,} pixels" in label(page))
    assert label(page).startswith(f"{across} × {rows} cells")
    assert "model not found" not in page.content().lower()

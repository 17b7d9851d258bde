"""A real browser, JupyterLab in it, and the explorer in a notebook of it."""

import os
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def chromium():
    """Path of a browser, or a skip that says so; CI must have one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found and os.environ.get("CI"):
        pytest.fail("CI must have Chromium; see .ci/run.")
    return found or pytest.skip("No Chromium on this machine, so no browser test.")


def free_port():
    """A port of this machine that nobody listens on.

    It is below those that a system gives out by itself: a cluster of another test would be
    given one before the server that it is for has begun to listen.
    """
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(20_000, 30_000)))
            return probe.getsockname()[1]


@contextmanager
def jupyterlab(folder, *options, base="/", **environment):
    """JupyterLab in a folder; gives its address, which ends with its base."""
    chromium()  # or skip: a page that nobody looks at is not worth a server
    port = free_port()
    address = f"http://127.0.0.1:{port}{base}"
    command = [sys.executable, "-m", "jupyter", "lab", f"--port={port}", "--no-browser"]
    command += ["--IdentityProvider.token=", "--allow-root", f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.base_url={base}", *options]
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(folder / "CONFIG_DIR")} | environment
    with open(folder / "lab.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        wait_for(lambda: urllib.request.urlopen(f"{address}api").status == 200)
        yield address
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def browser():
    """Chromium; gives it, or skips where there is none."""
    executable = chromium()
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as player:
        started = player.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


def wait_for(ready, seconds=180, pause=time.sleep):
    """Wait until `ready` is true; a server that does not answer is not ready yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            if ready():
                return
        pause(0.2)
    pytest.fail(f"not ready after {seconds} s")


def run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def explorer(page, number=0):
    return page.locator(".jp-OutputArea-output:has(.mosaic-viewer)").nth(number)


def label(page, number=0):
    """The numbers in words: the status that is not the viewer's own."""
    return explorer(page, number).locator(".mosaic-status").first.inner_text()


def canvas(page, number=0):
    return explorer(page, number).locator("canvas.mosaic-canvas")


def slider(page, name, number=0):
    row = explorer(page, number).locator(".widget-inline-hbox", has_text=name).first
    return row.get_by_role("slider").first


def settled(page, number=0):
    """Wait until an explorer shows its exact answer and does no more."""
    explorer(page, number).wait_for(timeout=180_000)
    explorer(page, number).scroll_into_view_if_needed()
    seen = []

    def quiet():
        seen.append(label(page, number))
        time.sleep(0.25)
        done = "proved" in seen[-1] or "Nearest tile" in seen[-1]
        return (
            done
            and "approximate" not in seen[-1]
            and len(seen) > 4
            and len(set(seen[-4:])) == 1
        )

    wait_for(quiet, 180)


def rested(page):
    """Wait until the notebook has run to its end."""
    explorer(page).wait_for(timeout=180_000)
    seen = []

    def idle():
        seen.append("| Idle" in page.locator("#jp-main-statusbar").inner_text())
        time.sleep(0.25)
        return len(seen) > 8 and all(seen[-8:])

    wait_for(idle, 180)
    settled(page)


def choose(page, name):
    explorer(page).get_by_role("button", name=name, exact=True).click()

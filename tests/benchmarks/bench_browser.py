"""Measure how soon a key on a slider of the explorer changes pixels, in a real browser.

    python tests/benchmarks/bench_browser.py [STORE]

JupyterLab and Chromium (without a screen or a graphics card) on this machine, ten thousand
tiles, about 100 × 67 cells. From the key going down to the next picture painted; then the same
key again and again, faster than mosaics can be matched, and how many of them are seen. STORE
is a tile set of 64 pixels, by default of painted cats, made in a temporary folder.
"""

import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from side_by_side import tiles_to_play_with

sys.path.insert(0, str(Path(__file__).parents[1]))
import browser as walk

KEYS = 15
CELL = "import mosaic_helpers as mh\nmh.Explorer(mh.open_tiles({!r}), columns=100)"

# From the key to the frame after the one in which the canvas was drawn: then it is seen.
WATCH = """canvas => {
  window.seen = new Set();
  window.taken = [];
  let pressed = 0;
  addEventListener("keydown", () => (pressed = performance.now()), true);
  let last = canvas.dataset.number;
  new MutationObserver(() => {
    if (canvas.dataset.number === last) return;
    last = canvas.dataset.number;
    seen.add(last);
    const key = pressed;
    pressed = 0;
    if (key) requestAnimationFrame(() => setTimeout(() => taken.push(performance.now() - key)));
  }).observe(canvas, { attributes: true, attributeFilter: ["data-number"] });
}"""


def one_at_a_time(page, keys):
    """Milliseconds from each key to changed pixels, with a rest between them."""
    page.evaluate("taken.length = 0")
    for key in keys:
        walk.slider(page, "Target resolution").press(key)
        time.sleep(1)
    walk.settled(page)
    return page.evaluate("taken")


def in_a_row(page, keys, pause):
    """How many mosaics are seen while keys follow each other."""
    walk.settled(page)
    page.evaluate("seen.clear()")
    for key in keys:
        walk.slider(page, "Target resolution").press(key)
        time.sleep(pause)
    return page.evaluate("seen.size")


def measure(store, folder):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cell = nbformat.v4.new_code_cell(CELL.format(store))
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=kernel)
    nbformat.write(notebook, folder / "play.ipynb")
    with walk.jupyterlab(folder) as address, walk.browser() as chrome:
        page = chrome.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(f"{address}lab/tree/play.ipynb")
        page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
        walk.run_all(page)
        walk.rested(page)
        walk.canvas(page).evaluate(WATCH)
        walk.slider(page, "Target resolution").focus()
        for method in ("nearest", "optimal transport"):
            walk.choose(page, method)
            walk.settled(page)
            there = ["ArrowRight"] * KEYS
            taken = one_at_a_time(page, there)
            print(
                f"{method:17} key to changed pixels: median {np.median(taken):4.0f} ms, "
                f"95 % {np.quantile(taken, 0.95):4.0f} ms, {len(taken)} of {KEYS} keys answered"
            )
            for pause in (0.3, 0.1):
                seen = in_a_row(page, ["ArrowLeft"] * KEYS, pause)
                print(f"{method:17} {KEYS} keys, one every {pause} s: {seen} mosaics seen")
                in_a_row(page, there, 0.1)
            walk.settled(page)


def main():
    try:
        walk.chromium()
    except pytest.skip.Exception as why:
        return print(why)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        return measure(str(tiles_to_play_with(folder).path.resolve()), folder)


if __name__ == "__main__":
    main()

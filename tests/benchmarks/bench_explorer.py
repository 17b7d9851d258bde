"""Measure how soon the explorer answers, beside doing the same afresh.

    python tests/benchmarks/bench_explorer.py [STORE]

Drives the model, without a browser: a trait is set, and the time is taken until the new
picture is encoded, with ten thousand tiles and about 100 × 67 cells. The cases are mixed
and repeated; beside each median is the 95th percentile. "Afresh" is the plain pipeline for
the same: features, match, picture, JPEG. STORE is a tile set of 64 pixels, by default of
painted cats, made in a temporary folder.
"""

import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from side_by_side import tiles_to_play_with

import mosaic_helpers as mh
from mosaic_helpers.explorer import ExplorerModel

ROUNDS = 20


def first_answer(model, **change):
    """Seconds from the change of traits to the next picture that is encoded."""
    seen, first = [], threading.Event()

    def see(_):
        seen.append(time.perf_counter())
        first.set()

    model.observe(see, "report")
    start = time.perf_counter()
    model.ask(**change)
    first.wait()  # and do not look again and again: that takes from the core that answers
    model.unobserve_all("report")
    return seen[0] - start


def afresh(tiles, method, columns):
    """Seconds for the same without the explorer."""
    start = time.perf_counter()
    target = mh.open_target("chelsea", columns)
    match = (
        mh.match_nearest(tiles, target)
        if method == "nearest"
        else mh.match_optimal(tiles, target)
    )
    mh.assemble(tiles, match)._repr_jpeg_()
    return time.perf_counter() - start


def line(name, seconds, bar=None):
    median, late = 1000 * np.median(seconds), 1000 * np.quantile(seconds, 0.95)
    text = f"{name:44} {median:8.0f} ms   95 %: {late:6.0f} ms"
    if bar:
        met = median <= bar and late <= 2 * bar
        text += f"   bar: ≤ {bar} ms, 95 % ≤ {2 * bar} ms: {'met' if met else 'NOT MET'}"
    print(text, flush=True)


def measure(tiles):
    model = ExplorerModel(tiles, columns=99)
    model.wait()
    taken = {"nearest": [], "optimal": [], "tile": []}
    for number in range(ROUNDS):
        for method in ("nearest", "optimal"):
            model.ask(columns=30 + number, method=method)  # away, and let it come to rest
            model.wait()
            taken[method].append(
                first_answer(model, columns=100 + number % 3, crop=(0, 0, 1, 1 - number / 1000))
            )
        model.ask(method="nearest")
        model.wait()
        taken["tile"].append(first_answer(model, tile_size=16 + number))
        model.wait()
    line("nearest, target resolution moved", taken["nearest"], 60)
    line("optimal, first answer", taken["optimal"], 150)
    line("tile resolution moved", taken["tile"])
    for method in ("nearest", "optimal"):
        line(
            f"{method}, afresh (the exact answer)",
            [afresh(tiles, method, 100) for _ in range(3)],
        )


def main():
    with tempfile.TemporaryDirectory() as folder:
        tiles = tiles_to_play_with(Path(folder))
        print(f"{len(tiles):,} tiles")
        measure(tiles)


if __name__ == "__main__":
    main()

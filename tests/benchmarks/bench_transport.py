"""Measure the assignment solvers against the dense network simplex, side by side.

    python tests/benchmarks/bench_transport.py [--quick]

Every row is a process of its own, so that peaks of memory do not mix; "above imports"
is the peak less what the process held once everything was imported and the data read.
The data are colours in CIELAB: cells of scikit-image's cat, and patches of its other
photographs as tiles, which are different from the cat as a folder of photographs is.
Every line names its bar, and says whether it is met; times depend on what else runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = [  # tiles, cells, detail (features = 3 · detail²), max_uses or None
    (10_000, 10_000, 1, None),
    (10_000, 10_000, 3, None),
    (10_000, 2_500, 1, None),
    (10_000, 5_000, 1, None),
    (10_000, 6_700, 1, None),
    (10_000, 6_700, 2, None),
    (10_000, 6_700, 4, None),
    (2_000, 10_000, 1, 5),
]
GROWTH = [1_000, 2_000, 5_000, 10_000, 20_000]


def linear(picture):
    import numpy as np

    light = picture / 255.0
    return np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)


def features(light, detail):
    """CIELAB of a (count, detail, detail, 3) array of linear light, scaled by detail."""
    from skimage.color import rgb2lab

    srgb = light.clip(0, 1)
    srgb = (srgb <= 0.0031308) * 12.92 * srgb + (srgb > 0.0031308) * (
        1.055 * srgb.clip(1e-12) ** (1 / 2.4) - 0.055
    )
    return rgb2lab(srgb).reshape(len(light), -1) / detail


def make_tiles(count, detail, seed=0):
    import numpy as np
    from skimage import data

    rng = np.random.default_rng(seed)
    light = [linear(picture()) for picture in (data.astronaut, data.coffee, data.rocket)]
    patches = np.empty((count, detail, detail, 3))
    for index in range(count):
        picture, side = light[index % len(light)], 12 * int(rng.integers(1, 9))
        row = rng.integers(0, picture.shape[0] - side)
        column = rng.integers(0, picture.shape[1] - side)
        patch, step = picture[row : row + side, column : column + side], side // detail
        patch = patch[: step * detail, : step * detail]
        patches[index] = patch.reshape(detail, step, detail, step, 3).mean(axis=(1, 3))
    tiles = features(patches, detail)
    return tiles + rng.normal(0, 2 / detail, tiles.shape)


def make_cells(count, detail):
    import numpy as np
    from skimage import data
    from skimage.transform import resize

    rows = next(r for r in range(int((count / 1.5) ** 0.5), 0, -1) if count % r == 0)
    shape = (rows * detail, count // rows * detail)
    cat = resize(linear(data.chelsea()), shape, order=1, anti_aliasing=True)
    cut = cat.reshape(rows, detail, -1, detail, 3).transpose(0, 2, 1, 3, 4)
    return features(np.ascontiguousarray(cut.reshape(count, detail, detail, 3)), detail)


def peak_memory():
    """Peak resident memory of this process in bytes."""
    import resource

    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says on Linux includes the parent's, before exec
        lines = status.read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if "VmHWM" in line)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def measure(method, data, max_uses):
    """Solve one instance in this process and print what it took as JSON."""
    import numpy as np

    from mosaic_helpers import transport

    with np.load(data) as arrays:
        tiles, cells = arrays["tiles"], arrays["cells"]
    for solve in (transport.solve_exact, transport.solve_approximate, transport.solve_textbook):
        solve(tiles[:50], cells[:40])  # imports that are done late
    before, began = peak_memory(), time.perf_counter()
    answer = getattr(transport, f"solve_{method}")(tiles, cells, max_uses)
    took = time.perf_counter() - began
    print(
        json.dumps(
            {
                "seconds": took,
                "bytes": peak_memory() - before,
                "cost": answer.cost,
                "gap": answer.gap,
                "status": answer.status,
            }
        )
    )


def run(method, n, m, detail, max_uses):
    """Measure a case in a process of its own."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "data.npz")
        np.savez(data, tiles=make_tiles(n, detail), cells=make_cells(m, detail))
        case = json.dumps([method, data, max_uses])
        script = [sys.executable, __file__, "--case", case]
        done = subprocess.run(script, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{case} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def name_of(n, m, detail, max_uses):
    return f"{n:,} × {m:,}, {3 * detail * detail}-D" + (f", k = {max_uses}" if max_uses else "")


def bar(text, *met):
    """The bar of a line, and whether it is met."""
    return f"   bar: {text}: {'met' if all(met) else 'NOT MET'}"


def same_cost(exact, table):
    return abs(exact["cost"] - table["cost"]) <= 1e-9 * table["cost"] and exact["gap"] == 0


def bar_of_exact(size, faster, less, same):
    """What is asked of the exact solver at a size: of time, of memory, and of cost."""
    n, m, detail, _ = size
    if max(n, m) < 10_000:
        return bar("same cost, certified", same)
    if m < n or detail > 3:
        return bar("same cost, certified, ≥ 6 × faster", same, faster >= 6)
    if detail == 3:
        return bar("same cost, ≥ 8 × faster", same, faster >= 8)
    if n == m:
        text = "same cost, ≥ 12 × faster, ≤ 1/12 of the memory"
        return bar(text, same, faster >= 12, less >= 12)
    return bar("same cost, certified", same)


def bar_of_approximate(size, approximate, above):
    """What is asked of the approximate solver at a size."""
    n, m, detail, _ = size
    if n == m and detail == 1:
        text = "≤ 0.25 s, ≤ 0.5 % above the optimum"
        return bar(text, approximate["seconds"] <= 0.25, above <= 0.005)
    if n > m and detail == 1:
        return bar(
            "≤ 0.5 s, ≤ 2 % above the optimum", approximate["seconds"] <= 0.5, above <= 0.02
        )
    return ""


def against_the_table(sizes):
    print("Exact and approximate against the dense table (textbook); memory above imports\n")
    for size in sizes:
        methods = "exact", "textbook", "approximate"
        exact, table, approximate = (run(method, *size) for method in methods)
        faster = table["seconds"] / exact["seconds"]
        less = table["bytes"] / max(exact["bytes"], 1 << 20)
        above = approximate["cost"] / exact["cost"] - 1
        print(f"{name_of(*size)}\n  table       {line_of(table)}")
        met = bar_of_exact(size, faster, less, same_cost(exact, table))
        print(
            f"  exact       {line_of(exact)}, {faster:.1f} × faster, 1/{less:.0f} memory{met}"
        )
        met = bar_of_approximate(size, approximate, above)
        print(
            f"  approximate {line_of(approximate)}, {100 * above:.2f} % above{met}", flush=True
        )


def line_of(seen):
    return f"{seen['seconds']:7.2f} s {seen['bytes'] / 1e6:6.0f} MB"


def growth(sizes):
    print("\nExact, n × n, 3-D")
    for n in sizes:
        exact = run("exact", n, n, 1, None)
        seconds, size = 1 + 1e-7 * n * n, 60e6 + 16_300 * n
        text = f"certified, ≤ {seconds:.2g} s, ≤ {size / 1e6:.0f} MB"
        met = bar(text, exact["gap"] == 0, exact["seconds"] <= seconds, exact["bytes"] <= size)
        print(f"{n:8,} {line_of(exact)}{met}", flush=True)


def many_cells(counts):
    print("\nApproximate, 10,000 tiles, as few uses as will do")
    before = None
    for m in counts:
        seen = run("approximate", 10_000, m, 1, None)
        said = bar("≤ 2 GB", seen["bytes"] <= 2e9)
        if before:
            times = seen["seconds"] / before
            said = f", {times:.1f} × the time{said}{bar('≤ 13 ×', times <= 13)}"
        print(f"{m:10,} cells {line_of(seen)}{said}", flush=True)
        before = seen["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, half a minute")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        measure(*json.loads(options.case))
    elif options.quick:
        against_the_table([(3_000, 3_000, 1, None), (3_000, 2_000, 2, None)])
        growth([1_000, 2_000, 4_000])
    else:
        against_the_table(SIZES)
        growth(GROWTH)
        many_cells([100_000, 1_000_000])


if __name__ == "__main__":
    main()

"""Run the cases of a benchmark in processes of their own and print them side by side.

A case is a function that prepares, and returns another that does the work. Only the
work is timed, and its memory is the peak above what was held once all was prepared.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median


def peak():
    """Peak resident memory of this process in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux the figure below begins with that of the parent process
        (line,) = (line for line in status.read_text().splitlines() if "VmHWM" in line)
        return int(line.split()[1]) * 1024
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def tiles_to_play_with(folder):
    """The tile set that the command line names, or one of painted cats made in a folder."""
    import mosaic_helpers as mh

    if len(sys.argv) > 1:
        return mh.open_tiles(sys.argv[1])
    cats = mh.paint_cats(folder / "cats", progress=False)
    return mh.build_tiles(cats, folder / "tiles.h5", 64, progress=False)


def run_case(case):
    """Prepare, work, and print what it took as JSON."""
    work = case()
    before, start = peak(), time.perf_counter()
    work()
    print(json.dumps([time.perf_counter() - start, peak() - before]))


def measure(script, name, repeats=3):
    """Median seconds and most bytes of a case over some processes."""
    runs = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, script, name], capture_output=True, text=True, check=True
        )
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return median(run[0] for run in runs), max(run[1] for run in runs)


def main(script, cases, repeats=3):
    """Run one case if it is named on the command line, else compare all with the last.

    Parameters
    ----------
    script : str
        The file of the benchmark.
    cases : dict of str to callable
        The cases by name; the last one is ours.
    repeats : int
        Processes for each.
    """
    if len(sys.argv) > 1 and sys.argv[1] in cases:
        run_case(cases[sys.argv[1]])
        return
    taken = {name: measure(script, name, repeats) for name in cases}
    ours = list(taken.values())[-1]
    print(f"{'':34} {'seconds':>9} {'MB':>8}   ours is … times as fast, takes 1/… of it")
    for name, (seconds, size) in taken.items():
        faster, less = seconds / ours[0], size / max(ours[1], 100_000)
        print(f"{name:34} {seconds:9.3f} {size / 1e6:8.1f}   {faster:8.1f} {less:12.1f}")

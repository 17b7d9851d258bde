"""Two processes, three threads and a fork beside each other on one store, for a minute.

Each makes the store, is refused, or reads it; some are killed. In the end it has the same bytes
as if one had made it alone, every save of a mosaic was whole, and nothing is left over.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

import mosaic_helpers as mh

SECONDS = float(sys.argv[1]) if len(sys.argv) == 2 else 60.0
SIZE, SETS = 16, 3


def work(folder, seed, end, counts):
    """Make, read and save in turns until it is time; count what happened."""
    dice, store = random.Random(seed), folder / "t.h5"
    photos = sorted((folder / "photos").iterdir())
    while time.time() < end:
        try:
            kept = photos[: len(photos) - 7 * dice.randrange(SETS)]
            tiles = mh.build_tiles(kept, store, SIZE, threads=2, progress=False)
            assert tiles.names == [photo.name for photo in kept]
            counts["made"] += 1
            indices = np.arange(12).reshape(3, 4) + dice.randrange(9)
            match = mh.Match(indices, 0.0, 0.0, "nearest", 0.0)
            mh.assemble(tiles, match, 8).save(folder / "m.png")
            counts["saved"] += 1
        except mh.MosaicError as error:
            counts["refused" if "Another run" in str(error) else "replaced meanwhile"] += 1
            if not any(words in str(error) for words in ("Another run", "was replaced after")):
                raise
            time.sleep(dice.random() / 50)
        try:
            with Image.open(folder / "m.png") as picture:
                picture.load()
        except FileNotFoundError:
            pass  # nobody has saved it yet


def crowd(folder, seed, seconds):
    """Three threads, and a fork of them that is killed again and again."""
    end, threads, failed = time.time() + seconds, [], []
    counts = dict.fromkeys(("made", "saved", "refused", "replaced meanwhile"), 0)

    def guarded(number):
        try:
            work(folder, number, end, counts)
        except BaseException as error:
            failed.append(error)

    for number in range(3):
        threads.append(threading.Thread(target=guarded, args=(seed + number,)))
        threads[-1].start()
    killed = 0
    while hasattr(os, "fork") and time.time() < end - 1:
        child = os.fork()
        if not child:
            work(folder, seed + 10 + killed, end, dict.fromkeys(counts, 0))
            os._exit(0)
        time.sleep(random.random())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        killed += 1
    for thread in threads:
        thread.join()
    print(f"{counts}, {killed} forks killed, {len(failed)} failures {failed[:2]}", flush=True)
    return bool(failed)


def main():
    """Run two crowds and compare what is left with what one run makes alone."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "photos").mkdir()
        for i in range(60):
            pixels = np.random.default_rng(i).integers(0, 256, (50, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / f"{i:02}.png")
        command = [sys.executable, __file__, place]
        crowds = [
            subprocess.Popen([*command, str(seed), str(SECONDS)]) for seed in (1_000, 2_000)
        ]
        statuses = [crowd.wait() for crowd in crowds]
        photos = sorted((folder / "photos").iterdir())
        alone = mh.build_tiles(photos, folder / "alone.h5", SIZE, progress=False)
        store = mh.build_tiles(photos, folder / "t.h5", SIZE, progress=False)
        (folder / "m.png").unlink()
        mh.assemble(store, mh.match_nearest(store, mh.open_target(None, 4)), 8).save(
            folder / "m.png", overwrite=True
        )
        same = alone.path.read_bytes() == store.path.read_bytes()
        left = sorted({path.name for path in folder.iterdir()})
    print(f"same bytes as alone: {same}; left: {', '.join(left)}")
    expected = ["alone.h5", "m.json", "m.png", "photos", "t.h5"]
    sys.exit(any(statuses) or not same or left != expected)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        sys.exit(crowd(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
    main()

"""Measure where the time goes when photos become tiles, and how large a task should be.

    python tests/benchmarks/bench_photo.py [--quick] [--photos DIR]

First the ways to make a tile of one photo, from the exercise's to ours, and the steps of
ours: milliseconds of CPU per photo, in one thread, the lowest of some rounds, as whatever
disturbs a round only adds to it. Then `build_tiles` on the local cluster with batches of
several sizes, in threads for comparison, and a task of dask's that does nothing: medians.
"""

import argparse
import functools
import io
import tempfile
import time
from pathlib import Path
from statistics import median

from bench_tiles import SIZE, collect, decode_batch, process
from PIL import Image, ImageOps

import mosaic_helpers as mh
from mosaic_helpers.photos import make_tile, read_photo, thumbnail
from mosaic_helpers.photos.open import open_small
from mosaic_helpers.tiles import build as tiles


def fit_whole(photo):
    with Image.open(photo) as image:
        return ImageOps.fit(image.convert("RGB"), (SIZE, SIZE))


def fit_draft(photo):
    with Image.open(photo) as image:
        image.draft("RGB", (SIZE, SIZE))
        return ImageOps.fit(image.convert("RGB"), (SIZE, SIZE))


def tile(photo):
    """From a file, its content, or what was decoded of it."""
    return thumbnail(photo, SIZE)


def digest(photo):
    return make_tile(photo, SIZE)[1].digest()


def header(content):
    return open_small(io.BytesIO(content), "", SIZE, crop=True)[0]


def decode(content):
    image = header(content)
    image.load()
    return image


def usable(photos):
    """Those that make a tile, with their contents."""
    found = []
    for photo in photos:
        try:
            content = read_photo(photo)
            tile(content)
            found.append((photo, content))
        except mh.MosaicError:
            continue
    return zip(*found, strict=True)


def cost(step, things, rounds):
    """Milliseconds of CPU for one of the things, in the best round."""
    took = []
    for _ in range(rounds):
        start = time.process_time()
        for thing in things:
            step(thing)
        took.append(time.process_time() - start)
    return 1000 * min(took) / len(things)


def one_photo(photos, rounds):
    photos, contents = usable(photos)
    decoded = [decode(content) for content in contents]
    kilobytes = sum(map(len, contents)) / len(contents) / 1000
    print(f"One of {len(photos):,} photos of {kilobytes:.0f} kB, tiles of {SIZE} × {SIZE}")
    floor = cost(lambda photo: decode_batch([photo]), photos, rounds)
    for name, step, things in (
        ("the exercise: open, fit, write a JPEG", process, photos),
        ("open, fit", fit_whole, photos),
        ("open, draft, fit", fit_draft, photos),
        ("ours: read, tile", tile, photos),
        ("    read the file", read_photo, photos),
        ("    read the header", header, contents),
        ("    that, and decode as small as possible", decode, contents),
        ("    cut, shrink, set upright, to sRGB", tile, decoded),
        ("    that, and the digest", digest, decoded),
    ):
        took = cost(step, things, rounds)
        print(f"{name:42} {took:6.3f} ms {took / floor:6.2f} × the floor", flush=True)
    print(f"{'the floor: open, decode at 1/8':42} {floor:6.3f} ms")


def batches(photos, folder, sizes, rounds):
    """Seconds of `build_tiles` with at most so many photos to a task."""
    print(f"\n{len(photos):,} photos on the cluster, by the photos of a task at most")
    usual, took = tiles._BATCH, {}
    with mh.start_cluster() as client:
        build = functools.partial(mh.build_tiles, photos, tile_size=SIZE, progress=False)
        build(folder / "warm.h5", client=client)
        ways = [*((size, client) for size in sizes), (usual, None)]
        for turn in range(rounds):
            for size, where in ways:
                tiles._BATCH = size
                start = time.perf_counter()
                build(folder / f"{turn} {size} {where is None}.h5", client=where)
                took.setdefault((size, where is None), []).append(time.perf_counter() - start)
        tiles._BATCH = usual
        start, count = time.perf_counter(), 2_000
        client.gather(client.map(abs, range(-count, 0)))
        nothing = 1000 * (time.perf_counter() - start) / count
    for (size, threads), seconds in took.items():
        name = f"in threads, {size}" if threads else str(size)
        print(f"{name:>16} {median(seconds):6.2f} s")
    print(f"{'nothing':>16} {nothing:6.2f} ms for a task of dask's that does nothing")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer photos, half a minute")
    parser.add_argument("--photos", help="a folder of JPEGs; painted cats if not given")
    options = parser.parse_args()
    count, rounds = (500, 1) if options.quick else (5_000, 3)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "photos").mkdir()
        photos = collect(folder / "photos", options.photos, count)
        one_photo(photos[:500], rounds + 2)
        batches(photos, folder, [5, 25, 50, 100, 200, 400], rounds)


if __name__ == "__main__":
    main()

"""Measure how good mosaics are: by what is compared, and beside other programs.

    python tests/benchmarks/bench_picture.py [--photos DIR ...] [--target FILE ...] [--quick]

Without photographs, the tiles are painted cats; without a target, scikit-image's cat. All
mosaics are of 48 × 32 cells, each tile at most once, from the same tiles of 64 pixels, and
all are measured from their pixels by the rules of `mh.measure`. The other programs are
metapixel (global search; Debian package "metapixel") and phomo (PyPI; the Python that has
it is named by the environment variable PHOMO_PYTHON). One that is not there is skipped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.features import (
    CHROMA_WEIGHT,
    DETAIL,
    MEAN_WEIGHT,
    area_means,
    linear_to_lab,
    nearest_tiles,
    tile_area_means,
)
from mosaic_helpers.matching import match_cells
from mosaic_helpers.photos import open_photo
from mosaic_helpers.quality import SAMPLES, Quality, likeness, mean_difference, variety

COLUMNS, ROWS, SIZE = 48, 32, 64
# Detail, chroma weight and mean weight, or bytes of RGB at a detail: what is compared.
RECIPES = [("RGB", detail) for detail in (1, 2, 4, 8)]
RECIPES += [(detail, chroma, 0) for detail in (1, 2, 3, 4, 6, 8) for chroma in (1.0, 0.6, 0.4)]
RECIPES += [(4, 0.5, 0), (4, 0.3, 0), (4, 0.6, 0.5), (4, 0.6, 1), (4, 0.4, 0.5), (4, 0.4, 1)]
RECIPES += [(4, 0.3, 1), (4, 0.4, 2), (6, 0.4, 1), (8, 0.4, 1)]

# phomo's own table of distances (numpy.linalg.norm of pixels) takes ten minutes for this
# problem; the same distances come from a matrix product in seconds.
PHOMO = """
import sys
from pathlib import Path
import numpy as np
from phomo import Master, Mosaic, Pool
tiles, target, out = sys.argv[1:]
pool = Pool.from_files(sorted(Path(tiles).glob("*.png")))
mosaic = Mosaic(Master.from_file(target), pool, n_appearances=1)
x = np.float32(mosaic.grid.arrays).reshape(len(mosaic.grid.slices), -1)
y = np.float32(mosaic.pool.array).reshape(len(mosaic.pool.array), -1)
lengths = [(each.astype(float) ** 2).sum(axis=1) for each in (x, y)]
d = lengths[0][:, None] - 2.0 * (x @ y.T) + lengths[1]
mosaic.build(np.sqrt(d.clip(0))).save(out)
"""


def make_tiles(folders, scratch):
    if folders:
        photos = [photo for folder in folders for photo in mh.list_photos(folder)]
    else:
        photos = mh.paint_cats(scratch / "cats", 1800, progress=False)
    return mh.build_tiles(photos, scratch / "tiles.h5", SIZE, progress=False)


def open_cropped(path):
    """The target, cut to the shape of the grid."""
    if path is None:
        return mh.open_target(None, COLUMNS)
    image = open_photo(path)
    width = min(image.width, image.height * COLUMNS / ROWS)
    height = width * ROWS / COLUMNS
    left, top = (image.width - width) / 2, (image.height - height) / 2
    box = [round(edge) for edge in (left, top, left + width, top + height)]
    return mh.open_target(image.crop(box), COLUMNS)


def measure_picture(pixels, target, tiles):
    """Measure a finished mosaic, sRGB, of whatever program, by the rules of `mh.measure`.

    All of it is divided into the cells of the target. The tile in each cell is taken to be
    the one whose 8 × 8 means are nearest in CIELAB.
    """
    rows, columns = target.rows, target.columns
    light = area_means(pixels[None], rows * SAMPLES, columns * SAMPLES)[0]
    laid = light.reshape(rows, SAMPLES, columns, SAMPLES, 3).swapaxes(1, 2)
    untouched = tile_area_means(tiles, SAMPLES)
    lab = [linear_to_lab(part).reshape(-1, SAMPLES**2 * 3) for part in (untouched, laid)]
    indices = nearest_tiles(*lab)[:, 0].reshape(rows, columns)
    return Quality(
        **likeness(light, target, full=True),
        **variety(indices),
        fidelity=mean_difference(laid, untouched[indices]),
    )


def line(name, quality, seconds):
    numbers = (
        f"{quality.difference:8.2f} {quality.detail_difference:8.2f} {quality.ssim:8.3f} "
        f"{quality.scielab:9.2f} {quality.fidelity:9.2f} {quality.distinct:9,} {seconds:8.1f}"
    )
    print(f"{name:36}{numbers}", flush=True)


def head(title):
    print(
        f"\n{title:36}{'ΔE00':>8} {'at 4×4':>8} {'SSIM':>8} {'S-CIELAB':>9} {'fidelity':>9} "
        f"{'distinct':>9} {'seconds':>8}"
    )


def rgb_features(pictures, detail):
    """Means of the bytes themselves, as most programs compare them: (n, 3 · detail²)."""
    count, side = len(pictures), pictures.shape[1] // detail
    parts = pictures[:, : side * detail, : side * detail].reshape(
        count, detail, side, detail, side, 3
    )
    return parts.mean(axis=(2, 4)).reshape(count, -1) / detail


def features(tiles, target, recipe):
    """What is compared, of tiles and of cells."""
    if recipe[0] != "RGB":
        return mh.tile_features(tiles, *recipe), mh.cell_features(target, *recipe)
    side = 8  # pixels of a cell, so that every detail up to it can be compared
    picture = np.asarray(
        target.image.resize((COLUMNS * side, ROWS * side), Image.Resampling.BOX)
    )
    cut = (
        picture.reshape(ROWS, side, COLUMNS, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    )
    return rgb_features(tiles.read(), recipe[1]), rgb_features(cut, recipe[1])


def make_ours(tiles, target, recipe):
    """Match by what the recipe compares, lay the tiles, and measure the picture."""
    start = time.perf_counter()
    match = match_cells(
        *features(tiles, target, recipe), (target.rows, target.columns), "optimal", max_uses=1
    )
    seconds = time.perf_counter() - start
    pixels = np.asarray(mh.assemble(tiles, match).image())
    return measure_picture(pixels, target, tiles), seconds


def name_of(recipe):
    if recipe[0] == "RGB":
        return f"{recipe[1]} × {recipe[1]}, bytes of RGB"
    detail, chroma, mean = recipe
    return f"{detail} × {detail}, chroma {chroma}" + (f", mean {mean}" if mean else "")


def bench_features(tiles, target):
    head("what is compared")
    for recipe in RECIPES:
        line(name_of(recipe), *make_ours(tiles, target, recipe))


def write_tiles(tiles, folder):
    folder.mkdir()
    for number, tile in enumerate(tiles.read()):
        Image.fromarray(tile).save(folder / f"{number:05}.png", compress_level=1)


def find_peers(scratch):
    """Programs that are here: {name: command with {target} and {out}}."""
    peers, quiet = {}, {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    size = [f"--width={SIZE}", f"--height={SIZE}"]
    if shutil.which("metapixel"):
        library = scratch / "library"
        library.mkdir()
        prepare = ["metapixel-prepare", *size, scratch / "png", library]
        subprocess.run(prepare, check=True, **quiet)
        command = ["metapixel", *size, "--search=global", f"--library={library}"]
        peers["metapixel, global"] = [*command, "--metapixel"]
    else:
        print("metapixel is not installed, skipped: apt-get install metapixel")
    python = os.environ.get("PHOMO_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import phomo"], check=False, **quiet).returncode == 0:
        peers["phomo"] = [python, "-c", PHOMO, scratch / "png"]
    else:
        print("phomo is not installed, skipped: pip install phomo, and name its PHOMO_PYTHON")
    return peers


def better(one, other):
    """In how many of the four measures one mosaic is better than another."""
    names = ("difference", "detail_difference", "scielab")
    wins = sum(getattr(one, name) < getattr(other, name) for name in names)
    return wins + (one.ssim > other.ssim)


def bench_peers(tiles, target, peers, scratch):
    head("program")
    recipe = DETAIL, CHROMA_WEIGHT, MEAN_WEIGHT
    best, seconds = make_ours(tiles, target, recipe)
    line(f"this one: {name_of(recipe)}", best, seconds)
    # The size that both programs cut into whole tiles.
    picture, out = scratch / "target.png", scratch / "mosaic.png"
    target.image.resize((COLUMNS * SIZE, ROWS * SIZE), Image.Resampling.LANCZOS).save(picture)
    for name, command in peers.items():
        start = time.perf_counter()
        done = subprocess.run([*command, picture, out], capture_output=True, check=False)
        seconds = time.perf_counter() - start
        if done.returncode:
            print(f"{name} failed: {done.stderr.decode(errors='replace')[-200:]}")
            continue
        theirs = measure_picture(np.asarray(open_photo(out)), target, tiles)
        line(name, theirs, seconds)
        print(f"{'':36}this one is better in {better(best, theirs)} of 4")
        out.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", nargs="+", default=[], help="folders of photographs")
    parser.add_argument("--target", nargs="+", default=[None], help="pictures to imitate")
    parser.add_argument("--quick", action="store_true", help="only the other programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        tiles = make_tiles(options.photos, scratch)
        print(f"{len(tiles):,} tiles, {COLUMNS} × {ROWS} cells, each tile at most once")
        write_tiles(tiles, scratch / "png")
        peers = find_peers(scratch)
        for path in options.target:
            print(f"\n== {Path(path).name if path else 'Chelsea'}")
            target = open_cropped(path)
            if not options.quick:
                bench_features(tiles, target)
            bench_peers(tiles, target, peers, scratch)


if __name__ == "__main__":
    main()

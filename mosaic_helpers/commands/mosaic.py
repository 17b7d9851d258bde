"""The command `mosaic`: from photos to a picture."""

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import mosaic_helpers as mh

from ..errors import MosaicError, whole_number, writing
from .common import SOURCES, Help, all_photos, report_skipped


def add(commands):
    """Add the command and its options."""
    mosaic = commands.add_parser(
        "mosaic",
        help="make a mosaic",
        formatter_class=Help,
    )
    add = mosaic.add_argument
    add("--photos", metavar="DIR", nargs="+", default=["painted"], help=SOURCES)
    add("--target", metavar="FILE", help="picture to imitate; Chelsea the cat if not given")
    add("--across", type=int, default=100, help="target resolution: cells in a row")
    add("--tile", type=int, default=48, help="tile resolution: pixels on a side of a tile")
    add("--method", choices=["nearest", "optimal"], default="optimal")
    add("--at-most", type=int, help="optimal: uses of a photo; the least if not given")
    add("--apart", type=int, default=0, help="keep copies more than so many cells apart")
    add("--tint", type=int, default=0, help="per cent: tiles take the colours of cells")
    add("--output", default="data/mosaic.jpg", help=".jpg, .png or .tif")
    add("--store", help="file that keeps the tiles; beside the output if not given")
    add("--cluster", metavar="ADDRESS", help="dask scheduler; this machine if not given")
    mosaic.set_defaults(run=_make_mosaic)


def _make_mosaic(options):
    begin = time.perf_counter()
    output = Path(options.output).expanduser()
    store = (
        Path(options.store) if options.store else output.with_name(f"tiles-{options.tile}.h5")
    )
    target = mh.open_target(options.target, options.across)
    _refuse_what_cannot_be(options, output, target)
    with _step("photos"):
        photos = all_photos(
            options.photos, but_not={output, store, output.with_suffix(".json")}
        )
    with _step("tiles"), mh.start_cluster(options.cluster) as client:
        tiles = mh.build_tiles(photos, store, options.tile, client=client)
    report_skipped(tiles)
    with _step("match"):
        if options.method == "nearest":
            match = mh.match_nearest(tiles, target, apart=options.apart)
        else:
            limits = {"at_most": options.at_most, "apart": options.apart}
            match = mh.match_optimal(tiles, target, **limits)
    with _step("mosaic"):
        tint = options.tint / 100
        mosaic = mh.assemble(tiles, match, options.tile, tint=tint, target=target)
        mosaic.save(output)
    quality = mh.measure(tiles, target, match, tint=tint)
    height, width = mosaic.shape
    proof = ", the optimum, proved" if match.method == "optimal" and match.gap == 0 else ""
    print(
        f"  {len(target):,} cells from {len(tiles):,} tiles: {match.distinct:,} different ones,"
    )
    print(f"  the most used {match.most_used} ×{proof};")
    print(
        f"  the colours of cells and tiles differ by {quality.difference:.1f} (ΔE of CIEDE2000)"
    )
    if tint:
        print(f"  the tint moved the photos' own colours by {quality.fidelity:.1f}")
    print(f"The mosaic is in {output} ({width:,} × {height:,} pixels), ", end="")
    print(f"made in {time.perf_counter() - begin:.0f} s.")


def _refuse_what_cannot_be(options, output, target):
    """What can be refused at once is refused before the work."""
    from ..photos import LARGEST_TILE

    whole_number(options.tile, "tile size", 1, LARGEST_TILE)
    if options.method == "nearest" and options.at_most is not None:
        raise MosaicError("--at-most goes with --method optimal; nearest has no limit.")
    whole_number(options.tint, "--tint (per cent)", 0, 100)
    whole_number(options.apart, "distance --apart", 0, options.across)
    if options.at_most is not None:
        whole_number(options.at_most, "use limit --at-most", 1, 10**9)
    mh.check_output(output, target, options.tile)
    if options.target and output.exists() and output.samefile(options.target):
        raise MosaicError(f"'{output}' is the target itself: give the mosaic another name.")
    with writing(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output.parent):
            pass


@contextmanager
def _step(name):
    begin = time.perf_counter()
    yield
    print(f"  {name:8} {time.perf_counter() - begin:6.1f} s", flush=True)

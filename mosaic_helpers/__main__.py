"""Photo mosaics from the command line: ``python -m mosaic_helpers mosaic --help``."""

import argparse
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import mosaic_helpers as mh

from .errors import whole_number, writing
from .photos import LARGEST_TILE


def main(arguments=None):
    """Run a command; returns the exit status.

    Parameters
    ----------
    arguments : list of str, optional
        What follows the name of the program.
    """
    for stream in (sys.stdout, sys.stderr):  # a Windows console may lack a letter
        stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except mh.MosaicError as error:
        print(f"photo-mosaic: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nphoto-mosaic: stopped; what is done is kept for the next run.", file=sys.stderr
        )
        return 130
    return 0


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Show defaults, where there are any."""

    def _get_help_string(self, action):
        return action.help if action.default is None else super()._get_help_string(action)


def _parser():
    parser = argparse.ArgumentParser(
        prog="photo-mosaic", description="Thousands of photos become one picture."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    cats = commands.add_parser("cats", help="paint the cats, and nothing else")
    cats.add_argument("folder", nargs="?", default="data/cats")
    cats.set_defaults(run=lambda options: mh.paint_cats(options.folder))

    sets = "painted, pet-cats, pets, kaggle"
    sources = f"folders, archives, addresses as s3://bucket/cats, or sets: {sets}"
    app = commands.add_parser("app", help="play with it in the browser", formatter_class=_Help)
    add = app.add_argument
    add("--photos", metavar="DIR", nargs="+", default=["painted"], help=sources)
    add("--tile", type=int, default=64, help="tile resolution: pixels on a side of a tile")
    add("--store", default="data/tiles.h5", help="file that keeps the tiles")
    add("--port", type=int, default=8866)
    add("--no-browser", action="store_true", help="do not open one")
    app.set_defaults(run=_serve_app)

    mosaic = commands.add_parser(
        "mosaic",
        help="make a mosaic",
        formatter_class=_Help,
    )
    add = mosaic.add_argument
    add("--photos", metavar="DIR", nargs="+", default=["painted"], help=sources)
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
    return parser


def _serve_app(options):
    store = Path(options.store).expanduser()
    tiles = mh.build_tiles(_photos(options.photos, but_not={store}), store, options.tile)
    _report_skipped(tiles)
    mh.serve(store, options.port, not options.no_browser)


def _make_mosaic(options):
    begin = time.perf_counter()
    output = Path(options.output).expanduser()
    store = (
        Path(options.store) if options.store else output.with_name(f"tiles-{options.tile}.h5")
    )
    target = mh.open_target(options.target, options.across)
    _refuse_what_cannot_be(options, output, target)
    with _step("photos"):
        photos = _photos(options.photos, but_not={output, store, output.with_suffix(".json")})
    with _step("tiles"), mh.start_cluster(options.cluster) as client:
        tiles = mh.build_tiles(photos, store, options.tile, client=client)
    _report_skipped(tiles)
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
    whole_number(options.tile, "tile size", 1, LARGEST_TILE)
    if options.method == "nearest" and options.at_most is not None:
        raise mh.MosaicError("--at-most goes with --method optimal; nearest has no limit.")
    whole_number(options.tint, "--tint (per cent)", 0, 100)
    whole_number(options.apart, "distance --apart", 0, options.across)
    if options.at_most is not None:
        whole_number(options.at_most, "use limit --at-most", 1, 10**9)
    mh.check_output(output, target, options.tile)
    if options.target and output.exists() and output.samefile(options.target):
        raise mh.MosaicError(f"'{output}' is the target itself: give the mosaic another name.")
    with writing(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output.parent):
            pass


def _photos(sources, but_not):
    """All photos of the sources; what an earlier run has left among them is no photo."""
    ours = {path.absolute() for path in but_not}
    found = [photo for source in sources for photo in mh.fetch_photos(source)]
    return [photo for photo in found if isinstance(photo, str) or photo.absolute() not in ours]


@contextmanager
def _step(name):
    begin = time.perf_counter()
    yield
    print(f"  {name:8} {time.perf_counter() - begin:6.1f} s", flush=True)


def _report_skipped(tiles, most=5):
    for name, reason in tiles.skipped[:most]:
        print(f"    skipped '{name}': {reason}")
    if len(tiles.skipped) > most:
        print(f"    … and {len(tiles.skipped) - most:,} more; {tiles.path} has them all")


if __name__ == "__main__":
    sys.exit(main())

"""The command line: ``photo-mosaic COMMAND``, or ``python -m mosaic_helpers COMMAND``.

Packages are imported when a command needs them, so that ``doctor`` runs where they are
missing.
"""

import argparse
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from .course import doctor
from .errors import MosaicError, check_setting, reporting_write_errors, whole_number

_SOURCES = (
    "folders, archives, addresses as s3://bucket/cats, or sets: painted, pet-cats, pets, kaggle"
)
_MAX_USES = 10**9


def main(arguments=None):
    """Run a command.

    Parameters
    ----------
    arguments : list of str, optional
        What follows the name of the program.

    Returns
    -------
    int
        The exit status.
    """
    for stream in (sys.stdout, sys.stderr):  # a Windows console may lack a letter
        stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        status = options.run(options)
    except MosaicError as error:
        print(f"photo-mosaic: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nphoto-mosaic: stopped. Finished work is kept for the next run.", file=sys.stderr
        )
        return 130
    except ModuleNotFoundError as error:
        if str(error.name).startswith("mosaic_helpers"):
            raise
        print(
            f"photo-mosaic: the package '{error.name}' is not installed in this Python. "
            "Type  python -m mosaic_helpers doctor  to see how to install it.",
            file=sys.stderr,
        )
        return 1
    return status or 0


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Show defaults, where there are any."""

    def _get_help_string(self, action):
        return action.help if action.default is None else super()._get_help_string(action)


def _parser():
    parser = argparse.ArgumentParser(
        prog="photo-mosaic", description="Thousands of photos become one picture."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_mosaic, _add_diagnose, _add_app, _add_cats, _add_prepare, _add_doctor):
        add(commands)
    return parser


def _add_photos(parser, tile_size):
    add = parser.add_argument
    add("--photos", metavar="DIR", nargs="+", default=["painted"], help=_SOURCES)
    size = "tile resolution: pixels on a side of a tile"
    add("--tile-size", type=int, default=tile_size, help=size)


def _add_target(parser):
    add = parser.add_argument
    add("--target", metavar="FILE", help="picture to imitate; Chelsea the cat if not given")
    add("--columns", type=int, default=100, help="target resolution: cells in a row")


def _add_store(parser, folder):
    add = parser.add_argument
    add("--store", help=f"file that keeps the tiles; {folder} if not given")
    add("--cluster", metavar="ADDRESS", help="dask scheduler; this machine if not given")


def _add_mosaic(commands):
    parser = commands.add_parser("mosaic", help="make a mosaic", formatter_class=_Help)
    _add_photos(parser, 48)
    _add_target(parser)
    add = parser.add_argument
    add("--method", choices=["nearest", "optimal"], default="optimal")
    add("--max-uses", type=int, help="optimal: uses of a photo; the least if not given")
    add("--everyone", action="store_true", help="optimal: use every photo at least once")
    add("--min-distance", type=int, default=1, help="cells between copies of a photo")
    add("--tint", type=int, default=0, help="per cent: tiles take the colours of cells")
    add("--output", default="data/mosaic.jpg", help=".jpg, .png or .tif")
    _add_store(parser, "beside the output")
    parser.set_defaults(run=_make_mosaic)


def _make_mosaic(options):
    import mosaic_helpers as mh

    begin = time.perf_counter()
    output = Path(options.output).expanduser()
    target = mh.open_target(options.target, options.columns)
    _check_mosaic_options(options, output, target)
    tiles = _make_tiles(options, output.parent, {output, output.with_suffix(".json")})
    with _timed("match"):
        if options.method == "nearest":
            match = mh.match_nearest(tiles, target, min_distance=options.min_distance)
        else:
            match = mh.match_optimal(
                tiles,
                target,
                max_uses=options.max_uses,
                min_uses=int(options.everyone),
                min_distance=options.min_distance,
            )
    with _timed("mosaic"):
        tint = options.tint / 100
        mosaic = mh.assemble(tiles, match, options.tile_size, tint=tint, target=target)
        mosaic.save(output)
    _report_mosaic(tiles, target, match, tint)
    height, width = mosaic.shape
    print(f"The mosaic is in {output} ({width:,} × {height:,} pixels), ", end="")
    print(f"made in {time.perf_counter() - begin:.0f} s.")


def _check_mosaic_options(options, output, target):
    """Refuse at once what cannot be done, before the work."""
    from .assembly import check_output

    check_setting("tile_size", options.tile_size)
    if options.method == "nearest" and options.max_uses is not None:
        raise MosaicError("--max-uses goes with --method optimal; nearest has no limit.")
    if options.method == "nearest" and options.everyone:
        raise MosaicError("--everyone goes with --method optimal; nearest leaves photos out.")
    whole_number(options.tint, "--tint (per cent)", 0, 100)
    whole_number(options.min_distance, "distance --min-distance", 1, options.columns)
    if options.max_uses is not None:
        whole_number(options.max_uses, "use limit --max-uses", 1, _MAX_USES)
    check_output(output, target, options.tile_size)
    if options.target and output.exists() and output.samefile(options.target):
        raise MosaicError(f"'{output}' is the target itself: give the mosaic another name.")
    with reporting_write_errors(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output.parent):
            pass


def _report_mosaic(tiles, target, match, tint):
    import mosaic_helpers as mh

    quality = mh.measure(tiles, target, match, tint=tint)
    proof = ", the optimum, proved" if match.method == "optimal" and match.gap == 0 else ""
    print(f"  {len(target):,} cells, {len(tiles):,} tiles, {match.distinct:,} of them used;")
    print(f"  the most used tile: {match.most_used} ×{proof};")
    print(f"  mean colour difference of cells and tiles: {quality.difference:.1f} (CIEDE2000)")
    if tint:
        print(f"  the tint changed the photos' own colours by {quality.fidelity:.1f}")


def _add_diagnose(commands):
    text = "what can these photos do for a target?"
    parser = commands.add_parser("diagnose", help=text, formatter_class=_Help)
    _add_photos(parser, 48)
    _add_target(parser)
    _add_store(parser, "data/tiles-SIZE.h5")
    parser.set_defaults(run=_diagnose)


def _diagnose(options):
    import mosaic_helpers as mh

    target = mh.open_target(options.target, options.columns)
    tiles = _make_tiles(options, Path("data"))
    with _timed("diagnose"):
        diagnosis = mh.diagnose(tiles, target)
    print(f"{len(tiles):,} tiles, {len(target):,} cells ({target.columns} × {target.rows}):")
    print(diagnosis)


def _add_app(commands):
    parser = commands.add_parser(
        "app", help="open the explorer in the browser", formatter_class=_Help
    )
    _add_photos(parser, 64)
    add = parser.add_argument
    add("--store", default="data/tiles.h5", help="file that keeps the tiles")
    add("--port", type=int, default=8866)
    add("--no-browser", action="store_true", help="do not open one")
    parser.set_defaults(run=_serve_app)


def _serve_app(options):
    from .explorer import serve
    from .tiles import build_tiles

    store = Path(options.store).expanduser()
    photos = _all_photos(options.photos, but_not={store})
    _report_skipped(build_tiles(photos, store, options.tile_size))
    serve(store, options.port, not options.no_browser)


def _add_cats(commands):
    parser = commands.add_parser("cats", help="paint the cats, and nothing else")
    parser.add_argument("folder", nargs="?", default="data/cats")
    parser.set_defaults(run=_paint_cats)


def _paint_cats(options):
    from .cats import paint_cats

    paint_cats(options.folder)


def _add_prepare(commands):
    parser = commands.add_parser("prepare", help="make what the notebooks need beforehand")
    add = parser.add_argument
    add("--data", metavar="DIR", help="the folder data, if not that of the course")
    add(
        "--photos",
        metavar="DIR",
        nargs="+",
        help=f"the photos of notebooks 02 to 07 from now on: {_SOURCES}",
    )
    add(
        "--export",
        metavar="FILE",
        help="write photos and tiles to one .tar file, for a USB stick",
    )
    add(
        "--import",
        metavar="FILE",
        dest="import_file",
        help="take photos and tiles from such a file",
    )
    parser.set_defaults(run=_prepare)


def _prepare(options):
    from .course import data as course

    data = Path(options.data).expanduser() if options.data else course.data_folder()
    if options.import_file and options.photos:
        raise MosaicError("--import brings its own photos: leave out --photos.")
    if options.import_file:
        _report_import(course.import_course(options.import_file, data), options.import_file)
    if options.photos:
        course.choose_photos(options.photos, data)
    sets = course.prepare(data)
    for tiles in sets:
        skipped = f"; {len(tiles.skipped):,} photos skipped" if tiles.skipped else ""
        size = tiles.tile_size
        print(f"  {tiles.path}: {len(tiles):,} tiles of {size} × {size} pixels{skipped}")
    if (data / course.RECORD).exists():  # the skipped ones of the painted cats are meant to be
        _report_skipped(sets[0])
    if options.export:
        file = course.export_course(options.export, data)
        print(f"  {file}: {file.stat().st_size / 1e6:,.0f} MB; on the other machine type  ")
        print(f"  python -m mosaic_helpers prepare --import {file.name}")
    print("Ready: you can open any notebook now.")


def _report_import(found, file, most=3):
    print(f"  {file}: {len(found['new']):,} new files", end="")
    print(f", {len(found['same']):,} were here already" if found["same"] else "")
    reasons = {"replaced": "replaced, because yours was older",
               "kept": "not replaced, because yours is newer"}  # fmt: skip
    for outcome, reason in reasons.items():
        if found[outcome]:
            names = ", ".join(f"'{name}'" for name in found[outcome][:most])
            more = ", …" if len(found[outcome]) > most else ""
            print(f"  {len(found[outcome]):,} {reason}: {names}{more}")


def _add_doctor(commands):
    parser = commands.add_parser("doctor", help="is this machine ready for the course?")
    parser.add_argument(
        "--data", metavar="DIR", help="the folder data, if not that of the course"
    )
    parser.set_defaults(run=lambda options: doctor.report(options.data))


def _make_tiles(options, folder, but_not=frozenset()):
    """The tiles of the photos; their store lies in `folder` if the options name none."""
    import mosaic_helpers as mh

    store = Path(options.store or folder / f"tiles-{options.tile_size}.h5").expanduser()
    with _timed("photos"):
        photos = _all_photos(options.photos, but_not={store, *but_not})
    with _timed("tiles"), mh.start_cluster(options.cluster) as client:
        tiles = mh.build_tiles(photos, store, options.tile_size, client=client)
    _report_skipped(tiles)
    return tiles


def _all_photos(sources, but_not):
    """All photos of the sources; what an earlier run has left among them is no photo."""
    from .course.data import photos_from

    ours = {path.absolute() for path in but_not}
    found = [photo for source in sources for photo in photos_from(source)]
    return [photo for photo in found if isinstance(photo, str) or photo.absolute() not in ours]


def _report_skipped(tiles, most=5):
    """Say which photos make no tile, and why."""
    for name, reason in tiles.skipped[:most]:
        print(f"    skipped '{name}': {reason}")
    if len(tiles.skipped) > most:
        print(f"    … and {len(tiles.skipped) - most:,} more; {tiles.path} has them all")


@contextmanager
def _timed(step):
    begin = time.perf_counter()
    yield
    print(f"  {step:8} {time.perf_counter() - begin:6.1f} s", flush=True)

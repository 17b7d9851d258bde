"""The command line: ``photo-mosaic COMMAND``, or ``python -m mosaic_helpers COMMAND``.

Packages are imported when a command needs them, so that ``doctor`` runs where they are
missing.
"""

import argparse
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from .course import doctor
from .course.doctor import forgiving_streams
from .errors import SETTINGS, MosaicError, check_setting, reporting_write_errors, whole_number

_SOURCES = (
    "folders, archives, addresses as s3://bucket/cats, or sets: painted, pet-cats, pets, kaggle"
)
_DATA = "the folder data, if not that of the course"


def main(arguments=None):
    """Run the command that the arguments name, by default those of the program: its status."""
    with forgiving_streams():
        try:
            options = _parser().parse_args(arguments)
            return options.run(options) or 0
        except MosaicError as error:
            status, message = 1, f"photo-mosaic: {error}"
        except KeyboardInterrupt:
            if arguments is None:  # a second Control-C need not wait for threads that end
                signal.signal(signal.SIGINT, signal.SIG_DFL)
            status = 130
            message = "\nphoto-mosaic: stopped. Finished work is kept for the next run."
        except ModuleNotFoundError as error:
            if str(error.name).startswith("mosaic_helpers"):
                raise
            status = 1
            message = (
                f"photo-mosaic: the package '{error.name}' is not installed in this Python. "
                "Type  python -m mosaic_helpers doctor  to see how to install it."
            )
        print(message, file=sys.stderr)
        return status


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


def _add_command(commands, name, text, run):
    """Add a command; returns what adds an option to it."""
    parser = commands.add_parser(name, help=text, formatter_class=_Help)
    parser.set_defaults(run=run)
    return parser.add_argument


def _add_photos(add, tile_size):
    add("--photos", metavar="DIR", nargs="+", default=["painted"], help=_SOURCES)
    size = "tile resolution: pixels on a side of a tile"
    add("--tile-size", type=int, default=tile_size, help=size)


def _add_photos_and_target(add, folder):
    """The options that `mosaic` and `diagnose` share; `folder` says where the store is."""
    _add_photos(add, tile_size=48)
    add("--target", metavar="FILE", help="picture to imitate; Chelsea the cat if not given")
    columns = SETTINGS["columns"].default
    add("--columns", type=int, default=columns, help="target resolution: cells in a row")
    add("--store", help=f"file that keeps the tiles; {folder} if not given")
    add("--cluster", metavar="ADDRESS", help="dask scheduler; this machine if not given")


def _add_mosaic(commands):
    add = _add_command(commands, "mosaic", "make a mosaic", _make_mosaic)
    _add_photos_and_target(add, "beside the output")
    add("--method", choices=["nearest", "optimal"], default="optimal")
    add("--max-uses", type=int, help="optimal: uses of a photo; the least if not given")
    add("--everyone", action="store_true", help="optimal: use every photo at least once")
    add("--min-distance", type=int, default=1, help="cells between copies of a photo")
    add("--tint", type=int, default=0, help="per cent: tiles take the colours of cells")
    add("--output", default="data/mosaic.jpg", help=".jpg, .png or .tif")


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
            if match.interrupted:  # the best so far is for those who can look at it
                raise KeyboardInterrupt
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
        most = SETTINGS["max_uses"].high
        whole_number(options.max_uses, "use limit --max-uses", 1, most)
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
    add = _add_command(commands, "diagnose", text, _diagnose)
    _add_photos_and_target(add, "data/tiles-SIZE.h5")


def _diagnose(options):
    import mosaic_helpers as mh

    target = mh.open_target(options.target, options.columns)
    tiles = _make_tiles(options, Path("data"))
    with _timed("diagnose"):
        diagnosis = mh.diagnose(tiles, target)
    print(f"{len(tiles):,} tiles, {len(target):,} cells ({target.columns} × {target.rows}):")
    print(diagnosis)


def _add_app(commands):
    add = _add_command(commands, "app", "open the explorer in the browser", _serve_app)
    _add_photos(add, SETTINGS["tile_size"].default)
    add("--store", default="data/tiles.h5", help="file that keeps the tiles")
    add("--port", type=int, default=8866)
    add("--no-browser", action="store_true", help="do not open one")


def _serve_app(options):
    from .explorer import serve
    from .tiles import build_tiles

    store = Path(options.store).expanduser()
    photos = _all_photos(options.photos, but_not={store})
    _report_skipped(build_tiles(photos, store, options.tile_size))
    serve(store, options.port, not options.no_browser)


def _add_cats(commands):
    add = _add_command(commands, "cats", "paint the cats, and nothing else", _paint_cats)
    add("folder", nargs="?", default="data/cats")


def _paint_cats(options):
    from .cats import paint_cats

    paint_cats(options.folder)


def _add_prepare(commands):
    add = _add_command(commands, "prepare", "make what the notebooks need beforehand", _prepare)
    add("--data", metavar="DIR", help=_DATA)
    photos = f"the photos of notebooks 02 to 07 from now on: {_SOURCES}"
    add("--photos", metavar="DIR", nargs="+", help=photos)
    text = "write photos and tiles to one .tar file, for a USB stick"
    add("--export", metavar="FILE", help=text)
    text = "take photos and tiles from such a file"
    add("--import", metavar="FILE", dest="import_file", help=text)


def _prepare(options):
    from .course import data as course

    data = Path(options.data).expanduser() if options.data else doctor.data_folder()
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
    for outcome, reason in (
        ("replaced", "replaced, because yours was older"),
        ("kept", "not replaced, because yours is newer"),
    ):
        if found[outcome]:
            names = ", ".join(f"'{name}'" for name in found[outcome][:most])
            more = ", …" if len(found[outcome]) > most else ""
            print(f"  {len(found[outcome]):,} {reason}: {names}{more}")


def _add_doctor(commands):
    text = "is this machine ready for the course?"
    add = _add_command(commands, "doctor", text, lambda options: doctor.report(options.data))
    add("--data", metavar="DIR", help=_DATA)


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
    """All photos of the sources, without the files that an earlier run left among them."""
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

"""The command line: ``photo-mosaic COMMAND``, or ``python -m mosaic_helpers COMMAND``.

Packages are imported when a command needs them, so that ``doctor`` runs where they are
missing.
"""

import argparse
import difflib
import hashlib
import os
import re
import signal
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from .course import doctor
from .course.doctor import forgiving_streams
from .errors import (
    SETTINGS,
    MosaicError,
    check_setting,
    printable,
    reporting_write_errors,
    whole_number,
)

_SOURCES = (
    "folders, archives, addresses as s3://bucket/cats, or sets: painted, pet-cats, pets, kaggle"
)
_DATA = "the folder data, if not that of the course"
_FEW = 2000  # photos
_CHECK = "read every photo again, also those that seem to be unchanged"
_OVERWRITE = "replace files that are not ours, or tiles of other photos"


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


class _Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong with the arguments."""

    def parse_known_args(self, args=None, namespace=None):
        """Parse, and refuse what is not known: each command knows its own options."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            name = unknown[0].partition("=")[0]
            close = difflib.get_close_matches(
                name, re.findall(r"--[\w-]+", self.format_help()), 1
            )
            hint = f": did you mean '{close[0]}'?" if close else "."
            self.error(f"there is no argument '{printable(name)}'{hint}")
        return options, unknown

    def error(self, message):
        """End with status 2, as argparse does, and without a page about usage."""
        message = message if message.endswith((".", "?")) else f"{message}."
        self.exit(2, f"photo-mosaic: {message} Type  {self.prog} --help  to see all.\n")


def _parser():
    parser = _Parser(prog="photo-mosaic", description="Thousands of photos become one picture.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_mosaic, _add_diagnose, _add_app, _add_cats, _add_prepare, _add_doctor):
        add(commands)
    return parser


def _add_command(commands, name, text, run):
    """Add a command; returns what adds an option to it."""
    parser = commands.add_parser(name, help=text, formatter_class=_Help)
    parser.set_defaults(run=run)
    return parser.add_argument


def _add_photos(add, tile_size, default=("painted",)):
    add("--photos", metavar="DIR", nargs="+", default=default, help=_SOURCES)
    size = "tile resolution: pixels on a side of a tile"
    add("--tile-size", type=int, default=tile_size, help=size)
    add("--check", action="store_true", help=_CHECK)


def _add_photos_and_target(add, folder):
    """The options that `mosaic` and `diagnose` share; `folder` says where the store is."""
    _add_photos(add, tile_size=48)
    add("--target", metavar="FILE", help="picture to imitate; Chelsea the cat if not given")
    columns = SETTINGS["columns"].default
    add("--columns", type=int, default=columns, help="target resolution: cells in a row")
    add(
        "--store", help=f"file that keeps the tiles; one for these photos {folder} if not given"
    )
    add("--overwrite", action="store_true", help=_OVERWRITE)
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

    from .assembly import find_foreign

    begin = time.perf_counter()
    output = Path(options.output).expanduser()
    target = mh.open_target(options.target, options.columns)
    store = _store(options, output.parent)
    if options.cluster:
        _check_cluster(options.cluster)
    _check_mosaic_options(options, output, target, store)
    tiles = _make_tiles(options, store, {output, output.with_suffix(".json")})
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
        foreign = find_foreign(output, mosaic)
        mosaic.save(output, overwrite=options.overwrite)
    _report_mosaic(tiles, target, match, tint)
    for lost in foreign:
        print(f"  replaced {lost}")
    height, width = mosaic.shape
    print(f"The mosaic is in {output} ({width:,} × {height:,} pixels), ", end="")
    print(f"made in {time.perf_counter() - begin:.0f} s.")


def _check_cluster(address, patience=10):
    """Say what a cluster lacks; without workers, so many seconds are given to the first."""
    import mosaic_helpers as mh

    from .tiles.build import make_workers

    with mh.start_cluster(address) as client:
        with suppress(TimeoutError):
            client.wait_for_workers(1, timeout=patience)
        make_workers(client).count_threads()


def _check_mosaic_options(options, output, target, store):
    """Refuse at once what cannot be done, before the work."""
    from .assembly import check_output, check_replaceable

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
    for other, what in ((options.target or "", "target"), (store, "file of the tiles")):
        if {output, output.with_suffix(".json")} & {Path(other)} or _is_same(output, other):
            raise MosaicError(f"'{output}' is the {what} itself: give the mosaic another name.")
    check_replaceable(output, overwrite=options.overwrite)
    with reporting_write_errors(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output.parent):
            pass


def _is_same(path, other):
    """Whether two paths lead to one file; an address or a sample is none."""
    with suppress(OSError, ValueError):
        return path.samefile(os.path.expanduser(other))
    return False


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
    _add_photos_and_target(add, "in data")


def _diagnose(options):
    import mosaic_helpers as mh

    target = mh.open_target(options.target, options.columns)
    tiles = _make_tiles(options, _store(options, Path("data")))
    with _timed("diagnose"):
        diagnosis = mh.diagnose(tiles, target)
    print(f"{len(tiles):,} tiles, {len(target):,} cells ({target.columns} × {target.rows}):")
    print(diagnosis)


def _add_app(commands):
    add = _add_command(commands, "app", "open the explorer in the browser", _serve_app)
    _add_photos(add, SETTINGS["tile_size"].default, default=None)
    add("--store", help="file that keeps the tiles; one for these photos in data if not given")
    add("--overwrite", action="store_true", help=_OVERWRITE)
    add("--port", type=int, default=8866)
    add("--no-browser", action="store_true", help="do not open one")


def _serve_app(options):
    from .explorer import serve
    from .tiles import build_tiles

    if options.photos:
        store = _store(options, Path("data"))
        photos = _all_photos(options.photos, but_not={store})
    else:  # those of the course, and its tiles
        store, photos = _store_of_course(options)
    _refuse_other_photos(options, store, photos)
    tiles = build_tiles(photos, store, options.tile_size, check=options.check)
    _report_skipped(tiles, photos)
    serve(store, options.port, not options.no_browser)


def _store_of_course(options):
    from .course.data import TILES, course_photos

    data = doctor.data_folder()
    course = TILES["tiles.h5"] == options.tile_size
    name = "tiles.h5" if course else f"tiles-{options.tile_size}.h5"
    return Path(options.store or data / name).expanduser(), course_photos(data)


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
    add("--check", action="store_true", help=_CHECK)


def _prepare(options):
    from .course import data as course

    data = Path(options.data).expanduser() if options.data else doctor.data_folder()
    if options.import_file and options.photos:
        raise MosaicError("--import brings its own photos: leave out --photos.")
    if options.import_file:
        _report_import(course.import_course(options.import_file, data), options.import_file)
    if options.photos:
        course.choose_photos(options.photos, data)
    sets = course.prepare(data, check=options.check)
    for tiles in sets:
        skipped = f"; {len(tiles.skipped):,} photos skipped" if tiles.skipped else ""
        size = tiles.tile_size
        print(f"  {tiles.path}: {len(tiles):,} tiles of {size} × {size} pixels{skipped}")
    if (data / course.RECORD).exists():  # the skipped ones of the painted cats are meant to be
        _report_skipped(sets[0], course.course_photos(data, progress=False))
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
        ("yours", "not taken, because you chose other photos (remove photos.json to take it)"),
    ):
        if found[outcome]:
            names = ", ".join(f"'{printable(name)}'" for name in found[outcome][:most])
            more = ", …" if len(found[outcome]) > most else ""
            print(f"  {len(found[outcome]):,} {reason}: {names}{more}")


def _add_doctor(commands):
    text = "is this machine ready for the course?"
    add = _add_command(commands, "doctor", text, lambda options: doctor.report(options.data))
    add("--data", metavar="DIR", help=_DATA)


def _store(options, folder):
    """The file of the tiles: the one that is named, or one for just these photos."""
    from .tiles.index import portable_path

    if options.store:
        return Path(options.store).expanduser()
    sources = [os.path.expanduser(source) for source in options.photos]
    if sources == ["painted"] and not os.path.exists("painted"):
        return folder / f"tiles-{options.tile_size}.h5"
    here = os.path.realpath(folder)
    places = [
        portable_path(os.path.realpath(source), here) if os.path.exists(source) else source
        for source in sources
    ]
    key = hashlib.blake2b(os.fsencode("\n".join(places)), digest_size=3).hexdigest()
    name = re.sub(r"\W+", "-", re.split("[?#]", places[0])[0].rstrip("/").rpartition("/")[2])
    return folder / f"tiles-{name[:40].strip('-') or 'photos'}-{key}-{options.tile_size}.h5"


def _refuse_other_photos(options, store, photos):
    """Keep a store that somebody named from losing the tiles of other photos."""
    from .photos import is_url
    from .tiles import open_tiles

    if not options.store or not store.is_file():
        return
    try:
        old = open_tiles(store)
        before = [str(old.photo(i)) for i in range(len(old))]
    except MosaicError:
        return  # build_tiles says what is wrong with it
    now = [str(photo) if is_url(photo) else os.path.abspath(photo) for photo in photos]
    if not is_url(old.root) and not old.root.exists():  # they were moved, if names are the same
        before, now = ([os.path.basename(path) for path in paths] for paths in (before, now))
    if not set(before).isdisjoint(now):
        return
    if not options.overwrite:
        raise MosaicError(
            f"'{store}' has the tiles of other photos, those in '{old.root}': choose another "
            "--store, or say that they may be replaced with --overwrite."
        )
    print(f"  replacing {len(old):,} tiles in {store}, of the photos in '{old.root}'")


def _make_tiles(options, store, but_not=frozenset()):
    """The tiles of the photos."""
    import mosaic_helpers as mh

    with _timed("photos"):
        photos = _all_photos(options.photos, but_not={store, *but_not})
    _refuse_other_photos(options, store, photos)
    with _timed("tiles"), _workers(options.cluster, len(photos)) as client:
        tiles = mh.build_tiles(
            photos, store, options.tile_size, client=client, check=options.check
        )
    _report_skipped(tiles, photos)
    return tiles


def _workers(address, count):
    """A client; None for few photos: threads have made their tiles before a cluster is up."""
    import dask

    import mosaic_helpers as mh

    if address or dask.config.get("scheduler-address", None) or count > _FEW:
        return mh.start_cluster(address)
    return nullcontext()


def _all_photos(sources, but_not):
    """All photos of the sources, without the files that an earlier run left among them."""
    from .course.data import photos_from
    from .photos import PhotoList

    ours = {path.absolute() for path in but_not}
    found = sum(map(photos_from, sources), PhotoList())
    photos = (p for p in found if isinstance(p, str) or p.absolute() not in ours)
    return PhotoList(photos, found.left_out)


def _report_skipped(tiles, photos):
    """Say which photos make no tile, and why; and how many files are no photos."""
    from .tiles import summarize_skipped

    for sentence in summarize_skipped(tiles.skipped, photos.left_out):
        print(f"    {sentence}")


@contextmanager
def _timed(step):
    begin = time.perf_counter()
    yield
    print(f"  {step:8} {time.perf_counter() - begin:6.1f} s", flush=True)

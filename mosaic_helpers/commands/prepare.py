"""The command `prepare`: what the notebooks need, made beforehand or carried on a stick."""

from pathlib import Path

from .. import places
from ..errors import MosaicError
from .common import SOURCES, report_skipped


def add(commands):
    """Add the command and its options."""
    prepare = commands.add_parser("prepare", help="make what the notebooks need beforehand")
    add = prepare.add_argument
    add("--data", metavar="DIR", help="the folder data, if not that of the course")
    add(
        "--photos",
        metavar="DIR",
        nargs="+",
        help=f"those of notebooks 02 to 07 from now on: {SOURCES}",
    )
    add("--export", metavar="FILE", help="write photos and tiles to one file, for a USB stick")
    add("--import", metavar="FILE", dest="come", help="take photos and tiles from such a file")
    prepare.set_defaults(run=_prepare)


def _prepare(options):
    from ..course import choose_photos, prepare
    from ..stick import export_course, import_course

    data = Path(options.data).expanduser() if options.data else places.data_folder()
    if options.come and options.photos:
        raise MosaicError("--import brings its photos along: leave --photos out.")
    if options.come:
        _report_taken(import_course(options.come, data), options.come)
    if options.photos:
        choose_photos(options.photos, data)
    sets = prepare(data)
    for tiles in sets:
        none = f", and {len(tiles.skipped):,} photos that are none" if tiles.skipped else ""
        print(
            f"  {tiles.path}: {len(tiles):,} tiles of {tiles.size} × {tiles.size} pixels{none}"
        )
    if places.recorded(data):  # the painted cats that are none are so on purpose
        report_skipped(sets[0])
    if options.export:
        file = export_course(options.export, data)
        print(f"  {file}: {file.stat().st_size / 1e6:,.0f} MB; at the other end type  ", end="")
        print(f"python -m mosaic_helpers prepare --import {file.name}")
    print("Ready: any notebook can be entered now.")


def _report_taken(found, file, most=3):
    print(f"  from {file}: {len(found['new']):,} files that were not here", end="")
    print(f", {len(found['same']):,} that were here already" if found["same"] else "")
    words = {
        "replaced": "replaced, as they were older here",
        "kept": "kept as they are, for they are newer here",
    }
    for what, why in words.items():
        if found[what]:
            names = ", ".join(f"'{name}'" for name in found[what][:most])
            more = ", …" if len(found[what]) > most else ""
            print(f"  {len(found[what]):,} {why}: {names}{more}")

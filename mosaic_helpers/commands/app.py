"""The command `app`: the explorer in the browser."""

from pathlib import Path

import mosaic_helpers as mh

from .common import SOURCES, Help, all_photos, report_skipped


def add(commands):
    """Add the command and its options."""
    app = commands.add_parser("app", help="play with it in the browser", formatter_class=Help)
    add = app.add_argument
    add("--photos", metavar="DIR", nargs="+", default=["painted"], help=SOURCES)
    add("--tile", type=int, default=64, help="tile resolution: pixels on a side of a tile")
    add("--store", default="data/tiles.h5", help="file that keeps the tiles")
    add("--port", type=int, default=8866)
    add("--no-browser", action="store_true", help="do not open one")
    app.set_defaults(run=_serve_app)


def _serve_app(options):
    store = Path(options.store).expanduser()
    tiles = mh.build_tiles(all_photos(options.photos, but_not={store}), store, options.tile)
    report_skipped(tiles)
    mh.serve(store, options.port, not options.no_browser)

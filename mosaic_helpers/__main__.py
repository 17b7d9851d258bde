"""Photo mosaics from the command line: ``python -m mosaic_helpers mosaic --help``."""

import argparse
import sys

import mosaic_helpers as mh

from . import doctor
from .commands import app, mosaic, prepare
from .errors import MosaicError


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
        status = options.run(options)
    except MosaicError as error:
        print(f"photo-mosaic: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nphoto-mosaic: stopped; what is done is kept for the next run.", file=sys.stderr
        )
        return 130
    except ModuleNotFoundError as error:
        if str(error.name).startswith("mosaic_helpers"):
            raise
        print(
            f"photo-mosaic: the package '{error.name}' is not installed in this Python; what "
            "to do is said by  python -m mosaic_helpers doctor",
            file=sys.stderr,
        )
        return 1
    return status or 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="photo-mosaic", description="Thousands of photos become one picture."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    cats = commands.add_parser("cats", help="paint the cats, and nothing else")
    cats.add_argument("folder", nargs="?", default="data/cats")
    cats.set_defaults(run=_paint_cats)

    ready = commands.add_parser("doctor", help="is this machine ready for the course?")
    ready.add_argument(
        "--data", metavar="DIR", help="the folder data, if not that of the course"
    )
    ready.set_defaults(run=lambda options: doctor.report(options.data))

    prepare.add(commands)
    app.add(commands)
    mosaic.add(commands)
    return parser


def _paint_cats(options):
    mh.paint_cats(options.folder)


if __name__ == "__main__":
    sys.exit(main())

"""The command line: ``python -m mosaic_helpers mosaic --help``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())

"""Paint a share of a collection: ``python -m mosaic_helpers.cats FOLDER COUNT SEED``.

Started by `workers`, once for every process. It reads from its input which of the
files are its own, and prints a line for every one that it has painted.
"""

import sys
from pathlib import Path

from ..errors import MosaicError
from .collection import collection
from .files import write_picture
from .workers import FAILED, PAINTED


def main():
    """Paint, and return 0 if all went well."""
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    pictures = collection(count)
    try:
        for position in sys.stdin.read().split():
            write_picture(folder, pictures[int(position)], seed)
            # If whoever started us is gone, this fails, and we are gone too.
            print(PAINTED, flush=True)
    except MosaicError as error:
        print(FAILED + str(error), flush=True)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Paint a share of a collection: ``python -m mosaic_helpers.cats FOLDER COUNT SEED``.

`workers` starts one for each process. It reads the positions of its files from standard
input, and prints a line for each file that it has painted.
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
            # If the process that started this one is gone, this fails, and so we end too.
            print(PAINTED, flush=True)
    except MosaicError as error:
        print(FAILED + str(error), flush=True)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

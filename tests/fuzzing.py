"""How long to fuzz: seconds in the suite, more where the environment says so (`make fuzz`)."""

import os
import time


def rounds(seconds=2.0):
    """Count 0, 1, 2 … for so many seconds, or for those of MOSAIC_FUZZ_SECONDS.

    The same number is to make the same input, so that what failed can be tried again.
    """
    seconds = float(os.environ.get("MOSAIC_FUZZ_SECONDS", seconds))
    end, number = time.monotonic() + seconds, 0
    while not number or time.monotonic() < end:
        yield number
        number += 1

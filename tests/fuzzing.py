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
    print(f"\n{number:,} inputs")


def mutated(content, random):
    """Change some bytes: a few of them, a stretch, the end, or a number as JSON has it."""
    content = bytearray(content)
    for _ in range(random.integers(1, 6)):
        at, length = random.integers(0, max(1, len(content))), int(random.integers(1, 40))
        match random.integers(0, 6):
            case 0:
                content[at : at + 1] = random.bytes(1)
            case 1:
                content[at : at + length] = random.bytes(length)
            case 2:
                del content[at : at + length]
            case 3:
                content[at : at + length] = random.choice(_ODD)
            case 4:
                content[at:at] = content[at : at + length] * int(random.integers(1, 9))
            case 5 if random.random() < 0.2:
                del content[at:]
    return bytes(content)


_ODD = [
    *(
        b"\0" * 8,
        b"\xff" * 12,
        b"\x80" + bytes(3) + b"\xff" * 8,
        b"99999999999 ",
        b"-1",
        b"NaN",
    ),
    *(
        b"NaN",
        b"1e999",
        b"1" * 40,
        b"[" * 3000,
        b"true",
        b"null",
        b'""',
        b"{}",
        b"[]",
        b"../",
        b"\\",
    ),
]

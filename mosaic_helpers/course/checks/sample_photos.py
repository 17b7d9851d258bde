"""Small photos that the checks make, and what can be seen in what became of them.

The sample photo is green above and blue below; what must be cut off to make it square is
magenta. So a point or two tell what was done to it.
"""

import itertools
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from .verdict import expect, expect_no_mistake

COLOURS = {
    "red": (210, 40, 40),
    "green": (40, 160, 60),
    "blue": (40, 60, 200),
    "yellow": (230, 210, 40),
    "magenta": (220, 40, 200),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
# The sample photo, cut square: above, below, at the left and at the right.
_UPRIGHT = ("green", "blue", "green", "green")
_TURNS = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


@contextmanager
def photo_folder():
    """Yield a function that saves a picture as a new file, in a folder that does not stay."""
    numbers = itertools.count()
    with tempfile.TemporaryDirectory() as place:

        def save(image, suffix="jpg", **options):
            path = Path(place) / f"{next(numbers)}.{suffix}"
            image.save(path, quality=95, **options)
            return path

        yield save


def sample(portrait=False):
    """Make the sample photo, 180 × 120 pixels, or 120 × 180 as a portrait."""
    margin = (0, 30) if portrait else (30, 0)
    image = Image.new("RGB", (120 + 2 * margin[0], 120 + 2 * margin[1]), COLOURS["magenta"])
    image.paste(Image.new("RGB", (120, 60), COLOURS["green"]), margin)
    image.paste(Image.new("RGB", (120, 60), COLOURS["blue"]), (margin[0], margin[1] + 60))
    return image


def save_turned(save, tag):
    """Save the sample as a phone that is held otherwise does, with an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = tag
    return save(sample().transpose(_TURNS[tag]), exif=exif.tobytes())


def transparent_sample():
    """Make a red disc on a transparent background, which is black beneath."""
    image = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 20, 99, 99), fill=COLOURS["red"])
    return image


def as_pixels(answer):
    """Return the picture that a function returned, as an array of uint8 with 2 or 3 axes."""
    try:
        found = np.asarray(answer)
    except Exception:
        found = np.asarray(None)
    mistakes = {
        f"The pixels are {found.dtype} numbers. A picture has whole numbers from 0 to 255, of "
        "the type uint8.": found.dtype.kind == "f",
        f"Your function returned a value of type {type(answer).__name__}. It should return a "
        "picture.": found.dtype.kind not in "iu" or found.ndim not in (2, 3),
    }
    expect_no_mistake(mistakes)
    expect(
        not found.size or 0 <= found.min() <= found.max() <= 255,
        "The picture has numbers below 0 or above 255.",
    )
    return found.astype(np.uint8)


def shape_of(answer):
    """Return the shape of an array or picture; () for anything else."""
    try:
        return np.shape(answer)
    except Exception:
        return ()


def colour(pixel):
    """Return the name of the colour that is nearest to that of a pixel."""
    distance = {
        name: sum((int(a) - b) ** 2 for a, b in zip(pixel, values, strict=True))
        for name, values in COLOURS.items()
    }
    return min(distance, key=distance.get)


def _colours(square):
    """Return the colours of the sample: above, below, at the left and at the right."""
    size = len(square)
    near, far, middle, higher = size // 16, size - 1 - size // 16, size // 2, size // 4
    points = [(near, middle), (far, middle), (higher, near), (higher, far)]
    return tuple(colour(square[point]) for point in points)


def _in_words(colours):
    above, below, left, right = colours
    return f"{above} above, {below} below, {left} at the left, {right} at the right"


def expect_side_by_side(panels, names):
    """Check that photos, each of one colour, are beside each other in that order."""
    middles = [colour(panel[50, 50]) for panel in panels]
    others = set(middles[1:]) & set(names)
    mistakes = {
        "The last photo covers the others: all four are at (nearly) the same place. How far to "
        "the right must each of them begin?": middles[0] == names[3] and not others,
        "Only the first photo can be seen. paste needs the corner as (x, y), and x grows to "
        "the right. And does your loop come to its end before the return?": (
            middles[0] == names[0] and not others
        ),
        f"The same photo is in every place: the {middles[0]} one.": len(set(middles)) == 1,
        "The photos are in the wrong order: the last comes first.": middles[::-1] == names,
        f"{', '.join(names)} became {', '.join(middles)}.": middles != names,
    }
    expect_no_mistake(mistakes)
    for panel, name in zip(panels, names, strict=True):
        edges = {colour(panel[y, x]) for y in (4, 95) for x in (4, 95)}
        expect(edges == {name}, f"The {name} photo does not fill its 100 × 100 pixels.")


def expect_cropped(square):
    """Check that the sample was cut square, and nothing but the middle is left."""
    found = _colours(square)
    margins = "The photo has 180 × 120 pixels (or 120 × 180). The tile should show only the "
    margins += "middle 120 × 120, but what lies beside that can be seen"
    mistakes = {
        "The photo does not fill its square: part of the square is black.": "black" in found,
        f"{margins} at both sides: your photo was squeezed instead of cut.": (
            ("magenta", "magenta") in (found[:2], found[2:])
        ),
        f"{margins} at one side: was it cut at a corner?": "magenta" in found,
        f"Green above, blue below became {_in_words(found)}.": found != _UPRIGHT,
    }
    expect_no_mistake(mistakes)


def expect_upright(square):
    """Check that the sample stands upright."""
    found = _colours(square)
    mistakes = {
        "A photo lies on its side, or on its head. It was stored turned, with an EXIF tag that "
        "says which way. Does your function follow the tag?": (
            found[2] != found[3] or found[:2] == ("blue", "green")
        ),
        f"A photo that was stored turned became {_in_words(found)}. Turn it upright before you "
        "cut it; the tag says how.": found != _UPRIGHT,
    }
    expect_no_mistake(mistakes)


def expect_grey(square):
    """Check a grey photo: above is lighter than below, and the three channels agree."""
    above, below = (square[len(square) // 4 * n, len(square) // 2].astype(int) for n in (1, 3))
    expect(
        np.ptp(above) < 12 and np.ptp(below) < 12 and above.mean() > below.mean() + 15,
        f"The grey photo is not grey any more, or not the same: {above.tolist()} above, "
        f"{below.tolist()} below.",
    )


def expect_cmyk_converted(square):
    """Check that a CMYK photo has the colours that it was printed with."""
    found = _colours(square)
    expect(
        found == _UPRIGHT,
        f"The CMYK photo, green above and blue below, became {_in_words(found)}. Its four "
        "numbers are inks: they must be converted, not just cut off or renamed.",
    )


def expect_on_white(square):
    """Check that what was transparent is white, and the disc is red."""
    corner, middle = colour(square[2, 2]), colour(square[len(square) // 2, len(square) // 2])
    mistakes = {
        "What was transparent became black: that is the colour hidden beneath. It shows if the "
        "alpha channel is just dropped; on white paper it would not be seen.": (
            corner == "black"
        ),
        f"A red disc on nothing, laid on white paper, became {middle} on {corner}.": (
            (corner, middle) != ("white", "red")
        ),
    }
    expect_no_mistake(mistakes)

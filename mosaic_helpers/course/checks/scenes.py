"""Small photos that the checks make, and what can be seen in what became of them.

The scene is green above and blue below; what must be cut off to make it square is magenta.
So a point or two tell what was done to it.
"""

import itertools
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from .verdict import Look, expect

COLOURS = {
    "red": (210, 40, 40),
    "green": (40, 160, 60),
    "blue": (40, 60, 200),
    "yellow": (230, 210, 40),
    "magenta": (220, 40, 200),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
# The scene, cut square: above, below, at the left and at the right.
_AS_MEANT = ("green", "blue", "green", "green")
_TURNS = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


@contextmanager
def folder():
    """Give a function that saves a picture in a folder that does not stay, as a new file."""
    numbers = itertools.count()
    with tempfile.TemporaryDirectory() as place:

        def save(image, suffix="jpg", **options):
            path = Path(place) / f"{next(numbers)}.{suffix}"
            image.save(path, quality=95, **options)
            return path

        yield save


def scene(high=False):
    """The scene, 180 × 120 pixels, or 120 × 180 if it is to be high."""
    margin = (0, 30) if high else (30, 0)
    image = Image.new("RGB", (120 + 2 * margin[0], 120 + 2 * margin[1]), COLOURS["magenta"])
    image.paste(Image.new("RGB", (120, 60), COLOURS["green"]), margin)
    image.paste(Image.new("RGB", (120, 60), COLOURS["blue"]), (margin[0], margin[1] + 60))
    return image


def lying(save, tag):
    """Save the scene as a telephone does that is held otherwise, with an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = tag
    return save(scene().transpose(_TURNS[tag]), exif=exif.tobytes())


def cut_out():
    """A red disc in the middle of nothing; what is transparent is black beneath."""
    image = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 20, 99, 99), fill=COLOURS["red"])
    return image


def pixels(answer):
    """The picture that a function gave back, as an array of uint8 with three axes.

    Raises
    ------
    Look
        If it is none.
    """
    try:
        found = np.asarray(answer)
    except Exception:
        found = np.asarray(None)
    if found.dtype.kind == "f":
        raise Look(
            f"The pixels are {found.dtype} numbers. In a picture they are whole numbers from 0 "
            "to 255, of the type uint8."
        )
    if found.dtype.kind not in "iu" or found.ndim not in (2, 3):
        raise Look(f"A picture is wanted, and {type(answer).__name__} came back.")
    if found.size and not 0 <= found.min() <= found.max() <= 255:
        raise Look("There are numbers below 0 or above 255 in the picture.")
    return found.astype(np.uint8)


def dimensions(answer):
    """The shape of an array or picture; () of what is none."""
    try:
        return np.shape(answer)
    except Exception:
        return ()


def colour(pixel):
    """The name of the colour that is nearest to that of a pixel."""
    distance = {
        name: sum((int(a) - b) ** 2 for a, b in zip(pixel, values, strict=True))
        for name, values in COLOURS.items()
    }
    return min(distance, key=distance.get)


def _seen(square):
    """What is seen of the scene: above, below, at the left and at the right."""
    size = len(square)
    near, far, middle, higher = size // 16, size - 1 - size // 16, size // 2, size // 4
    points = [(near, middle), (far, middle), (higher, near), (higher, far)]
    return tuple(colour(square[point]) for point in points)


def expect_beside(panels, names):
    """Four photos, each of one colour, are beside each other in that order."""
    middles = [colour(panel[50, 50]) for panel in panels]
    others = set(middles[1:]) & set(names)
    expect(
        middles[0] != names[3] or others,
        "The last photo covers the others: all four lie at (nearly) the same place. How far to "
        "the right must each of them begin?",
    )
    expect(
        middles[0] != names[0] or others - {names[0]} or names[0] in middles[1:],
        "Only the first photo can be seen. The corner that paste wants is (x, y), and x grows "
        "to the right. And does your loop come to its end before the return?",
    )
    expect(len(set(middles)) > 1, f"The same photo is in every place: the {middles[0]} one.")
    expect(middles[::-1] != names, "The photos are in the wrong order: the last comes first.")
    expect(middles == names, f"{', '.join(names)} came out as {', '.join(middles)}.")
    for panel, name in zip(panels, names, strict=True):
        edges = {colour(panel[y, x]) for y in (4, 95) for x in (4, 95)}
        expect(edges == {name}, f"The {name} photo does not fill its 100 × 100 pixels.")


def expect_cut(square):
    """The scene was cut square, and nothing but the middle is left."""
    seen = _seen(square)
    expect(
        "black" not in seen, "The photo does not fill its square: part of the square is black."
    )
    margins = "The photo was 180 × 120 (or 120 × 180), the square of it that is wanted is the "
    margins += "middle 120 × 120; and what lay beside that can be seen"
    expect(
        ("magenta", "magenta") not in (seen[:2], seen[2:]),
        f"{margins} at both sides: your photo was squeezed instead of cut.",
    )
    expect("magenta" not in seen, f"{margins} at one side: was it cut at a corner?")
    expect(seen == _AS_MEANT, f"Green above, blue below became {_words(seen)}.")


def expect_upright(square):
    """The scene stands upright."""
    seen = _seen(square)
    expect(
        seen[2] == seen[3] and seen[:2] != ("blue", "green"),
        "A photo lies on its side, or on its head. It was stored turned, with an EXIF tag that "
        "says which way: is the tag looked at, and followed?",
    )
    expect(
        seen == _AS_MEANT,
        f"A photo that was stored turned came out as {_words(seen)}. It is to be set upright "
        "before it is cut; the tag says how.",
    )


def _words(seen):
    return f"{seen[0]} above, {seen[1]} below, {seen[2]} at the left, {seen[3]} at the right"


def expect_grey(square):
    """A grey photo: green above is lighter than blue below, and all three numbers agree."""
    above, below = (square[len(square) // 4 * n, len(square) // 2].astype(int) for n in (1, 3))
    expect(
        np.ptp(above) < 12 and np.ptp(below) < 12 and above.mean() > below.mean() + 15,
        f"The grey photo is not grey any more, or not the same: {above.tolist()} above, "
        f"{below.tolist()} below.",
    )


def expect_inks(square):
    """A CMYK photo has the colours that it was printed with."""
    seen = _seen(square)
    expect(
        seen == _AS_MEANT,
        f"The CMYK photo, green above and blue below, became {_words(seen)}. Its four numbers "
        "are inks: they must be converted, not just cut off or renamed.",
    )


def expect_paper(square):
    """What was transparent is white, and the disc is red."""
    corner, middle = colour(square[2, 2]), colour(square[len(square) // 2, len(square) // 2])
    expect(
        corner != "black",
        "What was transparent came out black: that is the colour that lies hidden beneath. "
        "Merely dropping the alpha channel shows it; on white paper it would not be seen.",
    )
    expect(
        (corner, middle) == ("white", "red"),
        f"A red disc on nothing, to be laid on white, came out {middle} on {corner}.",
    )

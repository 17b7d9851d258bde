"""Checks of notebook 01: what a picture is, and what is wrong with some files."""

import random
import tempfile
from pathlib import Path
from reprlib import repr as brief

import numpy as np
from PIL import Image

from . import sample_photos
from .arrays import expect_answer
from .sample_photos import sample
from .verdict import CheckFailed, NotAttempted, call, expect, expect_no_mistake

# Mistakes that count_doubles can make with the files of `_copies`, by what it then counts.
_MISCOUNTED = {
    0: "None was found. Do you compare the contents? No two paths are alike.",
    1: "Only copies that come directly after each other were found. One can come much later.",
    2: "You count the contents that come more than once. Of four copies, three are doubles.",
    3: "You compare names. Two cats can have the same name in two folders, and a copy mostly "
    "has another name.",
    6: "You count all copies. One of them is the original; the others are doubles.",
    7: "You count pairs. Four copies make six pairs, but three doubles.",
    8: "You count how many different contents there are. How many files are left over?",
    9: "You compare sizes. Files of the same size can differ in every byte.",
    14: "You count pairs, and each of them twice. Of four copies, three are doubles.",
    11: "You compare beginnings. All photos of one camera may begin with the same bytes.",
}


def shape(shape_of):
    """``shape_of(size)``: the shape of the array that a colour picture becomes."""
    wide = _as_shape(call(shape_of, (640, 480)))
    gave = f"A size of (640, 480) gave {wide}."
    mistakes = {
        f"{gave} How many numbers are there for each pixel? They are an axis of their own.": (
            len(wide) == 2
        ),
        f"{wide} has the colours first. Look at the shape of the cat above: where are they?": (
            wide[:1] == (3,)
        ),
        "You kept the order of Pillow, the width first. What does the first axis of an array "
        "count?": wide == (640, 480, 3),
        gave: wide != (480, 640, 3),
    }
    expect_no_mistake(mistakes)
    yield "right for a picture that is wider than high"
    high = _as_shape(call(shape_of, (300, 451)))
    mistakes = {
        f"A size of (300, 451) gave {high}, as (640, 480) did. Does your function use its "
        "argument?": high == wide,
        f"A size of (300, 451), higher than wide, gave {high}. It does not matter which side "
        "is longer.": high != (451, 300, 3),
    }
    expect_no_mistake(mistakes)
    yield "right for one that is higher than wide"


def _as_shape(answer):
    expect(
        not isinstance(answer, np.ndarray) or answer.ndim <= 1,
        "Your function returned an array. Return its shape alone: no pixels.",
    )
    try:
        return tuple(int(number) for number in answer)
    except Exception:
        raise CheckFailed(
            f"Your function returned {brief(answer)}. A shape is a tuple of whole numbers."
        ) from None


def collage(make_collage):
    """``make_collage(photos)``: four photos beside each other, 100 × 100 pixels each."""
    with sample_photos.photo_folder() as save:
        names = ["red", "green", "blue", "yellow"]
        plain = [Image.new("RGB", (120, 120), sample_photos.COLOURS[name]) for name in names]
        panels = _panels(make_collage, [save(image) for image in plain])
        sample_photos.expect_side_by_side(panels, names)
        yield "four photos beside each other, 100 × 100 pixels each"
        wide, high = save(sample()), save(sample(portrait=True))
        for panel in _panels(make_collage, [wide, high, high, wide]):
            sample_photos.expect_cropped(panel)
        yield "a photo that is not square shows its middle"
        turned = [sample_photos.save_turned(save, tag) for tag in (6, 8, 3)]
        for panel in _panels(make_collage, [*turned, wide]):
            sample_photos.expect_upright(panel)
        yield "photos that were stored on their side stand upright"
        grey, cmyk = (save(sample().convert(mode)) for mode in ("L", "CMYK"))
        context = "Now two photos are grey (one number for a pixel) and two CMYK (four). "
        panels = _panels(make_collage, [grey, cmyk, cmyk, grey], context)
        sample_photos.expect_grey(panels[0])
        sample_photos.expect_cmyk_converted(panels[1])
        yield "grey and CMYK photos have the right colours"


def _panels(make_collage, photos, context=""):
    picture = sample_photos.as_pixels(call(make_collage, photos, context=context))
    height, width = picture.shape[:2]
    size = f"The collage is {width} pixels wide and {height} high"
    mistakes = {
        f"{size}: a tower. The photos should be beside each other. Which number is larger, the "
        "width or the height? And which does Pillow take first?": (100, 400),
        f"{size}: the size of a single photo.": (100, 100),
        f"{size}: the photos were not shrunk.": (480, 120),
    }
    advice = f"{size}. Four squares of 100 make 400 × 100."
    expect_answer((width, height), (400, 100), advice, mistakes)
    expect(picture.shape[2:] == (3,), "The collage is not in RGB.")
    return [picture[:, left : left + 100] for left in range(0, 400, 100)]


def doubles(count_doubles):
    """``count_doubles(photos)``: how many files have the content of an earlier one."""
    with tempfile.TemporaryDirectory() as folder:
        photos = list(_copies(Path(folder)))
        context = "The files of this check are no pictures, just bytes. "
        found = call(count_doubles, list(photos), context=context)
        expect(
            not isinstance(found, (list, tuple, set, dict)),
            f"Your function returned a {type(found).__name__}. How many doubles are there?",
        )
        advice = (
            f"The files of this check have 4 doubles. Your function returned {brief(found)}."
        )
        whole = isinstance(found, (int, np.integer))
        expect(whole and found == 4, _MISCOUNTED.get(found, advice) if whole else advice)
        yield "every double is found, and the first of its kind is not counted"
        context = "With a list you were right. Then the photos came from a generator. "
        found = call(count_doubles, iter(photos), context=context)
        expect(
            found == 4,
            f"{context}You found {found}: a generator has nothing left when you go through it "
            "a second time.",
        )
        yield "the photos may come from a generator, too"


def _copies(folder):
    """Make twelve files, four of them doubles. All begin alike, and have three sizes only."""
    dice, common = random.Random(0), bytes(4096)
    sizes = {"C": 900, "D": 700}
    content = {letter: dice.randbytes(sizes.get(letter, 800)) for letter in "ABCDEFGH"}
    for number, letter in enumerate("ABBCADAEFGAH"):
        path = folder / str(number) / f"cat-{number % 9}.jpg"
        path.parent.mkdir()
        path.write_bytes(common + content[letter])
        yield path


def tile_or_none(make_tile):
    """``tile_or_none(photo)``: a tile of 64 × 64 pixels, or None if the file is no use."""
    with sample_photos.photo_folder() as save:
        sample_photos.expect_cropped(_tile(make_tile, save(sample())))
        yield "a photo becomes a square of shape (64, 64, 3)"
        for tag in (6, 8, 3):
            sample_photos.expect_upright(_tile(make_tile, sample_photos.save_turned(save, tag)))
        yield "it stands upright"
        grey, cmyk = (save(sample().convert(mode)) for mode in ("L", "CMYK"))
        sample_photos.expect_grey(_tile(make_tile, grey, "Given a grey photo, "))
        sample_photos.expect_cmyk_converted(_tile(make_tile, cmyk, "Given a CMYK photo, "))
        yield "grey and CMYK photos become red, green and blue"
        alpha = save(sample_photos.transparent_sample(), "png")
        sample_photos.expect_on_white(_tile(make_tile, alpha, "Given a PNG with alpha, "))
        yield "what is transparent becomes white"
        for defect, path in _useless(save):
            _expect_none(make_tile, defect, path)
        yield "an unusable file gives None, whatever is wrong with it"
    _expect_stoppable(make_tile)
    yield "Ctrl-C still stops it"


def _tile(make_tile, photo, context=""):
    tile = sample_photos.as_pixels(call(make_tile, photo, context=context))
    expect(
        tile.shape == (64, 64, 3),
        f"{context or 'Given a photo, '}the tile has the shape {tile.shape}, not (64, 64, 3).",
    )
    return tile


def _useless(save):
    """Make files that cannot become tiles; yield what is wrong with each, and its path."""
    whole = save(sample())
    contents = {
        "is empty": b"",
        "is a text": b"Not a cat, but a shopping list: milk, fish, milk.",
        "is cut short": whole.read_bytes()[:-400],
    }
    for defect, content in contents.items():
        path = whole.with_name(f"{defect}.jpg")
        path.write_bytes(content)
        yield defect, path
    yield "does not exist", whole.with_name("nowhere.jpg")


def _expect_none(make_tile, defect, path):
    context = f"A file that {defect} must not stop you. "
    if defect == "is cut short":
        context += "(It can be opened: Image.open reads the beginning, the pixels come later.) "
    try:
        found = call(make_tile, path, context=context)
    except NotAttempted:
        return
    value = "a text" if isinstance(found, str) else f"a {type(found).__name__}"
    raise CheckFailed(f"For a file that {defect}, your function returned {value}, not None.")


class _CtrlC(type(Path())):  # type: ignore[misc]
    """A path at which somebody presses Ctrl-C when it is opened."""

    pressed = False

    def __fspath__(self):
        self.pressed = True
        raise KeyboardInterrupt

    __str__ = open = read_bytes = lambda self, *_, **__: self.__fspath__()


def _expect_stoppable(make_tile):
    path = _CtrlC("cat.jpg")
    try:
        make_tile(path)
    except (KeyboardInterrupt, Exception):
        return
    expect(
        not path.pressed,
        "Ctrl-C was pressed just now, but your function took it for a broken file and went on. "
        "Which errors should the except catch, if it must not catch everything?",
    )

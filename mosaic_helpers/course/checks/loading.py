"""Checks of notebook 01: what a picture is, and what is wrong with some files."""

import random
import tempfile
from pathlib import Path
from reprlib import repr as brief

import numpy as np
from PIL import Image

from . import scenes
from .verdict import Look, Undone, call, call_about, expect

# The mistakes that count_doubles can make with the files of `_copies`, by what it then counts.
_MISCOUNTED = {
    0: "None was found. Do you compare the contents? No two paths are alike.",
    1: "Only copies that come one right after the other were found. One can come much later.",
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
    expect(
        len(wide) != 2,
        f"A size of (640, 480) gave {wide}. How many numbers are there for each pixel? They "
        "are an axis of their own.",
    )
    expect(
        wide != (3, 480, 640) and wide != (3, 640, 480),
        f"{wide} has the colours first. Look at the shape of the cat above: where are they?",
    )
    expect(
        wide != (640, 480, 3),
        "You kept the order of Pillow, the width first. What does the first axis of an array "
        "count?",
    )
    expect(wide == (480, 640, 3), f"A size of (640, 480) gave {wide}.")
    yield "right for a picture that is wider than high"
    high = _as_shape(call(shape_of, (300, 451)))
    expect(
        high != wide,
        f"A size of (300, 451) gave {high}, as (640, 480) did. Does your function use its "
        "argument?",
    )
    expect(
        high == (451, 300, 3),
        f"A size of (300, 451), higher than wide, gave {high}. It does not matter which side "
        "is longer.",
    )
    yield "and for one that is higher than wide"


def _as_shape(answer):
    if isinstance(answer, np.ndarray) and answer.ndim > 1:
        raise Look("An array came back. What is wanted is its shape alone: no pixels.")
    try:
        return tuple(int(number) for number in answer)
    except Exception:
        raise Look(f"A shape is a tuple of whole numbers; {brief(answer)} came back.") from None


def collage(make_collage):
    """``make_collage(photos)``: four photos beside each other, 100 × 100 pixels each."""
    with scenes.folder() as save:
        names = ["red", "green", "blue", "yellow"]
        plain = [Image.new("RGB", (120, 120), scenes.COLOURS[name]) for name in names]
        panels = _panels(make_collage, [save(image) for image in plain])
        scenes.expect_beside(panels, names)
        yield "four photos beside each other, 100 × 100 pixels each"
        wide, high = save(scenes.scene()), save(scenes.scene(high=True))
        for panel in _panels(make_collage, [wide, high, high, wide]):
            scenes.expect_cut(panel)
        yield "of a photo that is not square, the middle is seen"
        turned = [scenes.lying(save, tag) for tag in (6, 8, 3)]
        for panel in _panels(make_collage, [*turned, wide]):
            scenes.expect_upright(panel)
        yield "photos that were stored lying on their side stand upright"
        grey, inks = (save(scenes.scene().convert(mode)) for mode in ("L", "CMYK"))
        about = "Now two photos are grey (one number for a pixel) and two CMYK (four). "
        panels = _panels(make_collage, [grey, inks, inks, grey], about)
        scenes.expect_grey(panels[0])
        scenes.expect_inks(panels[1])
        yield "grey and CMYK photos come out as they should"


def _panels(make_collage, photos, about=""):
    picture = scenes.pixels(call_about(about, make_collage, photos))
    height, width = picture.shape[:2]
    seen = f"The collage is {width} pixels wide and {height} high"
    expect(
        (width, height) != (100, 400),
        f"{seen}: a tower. They should be beside each other, so which number is larger, the "
        "width or the height? And which does Pillow want first?",
    )
    expect((width, height) != (100, 100), f"{seen}: the size of a single photo.")
    expect((width, height) != (480, 120), f"{seen}: the photos were not shrunk.")
    expect((width, height) == (400, 100), f"{seen}. Four squares of 100 make 400 × 100.")
    expect(picture.ndim == 3 and picture.shape[2] == 3, "The collage is not in RGB.")
    return [picture[:, left : left + 100] for left in range(0, 400, 100)]


def doubles(count_doubles):
    """``count_doubles(photos)``: how many files have the content of an earlier one."""
    with tempfile.TemporaryDirectory() as folder:
        photos = list(_copies(Path(folder)))
        about = "The files of this check are no pictures, just bytes. "
        found = call_about(about, count_doubles, list(photos))
        expect(
            not isinstance(found, (list, tuple, set, dict)),
            f"A {type(found).__name__} came back. How many doubles are there?",
        )
        advice = f"There are 4 doubles among the files of this check; {brief(found)} came back."
        whole = isinstance(found, (int, np.integer))
        expect(whole and found == 4, _MISCOUNTED.get(found, advice) if whole else advice)
        yield "every double is found, and the first of its kind is none"
        once = "With a list you were right. Then the photos came from a generator. "
        found = call_about(once, count_doubles, iter(photos))
        expect(
            found == 4,
            f"{once}You found {found}: whoever goes through a generator a second time finds "
            "nothing left.",
        )
        yield "the photos may come from a generator, too"


def _copies(folder):
    """Twelve files, four of them doubles. All begin alike, and they have three sizes only."""
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
    with scenes.folder() as save:
        scenes.expect_cut(_tile(make_tile, save(scenes.scene())))
        yield "a photo becomes a square of shape (64, 64, 3)"
        for tag in (6, 8, 3):
            scenes.expect_upright(_tile(make_tile, scenes.lying(save, tag)))
        yield "it stands upright"
        grey, inks = (save(scenes.scene().convert(mode)) for mode in ("L", "CMYK"))
        scenes.expect_grey(_tile(make_tile, grey, "Given a grey photo, "))
        scenes.expect_inks(_tile(make_tile, inks, "Given a CMYK photo, "))
        yield "grey and CMYK photos have red, green and blue afterwards"
        paper = _tile(make_tile, save(scenes.cut_out(), "png"), "Given a PNG with alpha, ")
        scenes.expect_paper(paper)
        yield "what is transparent is white"
        for kind, path in _useless(save):
            _expect_none(make_tile, kind, path)
        yield "a file that is no use gives None, whatever is wrong with it"
    _expect_stoppable(make_tile)
    yield "and Ctrl-C still stops it"


def _tile(make_tile, photo, about=""):
    tile = scenes.pixels(call_about(about, make_tile, photo))
    expect(
        tile.shape == (64, 64, 3),
        f"{about or 'Given a photo, '}the tile has the shape {tile.shape}, not (64, 64, 3).",
    )
    return tile


def _useless(save):
    """Files of which no tile can be made, by what is wrong with them."""
    whole = save(scenes.scene())
    contents = {
        "is empty": b"",
        "is a text": b"Not a cat, but a shopping list: milk, fish, milk.",
        "is cut short": whole.read_bytes()[:-400],
    }
    for kind, content in contents.items():
        path = whole.with_name(f"{kind}.jpg")
        path.write_bytes(content)
        yield kind, path
    yield "is not there", whole.with_name("nowhere.jpg")


def _expect_none(make_tile, kind, path):
    about = f"A file that {kind} must not stop you. "
    if kind == "is cut short":
        about += "(It opens well: Image.open reads the beginning, and the pixels come later.) "
    try:
        found = call_about(about, make_tile, path)
    except Undone:
        return
    what = "a text" if isinstance(found, str) else f"a {type(found).__name__}"
    raise Look(f"For a file that {kind}, {what} came back instead of None.")


class _CtrlC(type(Path())):
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
        "Somebody pressed Ctrl-C just now, and your function took it for a broken file and "
        "went on. Which errors should the except catch, if it must not catch everything?",
    )

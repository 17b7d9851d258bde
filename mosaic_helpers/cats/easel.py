"""One whole picture: a scene, a cat in it, and the light on both."""

import functools

from PIL import Image, ImageChops, ImageFilter

from . import figures, indoors, light, outdoors
from .brush import Brush
from .coats import COATS
from .dice import Dice, mix
from .ground import Ground

SHAPES = ((4, 3), (3, 4), (3, 2), (2, 3), (1, 1), (1, 1), (5, 4), (4, 5), (5, 3))
PLACES = {
    indoors.room: 15,
    indoors.shelf: 6,
    outdoors.garden: 12,
    outdoors.sky: 7,
    outdoors.night: 7,
    outdoors.sunset: 7,
    indoors.blanket: 18,
    indoors.studio: 14,
    outdoors.autumn: 5,
    outdoors.snow: 7,
    outdoors.sea: 6,
}
DAYLIGHT = {
    light.noon: 36,
    light.golden: 24,
    light.lamp: 18,
    light.dusk: 7,
    light.moon: 4,
    light.gloom: 3,
    light.bright: 10,
}
BILINEAR = Image.Resampling.BILINEAR
DARKNESS = {light.moon: 5, light.lamp: 5, light.dusk: 2}


def paint_cat(index, seed=2026):
    """Paint one cat.

    Parameters
    ----------
    index : int
        Which cat; every number is another one.
    seed : int
        Which collection.

    Returns
    -------
    PIL.Image.Image
        An RGB picture, 300 to 500 pixels wide and high.
    """
    dice = Dice(seed, index)
    size = _size(dice)
    dice.theme = _theme(dice)
    place = dice.weighted(PLACES)
    lit = _light(dice, place)
    coat = COATS[_coat(dice, lit)].varied(dice)
    corner, cat = _cat(dice, size, coat, lit)
    ground = Ground(size)
    place(ground, dice)
    return _lit(dice, size, ground.image, corner, cat, lit)


def _theme(dice):
    """Some pictures are all of one hue; many of these blue-green, which is rare else."""
    if not dice.chance(0.18):
        return None
    return dice.between(0.5, 0.56) if dice.chance(0.5) else dice.chance()


def _light(dice, place):
    if dice.theme is not None:
        return light.coloured(dice)
    return dice.weighted(DARKNESS if place is outdoors.night else DAYLIGHT)(dice)


def _size(dice):
    wide, high = dice.pick(SHAPES)
    short = dice.between(300, 320) if dice.chance(0.7) else dice.between(320, 400)
    long = min(500, short * max(wide, high) / min(wide, high))
    return (int(long), int(short)) if wide >= high else (int(short), int(long))


def _coat(dice, lit):
    """Any coat; but in a bright light often a light one, in hardly any often a black one."""
    if lit.lift > 0.25 and dice.chance(0.6):
        return dice.pick(("white", "flame point", "blue point", "calico", "cream"))
    if dice.theme is not None and dice.chance(0.5):
        return dice.pick(("white", "silver tabby", "blue point", "black and white", "blue"))
    if lit.near[1] < 150 and dice.chance(0.4):
        return dice.pick(("black", "smoke", "tuxedo", "chocolate", "tortoiseshell"))
    return dice.pick(list(COATS))


def _cat(dice, size, coat, lit):
    """Paint the cat alone, twice as large as it will be; return where it goes, and it.

    The fourth band tells where the cat is. It is called X and not A so that Pillow
    leaves the colours as they are when the picture is made smaller.
    """
    wide, high = size[0] * 2, size[1] * 2
    pose = dice.weighted({pose: room.weight for pose, room in figures.POSES.items()})
    room = figures.POSES[pose]
    flip = 1 if dice.chance(0.5) else -1
    left, right = sorted((room.left * flip, room.right * flip))
    # As large as fits; or, in a picture of the wrong shape, larger, and the tail is cut off.
    fits = sorted((wide / (right - left), high / (room.bottom - room.top)))
    unit = max(fits[0], 0.55 * fits[1]) * dice.between(*room.fill)
    spare = wide - (right - left) * unit
    x = -left * unit + spare * dice.between(0.2, 0.8)
    x = min(max(x, 0.9 * unit), wide - 0.9 * unit) if 2 * unit < wide else wide / 2
    spare = max(0, high - (room.bottom - room.top) * unit)
    y = high - room.bottom * unit - spare * dice.between(0, 0.25)
    # Only as much canvas as the cat needs: the less of it, the sooner all below is done.
    first = max(0, int(x + (left - room.margin) * unit) // 2)
    last = min(size[0], int(x + (right + room.margin) * unit) // 2 + 1)
    top = max(0, int(y + (room.top - room.margin) * unit) // 2)
    canvas = Image.new("RGBX", ((last - first) * 2, (size[1] - top) * 2), (*coat.shade, 0))
    pose(Brush(canvas, x - first * 2, y - top * 2, unit, 0, flip), coat, dice, lit.dark)
    return (first, top), canvas.reduce(2)


def _lit(dice, size, ground, corner, cat, lit):
    """Put the cat into the scene, with its shadow, and light both."""
    where = cat.getchannel(3)
    soft = Image.new("L", ((size[0] + 7) // 8, (size[1] + 7) // 8))
    soft.paste(where.reduce(8), (corner[0] // 8, corner[1] // 8))
    soft = soft.filter(ImageFilter.GaussianBlur(soft.width / 14))
    glow = _glow(lit).resize(soft.size, BILINEAR)

    light_there = _pasted(
        glow, mix((20, 14, 30), lit.near, 0.4), _shifted(soft, -lit.side * 2.5, 3)
    )
    ground = ground.reduce(2)  # and larger again below: soft, as behind a lens
    ground = ImageChops.multiply(ground, _enlarged(light_there, ground.size))
    picture = _lifted(ground, lit.lift).resize(size, BILINEAR)

    bright = _pasted(
        Image.new("RGB", soft.size, lit.shade),
        (255, 255, 255),
        _shifted(soft, -lit.side * 2, -1.5),
    )
    bright = ImageChops.multiply(bright, glow)
    box = (*corner, corner[0] + cat.width, corner[1] + cat.height)
    bright = _enlarged(bright, cat.size, tuple(side / 8 for side in box))
    cat = ImageChops.multiply(_fur(dice, cat.convert("RGB")), bright)
    picture.paste(_lifted(cat, lit.lift), corner, where)
    return picture


def _pasted(image, colour, mask):
    image = image.copy()
    image.paste(colour, (0, 0, *image.size), mask)
    return image


def _enlarged(image, size, box=None):
    """Make something soft larger: the last step is a plain doubling, as nobody sees it."""
    half = (size[0] // 2, size[1] // 2)
    return image.resize(half, BILINEAR, box).resize(size, Image.Resampling.NEAREST)


def _lifted(image, share):
    """Bring everything closer to white by a share of the way."""
    if not share:
        return image
    return image.point([255 - int((255 - v) * (1 - share)) for v in range(256)] * 3)


def _shifted(image, x, y):
    # Pasted onto itself: so the picture's border counts as going on, not as an edge.
    moved = image.copy()
    moved.paste(image, (round(x), round(y)))
    return moved


def _glow(lit):
    """A small picture of the light: near at one upper corner, far at the other end."""
    glow = Image.new("RGB", (3, 3))
    for row in range(3):
        for column in range(3):
            across = column if lit.side < 0 else 2 - column
            glow.putpixel((column, row), mix(lit.near, lit.far, (across + row) / 4))
    return glow


def _fur(dice, colour):
    """Lay fine hairs over a coat."""
    strokes = _strokes()
    left = dice.whole(0, strokes.width - colour.width)
    top = dice.whole(0, strokes.height - colour.height)
    strokes = strokes.crop((left, top, left + colour.width, top + colour.height))
    return ImageChops.add(colour, strokes, 1, -128)


@functools.lru_cache(maxsize=1)
def _strokes(side=800):
    """Fine hairs, lighter and darker than the middle grey that changes nothing."""
    dice = Dice(7, 7)
    image = Image.new("L", (side, side), 128)
    brush = Brush(image, 0, 0, 1)
    for _ in range(9000):
        x, y = dice.between(0, side), dice.between(0, side)
        length, lean = dice.between(8, 22), dice.between(-5, 5)
        brush.draw.line((x, y, x + lean, y + length), int(128 + dice.between(-16, 16)), 1)
    return image.filter(ImageFilter.GaussianBlur(0.6)).convert("RGB")

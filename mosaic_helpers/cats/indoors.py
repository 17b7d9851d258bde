"""Where cats are indoors: every scene paints a background, soft, as behind a lens.

A scene gets a `Ground` to paint on. Measures are shares of the width (x) and of
the height (y).
"""

from .dice import hsv, mix, scaled
from .ground import WOODS


def room(ground, dice):
    """A wall with wallpaper, a window or pictures, and a floor."""
    wall = hsv(dice.hue(), dice.between(0.08, 0.6), dice.between(0.45, 0.95))
    ground.fade(scaled(wall, 1.08), wall)
    if dice.chance(0.5):
        _wallpaper(ground, dice, wall)
    floor = dice.between(0.68, 0.85)
    if dice.chance(0.55):
        _window(ground, dice, floor)
    else:
        _pictures(ground, dice)
    wood = dice.pick(WOODS)
    ground.box(0, floor, 1, 1, wood)
    ground.box(0, floor - 0.025, 1, floor, mix(wall, (255, 255, 255), 0.6))
    for k in range(6):
        ground.shape(
            [
                (k * 0.22 - 0.1, floor),
                (k * 0.22 - 0.09, floor),
                (k * 0.3 - 0.28, 1),
                (k * 0.3 - 0.3, 1),
            ],
            scaled(wood, 0.85),
        )
    if dice.chance(0.6):
        rug = hsv(dice.chance(), 0.6, dice.between(0.4, 0.85))
        ground.dot(0.5, 0.98, 0.55, rug, 0.3)
        ground.dot(0.5, 0.98, 0.46, mix(rug, (255, 255, 255), 0.3), 0.28)


def shelf(ground, dice):
    """Books from wall to wall."""
    wood = dice.pick(WOODS)
    ground.box(0, 0, 1, 1, scaled(wood, 0.55))
    tint = dice.hue()
    rows = dice.whole(2, 3)
    for row in range(rows):
        bottom = (row + 1) / rows
        x = 0.0
        while x < 1:
            wide, high = dice.between(0.03, 0.075), dice.between(0.6, 0.88) / rows
            book = hsv(
                tint + dice.between(-0.2, 0.2), dice.between(0.25, 0.75), dice.between(0.3, 0.9)
            )
            ground.box(x, bottom - high, x + wide - 0.008, bottom, book)
            ground.box(
                x,
                bottom - high * 0.8,
                x + wide - 0.008,
                bottom - high * 0.72,
                mix(book, (255, 240, 200), 0.5),
            )
            x += wide
        ground.box(0, bottom - 0.035, 1, bottom, wood)


def blanket(ground, dice):
    """A blanket from above: plain, striped, checked or dotted, of any colour."""
    hue, value = dice.hue(), dice.between(0.45, 1.0)
    cloth = hsv(hue, dice.between(0.35, 0.95), value)
    other = dice.pick(
        (
            mix(cloth, (255, 255, 255), 0.55),
            scaled(cloth, 0.6),
            hsv(hue + dice.pick((0.08, -0.08, 0.5)), 0.6, value),
        )
    )
    ground.fade(scaled(cloth, 1.05), scaled(cloth, 0.86))
    kind, step = dice.whole(0, 4), dice.between(0.09, 0.2)
    lean = dice.between(-0.3, 0.3)
    count = int(1.4 / step) + 2
    for k in range(count if kind in (1, 2) else 0):
        x = k * step - 0.2
        ground.shape(
            [(x, 0), (x + step / 2, 0), (x + step / 2 + lean, 1), (x + lean, 1)], other
        )
    for k in range(count if kind == 2 else 0):
        y = k * step - 0.2
        ground.shape(
            [(0, y), (1, y - lean), (1, y - lean + step / 2), (0, y + step / 2)],
            mix(cloth, other, 0.5),
        )
    for k in range(count * count if kind == 3 else 0):
        row, column = divmod(k, count)
        ground.dot((column + row % 2 / 2) * step, row * step, step * 0.2, other)
    for k in range(count if kind == 0 else 0):  # a quilt
        x, seam = k * step * 1.5, scaled(cloth, 0.88)
        ground.shape([(x, 0), (x + 0.012, 0), (x + 0.012 - lean, 1), (x - lean, 1)], seam)
        ground.shape([(0, x), (1, x + lean), (1, x + lean + 0.012), (0, x + 0.012)], seam)


def studio(ground, dice):
    """A plain backdrop with discs of unsharp light."""
    hue = dice.hue()
    tone = hsv(hue, dice.between(0.04, 0.95), dice.between(0.5, 1.0))
    ground.fade(mix(tone, (255, 255, 255), 0.2), scaled(tone, 0.75))
    for _ in range(dice.whole(0, 22)):
        share = dice.between(0.06, 0.3)
        ground.dot(
            dice.chance(),
            dice.chance(),
            dice.between(0.02, 0.1),
            mix(tone, hsv(hue + dice.between(-0.1, 0.1), 0.3, 1.0), share),
        )


def _wallpaper(ground, dice, wall):
    other, step = (
        mix(wall, dice.pick(((255, 255, 255), (40, 30, 50))), 0.16),
        dice.between(0.08, 0.16),
    )
    for k in range(int(1 / step) + 1):
        if dice.chance() < 0.75:
            ground.box(k * step, 0, k * step + step * 0.45, 1, other)


def _window(ground, dice, floor):
    left, wide = dice.between(0.02, 0.55), dice.between(0.3, 0.5)
    low = floor - dice.between(0.08, 0.2)
    frame = dice.pick(((246, 244, 238), (120, 84, 56)))
    view = hsv(dice.between(0.5, 0.64), dice.between(0.2, 0.6), dice.between(0.7, 1))
    ground.box(left - 0.025, 0.04, left + wide + 0.025, low + 0.03, frame)
    ground.box(left, 0.07, left + wide, low, view)
    for k in range(4):
        ground.dot(
            left + wide * (k + 0.5) / 4,
            low,
            wide / 7,
            hsv(0.32, 0.5, dice.between(0.4, 0.7)),
            0.7,
        )
    ground.box(left - 0.025, low, left + wide + 0.025, low + 0.03, frame)
    ground.box(left + wide / 2 - 0.01, 0.06, left + wide / 2 + 0.01, low, frame)
    curtain = hsv(dice.chance(), 0.5, dice.between(0.5, 0.95))
    for x in (left - 0.1, left + wide - 0.02):
        ground.shape(
            [(x, 0), (x + 0.13, 0), (x + 0.1, floor - 0.04), (x - 0.02, floor - 0.04)], curtain
        )


def _pictures(ground, dice):
    for k in range(dice.whole(1, 3)):
        x, y, size = (
            0.06 + 0.32 * k + dice.between(0, 0.06),
            dice.between(0.06, 0.25),
            dice.between(0.18, 0.25),
        )
        ground.box(x, y, x + size, y + size * 1.1, dice.pick(WOODS))
        ground.box(
            x + 0.02,
            y + 0.02,
            x + size - 0.02,
            y + size * 1.1 - 0.02,
            hsv(dice.chance(), 0.35, 0.95),
        )
        ground.dot(
            x + size / 2, y + size * 0.62, size * 0.22, hsv(dice.chance(), 0.5, 0.7), 0.8
        )

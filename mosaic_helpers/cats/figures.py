"""The parts of a cat below its head, and the ways it sits, lies, walks and looks.

Each pose paints one whole cat.

A pose gets a brush whose origin is the middle of the head, and whose unit is
the head's radius. `ROOM` tells the easel how much room each pose wants.
"""

import math
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from .coats import WHITE, lay
from .dice import hsv, mix, scaled
from .faces import Face, paint_head, paint_head_from_behind


class Room(NamedTuple):
    """The box around a pose, in head radii around the head's middle; how far it may be cut."""

    left: float
    top: float
    right: float
    bottom: float
    weight: float
    fill: tuple = (0.66, 1.0)  # how much of the picture it fills
    margin: float = 0.5  # what may stick out of the box, in head radii


def shoulders(brush, coat, dice, wide):
    """Paint what is seen of a body below a face."""
    outline = [(0, 0.2), (0.8 * wide, 0.75), (1.15 * wide, 1.7), (1.25 * wide, 3.5), (0, 4)]
    outline += [(-x, y) for x, y in reversed(outline[1:-1])]
    body(brush, coat, dice, outline, (-1.2 * wide, 0.3, 1.2 * wide, 3))
    chest(brush, coat, 1.6, wide)
    shadow(brush, coat)


def body(brush, coat, dice, outline, box, belly=True):
    """Paint a body with this outline; its pattern covers `box`."""

    def pattern(inner):
        lay(inner, coat, dice, box, belly)

    brush.part(outline, coat.base, pattern, edge=coat.shade, fur=0.06)


def chest(brush, coat, low, wide=1.0):
    """Paint the lighter fur of the chest."""
    if coat.points or (sum(coat.base) < 150 and not coat.bib):
        return
    colour = coat.light if coat.bib else mix(coat.base, coat.light, 0.55)
    upper, lower = 0.5 * wide, 0.46 * wide
    outline = [(-upper, 0.75), (upper, 0.75), (lower, low), (0, low + 0.5), (-lower, low)]
    brush.blob(outline, colour, fur=0.06)


def shadow(brush, coat):
    """Paint the head's shadow on the chest."""
    factor = 0.72 if sum(coat.base) > 210 else 0.6
    brush.oval(0.03, 0.3, 0.9, 0.74, scaled(coat.base, factor))


def tail(brush, coat, points, width=0.5):
    """Paint a tail along these points."""
    brush.stroke(points, width + 0.06, coat.shade, (0.8, 0.55))
    brush.stroke(
        points, width, coat.dark if coat.points else coat.patch or coat.base, (0.8, 0.5)
    )
    x, y = points[-1]
    tip = WHITE if coat.bib else coat.patch or coat.base
    if coat.points or coat.stripes:
        tip = coat.dark
    brush.oval(x, y, width * 0.3, width * 0.3, tip)
    if coat.stripes or coat.spots:
        for (x0, y0), (x1, y1) in pairwise(points[1:]):
            for share in (0.2, 0.65):
                x, y = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
                turn = math.atan2(y1 - y0, x1 - x0)
                brush.oval(x, y, 0.09, width * 0.4, coat.dark, turn)


def leg(brush, coat, points, width):
    """Paint a leg along these points."""
    brush.stroke(points, width + 0.06, coat.shade, (0.6, 1))
    brush.stroke(points, width, coat.base, (0.7, 1))
    if coat.bib or coat.points:
        (x0, y0), (x1, y1) = points[-2:]
        brush.stroke([((x0 + x1) / 2, (y0 + y1) / 2), (x1, y1)], width * 0.96, coat.sock)


def paw(brush, coat, x, y, size=0.34):
    """Paint a paw and its toes."""
    brush.oval(x, y, size * 1.1, size * 0.72, coat.shade)
    brush.oval(x, y - 0.01, size * 1.02, size * 0.64, coat.sock)
    for toe in (-0.3, 0.3):
        brush.stroke(
            [(x + toe * size, y), (x + toe * size * 1.1, y + size * 0.5)],
            0.045,
            coat.shade,
            (0.2, 1),
        )


def collar(brush, dice, y, wide):
    """Paint a collar with a bell, on some cats."""
    if not dice.chance(0.22):
        return
    colour = hsv(dice.chance(), 0.75, 0.85)
    brush.stroke([(-wide, y - 0.25), (0, y + 0.12), (wide, y - 0.25)], 0.2, colour, (1, 1))
    brush.oval(0, y + 0.24, 0.13, 0.14, (236, 190, 70))
    brush.oval(-0.04, y + 0.2, 0.04, 0.04, (255, 240, 190))


def close_up(brush, coat, dice, dark):
    """A face that fills the picture."""
    shoulders(brush, coat, dice, 1.5)
    collar(brush, dice, 0.92, 0.78)
    paint_head(
        brush.moved(0, 0, 1, dice.between(-0.28, 0.28)), coat, Face.roll(dice, coat, dark), dice
    )


def portrait(brush, coat, dice, dark):
    """Head and shoulders."""
    shoulders(brush, coat, dice, 1.35)
    collar(brush, dice, 1.0, 0.8)
    paint_head(
        brush.moved(0, 0, 1, dice.between(-0.2, 0.2)), coat, Face.roll(dice, coat, dark), dice
    )


def sitting(brush, coat, dice, dark):
    """Sits and looks at us, the tail around its feet."""
    swing = dice.pick((-1, 1))
    tail(
        brush,
        coat,
        [(swing * 0.8, 3.0), (swing * 1.9, 3.2), (swing * 2.1, 2.3), (swing * 1.7, 1.5)],
    )
    outline = [
        (0, 0.3),
        (0.75, 0.8),
        (0.95, 1.7),
        (1.4, 2.6),
        (1.3, 3.25),
        (0.6, 3.45),
        (0, 3.4),
    ]
    body(
        brush,
        coat,
        dice,
        outline + [(-x, y) for x, y in reversed(outline[1:-1])],
        (-1.4, 0.6, 1.4, 3.4),
    )
    for side in (-1, 1):
        brush.stroke(
            [(side * 1.0, 2.35), (side * 0.72, 2.8), (side * 0.86, 3.3)],
            0.05,
            coat.shade,
            (0, 0.4),
        )
    chest(brush, coat, 1.5)
    for side in (-1, 1):
        leg(brush, coat, [(side * 0.42, 1.75), (side * 0.38, 2.5), (side * 0.36, 3.25)], 0.52)
        paw(brush, coat, side * 0.38, 3.32)
    collar(brush, dice, 0.86, 0.72)
    paint_head(
        brush.moved(0, 0, 1, dice.between(-0.22, 0.22)), coat, Face.roll(dice, coat, dark), dice
    )


def loaf(brush, coat, dice, dark):
    """Lies with its paws tucked in, like a loaf of bread."""
    side = dice.between(-0.5, 0.9)
    outline = [
        (-1.3, 0.9),
        (-0.9, 0.2),
        (0.4 + side, -0.28),
        (1.6 + side, 0.1),
        (2.05 + side, 0.95),
        (1.7 + side, 1.65),
        (0.3, 1.78),
        (-1.1, 1.6),
    ]
    body(brush, coat, dice, outline, (-1.4, -0.3, 2.1 + side, 1.8))
    tail(brush, coat, [(1.9 + side, 1.2), (1.7 + side, 1.62), (0.9, 1.75), (0.3, 1.68)], 0.36)
    chest(brush, coat, 1.0, 0.62)
    for x in (-0.42, 0.34):
        paw(brush, coat, x, 1.62, 0.36)
    shadow(brush, coat)
    asleep = dice.chance(0.3)
    paint_head(
        brush.moved(0, 0, 1, dice.between(-0.15, 0.15)),
        coat,
        Face.roll(dice, coat, dark, asleep),
        dice,
    )


def curled(brush, coat, dice, dark):
    """Sleeps, rolled up."""
    ring = [
        (math.cos(a) * 2.0 + 0.9, math.sin(a) * 1.5 + 0.25)
        for a in [k * math.pi / 5 for k in range(10)]
    ]
    body(brush, coat, dice, ring, (-1.1, -1.2, 2.9, 1.7))
    brush.stroke([(1.6, 0.2), (2.3, 0.6), (2.0, 1.3)], 0.06, coat.shade, (0, 0.3))
    tail(brush, coat, [(2.8, 0.6), (2.2, 1.62), (0.8, 1.75), (-0.4, 1.35)], 0.55)
    paw(brush, coat, 0.62, 0.98, 0.4)
    shadow(brush, coat)
    head = brush.moved(0, 0, 1, dice.between(-0.5, -0.1))
    paint_head(head, coat, Face.roll(dice, coat, dark, asleep=dice.chance(0.8)), dice)


def peeking(brush, coat, dice, dark):
    """Looks over an edge, paws first."""
    shoulders(brush, coat, dice, 1.2)
    paint_head(
        brush.moved(0, 0, 1, dice.between(-0.25, 0.25)), coat, Face.roll(dice, coat, dark), dice
    )
    colour = hsv(dice.chance(), dice.between(0.15, 0.7), dice.between(0.2, 0.9))
    top = dice.between(0.5, 0.72)
    brush.polygon([(-9, top), (9, top), (9, 9), (-9, 9)], colour)
    brush.polygon(
        [(-9, top), (9, top), (9, top + 0.14), (-9, top + 0.14)],
        mix(colour, (255, 255, 255), 0.25),
    )
    for side in (-1, 1):
        paw(brush, coat, side * dice.between(1.15, 1.4), top + 0.04, 0.4)


def walking(brush, coat, dice, dark):
    """Walks past, the tail up, and turns its head to us."""
    stride = dice.between(-0.3, 0.3)
    upright = [(3.4, 0.5), (4.0, -0.2), (3.9, -1.2), (4.3, -1.8)]
    tail(brush, coat, upright, 0.42)
    for x, lean in ((0.75, -stride), (3.1, stride)):
        leg(
            brush,
            replace(coat, base=scaled(coat.base, 0.8)),
            [(x, 1.2), (x + lean, 2.0), (x + lean, 2.75)],
            0.5,
        )
    outline = [
        (0, 0.2),
        (0.9, 0.0),
        (2.2, 0.08),
        (3.3, 0.05),
        (3.7, 0.7),
        (3.4, 1.5),
        (2.0, 1.72),
        (0.8, 1.7),
        (0.1, 1.3),
    ]
    body(brush, coat, dice, outline, (0, 0, 3.7, 1.7))
    for x, lean in ((0.5, stride), (3.2, -stride)):
        leg(brush, coat, [(x, 1.2), (x + lean * 0.6, 2.0), (x + lean, 2.8)], 0.56)
        paw(brush, coat, x + lean - 0.12, 2.9, 0.34)
    shadow(brush, coat)
    paint_head(
        brush.moved(0, 0, 1, dice.between(-0.2, 0.2)), coat, Face.roll(dice, coat, dark), dice
    )


def lying(brush, coat, dice, dark):
    """Lies on its side, one paw stretched out."""
    outline = [
        (0.1, 0.1),
        (1.2, 0.1),
        (2.6, -0.1),
        (3.6, 0.3),
        (3.8, 1.0),
        (3.0, 1.35),
        (1.4, 1.3),
        (0, 1.3),
    ]
    tail(brush, coat, [(3.6, 0.9), (4.4, 1.1), (4.8, 0.6), (5.2, 0.8)], 0.42)
    body(brush, coat, dice, outline, (0, -0.1, 3.8, 1.35))
    brush.stroke([(2.6, 0.5), (2.3, 0.95), (2.7, 1.3)], 0.06, coat.shade, (0, 0.3))
    leg(brush, coat, [(3.2, 1.05), (2.5, 1.3), (1.9, 1.32)], 0.46)
    leg(brush, coat, [(0.6, 0.9), (-0.2, 1.2), (-1.2, 1.25)], 0.48)
    paw(brush, coat, 1.85, 1.32, 0.34)
    paw(brush, coat, -1.3, 1.24, 0.36)
    shadow(brush, coat)
    paint_head(
        brush.moved(0, 0, 1, dice.between(-0.35, 0.1)), coat, Face.roll(dice, coat, dark), dice
    )


def from_behind(brush, coat, dice, dark):
    """Sits with its back to us and looks into the distance."""
    swing = dice.pick((-1, 1))
    outline = [(0, 0.2), (0.8, 0.7), (1.1, 1.7), (1.35, 2.7), (1.1, 3.35), (0, 3.45)]
    outline += [(-x, y) for x, y in reversed(outline[1:-1])]
    body(brush, coat, dice, outline, (-1.35, 0.4, 1.35, 3.4), belly=False)
    tail(
        brush,
        coat,
        [(0, 3.0), (swing * 0.9, 3.5), (swing * 1.8, 3.2), (swing * 2.2, 2.5)],
        0.45,
    )
    paint_head_from_behind(
        brush.moved(0, 0, 1, dice.between(-0.25, 0.25)), coat, Face.roll(dice, coat, dark), dice
    )


POSES = {
    close_up: Room(-1.15, -1.25, 1.15, 1.0, 22, (0.85, 1.3), 99),
    portrait: Room(-1.6, -1.5, 1.6, 2.0, 20, (0.75, 1.1)),
    sitting: Room(-2.0, -1.4, 2.0, 3.6, 16),
    loaf: Room(-1.6, -1.4, 2.5, 1.95, 13),
    curled: Room(-1.4, -1.4, 3.0, 1.95, 9),
    peeking: Room(-1.7, -1.5, 1.7, 0.95, 9, margin=99),
    walking: Room(-1.3, -1.5, 4.3, 3.1, 8),
    lying: Room(-1.8, -1.4, 4.9, 1.7, 7),
    from_behind: Room(-2.0, -1.4, 2.0, 3.6, 4),
}

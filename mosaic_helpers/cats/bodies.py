"""The parts of a cat below its head."""

import math
from itertools import pairwise

from .coats import WHITE, lay
from .dice import hsv, mix, scaled


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

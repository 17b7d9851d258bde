"""A cat's head: ears, eyes, nose, mouth and whiskers, one unit in radius."""

from dataclasses import dataclass

from .coats import PINK, WHITE
from .dice import mix, scaled

MIRRORED = (-1, 1)


@dataclass(frozen=True)
class Face:
    """What makes one cat's face its own."""

    wide: float  # the head's width
    ear: float  # the ears' height
    spread: float  # how far apart the ears are
    eye: float  # the eyes' size
    open: float  # 1 wide awake, 0 asleep
    pupil: float  # 0 a slit, 1 round
    gaze: tuple  # where the eyes look, each number -1 to 1
    iris: tuple
    odd: tuple  # the other eye's iris
    fluff: float  # how far the cheeks' fur stands out
    smile: float

    @classmethod
    def roll(cls, dice, coat, dark, asleep=False):
        """Return a face; in the dark pupils are wide."""
        iris = scaled(dice.pick(coat.eyes), dice.between(0.9, 1.12))
        awake = dice.weighted({1.0: 6, 0.75: 3, 0.5: 1.5, 0.0: 0.9})
        return cls(
            wide=dice.between(0.92, 1.1),
            ear=dice.between(0.85, 1.25),
            spread=dice.between(-0.06, 0.1),
            eye=dice.between(0.88, 1.18),
            open=0.0 if asleep else awake,
            pupil=dice.between(0.6, 1) if dark else dice.between(0.05, 0.8),
            gaze=(dice.between(-1, 1), dice.between(-0.6, 0.6)),
            iris=iris,
            odd=(110, 176, 226) if sum(coat.base) > 640 and dice.chance(0.2) else iris,
            fluff=dice.between(0.02, 0.065),
            smile=dice.between(0.7, 1.3),
        )


def paint_head(brush, coat, face, dice):
    """Paint a head, facing us, around the brush's origin."""
    _ears(brush, coat, face)
    wide = face.wide
    half = [(0.42, -0.78), (0.76, -0.5), (0.95, -0.06), (1.0, 0.34), (0.72, 0.68), (0.36, 0.86)]
    right = [(x * wide, y) for x, y in half]
    outline = [(0, -0.8), *right, (0, 0.9), *[(-x, y) for x, y in reversed(right)]]

    def pattern(inner):
        _markings(inner, coat, face, dice)

    brush.part(outline, coat.base, pattern, edge=coat.shade, fur=face.fluff)
    _muzzle(brush, coat, face)
    for side in MIRRORED:
        _eye(brush, coat, face, side)
    _whiskers(brush, coat, dice)


def paint_head_from_behind(brush, coat, face, dice):
    """Paint a head that looks away from us."""
    _ears(brush, coat, face, behind=True)
    outline = [(0, -0.8), (0.7, -0.55), (0.97, 0.1), (0.7, 0.7), (0, 0.9)]
    outline += [(-x, y) for x, y in reversed(outline[1:-1])]

    def pattern(inner):
        if coat.stripes:
            for x in (-0.4, -0.14, 0.14, 0.4):
                inner.stroke(
                    [(x * 0.8, -0.9), (x, -0.3), (x * 1.3, 0.3)], 0.13, coat.dark, (1, 0)
                )

    brush.part(outline, coat.base, pattern, fur=face.fluff)


def _ears(brush, coat, face, behind=False):
    inside = mix(coat.light if sum(coat.base) > 300 else coat.base, PINK, 0.55)
    for side in MIRRORED:
        tip = (side * (0.74 + face.spread) * face.wide, -0.62 - 0.72 * face.ear)
        base = coat.dark if coat.points else coat.base
        if coat.patches and side > 0:
            base = coat.patch
        outer, inner = side * 0.93 * face.wide, side * 0.14
        ear = [(inner, -0.62), ((inner + tip[0]) / 2 - side * 0.06, (tip[1] - 0.72) / 2 - 0.08)]
        ear += [tip, ((outer + tip[0]) / 2 + side * 0.06, (tip[1] - 0.2) / 2), (outer, -0.1)]
        brush.part(ear, base, edge=coat.shade)
        if behind:
            continue
        middle = ((inner + outer) / 2 + side * 0.03, -0.46)
        hollow = [
            (middle[0] + (x - middle[0]) * 0.62, middle[1] + (y - middle[1]) * 0.66)
            for x, y in ear
        ]
        brush.blob(hollow, inside)
        foot = hollow[0]
        brush.stroke(
            [
                (foot[0] - side * 0.02, -0.5),
                (foot[0] + side * 0.12, -0.75),
                (tip[0] - side * 0.16, tip[1] + 0.34),
            ],
            0.12,
            mix(inside, coat.light, 0.65),
            ends=(1, 0),
        )


def _markings(brush, coat, face, dice):
    if coat.patches:
        brush.blob(
            [(0.05, -1), (1.2, -1), (1.2, 0.3), (0.55, 0.22), (0.14, -0.2)],
            coat.patch,
            fur=0.04,
        )
        if dice.chance(0.7):
            brush.blob(
                [(-0.2, -1), (-1.2, -1), (-1.2, 0.2), (-0.62, 0.16), (-0.3, -0.3)],
                coat.dark,
                fur=0.04,
            )
    if coat.points:
        for share, size in ((0.15, 1.0), (0.3, 0.93), (0.47, 0.87), (0.65, 0.81), (0.82, 0.74)):
            brush.oval(0, 0.26, 0.8 * size, 0.72 * size, mix(coat.base, coat.dark, share))
    if coat.stripes or coat.spots:
        _forehead(brush, coat)
    if coat.bib:
        _blaze(brush, dice.between(0.05, 0.2))
    elif not coat.points:
        brush.oval(0, 0.62, 0.52, 0.36, mix(coat.base, coat.light, 0.6))
        for side in MIRRORED:
            brush.oval(side * 0.42, -0.06, 0.34, 0.31, mix(coat.base, coat.light, 0.3))
    if not (coat.stripes or coat.bib):
        brush.oval(0, -0.98, 0.7, 0.3, scaled(coat.base, 0.94))


def _blaze(brush, wide):
    """White from the forehead down to the mouth."""
    right = [(wide, -0.3), (0.2, 0.16), (0.62, 0.42), (0.56, 1)]
    brush.blob([(0, -0.75), *right, (0, 1.1), *[(-x, y) for x, y in reversed(right)]], WHITE)


# The M on the forehead of a tabby and the lines on its cheek, on the right: points, width.
_MARKS = (
    (((0.1, -0.95), (0.11, -0.66), (0.05, -0.32)), 0.1),
    (((0.36, -0.92), (0.3, -0.64), (0.16, -0.4)), 0.12),
    (((0.68, -0.72), (0.56, -0.48), (0.36, -0.34)), 0.1),
    (((1.15, 0.06), (0.86, 0.13), (0.66, 0.12)), 0.085),
    (((1.15, 0.26), (0.86, 0.33), (0.66, 0.32)), 0.085),
    (((1.15, 0.46), (0.86, 0.53), (0.66, 0.52)), 0.085),
)


def _forehead(brush, coat):
    for points, width in _MARKS:
        for side in MIRRORED:
            brush.stroke([(side * x, y) for x, y in points], width, coat.dark, (1, 0))


def _muzzle(brush, coat, face):
    """Paint nose, mouth and chin."""
    pale = WHITE if coat.bib else mix(coat.base, coat.light, 0.85)
    if coat.points:
        pale = mix(coat.dark, coat.base, 0.18)
    elif coat.patches:
        pale = coat.light
    line = mix(pale, (40, 24, 30), 0.62) if sum(pale) > 240 else mix(pale, (170, 165, 180), 0.4)
    brush.oval(0, 0.72, 0.2, 0.13, pale)
    for side in MIRRORED:
        brush.oval(side * 0.2, 0.54, 0.26, 0.2, pale)
    brush.stroke([(0, 0.4), (0, 0.54)], 0.035, line)
    for side in MIRRORED:
        bend = 0.6 + 0.07 * face.smile
        brush.stroke(
            [(0, 0.53), (side * 0.1, bend), (side * 0.25, bend - 0.05 * face.smile)],
            0.04,
            line,
            (1, 0),
        )
        for x, y in ((0.22, 0.5), (0.32, 0.53), (0.26, 0.6)):
            brush.oval(side * x, y, 0.014, 0.014, line)
    brush.blob(
        [(-0.13, 0.28), (0, 0.26), (0.13, 0.28), (0.09, 0.37), (0, 0.43), (-0.09, 0.37)],
        coat.nose,
    )
    brush.oval(-0.03, 0.305, 0.05, 0.018, mix(coat.nose, (255, 255, 255), 0.4))


def _eye(brush, coat, face, side):
    """Paint the left (-1) or the right (1) eye, open or shut."""
    x, y, size = side * 0.43 * face.wide, -0.02, 0.25 * face.eye
    rim = mix(coat.dark if coat.points else coat.base, (24, 14, 18), 0.8)
    if face.open == 0:
        line = (
            rim
            if sum(coat.base) > 210 and not coat.points
            else mix(coat.base, (190, 185, 200), 0.5)
        )
        brush.stroke(
            [(x - size, y), (x, y + size * 0.5), (x + size, y - 0.02)], 0.065, line, (0.3, 0.3)
        )
        return
    iris = face.odd if side > 0 else face.iris
    tall = size * (0.4 + 0.55 * face.open)
    turn = -0.16 * side
    brush.oval(x, y, size * 1.1, tall * 1.1, rim, turn)
    brush.oval(x, y, size, tall, scaled(iris, 0.72), turn)
    brush.oval(x, y + tall * 0.16, size * 0.88, tall * 0.8, iris, turn)
    brush.oval(
        x, y + tall * 0.42, size * 0.6, tall * 0.46, mix(iris, (255, 250, 210), 0.3), turn
    )
    gx, gy = x + face.gaze[0] * size * 0.14, y + face.gaze[1] * tall * 0.1
    brush.oval(
        gx,
        gy,
        size * (0.16 + 0.5 * face.pupil),
        tall * 0.9 * (0.9 if face.pupil > 0.6 else 1),
        (14, 12, 16),
    )
    brush.oval(x - size * 0.3, y - tall * 0.4, size * 0.2, tall * 0.22, (255, 255, 255))
    brush.oval(x + size * 0.28, y + tall * 0.42, size * 0.1, tall * 0.11, (235, 240, 250))
    brush.stroke(
        [(x - side * size * 0.85, y + tall * 0.3), (x - side * size * 1.18, y + tall * 0.7)],
        0.045,
        rim,
        (1, 0),
    )


def _whiskers(brush, coat, dice):
    """Paint three whiskers on either side."""
    colour = (250, 248, 244) if sum(coat.base) < 600 else (190, 180, 172)
    droop = dice.between(-0.08, 0.14)
    for side in MIRRORED:
        for k, start in enumerate((0.47, 0.54, 0.61)):
            far = dice.between(1.3, 1.55)
            fall = start + (k - 1) * 0.2 + droop
            brush.stroke(
                [
                    (side * 0.3, start),
                    (side * 0.85, (start + fall) / 2 - 0.04),
                    (side * far, fall + 0.05),
                ],
                0.024,
                colour,
                (1, 0.2),
            )

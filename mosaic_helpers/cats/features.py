"""The features of a cat's face: eyes, nose, mouth and whiskers."""

from .coats import WHITE
from .dice import mix, scaled

MIRRORED = (-1, 1)


def paint_muzzle(brush, coat, face):
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


def paint_eye(brush, coat, face, side):
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


def paint_whiskers(brush, coat, dice):
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

"""Where cats are outdoors: every scene paints a background, soft, as behind a lens.

A scene gets a `Ground` to paint on. Measures are shares of the width (x) and of
the height (y).
"""

from .dice import hsv, mix, scaled
from .ground import ledge


def garden(ground, dice):
    """Grass and flowers, and some sky or a hedge."""
    horizon = dice.between(0.15, 0.55)
    sky = hsv(dice.between(0.52, 0.62), dice.between(0.15, 0.6), dice.between(0.8, 1))
    ground.fade(sky, mix(sky, (255, 255, 240), 0.6), 0, horizon)
    green = dice.between(0.2, 0.42)
    grass = hsv(green, dice.between(0.45, 0.85), dice.between(0.4, 0.8))
    for k in range(9):
        ground.dot(
            k / 8,
            horizon,
            dice.between(0.08, 0.17),
            hsv(green + 0.03, 0.6, dice.between(0.3, 0.6)),
            1,
        )
    ground.fade(grass, scaled(grass, 0.7), horizon, 1)
    petal = dice.chance()
    for _ in range(70):
        x, y = dice.chance(), dice.between(horizon + 0.05, 1)
        blade = mix(
            grass, (240, 255, 140) if dice.chance(0.5) else (0, 50, 20), dice.between(0.1, 0.4)
        )
        ground.shape([(x, y), (x + 0.012, y), (x + dice.between(-0.03, 0.03), y - 0.12)], blade)
    for _ in range(dice.whole(0, 45)):
        x, y = dice.chance(), dice.between(horizon + 0.08, 1)
        size = 0.008 + 0.02 * y
        flower = hsv(petal + dice.between(-0.06, 0.06), dice.between(0.4, 0.9), 1.0)
        ground.dot(x, y, size, flower, 0.8)
        ground.dot(x, y, size * 0.3, (250, 220, 90), 0.8)


def sky(ground, dice):
    """Clouds, seen from a roof or a wall."""
    blue = hsv(dice.between(0.5, 0.64), dice.between(0.3, 0.85), dice.between(0.7, 1))
    ground.fade(blue, mix(blue, (255, 255, 255), 0.55))
    for _ in range(dice.whole(2, 5)):
        x, y, size = dice.chance(), dice.between(0.05, 0.6), dice.between(0.06, 0.13)
        for k in range(5):
            ground.dot(
                x + (k - 2) * size * 0.8,
                y - (0.3 if k in (1, 2, 3) else 0) * size,
                size,
                (250, 250, 252),
                0.7,
            )
    ledge(ground, dice, dice.between(0.8, 0.95))


def night(ground, dice):
    """Stars, a moon and the lit windows of a town."""
    hue, depth = dice.between(0.55, 0.8), dice.between(0.18, 0.45)
    top = hsv(hue, 0.75, depth * 0.7)
    ground.fade(top, hsv(hue + dice.between(-0.05, 0.1), 0.7, depth * 1.7))
    for _ in range(60):
        ground.dot(
            dice.chance(), dice.between(0, 0.75), dice.between(0.0, 0.006), (235, 235, 255)
        )
    if dice.chance(0.7):
        x, y, size = dice.between(0.1, 0.9), dice.between(0.1, 0.35), dice.between(0.06, 0.13)
        ground.dot(x, y, size * 1.35, mix(top, (255, 245, 210), 0.25))
        ground.dot(x, y, size, (255, 246, 214))
        if dice.chance(0.5):
            ground.dot(
                x + size * 0.45, y - size * 0.1, size * 0.85, mix(top, (255, 245, 210), 0.22)
            )
    x = 0.0
    while x < 1:
        wide, high = dice.between(0.1, 0.22), dice.between(0.62, 0.82)
        ground.box(x, high, x + wide, 1, scaled(top, 0.55))
        for k in range(4):
            if dice.chance(0.6):
                ground.box(
                    x + 0.02 + k % 2 * 0.05,
                    high + 0.04 + k // 2 * 0.09,
                    x + 0.045 + k % 2 * 0.05,
                    high + 0.085 + k // 2 * 0.09,
                    (255, 206, 110),
                )
        x += wide
    ledge(ground, dice, 0.9, scaled(top, 0.8))


def sunset(ground, dice):
    """An evening sky over hills."""
    warm = dice.between(0.92, 1.13)
    ground.fade(
        hsv(warm - 0.22, 0.6, dice.between(0.35, 0.8)),
        hsv(warm, dice.between(0.5, 0.85), 1.0),
        0,
        0.7,
    )
    x = dice.between(0.15, 0.85)
    ground.dot(x, 0.55, 0.15, hsv(warm + 0.04, 0.5, 1.0))
    ground.dot(x, 0.55, 0.1, (255, 240, 190))
    for k, level in enumerate((0.55, 0.4, 0.26)):
        y = 0.6 + k * 0.13
        hill = hsv(warm - 0.12, 0.6, level)
        points = [(j / 6, y + dice.between(-0.05, 0.05)) for j in range(7)]
        ground.shape([(0, 1), *points, (1, 1)], hill)


def autumn(ground, dice):
    """Fallen leaves."""
    ground.fade(hsv(dice.between(0.05, 0.14), 0.6, 0.75), hsv(0.06, 0.75, 0.42))
    for _ in range(150):
        x, y, size = dice.chance(), dice.chance(), dice.between(0.02, 0.06)
        leaf = hsv(dice.between(-0.03, 0.15), dice.between(0.65, 0.95), dice.between(0.45, 1))
        a, b = dice.between(-1, 1) * size, dice.between(-1, 1) * size
        ground.shape(
            [
                (x + a, y + b),
                (x - b * 0.5, y + a * 0.5),
                (x - a, y - b),
                (x + b * 0.5, y - a * 0.5),
            ],
            leaf,
        )


def snow(ground, dice):
    """Snow: a white field, firs, and flakes."""
    pale = hsv(dice.between(0.52, 0.7), dice.between(0.02, 0.25), dice.between(0.85, 1))
    ground.fade(pale, (250, 250, 253), 0, 0.6)
    for _ in range(dice.whole(0, 7)):
        x, high = dice.chance(), dice.between(0.15, 0.4)
        fir = mix((70, 110, 110), pale, dice.between(0.3, 0.75))
        for k in range(3):
            top = 0.62 - high + k * high / 4
            ground.shape(
                [
                    (x, top),
                    (x - 0.05 - k * 0.02, top + high / 2),
                    (x + 0.05 + k * 0.02, top + high / 2),
                ],
                fir,
            )
    ground.fade((248, 249, 253), (232, 237, 248), 0.6, 1)
    for _ in range(60):
        ground.dot(dice.chance(), dice.chance(), dice.between(0.002, 0.012), (255, 255, 255))


def sea(ground, dice):
    """Water, a beach, and the sky above."""
    hue, horizon = dice.between(0.46, 0.62), dice.between(0.25, 0.5)
    ground.fade(hsv(hue + 0.02, 0.35, 1.0), hsv(hue, 0.12, 1.0), 0, horizon)
    water = hsv(hue, dice.between(0.6, 0.95), dice.between(0.5, 0.85))
    ground.fade(water, mix(water, (200, 255, 240), 0.4), horizon, 0.8)
    for _ in range(30):
        x, y = dice.chance(), dice.between(horizon + 0.02, 0.78)
        ground.dot(x, y, dice.between(0.02, 0.06), mix(water, (255, 255, 255), 0.45), 0.08)
    sand = hsv(0.11, dice.between(0.2, 0.45), dice.between(0.8, 1))
    ground.shape([(0, 0.78), (0.3, 0.81), (0.7, 0.77), (1, 0.8), (1, 1), (0, 1)], sand)

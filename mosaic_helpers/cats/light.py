"""The light a picture is seen in: its colour, where it comes from, how bright it is."""

from typing import NamedTuple

from .dice import hsv, mix


class Light(NamedTuple):
    """A light, as colours that the picture is multiplied with from one corner to the other."""

    near: tuple
    far: tuple
    shade: tuple  # what the shaded side of a cat is multiplied with
    lift: float  # how far everything is lifted towards white
    dark: bool  # whether a cat's pupils are wide
    side: float  # -1 from the left, 1 from the right


def noon(dice):
    """Daylight."""
    return Light(
        (255, 253, 246),
        (240, 240, 246),
        (176, 172, 196),
        dice.between(0, 0.12),
        False,
        _side(dice),
    )


def golden(dice):
    """The hour before the sun goes down, when everybody takes photographs."""
    warm = mix((255, 236, 196), (255, 218, 160), dice.chance())
    return Light(
        warm, scaled_by(warm, dice.between(0.7, 0.95)), (164, 136, 128), 0.0, False, _side(dice)
    )


def lamp(dice):
    """A lamp in the evening."""
    warm = mix((255, 226, 168), (255, 190, 110), dice.chance())
    return Light(
        warm, scaled_by(warm, dice.between(0.4, 0.7)), (150, 112, 110), 0.0, True, _side(dice)
    )


def dusk(dice):
    """The sun just gone, warm on one side and cool on the other."""
    warm = mix((255, 176, 130), (255, 150, 170), dice.chance())
    return Light(
        warm,
        mix((150, 130, 210), (110, 110, 180), dice.chance()),
        (130, 100, 150),
        0.0,
        True,
        _side(dice),
    )


def moon(dice):
    """Moonlight: blue, and not much of it."""
    level = dice.between(0.5, 0.95)
    return Light(
        scaled_by((180, 200, 255), level),
        scaled_by((70, 84, 150), level),
        (84, 84, 130),
        0.0,
        True,
        _side(dice),
    )


def gloom(dice):
    """Hardly any light at all."""
    tone = hsv(dice.chance(), dice.between(0.05, 0.5), dice.between(0.42, 0.68))
    return Light(tone, scaled_by(tone, 0.5), (96, 90, 110), 0.0, True, _side(dice))


def bright(dice):
    """A bright, hazy morning."""
    tone = mix((255, 255, 255), hsv(dice.chance(), 0.25, 1.0), dice.chance())
    return Light(
        (255, 255, 255), tone, (214, 208, 222), dice.between(0.3, 0.62), False, _side(dice)
    )


def coloured(dice):
    """Light of one colour, as from a neon sign, a curtain, or a red blanket."""
    hue = dice.hue()
    # Blue-green looks pale unless it is strong: screens have little of it to give.
    strong = 0.25 if 0.45 < hue % 1 < 0.6 else 0.0
    near = hsv(hue, dice.between(0.35, 0.8) * (1 - strong) + strong, 1.0)
    far = hsv(
        hue + dice.between(-0.05, 0.05),
        dice.between(0.5 + strong, 0.9),
        dice.between(0.7 + strong, 1),
    )
    lift = dice.between(0, 0.1) * (1 - 4 * strong)
    return Light(near, far, (150, 130, 160), lift, dice.chance(0.5), _side(dice))


def scaled_by(colour, factor):
    """Return a colour dimmed by a factor."""
    return tuple(int(part * factor + 0.5) for part in colour)


def _side(dice):
    return -1.0 if dice.chance(0.5) else 1.0

"""Chance that is the same everywhere, and the little arithmetic of colours."""

import colorsys

import numpy as np

WARM = 0.55  # share of the hues that are between orange and straw


class Dice:
    """Random choices for one picture, decided by a seed and the picture's number.

    Only uniform numbers are drawn, a block at a time: they come straight from the
    bits of the generator and so are equal on every platform, and a plain Python
    list of them costs a tenth of asking numpy for one after the other.

    Parameters
    ----------
    seed, index : int
        Which collection, and which of its pictures.
    """

    def __init__(self, seed, index):
        self._generator = np.random.default_rng([seed, index])
        self._numbers = []
        self.theme = None

    def chance(self, share=None):
        """Return a number in [0, 1), or whether it fell below `share`."""
        if not self._numbers:
            self._numbers = self._generator.random(256).tolist()
        number = self._numbers.pop()
        return number if share is None else number < share

    def hue(self):
        """Return a hue, often a warm one; in a picture that has a theme, one close to it.

        Wood, sand, brick, skin and lamplight: most of what people photograph is warm.
        """
        if self.theme is None:
            return self.between(0.04, 0.13) if self.chance(WARM) else self.chance()
        return self.theme + self.between(-0.04, 0.04)

    def between(self, low, high):
        """Return a number between `low` and `high`."""
        return low + (high - low) * self.chance()

    def whole(self, low, high):
        """Return a whole number from `low` to `high`, both included."""
        return low + int((high - low + 1) * self.chance())

    def pick(self, things):
        """Return one of a sequence of things."""
        return things[int(len(things) * self.chance())]

    def weighted(self, weights):
        """Return one key of a mapping from things to their weights."""
        left = self.chance() * sum(weights.values())
        for thing, weight in weights.items():
            left -= weight
            if left < 0:
                return thing
        return thing


def hsv(hue, saturation, value):
    """Return an RGB colour of whole numbers; hue, saturation and value are 0 to 1."""
    return tuple(
        int(255 * part + 0.5) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value)
    )


def mix(one, other, share):
    """Return the colour that has gone `share` of the way from `one` to `other`."""
    (r, g, b), (red, green, blue) = one, other
    return (
        int(r + (red - r) * share + 0.5),
        int(g + (green - g) * share + 0.5),
        int(b + (blue - b) * share + 0.5),
    )


def scaled(colour, factor):
    """Return the colour made darker (factor below 1) or lighter (above 1)."""
    return tuple(min(255, int(part * factor + 0.5)) for part in colour)

"""A picture to paint a scene on, and what several scenes have in common."""

from PIL import Image, ImageDraw

from .dice import mix

WOODS = ((150, 104, 66), (110, 74, 48), (196, 158, 112), (84, 60, 46), (214, 190, 156))


class Ground:
    """A picture to paint a scene on, measured in shares of its sides."""

    def __init__(self, size):
        self.image = Image.new("RGB", size)
        self.draw = ImageDraw.Draw(self.image)
        self.wide, self.high = size

    def box(self, left, top, right, bottom, fill):
        """Fill a rectangle."""
        w, h = self.wide, self.high
        self.draw.rectangle(
            (int(left * w), int(top * h), int(right * w), int(bottom * h)), fill
        )

    def dot(self, x, y, size, fill, flat=1.0):
        """Fill an ellipse; `size` is its radius as a share of the width."""
        x, y, across = int(x * self.wide), int(y * self.high), int(size * self.wide) + 1
        down = max(1, int(across * flat))
        self.draw.ellipse((x - across, y - down, x + across, y + down), fill)

    def shape(self, points, fill):
        """Fill a polygon."""
        self.draw.polygon([(int(x * self.wide), int(y * self.high)) for x, y in points], fill)

    def fade(self, top, bottom, start=0.0, end=1.0, bands=40):
        """Fill the picture between two heights with a gradient."""
        step = (end - start) / bands
        for k in range(bands):
            colour = mix(top, bottom, k / (bands - 1))
            self.box(0, start + k * step, 1, start + (k + 1) * step, colour)


def ledge(ground, dice, top, colour=None):
    """Paint a wall or a board to sit on."""
    colour = colour or mix(dice.pick(WOODS), (200, 190, 190), dice.chance())
    ground.box(0, top, 1, 1, colour)
    ground.box(0, top, 1, top + 0.02, mix(colour, (255, 255, 255), 0.3))

"""The coats that cats come in, and how each pattern is laid on a shape."""

from dataclasses import dataclass, replace

from .dice import mix, scaled

WHITE = (244, 240, 233)
PINK = (226, 148, 146)


@dataclass(frozen=True)
class Coat:
    """One cat's colours and pattern; every colour is (red, green, blue)."""

    base: tuple
    dark: tuple  # stripes, spots, points, first patches
    light: tuple  # muzzle, chest, belly
    patch: tuple | None = None  # second patches
    stripes: bool = False
    spots: bool = False
    patches: int = 0
    points: bool = False
    bib: bool = False  # white chest, blaze and socks
    nose: tuple = PINK
    eyes: tuple = ((198, 170, 50), (140, 176, 70), (214, 138, 42), (96, 160, 110))

    @property
    def shade(self):
        """The colour of lines and folds: darker, or lighter on a coat too dark for that."""
        if sum(self.base) < 210:
            return mix(self.base, (150, 150, 175), 0.27)
        return mix(self.base, (52, 30, 44), 0.36)

    @property
    def sock(self):
        """The colour of the paws."""
        if self.bib:
            return WHITE
        return self.dark if self.points else mix(self.base, self.light, 0.45)

    def varied(self, dice):
        """Return this coat a little lighter or darker, warmer or cooler."""
        light, warm = dice.between(0.86, 1.1), dice.between(-0.05, 0.05)
        tone = [light * (1 + warm), light, light * (1 - warm)]

        def shift(colour):
            return colour and tuple(
                min(255, int(c * t + 0.5)) for c, t in zip(colour, tone, strict=True)
            )

        return replace(
            self, base=shift(self.base), dark=shift(self.dark), patch=shift(self.patch)
        )


BLUE_EYES = ((92, 156, 220), (120, 186, 232), (70, 128, 204))
BLACK, GINGER, GREY = (38, 35, 40), (222, 134, 58), (128, 134, 148)

COATS = {
    "brown tabby": Coat((158, 124, 88), (74, 52, 38), (222, 200, 168), stripes=True),
    "silver tabby": Coat((176, 178, 180), (74, 76, 84), (228, 228, 226), stripes=True),
    "ginger tabby": Coat(GINGER, (176, 84, 28), (250, 220, 176), stripes=True),
    "tabby and white": Coat((150, 120, 90), (70, 52, 40), WHITE, stripes=True, bib=True),
    "ginger and white": Coat((228, 146, 70), (186, 96, 36), WHITE, stripes=True, bib=True),
    "black": Coat(BLACK, (24, 22, 27), (56, 52, 60), nose=(70, 60, 64)),
    "white": Coat(
        (243, 240, 234), (226, 220, 212), (252, 250, 246), eyes=(*BLUE_EYES, (206, 176, 60))
    ),
    "tuxedo": Coat((42, 40, 46), (28, 26, 32), WHITE, bib=True),
    "grey and white": Coat((124, 130, 142), (90, 96, 108), WHITE, bib=True),
    "blue": Coat((120, 128, 146), (92, 98, 116), (152, 160, 176), nose=(96, 92, 106)),
    "smoke": Coat((88, 88, 98), (46, 46, 54), (196, 196, 202), nose=(84, 74, 80)),
    "cream": Coat((238, 208, 168), (214, 172, 122), (252, 240, 220), stripes=True),
    "calico": Coat(WHITE, (44, 40, 42), (252, 248, 242), (226, 138, 62), patches=7),
    "tortoiseshell": Coat(
        (56, 44, 42), (28, 24, 26), (120, 78, 48), (186, 102, 44), patches=14
    ),
    "black and white": Coat(WHITE, BLACK, (252, 250, 246), BLACK, patches=5),
    "siamese": Coat(
        (232, 216, 192),
        (84, 62, 54),
        (246, 238, 222),
        points=True,
        nose=(88, 66, 62),
        eyes=BLUE_EYES,
    ),
    "flame point": Coat(
        (246, 230, 206), (224, 142, 82), (253, 246, 234), points=True, eyes=BLUE_EYES
    ),
    "blue point": Coat(
        (226, 226, 228), (122, 130, 148), (244, 244, 244), points=True, eyes=BLUE_EYES
    ),
    "bengal": Coat((206, 154, 92), (70, 44, 28), (244, 220, 176), spots=True),
    "chocolate": Coat((98, 66, 50), (66, 42, 34), (128, 90, 68), nose=(108, 72, 64)),
}


def lay(brush, coat, dice, box, belly=True):
    """Lay the coat's pattern over `box` = (left, top, right, bottom) of a body's cut-out."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    if belly and not coat.bib:
        brush.oval(
            left + wide / 2, bottom, wide * 0.36, high * 0.3, mix(coat.base, coat.light, 0.4)
        )
    if coat.patches:
        _patches(brush, coat, dice, box)
    if coat.stripes:
        _stripes(brush, coat, dice, box)
    if coat.spots:
        _spots(brush, coat, dice, box)
    if coat.points:
        soft = mix(coat.base, coat.dark, 0.22)
        brush.oval(left, bottom, wide * 0.4, high * 0.4, soft)
        brush.oval(right, bottom, wide * 0.4, high * 0.4, soft)


def _patches(brush, coat, dice, box):
    left, top, right, bottom = box
    size = 0.9 if coat.patches < 10 else 0.5
    for k in range(coat.patches):
        x, y = dice.between(left, right), dice.between(top, bottom)
        colour = coat.patch if k % 2 else coat.dark
        ring = [
            (0, -1),
            (0.8, -0.7),
            (1, 0.1),
            (0.6, 0.8),
            (-0.2, 1),
            (-0.9, 0.5),
            (-0.9, -0.4),
        ]
        radius = [size * dice.between(0.45, 1.1) for _ in ring]
        outline = [(x + a * r, y + b * r) for (a, b), r in zip(ring, radius, strict=True)]
        brush.blob(outline, colour, fur=0.05)


def _stripes(brush, coat, dice, box):
    left, top, right, bottom = box
    high = bottom - top
    step = dice.between(0.36, 0.5)
    soft = mix(coat.base, coat.dark, 0.8)
    for k in range(int((right - left) / step) + 1):
        x = left + (k + dice.between(0.2, 0.5)) * step
        lean = (x - (left + right) / 2) * 0.16
        reach = dice.between(0.4, 0.75)
        points = [
            (x - lean, top - 0.1),
            (x + dice.between(-0.1, 0.1), top + high * reach * 0.5),
            (x + lean, top + high * reach),
        ]
        brush.stroke(points, step * dice.between(0.34, 0.5), soft, ends=(1, 0))


def _spots(brush, coat, dice, box):
    left, top, right, bottom = box
    step = 0.52
    middle = scaled(mix(coat.base, coat.dark, 0.35), 1.05)
    for row in range(int((bottom - top) / step) + 1):
        for column in range(int((right - left) / step) + 1):
            x = left + (column + dice.between(0.1, 0.5) + row % 2 * 0.5) * step
            y = top + (row + dice.between(0.2, 0.6)) * step
            size = dice.between(0.11, 0.2)
            turn = dice.between(-0.6, 0.6)
            brush.oval(x, y, size * 1.25, size, coat.dark, turn)
            brush.oval(x + 0.02, y + 0.01, size * 0.62, size * 0.45, middle, turn)

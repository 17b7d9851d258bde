"""Answers to the exercises of notebook 00."""

import math
from fractions import Fraction

from . import right, wrong


@right("grid")
def rounds(across, width, height):
    return across * round(across * height / width)


@right("grid")
def counts_in_fractions(across, width, height):
    cell = Fraction(width, across)
    rows = int(height / cell + Fraction(1, 2))
    return sum(1 for _ in range(rows) for _ in range(across))


@wrong("grid", "added rows and columns")
def adds(across, width, height):
    return across + round(across * height / width)


@wrong("grid", "in all")
def gives_both(across, width, height):
    return across, round(across * height / width)


@wrong("grid", "as many rows as columns")
def squares(across, width, height):
    return across**2


@wrong("grid", "Which of its sides")
def upside_down(across, width, height):
    return across * round(across * width / height)


@wrong("grid", "nearest whole number")
def cuts_off(across, width, height):
    return across * int(across * height / width)


@wrong("grid", "before you multiply")
def rounds_too_late(across, width, height):
    return round(across * across * height / width)


@right("uses")
def rounds_up(cells, photos):
    return math.ceil(cells / photos)


@right("uses")
def goes_round(cells, photos):
    turns = 0
    while turns * photos < cells:
        turns += 1
    return turns


@right("uses")
def divides_with_a_minus(cells, photos):
    return -(-cells // photos)


@wrong("uses", "Turn it round")
def upside_down_too(cells, photos):
    return photos / cells


@wrong("uses", "a whole number of times")
def gives_a_fraction(cells, photos):
    return cells / photos


@wrong("uses", "stay empty")
def rounds_down(cells, photos):
    return cells // photos


@wrong("uses", "one cell stays empty")
def rounds_to_the_nearest(cells, photos):
    return round(cells / photos)


@wrong("uses", "once more than needed")
def always_one_more(cells, photos):
    return cells // photos + 1

"""Answers to the exercises of notebook 00."""

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


@wrong("grid", "all in all")
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

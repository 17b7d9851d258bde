"""Checks of notebook 00."""

from .arrays import one_number
from .verdict import call, expect


def grid(count_cells):
    """``count_cells(across, width, height)``: how many cells a grid has."""
    square = call(count_cells, 30, 600, 600)
    expect(
        not isinstance(square, tuple),
        "Two numbers came back. How many cells are there, all in all?",
    )
    square = one_number(square, "how many cells there are")
    expect(
        square != 60,
        "You added rows and columns. Draw a grid of 2 × 3 and count its cells.",
    )
    expect(
        square == 900,
        f"A square picture, 30 cells across, gave {square}. How many rows has it, if its "
        "cells are square, too?",
    )
    yield "right for a square picture"
    landscape = call(count_cells, 36, 450, 300)
    expect(
        landscape != 36 * 36,
        "You have as many rows as columns, whatever the shape. A picture that is wider than "
        "high needs fewer rows.",
    )
    expect(
        landscape != 36 * 54,
        "The picture came out higher than wide. Which of its sides do the rows divide?",
    )
    expect(
        landscape != 36 * (300 / 450) * 36 or isinstance(landscape, int),
        "Almost: a number of cells is a whole number. Round the number of rows.",
    )
    expect(landscape == 36 * 24, f"450 × 300 pixels, 36 cells across, gave {landscape}.")
    yield "right for a picture that is wider than high"
    uneven = call(count_cells, 100, 448, 300)
    expect(
        uneven == 6700,
        f"448 × 300 pixels, 100 cells across, gave {uneven}: the rows come out as 66.96. "
        "Round them to the nearest whole number, before you multiply.",
    )
    yield "and for one whose rows do not come out even"

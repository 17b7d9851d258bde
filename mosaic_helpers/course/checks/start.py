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


def uses(uses_of_each):
    """``uses_of_each(cells, photos)``: how often each photo must be used at most."""
    even = one_number(call(uses_of_each, 600, 200), "how often each photo is used")
    expect(even != 200 / 600, "Turn it round: which of the two numbers has to be shared out?")
    expect(
        even != 4,
        "600 cells and 200 photos gave 4: once more than needed, as they go round evenly.",
    )
    expect(even == 3, f"600 cells and 200 photos gave {even}. How many turns has each photo?")
    yield "right if the photos go round evenly"
    uneven = call(uses_of_each, 860, 494)
    expect(
        uneven != 860 / 494,
        f"860 cells and 494 photos gave {uneven}, and a photo is used a whole number of times.",
    )
    expect(uneven != 1, "860 cells, 494 photos, each used once: how many cells stay empty?")
    expect(uneven == 2, f"860 cells and 494 photos gave {uneven}.")
    close = call(uses_of_each, 1001, 500)
    expect(
        close == 3,
        f"1,001 cells and 500 photos gave {close}: one cell stays empty. Rounding goes to the "
        "nearest number; which way must this one go?",
    )
    yield "and if they do not"
    plenty = call(uses_of_each, 6700, 10_000)
    expect(plenty == 1, f"More photos than cells, and each is used {plenty} times?")
    yield "and if there are more photos than cells"

"""Checks of notebook 00."""

from .arrays import as_number, expect_answer
from .verdict import call, expect, expect_no_mistake


def grid(count_cells):
    """``count_cells(across, width, height)``: how many cells a grid has."""
    square = call(count_cells, 30, 600, 600)
    expect(
        not isinstance(square, tuple),
        "Your function returned two numbers. How many cells are there in all?",
    )
    square = as_number(square, "the number of cells")
    mistakes = {
        "You added rows and columns. Draw a grid of 2 × 3 and count its cells.": square == 60,
        f"A square picture with 30 columns gave {square}. The cells are square, too: how many "
        "rows are there?": square != 900,
    }
    expect_no_mistake(mistakes)
    yield "right for a square picture"
    landscape = as_number(call(count_cells, 36, 450, 300), "the number of cells")
    mistakes = {
        "Your grid has as many rows as columns. A picture that is wider than high needs fewer "
        "rows.": landscape == 36 * 36,
        "Your grid is higher than wide, but the picture is wider than high. Which of its sides "
        "do the rows divide?": landscape == 36 * 54,
        "Almost: a number of cells is a whole number. Round the number of rows.": (
            landscape == 36 * 24 and not isinstance(landscape, int)
        ),
        f"450 × 300 pixels and 36 columns gave {landscape}.": landscape != 36 * 24,
    }
    expect_no_mistake(mistakes)
    yield "right for a picture that is wider than high"
    uneven = as_number(call(count_cells, 100, 448, 300), "the number of cells")
    expect(
        uneven == 6700,
        f"448 × 300 pixels and 100 columns gave {uneven}. There is room for 66.96 rows: round "
        "this to the nearest whole number before you multiply.",
    )
    yield "right where the number of rows must be rounded"


def uses(uses_of_each):
    """``uses_of_each(cells, photos)``: how often each photo must be used at most."""
    wanted = "how often each photo is used"
    even = as_number(call(uses_of_each, 600, 200), wanted)
    mistakes = {
        "Turn it round: which of the two numbers has to be shared out?": 200 / 600,
        "600 cells and 200 photos gave 4. That is once more than needed: 600 is a multiple of "
        "200.": 4,
    }
    advice = f"600 cells and 200 photos gave {even}. How often must each photo be used?"
    expect_answer(even, 3, advice, mistakes)
    yield "right if cells is a multiple of photos"
    uneven = as_number(call(uses_of_each, 860, 494), wanted)
    gave = f"860 cells and 494 photos gave {uneven}."
    mistakes = {
        f"{gave} A photo is used a whole number of times.": 860 / 494,
        "860 cells, 494 photos, each used once: how many cells stay empty?": 1,
    }
    expect_answer(uneven, 2, gave, mistakes)
    close = as_number(call(uses_of_each, 1001, 500), wanted)
    expect(
        close == 3,
        f"1,001 cells and 500 photos gave {close}: one cell stays empty. round() goes to the "
        "nearest whole number. Which way must you round here?",
    )
    yield "right if it is not"
    plenty = as_number(call(uses_of_each, 6700, 10_000), wanted)
    expect(
        plenty == 1,
        f"There are more photos than cells. Why should each be used {plenty} times?",
    )
    yield "right if there are more photos than cells"

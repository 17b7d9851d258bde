"""What a learner's function returned, as numbers: in any form that makes sense."""

from collections.abc import MappingView

import numpy as np

from .verdict import CheckFailed, expect, expect_no_mistake


def as_array(result, wanted):
    """Return an answer as an array of bool, int or float; `wanted` says what it should be."""
    kind = type(result).__name__
    expect(
        not hasattr(result, "__next__"),
        f"Your function returned a {kind}, which can be gone through only once. Make a list "
        f"or an array of it. It should return {wanted}.",
    )
    try:
        found = np.asarray(list(result) if isinstance(result, MappingView) else result)
    except Exception:  # rows of different lengths, and stranger things
        found = np.array(None)
    expect(
        found.dtype.kind in "biuf",
        f"Your function returned a value of type {kind}. It should return {wanted}.",
    )
    return found


def as_number(result, wanted):
    """Return an answer that must be a single number."""
    found = as_array(result, wanted)
    mistakes = {
        f"Your function returned {found.size} numbers, of shape {found.shape}. It should "
        f"return {wanted}: a single number.": found.size != 1,
        f"Your function returned {found}. It should return {wanted}: a number.": (
            found.dtype.kind == "b"
        ),
    }
    expect_no_mistake(mistakes)
    return found.item()


def as_indices(result, wanted, count):
    """Return an answer that must be whole numbers from 0 to ``count`` - 1."""
    found = as_array(result, wanted)
    expect(
        found.dtype.kind != "b",
        f"Your function returned only True and False. It should return {wanted}: whole "
        "numbers.",
    )
    fractions = found[found != np.round(found)]
    fraction = next(iter(fractions), 0)
    low, high = found.min(initial=0), found.max(initial=0)
    mistakes = {
        f"One of the numbers is {fraction:.3g}: that may be a distance or a cost. Your "
        f"function should return {wanted}: whole numbers.": fractions.size,
        f"The numbers go from {low:g} to {high:g}, but there are {count} to choose from, "
        f"counted from 0. Your function should return {wanted}.": low < 0 or high >= count,
    }
    expect_no_mistake(mistakes)
    return found.astype(int)


def is_close(found, other, tolerance=1e-6):
    """Whether two answers are the same, but for rounding in the arithmetic."""
    return np.shape(found) == np.shape(other) and np.allclose(found, other, 0, tolerance)


def expect_answer(found, right, advice, mistakes, tolerance=1e-6):
    """Go on only if an answer is right; known mistakes, {advice: wrong answer}, come first."""
    if not is_close(found, right, tolerance):
        expect_no_mistake({a: is_close(found, m, tolerance) for a, m in mistakes.items()})
        raise CheckFailed(advice)

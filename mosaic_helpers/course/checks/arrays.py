"""What a learner's function returned, as numbers: in any form that makes sense."""

import math
from collections.abc import MappingView

import numpy as np

from .verdict import CheckFailed, expect


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
    expect(
        found.size == 1,
        f"Your function returned {found.size} numbers, of shape {found.shape}. It should "
        f"return {wanted}: a single number.",
    )
    expect(
        found.dtype.kind != "b",
        f"Your function returned {found}. It should return {wanted}: a number.",
    )
    return found.item()


def as_indices(result, wanted, count):
    """Return an answer that must be whole numbers from 0 to ``count`` - 1."""
    found = as_array(result, wanted)
    expect(
        found.dtype.kind != "b",
        f"Your function returned only True and False. It should return {wanted}: whole "
        "numbers.",
    )
    if not np.array_equal(found, np.round(found)):
        raise CheckFailed(
            f"One of the numbers is {found[found != np.round(found)][0]:.3g}: that may be a "
            f"distance or a cost. Your function should return {wanted}: whole numbers."
        )
    expect(
        not found.size or (found.min() >= 0 and found.max() < count),
        f"The numbers go from {found.min(initial=0):g} to {found.max(initial=0):g}, but there "
        f"are {count} to choose from, counted from 0. Your function should return {wanted}.",
    )
    return found.astype(int)


def is_close(one, other):
    """Whether two numbers are the same, but for rounding in the arithmetic."""
    return math.isclose(one, other, rel_tol=1e-6)


def expect_no_mistake(found, mistakes, tolerance=1e-6):
    """Go on only if an answer is none of those of known mistakes: {advice: wrong answer}."""
    for advice, wrong in mistakes.items():
        if np.shape(found) == np.shape(wrong) and np.allclose(found, wrong, 0, tolerance):
            raise CheckFailed(advice)

"""What a learner's function gave back, as an array: in whatever form, if it has the sense."""

from collections.abc import MappingView

import numpy as np

from .verdict import Look


def numbers(result, wanted):
    """Return an answer as an array of numbers, or say what came instead.

    Parameters
    ----------
    result : object
        Whatever came back: a number, a list, a tuple or an array will do.
    wanted : str
        What should have come.

    Returns
    -------
    numpy.ndarray of bool, int or float

    Raises
    ------
    Look
        If there is no array in it.
    """
    kind = type(result).__name__
    if hasattr(result, "__next__"):
        raise Look(
            f"A {kind} came back, which is still to be run and can be run only once. Make a "
            f"list or an array of it: wanted is {wanted}."
        )
    try:
        found = np.asarray(list(result) if isinstance(result, MappingView) else result)
    except Exception:  # lists of lists that have several lengths, and stranger things
        found = np.array(None)
    if found.dtype.kind not in "biuf":
        raise Look(f"Something of the type {kind} came back. Wanted is {wanted}.")
    return found


def one_number(result, wanted):
    """Return an answer that must be a single number."""
    found = numbers(result, wanted)
    if found.size != 1:
        raise Look(
            f"{found.size} numbers came back, in the shape {found.shape}. Wanted is {wanted}: "
            "a single number."
        )
    return found.item()


def indices(result, wanted, below):
    """Return an answer that must be whole numbers from 0 to ``below`` - 1."""
    found = numbers(result, wanted)
    if found.dtype.kind == "b":
        raise Look(f"Only True and False came back. Wanted is {wanted}: whole numbers.")
    if not np.array_equal(found, np.round(found)):
        raise Look(
            f"Among what came back is {found[found != np.round(found)][0]:.3g}: that may be a "
            f"distance or a cost. Wanted is {wanted}: whole numbers."
        )
    if found.size and not (found.min() >= 0 and found.max() < below):
        raise Look(
            f"The numbers that came back go from {found.min():g} to {found.max():g}, but there "
            f"are {below} to choose from, numbered from 0. Wanted is {wanted}."
        )
    return found.astype(int)


def like_none(found, mistakes, within=1e-9):
    """Go on only if an answer is none of those that known mistakes give.

    Parameters
    ----------
    found : array_like
        What came back.
    mistakes : dict of str to array_like
        What each mistake gives, by the advice that it needs.
    within : float
        How near is the same.
    """
    for advice, result in mistakes.items():
        if np.shape(found) == np.shape(result) and np.allclose(found, result, 0, within):
            raise Look(advice)

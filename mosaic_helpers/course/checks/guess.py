"""Predict, then measure: compare a guess with the measurement."""

from __future__ import annotations

from types import EllipsisType
from typing import SupportsFloat

from ...errors import MosaicError


def compare_guess(
    guess: SupportsFloat | EllipsisType | None, measured: float, unit: str = "s"
) -> str:
    """Say how far a guess was from the measurement.

    Parameters
    ----------
    guess : float or None
        What was predicted, above zero; None or ``...`` if nothing was.
    measured : float
        What was measured, above zero.
    unit : str
        The unit of both; seconds if not given.

    Returns
    -------
    str
        Two lines: the guess, and the measurement. JupyterLab shows the first line of an
        output that is folded away, so that line does not give away the second.

    Raises
    ------
    MosaicError
        If the guess is not a number above zero.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> print(mh.compare_guess(2, 3))
    You said 2 s.
    It was 3 s: 1.5 times as much.
    >>> print(mh.compare_guess(400, 100, "MB"))
    You said 400 MB.
    It was 100 MB: 4 times less.
    """
    result = f"It was {measured:.3g} {unit}".strip()
    if guess is None or isinstance(guess, EllipsisType):
        return f"You made no guess: replace the dots with a number.\n{result}."
    try:
        number = float(guess)
    except (TypeError, ValueError):
        number = 0
    if not 0 < number < float("inf"):
        raise MosaicError(f"A guess is a number above zero, not {guess!r}.")
    ratio = measured / number
    if 0.8 <= ratio <= 1.25:
        comparison = "well guessed"
    elif ratio > 1:
        comparison = f"{ratio:.2g} times as much"
    else:
        comparison = f"{1 / ratio:.2g} times less"
    return f"You said {number:.3g} {unit}".strip() + f".\n{result}: {comparison}."

"""Predict, then measure: hold a guess against what came out."""

from ...errors import MosaicError


def compare_guess(guess, measured, unit="s"):
    """Say how far a guess was from the measurement.

    Parameters
    ----------
    guess : float or None
        What was predicted; None or ``...`` if nothing was.
    measured : float
        What came out.
    unit : str
        Of both.

    Returns
    -------
    str
        Two lines: the guess, and what it was. JupyterLab shows the first line of an output
        that is folded away, so that is not to give away the second.

    Raises
    ------
    MosaicError
        If the guess is no positive number.

    Examples
    --------
    >>> print(compare_guess(2, 3))
    You said 2 s.
    It was 3 s: 1.5 times as much.
    """
    was = f"{measured:.3g} {unit}".strip()
    if guess is None or guess is ...:
        return f"You made no guess: put a number in the place of the dots.\nIt was {was}."
    try:
        said = float(guess)
    except (TypeError, ValueError):
        said = 0
    if not 0 < said < float("inf"):
        raise MosaicError(f"A guess is a number above zero, not {guess!r}.")
    ratio = measured / said
    if 0.8 <= ratio <= 1.25:
        how = "well guessed"
    elif ratio > 1:
        how = f"{ratio:.2g} times as much"
    else:
        how = f"{1 / ratio:.2g} times less"
    said = f"{said:.3g} {unit}".strip()
    return f"You said {said}.\nIt was {was}: {how}."

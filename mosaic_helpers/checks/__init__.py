"""Tell a learner what is right, what is not yet, and where to look.

A check knows the mistakes that people make, and never gives the answer. Each is a
generator function in the module of its notebook: it yields a sentence for what is right
and raises `Look` at the first thing that is not. ``EXERCISES`` names them all.
"""

from ..errors import named
from . import preprocessing, scaling, start
from .verdict import Verdict, judge

EXERCISES = {
    "grid": start.grid,
    **preprocessing.EXERCISES,
    **scaling.EXERCISES,
}

__all__ = ["EXERCISES", "Verdict", "check"]


def check(exercise, *answers):
    """Say what is right about an answer to an exercise, and where to look if not all is.

    Parameters
    ----------
    exercise : str
        Its name, as the notebook gives it.
    answers : objects
        What you wrote: mostly a function, given by its name without brackets.

    Returns
    -------
    Verdict
        It shows itself in a notebook; ``state`` is ``"right"``, ``"not yet"`` or
        ``"to do"``.

    Raises
    ------
    MosaicError
        If there is no such exercise.

    Examples
    --------
    >>> check("grid", None).state
    'to do'
    """
    return judge(named(exercise, EXERCISES, "exercise"), *answers)

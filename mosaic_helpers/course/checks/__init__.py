"""Tell a learner what is right, what is not yet, and where to look.

A check knows the mistakes that people make, and never gives the answer. Each is a
generator function in the module of its notebook: it yields a sentence for what is right
and raises `Look` at the first thing that is not. ``EXERCISES`` names them all.
"""

from ...errors import look_up
from . import (
    assembly,
    bugs,
    explorer,
    loading,
    nearest,
    preprocessing,
    scaling,
    sending,
    start,
    transport,
)
from .guess import compare_guess
from .verdict import Verdict, judge

# By notebook, one line each: the name that it uses, and its check.
EXERCISES = {
    "grid": start.grid,
    "uses": start.uses,
    "shape": loading.shape,
    "collage": loading.collage,
    "doubles": loading.doubles,
    "tile or none": loading.tile_or_none,
    "cost": preprocessing.cost,
    "lazy": preprocessing.lazy,
    "sendable": sending.sendable,
    "together": preprocessing.together,
    "best tile": nearest.best_tile,
    "mean colour": nearest.mean_colour,
    "twins": nearest.twins,
    "blocks": nearest.nearest_in_blocks,
    "used twice": transport.used_twice,
    "assign": transport.assign,
    "swaps": transport.improve_by_swaps,
    "proof": transport.is_proof,
    "corner": assembly.corner,
    "lay": assembly.lay,
    "strips": assembly.strips,
    "most columns": explorer.most_columns,
    "buttons": explorer.buttons,
    "own view": explorer.own_view,
    "amdahl": scaling.amdahl,
    "as they come": scaling.as_they_come,
    "share": scaling.share,
    "bug 2": bugs.order,
    "bug 4": bugs.grid_of_cells,
    "bug 5": bugs.distances,
    "bug 10": bugs.firsts,
}

__all__ = ["EXERCISES", "Verdict", "check", "compare_guess"]


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
    return judge(look_up(exercise, EXERCISES, "exercise"), *answers)

"""Tell a learner what is right, what is not yet, and where to look.

A check knows the mistakes that people make, and never gives the answer. Each is a
generator function in the module of its notebook: it yields a sentence for what is right
and raises `CheckFailed` at the first thing that is not. ``EXERCISES`` names them all.
"""

from __future__ import annotations

from ...errors import look_up
from . import (
    assembly,
    bugs,
    explorer,
    loading,
    nearest,
    preprocessing,
    scaling,
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
    "sendable": preprocessing.sendable,
    "together": preprocessing.together,
    "best tile": nearest.best_tile,
    "mean colour": nearest.mean_colour,
    "adjacent repeats": nearest.adjacent_repeats,
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


def check(exercise: str, *answers: object) -> Verdict:
    """Say what is right about an answer to an exercise, and where to look if not all is.

    Parameters
    ----------
    exercise : str
        The name of the exercise, as the notebook gives it.
    *answers : object
        What you wrote: mostly a function, given by its name without brackets. Dots or
        None mean that nothing is written yet.

    Returns
    -------
    Verdict
        It shows itself in a notebook. Its ``state`` is ``"right"``, ``"not yet"`` or
        ``"to do"``, ``right`` has a sentence for each thing that is right, and
        ``advice`` says what is not.

    Raises
    ------
    MosaicError
        If there is no such exercise. An error in your function is not raised: it is
        described in the advice.

    Examples
    --------
    >>> import mosaic_helpers as mh
    >>> def count_cells(across, width, height):
    ...     return across + round(across * height / width)
    >>> mh.check("grid", count_cells)
    ✗ You added rows and columns. Draw a grid of 2 × 3 and count its cells.
    >>> mh.check("grid", ...).state
    'to do'
    """
    return judge(look_up(exercise, EXERCISES, "exercise"), *answers)

"""The questions of the quizzes, with a reason for every answer.

A question has a prompt and some options; one of them is right. Each option says why it is
right or wrong: whoever chose wrongly learns most from the reason.
"""

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
from .question import Option, Question

QUESTIONS = {
    **start.QUESTIONS,
    **loading.QUESTIONS,
    **preprocessing.QUESTIONS,
    **nearest.QUESTIONS,
    **transport.QUESTIONS,
    **assembly.QUESTIONS,
    **explorer.QUESTIONS,
    **scaling.QUESTIONS,
    **bugs.QUESTIONS,
}

__all__ = ["QUESTIONS", "Option", "Question"]

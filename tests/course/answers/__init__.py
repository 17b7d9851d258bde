"""Answers to the exercises as people write them: right in several ways, and wrong in the
ways that the checks claim to know. `tests/test_checks.py` runs the checks on all of them.
"""

RIGHT = []  # (exercise, answer)
WRONG = []  # (exercise, answer, words that the advice must have)


def right(exercise):
    """Register a right answer to an exercise."""

    def register(answer):
        RIGHT.append((exercise, answer))
        return answer

    return register


def wrong(exercise, words):
    """Register a mistake, and some words of the advice that it must get."""

    def register(answer):
        WRONG.append((exercise, answer, words))
        return answer

    return register


from . import (  # noqa: E402, F401
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

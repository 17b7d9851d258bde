"""What a check says about an answer, and the functions that checks are written with."""

import traceback
from dataclasses import dataclass
from html import escape


class CheckFailed(Exception):
    """Something is not right yet; the text says what, and where to look."""


class NotAttempted(Exception):
    """Nothing has been written yet."""


@dataclass(frozen=True)
class Verdict:
    """What is right about an answer, and what is not yet.

    Attributes
    ----------
    state : str
        ``"right"``, ``"not yet"`` or ``"to do"``.
    right : tuple of str
        What the check found to be right.
    advice : str
        What is not, and where to look; empty if all is right.
    """

    state: str
    right: tuple[str, ...] = ()
    advice: str = ""

    def __repr__(self):
        """In plain text, for terminals and for comparing."""
        return "\n".join(f"{mark} {text}" for mark, text in self._lines())

    def _repr_html_(self):
        """In the colours of the notebook's theme; the marks and words say it, too."""
        side = {"right": "#009e73", "not yet": "#d55e00", "to do": "#0072b2"}[self.state]
        lines = "".join(
            f"<div>{mark}&ensp;{escape(text)}</div>" for mark, text in self._lines()
        )
        return (
            f'<div role="status" style="border-left: 4px solid {side}; padding: 4px 12px; '
            f'line-height: 1.6">{lines}</div>'
        )

    def _lines(self):
        yield from (("✓", text) for text in self.right)
        if self.state == "right":
            yield "★", "All correct. Go on to the next part."
        else:
            yield ("✗" if self.state == "not yet" else "…"), self.advice


def judge(exercise, *answers):
    """Run one check, a generator function, on an answer; return the `Verdict`.

    The check yields a sentence for each thing that is right, and raises `CheckFailed` at
    the first that is not, or `NotAttempted`.
    """
    right = []
    try:
        for sentence in exercise(*answers):
            right.append(sentence)
    except NotAttempted as todo:
        return Verdict("to do", tuple(right), str(todo))
    except CheckFailed as failure:
        return Verdict("not yet", tuple(right), str(failure))
    return Verdict("right", tuple(right))


def expect(condition, advice):
    """Go on only if something is as it should be."""
    if not condition:
        raise CheckFailed(advice)


def expect_no_mistake(mistakes):
    """Go on only if none of these mistakes was made: {advice: whether it was made}."""
    for advice, made in mistakes.items():
        expect(not made, advice)


def require_answer(answer):
    """Return an answer, unless it is still to be written."""
    if answer is None or answer is ...:
        raise NotAttempted("To do: nothing is here yet. Replace the dots with your answer.")
    return answer


def call(function, *arguments, context=""):
    """Run what the learner wrote, and return what it returns.

    An error in it becomes advice that names the error and the line, after a sentence of
    `context`: what the function was given.
    """
    if not callable(require_answer(function)):
        raise CheckFailed(
            "The check needs the function itself, but got a value of type "
            f"{type(function).__name__}: write the name without brackets."
        )
    try:
        result = function(*arguments)
    except CheckFailed as failure:
        raise CheckFailed(f"{context}{failure}") from failure.__cause__
    except Exception as error:
        raise CheckFailed(f"{context}{_describe(error)}") from error
    if result is None or result is ...:
        raise NotAttempted(
            "To do: the function returns nothing yet. (If you have written it: is there a "
            "return?)"
        )
    return result


def _describe(error):
    """Say which error stopped the learner's code, and at which line."""
    frames = traceback.extract_tb(error.__traceback__)
    in_notebook = [
        frame
        for frame in frames
        if "ipykernel" in frame.filename or frame.filename.startswith("<")
    ]
    frame = in_notebook[-1] if in_notebook else frames[-1]
    message = f" ({error})" if str(error) else ""
    # With a wrong number of arguments it stops here, before its first line.
    line = "" if frame.filename == __file__ else frame.line
    place = f", at the line `{line.strip()}`" if line else ""
    return f"Your code stopped with {type(error).__name__}{message}{place}."

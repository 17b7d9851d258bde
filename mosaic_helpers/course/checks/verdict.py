"""What a check says, and the three ways in which it comes to say it."""

import traceback
from dataclasses import dataclass
from html import escape


class Look(Exception):
    """Something is not right yet; the text says what, and where to look."""


class Undone(Exception):
    """Nothing has been written yet."""


@dataclass(frozen=True)
class Verdict:
    """What is right about an answer, and what is not yet.

    Attributes
    ----------
    state : str
        ``"right"``, ``"not yet"`` or ``"to do"``.
    right : tuple of str
        What the check found to be as it should.
    advice : str
        What is not, and where to look; empty if all is right.
    """

    state: str
    right: tuple = ()
    advice: str = ""

    def __repr__(self):
        """In plain text, for terminals and for comparing."""
        lines = [f"{mark} {text}" for mark, text in self._lines()]
        return "\n".join(lines)

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
            yield "★", "All right. On to the next."
        else:
            yield ("✗" if self.state == "not yet" else "…"), self.advice


def judge(exercise, *answers):
    """Run one check on an answer.

    Parameters
    ----------
    exercise : callable
        A generator function: takes the answers, yields a sentence for each thing that is
        right, and raises `Look` at the first that is not, or `Undone`.
    answers : objects
        What the learner made.

    Returns
    -------
    Verdict
    """
    right = []
    try:
        for sentence in exercise(*answers):
            right.append(sentence)
    except Undone as undone:
        return Verdict("to do", tuple(right), str(undone))
    except Look as look:
        return Verdict("not yet", tuple(right), str(look))
    return Verdict("right", tuple(right))


def given(answer):
    """Return an answer that is a value, unless it is still to be given."""
    if answer is None or answer is ...:
        raise Undone("To do: nothing is here yet. Put your answer in the place of the dots.")
    return answer


def call(function, *arguments):
    """Run what the learner wrote, and return what comes back.

    Raises
    ------
    Undone
        If nothing comes back.
    Look
        If it is no function, or stops with an error: says which, and at what line.
    """
    if not callable(given(function)):
        raise Look(
            f"The check wants the function itself and got {_kind(function)}: write its name "
            "without brackets behind it."
        )
    try:
        result = function(*arguments)
    except Exception as error:
        raise Look(_how_it_stopped(error)) from error
    if result is None or result is ...:
        raise Undone(
            "To do: the function gives nothing back yet. (If you have written it: is there "
            "a return?)"
        )
    return result


def call_about(about, function, *arguments):
    """As `call`, and what is said of an error begins with what was handed over."""
    try:
        return call(function, *arguments)
    except Look as look:
        raise Look(f"{about}{look}") from look.__cause__


def expect(true, advice):
    """Go on only if something is as it should be."""
    if not true:
        raise Look(advice)


def _how_it_stopped(error):
    *_, last = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "ipykernel" in frame.filename or frame.filename.startswith("<")
    ]
    # Called with too many arguments, it stops before its first line.
    line = own[-1].line if own else last.line if last.filename != __file__ else ""
    where = f" at the line  {line.strip()}" if line else ""
    said = f" ({error})" if str(error) else ""
    return f"Your code stopped with {_article(type(error).__name__)}{said}{where}."


def _article(name):
    return f"an {name}" if name[0] in "AEIOU" else f"a {name}"


def _kind(value):
    return _article(type(value).__name__)

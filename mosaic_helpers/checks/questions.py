"""The questions of the quizzes, with a reason for every answer.

A question has a prompt and some options; one of them is right. Each option says why it is
right or wrong: whoever chose wrongly learns most from the reason.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One answer that can be chosen: its text, the reason, and whether it is right."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """What is asked, and the options in the order in which they are shown."""

    prompt: str
    options: tuple


QUESTIONS = {
    "which step": Question(
        "Which of these steps can be shared among the cores without any further thought?",
        (
            Option(
                "Making a tile of each photo",
                "No tile needs to know of another: ten thousand independent pieces of work.",
                right=True,
            ),
            Option(
                "Giving every cell a tile, no tile twice",
                "If two cells want the same tile, somebody must know of both. That makes it "
                "the hard step; notebook 04 is about it.",
            ),
            Option(
                "Writing the mosaic into one JPEG file",
                "A JPEG is written from the top down, and each piece depends on the one "
                "before it: this has to be done one after the other.",
            ),
        ),
    ),
}

"""What a question of a quiz is made of."""

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

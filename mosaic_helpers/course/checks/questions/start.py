"""Questions of notebook 00."""

from .question import Option, Question

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

"""Questions of notebook 05."""

from .question import Option, Question

QUESTIONS = {
    "worth it": Question(
        "Suppose that it takes 40 seconds to make the tiles, 4 to match them and 1 to lay "
        "them. You have an afternoon. What do you do?",
        (
            Option(
                "Lay them ten times as fast, with an array operation",
                "45 seconds become 44.1. It is pretty, and two per cent; nobody will notice.",
            ),
            Option(
                "Make the tiles twice as fast, on two cores",
                "45 seconds become 25. The step that takes longest is where there is something "
                "to gain, even with a modest improvement.",
                right=True,
            ),
            Option(
                "Find a way of matching that takes no time at all",
                "45 seconds become 41. No matter how clever you are, a step that is a tenth of "
                "the whole cannot gain more than a tenth.",
            ),
        ),
    ),
}

"""Questions of notebook 06."""

from .question import Option, Question

QUESTIONS = {
    "one cell more": Question(
        "With one cell more in a row, every tile may be used twice, and the colours fit much "
        "better. Why so much?",
        (
            Option(
                "The cells are smaller, and smaller cells are easier to match",
                "They are smaller by less than one per cent. Go from 60 to 61 across: nothing "
                "much happens.",
            ),
            Option(
                "Before, the solver had not found the best match",
                "It had: the label says that it is proved. The best was no better.",
            ),
            Option(
                "Before, nearly every tile had to be used; now half of them can stay away",
                "With as many cells as tiles there is hardly a choice: even the tile that fits "
                "least must go somewhere. More tiles than cells help more than any solver.",
                right=True,
            ),
        ),
    ),
    "dragged slider": Question(
        "Somebody drags a slider through forty values in a second. The best match takes some "
        "seconds for each. What should the program do?",
        (
            Option(
                "Compute them all, one after the other",
                "The picture would still be changing minutes after the hand has stopped, and "
                "show nothing but what nobody wants to see any more.",
            ),
            Option(
                "Compute them all at once, in forty threads",
                "They would share the cores and the memory, so that each takes forty times as "
                "long; and the last to be ready need not be the last that was asked for.",
            ),
            Option(
                "Wait until the slider is let go",
                "Nothing is wasted. But whoever drags is looking for something, and would see "
                "nothing while looking.",
            ),
            Option(
                "Show a quick answer for the latest value, and the best one when there is time",
                "What was overtaken is given up, so there is never more than one thing to do. "
                "And a rough picture at once is worth more than a perfect one too late.",
                right=True,
            ),
        ),
    ),
}

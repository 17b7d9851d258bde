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
    # Notebook 01
    "why sort": Question(
        "You send a friend your match: for each cell the number of a photo. She has the same "
        "ten thousand files, lays them, and sees coloured noise. What went wrong?",
        (
            Option(
                "Her Pillow decodes a JPEG otherwise than yours",
                "Two versions of a decoder may differ in the last bit of a pixel. Nobody would "
                "see that, and it does not move a tile.",
            ),
            Option(
                "Her files are listed in another order",
                "A file system hands out names in whatever order it keeps them, and each keeps "
                "another. Sorted, photo number 5019 is the same cat on every machine.",
                right=True,
            ),
            Option(
                "Her machine has more cores, so the tiles were ready in another order",
                "Who is ready first changes nothing, as long as each result is put in the "
                "place of its photo. What must have a fixed order is the list of photos.",
            ),
        ),
    ),
    "what to catch": Question(
        "One photo in ten thousand is broken, and the loop is to go on. What do you catch?",
        (
            Option(
                "Everything: except:",
                "That catches Ctrl-C as well, so that nobody can stop the loop. And if you "
                "mistype a name, all ten thousand photos will count as broken.",
            ),
            Option(
                "All errors: except Exception:",
                "Ctrl-C gets through, and that is better. But a mistyped name is a NameError, "
                "which is an Exception: ten thousand broken photos, and the mistake is yours.",
            ),
            Option(
                "What a file that is not there raises: except FileNotFoundError:",
                "The file is there, its content is broken: that is another error, and the loop "
                "will stop at the first one.",
            ),
            Option(
                "What a photo that is no use raises: except mh.PhotoError:",
                "It means exactly one thing, and says which photo and why. Whatever else goes "
                "wrong is a mistake in the program; you want to hear of it at the first photo.",
                right=True,
            ),
        ),
    ),
    # Notebook 05
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
    # Notebook 06
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

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
    # 03 Nearest, 04 Optimal transport
    "which table": Question(
        "Another table: for each of the 6,700 cells, the mean of its distances to all 10,000 "
        "tiles. Every distance counts this time. What do you take?",
        (
            Option(
                "a k-d tree",
                "A tree is fast because it passes by all that is far away. Here nothing may be "
                "passed by, so there is nothing to gain.",
            ),
            Option(
                "dask.array, with some hundred cells in a chunk",
                "All the pairs must be computed, but none must be kept. Each chunk is made, "
                "averaged and forgotten, on all cores, and the line is the one you know.",
                right=True,
            ),
            Option(
                "dask.bag, with one cell as one item",
                "It would work. But a bag is for things that are not alike, such as files. "
                "Here each item would be one row of a sum, and handing 6,700 of them around as "
                "Python objects costs more than adding them up.",
            ),
            Option(
                "a machine with more memory",
                "It would work until the target is twice as fine, with four times the cells. "
                "What you want are 6,700 means; the table in between need not exist.",
            ),
        ),
    ),
    "how hard": Question(
        "There are n! ways to connect n dots with n others. Is this one of the hardest "
        "problems there are?",
        (
            Option(
                "Yes: nobody can try n! ways",
                "Nobody has to. A list can be sorted in n! ways, too, and sorting is easy. How "
                "many candidates there are says little about how hard it is to find the best.",
            ),
            Option(
                "Yes: it is like the travelling salesman's problem",
                "He must visit all towns in one single round, and that ties every choice to "
                "every other. Here a line asks of the others only that they leave its two dots "
                "alone. That makes all the difference.",
            ),
            Option(
                "No: there are methods whose time grows with about the cube of n",
                "Twice the dots cost some eight times as much. That is polynomial, and "
                "polynomial problems count as the tractable ones.",
                right=True,
            ),
            Option(
                "No: greedy finds the best way, if one begins with the shortest line",
                "It ends with what nobody wanted, whichever line comes first. One short line "
                "at the beginning may cost two long ones at the end.",
            ),
        ),
    ),
    "which solver": Question(
        "You print a poster, once: 6,700 cells from 10,000 photos. Your laptop has 4 GB. Which "
        "solver do you take?",
        (
            Option(
                "solve_textbook: it is exact",
                "It is, but it took 2.7 GB. That is more than such a laptop can spare beside "
                "its system and a browser; and there is another one that is exact.",
            ),
            Option(
                "solve_exact",
                "You print once, so it may take its seconds. It never holds the table, and it "
                "proves that there is nothing better.",
                right=True,
            ),
            Option(
                "solve_fast",
                "Near the optimum at once: the right one while a slider moves. But a poster "
                "hangs for years, and some seconds more for the best of all are not much.",
            ),
            Option(
                "greedy: it is simple, and needs one row of the table at a time",
                "Little memory, yes. But the cells that come last get what nobody wanted: you "
                "saw what that costs.",
            ),
        ),
    ),
    # 08 Find the bug
    "which test": Question(
        "Which one test would have found bugs 3, 4, 5 and 7?",
        (
            Option(
                "to run it with all ten thousand cats",
                "More of the same. Among ten thousand small pictures a wrong one is not seen, "
                "and nobody knows what the answer should be.",
            ),
            Option(
                "to run it twice, and compare",
                "Each of them is wrong in the same way every time. (For bug 12 it helps to "
                "compute the same thing in two ways; that is something else.)",
            ),
            Option(
                "2 × 3 cells and 4 tiles, black and white among them, and the answer by hand",
                "No two sizes agree, so no axis can hide; black and white are as far apart as "
                "bytes can be; and you know what must come out.",
                right=True,
            ),
            Option(
                "to write down the type of every argument",
                "A good habit. But three of the four take arrays of numbers and give arrays of "
                "numbers, as they should; what was wrong are the order and the question.",
            ),
        ),
    ),
}

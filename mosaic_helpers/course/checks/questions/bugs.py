"""Questions of notebook 08."""

from .question import Option, Question

QUESTIONS = {
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

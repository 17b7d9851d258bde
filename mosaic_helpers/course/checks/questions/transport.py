"""Questions of notebook 04."""

from .question import Option, Question

QUESTIONS = {
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
                "solve_approximate",
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
}

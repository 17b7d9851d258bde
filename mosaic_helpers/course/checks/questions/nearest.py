"""Questions of notebook 03."""

from .question import Option, Question

QUESTIONS = {
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
}

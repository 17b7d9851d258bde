"""Questions of notebook 02."""

from .question import Option, Question

QUESTIONS = {
    "threads or processes": Question(
        "This function counts the different colours of a tile: it goes through the pixels in "
        "a Python loop. Ten thousand tiles lie in memory. What makes it faster?",
        (
            Option(
                "Threads, as for making tiles",
                "A Python loop holds the interpreter's lock while it runs, so the threads "
                "take turns: as slow as one, or a bit slower. Pillow lets go of the lock, a "
                "loop does not.",
            ),
            Option(
                "Processes",
                "Each has a Python and a lock of its own, so the loops truly run side by "
                "side. The price is that every tile must be sent to them.",
                right=True,
            ),
            Option(
                "Neither: what limits it is the memory",
                "Ten thousand tiles are 120 MB, and a loop in Python is far too slow to keep "
                "the memory busy. One core works at its limit, and the others sleep.",
            ),
            Option(
                "More partitions",
                "They share the work more evenly, but whoever cannot run at the same time "
                "gains nothing from that; and each costs dask some time.",
            ),
        ),
    ),
    "which abstraction": Question(
        "The distance of each of 10,000 cells to each of 10,000 tiles is a table of 800 MB, "
        "and the steps to it take several times as much. Of each row you want the smallest. "
        "What do you write it with?",
        (
            Option(
                "dask.bag: distances are many independent things",
                "A bag calls a Python function for each of its things, and a hundred million "
                "calls are slow however many cores share them. Numbers belong into arrays.",
            ),
            Option(
                "dask.array: blocks of the table, and NumPy in each",
                "The table is cut into blocks that fit in memory; NumPy does each at full "
                "speed, and what is left of a block is one column of smallest values.",
                right=True,
            ),
            Option(
                "Threads over one NumPy table",
                "That may well be faster, but what fails first is the memory: the whole "
                "table, and what is needed on the way, would have to be there at once.",
            ),
            Option(
                "Futures: one for each row",
                "It would work, with ten thousand tasks to keep books of, and you would write "
                "by hand what dask.array knows: how to cut, and how to put together again.",
            ),
        ),
    ),
    "as they arrive": Question(
        "Telephones in the room send photos, now one, now five. Each is to be on the screen "
        "as a tile as soon as it can, and you may stop at any moment. What do you write it "
        "with?",
        (
            Option(
                "dask.bag",
                "A bag wants to know all its things before it begins, and gives its results "
                "all together. Here neither is the case.",
            ),
            Option(
                "dask.delayed, computed at the end of the day",
                "It would be right, and the screen would stay empty until the evening: lazy "
                "work is done when compute is called, and comes back all at once.",
            ),
            Option(
                "Futures",
                "Work begins when it is submitted, more can be submitted at any time, and "
                "each result can be taken when it is there. What waits can be cancelled.",
                right=True,
            ),
            Option(
                "dask.array",
                "Its shape must be known beforehand, and nobody knows how many photos will "
                "come. It is for calculations on large tables of numbers.",
            ),
        ),
    ),
}

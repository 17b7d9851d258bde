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
    "too fast": Question(
        "You measure client.gather(client.map(make_batch, batches, size=64)) and keep the "
        "futures that map gave. It takes 1.2 s. You run the same line again: 0.02 s. Why?",
        (
            Option(
                "The files were in memory by then",
                "That saves the disk, but not the decoding, which is most of the work: it "
                "would be somewhat faster, and not sixty times.",
            ),
            Option(
                "Nothing was computed: dask still had the results",
                "dask takes a function for pure: the same call has the same result. As long "
                "as a future of it is kept, the result is, too. For a measurement say "
                "pure=False.",
                right=True,
            ),
            Option(
                "The workers had imported what they need",
                "The first run does pay for that, a second or so once. But no import makes "
                "two thousand photos decode in a fiftieth of a second.",
            ),
            Option(
                "The second line gave only futures, which had not finished",
                "map does give futures at once, finished or not. But gather waits for all of "
                "them: when it returns, the results are here.",
            ),
        ),
    ),
    "twice the workers": Question(
        "Ten workers on ten machines read photos from one network disk. You take twenty, and "
        "it is no faster. Each processor is now busy half of the time, memory is free. What "
        "next?",
        (
            Option(
                "Forty workers",
                "They would be busy a quarter of the time. When workers wait, more of them "
                "means more waiting.",
            ),
            Option(
                "Threads in place of processes",
                "The interpreter's lock is not what they wait for: then each process would be "
                "busy with its one thread, and not half of the time.",
            ),
            Option(
                "Copy the photos onto the disks of the machines, or read less of them",
                "Processors that wait for data say that the disk or the network is at its "
                "limit. Bring the data nearer, or ask for less: that is what helps.",
                right=True,
            ),
            Option(
                "Larger batches",
                "They help if dask's own time per task is what counts. Then the scheduler "
                "would be busy; but the same bytes still come through the same wire.",
            ),
        ),
    ),
}

"""Questions of notebook 07."""

from .question import Option, Question

QUESTIONS = {
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

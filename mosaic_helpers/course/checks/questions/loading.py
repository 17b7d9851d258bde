"""Questions of notebook 01."""

from .question import Option, Question

QUESTIONS = {
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
}

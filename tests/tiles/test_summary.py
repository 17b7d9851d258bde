from mosaic_helpers.tiles import summarize_skipped

CUT = "the picture is cut short; copy it again from where it came"
ODD = "it is not a picture, or a format that cannot be read here"


def test_few_sentences_and_first_what_can_be_mended():
    skipped = [(f"{i}.xyz", ODD) for i in range(2000)]
    skipped += [(f"{i}.mov", "it is a film, not a picture") for i in range(6)]
    skipped += [("a.mp3", "it is sound, not a picture")]
    skipped += [("away.jpg", "it is still in the cloud; download it first")]
    skipped += [(f"copy {i}.jpg", f"it is an exact duplicate of '{i}.jpg'") for i in range(9)]
    skipped += [("a.jpg", CUT), ("b.jpg", CUT)]
    skipped += [(f"{i}.png", f"the picture is damaged (chunk {i})") for i in range(4)]
    left_out = {"JSON files": 40, "photos in the cloud": 12, "thumbnails": 6}
    assert summarize_skipped(skipped, left_out) == [
        "13 photos are still in the cloud: download them first.",
        f"2 skipped: {CUT} ('a.jpg', 'b.jpg').",
        f"2,000 skipped: {ODD} ('0.xyz', '1.xyz', '2.xyz', …).",
        "4 skipped: the picture is damaged ('0.png', '1.png', '2.png', …).",
        "9 skipped: they are exact duplicates of others "
        "('copy 0.jpg', 'copy 1.jpg', 'copy 2.jpg', …).",
        "53 files are no photos: 40 JSON files, 6 films, 6 thumbnails, 1 sound file.",
    ]
    assert summarize_skipped([]) == []


def test_numbers_do_not_make_a_sentence_for_each_photo():
    skipped = [(f"{i}.tif", f"it has {i} million pixels: shrink it") for i in (300, 400)]
    [sentence] = summarize_skipped(skipped)
    assert sentence == "2 skipped: it has … million pixels: shrink it ('300.tif', '400.tif')."
    assert "has 300 million" in summarize_skipped(skipped[:1])[0]


def test_names_do_not_reach_the_terminal_as_orders():
    [sentence] = summarize_skipped([("a\x1b[2J\u202e\udcff 🐈.jpg", CUT)])
    assert sentence.isprintable()
    assert "🐈" in sentence

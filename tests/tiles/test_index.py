import os

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mosaic_helpers.tiles.index import KEY, PhotoIndex, fingerprints, portable_path

few = st.lists(st.sampled_from([f"{i:016x}" for i in range(8)]), max_size=6, unique=True)


@given(batches=st.lists(few, max_size=6), asked=few)
def test_finds_what_was_added_last_as_a_dictionary_does(batches, asked):
    index, model = PhotoIndex(), {}
    for segment, photos in enumerate(batches):
        index.add(segment, photos, photos[::-1], range(len(photos)))
        model |= {photo: (segment, row) for row, photo in enumerate(photos)}
    found = index.look_up(np.array(asked, KEY))
    assert [model.get(photo, (-1, -1)) for photo in asked] == [
        (segment, row) for segment, row in found[["segment", "row"]].tolist()
    ]


def test_rows_that_follow_each_other_are_one_run():
    index = PhotoIndex()
    for segment in ("a", "b"):
        index.add(segment, [f"{segment}{row}" for row in range(5)], [""] * 5, range(5))
    found = index.look_up(np.array([b"a1", b"a2", b"a3", b"b4", b"a4", b"b4", b"b3"], KEY))
    assert list(index.runs(found)) == [
        ("a", 1, 4),
        ("b", 4, 5),
        ("a", 4, 5),
        ("b", 4, 5),
        ("b", 3, 4),
    ]


def test_a_fingerprint_depends_on_path_size_and_seconds(tmp_path):
    path = tmp_path / "cat.jpg"
    path.write_bytes(b"x")
    os.utime(path, ns=(0, 10**18))

    def fingerprint(path=path, **options):
        return fingerprints([str(path)], str(tmp_path), **options)[0]

    first = fingerprint()
    os.utime(path, ns=(0, 10**18 + 999_999_999))
    assert fingerprint() == first
    assert fingerprint(tmp_path / "none.jpg") != first
    assert fingerprint(paths=[str(tmp_path / "dog.jpg")]) != first
    os.utime(path, ns=(0, 10**18 + 10**9))
    assert fingerprint() != first
    path.write_bytes(b"xy")
    os.utime(path, ns=(0, 10**18))
    assert fingerprint() != first


def test_a_path_counts_from_the_folder_of_the_store_or_from_the_one_above(tmp_path):
    folder = str(tmp_path / "out")
    for path, expected in [
        (tmp_path / "out" / "a" / "b.jpg", "a/b.jpg"),
        (tmp_path / "photos" / "b.jpg", "../photos/b.jpg"),
        (tmp_path / "outside.jpg", "../outside.jpg"),
        (tmp_path.parent / "b.jpg", str(tmp_path.parent / "b.jpg")),
        ("s3://bucket/b.jpg", "s3://bucket/b.jpg"),
    ]:
        assert portable_path(str(path), folder) == expected


def test_what_is_known_of_a_photo_takes_some_tens_of_bytes():
    index, count = PhotoIndex(), 50_000
    photos = [f"{i:016x}" for i in range(count)]
    index.add(None, photos, photos, range(count))
    assert index.look_up(np.array(photos, KEY)).nbytes <= 40 * count

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_helpers.tiles.index import KEY, Seen, stamps

few = st.lists(st.sampled_from([f"{i:016x}" for i in range(8)]), max_size=6, unique=True)


@given(batches=st.lists(few, max_size=6), asked=few)
def test_finds_what_was_added_last_as_a_dictionary_does(batches, asked):
    seen, model = Seen(), {}
    for place, marks in enumerate(batches):
        seen.add(("file", place), marks, marks[::-1], range(len(marks)))
        model |= {mark: (place, row) for row, mark in enumerate(marks)}
    found = seen.look_up(np.array(asked, KEY))
    assert [model.get(mark, (-1, -1)) for mark in asked] == [
        (place, row) for place, row in found[["place", "row"]].tolist()
    ]


def test_tiles_are_copied_in_the_order_asked_for(tmp_path):
    """From two files, in runs and one by one; a file that became shorter is told."""
    seen, out = Seen(), io.BytesIO()
    for name in ("a", "b"):
        path = tmp_path / name
        path.write_bytes(b"head" + b"".join(f"{name}{row}".encode() for row in range(5)))
        seen.add((path, 4), [f"{name}{row}" for row in range(5)], [""] * 5, range(5))
    order = [b"a1", b"a2", b"a3", b"b0", b"a4", b"b4", b"b3"]
    found = seen.look_up(np.array(order, KEY))
    seen.copy_tiles(found, 2, out)
    assert out.getvalue() == b"".join(order)
    (tmp_path / "b").write_bytes(b"head" + b"b0")
    with pytest.raises(OSError, match="cut short"):
        seen.copy_tiles(found, 2, io.BytesIO())


def test_a_stamp_tells_name_size_and_time(tmp_path):
    path = tmp_path / "cat.jpg"
    path.write_bytes(b"x")
    one = stamps([str(path), str(path), str(tmp_path / "none.jpg")])
    assert one[0] == one[1]
    assert len(set(one)) == 2
    path.write_bytes(b"xy")
    assert stamps([str(path)])[0] not in one


def test_what_is_known_of_a_photo_takes_some_tens_of_bytes():
    seen, count = Seen(), 50_000
    marks = [f"{i:016x}" for i in range(count)]
    seen.add(("file", 0), marks, marks, range(count))
    assert seen.look_up(np.array(marks, KEY)).nbytes <= 40 * count

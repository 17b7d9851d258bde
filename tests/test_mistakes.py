"""A mistake is one sentence: every public function is given what it does not take."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mosaic_helpers as mh
from mosaic_helpers.errors import check_path, shown

WRONG = {
    "nothing": None,
    "a word": "abc",
    "no word": "",
    "no name": "a\0b",
    "a long name": "n" * 300,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "below zero": -1,
    "huge": 10**30,
    "bytes": b"x",
    "a list": [1, 2],
    "paths": [f"folder/{i}.jpg" for i in range(1000)],
    "a dictionary": {},
    "a table": np.zeros((2, 2)),
    "an empty table": np.zeros((0, 3)),
    "words": np.array(["a", "b"]),
    "complex": 1j,
    "an object": object(),
    "a function": len,
}

# What is right, by function: each of its arguments is then replaced by each of the above.
FUNCTIONS = {
    "area_means": ("pictures", "rows", "columns"),
    "assemble": ("tiles", "match", "tile_size", "tint"),
    "build_tiles": ("photos", "store", "tile_size", "threads"),
    "cell_features": ("target", "detail", "chroma_weight", "mean_weight"),
    "course_photos": ("data",),
    "diagnose": ("tiles", "target", "detail"),
    "fetch_photos": ("source",),
    "linear_to_lab": ("light",),
    "list_photos": ("folder",),
    "match_nearest": ("tiles", "target", "min_distance", "detail"),
    "match_optimal": ("tiles", "target", "max_uses", "min_uses", "min_distance"),
    "measure": ("tiles", "target", "match", "tint"),
    "open_manifest": ("path",),
    "open_target": ("picture", "columns", "crop"),
    "open_tiles": ("path",),
    "paint_cats": ("folder", "count", "seed", "n_workers"),
    "solve_approximate": ("tiles", "cells", "max_uses", "min_uses"),
    "solve_exact": ("tiles", "cells", "max_uses", "min_uses"),
    "solve_textbook": ("tiles", "cells", "max_uses", "min_uses"),
    "srgb_to_linear": ("srgb",),
    "start_cluster": ("n_workers",),
    "thumbnail": ("photo", "size"),
    "tile_features": ("tiles", "detail", "chroma_weight", "mean_weight"),
}


@pytest.fixture(scope="module")
def right(tiles, cats):
    """Right arguments, by name."""
    target = mh.open_target("chelsea", 6)
    return {
        "pictures": np.zeros((1, 8, 8, 3), np.uint8),
        "tiles": tiles,
        "target": target,
        "match": mh.match_nearest(tiles, target),
        "photos": cats[:3],
        "photo": cats[1],
        "size": 8,
        "tile_size": 8,
        "rows": 2,
        "count": 2,
        "progress": False,
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_function_does_not_take_is_refused_in_a_sentence(
    name, right, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOSAIC_CATS", "2")
    if name == "start_cluster":  # nothing and the like are right: they start one
        wrong = {"a word": "abc", "NaN": float("nan"), "huge": 10**30, "paths": WRONG["paths"]}
    else:
        wrong = WRONG
    function = getattr(mh, name)
    takes = inspect.signature(function).parameters
    solver = {"tiles": np.eye(3), "cells": np.eye(3)} if name.startswith("solve") else {}
    given = {key: value for key, value in (right | solver).items() if key in takes}
    given |= {"store": "tiles.h5"} if "store" in takes else {}
    given |= {"folder": "cats"} if name == "paint_cats" else {}
    refused = 0
    for argument in FUNCTIONS[name]:
        for value in wrong.values():
            try:
                function(**{**given, argument: value})
            except mh.MosaicError as error:
                refused += 1
                assert len(str(error)) < 500
    assert refused >= len(FUNCTIONS[name]) * len(wrong) // 2


def test_an_explorer_that_is_refused_leaves_nothing_behind(tiles, capfd):
    for wrong in (None, [1, 2], "tiles.h5", mh.open_target("chelsea", 4)):
        with pytest.raises(mh.MosaicError, match="The tiles must be a TileSet, as build_tiles"):
            mh.Explorer(wrong)
    with pytest.raises(mh.MosaicError, match="did you mean 'columns'"):
        mh.Explorer(tiles, colums=20)
    assert capfd.readouterr() == ("", "")


@settings(max_examples=200)
@given(st.text() | st.binary() | st.none() | st.integers())
def test_a_path_is_one_or_is_refused(value):
    try:
        assert check_path(value, "name").name is not None
    except mh.MosaicError as error:
        assert shown(value) in str(error)


def test_a_home_that_nobody_has_is_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(mh.MosaicError, match="There is no folder '~nobody"):
        mh.list_photos("~nobody-of-that-name/photos")

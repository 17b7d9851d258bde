"""Check of notebook 02: can a function be sent to a worker?"""

import functools
import pickle
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from .verdict import Look, call, expect


def sendable(tile_maker):
    """``tile_maker(size)``: a function of a photo, which a worker can be given."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        photo = Path(folder) / "cat.png"
        Image.new("RGB", (60, 40), "orange").save(photo)
        for size in (16, 24):
            make = call(tile_maker, size)
            expect(
                callable(make),
                f"A function should come back; this is of type {type(make).__name__}. You get "
                "the size only; the photo comes later, when the worker has it.",
            )
            tile = _make(make, photo)
            shape = _shape(tile)
            expect(
                shape,
                f"Called with a photo it gives no tile, but something of type "
                f"{type(tile).__name__}.",
            )
            expect(
                shape == (size, size, 3),
                f"For a size of {size} it makes tiles of shape {shape}. Is the size handed on?",
            )
    yield "it makes tiles of the size that was asked for"
    _expect_to_travel(make)
    yield "and can be sent: its name says where to find it"


def _make(make, photo):
    try:
        return call(make, photo)
    except Look as look:
        expect(
            not (isinstance(make, functools.partial) and make.args),
            "partial fills in arguments from the left, unless they are given by name: the size "
            "has taken the place of the photo.",
        )
        raise look


def _shape(tile):
    """Of an array or a picture; None of anything else."""
    return np.asarray(tile).shape if isinstance(tile, (np.ndarray, Image.Image)) else None


def _expect_to_travel(make):
    for part in _parts(make):
        if not hasattr(part, "__qualname__"):
            part = type(part)
        name, home = part.__qualname__, part.__module__
        expect(
            "<lambda>" not in name,
            "It holds a lambda. Functions are sent by name, and a lambda has none.",
        )
        expect(
            "<locals>" not in name,
            f"'{part.__name__}' is defined inside another function: nobody can reach it from "
            "outside by its name, and the name is all that is sent.",
        )
        expect(
            home != "__main__",
            f"'{part.__name__}' lives in this notebook (its module is called __main__). A "
            "worker that starts afresh has a __main__ of its own, without it. Where would "
            "it find one?",
        )
    try:
        pickle.loads(pickle.dumps(make))
    except Exception as error:
        raise Look(f"pickle cannot pack it: {error}.") from error


def _parts(make):
    """Everything in a partial that must be found by its name."""
    if isinstance(make, functools.partial):
        for part in (make.func, *make.args, *make.keywords.values()):
            yield from _parts(part) if callable(part) else ()
    else:
        yield make

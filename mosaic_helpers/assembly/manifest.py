"""The manifest: which photo went where, in a JSON file beside the mosaic."""

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from ..errors import MosaicError, atomic_write
from ..matching import Match
from ..photos import remote

_FORMAT = "photo-mosaic manifest 1"


def write_manifest(path, mosaic):
    """Write down what is needed to lay a mosaic again.

    Parameters
    ----------
    path : pathlib.Path
        The .json file.
    mosaic : Mosaic
        From `assemble`.
    """
    match, tiles = mosaic.match, mosaic.tiles
    used, cells = np.unique(match.indices, return_inverse=True)
    content = {
        "format": _FORMAT,
        "made by": f"photo-mosaic {_version()}",
        "tile size": mosaic.tile_size,
        "tint": mosaic.tint,
        "method": match.method,
        "settings": match.settings,
        "cost": match.cost,
        "lower bound": match.lower_bound,
        "folder": str(tiles.root),
        "photos": [tiles.names[tile] for tile in used],
        "cells": cells.reshape(match.indices.shape).tolist(),
    }
    # Without spaces and line breaks: a large grid has a million cells.
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    with atomic_write(path) as half:
        half.write_text(text, "utf-8", "surrogateescape")


def open_manifest(path):
    """Read back which photo went where, to lay a mosaic again at another size.

    ::

        photos, match = open_manifest("mosaic.json")
        assemble(build_tiles(photos, "large.h5", tile_size=256), match).save("large.tif")

    Parameters
    ----------
    path : path-like
        The .json file that `Mosaic.save` wrote.

    Returns
    -------
    photos : list of pathlib.Path, or of str for addresses
        The photos that were used.
    match : Match
        With indices into `photos`.

    Raises
    ------
    MosaicError
        If it is no such file.
    """
    try:
        content = json.loads(Path(path).expanduser().read_text("utf-8", "surrogateescape"))
        folder = remote.as_path(content["folder"])
        photos = [remote.join(folder, name) for name in content["photos"]]
        match = Match(
            np.array(content["cells"], np.intp),
            content["cost"],
            content["lower bound"],
            content["method"],
            0.0,
            content["settings"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MosaicError(f"'{path}' is no manifest of a mosaic: {error}.") from error
    return photos, match


def _version():
    try:
        return version("photo-mosaic")
    except PackageNotFoundError:  # used from a folder, not installed
        return "(not installed)"
